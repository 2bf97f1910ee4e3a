"""Receiving from Service Bus or Event Hubs: a message in, a delivery out.

The platform's properties are known here; `transport.message` knows where clients keep body and properties. Source:
"Azure integration" and "Write a listener application" in Microsoft's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from .codec.decoding import parse_context
from .errors import PayloadTooLargeError
from .transport.delivery import MAX_BYTES, Delivery, as_id, is_set, mismatches
from .transport.message import Properties, body_of
from .wire.dotnet_string import take_off

__all__ = ["MAX_BYTES", "Delivery", "MessageDelivery", "MessageProperties", "receive_message"]


class MessageProperties(Struct, frozen=True):
    """The server's claims in the properties of a message; None where the server or the client leaves a property out."""

    organization: str | None
    """The host name of the environment, not the context's `organization_name`."""
    user_id: UUID | None
    """The user that the step runs as."""
    initiating_user_id: UUID | None
    """The user that started the operation."""
    entity_name: str | None
    """The table."""
    request_name: str | None
    """The message of the platform: Create, Update, …"""
    correlation_id: UUID | None
    """The message's `CorrelationId`, which the server writes in braces."""
    content_type: str | None
    """By the message format of the service endpoint: `application/json`, `application/xml`, `application/msbin1`."""
    size_exceeded: bool
    """`MessageMaxSizeExceeded`: whether the server cut the body, because it was larger than 192 KB."""

    @classmethod
    def parse(cls, message: object) -> MessageProperties:
        """The platform's properties of a message, also under names that forwarders have changed."""
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
            # A forwarder may repeat the mark, or move it to another mapping of the message: any set mark counts.
            size_exceeded=any(map(is_set, properties.ending("MessageMaxSizeExceeded"))),
        )


class MessageDelivery(Delivery, frozen=True, kw_only=True):
    """One event as it was received in a message."""

    properties: MessageProperties
    """The server's claims in the properties."""


def receive_message(
    message: object, *, max_bytes: int = MAX_BYTES, parse_float: Callable[[str], float | Decimal] = float
) -> MessageDelivery:
    """The event of a message.

    `message` is a received message of `azure-servicebus`, an event of `azure-eventhub`, the argument of an Azure
    Functions trigger, a row of Event Hubs Capture, a record of a Kafka client, or any object with its body and
    properties under the same names. Its body may be in any message format of a service endpoint: JSON, XML, or .NET
    Binary; the first bytes tell which, whatever the content type says.

    `parse_float` is as in `parse_context`. No key is checked: the queue decides who may send to it.

    Raises PayloadTooLargeError for a body of more than `max_bytes`, DecodeError for a body that is no context, and
    ArgumentTypeError for an object that is no message. Errors of the client, while it hands over the body, pass
    through.
    """
    body = body_of(message)
    if len(body) > max_bytes:
        raise PayloadTooLargeError(f"the body has more than {max_bytes} bytes")
    said = MessageProperties.parse(message)
    body = take_off(body)
    context = parse_context(body, parse_float=parse_float)
    return MessageDelivery(
        context=context,
        is_truncated=said.size_exceeded or context.is_truncated,
        mismatches=mismatches(context, entity_name=said.entity_name, request_name=said.request_name),
        properties=said,
    )
