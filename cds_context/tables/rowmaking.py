"""Events to rows of tables: the columns that their values need, and the rows, of one table or of all in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ..conversion.change_rows import merge_images
from ..event.context import RemoteExecutionContext
from ..event.snapshots import Snapshot
from ..event.targets import is_deletion
from ..model.records import items_of
from ..model.rows import NIL
from .arrow import Columns, RecordBatch, Schema
from .bodies import Bodies, Body
from .cells import cell_of, json_text
from .layouts import Layout, OnConflict, Plan
from .reading import long_integer, moment_of, name_of, read_context, spell
from .table import Counts, read_through

Need: TypeAlias = tuple[str, str, str, bool]
"""What a value needs: its table, its column, the kind of column, and whether its text is in a column beside.

Without a kind: only the table.
"""


class NeedFinder:
    """Finds what the rows need, and makes none."""

    def __init__(self, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self.needs: dict[Need, None] = {}
        """Each need once, in the order in which they were met."""
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        """Read one body."""
        for _, row in _rows_after(body, counts, is_strict=self._is_strict):
            table = _table_of(row)
            self.needs[table, "", "", False] = None
            for column, value in items_of(row.attributes).items():
                cell = cell_of(value)
                if cell is None:
                    continue
                name = name_of(column)
                if cell.lost:
                    self.lost.append((name, cell.lost))
                self.needs[table, name, cell.kind, cell.text is not None] = None

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

    def add(
        self, context: RemoteExecutionContext, row: Snapshot, body: Body, counts: Counts, lost: list[tuple[str, str]]
    ) -> None:
        """Add the row of an event. Values that no row can hold are added to `lost`."""
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
                lost.append((name, cell.lost))
            else:
                unplaced[column] = value
        counts.rows += 1
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
        self._rows.append(cells)

    def batch(self) -> RecordBatch | None:
        """A batch of the rows, which are none then; None without rows."""
        if not self._rows:
            return None
        batch = self._columns.batch([row.get(index) for row in self._rows] for index in range(self.width))
        self._rows = []
        return batch


class _RowReader:
    def __init__(self, schemas: Mapping[str, Schema], *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._tables = {name: _Rows(schema) for name, schema in schemas.items()}
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        for context, row in _rows_after(body, counts, is_strict=self._is_strict):
            rows = self._tables.get(_table_of(row))
            if rows is not None:
                rows.add(context, row, body, counts, self.lost)
                self.cells += rows.width

    def _batches(self) -> Iterator[tuple[str, RecordBatch]]:
        self.cells = 0
        for name, rows in self._tables.items():
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

    def batch(self) -> list[tuple[str, RecordBatch]]:
        """A batch of the rows that were read since the last one, for each table that has some."""
        return [*self._batches()]


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
