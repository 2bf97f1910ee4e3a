"""A body as the context that a table needs, decoded no further than that.

How it works: an *envelope* has the members of a context, some of which stay raw JSON, which msgspec checks and steps
over without making anything of it. What is read so is what `parse_context` would read, or it is refused: a member that
is not known, a rare date, text that is not UTF-8. What is refused is read by `parse_context`, which reads it or says
what is wrong.

What is stepped over is checked to be JSON and no more. So an event with a fault there, such as a parent without a date,
is an event here and an error for `parse_context`. With `is_strict` every body is read by that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from ..codec.decoding import parse_context
from ..codec.fast import RawPair, make_envelope
from ..codec.native import REFUSED
from ..codec.survey import stands
from ..errors import UnknownMomentError
from ..event.context import RemoteExecutionContext
from ..model.kinds import MEMBERS
from ..model.records import make_record
from ..wire.dates import EPOCH

PAIRS: Any = list[RawPair] | None
"""A collection whose values are stepped over."""
PARENT: dict[str, Any] = {"shared_variables": PAIRS, "parent_context": Raw}
"""What no table asks for."""

_decode: Callable[[bytes | str], Any] = msgspec.json.Decoder(make_envelope("Envelope", PARENT)).decode
_FIELDS = tuple(member.field for member in MEMBERS[RemoteExecutionContext])


def read_context(data: bytes | str, *, is_strict: bool = False) -> RemoteExecutionContext:
    """The context in a body, without its parent and its shared variables unless `is_strict`.

    Fractions are floats, unless the body may hold a number that no float is equal to.

    Raises DecodeError as `parse_context`.
    """
    octets = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    context = None if is_strict else _read_lean(octets)
    if context is not None and stands(context, exact=True):
        return context  # it holds no fraction
    is_exact = has_long_number(octets)
    if context is not None and not is_exact and stands(context, exact=False):
        return context
    return parse_context(data, parse_float=Decimal if is_exact else float)


def _read_lean(data: bytes) -> RemoteExecutionContext | None:
    try:
        envelope = _decode(data)
        members = {name: getattr(envelope, name) for name in _FIELDS}
        members["parent_context"] = parent_of(envelope)
        context: RemoteExecutionContext = make_record(RemoteExecutionContext, **members)
    except REFUSED:
        return None
    return context if is_text(data) else None


def parent_of(envelope: Any) -> Any:
    """What `find_missing` asks about a parent: None, whether it is null or there, or UNSET.

    Raises ValueError if it is neither null nor an object.
    """
    parent = envelope.parent_context
    if parent is UNSET:
        return UNSET
    if bytes(parent)[:1] not in (b"{", b"n"):
        raise ValueError("a parent that is no object")
    return None


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8, which nobody asks where raw JSON is stepped over."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# Each pattern begins with one character, which `re` finds much faster than any class of characters.
_points = re.compile(rb"\.[0-9]+").finditer
_exponents = [
    re.compile(rb"%c(?<=[0-9]%c)[-+]?[0-9]+(?=[\],} \t\r\n])" % (letter, letter)).finditer for letter in b"Ee"
]


def has_long_number(data: bytes) -> bool:
    """Whether a body may hold a fraction that no float is equal to.

    That is one of more than 15 digits, or with an exponent of three. A float of fewer digits gives the digits back.
    """
    return any(map(_is_long, _points(data))) or any(
        _is_great(exponent) for exponents in _exponents for exponent in exponents(data)
    )


def _is_long(point: re.Match[bytes]) -> bool:
    """Whether a number with a point has more than 15 digits, zeros at its ends apart."""
    start = point.start()
    before = point.string[max(0, start - 16) : start]
    whole = before[len(before.rstrip(b"0123456789")) :]
    return len(whole) == 16 or len((whole + point[0][1:]).strip(b"0")) > 15


def _is_great(exponent: re.Match[bytes]) -> bool:
    """Whether a number has an exponent of three digits, or more than 15 digits and no point."""
    return (
        len(exponent[0].lstrip(b"Ee+-")) > 2
        or exponent.string[max(0, exponent.start() - 16) : exponent.start()].isdigit()
    )


def moment_of(context: RemoteExecutionContext) -> int | None:
    """The moment of an event, in microseconds since 1970; None if the body does not tell it."""
    try:
        return microseconds(context.operation_created_on_utc)
    except UnknownMomentError:
        return None


def microseconds(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


_MICROSECOND = timedelta(microseconds=1)


def spell(text: str | None) -> str | None:
    """The text, in which half a surrogate pair is escaped as in plain data."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


@lru_cache(maxsize=10_000)
def name_of(column: str) -> str:
    """The name of a column as Arrow can hand it on: in C, a name ends at its first NUL. No two have the same one."""
    return (spell(column.replace("\\", "\\\\")) or "").replace("\0", "\\u0000")


def long_integer(number: int | None) -> int | None:
    """The number if 64 bits hold it; a version that they do not hold is none."""
    return number if number is not None and -(2**63) <= number < 2**63 else None
