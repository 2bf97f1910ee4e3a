"""The message that a server puts on a queue or a hub of Azure. Sends nothing, and imports no client.

How `amqp` works: Service Bus and Event Hubs speak AMQP 1.0, and their clients read a received message from its three
sections: properties, application properties, and data. Each section is a descriptor and one value. Source: "AMQP 1.0",
parts 1.6 (types) and 3.2 (message format).
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import uuid5

from cds_context import RemoteExecutionContext

from ..codec.output import MessageFormat
from .server import fit

SIZE_LIMIT = 192 * 1024
"""The most bytes of a message's body; a larger context is cut."""

CLAIMS = "http://schemas.microsoft.com/xrm/2011/Claims/"
"""The beginning of the names of the platform's properties."""


_CONTENT_TYPES: dict[MessageFormat, str] = {
    "json": "application/json",
    "xml": "application/xml",
    "binary": "application/msbin1",
}


class Message(NamedTuple):
    """A message with the attributes that clients of Azure have, for `receive_message` and the code around it.

    `amqp` is the same message for a client's own class. The repr shows no content.
    """

    body: bytes
    """The context, in the message format of the endpoint."""
    content_type: str
    """`application/json`, `application/xml` or `application/msbin1`."""
    correlation_id: str
    """The context's correlation id, in braces."""
    message_id: str
    """An id as the sender's library makes it, 32 digits; made up, and the same for equal contexts."""
    properties: dict[str, str | bool]
    """The platform's claims, and `MessageMaxSizeExceeded` if the body was cut."""

    @property
    def application_properties(self) -> dict[str, str | bool]:
        """The same as `properties`, under the name that clients of Service Bus use."""
        return self.properties

    def get_body(self) -> bytes:
        """The same as `body`, in the way of Azure Functions."""
        return self.body

    @property
    def amqp(self) -> bytes:
        """The message in AMQP 1.0, which `from_bytes` of `ServiceBusReceivedMessage` and of `EventData` reads."""
        named = [_string(self.message_id), *[_NULL] * 4, _string(self.correlation_id), _symbol(self.content_type)]
        claims = [
            _string(name) + (_string(value) if isinstance(value, str) else _TRUE)
            for name, value in self.properties.items()
        ]
        return (
            _described(_PROPERTIES, _compound(_LIST, b"".join(named), len(named)))
            + _described(_APPLICATION_PROPERTIES, _compound(_MAP, b"".join(claims), 2 * len(claims)))
            + _described(_DATA, _variable(_BINARY, self.body))
        )

    def __repr__(self) -> str:
        return f"<Message {self.content_type}, {len(self.body)} bytes>"


def server_message(
    context: RemoteExecutionContext,
    *,
    truncate: bool = False,
    format: MessageFormat = "json",
) -> Message:
    """The message that a server puts on the queue, topic or hub of a service endpoint.

    `format` is the endpoint's message format, as in `encode_context`.

    Past 192 KB the context is truncated, and with `truncate` also a smaller one; the property `MessageMaxSizeExceeded`
    says so, and also for a context that is truncated already.

    Raises EncodeError and ArgumentError as `encode_context` does.
    """
    body, is_truncated = fit(context, SIZE_LIMIT, truncated=truncate, form=format)
    # Claims hold the host name of the environment; a context holds only the unique name.
    properties: dict[str, str | bool] = {
        f"{CLAIMS}Organization": f"{context.organization_name}.crm.dynamics.com",
        f"{CLAIMS}User": str(context.user_id),
        f"{CLAIMS}InitiatingUser": str(context.initiating_user_id),
        f"{CLAIMS}EntityLogicalName": context.primary_entity_name or "",
        f"{CLAIMS}RequestName": context.message_name or "",
    }
    if is_truncated:
        properties["MessageMaxSizeExceeded"] = True
    return Message(
        body=body,
        content_type=_CONTENT_TYPES[format],
        correlation_id=f"{{{context.correlation_id}}}",
        message_id=uuid5(context.correlation_id, str(context.operation_id)).hex,
        properties=properties,
    )


# AMQP

_PROPERTIES, _APPLICATION_PROPERTIES, _DATA = 0x73, 0x74, 0x75
_NULL, _TRUE = b"\x40", b"\x41"
_BINARY, _STRING, _SYMBOL, _LIST, _MAP = 0xB0, 0xB1, 0xB3, 0xD0, 0xD1


def _described(section: int, value: bytes) -> bytes:
    return bytes([0x00, 0x53, section]) + value


def _variable(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(4, "big") + content


def _compound(kind: int, content: bytes, count: int) -> bytes:
    return _variable(kind, count.to_bytes(4, "big") + content)


def _string(text: str) -> bytes:
    return _variable(_STRING, text.encode("utf-8", "surrogatepass"))


def _symbol(text: str) -> bytes:
    return _variable(_SYMBOL, text.encode("ascii"))
