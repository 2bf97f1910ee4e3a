"""The writer of .NET Binary: elements in, the records of the platform's writer out.

Each scalar is written as the shortest record that holds it, whatever its type is, as .NET does. Only one thing is not
imitated: .NET ends a text of more than 85 characters in one of two ways, by the state of its buffer.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..wire import written
from ..wire.numbers import format_decimal
from ..wire.spelled import Ticks
from .elements import Elements, Name, Tag

_CONSTANTS = {"0": b"\x80", "1": b"\x82"}
_INTEGERS = ((0x88, "<b", 1 << 7), (0x8A, "<h", 1 << 15), (0x8C, "<i", 1 << 31), (0x8E, "<q", 1 << 63))
_NIL = b"\x2e\x03nil\x86"
_TYPE = b"\x2e\x04type"
_END = b"\x01"

_ROWS: dict[str, tuple[int, str, type[Any]]] = {
    "boolean": (0xB5, "<?", bool),
    "int": (0x8D, "<i", int),
    "long": (0x8F, "<q", int),
    "float": (0x91, "<f", float),
    "double": (0x93, "<d", float),
    "dateTime": (0x97, "<Q", Ticks),
    "decimal": (0x95, "", Decimal),
}
"""The arrays that .NET writes in one record, by the name of the type of their items."""


class BinaryElements(Elements):
    """A document in .NET Binary."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def _begin(self, tag: Tag) -> None:
        self._parts.append(_start(tag))

    def _end(self) -> None:
        self._parts.append(_END)

    def _scalar(self, tag: Tag, value: Any, kind: str) -> None:
        *rest, last = _records(written.record(value, kind))
        if last:  # the odd record ends the element
            last = bytes([last[0] | 1]) + last[1:]
        self._parts += [_start(tag), *rest, last or _END]

    def row(self, name: Name, values: Sequence[Any], kind: str) -> None:
        """As one record, if all values are of a type for which there is one."""
        record, form, cls = _ROWS.get(kind, (0, "", type(None)))
        contents = [written.record(value, kind) for value in values]
        packed = [_packed(content, form, cls) for content in contents]
        if not packed or None in packed:
            super().row(name, values, kind)
            return
        tag, _ = self._tag(name, None, (), is_nil=False)
        self._parts += [b"\x03", _start(tag), _END, bytes([record]), _length(len(packed)), *filter(None, packed)]

    def finish(self) -> bytes:
        """The whole document."""
        return b"".join(self._parts)


def _packed(value: Any, form: str, cls: type[Any]) -> bytes | None:
    """A value in a row; None if the row's record cannot hold it."""
    if not isinstance(value, cls) or (cls is int and value.__class__ is bool):
        return None
    return struct.pack(form, value) if form else _decimal(value)


def _length(number: int) -> bytes:
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _sized(text: str) -> bytes:
    octets = text.encode()
    return _length(len(octets)) + octets


def _start(tag: Tag) -> bytes:
    if not tag.prefix:
        parts = [b"\x40", _sized(tag.name)]
    elif len(tag.prefix) == 1:
        parts = [bytes([0x5E + ord(tag.prefix) - ord("a")]), _sized(tag.name)]
    else:
        parts = [b"\x41", _sized(tag.prefix), _sized(tag.name)]
    if tag.type_name:
        parts += [_TYPE, *_texts(tag.type_name)]
    if tag.is_nil:
        parts.append(_NIL)
    for prefix, namespace in tag.declared.items():
        parts += [b"\x09", _sized(prefix), _sized(namespace)] if prefix else [b"\x08", _sized(namespace)]
    return b"".join(parts)


def _records(value: Any) -> list[bytes]:
    """The records of a scalar; one that is empty stands for none."""
    if isinstance(value, written.Pieces):
        return [record for part in value.parts for record in _texts(part)]
    if isinstance(value, str):
        return _texts(value)
    if value.__class__ is bool:
        return [b"\x86" if value else b"\x84"]
    if value.__class__ is Ticks:
        return [struct.pack("<BQ", 0x96, value)]
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return [_float(value)]
    if isinstance(value, Decimal):
        octets = _decimal(value)
        return _texts(format_decimal(value)) if octets is None else [b"\x94" + octets]
    return _octets(value)


def _texts(text: str) -> list[bytes]:
    written.check_text(text)
    if not text or text in _CONSTANTS:
        return [_CONSTANTS.get(text, b"")]
    octets = text.encode()
    if not text.isascii():
        wide = text.encode("utf-16-le")
        if len(octets) // 2 > len(wide) // 2:
            return [_counted(0xB6, wide)]
    return [_counted(0x98, octets)]


def _counted(first: int, octets: bytes) -> bytes:
    size = len(octets)
    if size < 1 << 8:
        return struct.pack("<BB", first, size) + octets
    return struct.pack("<BH" if size < 1 << 16 else "<Bi", first + (2 if size < 1 << 16 else 4), size) + octets


def _integer(value: int) -> list[bytes]:
    if value in {0, 1}:
        return [_CONSTANTS[str(value)]]
    for record, form, limit in _INTEGERS:
        if -limit <= value < limit:
            return [bytes([record]) + struct.pack(form, value)]
    return _texts(str(value))


def _float(value: float) -> bytes:
    is_single = value.__class__ is written.Single
    if is_single or (abs(value) <= _LARGEST_SINGLE and struct.unpack("<f", struct.pack("<f", value))[0] == value):
        if abs(value) < 1 << 63 and value == math.trunc(value):
            # .NET writes a zero with a sign as the integer 0 too; this record keeps the sign for whoever reads it.
            return _integer(int(value))[0] if value or str(value)[0] != "-" else _double(value)
        return struct.pack("<Bf", 0x90, value)
    return _double(value)


_LARGEST_SINGLE = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


def _double(value: float) -> bytes:
    return struct.pack("<Bd", 0x92, value)


def _decimal(value: Decimal) -> bytes | None:
    """The data of a decimal; None for one that .NET's type cannot hold."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or not -28 <= exponent <= 0:
        return None
    number = int("".join(map(str, digits)))
    if number >> 96:
        return None
    return struct.pack("<HBBIQ", 0, -exponent, 0x80 if sign else 0, number >> 64, number & (1 << 64) - 1)


def _octets(octets: bytes) -> list[bytes]:
    """Bytes in one record if they fill Base64, else in two: .NET writes them as Base64 would be cut."""
    whole = len(octets) // 3 * 3
    cut = [octets[:whole], octets[whole:]]
    return [_counted(0x9E, part) for part in cut if part] or [b""]
