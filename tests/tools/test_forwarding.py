"""The room `tools.forwarding`: events are passed on as they came, and what came of that is kept."""

from __future__ import annotations

import http.client
import socket
from functools import partial
from urllib.parse import urlsplit

import pytest

from cds_context import ArgumentError, Mode
from cds_context.testing import Request, examples, server_request, update
from cds_context.tools import Answers, Inbox, Outcome, Post, forwarding, listening, send
from cds_context.tools.forwarding import Forwarder, as_it_came
from cds_context.tools.inbox import Store
from cds_context.webhook import AnyOf, HttpHeaderAuth, WebhookKeyAuth

from ..patience import PATIENCE

BODY = examples()["update"]


def post(inbox: Inbox, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(inbox.url).port or 0, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _kept(post: Post, *_: object) -> Post:
    return post


def test_an_event_is_passed_on_as_it_came_with_its_keys() -> None:
    request = server_request(update("contact", after={"fullname": "Zoë"}), http_headers={"X-Key": "s3cret"})
    body = request.body.replace(b",", b", ", 1)  # as no server spells it
    key = HttpHeaderAuth({"X-Key": "s3cret"})
    with listening(auth=key) as elsewhere, listening(forward_to=f"{elsewhere.url}api/hook?v=1") as inbox:
        assert post(inbox, "/?sig=a%2Fb", body, {**request.headers, "Expect": "100-continue"}) == 200
        sent = inbox.forwarded(inbox.wait(PATIENCE), PATIENCE)
        arrived = elsewhere.wait(PATIENCE)
    assert (sent.status, sent.attempts, sent.outcome) == (200, 1, Outcome.SUCCESS)
    assert arrived.body == body
    assert (arrived.path, arrived.query) == ("/api/hook", "•••&•••")
    assert arrived.headers["x-ms-dynamics-request-name"] == "Update"
    assert "expect" not in arrived.headers


def test_it_is_tried_again_where_the_server_would() -> None:
    with listening(answers=Answers(statuses=(503, 200))) as elsewhere, listening(forward_to=elsewhere.url) as inbox:
        send([BODY], inbox.url)
        sent = inbox.forwarded(inbox.wait(PATIENCE), PATIENCE)
    assert (sent.status, sent.attempts) == (200, 2)


@pytest.mark.parametrize(("name", "outcome"), [("update", "rolled back"), ("update-asynchronous", "failed job")])
@pytest.mark.parametrize("odd", [b"", b" "])  # the tolerant pass reads one of these
def test_what_the_server_would_make_of_no_answer(name: str, outcome: str, odd: bytes) -> None:
    with listening() as gone:
        pass
    with listening(forward_to=gone.url) as inbox:
        assert post(inbox, "/", odd + examples()[name].replace(b'"Depth":1', b'"Depth":1,"New":[]'), {}) == 200
        sent = inbox.forwarded(inbox.wait(PATIENCE), PATIENCE)
    assert (sent.status, sent.outcome) == (None, outcome)
    assert sent.problem.startswith("connection refused")


def test_what_is_refused_is_not_passed_on() -> None:
    with listening() as elsewhere, listening(auth=WebhookKeyAuth("a"), forward_to=elsewhere.url) as inbox:
        assert post(inbox, "/", BODY, {}) == 401
        assert post(inbox, "/?code=a", b"{", {}) == 400
        assert post(inbox, "/?code=a", BODY, {}) == 200
        last = inbox.posts[-1]
        inbox.forwarded(last, PATIENCE)
        assert elsewhere.received == 1
        with pytest.raises(TimeoutError, match="no answer to what was passed on within 0 s"):
            inbox.forwarded(inbox.posts[0], 0)


def test_an_address_that_leads_nowhere_or_back_is_refused() -> None:
    with pytest.raises(ArgumentError, match="begins with http"), listening(forward_to="example.com"):
        pass
    with listening() as inbox:
        port = urlsplit(inbox.url).port or 0
    with (
        pytest.raises(ArgumentError, match="own address"),
        listening(port=port, forward_to=f"http://localhost:{port}/"),
    ):
        pass


def test_an_address_that_does_not_answer_keeps_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        with listening(forward_to=f"http://127.0.0.1:{silent.getsockname()[1]}/") as inbox:
            send([BODY], inbox.url)
            asked, _ = silent.accept()
        with asked:  # it is open until the listener is gone
            assert asked.recv(4) == b"POST"
    with pytest.raises(TimeoutError):
        inbox.forwarded(inbox.posts[0], 0)


def test_past_a_bound_the_oldest_that_waits_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "_WAITING", 1)
    monkeypatch.setattr(forwarding, "_AT_ONCE", 0)
    store = Store("http://127.0.0.1/")
    forwarder = Forwarder(store, "http://127.0.0.1:9/", own=1)
    with listening() as inbox:
        send([BODY], inbox.url, repeat=2)
        first, second = [store.add(partial(_kept, post)) for post in inbox.posts]
    for number in (1, 2):
        forwarder.take(number, Request("POST", {}, "", BODY), Mode.SYNCHRONOUS)
    assert store.forwarded(first).problem == "not passed on: too many waited"
    with pytest.raises(TimeoutError):
        store.forwarded(second, 0)
    assert [answer.number for answer in store.answers_after(0)] == [1]
    assert store.answers_after(1) == []
    forwarder.close()


def test_what_came_of_a_post_goes_with_it() -> None:
    with listening(keep=1) as elsewhere, listening(keep=1, forward_to=elsewhere.url) as inbox:
        send([BODY], inbox.url)
        gone = inbox.wait(PATIENCE)
        inbox.forwarded(gone, PATIENCE)
        send([BODY], inbox.url)
        inbox.forwarded(inbox.wait(PATIENCE), PATIENCE)
        with pytest.raises(TimeoutError):
            inbox.forwarded(gone, 0)
    store = Store("http://127.0.0.1/")
    store.note(1, inbox.forwarded(inbox.posts[0]))
    assert store.answers_after(0) == []


def test_headers_of_the_connection_stay_behind_and_repeated_ones_are_joined() -> None:
    headers = [(b"Host", b"a"), (b"X-A", b"1"), (b"x-a", "ë".encode()), (b"Content-Length", b"1")]
    assert as_it_came(headers, b"code=a", b"{}") == Request("POST", {"x-a": "1, ë"}, "code=a", b"{}")


def test_keys_in_several_ways_are_passed_on() -> None:
    auth = AnyOf(WebhookKeyAuth("a"), HttpHeaderAuth({"x-b": "b"}))
    with listening(auth=auth) as elsewhere, listening(auth=auth, forward_to=elsewhere.url) as inbox:
        for path, headers in (("/?code=a", {}), ("/", {"x-b": "b"})):
            assert post(inbox, path, BODY, headers) == 200
            assert inbox.forwarded(inbox.wait(PATIENCE), PATIENCE).status == 200
