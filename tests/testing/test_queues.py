"""The room `testing.queues`: the message that a server puts on a queue."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given

from cds_context import RemoteExecutionContext, encode_context, parse_context
from cds_context.codec.output import MessageFormat
from cds_context.servicebus import MessageProperties, receive_message
from cds_context.testing import Message, create, custom_api, examples, server_message, server_request, truncate, update
from cds_context.testing.strategies import contexts, events

CLAIM = "http://schemas.microsoft.com/xrm/2011/Claims/"
CONTEXT = update(
    "contact",
    after={"firstname": "Amélie"},
    user_id=UUID(int=1),
    initiating_user_id=UUID(int=2),
    correlation_id=UUID(int=8),
)


def test_the_message_of_a_server() -> None:
    assert server_message(CONTEXT) == Message(
        encode_context(CONTEXT),
        "application/json",
        "{00000000-0000-0000-0000-000000000008}",
        server_message(CONTEXT).message_id,
        {
            f"{CLAIM}Organization": "examplecorp.crm.dynamics.com",
            f"{CLAIM}User": str(UUID(int=1)),
            f"{CLAIM}InitiatingUser": str(UUID(int=2)),
            f"{CLAIM}EntityLogicalName": "contact",
            f"{CLAIM}RequestName": "Update",
        },
    )


@pytest.mark.parametrize(
    ("form", "content_type", "start"),
    [("xml", "application/xml", b"<Remote"), ("binary", "application/msbin1", b"@\x16Remote")],
)
def test_the_message_of_an_endpoint_with_another_format(form: MessageFormat, content_type: str, start: bytes) -> None:
    message = server_message(CONTEXT, format=form)
    assert message.content_type == content_type
    assert message.body.startswith(start)
    assert receive_message(message).context == CONTEXT
    cut = receive_message(server_message(CONTEXT, format=form, truncate=True))
    assert cut.is_truncated
    assert cut.context == truncate(CONTEXT)


def test_ids_of_messages_differ_by_operation() -> None:
    one, other = server_message(CONTEXT).message_id, server_message(update("contact", seed=1)).message_id
    assert one != other
    assert UUID(hex=one).hex == one
    assert one == server_message(parse_context(encode_context(CONTEXT))).message_id


def test_it_is_received() -> None:
    delivery = receive_message(server_message(CONTEXT))
    assert delivery.context == CONTEXT
    assert (delivery.is_truncated, delivery.mismatches) == (False, ())
    assert delivery.properties == MessageProperties(
        organization="examplecorp.crm.dynamics.com",
        user_id=UUID(int=1),
        initiating_user_id=UUID(int=2),
        entity_name="contact",
        request_name="Update",
        correlation_id=UUID(int=8),
        content_type="application/json",
        size_exceeded=False,
    )


def test_clients_find_body_and_properties_under_their_own_names() -> None:
    message = server_message(CONTEXT)
    assert message.get_body() == message.body
    assert message.application_properties == message.properties


def test_claims_that_a_context_does_not_make() -> None:
    message = server_message(create("contact", primary_entity_name=None, message_name=None))
    assert [name for name, value in message.properties.items() if not value] == [
        f"{CLAIM}EntityLogicalName",
        f"{CLAIM}RequestName",
    ]


def test_a_body_past_192_kb_is_truncated() -> None:
    empty = custom_api("new_Do", inputs={"Text": ""}, parent_context=None)
    room = 192 * 1024 - len(encode_context(empty))
    fits = custom_api("new_Do", inputs={"Text": "x" * room}, parent_context=None)
    message = server_message(fits)
    assert len(message.body) == 192 * 1024
    assert "MessageMaxSizeExceeded" not in message.properties
    large = custom_api("new_Do", inputs={"Text": "x" * (room + 1)}, parent_context=None)
    message = server_message(large)
    assert message.properties["MessageMaxSizeExceeded"] is True
    assert parse_context(message.body) == truncate(large)
    assert receive_message(message).is_truncated


SMALL = custom_api("new_Do", inputs={"Text": "x"}, stage=10)
CUT = [(truncate(CONTEXT), False), (CONTEXT, True), (truncate(CONTEXT), True), (truncate(SMALL, absent=False), True)]


@pytest.mark.parametrize(("context", "asked"), CUT)
def test_a_small_event_can_be_truncated_too(context: RemoteExecutionContext, asked: bool) -> None:
    message = server_message(context, truncate=asked)
    assert message.properties["MessageMaxSizeExceeded"] is True
    delivery = receive_message(message)
    assert delivery.is_truncated
    assert delivery.context == (truncate(context) if context is CONTEXT else context)
    body = server_request(context, truncate=asked)
    assert body.headers["x-ms-dynamics-msg-size-exceeded"] == "true"
    assert body.body == message.body


def test_the_body_of_a_custom_api_does_not_tell_that_it_is_truncated() -> None:
    cut = truncate(SMALL, absent=False)
    assert not receive_message(server_message(cut)).is_truncated


def test_a_repr_shows_no_content() -> None:
    message = server_message(CONTEXT)
    assert repr(message) == f"<Message application/json, {len(message.body)} bytes>"


def test_amqp_is_three_sections_with_lengths() -> None:
    message = Message(b"{}", "text/plain", "c", "m", {"a": "b", "d": True})
    assert message.amqp == (
        b"\x00\x53\x73\xd0\x00\x00\x00\x23\x00\x00\x00\x07"
        b"\xb1\x00\x00\x00\x01m\x40\x40\x40\x40\xb1\x00\x00\x00\x01c\xb3\x00\x00\x00\x0atext/plain"
        b"\x00\x53\x74\xd1\x00\x00\x00\x17\x00\x00\x00\x04"
        b"\xb1\x00\x00\x00\x01a\xb1\x00\x00\x00\x01b\xb1\x00\x00\x00\x01d\x41"
        b"\x00\x53\x75\xb0\x00\x00\x00\x02{}"
    )


CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
BODIES = {**examples(), **{path.name: path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))}}


@pytest.mark.parametrize("name", BODIES)
def test_every_example_and_capture_arrives_as_a_server_writes_it(name: str) -> None:
    context = parse_context(BODIES[name], parse_float=Decimal)
    body = encode_context(context)
    assert body == BODIES[name] or name not in examples()
    message = server_message(context)
    assert message.body == body
    assert message.amqp.endswith(body)
    assert receive_message(message, parse_float=Decimal).context == context


@given(contexts(everyday=True) | events())
def test_whatever_is_sent_is_received(context: RemoteExecutionContext) -> None:
    message = server_message(context)
    assert encode_context(receive_message(message, parse_float=Decimal).context) == message.body
