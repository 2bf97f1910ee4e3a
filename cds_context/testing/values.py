"""Plain Python values and rows as values of the wire, with the texts that users see.

No message and no step is known here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any, TypeAlias, Union, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from cds_context import Entity, EntityReference, OptionSetValue, UnknownValue, Value

from ..conversion.dispatch import ByClass
from ..errors import BuildError
from ..model.kinds import MEMBERS
from ..model.limits import beyond
from ..model.records import Record


class Formatted(Struct, frozen=True):
    """A value and the text that users see for it, such as ``Formatted(OptionSetValue(2), "Email")``.

    The text is written where the server writes such texts: in images and in Create's Target, but not in Update's.
    """

    value: Plain
    """The value."""
    text: str
    """The text that users see."""


Plain: TypeAlias = Union[Value, UUID, date, Formatted, "Sequence[Plain]"]
"""The values that builders take: any `Value`, and Python values with one unambiguous meaning.

A UUID becomes its text, an IntEnum an OptionSetValue, a date midnight in UTC, a datetime the same moment in UTC, a
sequence an array. A Decimal stays a decimal, so pass a `Money` for an amount. An int stays a whole number.
"""

Row: TypeAlias = Mapping[str, Plain]
"""A row, or some columns of one, by logical name."""

NO_ROW: Row = {}

_AS_IT_IS = (type(None), bool, int, float, Decimal, str, Record, UnknownValue, dict)


def value_of(plain: Any, place: str) -> Any:
    """The value on the wire. Raises BuildError, with the path, if there is none, or if no server can hold it."""
    value = _value_of(plain, place)
    check_numbers(value, place)
    return value


def _value_of(plain: Any, place: str) -> Any:
    if isinstance(plain, Formatted):
        return _value_of(plain.value, place)
    if isinstance(plain, IntEnum):
        return OptionSetValue(int(plain))
    if isinstance(plain, UUID):
        return str(plain)
    if isinstance(plain, datetime):
        return _moment(plain, place)
    if isinstance(plain, date):
        return datetime.combine(plain, time(), timezone.utc)
    if isinstance(plain, list | tuple):
        items: list[Any] = [*plain]
        return [_value_of(item, place) for item in items]
    if issubclass(type(plain), _AS_IT_IS):
        return plain
    raise BuildError(f"{place}: the wire has no form for the type {type(plain).__name__}")


_MEMBERS = ByClass(MEMBERS)


def check_numbers(value: Any, place: str, kind: str = "Value") -> None:
    """Raise BuildError, with the path, for a number that no server can hold, in a member or deep in a value."""
    pending: list[tuple[str, Any]] = [(kind, value)]
    while pending:
        kind, value = pending.pop()
        if limit := beyond(kind, value):
            raise BuildError(f"{place}: a number out of the range of {limit}")
        if isinstance(value, Record):
            pending += [(member.kind, getattr(value, member.field)) for member in _MEMBERS[type(value)]]
            pending.append(("Value", value.unknown_members))  # type: ignore[attr-defined]
        elif isinstance(value, UnknownValue):
            pending.append(("Value", value.members))
        elif isinstance(value, Mapping):
            mapping = cast("Mapping[Any, Any]", value)  # type: ignore[redundant-cast] # pyright needs it
            pending += [("Value", each) for pair in mapping.items() for each in pair]
        elif isinstance(value, list | tuple):
            pending += [("Value", item) for item in cast("list[Any]", value)]


def _moment(moment: datetime, place: str) -> datetime:
    if moment.utcoffset() is None:
        raise BuildError(f"{place}: a datetime without a time zone")
    # Dates on the wire are whole milliseconds.
    return moment.astimezone(timezone.utc).replace(microsecond=moment.microsecond // 1000 * 1000)


def without_name(value: Value) -> Value:
    """A lookup without its name, as in a Target; any other value unchanged."""
    return replace(value, name=None) if isinstance(value, EntityReference) else value


def text_of(plain: Plain, value: Value) -> str | None:
    """The text that the server formats for a value; None if only the server knows it."""
    if isinstance(plain, Formatted):
        return plain.text
    if isinstance(value, EntityReference):
        return value.name
    if isinstance(value, datetime):
        # Observed: all labels of dates are ISO 8601 with the user's offset, which for users in UTC is `-00:00`.
        return f"{value.replace(tzinfo=None).isoformat(timespec='seconds')}-00:00"
    return None


def parameters_of(given: Mapping[str, Any]) -> dict[str, Value]:
    """Parameters of plain values."""
    return {name: value_of(plain, f"parameter `{name}`") for name, plain in given.items()}


class Subject(Struct, frozen=True):
    """One row, with the columns of its table's primary key and primary name."""

    table: str
    id: UUID
    key: str
    name: str

    def reference(self) -> EntityReference:
        """The row as most messages name it."""
        return EntityReference(self.table, self.id)

    def sent(self, row: Row, *, id: UUID | None = None, keys: Row = NO_ROW, texts: bool = False) -> Entity:
        """The row as in a Target: lookups without names, and texts only once the server has formatted them."""
        values = {column: without_name(value) for column, value in _values(row).items()}
        return Entity(
            self.table,
            self.id if id is None else id,
            values,
            formatted_values=_texts(row, values) if texts else {},
            key_attributes=_values(keys),
        )

    def stored(self, row: Row, columns: Collection[str] | None = None) -> Entity:
        """The row, or some of its columns, as in an image: without nulls and empty texts, with names and texts."""
        shown = {column: row[column] for column in row if columns is None or column in columns}
        values = _values(shown)
        present = {column: value for column, value in values.items() if value is not None and value != ""}
        return Entity(self.table, self.id, present, formatted_values=_texts(shown, present))

    def keyed(self, row: Row) -> Row:
        """The row with its key column, which is added at the end if missing."""
        return filled(row, {self.key: self.id})


def filled(row: Row, others: Row) -> Row:
    """The row, followed by the other columns that it lacks."""
    return {**row, **{column: plain for column, plain in others.items() if column not in row}}


def _values(row: Row) -> dict[str, Value]:
    return {column: value_of(plain, f"column `{column}`") for column, plain in row.items()}


def _texts(row: Row, values: Mapping[str, Value]) -> dict[str, str]:
    texts = {column: text_of(row[column], value) for column, value in values.items()}
    return {column: text for column, text in texts.items() if text is not None}
