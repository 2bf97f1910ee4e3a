"""Dates: `/Date(ms)/` and `/Date(ms±hhmm)/` to and from aware datetimes (wire format, "Dates"); labels of dates.

Text to value and back; nothing here knows JSON or the types that hold a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache

from msgspec.json import Decoder

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST = datetime.min.replace(tzinfo=timezone.utc)
_LAST = datetime.max.replace(tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


@cache
def date_pattern() -> re.Pattern[str]:
    """The spellings that the serializer writes; compiled when the first date comes that is not spelled as most are.

    `/Date(007)/` and `/Date(0-0000)/` stay text, because a datetime would be written back in another spelling.
    """
    return re.compile(r"/Date\((0|-?[1-9][0-9]{0,14})(?:(\+|-(?!0000))([01][0-9]|2[0-3])([0-5][0-9]))?\)/")


# Nearly all dates are after 1970. From seconds msgspec makes a datetime in half the time of Python's arithmetic: by a
# float, whose nearest microsecond is the exact one up to the year 2223. The pattern tries the dates since 2001 first,
# because dates before them have a digit less, and would be found not to fit only at the end.
usual_date: Callable[[str], re.Match[str] | None] = re.compile(
    r"/Date\(([1-7][0-9]{9}|[1-9][0-9]{0,8})([0-9]{3})(?:\)/|((?!-0000)[+-](?:0[0-9]|1[0-4])[0-5][0-9])\)/)"
).fullmatch
_read_seconds = Decoder(datetime, strict=False).decode


LOCAL = "unknown offset"
"""The name of the zone of a date that was local on the server and arrived as an instant alone, without its offset."""


class Ready(str):
    """A date from another format than JSON, in a slot where JSON has text that becomes a datetime later.

    Readers go by the class and take `value`. The text is any date's, so that checks of the text pass.
    """

    __slots__ = ("value",)
    value: datetime


def read_date(text: str) -> datetime | None:
    """The date of a slot that declares one; as `parse_date`."""
    return text.value if isinstance(text, Ready) else parse_date(text)


def parse_date(text: str) -> datetime | None:
    """The aware datetime that `text` spells; None for other text, and for dates beyond Python's range.

    The milliseconds are the instant, in UTC. The offset only becomes the tzinfo and never shifts the instant.
    No offset gives `timezone.utc`; `+0000` gives another zone of offset zero, named ``+0000``.
    """
    match = usual_date(text)
    if match:
        seconds, milliseconds, offset = match.groups()
        moment = _read_seconds(f"{seconds}.{milliseconds}")
        return moment if offset is None else moment.astimezone(_zone(offset))
    match = date_pattern().fullmatch(text)
    if match is None:
        return None
    milliseconds, sign, hours, minutes = match.groups()
    try:
        moment = EPOCH + int(milliseconds) * _MILLISECOND
        return moment if sign is None else moment.astimezone(_zone(sign + hours + minutes))
    except OverflowError:  # outside the years 1 to 9999, in UTC or on the wall clock
        return None


@lru_cache(maxsize=100)
def _zone(offset: str) -> timezone:
    """The zone of an offset such as `-0700`. To make it takes longer than to read the rest of the date."""
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    return timezone(-ahead if offset[0] == "-" else ahead, offset)


_ISO = (
    r"([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)(?:[.,]([0-9]+))?"
    r"(Z|[+-][0-2][0-9]:?[0-5][0-9])?"
)


def is_iso_date(text: str) -> bool:
    """Whether text is a date and time in ISO 8601, with an offset or without."""
    return text[10:11] == "T" and re.fullmatch(_ISO, text) is not None


def parse_iso_date(text: str) -> datetime | None:
    """The moment, in UTC, of a date in ISO 8601 with an offset; None for other text, and beyond Python's range."""
    match = re.fullmatch(_ISO, text)
    if match is None or match[3] is None:
        return None
    offset = "+00:00" if match[3] == "Z" else f"{match[3][:3]}:{match[3][-2:]}"
    try:
        moment = datetime.fromisoformat(f"{match[1]}{offset}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=int((match[2] or "0")[:6].ljust(6, "0")))


def whole_milliseconds(moment: datetime) -> datetime:
    """The date without parts of a millisecond, which are cut off toward 1970 as in `format_date`."""
    if not moment.microsecond % 1000:
        return moment
    return moment - timedelta(microseconds=moment.microsecond % 1000 - (1000 if moment < EPOCH else 0))


def format_date(moment: datetime) -> str:
    """The server's spelling of an aware datetime, without JSON's escapes.

    A zone named UTC is written without an offset, every other zone with one, `+0000` included.
    Parts of a millisecond are cut off toward 1970, as .NET does. Raises ValueError for a naive datetime,
    for an offset that is not whole minutes, and for a moment outside the years 1 to 9999 in UTC.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a datetime without a time zone")
    # No offset is as long as a day, so in all other years the comparisons, which take longest, would say nothing.
    if not 1 < moment.year < 9999 and not _FIRST <= moment <= _LAST:
        raise ValueError("a datetime outside the years 1 to 9999 in UTC")
    since = moment - EPOCH
    milliseconds = since // _MILLISECOND if since.days >= 0 else -(-since // _MILLISECOND)
    return f"/Date({milliseconds}{'' if not offset and moment.tzname() == 'UTC' else _spell_offset(offset)})/"


@lru_cache(maxsize=100)
def _spell_offset(offset: timedelta) -> str:
    minutes, rest = divmod(abs(offset), timedelta(minutes=1))
    if rest:
        raise ValueError("a datetime whose offset is not whole minutes")
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}"


_LABEL = r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}[+-][0-9]{2}:[0-9]{2}"


def read_clock(label: str, moment: datetime) -> datetime | None:
    """The moment on the clock that its label shows: ISO 8601 to the second, with an offset, such as `-00:00`.

    None for any other text, and for a label of another moment. Source: all labels of dates in captured bodies.
    """
    if not re.fullmatch(_LABEL, label):
        return None
    try:
        clock = datetime.fromisoformat(label)
    except ValueError:
        return None
    is_same = timedelta(0) <= moment - clock < timedelta(seconds=1)
    return clock.replace(microsecond=moment.microsecond) if is_same else None
