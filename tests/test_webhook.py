"""The room `webhook`: requests in, deliveries out."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cds_context
from cds_context import encode_context, parse_context, webhook
from cds_context.testing import custom_api, truncate, update
from cds_context.webhook import (
    MAX_BYTES,
    ArgumentTypeError,
    AuthenticationError,
    CdsContextError,
    DecodeError,
    HttpHeaderAuth,
    PayloadTooLargeError,
    WebhookHeaders,
    WebhookKeyAuth,
    receive,
)

from .bodies import EXAMPLE, SMALL, body, slot

AUTH = WebhookKeyAuth("tulip-4711")
QUERY = "code=tulip-4711"
HEADERS = {
    "x-request-id": SMALL["UserId"],
    "x-ms-dynamics-organization": "fabrikam.crm4.dynamics.com",
    "x-ms-dynamics-entity-name": "contact",
    "x-ms-dynamics-request-name": "Update",
    "x-ms-correlation-request-id": f"{{{SMALL['UserId'].upper()}}}",
}
SAID = WebhookHeaders(
    request_id=UUID(SMALL["UserId"]),
    organization="fabrikam.crm4.dynamics.com",
    entity_name="contact",
    request_name="Update",
    correlation_request_id=UUID(SMALL["UserId"]),
    size_exceeded=False,
)
FORMS: list[Any] = [
    HEADERS,
    {name.title(): value for name, value in HEADERS.items()},
    {"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()} | {"REQUEST_METHOD": "POST"},
    [(name.encode(), value.encode()) for name, value in HEADERS.items()],
    [*HEADERS.items(), ("x-ms-dynamics-entity-name", "account"), ("host", "example.com")],
]


def test_the_errors_of_a_receiver_are_imported_from_here_too() -> None:
    errors = {name for name in webhook.__all__ if name.endswith("Error")}
    assert errors == {
        "ArgumentError",
        "ArgumentTypeError",
        "AuthenticationError",
        "CdsContextError",
        "DecodeError",
        "PayloadTooLargeError",
    }
    assert all(getattr(webhook, name) is getattr(cds_context, name) for name in errors)


@pytest.mark.parametrize("headers", FORMS)
def test_headers_are_read_from_every_form(headers: Any) -> None:
    assert WebhookHeaders.parse(headers) == SAID


def test_headers_that_are_missing_or_of_others_are_none() -> None:
    assert WebhookHeaders.parse({}) == WebhookHeaders(None, None, None, None, None, size_exceeded=False)
    assert WebhookHeaders.parse({"x-request-id": "proxy-1"}).request_id is None
    assert WebhookHeaders.parse([("x-ms-dynamics-entity-name", b"\xff")]).entity_name == "\ufffd"


@pytest.mark.parametrize(("value", "exceeded"), [("true", True), ("", True), ("false", False)])
def test_the_mark_of_a_body_that_was_too_large(value: str, exceeded: bool) -> None:
    assert WebhookHeaders.parse({"X-MS-Dynamics-Msg-Size-Exceeded": value}).size_exceeded is exceeded


@given(st.dictionaries(st.text(), st.text() | st.binary() | st.none()) | st.lists(st.tuples(st.binary(), st.binary())))
def test_any_headers_are_read(headers: Any) -> None:
    assert isinstance(WebhookHeaders.parse(headers), WebhookHeaders)


def test_a_delivery_holds_context_and_headers() -> None:
    delivery = receive(EXAMPLE, HEADERS, QUERY, auth=AUTH)
    assert delivery.context == parse_context(EXAMPLE)
    assert delivery.headers == SAID
    assert not delivery.is_truncated
    assert delivery.mismatches == ()
    assert repr(delivery) == "<WebhookDelivery: Update of contact>"


def test_headers_that_can_be_read_once_are_enough() -> None:
    auth = HttpHeaderAuth({"X-Key": "k"})
    assert receive(EXAMPLE, iter([*HEADERS.items(), ("X-Key", "k")]), auth=auth).headers == SAID


def test_the_query_may_be_left_out() -> None:
    assert receive(EXAMPLE, HEADERS | {"X-Key": "k"}, auth=HttpHeaderAuth({"X-Key": "k"})).headers == SAID


def test_a_mismatch_is_a_finding() -> None:
    headers = HEADERS | {"x-ms-dynamics-entity-name": "account", "x-ms-dynamics-request-name": "UPDATE"}
    assert receive(EXAMPLE, headers, QUERY, auth=AUTH).mismatches == ("entity_name",)


MARKED = {"x-ms-dynamics-msg-size-exceeded": "true"}
UPDATE = update("contact")
CUSTOM = custom_api("new_Do", parent_context=None)
TRUNCATED: list[Any] = [
    ("a whole post", UPDATE, {}, False),
    ("the header alone", UPDATE, MARKED, True),
    ("members that are absent", truncate(UPDATE), {}, True),
    ("members that are empty", truncate(UPDATE, absent=False), {}, True),
    ("an action without parameters", CUSTOM, {}, False),
    ("members of an action that are absent", truncate(CUSTOM), {}, True),
    ("members of an action that are empty, which only the header tells", truncate(CUSTOM, absent=False), MARKED, True),
]


@pytest.mark.parametrize(
    ("context", "headers", "expected"), [case[1:] for case in TRUNCATED], ids=[c[0] for c in TRUNCATED]
)
def test_truncation_is_known_from_the_header_and_from_the_body(context: Any, headers: Any, expected: bool) -> None:
    assert receive(encode_context(context), headers, QUERY, auth=AUTH).is_truncated is expected


def test_options_of_parsing_are_passed_on() -> None:
    exact = receive(slot("1.50"), {}, QUERY, auth=AUTH, parse_float=Decimal)
    assert str(exact.context.shared_variables["v"]) == "1.50"
    garbled = slot('"€"').decode().encode().decode("cp1252").encode()
    assert receive(garbled, {}, QUERY, auth=AUTH, repair_text=True).context.shared_variables["v"] == "€"


def test_the_key_is_asked_for_first() -> None:
    with pytest.raises(AuthenticationError):
        receive(b"x" * (MAX_BYTES + 1), {}, "code=wrong", auth=AUTH)


def test_the_size_is_asked_for_before_the_body_is_read() -> None:
    with pytest.raises(PayloadTooLargeError, match="more than 10 bytes"):
        receive(b"{" * 11, {}, QUERY, auth=AUTH, max_bytes=10)
    with pytest.raises(DecodeError):
        receive(b"{" * 10, {}, QUERY, auth=AUTH, max_bytes=10)
    assert not receive(EXAMPLE, {}, QUERY, auth=AUTH, max_bytes=len(EXAMPLE)).is_truncated


WIDE: list[Callable[[bytes], Any]] = [
    lambda raw: raw.decode(),
    bytearray,
    memoryview,
    lambda raw: memoryview(raw.ljust(len(raw) + -len(raw) % 4)).cast("I"),
    lambda raw: memoryview(bytes(byte for each in raw for byte in (each, 0)))[::2],
]


@pytest.mark.parametrize("kind", WIDE)
def test_a_size_is_bytes_whatever_the_type_of_the_body(kind: Callable[[bytes], Any]) -> None:
    raw = slot(json.dumps("€" * 1000, ensure_ascii=False))
    raw = raw.ljust(len(raw) + -len(raw) % 4)
    assert receive(kind(raw), {}, QUERY, auth=AUTH, max_bytes=len(raw)).context == parse_context(raw)
    with pytest.raises(PayloadTooLargeError):
        receive(kind(raw), {}, QUERY, auth=AUTH, max_bytes=len(raw) - 1)


@pytest.mark.parametrize(
    ("wrong", "said"), [(None, "found None"), (json.loads(EXAMPLE), "pass the bytes that it was parsed from")]
)
def test_a_body_of_another_type_is_a_mistake_of_the_program(wrong: Any, said: str) -> None:
    with pytest.raises(AuthenticationError):
        receive(wrong, {}, "code=wrong", auth=AUTH)
    with pytest.raises(ArgumentTypeError, match=said) as caught:
        receive(wrong, {}, QUERY, auth=AUTH)
    assert caught.value.status == 500


def test_what_servers_cut_at_is_well_within_the_default() -> None:
    padding = "é" * 120_000  # 240,000 bytes, and garbled 480,000
    long = slot(json.dumps(padding, ensure_ascii=False)).decode("utf-8").encode("utf-8").decode("cp1252").encode()
    assert len(long) > 256 * 1024
    assert receive(long, {}, QUERY, auth=AUTH, repair_text=True).context.shared_variables["v"] == padding


REFUSED: list[Any] = [
    (EXAMPLE, "code=wrong-key", {}, 401),
    (EXAMPLE, "", {}, 401),
    (body(Depth="confidential"), QUERY, {}, 400),
    (b"confidential", QUERY, {}, 400),
    (EXAMPLE, QUERY, {"max_bytes": 100}, 413),
]


@pytest.mark.parametrize(("raw", "query", "options", "status"), REFUSED)
def test_errors_have_a_status_and_show_neither_key_nor_body(
    raw: bytes, query: str, options: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CdsContextError) as caught:
        receive(raw, HEADERS, query, auth=AUTH, **options)
    assert caught.value.status == status
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert not any(text in shown for text in ("tulip", "wrong-key", "confidential", "amelie", "Brandt"))


@given(st.binary(max_size=200), st.text(max_size=50))
def test_a_request_is_received_or_refused(raw: bytes, query: str) -> None:
    with pytest.raises(CdsContextError):
        receive(raw, {}, query, auth=AUTH)
