"""The room `authentication`: who is let in, who is not, and that keys stay where they are."""

from __future__ import annotations

import copy
import hmac
import pickle
import traceback
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import ArgumentError, AuthenticationError
from cds_context.transport import authentication
from cds_context.transport.request import Headers, Text
from cds_context.webhook import (
    AnyOf,
    Authentication,
    HttpHeaderAuth,
    HttpQueryStringAuth,
    UncheckedAuth,
    WebhookKeyAuth,
)

KEY = "tulip-4711"
WRONG = "wrong-key"
ALL: list[Authentication] = [
    WebhookKeyAuth(KEY),
    HttpHeaderAuth({"X-Key": KEY}),
    HttpQueryStringAuth({"Key1": KEY, "Key2": KEY}),
    AnyOf(WebhookKeyAuth(KEY), HttpHeaderAuth({"X-Key": KEY})),
]


def accepts(auth: Authentication, headers: Headers = (), query: str | bytes = "") -> bool:
    try:
        auth.verify(headers, query)
    except AuthenticationError:
        return False
    return True


@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        (f"code={KEY}", True),
        (f"?code={KEY}".encode(), True),
        (f"a=b&code={KEY}&c=d", True),
        (f"code={KEY}&code={KEY}", False),
        ("code=tulip%2D4711", True),
        ("", False),
        ("code=", False),
        ("code", False),
        (f"code={KEY}x", False),
        (f"code={KEY[:-1]}", False),
        (f"code={KEY.upper()}", False),
        (f"code=%20{KEY}", False),
        (f"Code={KEY}", False),
        (f"code={KEY}&code=other", False),
        (f"code=other&code={KEY}", False),
        (f"code={KEY}&code=", False),
        (f"code%00={KEY}", False),
        (b"code=\xff\xfe", False),
        ("code=%zz", False),
    ],
)
def test_webhook_key(query: str | bytes, accepted: bool) -> None:
    assert accepts(WebhookKeyAuth(KEY), {}, query) is accepted


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"X-One": "first", "X-Two": "second"}, True),
        ({"x-one": b"first", "x-two": b"second"}, True),
        ({"HTTP_X_ONE": "first", "HTTP_X_TWO": "second", "REQUEST_METHOD": "POST"}, True),
        ([(b"x-one", b"first"), (b"x-two", b"second"), (b"x-one", b"first")], False),
        ([(b"x-one", b"first"), (b"x-two", b"second"), (b"X-ONE", b"first")], False),
        ({"X-One": "first", "x-one": "first", "X-Two": "second"}, False),
        ({"X-One": "first"}, False),
        ({"X-One": "second", "X-Two": "first"}, False),
        ({"X-One": "first", "X-Two": "other"}, False),
        ([("x-one", "first"), ("x-two", "second"), ("x-one", "other")], False),
        ({"X-One": "first,first", "X-Two": "second"}, False),
        ({"X-One": "first, first", "X-Two": "second"}, False),
        ({"HTTP_X_ONE": "first, first", "HTTP_X_TWO": "second", "REQUEST_METHOD": "POST"}, False),
        ({"X-One": ["first"], "X-Two": "second"}, False),
        ({}, False),
    ],
)
def test_headers_must_all_match_wherever_they_stand(headers: Headers, accepted: bool) -> None:
    assert accepts(HttpHeaderAuth({"X-One": "first", "x-TWO": "second"}), headers, "x-one=first") is accepted


def test_a_refusal_says_what_is_wrong_with_the_keys() -> None:
    def refusal(*headers: tuple[str, str]) -> str:
        with pytest.raises(AuthenticationError) as caught:
            HttpHeaderAuth({"x-one": "first", "x-two": "second"}).verify(headers)
        return str(caught.value)

    assert refusal(("x-one", "first"), ("x-one", "first")) == "the request lacks a key"
    assert refusal(("x-one", "other"), ("x-two", "second")) == "the request holds a wrong key"
    twice = "a key stands twice in the request"
    assert refusal(("x-one", "first"), ("x-one", "first"), ("x-two", "second")) == twice
    assert refusal(("x-one", "first"), ("x-one", "other"), ("x-two", "second")) == twice


def test_a_key_in_the_environment_of_the_process_is_none_of_the_request() -> None:
    # The servers of wsgiref hand the process's environment to the application, as CGI did.
    environ = {"REQUEST_METHOD": "POST", "WEBHOOK_KEY": KEY, "webhook-key": KEY}
    assert not accepts(HttpHeaderAuth({"WEBHOOK_KEY": KEY}), environ)
    assert not accepts(HttpHeaderAuth({"webhook-key": KEY}), environ)


def test_query_parameters_must_all_match() -> None:
    auth = HttpQueryStringAuth({"Key1": "first", "Kéy2": "second"})
    assert accepts(auth, {}, "Key1=first&K%C3%A9y2=second")
    assert not accepts(auth, {}, "Key1=first")
    assert not accepts(auth, {}, "Key1=first&K%C3%A9y2=first")
    assert not accepts(auth, {}, "Key1=first&K%C3%A9y2=second&Key1=first")
    assert not accepts(auth, {"Key1": "first", "Kéy2": "second"}, "")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: key == key.strip()))
def test_a_key_of_any_text_is_accepted_however_it_is_encoded(key: str) -> None:
    auth = WebhookKeyAuth(key)
    assert accepts(auth, {}, f"code={quote(key, safe='')}")
    assert accepts(auth, {}, f"code={quote_plus(key)}".encode())
    assert not accepts(auth, {}, f"code={quote(key + 'x', safe='')}")


def test_a_plus_that_was_not_encoded_is_itself_or_a_space() -> None:
    assert accepts(WebhookKeyAuth("a+b/c=="), {}, "code=a+b/c==")
    assert accepts(WebhookKeyAuth("a b"), {}, "code=a+b")


@pytest.mark.parametrize(("key", "encoding"), [("schlüssel", "utf-8"), ("schlüssel", "latin-1"), ("€uro", "utf-8")])
def test_a_header_beyond_ascii_is_accepted_from_every_server(key: str, encoding: str) -> None:
    sent = key.encode(encoding)
    auth = HttpHeaderAuth({"x-key": key})
    assert accepts(auth, [(b"x-key", sent)])  # ASGI
    assert accepts(auth, {"REQUEST_METHOD": "POST", "HTTP_X_KEY": sent.decode("latin-1")})  # WSGI
    assert accepts(auth, {"X-Key": sent.decode("utf-8", "surrogateescape")})  # aiohttp
    assert not accepts(auth, [(b"x-key", sent[:-1])])


def test_a_key_of_bytes_is_compared_as_it_is() -> None:
    auth = HttpHeaderAuth({"x-key": b"\xff\xfe"})
    assert accepts(auth, [("x-key", b"\xff\xfe")])
    assert accepts(auth, {"x-key": "\xff\xfe"})
    assert not accepts(auth, [("x-key", b"\xff")])


@given(st.binary() | st.text(), st.dictionaries(st.text(), st.text() | st.binary() | st.none()))
def test_whatever_does_not_hold_the_key_is_refused(query: str | bytes, headers: dict[str, Any]) -> None:
    assert not any(accepts(auth, headers, query) for auth in ALL)


def test_any_of_accepts_one_of_its_options() -> None:
    auth = AnyOf(WebhookKeyAuth("new"), WebhookKeyAuth("old"), HttpHeaderAuth({"x-key": "header"}))
    assert accepts(auth, {}, "code=new")
    assert accepts(auth, {}, "code=old")
    assert accepts(auth, {"X-Key": "header"}, "code=wrong")
    assert accepts(AnyOf(auth), {}, "code=old")
    assert not accepts(auth, {}, "code=other")
    assert not accepts(auth, {}, "code=new&code=old")


def test_any_of_asks_all_of_headers_that_can_be_read_once() -> None:
    AnyOf(HttpHeaderAuth({"a": "1"}), HttpHeaderAuth({"b": "2"})).verify(iter([("b", "2")]))


def test_unchecked_says_why_and_accepts() -> None:
    auth = UncheckedAuth(because="the gateway checks the certificate")
    assert accepts(auth)
    assert repr(auth) == "<UncheckedAuth: the gateway checks the certificate>"
    assert auth.because == "the gateway checks the certificate"


NOBODY_MEANS: list[Any] = [
    lambda: WebhookKeyAuth(""),
    lambda: WebhookKeyAuth(b""),
    lambda: WebhookKeyAuth(None),  # type: ignore[arg-type] # what os.environ.get returns
    lambda: WebhookKeyAuth(" "),
    lambda: WebhookKeyAuth(f"{KEY}\n"),
    lambda: WebhookKeyAuth(f" {KEY}".encode()),
    lambda: HttpHeaderAuth({}),
    lambda: HttpHeaderAuth({"": KEY}),
    lambda: HttpHeaderAuth({"x-key": KEY, "X-Key": "other"}),
    lambda: HttpHeaderAuth({"x-key": KEY, "x-other": ""}),
    lambda: HttpQueryStringAuth({}),
    lambda: HttpQueryStringAuth({"": KEY}),
    AnyOf,
    lambda: AnyOf(WebhookKeyAuth(KEY), UncheckedAuth(because="nobody")),
    lambda: UncheckedAuth(because=" "),
]


@pytest.mark.parametrize("make", NOBODY_MEANS)
def test_a_configuration_that_nobody_can_mean_is_an_error(make: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert KEY not in "".join(traceback.format_exception_only(caught.value))
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("auth", ALL, ids=repr)
def test_keys_are_in_no_text_and_no_dump(auth: Any) -> None:
    with pytest.raises(AuthenticationError) as caught:
        auth.verify([("x-key", WRONG)], f"code={WRONG}&Key1={WRONG}")
    shown = [repr(auth), str(auth), "".join(traceback.format_exception(caught.value)), repr(vars(caught.value))]
    assert not any(KEY in text or WRONG in text for text in shown)
    with pytest.raises(TypeError):
        msgspec.to_builtins(auth)
    with pytest.raises(TypeError):
        vars(auth)
    slots = [getattr(auth, name) for kind in type(auth).__mro__ for name in getattr(kind, "__slots__", ())]
    assert slots
    assert KEY not in repr(slots)
    assert repr(KEY.encode()) not in repr(slots)


@pytest.mark.parametrize("auth", [*ALL, UncheckedAuth(because="a test")], ids=repr)
def test_keys_are_shared_and_never_pickled(auth: Any) -> None:
    assert copy.copy(auth) is auth
    assert copy.deepcopy([auth])[0] is auth
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=f"{type(auth).__name__} cannot be pickled"):
            pickle.dumps(auth, protocol)


def test_all_is_compared_before_anything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []

    def watch(one: bytes, other: bytes) -> bool:
        assert len(one) == len(other) == 32
        compared.append(hmac.compare_digest(one, other))
        return compared[-1]

    monkeypatch.setattr(authentication, "compare_digest", watch)
    auth = HttpHeaderAuth({"x-one": "first", "x-two": "second"})
    assert not accepts(auth, [("x-one", "a"), ("x-two", "b" * 10_000), ("x-one", "first"), ("x-other", "first")])
    assert compared == [False, False, True]
    compared.clear()
    rotation = AnyOf(WebhookKeyAuth("new"), WebhookKeyAuth("old"))
    assert not accepts(rotation, {}, "code=other")
    assert accepts(rotation, {}, "code=new")
    assert len(compared) == 2 * 4  # each of two keys with each of two readings


def test_the_status_of_the_error() -> None:
    assert AuthenticationError.status == 401


def test_what_holds_a_key_is_known_by_name() -> None:
    class Own:
        def verify(self, headers: Headers, query: Text = "") -> None: ...

    header, query = HttpHeaderAuth({"X-Key": "k"}), HttpQueryStringAuth({"a": "k", "ü": "k"})
    assert header.key_names == {"x-key"}
    assert query.key_names == {"a", "ü"}
    assert WebhookKeyAuth("k").key_names == {"code"}
    assert AnyOf(header, query, Own()).key_names == {"x-key", "a", "ü"}
    assert UncheckedAuth(because="-").key_names == set()
