"""A value of a row as a cell: the kind of column that holds it, and what stands there.

How it works: each kind has one of Arrow's types, and no value is changed to fit it. A fraction of more digits than
`decimal128(38, 10)` holds, `NaN`, a lookup without an id: these are text, for a column beside.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

from ..conversion.plain import json_form
from ..model.rows import NIL, EntityReference, Money, OptionSetValue
from ..wire.numbers import DoubleDecimal, format_double
from .arrow import BOOL, CHOICES, FRACTION, INT32, INT64, LOOKUP, MOMENT, TEXT, DataType
from .lean import Lookup, public
from .reading import microseconds, spell

TYPES: dict[str, DataType] = {
    "text": TEXT,
    "bool": BOOL,
    "integer": INT64,
    "fraction": FRACTION,
    "date": MOMENT,
    "choice": INT32,
    "choices": CHOICES,
    "lookup": LOOKUP,
    "json": TEXT,
}
"""The type of a column of each kind."""


class Cell(NamedTuple):
    """A value in a column."""

    kind: str
    """The kind of column."""
    value: Any = None
    """What `arrow` makes of it; None if the kind cannot hold the value."""
    text: str | None = None
    """The value as text, if the kind cannot hold it."""
    lost: str = ""
    """Why the value is missing, if nothing can hold it."""


def cell_of(value: Any) -> Cell | None:
    """The cell of a value; None for null, and for an empty array, which clears a column."""
    if value is None or (value.__class__ is list and not value):
        return None
    return _CELLS.get(value.__class__, _json)(value)


def json_text(value: Any) -> str:
    """Any value as JSON."""
    return json.dumps(json_form(public(value)), ensure_ascii=False)


def _text(value: str) -> Cell:
    # UTF-8, which is what Arrow has for text, cannot hold half a surrogate pair.
    return Cell("text", lost="half a surrogate pair") if spell(value) != value else Cell("text", value)


def _integer(value: int) -> Cell:
    return Cell("integer", value) if -(2**63) <= value < 2**63 else _fraction(Decimal(value))


def _float(value: float) -> Cell:
    # Only floats come here to which the text was equal; the shortest text of each is its value.
    return _fraction(Decimal(repr(value)))


def _fraction(number: Decimal) -> Cell:
    if not number.is_finite():
        return Cell("fraction", text=format_double(float(number)))
    short = str(number)
    if len(short) <= _SHORT and "E" not in short:
        return Cell("fraction", short)
    sign, digits, exponent = cast("tuple[int, tuple[int, ...], int]", number.as_tuple())
    significant = "".join(map(str, digits)).rstrip("0")
    exponent += len(digits) - len(significant)
    if not significant:
        return Cell("fraction", "0")
    plain = Decimal((sign, tuple(map(int, significant)), exponent))
    fits = exponent >= -10 and len(significant) + exponent <= 28
    return Cell("fraction", format(plain, "f")) if fits else Cell("fraction", text=str(plain))


_SHORT = 12
"""The most characters of a number that fits wherever its point is."""


def _money(value: Money) -> Cell:
    return _json(value) if value.unknown_members else _fraction(value.value)


def _choice(value: OptionSetValue) -> Cell:
    if value.unknown_members:
        return _json(value)
    number = value.value
    return Cell("choice", number) if _is_short(number) else Cell("choice", text=json_text(number))


def _is_short(number: int) -> bool:
    return -(2**31) <= number < 2**31


def _list(items: list[Any]) -> Cell:
    choices = [item.value for item in items if item.__class__ is OptionSetValue and not item.unknown_members]
    if len(choices) == len(items) and all(map(_is_short, choices)):
        return Cell("choices", choices)
    return _json(items)


def _lookup(value: EntityReference) -> Cell:
    if value.id == NIL or value.unknown_members:
        return Cell("lookup", text=json_text(value))
    return Cell("lookup", (str(value.id), spell(value.logical_name), spell(value.name)))


def _json(value: Any) -> Cell:
    return Cell("json", json_text(value))


_CELLS: dict[type[Any], Callable[[Any], Cell]] = {
    str: _text,
    bool: lambda value: Cell("bool", value),
    int: _integer,
    float: _float,
    Decimal: _fraction,
    DoubleDecimal: _fraction,
    datetime: lambda value: Cell("date", microseconds(value)),
    Money: _money,
    OptionSetValue: _choice,
    list: _list,
    EntityReference: _lookup,
    Lookup: lambda value: Cell("lookup", (value.id, value.logical_name, value.name)),
}
