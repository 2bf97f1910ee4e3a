"""Hypothesis strategies of scalars: texts, numbers and dates. No type of the platform is known here."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

DATE_LIKE = (
    *("/Date(0)/", "/Date(1700000000123+0200)/", "/Date(-62135596800000)/", "/Date(5+0000)/", "/Date(-1-2359)/"),
    # These only look like a date.
    *("/Date(-0)/", "/Date(007)/", "/Date(0+2400)/", "/Date(253402300800000)/", "/Date(253402300799999+0001)/"),
    *("/Date(", "/Date(0)/ ", "/Date(0)/\n", "\\/Date(0)\\/", "/date(0)/", "/Date(٣)/", "/Date(1e3)/", "/Date(--1)/"),
)
_TRICKY = (
    '"INF',
    "\\",
    '\\"-INF',
    "NaN",
    "Infinity",
    "\\u0041",
    "</script>",
    "null",
    "__type",
    "key",
    "",
    "\r\n\t",
    "€",
)
_CONTROLS = "\x00\x08\x0b\x1f\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff\"\\/'é€ß中𝄞\U0010ffff"
_SURROGATES = "\ud800\udbff\udc00\udfff"

INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**63), 2**63 - 1)
"""The least and the greatest integer."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST, _LAST = -62135596800000, 253402300799999  # the years 1 to 9999
_ZONES: tuple[tzinfo, ...] = (
    timezone.utc,
    timezone(timedelta(0), "+0000"),
    timezone(timedelta(hours=1), "CET"),
    timezone(timedelta(hours=5, minutes=45), "+0545"),
    timezone(-timedelta(hours=12), "-1200"),
    timezone(timedelta(hours=23, minutes=59)),
    timezone(-timedelta(hours=23, minutes=59)),
)


def dates() -> st.SearchStrategy[datetime]:
    """A date the wire can spell: whole milliseconds, in the years 1 to 9999 in UTC and on its own clock."""
    offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return (st.sampled_from(_ZONES) | offsets).flatmap(_dates_in)


def _dates_in(zone: tzinfo) -> st.SearchStrategy[datetime]:
    ahead = (zone.utcoffset(None) or timedelta(0)) // timedelta(milliseconds=1)
    moments = st.integers(_FIRST + max(0, -ahead), _LAST - max(0, ahead))
    return moments.map(lambda milliseconds: (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone))


def ids() -> st.SearchStrategy[UUID]:
    """An id; the simplest are zeros with a digit at the end."""
    return st.integers(0, 2**128 - 1).map(_id)


def _id(number: int) -> UUID:
    return UUID(int=number)


def decimals() -> st.SearchStrategy[Decimal]:
    """Numbers within a .NET decimal, scale included, and a little beyond it on both sides."""
    digits = st.integers(0, 999) | st.integers(0, 10**30)
    return st.builds(_decimal, st.integers(0, 1), digits, st.integers(-5, 0) | st.integers(-28, 3))


def _decimal(negative: int, digits: int, exponent: int) -> Decimal:
    return Decimal((negative, tuple(map(int, str(digits))), exponent))


NET_DECIMALS = st.builds(
    _decimal, st.integers(0, 1), st.integers(0, 999) | st.integers(0, 2**96 - 1), st.integers(-28, 0)
)
"""Numbers within a .NET decimal, scale included."""


def _utf16(text: str) -> str:
    # The platform's strings are UTF-16, so two adjacent halves of a surrogate pair are one character.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def texts(*, surrogates: bool = True) -> st.SearchStrategy[str]:
    """Text with characters that need escapes, text that looks like JSON, and text that looks like a date."""
    letters = st.sampled_from(_CONTROLS + _SURROGATES * surrogates)
    return (
        st.text(letters | st.characters(codec="utf-8"), max_size=6).map(_utf16)
        | st.sampled_from(_TRICKY)
        | st.sampled_from(DATE_LIKE)
    )


def integers() -> st.SearchStrategy[int]:
    """Integers of 32 bits, of 64, signed or not, and larger."""
    return st.integers(-(2**31), 2**31 - 1) | st.sampled_from((2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, 10**30))
