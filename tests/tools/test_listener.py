"""The room `tools.listener`: an endpoint for tests and rehearsals, which nobody keeps from answering."""

from __future__ import annotations

import gc
import http.client
import socket
import sys
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request

from cds_context import ArgumentError
from cds_context.testing import examples, server_request, update
from cds_context.tools import Answers, Inbox, Post, listener, listening, questions, receiving, send
from cds_context.tools.processes import Lane
from cds_context.transport.request import Headers, Text
from cds_context.webhook import MAX_BYTES, AnyOf, HttpHeaderAuth, HttpQueryStringAuth, UncheckedAuth, WebhookKeyAuth

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


def connected(inbox: Inbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(inbox.url).port or 0), PATIENCE)


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


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://host.example:80/api/s3cret%2Fhook?code=s3cret", "/api/•••"),
        ("HTTPS://host.example", "/"),
        ("host.example/hook", "/•••/hook"),
        ("*", "/•••"),
    ],
)
def test_a_post_to_a_whole_address_is_received_as_to_its_path(target: str, path: str) -> None:
    with listening() as inbox, connected(inbox) as client:
        client.sendall(f"POST {target} HTTP/1.1\r\nhost: a\r\ncontent-length: {len(BODY)}\r\n\r\n".encode() + BODY)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert inbox.wait().path == path


def test_the_page_is_not_shown_under_a_whole_address() -> None:
    with listening() as inbox, connected(inbox) as client:
        client.sendall(b"GET http://host.example/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("query", ["", "code=guess"])
def test_a_post_without_the_key_is_refused_unread(query: str) -> None:
    with listening(auth=KEY) as inbox:
        status, said = post(inbox, BODY, path=f"?{query}")
        kept = inbox.wait()
    assert status == kept.status == 401
    assert said.decode().strip() == kept.problem
    assert kept.body == b""


def test_what_holds_a_key_is_hidden_by_its_name() -> None:
    auth = AnyOf(HttpHeaderAuth({"User-Agent": "s3cret"}), HttpQueryStringAuth({"tenant": "s3cret", "ü": "s3cret"}))
    with listening(auth=auth) as inbox:
        assert post(inbox, BODY, path="api%2Fs3cret/hook?tenant=s3cret&x=s3cret", user_agent="s3cret")[0] == 200
        kept = inbox.wait()
    assert (kept.path, kept.query) == ("/•••/hook", "tenant=•••&•••")
    assert kept.headers["user-agent"] == "•••"
    assert "s3cret" not in repr(vars(kept)) + str(kept.headers) + kept.path + kept.query


def test_an_option_of_a_users_own_names_no_keys() -> None:
    class Own:
        def verify(self, headers: Headers, query: Text = "") -> None: ...

    with listening(auth=Own()) as inbox:
        assert post(inbox, BODY, path="?tenant=s3cret")[0] == 200
        assert inbox.wait().query == "•••"


def test_what_the_fast_pass_leaves_is_read_elsewhere(tmp_path: Path) -> None:
    odd = BODY[:-1] + b',"New":[[]]}'
    with listening(folder=tmp_path) as inbox:
        assert post(inbox, odd)[0] == 200
        kept = inbox.wait()
    assert (kept.message, kept.table, kept.body) == ("Update", "contact", odd)
    assert [path.name[-20:] for path in tmp_path.iterdir()] == ["-update-contact.json"]


def test_a_body_that_is_not_read_in_time_is_refused_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_PATIENCE", 0.05)
    monkeypatch.setattr(questions, "Lane", partial(Lane, code="import time; time.sleep(3600)"))
    with listening() as inbox:
        status, said = post(inbox, b"{}")
        kept = inbox.wait()
    assert (status, said.decode().strip(), kept.body) == (400, questions.TOO_MUCH, b"{}")


def test_senders_that_never_finish_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving.Intake.__init__, "__defaults__", (3 * len(BODY),))
    monkeypatch.setattr(receiving, "_LONG", 0.0)
    with listening() as inbox, ExitStack() as stack:
        slow = [stack.enter_context(connected(inbox)) for _ in range(9)]
        for connection in slow:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\nhalf" % len(BODY))
        assert [post(inbox, BODY)[0] for _ in range(3)] == [200] * 3
        given_up = [kept for kept in inbox.posts if kept.status == 503]
        assert len(given_up) >= 7
        assert {(kept.body, kept.problem) for kept in given_up} == {(b"", receiving._GIVEN_UP)}  # pyright: ignore[reportPrivateUsage]


def test_a_sender_that_has_not_finished_does_not_hold_up_the_end() -> None:
    with listening() as inbox:
        connection = connected(inbox)
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf")
        post(inbox, BODY)
    with connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize("length", ["1", "0", "99999999999999999999", "", None])
def test_room_is_what_a_body_can_take(length: str | None) -> None:
    headers = [] if length is None else [(b"content-length", length.encode())]
    request = Request({"type": "http", "headers": headers})
    size = receiving._size(request)  # pyright: ignore[reportPrivateUsage]
    assert size == (int(length) if length in {"0", "1"} else MAX_BYTES)


def test_what_waits_for_its_answer_holds_no_body() -> None:
    body = BODY + b" " * 999
    head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body)
    with listening(answers=Answers(delay=3600), keep=1) as inbox, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(connected(inbox)).sendall(head + body)
            inbox.wait()
        gc.collect()
        held = [each for each in gc.get_objects() if type(each) is Post and each.body == body]
        assert held == list(inbox.posts)


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
    monkeypatch.setattr(receiving, "_SLOWEST", 0.05)
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


HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(BODY)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side closes it; fails where it does not."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", HEAD[:20]], ids=["nothing", "half a head"])
def test_a_request_that_does_not_come_is_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD", 0.05)
    with listening() as inbox, connected(inbox) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_request_that_comes_is_answered_however_long_that_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD", 0.5)
    with listening() as inbox, connected(inbox) as connection:
        connection.sendall(HEAD)
        with connected(inbox) as other:
            assert is_closed(other)  # by which time this one would be, too
        connection.sendall(BODY)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_second_request_is_waited_for_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD", 0.5)
    with listening() as inbox, connected(inbox) as connection:
        for _ in range(2):
            connection.sendall(HEAD + BODY)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200")
        assert is_closed(connection)


def test_those_who_wait_longest_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "WAITING", 3)
    with listening() as inbox, ExitStack() as stack:
        first, *others = [stack.enter_context(connected(inbox)) for _ in range(4)]
        assert is_closed(first)
        assert send([BODY], inbox.url)
        others[-1].sendall(HEAD + BODY)
        assert others[-1].recv(100).startswith(b"HTTP/1.1 200")


def test_what_comes_while_posts_are_answered_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = 700
    held: list[int] = []
    data_received = listener.Connection.data_received
    with listening() as inbox, connected(inbox) as connection:

        def counted(connection: listener.Connection, data: bytes) -> None:
            before = held[-1] + answered[-1] if held else 0
            answered.append(inbox.received * len(HEAD + BODY))
            held.append(before + len(data) - answered[-1])
            data_received(connection, data)

        answered = [0]
        monkeypatch.setattr(listener.Connection, "data_received", counted)
        sender = Thread(target=connection.sendall, args=((HEAD + BODY) * requests,))
        sender.start()
        answers = b""
        while answers.count(b"\r\n\r\n") < requests:
            answers += connection.recv(65536)
        sender.join(PATIENCE)
    assert answers.count(b"HTTP/1.1 200 OK") == requests
    assert max(held) < 1_000_000  # of five megabytes, which are there from the beginning
