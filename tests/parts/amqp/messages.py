"""A message as sections of bytes.

Source: "AMQP 1.0, part 3: messaging". A broker replaces the header and the annotations, and hands on all else as it
came, so that a test can tell whether a message is received byte for byte.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from .values import Described, Reader, ULong, encode

HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES = range(0x70, 0x75)
DATA, VALUE = 0x75, 0x77

Sections: TypeAlias = list[tuple[int, bytes]]


def sections(message: bytes) -> Sections:
    """The sections in their order, each with its number and its bytes."""
    reader = Reader(message)
    found: Sections = []
    while reader:
        start = reader.position
        number = int(reader.value().descriptor)
        found.append((number, message[start : reader.position]))
    return found


def read(message: bytes, number: int) -> Any:
    """The value of a section; None if there is none."""
    return next((Reader(raw).value().value for found, raw in sections(message) if found == number), None)


def write(parts: dict[int, Any]) -> bytes:
    """A message of sections by their numbers, which rise in the order of the specification."""
    return b"".join(_section(number, parts[number]) for number in sorted(parts))


def replaced(message: bytes, parts: dict[int, Any]) -> bytes:
    """A message with other values for some of its sections, or with these sections besides."""
    kept = [(number, raw) for number, raw in sections(message) if number not in parts]
    new = [(number, _section(number, value)) for number, value in parts.items()]
    return b"".join(raw for _, raw in sorted(kept + new, key=lambda section: section[0]))


def batched(message: bytes) -> list[bytes]:
    """The messages that a batch has for its sections of data."""
    return [Reader(raw).value().value for number, raw in sections(message) if number == DATA]


def body(message: bytes) -> bytes:
    """The bytes of a body of data."""
    return b"".join(batched(message))


def _section(number: int, value: Any) -> bytes:
    return encode(Described(ULong(number), value))
