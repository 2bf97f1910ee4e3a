"""Receiving from Service Bus or Event Hubs: a message in, a delivery out.

Knows the platform's properties, and no client: `message` knows where clients have a body and properties. Source:
"Azure integration" and "Write a listener application" in Microsoft's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from .codec.decoding import parse_context
from .errors import DecodeError, PayloadTooLargeError
from .transport.delivery import MAX_BYTES, Delivery, as_id, is_set, mismatches
from .transport.message import Properties, body_of
from .wire.dotnet_string import take_off

__all__ = ["MAX_BYTES", "Delivery", "MessageDelivery", "MessageProperties", "receive_message"]


class MessageProperties(Struct, frozen=True):
    """What the server says beside the body; None where it does not, or where the client does not pass it on."""

    organization: str | None
    """The host name of the environment, which is not the context's organization name."""
    user_id: UUID | None
    """Who the step runs as."""
    initiating_user_id: UUID | None
    """Who started it."""
    entity_name: str | None
    """The table."""
    request_name: str | None
    """The message of the platform: Create, Update, …"""
    correlation_id: UUID | None
    """The message's `CorrelationId`, which the server writes in braces."""
    content_type: str | None
    """`application/json` if the service endpoint is registered with that format."""
    size_exceeded: bool
    """`MessageMaxSizeExceeded`: whether the server shortened the body, which it does beyond 192 KB."""

    @classmethod
    def parse(cls, message: object) -> MessageProperties:
        """The platform's properties of a message, under the names that forwarders make of theirs too."""
        properties = Properties(message)

        def claim(name: str) -> str | None:
            return next(iter(properties.ending(f"xrm/2011/Claims/{name}")), None)

        return cls(
            organization=claim("Organization"),
            user_id=as_id(claim("User")),
            initiating_user_id=as_id(claim("InitiatingUser")),
            entity_name=claim("EntityLogicalName"),
            request_name=claim("RequestName"),
            correlation_id=as_id(properties.own(message, "correlation_id")),
            content_type=properties.own(message, "content_type"),
            # A cut is not lost where a forwarder says it twice, or another of the message's mappings says it.
            size_exceeded=any(map(is_set, properties.ending("MessageMaxSizeExceeded"))),
        )


class MessageDelivery(Delivery, frozen=True, kw_only=True):
    """One event as a message brought it."""

    properties: MessageProperties
    """What the server said beside the body."""


def receive_message(
    message: object, *, max_bytes: int = MAX_BYTES, parse_float: Callable[[str], float | Decimal] = float
) -> MessageDelivery:
    """The event of a message.

    `message` is a received message of `azure-servicebus`, an event of `azure-eventhub`, what a trigger of Azure
    Functions hands over, a row of Event Hubs Capture, a record of a Kafka client, or anything that has its body and
    properties under the same names.

    `parse_float` is as in `parse_context`. Who may send to the queue is for the queue to say; nothing is checked here.

    Raises PayloadTooLargeError for a body of more than `max_bytes`, DecodeError for one that is no context in JSON, and
    ArgumentTypeError for what is no message. What the client raises while it hands over the body passes through.
    """
    body = body_of(message)
    if len(body) > max_bytes:
        raise PayloadTooLargeError(f"the body has more than {max_bytes} bytes")
    said = MessageProperties.parse(message)
    body = take_off(body)
    _check_format(said.content_type, body)
    context = parse_context(body, parse_float=parse_float)
    return MessageDelivery(
        context=context,
        is_truncated=said.size_exceeded or context.is_truncated,
        mismatches=mismatches(context, entity_name=said.entity_name, request_name=said.request_name),
        properties=said,
    )


def _check_format(content_type: str | None, body: bytes) -> None:
    name = (content_type or "").partition(";")[0].strip().lower()
    # Not every client passes the content type on.
    if body[:1] == b"<" or body[:4] == b"\xef\xbb\xbf<":
        name = "application/xml"
    elif body.startswith(b"@\x16RemoteExecutionContext"):
        name = "application/msbin1"
    if name in {"application/xml", "application/msbin1"}:
        raise DecodeError(f"{name} is not read; set the message format of the service endpoint to JSON")
