"""Events to rows of tables: the columns that their values need, and the rows, of one table or of all in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from ..conversion.change_rows import merge_images
from ..errors import CdsContextError
from ..event.context import RemoteExecutionContext
from ..event.snapshots import Snapshot
from ..event.targets import is_deletion
from ..model.records import items_of
from ..model.rows import NIL
from .arrow import Columns, RecordBatch, Schema
from .bodies import Bodies, Body
from .cells import cell_of, json_text
from .layouts import Layout, OnConflict, Plan
from .lean import Lookup, public, read_lean, row_after
from .reading import long_integer, moment_of, name_of, read_context, spell
from .table import Counts, read_through

Need: TypeAlias = tuple[str, str, str, bool]
"""What a value needs: its table, its column, the kind of column, and whether its text is in a column beside.

Without a kind: only the table.
"""


class _RowAfter(NamedTuple):
    """A row after an event."""

    table: str
    """The logical name of its table, as the name of a data set."""
    head: tuple[Any, ...]
    """The first columns, up to the version of the row."""
    columns: Mapping[str, Any]
    labels: Mapping[str, str | None]
    is_lean: bool
    """Whether the row was read lean, and so holds no text with half a surrogate pair."""


_PLAIN = frozenset({str, bool, datetime, Lookup})
"""The classes of values that need the same whatever the value is, if they are read lean."""


class NeedFinder:
    """Finds what the rows need, and makes none. With `tables`, an event of a row of another table is an error."""

    def __init__(self, tables: Collection[str] | None = None, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self.needs: dict[Need, None] = {}
        """Each need once, in the order in which they were met."""
        self._met: set[tuple[str, str, type[Any]]] = set()
        self._tables = tables
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        """Read one body. Raises CdsContextError for one that gives no row."""
        for row in _rows_after(body, counts, self._tables, is_strict=self._is_strict):
            self.needs[row.table, "", "", False] = None
            for column, value in row.columns.items():
                key = (row.table, column, value.__class__)
                if value is None or (key in self._met and row.is_lean):
                    continue
                cell = cell_of(value)
                if cell is None:
                    continue
                name = name_of(column)
                if cell.lost:
                    self.lost.append((name, cell.lost))
                self.needs[row.table, name, cell.kind, cell.text is not None] = None
                if value.__class__ in _PLAIN:
                    self._met.add(key)

    def batch(self) -> RecordBatch:
        """Nothing, for there are no cells."""
        raise AssertionError  # pragma: no cover - there are no cells


def find_needs(bodies: Bodies, *, is_strict: bool) -> Iterator[Need]:
    """What the rows of bodies need, once each, in the order in which it is met; all are read before the first."""
    finder = NeedFinder(is_strict=is_strict)
    for _ in read_through(bodies, finder, Counts()):
        pass
    yield from finder.needs


def lay_out(needs: Iterable[Need], known: Mapping[str, Any], on_conflict: OnConflict) -> dict[str, Schema]:
    """The schemas in which there is room for all needs, by table.

    The needs of parts, one after the other, give the schemas of the whole: what was met before changes nothing.

    Raises ColumnError for a conflict that is an error.
    """
    layouts = {name: Layout(on_conflict, Schema.from_arrow(schema)) for name, schema in known.items()}
    for table, column, kind, is_beside in needs:
        layout = layouts.setdefault(table, Layout(on_conflict))
        if kind:
            layout.note(column, kind, is_beside=is_beside)
    return {name: layout.schema() for name, layout in layouts.items()}


class _Rows:
    """The rows of one table since the last batch."""

    def __init__(self, schema: Schema) -> None:
        self._plan = Plan(schema)
        self._columns = Columns(schema)
        self.width = len(schema)
        self._rows: list[dict[int, Any]] = []
        self._texts: dict[str, int] = {}
        """The fields of columns whose text fits, by the name in the event."""

    def add(self, row: _RowAfter, body: Body, counts: Counts, lost: list[tuple[str, str]]) -> None:
        """Add a row. Values that no row can hold are added to `lost`."""
        cells: dict[int, Any] = {}
        unplaced: dict[str, Any] = {}
        texts = self._texts if row.is_lean else {}
        for column, value in row.columns.items():
            # Most values are text, and what is read lean fits its column.
            index = texts.get(column) if value.__class__ is str else None
            if index is not None:
                cells[index] = value
                continue
            cell = cell_of(value)
            if cell is None:
                continue
            name = name_of(column)
            place = self._plan.place(name, value, cell)
            if place is not None:
                cells[place[0]] = place[1]
                label = self._plan.place_of_label(name) if cell.kind == "choice" else None
                if label is not None:
                    cells[label] = spell(row.labels.get(column))
                if row.is_lean and value.__class__ is str and place[1] is value:
                    self._texts[column] = place[0]
            elif cell.lost:
                lost.append((name, cell.lost))
            else:
                unplaced[column] = public(value)
        counts.rows += 1
        counts.unplaced += len(unplaced)
        fixed = (
            *row.head,
            [name_of(column) for column in row.columns],
            json_text(unplaced) if unplaced else None,
            spell(body.source),
            body.position,
        )
        cells.update(enumerate(fixed))
        self._rows.append(cells)

    def batch(self) -> RecordBatch | None:
        """A batch of the rows, which are none then; None without rows."""
        if not self._rows:
            return None
        batch = self._columns.batch([row.get(index) for row in self._rows] for index in range(self.width))
        self._rows = []
        return batch


class _RowReader:
    """Makes the rows of the tables in `schemas`. An event of a row that is in none of `tables` is an error."""

    def __init__(self, schemas: Mapping[str, Schema], tables: Collection[str], *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells: int = 0
        self._made = {name: _Rows(schema) for name, schema in schemas.items()}
        self._tables = tables
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        for row in _rows_after(body, counts, self._tables, is_strict=self._is_strict):
            rows = self._made.get(row.table)
            if rows is not None:  # else it is a row of another table, which a reader of its own makes
                rows.add(row, body, counts, self.lost)
                self.cells += rows.width

    def _batches(self) -> Iterator[tuple[str, RecordBatch]]:
        self.cells = 0
        for name, rows in self._made.items():
            batch = rows.batch()
            if batch is not None:
                yield name, batch


class RowReader(_RowReader):
    """Makes the rows of one table."""

    def batch(self) -> RecordBatch:
        """A batch of the rows that were read since the last one."""
        ((_, batch),) = self._batches()
        return batch


class RowsReader(_RowReader):
    """Makes the rows of all tables that have a schema, in one pass."""

    def __init__(self, schemas: Mapping[str, Schema], *, is_strict: bool) -> None:
        super().__init__(schemas, schemas, is_strict=is_strict)

    def batch(self) -> list[tuple[str, RecordBatch]]:
        """A batch of the rows that were read since the last one, for each table that has some."""
        return [*self._batches()]


def _rows_after(body: Body, counts: Counts, tables: Collection[str] | None, *, is_strict: bool) -> list[_RowAfter]:
    """As `_find_rows`. Raises CdsContextError for an event of a row that is in none of `tables`, too."""
    rows = _find_rows(body, counts, is_strict=is_strict)
    for row in rows:
        if tables is not None and row.table not in tables:
            raise CdsContextError("there is no schema for the table of its row")
    return rows


def _find_rows(body: Body, counts: Counts, *, is_strict: bool) -> list[_RowAfter]:
    """The rows that an event is about, after it, of which it tells something; none for a truncated event.

    Raises DecodeError and ParameterError.
    """
    lean = None if is_strict else read_lean(body.data)
    if lean is not None and not body.size_exceeded:
        event, moment, message, table, record, *_, version = lean.head
        columns, labels = row_after(lean)
        row = _RowAfter(table, (event, moment, message, record, False, version), columns, labels, is_lean=True)
        return [row] if columns else []
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
    return [_row_of(context, row, is_deleted=is_deleted) for row in rows if is_deleted or row.attributes]


def _row_of(context: RemoteExecutionContext, row: Snapshot, *, is_deleted: bool) -> _RowAfter:
    head = (
        context.idempotency_key,
        moment_of(context),
        spell(context.message_name),
        None if row.id == NIL else str(row.id),
        is_deleted,
        long_integer(context.row_version),
    )
    columns, labels = items_of(row.attributes), items_of(row.formatted_values)
    return _RowAfter(spell(row.logical_name) or "none", head, columns, labels, is_lean=False)
