"""Scalars of the formats XML and .NET Binary, as they are written: the inverse of `spelled`.

A scalar is text, or what a binary record can hold beside it: a boolean, an int, a float, a Decimal, bytes, or ticks.
Text from XML becomes such a value by the name of its type, and such a value becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ..errors import Fault
from .dates import LOCAL
from .numbers import format_decimal
from .spelled import Ticks, decimal_text, double, moment, octets, single, text_of

_FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_TICKS = (1 << 62) - 1
_UTC, _LOCAL = 1, 2


class Single(float):
    """A float of 32 bits."""

    __slots__ = ()


class Pieces(str):
    """Text that .NET writes in several records, such as the names of flags and the blanks between."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]


def pieces(text: str, parts: list[str]) -> str:
    """The text, with its parts if it has several."""
    if len(parts) < 2:
        return text
    made = Pieces(text)
    made.parts = tuple(parts)
    return made


def flags(text: str) -> str:
    """The names of a flags enum, or of any other."""
    return pieces(text, re.split("( )", text))


def _qualified(text: str) -> str:
    return pieces(text, re.split("(:)", text))


def iso_text(date: datetime) -> str:
    """A date with its offset, or `Z` for UTC, to the microsecond."""
    offset = date.utcoffset() or timedelta(0)
    minutes = abs(offset) // timedelta(minutes=1)
    zone = f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return _clock(date, date.microsecond * 10) + ("Z" if date.tzname() == "UTC" and not offset else zone)


def _clock(date: datetime, fraction: int) -> str:
    text = f"{date.year:04}-{date.month:02}-{date.day:02}T{date.hour:02}:{date.minute:02}:{date.second:02}"
    return text + (f".{fraction:07}".rstrip("0") if fraction else "")


def _ticks_text(value: Ticks) -> str:
    zone = ("", "Z", "+00:00", "+00:00")[value >> 62]
    return _clock(moment(value).value, (value & _TICKS) % 10_000_000) + zone


def date_record(date: datetime) -> Ticks | str:
    """A date as .NET Binary has it: ticks, or text where ticks would lose the offset."""
    name = date.tzname()
    if date.utcoffset() or name not in {"UTC", LOCAL}:
        return iso_text(date)
    ticks = (date - _FIRST) // _MICROSECOND * 10
    return Ticks(ticks | (_UTC if name == "UTC" else _LOCAL) << 62)


def text(value: Any, kind: str = "") -> str:
    """A scalar as XML has it; `kind` is the name of its type, if it has one."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return iso_text(value)
    if value.__class__ is Ticks:
        return _ticks_text(value)
    if kind == "float" or value.__class__ is Single:
        return str(single(float(value)))
    if kind == "boolean":
        return "true" if value else "false"
    return format_decimal(value) if isinstance(value, Decimal) else text_of(value)


_DATE = re.compile(r"[^.]*(?:\.(\d{1,7}))?Z?")


def _date(spelled: str) -> Ticks | str:
    """A date with an offset stays text, because ticks would lose the offset."""
    match = _DATE.fullmatch(spelled)
    date: datetime = moment(spelled).value
    if match is None or spelled[-6] in "+-":
        return spelled
    whole = (date.replace(tzinfo=timezone.utc, microsecond=0) - _FIRST) // _MICROSECOND * 10
    return Ticks(whole + int((match[1] or "").ljust(7, "0")) | spelled.endswith("Z") << 62)


def _boolean(spelled: str) -> bool:
    return spelled in {"true", "1"}


def _double(spelled: str) -> float:
    return float(double(spelled))


def _single(spelled: str) -> Single:
    return Single(single(spelled))


def _decimal(spelled: str) -> Decimal:
    return Decimal(decimal_text(spelled))


def _octets(spelled: str) -> bytes:
    return bytes(octets(spelled))


_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("int", "long", "short", "byte", "char", "unsignedByte", "unsignedShort", "unsignedInt"), int),
    "boolean": _boolean,
    "double": _double,
    "float": _single,
    "decimal": _decimal,
    "dateTime": _date,
    "base64Binary": _octets,
    "QName": _qualified,
}


def record(value: Any, kind: str) -> Any:
    """A scalar as .NET Binary has it, by the name of its type."""
    if isinstance(value, datetime):
        return date_record(value)
    if kind == "float" and isinstance(value, float):
        return Single(value)
    return _FROM_TEXT[kind](value) if isinstance(value, str) and kind in _FROM_TEXT else value


_SURROGATES = re.compile("[\ud800-\udfff]")


def check_text(value: str) -> None:
    """Raise Fault for text that only JSON can hold."""
    if _SURROGATES.search(value):
        raise Fault("text with half of a surrogate pair, which only JSON can hold")
