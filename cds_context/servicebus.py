"""Receiving from Service Bus or Event Hubs: a message in, a delivery out.

Imports no client: a message is whatever has its body and properties where the clients of Azure have them. Source:
"Azure integration" and "Write a listener application" in Microsoft's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from .decoding import parse_context
from .delivery import MAX_BYTES, Delivery, as_id, is_set, mismatches
from .dotnet_string import take_off
from .errors import DecodeError, PayloadTooLargeError

__all__ = ["MAX_BYTES", "Delivery", "MessageDelivery", "MessageProperties", "receive_message"]

_CLAIM = "http://schemas.microsoft.com/xrm/2011/Claims/"
_OCTETS: Any = (bytes, bytearray, memoryview)


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
        """The platform's properties of a message."""
        found = _properties(message)
        return cls(
            organization=found.get(f"{_CLAIM}Organization"),
            user_id=as_id(found.get(f"{_CLAIM}User")),
            initiating_user_id=as_id(found.get(f"{_CLAIM}InitiatingUser")),
            entity_name=found.get(f"{_CLAIM}EntityLogicalName"),
            request_name=found.get(f"{_CLAIM}RequestName"),
            correlation_id=as_id(_text(getattr(message, "correlation_id", None))),
            content_type=_text(getattr(message, "content_type", None)),
            size_exceeded=is_set(found.get("MessageMaxSizeExceeded")),
        )


class MessageDelivery(Delivery, frozen=True, kw_only=True):
    """One event as a message brought it."""

    properties: MessageProperties
    """What the server said beside the body."""


def receive_message(
    message: object, *, max_bytes: int = MAX_BYTES, parse_float: Callable[[str], float | Decimal] = float
) -> MessageDelivery:
    """The event of a message.

    `message` is a received message of `azure-servicebus`, or a Service Bus message or an Event Hub event of Azure
    Functions, or anything that has its body and properties under the same names.

    `parse_float` is as in `parse_context`. Who may send to the queue is for the queue to say; nothing is checked here.

    Raises PayloadTooLargeError for a body of more than `max_bytes`, and DecodeError for one that is no context in JSON.
    What the client raises while it hands over the body passes through.
    """
    body = _body(message)
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


def _body(message: Any) -> bytes:
    # `get_body()` is Azure Functions', `body` that of azure-servicebus: bytes in pieces, or an AMQP value of any type.
    body: Any = message.get_body() if hasattr(message, "get_body") else message.body
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    pieces = [body] if isinstance(body, _OCTETS) or not hasattr(body, "__iter__") else list(body)
    if not all(isinstance(piece, _OCTETS) for piece in pieces):
        raise DecodeError("expected a message with bytes or text for its body")
    return b"".join(map(bytes, pieces))


def _properties(message: object) -> dict[str, str | None]:
    for bag in _property_bags(message):
        if bag:
            return {str(_text(name)): _text(value) for name, value in bag.items()}
    return {}


def _property_bags(message: object) -> Iterator[Mapping[Any, Any]]:
    # Older hosts of Azure Functions fill `user_properties` only; an Event Hub event has all in its metadata.
    for name in ("application_properties", "user_properties", "properties"):
        yield _mapping(getattr(message, name, None))
    yield _mapping(_mapping(getattr(message, "metadata", None)).get("Properties"))


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if hasattr(value, "items") else {}


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _check_format(content_type: str | None, body: bytes) -> None:
    name = (content_type or "").partition(";")[0].strip().lower()
    # Not every client passes the content type on.
    if body[:1] == b"<" or body[:4] == b"\xef\xbb\xbf<":
        name = "application/xml"
    elif body.startswith(b"@\x16RemoteExecutionContext"):
        name = "application/msbin1"
    if name in {"application/xml", "application/msbin1"}:
        raise DecodeError(f"{name} is not read; set the message format of the service endpoint to JSON")
