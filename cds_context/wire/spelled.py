"""Scalars of the formats XML and .NET Binary: what a text or a binary record says, by the type that it has.

The values come out as the JSON of the same event has them (wire format, "XML and .NET Binary"): a whole double is an
int, a byte array a list of ints, an id a text. Nothing here knows an element or a type with members. A value that is
not of its type raises Fault, which holds none of it.

A text record says what type it has, but not reliably: servers write 0 as the record `Zero` for an integer, a double
and the text "0" alike. So every function takes the value of any record, and what fits is taken.
"""

from __future__ import annotations

import math
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from ..errors import Fault
from .dates import LOCAL, Ready, date_pattern
from .formats import WHITE, words_of
from .numbers import Fraction, format_double

Read: TypeAlias = Callable[[Any], Any]
"""Reads a scalar from a text, or from the value of a binary record. Raises Fault."""

_UNKNOWN_OFFSET = timezone(timedelta(0), "+0000")
_LOCAL = timezone(timedelta(0), LOCAL)

_FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)
_MOST_TICKS = 3_155_378_975_999_999_999
_TICKS_A_DAY = 864_000_000_000
_TICKS_A_MINUTE = 600_000_000
_TICKS = (1 << 62) - 1


class Ticks(int):
    """A date as .NET keeps it: 62 bits of 100 nanoseconds from the year 1, below two bits for its kind."""

    __slots__ = ()


class PlainText(str):
    """Text that looks like a JSON date but is text: unlike JSON, its format tells the two apart."""

    __slots__ = ()


def text_of(value: Any) -> str:
    """The text that a record of another type stands for."""
    if isinstance(value, str):
        return value
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ is float:
        return format_double(value)
    if value.__class__ is bytes:
        return b64encode(value).decode()
    if value.__class__ is Decimal:
        return format(value, "f")
    if value.__class__ is Ticks:
        return _iso(moment(value).value)
    return str(value)


def _iso(date: datetime) -> str:
    fraction = f".{date.microsecond:06}".rstrip("0") if date.microsecond else ""
    zone = "" if date.tzinfo is _UNKNOWN_OFFSET else "Z" if date.tzinfo is timezone.utc else "+00:00"
    return f"{date:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + zone


def untyped_text(value: Any) -> str:
    """Text in an untyped slot, where JSON would have a text that looks like a date read as a date."""
    text = value if value.__class__ is str else text_of(value)
    return PlainText(text) if text.startswith("/Date(") and date_pattern().fullmatch(text) else text


def boolean(value: Any) -> bool:
    """Yes or no."""
    if value.__class__ is bool:
        return bool(value)
    text = text_of(value).strip(WHITE)
    if text not in _BOOLEANS:
        raise _expected("a boolean", value)
    return _BOOLEANS[text]


_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def _expected(what: str, value: Any) -> Fault:
    return Fault(f"expected {what}, found {'nothing' if value == '' else 'another value'}")


def integer(low: int, high: int) -> Read:
    """A function that reads an integer of a range."""

    def read(value: Any) -> int:
        if value.__class__ is not int:
            text = text_of(value).strip(WHITE)
            if not _INTEGER.fullmatch(text) or len(text) > 40:
                raise _expected("an integer", value)
            value = int(text)
        if not low <= value <= high:
            raise Fault("an integer out of the range of its type")
        return int(value)

    return read


_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_AS_IN_JSON = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DOUBLE = re.compile(_NUMBER.pattern + r"(?:[eE][+-]?[0-9]+)?")


def signed(bits: int) -> Read:
    """A function that reads a signed integer."""
    return integer(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def unsigned(bits: int) -> Read:
    """A function that reads an integer without a sign."""
    return integer(0, (1 << bits) - 1)


def _number(spelling: str) -> int | Fraction:
    """A number as JSON spells it: whole ones without a point are ints."""
    if spelling == "-0" or not spelling.lstrip("-").isdigit():
        return Fraction(spelling)
    if len(spelling) > _MOST_DIGITS:
        raise Fault("a number out of the range of its type")
    return int(spelling)


_MOST_DIGITS = 4000
"""More digits than any number of .NET has, and fewer than Python refuses to read."""


def double(value: Any) -> int | Fraction:
    """A double, in the digits that the server's JSON has for it."""
    return _number(format_double(_float(value)))


def single(value: Any) -> int | Fraction:
    """A float of 32 bits, in the digits that the server's JSON has for it."""
    number = _float(value)
    if not math.isfinite(number):
        return _number(format_double(number))
    try:
        number = _rounded(number)
    except OverflowError:
        raise Fault("a number out of the range of its type") from None
    short = f"{number:.7g}"
    return _number((short if _rounded(float(short)) == number else f"{number:.9g}").upper())


def _rounded(number: float) -> float:
    """The nearest float of 32 bits."""
    rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return rounded


def _float(value: Any) -> float:
    if value.__class__ is float or value.__class__ is int:
        return float(value)
    text = text_of(value).strip(WHITE)
    if text in _INFINITE:
        return _INFINITE[text]
    number = float(text) if _DOUBLE.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise _expected("a number in the range of a double", value)
    return number


_INFINITE = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}


def decimal_text(value: Any) -> str:
    """A decimal as JSON spells it, with its scale."""
    text = text_of(value).strip(WHITE)
    if not _NUMBER.fullmatch(text):
        raise _expected("a number without an exponent", value)
    if _AS_IN_JSON.fullmatch(text) and text[0] != "-":
        return text
    number = Decimal(text)
    return format(number or abs(number), "f")  # a zero has no sign in JSON


def decimal(value: Any) -> int | Fraction:
    """A decimal in an untyped slot."""
    return _number(decimal_text(value))


def guid(value: Any) -> str:
    """An id as text, in lower case with hyphens; braces and parentheses around it are taken off."""
    text = text_of(value)
    if _GUID.fullmatch(text):
        return text
    text = text.strip(WHITE)
    if text[:1] + text[-1:] in ("{}", "()"):
        text = text[1:-1]
    if not _ANY_GUID.fullmatch(text):
        raise _expected("an id", value)
    return str(UUID(text))


_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ANY_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")


def character(value: Any) -> str:
    """A character, which is written as its number."""
    return chr(_CODE(value))


_CODE = unsigned(16)


def octets(value: Any) -> list[int]:
    """The bytes of an array, as JSON has them."""
    if value.__class__ is bytes:
        return list(value)
    packed = "".join(words_of(text_of(value)))
    if len(packed) % 4 or not _BASE64.fullmatch(packed):
        raise _expected("Base64", value)
    return list(b64decode(packed))


_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def moment(value: Any) -> Ready:
    """A date, with an offset wherever the text has one, to the microsecond."""
    ready = Ready("/Date(0)/")
    ready.value = _from_ticks(value) if value.__class__ is Ticks else _from_text(text_of(value).strip(WHITE))
    return ready


def _from_ticks(value: int) -> datetime:
    ticks, kind = value & _TICKS, value >> 62
    if kind < _FIRST_LOCAL:
        beyond = 0
    else:
        # A local date within the years 1 to 9999 can be outside of them in UTC, by the size of its offset.
        ticks -= 1 << 62 if ticks > (1 << 62) - _TICKS_A_DAY else 0
        beyond = ticks if ticks < 0 else max(0, ticks - _MOST_TICKS)
    if ticks - beyond > _MOST_TICKS or beyond > _TICKS_A_DAY:
        raise Fault("a date out of the years 1 to 9999")
    # Python holds such a date with an offset that brings its clock back into these years; any such offset will do.
    minutes = -(beyond // _TICKS_A_MINUTE) if beyond < 0 else -beyond // _TICKS_A_MINUTE
    date = _FIRST + timedelta(microseconds=(ticks + minutes * _TICKS_A_MINUTE) // 10)
    return date.replace(tzinfo=timezone(timedelta(minutes=minutes), LOCAL) if minutes else _ZONES[kind])


_FIRST_LOCAL = 2
_ZONES = (_UNKNOWN_OFFSET, timezone.utc, _LOCAL, _LOCAL)

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(Z|([+-])(\d\d):(\d\d))?", re.ASCII)


def _from_text(text: str) -> datetime:
    match = _ISO.fullmatch(text)
    if match is None:
        raise _expected("a date", text)
    year, month, day, hour, minute, second, fraction, zone, sign, hours, minutes = match.groups()
    tzinfo = timezone.utc if zone == "Z" else _UNKNOWN_OFFSET
    try:
        if sign and zone[1:] != "00:00":
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            tzinfo = timezone(-offset if sign == "-" else offset, sign + hours + minutes)
        clock = (int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "").ljust(6, "0")[:6]))
        return datetime(int(year), int(month), int(day), *clock, tzinfo=tzinfo)
    except ValueError:
        raise _expected("a date", text) from None
