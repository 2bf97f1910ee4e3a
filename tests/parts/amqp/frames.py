"""Frames, and the performatives in them; nothing is known of connections here.

Source: "AMQP 1.0, part 2: transport", and for SASL "part 5: security". A performative is a list of fields with a number
for its type. Fields at the end may be left out, and are then None here; those that are written are always written in
full, because a client reads them by their positions.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from .values import Array, Described, Reader, Symbol, UByte, UInt, ULong, UShort, encode

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"

SENDER, RECEIVER = False, True
"""Roles of the two ends of a link."""
BATCH = UInt(0x80013700)
"""The format of a message whose sections are messages: Microsoft's, not AMQP's."""

Fields: TypeAlias = dict[Any, Any]


class Open(NamedTuple):
    container_id: str
    hostname: str | None = None
    max_frame_size: UInt | None = None
    channel_max: UShort | None = None
    idle_time_out: UInt | None = None
    outgoing_locales: Any = None
    incoming_locales: Any = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Begin(NamedTuple):
    remote_channel: UShort | None
    next_outgoing_id: UInt
    incoming_window: UInt
    outgoing_window: UInt
    handle_max: UInt | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Attach(NamedTuple):
    name: str
    handle: UInt
    role: bool
    snd_settle_mode: UByte | None = None
    rcv_settle_mode: UByte | None = None
    source: Described | None = None
    target: Described | None = None
    unsettled: Any = None
    incomplete_unsettled: bool | None = None
    initial_delivery_count: UInt | None = None
    max_message_size: ULong | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Flow(NamedTuple):
    next_incoming_id: UInt | None
    incoming_window: UInt
    next_outgoing_id: UInt
    outgoing_window: UInt
    handle: UInt | None = None
    delivery_count: UInt | None = None
    link_credit: UInt | None = None
    available: UInt | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: Fields | None = None


class Transfer(NamedTuple):
    handle: UInt
    delivery_id: UInt | None = None
    delivery_tag: bytes | None = None
    message_format: UInt | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: UByte | None = None
    state: Described | None = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


class Disposition(NamedTuple):
    role: bool
    first: UInt
    last: UInt | None = None
    settled: bool | None = None
    state: Described | None = None
    batchable: bool | None = None


class Detach(NamedTuple):
    handle: UInt
    closed: bool | None = None
    error: Described | None = None


class End(NamedTuple):
    error: Described | None = None


class Close(NamedTuple):
    error: Described | None = None


class SaslMechanisms(NamedTuple):
    sasl_server_mechanisms: Array


class SaslInit(NamedTuple):
    mechanism: Symbol
    initial_response: bytes | None = None
    hostname: str | None = None


class SaslOutcome(NamedTuple):
    code: UByte
    additional_data: bytes | None = None


Performative: TypeAlias = (
    Open
    | Begin
    | Attach
    | Flow
    | Transfer
    | Disposition
    | Detach
    | End
    | Close
    | SaslMechanisms
    | SaslInit
    | SaslOutcome
)
CODES: dict[type[Performative], int] = {
    Open: 0x10,
    Begin: 0x11,
    Attach: 0x12,
    Flow: 0x13,
    Transfer: 0x14,
    Disposition: 0x15,
    Detach: 0x16,
    End: 0x17,
    Close: 0x18,
    SaslMechanisms: 0x40,
    SaslInit: 0x41,
    SaslOutcome: 0x44,
}
_KINDS: dict[int, Any] = {code: kind for kind, code in CODES.items()}


class Frame(NamedTuple):
    """One frame; without a performative it is a heartbeat."""

    channel: int
    performative: Performative | None
    payload: bytes


def read_frame(data: bytes) -> Frame:
    """The frame of what stands behind the four bytes of its size."""
    offset, _, channel = struct.unpack(">BBH", data[:4])
    reader = Reader(data[offset * 4 - 4 :])
    if not reader:
        return Frame(channel, None, b"")
    described = reader.value()
    kind = _KINDS[described.descriptor]
    missing = len(kind._fields) - len(described.value)
    return Frame(channel, kind(*described.value, *[None] * missing), reader.data[reader.position :])


def write_frame(performative: Performative | None, *, channel: int = 0, payload: bytes = b"") -> bytes:
    """A frame as it is sent."""
    body = b""
    if performative is not None:
        body = encode(Described(ULong(CODES[type(performative)]), [*performative])) + payload
    is_sasl = isinstance(performative, SaslMechanisms | SaslInit | SaslOutcome)
    return struct.pack(">IBBH", 8 + len(body), 2, is_sasl, channel) + body


def accepted() -> Described:
    """The outcome of a delivery that was taken."""
    return Described(ULong(0x24), [])


def rejected(error: Described) -> Described:
    """The outcome of a delivery that was not."""
    return Described(ULong(0x25), [error])


def error(condition: str, description: str) -> Described:
    """Why something was refused."""
    return Described(ULong(0x1D), [Symbol(condition), description, None])


def address(attach: Attach) -> str:
    """The address that a link is attached to, which a client writes as a path or as a URL."""
    terminus = attach.source if attach.role == RECEIVER else attach.target
    written = str(terminus.value[0]) if terminus and terminus.value else ""
    return urlsplit(written).path.strip("/")
