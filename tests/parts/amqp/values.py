"""AMQP's values, read and written; nothing is known of frames here.

Source: "AMQP 1.0, part 1: types". A value begins with a byte that says its type and how its length is given. What
Python has no type for is a subclass of the nearest one, so that a value that was read is written as the same type.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID


class Symbol(str):
    """Text in ASCII, from a vocabulary."""

    __slots__ = ()


class UByte(int):
    """Of 8 bits."""


class UShort(int):
    """Of 16 bits."""


class UInt(int):
    """Of 32 bits."""


class ULong(int):
    """Of 64 bits."""


class Int(int):
    """Of 32 bits, with a sign. A plain `int` has 64."""


class Timestamp(int):
    """Milliseconds since 1970."""


class Array(list[Any]):
    """Values of one type."""


class Described(NamedTuple):
    """A value that has a type of its own, named by a number or a symbol."""

    descriptor: Any
    value: Any


_FIXED: dict[int, tuple[type[Any], str]] = {
    0x50: (UByte, ">B"),
    0x51: (int, ">b"),
    0x52: (UInt, ">B"),
    0x53: (ULong, ">B"),
    0x54: (Int, ">b"),
    0x55: (int, ">b"),
    0x56: (bool, ">B"),
    0x60: (UShort, ">H"),
    0x61: (int, ">h"),
    0x70: (UInt, ">I"),
    0x71: (Int, ">i"),
    0x72: (float, ">f"),
    0x80: (ULong, ">Q"),
    0x81: (int, ">q"),
    0x82: (float, ">d"),
    0x83: (Timestamp, ">q"),
}
_CONSTANTS: dict[int, Callable[[], Any]] = {
    0x40: lambda: None,
    0x41: lambda: True,
    0x42: lambda: False,
    0x43: lambda: UInt(0),
    0x44: lambda: ULong(0),
    0x45: list,
}
_TEXTS = {0xA1: str, 0xB1: str, 0xA3: Symbol, 0xB3: Symbol}


class Reader:
    """Reads one value after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def __bool__(self) -> bool:
        return self.position < len(self.data)

    def take(self, count: int) -> bytes:
        """So many bytes."""
        end = self.position + count
        if end > len(self.data):
            raise ValueError("a value ends too early")
        taken, self.position = self.data[self.position : end], end
        return taken

    def number(self, form: str) -> Any:
        """A number of a form of `struct`."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self) -> Any:
        """The next value."""
        code = self.number(">B")
        if code == 0:
            return Described(self.value(), self.value())
        return self._value(code)

    def _value(self, code: int) -> Any:
        if code in _CONSTANTS:
            return _CONSTANTS[code]()
        if code in _FIXED:
            kind, form = _FIXED[code]
            return kind(self.number(form))
        if code == 0x98:
            return UUID(bytes=self.take(16))
        # Of what varies in length, the higher half of the code says whether the length takes one byte or four.
        width = ">B" if code >> 4 in {0xA, 0xC, 0xE} else ">I"
        if code in {0xA0, 0xB0}:
            return self.take(self.number(width))
        if code in _TEXTS:
            return _TEXTS[code](self.take(self.number(width)).decode())
        if code in {0xC0, 0xD0, 0xC1, 0xD1, 0xE0, 0xF0}:
            self.number(width)  # the size, which the items have by themselves
            return self._items(code, self.number(width))
        raise ValueError(f"a type that is not read: 0x{code:02x}")

    def _items(self, code: int, count: int) -> Any:
        if code in {0xC0, 0xD0}:
            return [self.value() for _ in range(count)]
        if code in {0xC1, 0xD1}:
            return {self.value(): self.value() for _ in range(count // 2)}
        constructor = self.number(">B")
        if not constructor:
            raise ValueError("an array of described values is not read")
        return Array(self._value(constructor) for _ in range(count))


def _sized(small: int, large: int, raw: bytes) -> bytes:
    if len(raw) < 256:
        return struct.pack(">BB", small, len(raw)) + raw
    return struct.pack(">BI", large, len(raw)) + raw


def _compound(small: int, large: int, items: Sequence[Any]) -> bytes:
    # An empty list has a code of its own, which one of the clients does not read where it expects fields.
    raw = b"".join(map(encode, items))
    if len(raw) < 255 and len(items) < 256:
        return struct.pack(">BBB", small, len(raw) + 1, len(items)) + raw
    return struct.pack(">BII", large, len(raw) + 4, len(items)) + raw


def _array(items: Array) -> bytes:
    """The constructor stands once, so every item has the form that is wide enough for all."""
    texts = {str: 0xB1, Symbol: 0xB3}
    if type(items[0]) in texts:
        constructor = texts[type(items[0])]
        raw = b"".join(struct.pack(">I", len(item.encode())) + item.encode() for item in items)
    else:
        written = [encode(item) for item in items]
        constructor = written[0][0]
        assert {item[0] for item in written} == {constructor}, "numbers of one width"
        raw = b"".join(item[1:] for item in written)
    return struct.pack(">BIIB", 0xF0, len(raw) + 5, len(items), constructor) + raw


# The order counts: the first class that a value is an instance of.
_WRITTEN: list[tuple[type[Any], Callable[[Any], bytes]]] = [
    (bool, lambda value: b"\x41" if value else b"\x42"),
    (UByte, lambda value: struct.pack(">BB", 0x50, value)),
    (UShort, lambda value: struct.pack(">BH", 0x60, value)),
    (UInt, lambda value: struct.pack(">BB", 0x52, value) if value < 256 else struct.pack(">BI", 0x70, value)),
    (ULong, lambda value: struct.pack(">BB", 0x53, value) if value < 256 else struct.pack(">BQ", 0x80, value)),
    (Int, lambda value: struct.pack(">Bi", 0x71, value)),
    (Timestamp, lambda value: struct.pack(">Bq", 0x83, value)),
    (int, lambda value: struct.pack(">Bq", 0x81, value)),
    (float, lambda value: struct.pack(">Bd", 0x82, value)),
    (UUID, lambda value: b"\x98" + value.bytes),
    (Symbol, lambda value: _sized(0xA3, 0xB3, value.encode("ascii"))),
    (str, lambda value: _sized(0xA1, 0xB1, value.encode())),
    (bytes, lambda value: _sized(0xA0, 0xB0, value)),
    (Described, lambda value: b"\0" + encode(value.descriptor) + encode(value.value)),
    (Array, _array),
    (Mapping, lambda value: _compound(0xC1, 0xD1, [item for pair in value.items() for item in pair])),
    (Sequence, lambda value: _compound(0xC0, 0xD0, value)),
]


def encode(value: Any) -> bytes:
    """A value as AMQP writes it."""
    if value is None:
        return b"\x40"
    return next(write(value) for kind, write in _WRITTEN if isinstance(value, kind))
