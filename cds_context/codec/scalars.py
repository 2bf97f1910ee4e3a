"""The two modes of the walk that encodes, and the functions that make one scalar ready for msgspec to write.

Each function takes the depth, which scalars do not need, because all functions that make a value ready have one
signature.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Raw, Struct

from ..errors import Fault
from ..model.parameters import KeyValuePair
from ..model.rows import EntityReference, OptionSetValue
from ..wire.dates import Ready, format_date
from ..wire.escapes import quote
from ..wire.numbers import format_decimal, format_double
from .plans import Classes


class Mode(Struct, frozen=True):
    """One mode of the walk; the docstring of `encoding` explains both."""

    left: Classes
    """The classes of values that are left to msgspec."""


IN_C = Mode(frozenset({type(None), bool, int, str, OptionSetValue, EntityReference, KeyValuePair}))
IN_PYTHON = Mode(frozenset())

Prepare: TypeAlias = Callable[[Any, int, Mode], Any]
"""Makes a value at a depth ready for msgspec. Raises Fault."""


def expected(what: str, value: Any) -> Fault:
    """A fault that names types, and nothing of the value."""
    return Fault(f"expected {what}, found {type(value).__name__}")


def ready_null(_: None, __: int, ___: Mode) -> None:
    """Null."""
    return


def ready_bool(value: Any, _: int, __: Mode) -> bool:
    """A yes or no."""
    if value.__class__ is not bool:
        raise expected("bool", value)
    return bool(value)


def ready_int(value: Any, _: int, mode: Mode) -> int | Raw:
    """An integer of any size."""
    if not isinstance(value, int) or value.__class__ is bool:
        raise expected("int", value)
    if value.__class__ in mode.left:
        return value
    try:
        return Raw(int.__repr__(value).encode())
    except ValueError:
        raise Fault("an int with more digits than Python writes") from None


def ready_text(value: Any, _: int, mode: Mode) -> str | Raw:
    """A text."""
    if not isinstance(value, str):
        raise expected("str", value)
    return value if value.__class__ in mode.left else Raw(quoted(value))


def ready_maybe_text(value: Any, depth: int, mode: Mode) -> str | Raw | None:
    """A text or null."""
    return None if value is None else ready_text(value, depth, mode)


def quoted(text: str) -> bytes:
    """A text as JSON; half a surrogate pair becomes three bytes, as if UTF-8 had it."""
    return quote(text).encode("utf-8", "surrogatepass")


def ready_name(key: Any, depth: int, mode: Mode) -> str | Raw:
    """A key of a collection."""
    if not isinstance(key, str):
        raise expected("str as a key", key)
    return ready_text(key, depth, mode)


def ready_uuid(value: Any, _: int, __: Mode) -> UUID:
    """An id."""
    if not isinstance(value, UUID):
        raise expected("UUID", value)
    return value


def ready_decimal(value: Decimal, _: int, __: Mode) -> Raw:
    """A number in an untyped slot, with its scale."""
    try:
        return Raw(format_decimal(value).encode())
    except ValueError as error:
        raise Fault(str(error)) from None


def ready_amount(value: Any, depth: int, mode: Mode) -> Decimal | Raw:
    """The number of a Money, which must be finite."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise expected("a finite Decimal", value)
    if value.__class__ is Decimal and "E" not in str(value).upper():
        return value
    return ready_decimal(value, depth, mode)


def ready_double(value: float, _: int, __: Mode) -> Raw:
    """A float, in the digits that .NET writes."""
    return Raw(format_double(value).encode())


def ready_date(value: Any, _: int, __: Mode) -> str:
    """A date in an untyped slot."""
    if not isinstance(value, datetime):
        raise expected("datetime", value)
    try:
        return format_date(value)
    except (ValueError, OverflowError) as error:
        raise Fault(str(error)) from None


def ready_declared_date(value: Any, depth: int, mode: Mode) -> str:
    """A date in a slot that declares one: still text as decoded, or a datetime once it was read."""
    if value.__class__ is Ready:
        return ready_date(value.value, depth, mode)
    return str.__str__(value) if isinstance(value, str) else ready_date(value, depth, mode)


def ready_given_date(value: Ready, depth: int, mode: Mode) -> str:
    """A date of another format in an untyped slot that nobody has read yet."""
    return ready_date(value.value, depth, mode)
