"""The row as an event leaves it, put together from the parts that a context holds: images and submitted columns.

No message and no image name is known here: callers pass the parts, the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from uuid import UUID

from msgspec import Struct, UnsetType
from msgspec.structs import replace

from ..model.records import NONE_GIVEN, Collection
from ..model.rows import NIL, Entity, EntityReference
from ..model.values import Value
from .changes import same_value


class Source(str, Enum):
    """The part of a context that holds a column's value."""

    PRE_IMAGE = "pre_image"
    """The pre-image: the value before; the platform may have changed it along with the event."""
    INPUT = "input"
    """As submitted: in Target, or in the parameter that stands for the column."""
    OUTPUT = "output"
    """As Retrieve answered."""
    POST_IMAGE = "post_image"
    """As the row was right after the operation."""

    __str__ = str.__str__  # or formatting would depend on the Python version


_NO_SOURCES: Mapping[str, Source] = Collection({})


class Snapshot(Entity, frozen=True, kw_only=True):
    """A row put together from parts: an `Entity`, equal to one with the same content, and encoded as one."""

    sources: Mapping[str, Source]
    """For each column, the part that its value comes from; for equal values in two parts, the later part."""

    def __init__(
        self,
        logical_name: str | None,
        id: UUID = NIL,  # noqa: A002 - as in Entity
        attributes: Mapping[str, Value] = NONE_GIVEN,
        *,
        formatted_values: Mapping[str, str | None] = NONE_GIVEN,
        sources: Mapping[str, Source] = _NO_SOURCES,
    ) -> None: ...

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entity):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Entity.__struct_fields__)

    def __hash__(self) -> int:
        return super().__hash__()


class Part(Struct, frozen=True):
    """Some columns of a row, with their labels. UNSET: the column has a new value that is unknown."""

    source: Source
    columns: Mapping[str, Value | UnsetType]
    labels: Mapping[str, str | None]


def part_of(source: Source, row: Value) -> Part:
    """A row as a part; any other value gives no columns."""
    return Part(source, row.attributes, row.formatted_values) if isinstance(row, Entity) else Part(source, {}, {})


class _Cell(Struct, frozen=True):
    value: Value | UnsetType
    label: str | None
    source: Source


def lay(row: Entity | EntityReference, parts: Iterable[Part]) -> Snapshot:
    """Lay the parts over each other, the oldest first.

    A label or a lookup's name that a later part lacks is taken from an earlier part, but only if the value is the same
    there.
    """
    cells: dict[str, _Cell] = {}
    for part in parts:
        for column, value in part.columns.items():
            newer = _Cell(value, part.labels.get(column), part.source)
            cells[column] = _over(cells.get(column), newer)
    columns = {column: cell.value for column, cell in cells.items() if not isinstance(cell.value, UnsetType)}
    return Snapshot(
        row.logical_name,
        row.id,
        columns,
        formatted_values={column: cells[column].label for column in columns if cells[column].label is not None},
        sources=Collection({column: cells[column].source for column in columns}),
    )


def _over(older: _Cell | None, newer: _Cell) -> _Cell:
    """The newer cell; if the values are the same, label and name are added from the older cell."""
    if older is None or isinstance(older.value, UnsetType) or isinstance(newer.value, UnsetType):
        return newer
    if not same_value(older.value, newer.value):
        return newer
    label = older.label if newer.label is None else newer.label
    return _Cell(_named(newer.value, older.value), label, newer.source)


def _named(value: Value, older: Value) -> Value:
    if isinstance(value, EntityReference) and isinstance(older, EntityReference) and value.name is None:
        return replace(value, name=older.name)
    return value
