"""The room `testing.server`: what arrives of a context."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cds_context import RemoteExecutionContext, encode_context, parse_context
from cds_context.testing import BuildError, Request, create, custom_api, garble, server_request, truncate, update
from cds_context.testing.strategies import contexts, events
from cds_context.webhook import (
    Authentication,
    HttpHeaderAuth,
    HttpQueryStringAuth,
    UncheckedAuth,
    WebhookKeyAuth,
    receive,
)
from cds_context.wire.garbling import repair

CUT = ("input_parameters", "pre_entity_images", "post_entity_images")
WHOLE = update("contact", after={"firstname": "Amélie"}, pre_image="Old", post_image="New")


def test_truncating_leaves_members_out() -> None:
    context = truncate(WHOLE)
    assert context.parent_context is UNSET
    assert all(getattr(context, name).is_absent for name in CUT)
    body = encode_context(context)
    assert b"ParentContext" not in body
    assert b"InputParameters" not in body
    assert b"EntityImages" not in body
    assert parse_context(body) == context
    assert context.shared_variables == WHOLE.shared_variables


def test_truncating_leaves_members_empty() -> None:
    context = truncate(WHOLE, absent=False)
    assert context.parent_context is None
    assert all(getattr(context, name) == {} for name in CUT)
    assert b'"ParentContext":null,"PostEntityImages":[],"PreEntityImages":[]' in encode_context(context)
    assert parse_context(encode_context(context)) == context


def test_truncating_does_not_change_the_context() -> None:
    before = encode_context(WHOLE)
    truncate(WHOLE)
    assert encode_context(WHOLE) == before


@pytest.mark.parametrize(("text", "arrives"), [("€100.00", "â‚¬100.00"), ("À\x81", "Ã€Â\x81"), ("plain", "plain")])
def test_garbling(text: str, arrives: str) -> None:
    assert garble(text.encode()) == arrives.encode()


@given(st.text())
def test_repair_undoes_garbling(text: str) -> None:
    assert repair(garble(text.encode()).decode()) == text


@given(st.text().map(lambda text: garble(text.encode()).decode()))
def test_garbling_undoes_repair(garbled: str) -> None:
    assert garble(repair(garbled).encode()).decode() == garbled


@given(contexts(everyday=True) | events())
def test_a_garbled_body_parses_to_what_was_sent(context: RemoteExecutionContext) -> None:
    body = encode_context(context)
    assert parse_context(garble(body), repair_text=True) == parse_context(body)


def test_the_request_of_a_server() -> None:
    context = update("contact", id=UUID(int=7), correlation_id=UUID(int=8), request_id=UUID(int=9))
    assert server_request(context) == Request(
        "POST",
        {
            "content-type": "application/json",
            "x-request-id": str(UUID(int=9)),
            "x-ms-dynamics-organization": "examplecorp.crm.dynamics.com",
            "x-ms-dynamics-entity-name": "contact",
            "x-ms-dynamics-request-name": "Update",
            "x-ms-correlation-request-id": str(UUID(int=8)),
        },
        "",
        encode_context(context),
    )


def test_headers_of_what_a_context_does_not_say() -> None:
    context = create("contact", primary_entity_name=None, message_name=None, request_id=None)
    headers = server_request(context).headers
    assert headers["x-request-id"] == str(context.operation_id)
    assert [name for name, value in headers.items() if not value] == [
        "x-ms-dynamics-entity-name",
        "x-ms-dynamics-request-name",
    ]


def test_the_three_ways_to_authenticate() -> None:
    assert server_request(WHOLE, webhook_key="s3cret").query == "code=s3cret"
    assert server_request(WHOLE, query={"Key": "a b&c", "n": "1"}).query == "Key=a%20b%26c&n=1"
    assert server_request(WHOLE, webhook_key="\ud800").query == "code=%ED%A0%80"  # as the check of it has it
    headers = server_request(WHOLE, http_headers={"X-Api-Key": "s3cret"}).headers
    assert headers == {**server_request(WHOLE).headers, "x-api-key": "s3cret"}


@pytest.mark.parametrize(
    ("keys", "auth"),
    [
        ({"webhook_key": "s3+c/r=t €"}, WebhookKeyAuth("s3+c/r=t €")),
        ({"query": {"Key": "a b", "n": "1"}}, HttpQueryStringAuth({"Key": "a b", "n": "1"})),
        ({"http_headers": {"X-Api-Key": "s3cret"}}, HttpHeaderAuth({"x-api-key": "s3cret"})),
        ({}, UncheckedAuth(because="the server was not told of any key")),
    ],
)
def test_a_receiver_takes_what_the_server_sends(keys: dict[str, Any], auth: Authentication) -> None:
    request = server_request(WHOLE, **keys)
    delivery = receive(request.body, request.headers, request.query, auth=auth)
    assert delivery.context == WHOLE
    assert (delivery.is_truncated, delivery.mismatches) == (False, ())
    assert delivery.headers.correlation_request_id == WHOLE.correlation_id


def test_one_way_at_a_time() -> None:
    with pytest.raises(BuildError, match="a webhook authenticates in one way"):
        server_request(WHOLE, webhook_key="s3cret", query={})


def test_a_repr_shows_no_keys() -> None:
    request = server_request(WHOLE, http_headers={"x-api-key": "s3cret"})
    assert repr(request) == f"<Request POST, {len(request.body)} bytes>"


def test_a_body_past_256_kb_is_truncated() -> None:
    empty = custom_api("new_Do", inputs={"Text": ""}, parent_context=None)
    room = 256 * 1024 - len(encode_context(empty))
    fits = custom_api("new_Do", inputs={"Text": "x" * room}, parent_context=None)
    request = server_request(fits)
    assert len(request.body) == 256 * 1024
    assert "x-ms-dynamics-msg-size-exceeded" not in request.headers
    large = custom_api("new_Do", inputs={"Text": "x" * (room + 1)}, parent_context=None)
    request = server_request(large)
    assert request.headers["x-ms-dynamics-msg-size-exceeded"] == "true"
    assert parse_context(request.body) == truncate(large)
    assert receive(request.body, request.headers, auth=UncheckedAuth(because="no key is set")).is_truncated
