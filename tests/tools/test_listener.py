"""The room `tools.listener`: an endpoint for tests and rehearsals."""

from __future__ import annotations

import gc
import http.client
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from cds_context import ArgumentError
from cds_context.testing import examples, server_request, update
from cds_context.tools import Answers, Inbox, bodies, listening, send
from cds_context.webhook import MAX_BYTES, UncheckedAuth, WebhookKeyAuth

from ..patience import PATIENCE
from ..posting import post_all

BODY = examples()["update"]
KEY = WebhookKeyAuth("s3cret")


def post(inbox: Inbox, body: bytes, *, path: str = "", **headers: str) -> tuple[int, bytes]:
    host, _, port = inbox.url.removeprefix("http://").rstrip("/").rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=PATIENCE)
    try:
        connection.request("POST", f"/{path}", body, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_post_is_kept_and_answered() -> None:
    request = server_request(update("contact"), webhook_key="s3cret")
    with listening(auth=KEY) as inbox:
        assert post(inbox, request.body, path=f"api/hook?{request.query}", x_key="1", **request.headers) == (200, b"")
        kept = inbox.wait()
    assert kept.body == request.body
    assert kept.context == update("contact")
    assert (kept.path, kept.query, kept.status, kept.problem) == ("/api/hook", "code=•••", 200, "")
    assert kept.headers["x-ms-dynamics-request-name"] == "Update"
    assert "s3cret" not in repr(vars(kept)) + str(kept.headers)


@pytest.mark.parametrize("query", ["", "code=guess"])
def test_a_post_without_the_key_is_refused_unread(query: str) -> None:
    with listening(auth=KEY) as inbox:
        status, said = post(inbox, BODY, path=f"?{query}")
        kept = inbox.wait()
    assert status == kept.status == 401
    assert said.decode().strip() == kept.problem
    assert kept.body == b""


def test_what_is_no_event_is_refused_and_kept() -> None:
    with listening() as inbox:
        status, said = post(inbox, b'{"BusinessUnitId":"s3cret"}')
        kept = inbox.wait()
    assert status == kept.status == 400
    assert b"s3cret" not in said
    assert kept.body == b'{"BusinessUnitId":"s3cret"}'


def test_what_is_too_large_is_refused_unread() -> None:
    with listening() as inbox:
        assert post(inbox, b" " * (MAX_BYTES + 1))[0] == 413
        assert inbox.wait().body == b""


@pytest.mark.parametrize("header", [{"origin": "https://attacker.example"}, {"sec_fetch_site": "same-origin"}])
def test_web_sites_cannot_post(header: dict[str, str]) -> None:
    with listening() as inbox:
        assert post(inbox, BODY, **header)[0] == 403
        assert inbox.received == 0


def test_a_sender_that_breaks_off_is_seen() -> None:
    with listening() as inbox:
        port = int(inbox.url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf")
        kept = inbox.wait(PATIENCE)
        assert (kept.status, kept.body, kept.problem) == (408, b"", "the sender broke off before the body had come")
        assert post(inbox, BODY)[0] == 200
        assert inbox.received == 2


def test_a_sender_that_is_too_slow_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_SLOWEST", 0.05)
    with listening() as inbox:
        port = int(inbox.url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf")
            assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
        kept = inbox.wait(PATIENCE)
        assert (kept.status, kept.body, kept.problem) == (408, b"", "the body did not come in time")


def test_bodies_are_saved_before_they_are_answered(tmp_path: Path) -> None:
    with listening(folder=tmp_path / "posts") as inbox:
        send(examples().values(), inbox.url)
        saved = sorted((tmp_path / "posts").iterdir())
    assert [path.read_bytes() for path in saved] == list(examples().values())
    assert saved[0].name.endswith("-000001-addmember-list.json")
    with listening(folder=str(tmp_path / "posts"), auth=KEY) as inbox:
        post(inbox, BODY)
    assert len(list((tmp_path / "posts").iterdir())) == len(saved)  # what was refused unread is no body


def test_a_post_that_cannot_be_saved_is_kept_and_answered(tmp_path: Path) -> None:
    with listening(folder=tmp_path / "posts", answers=Answers(statuses=(202,))) as inbox:
        (tmp_path / "posts").rmdir()
        assert post(inbox, BODY) == (202, b"")
        kept = inbox.wait()
    assert (kept.body, kept.status, kept.problem) == (BODY, 202, "")
    assert kept.unsaved == "no such file or directory"


def test_a_folder_that_is_none_leaves_no_port_bound(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists"), listening(folder=tmp_path / "file"):
        pass
    gc.collect()  # a socket that nobody closed would warn here


def test_answers_are_rehearsed() -> None:
    with listening(answers=Answers(statuses=(503, 202))) as inbox:
        assert [post(inbox, BODY)[0] for _ in range(3)] == [503, 202, 202]
        assert [kept.status for kept in inbox.posts] == [503, 202, 202]
    with listening(answers=Answers(fail_share=1, fail_status=500)) as inbox:
        assert post(inbox, BODY)[0] == 500
        assert post(inbox, b"{}")[0] == 400  # as it is


def test_an_answer_that_waits_is_given_at_the_end() -> None:
    answers: list[int] = []
    with listening(answers=Answers(delay=3600)) as inbox:
        thread = threading.Thread(target=lambda: answers.append(post(inbox, BODY)[0]), daemon=True)
        thread.start()
        inbox.wait(PATIENCE)
    thread.join(PATIENCE)
    assert answers == [200]


def test_the_last_posts_are_kept() -> None:
    with listening(keep=3) as inbox:
        send([BODY], inbox.url, repeat=5)
        assert [kept.number for kept in inbox.posts] == [3, 4, 5]


@pytest.mark.repeats
def test_ten_thousand_posts_at_full_speed_are_all_received() -> None:
    with listening(keep=500) as inbox:
        post_all(inbox.url, [BODY] * 10_000)
        assert inbox.received == 10_000
        assert [kept.number for kept in inbox.posts] == list(range(9_501, 10_001))
        assert all(kept.body == BODY for kept in inbox.posts)


def test_a_port_can_be_chosen_and_is_free_again() -> None:
    with listening() as inbox:
        port = int(inbox.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(OSError, match=r"in use|permitted"), listening(port=port):
            pass
    with listening(port=port) as again:
        assert again.url == inbox.url


@pytest.mark.skipif(not socket.has_ipv6 or sys.platform == "win32", reason="there is no IPv6 to listen on")
def test_the_address_of_ipv6() -> None:
    with listening(host="::1") as inbox:
        assert inbox.url.startswith("http://[::1]:")
        assert post(inbox, BODY)[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104 - this is what is refused
def test_others_reach_it_only_with_keys(host: str) -> None:
    for options in ({}, {"auth": KEY}, {"page_key": "p"}, {"auth": UncheckedAuth(because="-"), "page_key": "p"}):
        with pytest.raises(ArgumentError, match="needs `auth` and `page_key`"), listening(host=host, **options):  # pyright: ignore[reportArgumentType] - each of them fits
            pass


def test_others_reach_it_with_keys() -> None:
    with listening(host="0.0.0.0", auth=KEY, page_key="p") as inbox:  # noqa: S104 - this is what is tested
        assert inbox.url.startswith("http://127.0.0.1:")
        assert post(inbox, BODY, path="?code=s3cret")[0] == 200


@pytest.mark.parametrize("place", [{"port": 70_000}, {"port": -1}, {"host": "a" * 64}], ids=ascii)
def test_places_that_are_none_are_refused(place: dict[str, Any]) -> None:
    with (
        pytest.raises(ArgumentError, match="`host` is a name or an address, `port` from 0 to 65535"),
        listening(**place, auth=KEY, page_key="p"),
    ):
        pass


def test_nothing_can_be_kept() -> None:
    with pytest.raises(ArgumentError, match="`keep`"), listening(keep=0):
        pass
