"""The room `tools.inbox`: what is kept of what came."""

from __future__ import annotations

import gc
import re
import threading
import tracemalloc
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import DecodeError, encode_context
from cds_context.testing import examples, update
from cds_context.tools import Post
from cds_context.tools.inbox import HIDDEN, Store, shown_headers, shown_path, shown_query

from ..patience import PATIENCE

BODY = examples()["update-asynchronous"]


def add(inbox: Store, body: bytes = BODY, **others: Any) -> Post:
    given: dict[str, Any] = {"path": "/", "query": "", "headers": {}, "status": 200, **others}
    return inbox.add(lambda number, moment: Post(number=number, received_on=moment, body=body, **given))


def test_posts_are_numbered_and_kept_in_order() -> None:
    inbox = Store("http://127.0.0.1:1/")
    posts = [add(inbox) for _ in range(3)]
    assert inbox.posts == tuple(posts)
    assert [post.number for post in posts] == [1, 2, 3]
    assert inbox.received == 3
    assert inbox.first == 1
    assert isinstance(posts[0].received_on, datetime)


def test_the_oldest_are_given_up() -> None:
    inbox = Store("", keep=2)
    assert inbox.first == 1
    for _ in range(5):
        add(inbox)
    assert [post.number for post in inbox.posts] == [4, 5]
    assert (inbox.received, inbox.first) == (5, 4)
    assert inbox.find(3) is None
    assert inbox.find(4) is inbox.posts[0]


def test_posts_take_no_more_than_their_room() -> None:
    inbox = Store("", memory=100_000)
    for size in (60_000, 30_000, 1, 500_000, 30_000):
        add(inbox, b"x" * size)
    assert [len(post.body) for post in inbox.posts] == [30_000]
    add(inbox, b"x" * 60_000)
    assert [len(post.body) for post in inbox.posts] == [30_000, 60_000]


@pytest.mark.repeats
def test_the_room_of_a_post_is_that_of_all_it_holds() -> None:
    inbox = Store("", memory=1_000_000)
    tracemalloc.start()
    try:
        for count in range(2_000):
            headers = {f"x-{count}-{each}": "y" * 100 for each in range(100)}
            add(inbox, b"", headers=headers, path="/" * 500, query="q" * 500, problem="p" * 500)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_000_000  # where all of them would take 50 MB
    assert 10 < len(inbox.posts) < 100


def test_what_came_after_a_post() -> None:
    inbox = Store("", keep=3)
    for _ in range(5):
        add(inbox)
    assert [post.number for post in inbox.after(0)] == [3, 4, 5]
    assert [post.number for post in inbox.after(4)] == [5]
    assert inbox.after(5) == []


def test_waiting_gives_each_post_once() -> None:
    inbox = Store("", keep=2)
    posts = [add(inbox) for _ in range(3)]
    assert [inbox.wait(), inbox.wait()] == posts[1:]  # the first is no longer kept
    with pytest.raises(TimeoutError, match=r"no post within 0\.01 s"):
        inbox.wait(0.01)


def test_waiting_waits() -> None:
    inbox = Store("")
    waits = threading.Event()
    got: list[Post] = []

    def wait() -> None:
        waits.set()
        got.append(inbox.wait(PATIENCE))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert waits.wait(PATIENCE)
    post = add(inbox)
    thread.join(PATIENCE)
    assert got == [post]


def test_who_watches_is_called() -> None:
    inbox = Store("")
    calls: list[int] = []
    with inbox.watched(lambda: calls.append(inbox.received)):
        add(inbox)
        add(inbox)
    add(inbox)
    assert calls == [1, 2]


def test_a_post_knows_its_event() -> None:
    post = add(Store(""))
    assert post.context.message_name == "Update"
    assert post.summary is not None
    assert post.summary.record == "Amélie Brandt"
    assert post.findings == ()


def test_a_post_that_is_no_event() -> None:
    post = add(Store(""), b"{}")
    with pytest.raises(DecodeError):
        _ = post.context
    assert post.summary is None
    assert [finding.code for finding in post.findings] == ["CDS103"]
    assert add(Store(""), b"").findings == ()


def test_what_is_kept_of_a_post_is_bounded() -> None:
    odd = BODY[:-1] + b"".join(b',"m%d":1' % number for number in range(10_000)) + b"}"
    assert len(add(Store(""), odd).findings) == 100
    long = encode_context(update("x" * 5_000, after={"name": "y" * 5_000}, message_name="z" * 5_000, post_image="New"))
    summary = add(Store(""), long).summary
    assert summary is not None
    assert (summary.message, summary.table, summary.record) == ("z" * 199 + "…", "x" * 199 + "…", "y" * 199 + "…")


def test_a_repr_shows_no_content() -> None:
    assert repr(add(Store(""))) == f"<Post 1: {len(BODY)} bytes, 200>"


def test_headers_that_may_hold_keys_are_hidden() -> None:
    headers = [
        *[(b"Content-Type", b"application/json"), (b"x-ms-dynamics-entity-name", "kontakté".encode())],
        *[(b"X-Api-Key", b"s3cret"), (b"authorization", b"Basic s3cret"), (b"cookie", b"s3cret")],
        *[(b"via", b"1.1 a"), (b"Via", b"1.1 b"), (b"x-odd-\xe9", b"\xff")],
    ]
    assert shown_headers(headers) == {
        "content-type": "application/json",
        "x-ms-dynamics-entity-name": "kontakté",
        "x-api-key": HIDDEN,
        "authorization": HIDDEN,
        "cookie": HIDDEN,
        "via": "1.1 a, 1.1 b",
        "x-odd-é": HIDDEN,
    }
    assert shown_headers(headers, {"via"})["via"] == HIDDEN


@pytest.mark.parametrize("name", ["referer", "x-original-url", "x-ms-dynamics-key", "x-functions-key", "forwarded-key"])
def test_of_headers_that_nobody_knows_the_name_is_shown(name: str) -> None:
    assert shown_headers([(name.encode(), b"s3cret")]) == {name: HIDDEN}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        *[("", ""), ("code=s3cret", f"code={HIDDEN}"), ("code=1&&code=2", f"code={HIDDEN}&code={HIDDEN}")],
        *[("s3cret", HIDDEN), ("s3cret=", HIDDEN), ("czNjcmV0Zg==", HIDDEN), ("s3=cret", HIDDEN), ("code", "code")],
        *[("c%6Fde=s3cret", HIDDEN), ("Code=s3cret", HIDDEN), ("code==", f"code={HIDDEN}"), ("code=", "code=")],
        *[("code;x=s3cret", HIDDEN), ("key=s3cret&tenant=7", f"key={HIDDEN}&{HIDDEN}")],
        ("&".join(["a"] * 30), "&".join([HIDDEN] * 21)),
    ],
    ids=ascii,
)
def test_of_a_query_the_names_of_keys_are_shown(query: str, shown: str) -> None:
    assert shown_query(query, {"key"}) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        *[("/", "/"), ("/api/hook", "/api/hook"), ("/api/v2/webhooks/", "/api/v2/webhooks/"), ("//api", "//api")],
        *[("/api/contact", f"/api/{HIDDEN}"), ("/7", f"/{HIDDEN}"), ("/v10", f"/{HIDDEN}"), ("/API", f"/{HIDDEN}")],
        *[("/hook/correcthorse", f"/hook/{HIDDEN}"), ("/api;key=s3cret", f"/{HIDDEN}"), ("/hook\n", f"/{HIDDEN}")],
        *[("/api%2Fhook", f"/{HIDDEN}"), ("/a%2Fb/hook", f"/{HIDDEN}/hook"), ("/%61pi", f"/{HIDDEN}")],
        *[("http://api/hook", f"{HIDDEN}//api/hook"), ("*", HIDDEN), ("/" * 30, "/" * 20 + HIDDEN)],
    ],
    ids=ascii,
)
def test_of_a_path_a_few_words_are_shown(path: str, shown: str) -> None:
    assert shown_path(path) == shown


@given(st.text(st.characters(codec="latin-1")), st.text(st.characters(codec="latin-1")))
def test_nothing_else_of_an_address_is_shown(path: str, query: str) -> None:
    words = "(api|crm|dataverse|dynamics|events?|(web)?hooks?|v[1-9])?"
    assert re.fullmatch(rf"({words}|{HIDDEN})(/({words}|{HIDDEN}))*", shown_path(path))
    assert re.fullmatch(rf"((code|{HIDDEN})(=({HIDDEN})?)?(&|$))*", shown_query(query))
