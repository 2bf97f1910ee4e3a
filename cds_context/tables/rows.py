"""The tables of rows: one for each table of Dataverse, in which each event of a row is a row, with typed columns.

A row is what `snapshot` tells of it after the event: what was submitted, over the images. `known` names the columns
that the event tells of, so that null and unknown are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError
from .arrow import RecordBatch, Schema
from .bodies import Bodies, require_again, require_bodies
from .layouts import Layout, OnConflict
from .rowmaking import NeedFinder, RowReader, RowsReader, find_needs, lay_out
from .table import BodyError, Counts, Errors, Table, read_through


def row_schemas(
    bodies: Bodies,
    *,
    known: Mapping[str, Any] | None = None,
    on_conflict: OnConflict = "variant",
    strict: bool = False,
) -> dict[str, Schema]:
    """The schema of each table's rows, by logical name, as far as the bodies tell; it reads them once.

    `known` has schemas of an earlier run: they are extended, and no column of theirs changes its type or its place. Any
    object that is an Arrow schema will do, such as that of a Parquet file.

    A column has the kind of its first value; integers and fractions are one kind. With `on_conflict` "variant" a value
    of another kind has a column of its own beside, `name__kind`; with "json" all values of such a column are JSON text;
    "error" raises ColumnError.

    Raises ArgumentError for an unknown `on_conflict`, and for a known schema that is not of such a table.
    """
    require_bodies(bodies)
    if on_conflict not in ("variant", "json", "error"):
        raise ArgumentError("on_conflict is variant, json or error")
    return lay_out(find_needs(bodies, is_strict=strict), known or {}, on_conflict)


def rows_tables(
    bodies: Bodies,
    *,
    schemas: Mapping[str, Any] | None = None,
    on_conflict: OnConflict = "variant",
    strict: bool = False,
    on_error: Callable[[BodyError], object] | None = None,
) -> RowsTables:
    """A table for each table of Dataverse, by logical name, with a row for each event of a row.

    A row is the row after the event (for a Delete, before it), as far as the event tells. Its columns: `event_id`,
    `moment`, `message`, `id`, `deleted`, `row_version`; `known`, the names of the columns that the event tells, null or
    not; `unplaced`, values for which the schema has no column, as JSON; `source` and `position`; then the columns. A
    bulk message has a row for each of its rows. Events that tell nothing of a row have none.

    Text, yes or no, and integers are what Arrow calls so. A fraction or an amount is decimal128(38, 10), a date a
    timestamp in UTC, a choice its number, with its label in `name__label`, several choices a list of numbers, a lookup
    a struct of id, table and name; any other value is JSON. Nothing is rounded: a fraction that does not fit, `NaN`, a
    lookup by an alternate key are in `name__text`. Text with half a surrogate pair is null, and an error of its column.

    Without `schemas` the bodies are read once more, first, as `row_schemas` does, which has `on_conflict`. With
    `schemas` there are the tables of these: an event of a row of another table is an error, and a value for which its
    table has no column is in `unplaced`, and counted.

    Raises what `row_schemas` raises.
    """
    if schemas is None:
        require_bodies(bodies)
        require_again(bodies, "a call without `schemas`")
        schemas = row_schemas(bodies, on_conflict=on_conflict, strict=strict)
    return RowsTables(
        bodies,
        {name: Layout(known=Schema.from_arrow(schema)).schema() for name, schema in schemas.items()},
        on_error,
        strict,
    )


class RowsTables(Mapping[str, Table]):
    """The tables of rows, by logical name. Each reads the bodies when it is consumed."""

    def __init__(
        self,
        bodies: Bodies,
        schemas: Mapping[str, Schema],
        on_error: Callable[[BodyError], object] | None,
        is_strict: bool,  # noqa: FBT001 - made by `rows_tables` alone
    ) -> None:
        self.schemas: Mapping[str, Schema] = MappingProxyType({**schemas})
        """The schema of each table; given to the next run, they make its columns equal."""
        self._tables = {
            name: Table(bodies, schema, partial(RowReader, {name: schema}, self.schemas, is_strict=is_strict), on_error)
            for name, schema in schemas.items()
        }
        self._errors = _errors_of(bodies, partial(NeedFinder, self.schemas, is_strict=is_strict))

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def errors(self) -> Errors:
        """The errors of all tables: bodies that give no row, once each, and values that no row could hold."""
        return self._errors


def row_errors(bodies: Bodies, *, strict: bool = False) -> Errors:
    """The errors of all tables that there are, whatever they are."""
    return _errors_of(bodies, partial(NeedFinder, is_strict=strict))


def _errors_of(bodies: Bodies, reader: Callable[[], NeedFinder]) -> Errors:
    # Nobody reads the rows of this table.
    return Table(bodies, Layout().schema(), reader, None).errors


class RoutedRows:
    """All tables of rows in one pass: batches, each with the logical name of its table."""

    def __init__(
        self,
        bodies: Bodies,
        schemas: Mapping[str, Schema],
        *,
        strict: bool = False,
        on_error: Callable[[BodyError], object],
    ) -> None:
        self.counts: Counts = Counts()
        """What became of the bodies in the pass that was begun last."""
        self._bodies = bodies
        self._schemas = schemas
        self._is_strict = strict
        self._on_error = on_error

    def __iter__(self) -> Iterator[tuple[str, RecordBatch]]:
        self.counts = Counts()
        reader = RowsReader(self._schemas, is_strict=self._is_strict)
        for item in read_through(self._bodies, reader, self.counts):
            if isinstance(item, BodyError):
                self._on_error(item)
            else:
                yield from item
