"""The room `request`: headers and query strings as frameworks have them."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context.transport.request import header_pairs, octets, query_pairs

PAIRS = [("x-key", b"one"), ("x-ms-dynamics-entity-name", b"contact")]


class MultiItems:
    """What a multi-mapping and werkzeug's headers have in common: `items()` with repeated names."""

    def items(self) -> list[tuple[str, str]]:
        return [("X-Key", "one"), ("X-Ms-Dynamics-Entity-Name", "contact")]


FORMS: list[Any] = [
    {"X-Key": "one", "X-MS-Dynamics-Entity-Name": "contact"},
    {
        "HTTP_X_KEY": "one",
        "HTTP_X_MS_DYNAMICS_ENTITY_NAME": "contact",
        "REQUEST_METHOD": "POST",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(),
    },
    [(b"x-key", b"one"), (b"x-ms-dynamics-entity-name", b"contact")],
    iter([("x-key", " one\t"), ("x-ms-dynamics-entity-name", "contact")]),
    {b"X-KEY": b"one", "x-ms-dynamics-entity-name": "contact"},
    MultiItems(),
]


@pytest.mark.parametrize("headers", FORMS)
def test_headers_of_every_kind_of_framework(headers: Any) -> None:
    assert header_pairs(headers) == PAIRS


def test_of_an_environ_only_what_came_with_the_request_is_a_header() -> None:
    environ: dict[str, Any] = {"HTTP_X_KEY": "one", "X_KEY": "two", "X-KEY": "three", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    assert header_pairs(environ) == [("x-key", b"one"), ("host", b"127.0.0.1")]


def test_headers_that_were_read_are_not_read_again() -> None:
    pairs = header_pairs(iter([("X-Key", "one")]))
    assert header_pairs(pairs) is pairs


@pytest.mark.parametrize(
    "headers", [[("REQUEST_METHOD", "POST"), ("X-Key", "one")], {"Request_Method": "POST", "X-Key": "one"}]
)
def test_a_header_that_a_sender_names_like_an_environ_hides_no_other(headers: Any) -> None:
    assert ("x-key", b"one") in header_pairs(headers)


def test_elsewhere_a_name_with_http_is_a_name() -> None:
    assert header_pairs({"HTTP_X_KEY": "one"}) == [("http_x_key", b"one")]


def test_repeated_headers_stay_apart() -> None:
    assert header_pairs([("A", "1"), ("a", "2")]) == [("a", b"1"), ("a", b"2")]


@given(st.lists(st.tuples(st.binary() | st.text(), st.binary() | st.text() | st.integers())))
def test_headers_are_their_bytes_under_names_in_lower_case(headers: Any) -> None:
    assert header_pairs(headers) == [
        (name.lower() if isinstance(name, str) else name.decode("latin-1").lower(), octets(value).strip())
        for name, value in headers
        if not isinstance(value, int)
    ]


@given(st.binary())
def test_text_that_wsgi_made_is_taken_back_to_its_bytes(sent: bytes) -> None:
    assert octets(sent.decode("latin-1")) == octets(sent) == sent


@given(st.text())
def test_any_text_has_bytes(text: str) -> None:
    assert isinstance(octets(text), bytes)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("\u20ac", b"\xe2\x82\xac"),  # decoded as UTF-8
        ("k\udcfc", b"k\xfc"),  # decoded as UTF-8 that it was not, by aiohttp
        ("\ud800", b"\xed\xa0\x80"),
    ],
)
def test_text_beyond_latin_1_was_decoded_as_utf_8(text: str, sent: bytes) -> None:
    assert octets(text) == sent


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", [(b"", b"", b"")]),
        ("?code=a", [(b"code", b"a", b"a")]),
        (b"code=a+b", [(b"code", b"a b", b"a+b")]),
        ("code=a%2Bb", [(b"code", b"a+b", b"a+b")]),
        ("code=a=b==", [(b"code", b"a=b==", b"a=b==")]),
        ("code=%zz%", [(b"code", b"%zz%", b"%zz%")]),
        ("code=%ff%e4", [(b"code", b"\xff\xe4", b"\xff\xe4")]),
        ("code&code=", [(b"code", b"", b""), (b"code", b"", b"")]),
        ("the+co%64e=1", [(b"the code", b"1", b"1")]),
        ("code=\u20ac", [(b"code", b"\xe2\x82\xac", b"\xe2\x82\xac")]),
    ],
)
def test_query(query: str | bytes, pairs: Any) -> None:
    assert query_pairs(query) == pairs


@given(st.lists(st.tuples(st.binary(), st.binary()), min_size=1))
def test_a_query_reads_back_whichever_way_it_was_encoded(pairs: list[tuple[bytes, bytes]]) -> None:
    as_form = query_pairs(urlencode(pairs))
    assert [(name, value) for name, value, _ in as_form] == pairs
    as_url = query_pairs(
        "&".join(f"{quote_from_bytes(name, '')}={quote_from_bytes(value, '')}" for name, value in pairs)
    )
    assert as_url == [(name, value, value) for name, value in pairs]


@given(st.binary() | st.text())
def test_any_query_has_pairs(query: str | bytes) -> None:
    assert query_pairs(query)
