"""The room `tools.page`: what a browser gets, and who gets nothing. The page in a browser is in `browser/`."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest

from cds_context import encode_context, parse_context
from cds_context.testing import examples, server_request, update
from cds_context.tools import Answers, Inbox, listening, page, questions, send
from cds_context.tools.processes import Lane
from cds_context.tools.templates import size
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, UncheckedAuth, WebhookKeyAuth

from ..patience import PATIENCE

MARKUP = "<script>alert(1)</script>&\"'"
EVENT = update("contact", after={"fullname": MARKUP, "telephone1": "\ud800"}, post_image="New")


COUNT = len(examples())


@pytest.fixture(name="inbox", scope="module")
def listening_inbox() -> Generator[Inbox]:
    with listening() as inbox:
        yield inbox


@contextmanager
def browser(inbox: Inbox, **headers: str) -> Generator[httpx2.Client]:
    client = httpx2.Client(base_url=inbox.url, trust_env=False, verify=False, headers=headers, timeout=PATIENCE)
    with client:
        yield client


def received(inbox: Inbox, body: bytes) -> int:
    """The number of a post of this body."""
    with browser(inbox) as client:
        client.post("/", content=body)
    return inbox.received


def news(stream: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream, each with its id."""
    last = ""
    end = monotonic() + PATIENCE  # the stream itself has none, and shows that it is alive
    for line in stream.iter_lines():
        assert monotonic() < end
        name, _, value = line.partition(": ")
        if name == "id":
            last = value
        elif name == "data":
            yield last, json.loads(value)


def numbers(data: dict[str, Any]) -> list[int]:
    return [int(number) for number in re.findall(r'data-number="(\d+)"', data["rows"])]


def test_the_page_loads_nothing_from_elsewhere(inbox: Inbox) -> None:
    with browser(inbox) as client:
        index = client.get("/")
        assert index.headers["content-type"] == "text/html; charset=utf-8"
        files = re.findall(r'(?:src|href)="([^"#]+)"', index.text)
        assert [file for file in files if not file.startswith("data:")] == ["/-/page.css", "/-/page.js"]
        for path in ("/-/page.css", "/-/page.js"):
            file = client.get(path)
            assert file.status_code == 200
            assert "://" not in file.text
            assert file.headers["x-content-type-options"] == "nosniff"
        policy = index.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
        assert "unsafe" not in policy
        assert inbox.url in index.text


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        (None, ""),
        (UncheckedAuth(because="a test"), ""),
        (WebhookKeyAuth("s3cret"), " --webhook-key KEY"),
        (HttpHeaderAuth({"X-Key": "s3cret", "A": "b"}), " --http-header a=KEY --http-header x-key=KEY"),
        (HttpQueryStringAuth({"sig": "s3cret"}), " --query sig=KEY"),
    ],
)
def test_the_empty_page_has_the_command_that_fills_it(auth: Authentication | None, options: str) -> None:
    with listening(auth=auth) as inbox, browser(inbox) as client:
        assert f"<code>cds-context send update {inbox.url}{options}</code>" in client.get("/").text


def test_a_payload_is_text(inbox: Inbox) -> None:
    number = received(inbox, encode_context(EVENT))
    with browser(inbox) as client:
        shown = client.get(f"/-/posts/{number}").text
        assert "<script" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in shown
        assert "\\ud800" in shown
        with client.stream("GET", "/-/rows", params={"search": "alert(1)"}) as stream:
            rows = next(data for _, data in news(stream) if data["rows"])["rows"]
        assert "<script" not in rows
        assert "&lt;script&gt;" in rows


def test_a_post_in_detail(inbox: Inbox) -> None:
    number = received(inbox, examples()["update-asynchronous"])
    with browser(inbox) as client:
        shown = client.get(f"/-/posts/{number}").text
    for text in ("Update", "Amélie Brandt", "amelie.brandt@example.com", "PostImage", "input parameters", "Parents"):
        assert text in shown


def test_findings_are_shown(inbox: Inbox) -> None:
    number = received(inbox, examples()["update-too-large"])
    with browser(inbox) as client:
        shown = client.get(f"/-/posts/{number}").text
    assert "CDS201" in shown
    assert "Cut by the server" in shown


def test_what_is_no_event_has_a_body_only(inbox: Inbox) -> None:
    number = received(inbox, b"<b>no")
    with browser(inbox) as client:
        shown = client.get(f"/-/posts/{number}").text
        assert "Not an event" in shown
        assert "&lt;b&gt;no" in shown
        assert client.get(f"/-/posts/{number}/fixture").status_code == 409
        answer = client.post(
            f"/-/posts/{number}/send", json={"url": inbox.url}, headers={"origin": inbox.url.rstrip("/")}
        )
        assert answer.status_code == 400


def test_a_fault_is_told_once_and_as_validate_tells_it() -> None:
    with listening() as inbox, browser(inbox) as client:
        client.post("/", content=b'{"a":1')
        shown = client.get("/-/posts/1").text
        with client.stream("GET", "/-/rows") as stream:
            rows = next(data for _, data in news(stream) if data["rows"])["rows"]
    said = "the text ends where `,` or `}` should follow"
    assert shown.count(said) == rows.count(said) == 1
    assert '<p class="problem">' not in shown


def test_why_it_was_refused_unread_is_told() -> None:
    with listening(auth=WebhookKeyAuth("k")) as inbox, browser(inbox) as client:
        client.post("/", content=examples()["update"])
        assert '<p class="problem">the request lacks a key</p>' in client.get("/-/posts/1").text


def test_a_post_that_takes_too_much_is_listed_and_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "Lane", partial(Lane, code="raise SystemExit"))
    with listening() as inbox, browser(inbox) as client:
        client.post("/", content=examples()["update"])
        shown = client.get("/-/posts/1").text
        assert "Not looked into" in shown
        assert questions.TOO_MUCH in shown
        assert client.get("/-/posts/1/body").content == examples()["update"]
        fixture = client.get("/-/posts/1/fixture")
        assert (fixture.status_code, fixture.text) == (409, f"{questions.TOO_MUCH}\n")
        answer = client.post("/-/posts/1/send", json={"url": inbox.url}, headers={"origin": inbox.url.rstrip("/")})
        assert answer.status_code == 400
        assert questions.TOO_MUCH in answer.json()["problem"]
        with client.stream("GET", "/-/rows") as stream:
            rows = next(data for _, data in news(stream) if data["rows"])["rows"]
        assert f"Update contact: {questions.TOO_MUCH}" in rows
        assert client.post("/", content=b"{}").status_code == 400
        assert inbox.posts[-1].problem == questions.TOO_MUCH


def test_what_could_not_be_saved_is_told(tmp_path: Path) -> None:
    with listening(folder=tmp_path / "posts") as inbox:
        (tmp_path / "posts").rmdir()
        number = received(inbox, examples()["create"])
        with browser(inbox) as client:
            assert "Not saved: no such file or directory" in client.get(f"/-/posts/{number}").text


def test_the_body_comes_down_as_it_came(inbox: Inbox) -> None:
    body = examples()["create"]
    number = received(inbox, body)
    with browser(inbox) as client:
        answer = client.get(f"/-/posts/{number}/body")
    assert answer.content == body
    assert answer.headers["content-disposition"] == 'attachment; filename="create-contact.json"'


def test_a_fixture_is_redacted(inbox: Inbox) -> None:
    body = examples()["update"]
    number = received(inbox, body)
    with browser(inbox) as client:
        answer = client.get(f"/-/posts/{number}/fixture")
    assert "Amélie" not in answer.text
    context = parse_context(answer.content)
    assert context.message_name == "Update"
    assert context.changes("PreImage").keys() == parse_context(body).changes("PreImage").keys()


def test_what_is_not_kept_is_not_found(inbox: Inbox) -> None:
    with browser(inbox) as client:
        assert client.get("/-/posts/999999").status_code == 404
        assert client.get("/-/posts/x").status_code == 404
        assert client.get("/api/hook").status_code == 405


def test_rows_come_as_posts_come() -> None:
    with listening(keep=3) as inbox, browser(inbox) as client, client.stream("GET", "/-/rows") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = news(stream)
        assert next(events)[1] == {"rows": "", "received": 0, "first": 1, "reset": True, "forwarded": {}}
        send([examples()["update"]], inbox.url)
        _, data = next(events)
        assert (numbers(data), data["received"], data["reset"]) == ([1], 1, False)
        send(examples().values(), inbox.url)
        last, data = next((last, data) for last, data in events if COUNT + 1 in numbers(data))
        assert data["first"] == COUNT - 1
        assert last.endswith(f"-{COUNT + 1}")


def test_what_came_of_passing_on_comes_after_the_row() -> None:
    with listening() as elsewhere, listening(forward_to=elsewhere.url) as inbox, browser(inbox) as client:
        send([examples()["update"]], inbox.url)
        inbox.forwarded(inbox.wait(PATIENCE), PATIENCE)
        with client.stream("GET", "/-/rows") as stream:
            data = next(data for _, data in news(stream) if data["forwarded"])
    assert list(data["forwarded"]) == ["1"]
    assert '<span class="badge good">200</span>' in data["forwarded"]["1"]


def test_rows_are_those_that_match() -> None:
    slash = update("account", after={"name": 'a/b "c" 😀 Straße'})
    with listening() as inbox, browser(inbox) as client:
        send([*examples().values(), slash], inbox.url)
        for search, found in (
            ("winquote", []),
            ("WIN quote", [COUNT]),
            ("a/b", [COUNT + 1]),
            ('"c" strasse', [COUNT + 1]),
            ("😀", [COUNT + 1]),
            ("straße nothing", []),
            ("200 upsert new_reading", [COUNT - 3]),
        ):
            with client.stream("GET", "/-/rows", params={"search": search}) as stream:
                shown: list[int] = []
                for last, data in news(stream):
                    shown += numbers(data)
                    if last.endswith(f"-{COUNT + 1}"):
                        break
            assert set(found) <= set(shown), search
            assert bool(found) == bool(shown), search


def test_a_browser_goes_on_where_it_was() -> None:
    with listening() as inbox, browser(inbox) as client:
        send(examples().values(), inbox.url)
        with client.stream("GET", "/-/rows") as stream:
            last, _ = next((last, data) for last, data in news(stream) if data["rows"])
        send([examples()["update"]], inbox.url)
        with client.stream("GET", "/-/rows", headers={"last-event-id": last}) as stream:
            events = news(stream)
            assert next(events)[1]["reset"] is False
            assert numbers(next(events)[1]) == [COUNT + 1]
        for stale in (f"0-{COUNT}", "nonsense", last.partition("-")[0] + "-x"):
            with client.stream("GET", "/-/rows", headers={"last-event-id": stale}) as stream:
                assert next(news(stream))[1]["reset"] is True


def test_a_silent_stream_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_HEARTBEAT", 0.01)
    with listening() as inbox, browser(inbox) as client, client.stream("GET", "/-/rows") as stream:
        assert ":" in (line for line in stream.iter_lines())


def test_a_stream_ends_with_the_listener() -> None:
    with ExitStack() as stack:
        with listening() as inbox:
            stream = stack.enter_context(stack.enter_context(browser(inbox)).stream("GET", "/-/rows"))
            lines = stream.iter_lines()
            next(lines)
        assert "data: " in "".join(lines)  # and no end without a last chunk


def test_a_post_is_sent_again() -> None:
    request = server_request(update("contact", after={"fullname": "Zoë"}), http_headers={"x-key": "k"})
    with listening(answers=Answers(statuses=(503, 202))) as elsewhere, listening() as inbox, browser(inbox) as client:
        client.post("/?code=s3cret", content=request.body, headers=request.headers)
        answer = client.post(
            "/-/posts/1/send", json={"url": elsewhere.url}, headers={"origin": inbox.url.rstrip("/")}
        ).json()
        assert (answer["status"], answer["outcome"], answer["attempts"], answer["problem"]) == (202, "success", 2, "")
        assert answer["milliseconds"] >= 0
        again = elsewhere.wait(PATIENCE)
    assert again.body == request.body
    assert again.query == ""
    assert again.headers["x-ms-dynamics-entity-name"] == "contact"
    assert "x-key" not in again.headers


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        *[(f'{{"url":"{url}"}}', "an address begins with http") for url in ("ftp://a/", "", "javascript:alert(1)")],
        *[(asked, "no address") for asked in ("{}", "[]", "no", '{"url":{"a":1}}', '{"url":' + "1" * 6_000 + "}")],
        *[(f'{{"url":"http://{host}/"}}', "a port from 1 to 65535") for host in ("127.0.0.1:70000", "a..b", "a" * 64)],
        ("[" * 60_000, "no address"),
        ('{"url":"http://127.0.0.1:1/","x":"' + "x" * 70_000 + '"}', "the body has more than 65536 bytes"),
    ],
    ids=lambda value: value[:40],
)
def test_only_web_addresses_are_sent_to(inbox: Inbox, asked: str, problem: str) -> None:
    number = received(inbox, examples()["update"])
    with browser(inbox, origin=inbox.url.rstrip("/")) as client:
        answer = client.post(f"/-/posts/{number}/send", content=asked)
    assert answer.status_code == 400
    assert problem in answer.json()["problem"]


def test_a_question_that_does_not_come_whole_is_no_question(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    number = received(inbox, examples()["update"])
    head = f"POST /-/posts/{number}/send HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: http://127.0.0.1\r\n"
    port = int(inbox.url.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(head.encode() + b"content-length: 100\r\n\r\nhalf")
    received(inbox, b"later")
    assert caplog.messages == []


def test_a_header_of_any_bytes_is_sent_again() -> None:
    headers = {b"x-ms-dynamics-organization": "zoë".encode(), b"x-ms-dynamics-entity-name": b"\xff"}
    with listening() as elsewhere, listening() as inbox, browser(inbox) as client:
        client.post("/", content=examples()["update"], headers=[*headers.items()])
        origin = {"origin": inbox.url.rstrip("/")}
        answer = client.post("/-/posts/1/send", json={"url": elsewhere.url}, headers=origin)
        assert answer.json()["outcome"] == "success"
        again = elsewhere.wait(PATIENCE)
    assert again.headers["x-ms-dynamics-organization"] == "zoë"
    assert again.headers["x-ms-dynamics-entity-name"] == "\ufffd"


@pytest.mark.parametrize("number", ["9" * 5_000, "0", "-1", "1e0", "²"])
def test_a_number_that_no_post_has(number: str) -> None:
    with listening() as inbox, browser(inbox) as client:
        received(inbox, examples()["update"])
        assert client.get(f"/-/posts/{number}").status_code == 404
        with client.stream("GET", "/-/rows") as stream:
            last = f"{next(news(stream))[0].partition('-')[0]}-{number}"
        with client.stream("GET", "/-/rows", headers=[(b"last-event-id", last.encode())]) as stream:
            assert next(news(stream))[1]["reset"] is True


PATHS = ["/", "/-/page.js", "/-/rows", "/-/posts/1", "/-/posts/1/body", "/-/posts/1/fixture"]


@pytest.mark.parametrize("path", PATHS)
def test_other_sites_see_nothing(inbox: Inbox, path: str) -> None:
    received(inbox, examples()["update"])
    for headers, status in (
        ({"host": "attacker.example"}, 421),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"x-forwarded-for": "192.0.2.1"}, 403),
    ):
        with browser(inbox, **headers) as client:
            answer = client.get(path)
        assert answer.status_code == status
        assert len(answer.content) < 100
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", None])
def test_other_sites_cannot_send_again(origin: str | None) -> None:
    with listening() as elsewhere, listening() as inbox, browser(inbox) as client:
        client.post("/", content=examples()["update"])
        headers = {"origin": origin} if origin else {}
        answer = client.post("/-/posts/1/send", json={"url": elsewhere.url}, headers=headers)
        assert answer.status_code == 403
        assert elsewhere.received == 0


def test_the_page_asks_for_its_key() -> None:
    with listening(page_key="p") as inbox, browser(inbox) as client:
        refused = client.get("/")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert client.get("/", auth=("me", "p")).status_code == 200
        assert client.post("/", content=examples()["update"]).status_code == 200  # which is no page


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (256_000, "256.0 kB"), (1_048_576, "1.0 MB")]
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text
