"""The text records of .NET Binary: how long each is, and its value as the reader of elements takes it.

Source: [MC-NBFX], ".NET Binary Format: XML Data Structure". Every length is compared with what is left before anything
is taken.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..errors import Fault
from ..wire.spelled import Ticks

CONSTANTS: dict[int, Any] = {0x80: 0, 0x82: 1, 0x84: False, 0x86: True, 0xA4: "", 0xA6: "", 0xA8: ""}
"""Text records without data. A list of texts is the same as the texts in it, one after the other."""


def _boolean(value: int) -> bool:
    if value > 1:
        raise Fault("malformed .NET Binary: a boolean that is neither true nor false")
    return value == 1


def _id(octets: bytes) -> str:
    return str(UUID(bytes_le=octets))


def _unique_id(octets: bytes) -> str:
    return f"urn:uuid:{_id(octets)}"


def _decimal(octets: bytes) -> Decimal:
    return Decimal(decimal_text(octets))


def decimal_text(octets: bytes) -> str:
    """The digits of a decimal, with its scale."""
    reserved, scale, sign, high, low = struct.unpack("<HBBIQ", octets)
    if reserved or scale > 28 or sign not in {0, 0x80}:
        raise Fault("malformed .NET Binary: a decimal with a scale, a sign or a reserved byte that no decimal has")
    digits = str((high << 64) + low)
    if scale:
        digits = digits.rjust(scale + 1, "0")
        digits = f"{digits[:-scale]}.{digits[-scale:]}"
    return f"-{digits}" if sign else digits


def _duration(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), 10_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = f"{days}D" if days else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not (date or time):
        time += f"{seconds}{f'.{fraction:07}'.rstrip('0') if fraction else ''}S"
    return f"{'-' if ticks < 0 else ''}P{date}{time and f'T{time}'}"


FIXED: dict[int, tuple[struct.Struct, Callable[[Any], Any]]] = {
    0x88: (struct.Struct("<b"), int),
    0x8A: (struct.Struct("<h"), int),
    0x8C: (struct.Struct("<i"), int),
    0x8E: (struct.Struct("<q"), int),
    0x90: (struct.Struct("<f"), float),
    0x92: (struct.Struct("<d"), float),
    0x94: (struct.Struct("16s"), _decimal),
    0x96: (struct.Struct("<Q"), Ticks),
    0xAC: (struct.Struct("16s"), _unique_id),
    0xAE: (struct.Struct("<q"), _duration),
    0xB0: (struct.Struct("16s"), _id),
    0xB2: (struct.Struct("<Q"), int),
    0xB4: (struct.Struct("<B"), _boolean),
}
"""Text records of a fixed size, each with what makes its value."""


def _plain(octets: bytes) -> bytes:
    return octets


def _utf_8(octets: bytes) -> str:
    return octets.decode()


def _utf_16(octets: bytes) -> str:
    return octets.decode("utf-16-le")


SIZES = {record | 1: 1 + form.size for record, (form, _) in FIXED.items()} | {record | 1: 1 for record in CONSTANTS}
"""How long the records of a fixed size are that close their element."""


_SIZED: dict[int, tuple[struct.Struct, Callable[[bytes], Any]]] = {
    first + 2 * width: (struct.Struct(size), make)
    for first, make in ((0x98, _utf_8), (0x9E, _plain), (0xB6, _utf_16))
    for width, size in enumerate(("<B", "<H", "<i"))
}
"""Text records with a length before their data, each with what makes its value."""


def malformed(what: str, at: int) -> Fault:
    """The error for a document that is no .NET Binary."""
    return Fault(f"malformed .NET Binary: {what}, at byte {at}")


def size_of(body: bytes, at: int) -> int:
    """How many bytes a text record takes; of one whose length is cut off, how many come before its data."""
    record = body[at] & 0xFE
    if record in CONSTANTS:
        return 1
    form, _ = FIXED.get(record) or _SIZED.get(record) or (None, None)
    if form is None:
        raise malformed("a record that servers do not write", at)
    size = 1 + form.size
    if record in _SIZED and at + size <= len(body):
        size += max(0, form.unpack_from(body, at + 1)[0])
    return size


def value_of(body: bytes, at: int) -> tuple[Any, int]:
    """The value of a text record, and where the record ends."""
    record = body[at] & 0xFE
    at += 1
    if record in CONSTANTS:
        return CONSTANTS[record], at
    form, make = FIXED.get(record) or _SIZED.get(record) or (None, None)
    if form is None or make is None:
        raise malformed("a record that servers do not write", at - 1)
    end = at + form.size
    if end > len(body):
        raise IndexError
    (value,) = form.unpack_from(body, at)
    if record in FIXED:
        return make(value), end
    if value < 0:
        raise malformed("a negative length", at)
    at, end = end, end + value
    if end > len(body):
        raise IndexError
    return make(body[at:end]), end
