"""The row that an event is about, as target, reference and image. No message and no step is known here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import Struct

from cds_context import Entity, EntityReference, Value

from .cells import NO_ROW, Row, text_of, value_of, without_name


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
