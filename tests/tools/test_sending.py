"""The room `tools.sending`: events posted as the server does, varied and paced."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from msgspec import UNSET
from msgspec.structs import replace

from cds_context import ArgumentError, DecodeError, RemoteExecutionContext, parse_context
from cds_context.testing import BuildError, examples, garble, server_request, truncate, update
from cds_context.testing.strategies import contexts, events
from cds_context.tools import Answers, Outcome, SendReport, Sent, listening, send, sending
from cds_context.tools.sending import Variation, fresh
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from ..patience import PATIENCE

EVENT = update("contact", after={"fullname": "Zoë/Ann 😀"}, asynchronous=True)
SYNCHRONOUS = update("contact")


@contextmanager
def raw_server(*answers: bytes) -> Generator[tuple[str, list[bytes]]]:
    """A server that gives each connection one answer, whatever was asked, and keeps what was."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.settimeout(PATIENCE)

        def serve() -> None:
            for answer in answers:
                connection, _ = bound.accept()
                connection.settimeout(PATIENCE)
                with connection, connection.makefile("rb") as stream:
                    received.append(b"".join(_request(cast("BinaryIO", stream))))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/hook", received
        thread.join(PATIENCE)
        assert not thread.is_alive()


def _request(stream: BinaryIO) -> Iterator[bytes]:
    length = 0
    for line in stream:
        yield line
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
        if line == b"\r\n":
            yield stream.read(length)
            return


def test_every_example_arrives_as_it_is() -> None:
    bodies = examples()
    with listening() as inbox:
        report = send(bodies.values(), inbox.url)
        assert [post.body for post in inbox.posts] == list(bodies.values())
    assert report
    assert [each.event for each in report.sent] == list(range(len(bodies)))
    assert report.statuses == {200: len(bodies)}


def test_what_is_on_the_wire() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (url, received):
        assert send([EVENT], url + "?tenant=7", webhook_key="s3 cret")
    head, _, body = received[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    request = server_request(EVENT, webhook_key="s3 cret")
    assert first == "POST /hook?tenant=7&code=s3%20cret HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines)
    assert request.headers.items() <= headers.items()  # in lower case
    assert {name.lower() for name in headers.keys() - request.headers} == {"host", "content-length"}
    assert body == request.body
    assert b"Zo\xc3\xab\\/Ann \\ud83d\\ude00" in body


@pytest.mark.parametrize(
    ("keys", "auth"),
    [
        ({"webhook_key": "s3cret"}, WebhookKeyAuth("s3cret")),
        ({"http_headers": {"X-Key": "s3cret"}}, HttpHeaderAuth({"x-key": "s3cret"})),
        ({"query": {"a": "1", "b": "ü+"}}, HttpQueryStringAuth({"a": "1", "b": "ü+"})),
    ],
    ids=["WebhookKey", "HttpHeader", "HttpQueryString"],
)
def test_the_three_ways_to_authenticate(keys: dict[str, Any], auth: Authentication) -> None:
    with listening(auth=auth) as inbox:
        assert send([EVENT], inbox.url, **keys)
        refused = send([EVENT, SYNCHRONOUS], inbox.url)
        assert refused.statuses == {401: 2}
        assert [each.outcome for each in refused.sent] == [Outcome.FAILED_JOB, Outcome.ROLLED_BACK]


@pytest.mark.parametrize(
    ("statuses", "attempts", "outcome"),
    [
        ((503, 200), 2, Outcome.SUCCESS),
        ((502, 504, 200), 2, Outcome.ROLLED_BACK),
        ((500, 200), 1, Outcome.ROLLED_BACK),
        ((302, 200), 1, Outcome.ROLLED_BACK),
        ((429, 200), 1, Outcome.ROLLED_BACK),
    ],
    ids=str,
)
def test_a_retry_comes_once_and_only_after_three_statuses(
    statuses: tuple[int, ...], attempts: int, outcome: Outcome
) -> None:
    with listening(answers=Answers(statuses=statuses)) as inbox:
        (sent,) = send([SYNCHRONOUS], inbox.url).sent
        assert (sent.attempts, sent.outcome, sent.status) == (attempts, outcome, statuses[attempts - 1])
        assert inbox.received == attempts
        assert len({post.body for post in inbox.posts}) == 1


def test_a_redirect_is_not_followed() -> None:
    with listening() as elsewhere:
        answer = f"HTTP/1.1 307 Away\r\nlocation: {elsewhere.url}\r\ncontent-length: 0\r\n\r\n"
        with raw_server(answer.encode()) as (url, _):
            assert send([EVENT], url).statuses == {307: 1}
        assert elsewhere.received == 0


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    with listening() as inbox:
        assert send([EVENT], inbox.url)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_GLANCE", 0.05)
    with listening(answers=Answers(delay=60)) as inbox:
        (sent,) = send([EVENT], inbox.url, timeout=0.2).sent
    assert (sent.status, sent.attempts, sent.outcome) == (None, 1, Outcome.FAILED_JOB)
    assert sent.problem == "no answer within 0.2 s"
    assert sent.seconds >= 0.2


def test_nobody_listens() -> None:
    with listening() as inbox:
        url = inbox.url
    (sent,) = send([SYNCHRONOUS], url).sent
    assert (sent.status, sent.problem, sent.outcome) == (
        None,
        "connection refused: nobody listens there",
        Outcome.ROLLED_BACK,
    )


def test_an_answer_that_is_none() -> None:
    with raw_server(b"nonsense\r\n\r\n") as (url, _):
        (sent,) = send([EVENT], url).sent
    assert (sent.status, sent.problem) == (None, "the answer is not HTTP")


def test_an_event_on_a_connection_that_is_being_closed_is_posted_on_another() -> None:
    received: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            connection, _ = bound.accept()
            connection.settimeout(PATIENCE)
            with connection, connection.makefile("rb") as stream:
                received.append(b"".join(_request(cast("BinaryIO", stream))))
                connection.sendall(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
                received.append(b"".join(_request(cast("BinaryIO", stream))))  # has no answer

    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.settimeout(PATIENCE)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        report = send([EVENT, SYNCHRONOUS], f"http://127.0.0.1:{bound.getsockname()[1]}/")
        thread.join(PATIENCE)
    assert report.statuses == {500: 2}
    assert received[1] == received[2] != received[0]


def test_an_answer_without_end_is_not_read() -> None:
    body = b"x" * 1_000_000
    with raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + body) as (url, _):
        assert send([EVENT], url).statuses == {200: 1}


def test_repeats_at_several_at_a_time() -> None:
    seen: list[Sent] = []
    with listening() as inbox:
        report = send(
            [EVENT, SYNCHRONOUS], inbox.url, repeat=10, concurrency=4, rate=10_000, delay=0.001, on_sent=seen.append
        )
        assert inbox.received == 20
    assert tuple(seen) == report.sent
    assert [sum(each.event == event for each in seen) for event in (0, 1)] == [10, 10]


def test_the_rate_spaces_posts_and_delay_holds_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    ticks = count(100.0, 0.0)

    def middle(low: float, high: float) -> float:
        return (low + high) / 2

    monkeypatch.setattr(sending, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr("random.uniform", middle)
    monkeypatch.setattr("asyncio.sleep", sleep)
    pace = sending._Pace(1, 4.0, 3.0)  # pyright: ignore[reportPrivateUsage]
    for number in range(3):
        asyncio.run(pace.turn(number))
    assert waits == [1.5, 1.75, 2.0]


def test_events_are_varied() -> None:
    with listening() as inbox:
        send([EVENT], inbox.url, repeat=2, fresh_ids=True)
        send([EVENT], inbox.url, truncate=True, garble=True)
        fresh, other, cut = inbox.posts
        assert len({fresh.context.idempotency_key, other.context.idempotency_key, EVENT.idempotency_key}) == 3
        assert cut.context.is_truncated
        assert cut.headers["x-ms-dynamics-msg-size-exceeded"] == "true"


def test_nothing_to_send() -> None:
    assert send([], "http://127.0.0.1:1/").sent == ()


@pytest.mark.parametrize("url", ["", "ftp://a/", "localhost:1", "file:///etc/passwd", "http://", "http://[::1", "//a"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match="an address begins with http:// or https:// and a host"):
        send([EVENT], url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:65536/", "http://127.0.0.1:-1/", "https://127.0.0.1:0/", "http://a..b/", "https://.a/"),
        *("http://" + "a" * 64 + ".example/", "http://" + "a." * 200 + "b/", "http://a:99999999999999999999/"),
        *(
            "http://a b/",
            "http:// a/",
            "http://a /",
            "http://a%20b/",
            "http://a%2Fb/",
            "http://<host>/",
            "http://{host}/",
        ),
        *("http://$HOST/", "http://a,b/", "http://*.a/", "http://-a/", "http://a-/", "http://a\\b/", "http://./"),
        *("http://1.2.3/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://a.1/"),
        *("http://[fe80::1%25eth0]/",),
    ],
)
def test_addresses_that_lead_nowhere_are_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match="a host of an address has a name, and a port from 1 to 65535"):
        send([EVENT], url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://a/", "http://a_b:8080/x?y=z", "http://ä.example/", "https://a.b./", "HTTP://A/", "http://127.0.0.1/"),
        *("http://[::1]:80/", "http://1a/", "http://xn--4ca.example/", "http://a/?code=x%23y", "http://a/ x?y z"),
    ],
)
def test_addresses_that_lead_somewhere(url: str) -> None:
    assert send([], url).sent == ()


def test_an_address_with_a_fragment_is_refused() -> None:
    with pytest.raises(ArgumentError, match="an address holds no `#`: in a key it is written %23") as caught:
        send([EVENT], "http://127.0.0.1:1/?code=s3#cret")
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("?code=s3cret", {"webhook_key": "k"}),
        ("?a=1&c%6Fde", {"webhook_key": "k"}),
        ("?x=s3cret", {"query": {"y": "1", "x": "2"}}),
        ("?%C3%BC=s3cret", {"query": {"ü": "2"}}),
    ],
)
def test_a_key_in_the_address_and_another_one_are_refused(url: str, keys: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="holds a key where another one is given: give it once") as caught:
        send([EVENT], f"http://127.0.0.1:1/{url}", **keys)
    assert "s3cret" not in str(caught.value)


def test_a_key_in_the_address_is_sent() -> None:
    with listening(auth=WebhookKeyAuth("s3cret")) as inbox:
        assert send([EVENT], inbox.url + "?code=s3cret&x=1", http_headers={"a": "b"})


@pytest.mark.parametrize("url", ["http://user:s3cret@127.0.0.1:1/", "http://s3cret@127.0.0.1:1/"])
def test_a_user_in_an_address_is_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match="an address holds no user and password") as caught:
        send([EVENT], url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        *({"x key": "k"}, {"": "k"}, {"x-é": "k"}, {"x:": "k"}, {"x-key": "k\r\nx-other: 1"}, {"x-key": "\ud800"}),
        *({"x-key": " k"}, {"Content-Length": "3"}, {"transfer-encoding": "chunked"}),
    ],
    ids=ascii,
)
def test_headers_that_http_has_no_form_for_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match="a header with a key") as caught:
        send([EVENT], "http://127.0.0.1:1/", http_headers=headers)
    assert "k\r" not in str(caught.value)


@pytest.mark.parametrize("text", ["zoë", "日本", "\ud800"], ids=ascii)
def test_headers_hold_any_text(text: str) -> None:
    event = replace(EVENT, message_name=text)
    with listening() as inbox:
        assert send([event], inbox.url, http_headers={"x-key": "é€"})
        assert inbox.wait().headers["x-ms-dynamics-request-name"] == text.replace("\ud800", "?")
    with listening(auth=HttpHeaderAuth({"x-key": "é€"})) as inbox:
        assert send([EVENT], inbox.url, http_headers={"x-key": "é€"})


def test_an_event_that_no_header_can_name_is_not_sent() -> None:
    with listening() as inbox:
        (sent,) = send([replace(EVENT, message_name="a\r\nx-key: 1")], inbox.url).sent
        assert inbox.received == 0
    assert (sent.status, sent.problem) == (None, "HTTP has no form for its headers")


def test_no_log_shows_a_key(caplog: pytest.LogCaptureFixture) -> None:
    with listening() as inbox, caplog.at_level("DEBUG"):
        assert send([EVENT], inbox.url + "?first=s3cret", webhook_key="s3cret")
        assert send([EVENT], inbox.url, http_headers={"x-key": "s3cret"})
    assert caplog.messages  # or there would be nothing to see
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    "options",
    [
        *({"repeat": 0}, {"concurrency": 0}, {"rate": 0}, {"rate": float("nan")}, {"delay": -1}, {"timeout": 0}),
        *({"delay": float("nan")}, {"delay": float("inf")}, {"timeout": float("nan")}),
    ],
    ids=str,
)
def test_numbers_that_nobody_can_mean_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        send([EVENT], "http://127.0.0.1:1/", **options)


def test_what_is_no_event_and_two_keys_are_refused() -> None:
    with pytest.raises(DecodeError, match="event 1: ") as caught:
        send([EVENT, b"{}"], "http://127.0.0.1:1/")
    assert (caught.value.path, caught.value.reason[:9]) == ("$", "event 1: ")
    with pytest.raises(BuildError):
        send([EVENT], "http://127.0.0.1:1/", webhook_key="a", query={"b": "c"})


def test_a_coroutine_sends_in_a_thread() -> None:
    async def test() -> SendReport:
        with listening() as inbox:
            return await asyncio.to_thread(send, [EVENT], inbox.url)

    assert asyncio.run(test())


def test_a_body_is_sent_in_the_servers_form() -> None:
    body = examples()["create"]
    with listening() as inbox:
        send([b"\xef\xbb\xbf" + body.replace(b"\\/", b"/")], inbox.url)
        assert inbox.wait().body == body
        assert inbox.posts[0].context == parse_context(body)


IMAGED = update("contact", before={"fullname": "Amélie"}, after={"fullname": "Zoë"}, pre_image="PreImage")
IDS = ("correlation_id", "operation_id", "request_id")


def test_nothing_varied_is_the_request_of_a_server() -> None:
    assert Variation(webhook_key="k").request(IMAGED) == server_request(IMAGED, webhook_key="k")


def test_text_is_garbled() -> None:
    assert Variation(garble=True).request(IMAGED).body == garble(server_request(IMAGED).body)


def test_members_are_cut_and_a_header_says_so() -> None:
    request = Variation(truncate=True).request(IMAGED)
    assert request.body == server_request(truncate(IMAGED)).body
    assert request.headers["x-ms-dynamics-msg-size-exceeded"] == "true"


def test_a_header_says_that_an_event_was_cut_before() -> None:
    event = parse_context(examples()["update-too-large"])
    assert Variation().request(event).headers["x-ms-dynamics-msg-size-exceeded"] == "true"


def test_fresh_ids_make_another_delivery() -> None:
    event = fresh(IMAGED)
    assert event.idempotency_key not in (IMAGED.idempotency_key, fresh(IMAGED).idempotency_key)
    assert Variation(fresh_ids=True).request(IMAGED).body != server_request(IMAGED).body


@given(contexts() | events())
def test_fresh_ids_are_equal_where_ids_were_and_all_else_stays(event: RemoteExecutionContext) -> None:
    before, after = ([each, *each.parents] for each in (event, fresh(event)))
    pairs = {(getattr(old, name), getattr(new, name)) for old, new in zip(before, after, strict=True) for name in IDS}
    assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert all((old == new) == (old is None or old.int == 0) for old, new in pairs)
    restored = [
        replace(new, parent_context=UNSET, **{name: getattr(old, name) for name in IDS})
        for old, new in zip(before, after, strict=True)
    ]
    assert restored == [replace(old, parent_context=UNSET) for old in before]
    assert after[-1].parent_context == before[-1].parent_context
