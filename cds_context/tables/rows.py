"""The tables of rows: one for each table of Dataverse, in which each event of a row is a row, with typed columns.

A row is what `snapshot` tells of it after the event: what was submitted, over the images. `known` names the columns
that the event tells of, so that null and unknown are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from ..conversion.change_rows import merge_images
from ..errors import ArgumentError, ColumnError
from ..event.context import RemoteExecutionContext
from ..event.snapshots import Snapshot
from ..event.targets import is_deletion
from ..model.records import items_of
from ..model.rows import NIL
from .arrow import Columns, RecordBatch, Schema
from .bodies import Bodies, Body, require_again, require_bodies
from .cells import cell_of, json_text
from .layouts import Layout, OnConflict, Plan
from .reading import long_integer, moment_of, name_of, read_context, spell
from .table import BodyError, Counts, Errors, Table


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
    layouts = {name: Layout(on_conflict, Schema.from_arrow(schema)) for name, schema in (known or {}).items()}
    finder = _Finder(layouts, on_conflict, strict)
    list(Table(bodies, _NO_SCHEMA, lambda: finder, None))  # which makes no batches
    if finder.conflict is not None:
        raise finder.conflict
    return {name: layout.schema() for name, layout in layouts.items()}


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
    `schemas` there are the tables of these, and what they have no column for is in `unplaced`, and counted.

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
            name: Table(bodies, schema, partial(_Maker, name, Plan(schema), Columns(schema), is_strict), on_error)
            for name, schema in schemas.items()
        }
        self._all = Table(bodies, _NO_SCHEMA, partial(_Finder, {}, "json", is_strict), None)

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def errors(self) -> Errors:
        """The errors of all tables: bodies that cannot be read, once each, and values that no row could hold."""
        return self._all.errors


_NO_SCHEMA = Layout().schema()


class _Finder:
    """Notes the columns of all rows in layouts, and makes no rows."""

    def __init__(self, layouts: dict[str, Layout], on_conflict: OnConflict, is_strict: bool) -> None:  # noqa: FBT001
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self.conflict: ColumnError | None = None
        """The first conflict that is an error. Not raised at once, as what is raised for a body is an error of it."""
        self._layouts = layouts
        self._on_conflict: OnConflict = on_conflict
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        for _, row in _rows_after(body, counts, is_strict=self._is_strict):
            layout = self._layouts.setdefault(_table_of(row), Layout(self._on_conflict))
            for column, value in items_of(row.attributes).items():
                cell = cell_of(value)
                if cell is None:
                    continue
                name = name_of(column)
                if cell.lost:
                    self.lost.append((name, cell.lost))
                try:
                    layout.note(name, cell)
                except ColumnError as conflict:
                    self.conflict = self.conflict or conflict

    def batch(self) -> RecordBatch:
        raise AssertionError  # pragma: no cover - there are no cells


class _Maker:
    """Makes the rows of one table."""

    def __init__(self, name: str, plan: Plan, columns: Columns, is_strict: bool) -> None:  # noqa: FBT001
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._name = name
        self._plan = plan
        self._columns = columns
        self._width = len(columns.schema)
        self._rows: list[dict[int, Any]] = []
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        for context, row in _rows_after(body, counts, is_strict=self._is_strict):
            if _table_of(row) == self._name:
                self._rows.append(self._cells(context, row, body, counts))
                self.cells += self._width
                counts.rows += 1

    def _cells(self, context: RemoteExecutionContext, row: Snapshot, body: Body, counts: Counts) -> dict[int, Any]:
        cells: dict[int, Any] = {}
        unplaced: dict[str, Any] = {}
        for column, value in items_of(row.attributes).items():
            cell = cell_of(value)
            if cell is None:
                continue
            name = name_of(column)
            place = self._plan.place(name, value, cell)
            if place is not None:
                cells[place[0]] = place[1]
                label = self._plan.place_of_label(name) if cell.kind == "choice" else None
                if label is not None:
                    cells[label] = spell(row.formatted_values.get(column))
            elif cell.lost:
                self.lost.append((name, cell.lost))
            else:
                unplaced[column] = value
        counts.unplaced += len(unplaced)
        fixed = (
            context.idempotency_key,
            moment_of(context),
            spell(context.message_name),
            None if row.id == NIL else str(row.id),
            is_deletion(context.message_name),
            long_integer(context.row_version),
            [name_of(column) for column in row.attributes],
            json_text(unplaced) if unplaced else None,
            spell(body.source),
            body.position,
        )
        cells.update(enumerate(fixed))
        return cells

    def batch(self) -> RecordBatch:
        batch = self._columns.batch([row.get(index) for row in self._rows] for index in range(self._width))
        self._rows = []
        self.cells = 0
        return batch


def _rows_after(body: Body, counts: Counts, *, is_strict: bool) -> list[tuple[RemoteExecutionContext, Snapshot]]:
    """The rows that an event is about, after it, of which it tells something; none for a truncated event.

    Raises ParameterError.
    """
    context = read_context(body.data, is_strict=is_strict)
    if body.size_exceeded or context.is_truncated:
        counts.truncated += 1
        return []
    context.require_complete()
    targets = context.targets
    if len(targets) > 1:
        rows = [context.snapshot(target=target) for target in targets]
    elif context.record is not None:
        rows = [context.snapshot(merge_images(context.pre_image), merge_images(context.post_image))]
    else:
        rows = []
    is_deleted = is_deletion(context.message_name)
    return [(context, row) for row in rows if is_deleted or row.attributes]


def _table_of(row: Snapshot) -> str:
    return spell(row.logical_name) or "none"
