"""The table of changes: the rows of `change_rows` for each event, in Arrow's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import UNSET

from ..conversion.change_rows import changes_by_record, columns_of, kind_of, names_of, statuses_of, text_of
from ..event.changes import Change, ChangeStatus
from ..event.context import RemoteExecutionContext
from ..model.rows import NIL, EntityReference, Money, OptionSetValue
from .arrow import BOOL, INT64, MOMENT, TEXT, WORD, Columns, RecordBatch, make_schema
from .bodies import Bodies, Body
from .reading import long_integer, moment_of, read_context, spell
from .table import BodyError, Counts, Table

_COLUMNS = Columns(
    make_schema(
        {
            "event_id": TEXT,
            "moment": MOMENT,
            "message": WORD,
            "table": WORD,
            "record_id": TEXT,
            "column": WORD,
            "status": WORD,
            "submitted": BOOL,
            "kind": WORD,
            "old": TEXT,
            "new": TEXT,
            "old_label": TEXT,
            "new_label": TEXT,
            "old_known": BOOL,
            "new_known": BOOL,
            "row_version": INT64,
        }
    )
)
_WIDTH = len(_COLUMNS.schema)


class _Wanted(NamedTuple):
    """The rows that are kept: those of these names, of which None is all."""

    messages: set[str] | None
    tables: set[str] | None
    columns: set[str] | None
    statuses: set[str] | None
    only_submitted: bool


def changes_table(
    bodies: Bodies,
    *,
    messages: str | Iterable[str] | None = None,
    tables: str | Iterable[str] | None = None,
    columns: str | Iterable[str] | None = None,
    statuses: str | Iterable[str] | None = None,
    only_submitted: bool = True,
    strict: bool = False,
    on_error: Callable[[BodyError], object] | None = None,
) -> Table:
    """A table with a row for each column that an event submitted, before and after, with the answer if it changed.

    Its columns are those of `change_rows`, with `moment` as a date (null if the body does not tell it), and the
    event's `row_version`. Values are text, as there. A fraction that no float is equal to is read exactly.

    `messages`, `tables`, `columns` and `statuses` keep the rows of these. Without `only_submitted` there are also the
    columns that the platform changes along, and those that two images show.

    A truncated event gives no rows and is counted. A body that cannot be read, or in which a tool damaged what names
    the row, is in `Table.errors`, and `on_error` gets it. Members that the table does not need are checked to be JSON
    and no more, unless `strict`.

    Raises ArgumentError for a status that no change has and for text that is no logical name of a column, and
    ArgumentTypeError for one body in the place of many.
    """
    wanted = _Wanted(
        names_of(messages, "messages"),
        names_of(tables, "tables"),
        columns_of(columns),
        statuses_of(statuses, "statuses"),
        only_submitted,
    )
    return Table(bodies, _COLUMNS.schema, lambda: _Reader(wanted, is_strict=strict), on_error)


class _Reader:
    def __init__(self, wanted: _Wanted, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._rows: list[tuple[Any, ...]] = []
        self._wanted = wanted
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        context = read_context(body.data, is_strict=self._is_strict)
        if body.size_exceeded or context.is_truncated:
            counts.truncated += 1
            return
        rows = _rows_of(context, self._wanted)
        counts.rows += len(rows)
        self._rows += rows
        self.cells += len(rows) * _WIDTH

    def batch(self) -> RecordBatch:
        batch = _COLUMNS.batch_of_rows(self._rows)
        self._rows.clear()
        self.cells = 0
        return batch


def _rows_of(context: RemoteExecutionContext, wanted: _Wanted) -> list[tuple[Any, ...]]:
    """The rows of a context. Raises ParameterError."""
    records = [*changes_by_record(context)]  # which finds what a tool damaged, in events that are not wanted too
    if wanted.messages is not None and context.message_name not in wanted.messages:
        return []
    rows: list[tuple[Any, ...]] = []
    for record, changes in records:
        table = record.logical_name if record else context.primary_entity_name
        if wanted.tables is not None and table not in wanted.tables:
            continue
        kept = [change for change in changes.columns.values() if _is_wanted(change, wanted)]
        if kept:
            event = (context.idempotency_key, moment_of(context), spell(context.message_name))
            about = (*event, spell(table), str(record.id) if record and record.id != NIL else None)
            version = long_integer(context.row_version)
            rows += [(*about, *_cells(change), version) for change in kept]
    return rows


def _is_wanted(change: Change, wanted: _Wanted) -> bool:
    return (
        (change.submitted or not wanted.only_submitted)
        and (wanted.statuses is None or change.status in wanted.statuses)
        and (wanted.columns is None or change.column in wanted.columns)
    )


def _cells(change: Change) -> tuple[Any, ...]:
    old, new = change.old, change.new
    return (
        spell(change.column),
        _STATUSES[change.status],
        change.submitted,
        _kind(new) or _kind(old),
        _text(old),
        _text(new),
        None if old is None or old is UNSET else spell(change.old_label),
        None if new is None or new is UNSET else spell(change.new_label),
        old is not UNSET,
        new is not UNSET,
    )


_STATUSES = {status: str(status) for status in ChangeStatus}


def _kind(value: Any) -> str | None:
    return _KINDS.get(value.__class__) or kind_of(value)


_KINDS = {kind: kind.__name__ for kind in (str, int, bool, EntityReference, OptionSetValue, Money, datetime)}
"""The classes of most values, whose kind is their name."""


def _text(value: Any) -> str | None:
    kind = value.__class__
    if kind is str:
        return spell(value)
    if kind is OptionSetValue and not value.unknown_members:
        return str(value.value) if -(2**63) <= value.value < 2**63 else text_of(value)
    return None if value is None else text_of(value)
