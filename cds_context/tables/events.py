"""The table of events: one row each, with what tells it from others, and the place of its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import DecodeError
from ..event.context import RemoteExecutionContext
from ..model.rows import NIL
from .arrow import BOOL, INT64, MOMENT, TEXT, WORD, Columns, RecordBatch, make_schema
from .bodies import Bodies, Body
from .heads import decode_head, read_head
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
            "stage": INT64,
            "mode": INT64,
            "depth": INT64,
            "organization_id": WORD,
            "organization": WORD,
            "correlation_id": TEXT,
            "operation_id": TEXT,
            "request_id": TEXT,
            "user_id": WORD,
            "initiating_user_id": WORD,
            "step_id": WORD,
            "row_version": INT64,
            "truncated": BOOL,
            "source": WORD,
            "position": INT64,
        }
    )
)
_WIDTH = len(_COLUMNS.schema)


def events_table(
    bodies: Bodies, *, strict: bool = False, on_error: Callable[[BodyError], object] | None = None
) -> Table:
    """A table with a row for each event.

    Its columns: `event_id` (the idempotency key: equal for repeated deliveries), `moment` (in UTC; null if the body
    does not tell it), `message`, `table` and `record_id` (of the row that the event is about; null if it is about none
    or several), `stage`, `mode`, `depth`, `organization_id`, `organization`, `correlation_id`, `operation_id`,
    `request_id`, `user_id`, `initiating_user_id`, `step_id`, `row_version`, `truncated`, and `source` and `position`
    of the body.

    A body that cannot be read, or in which a tool damaged what names the row, gives no row; it is in `Table.errors`,
    and `on_error` gets it. Members that the table does not need are checked to be JSON and no more, unless `strict`.

    Raises ArgumentTypeError for one body in the place of many.
    """
    return Table(bodies, _COLUMNS.schema, lambda: _Reader(is_strict=strict), on_error)


class _Reader:
    def __init__(self, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._rows: list[tuple[Any, ...]] = []
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        row = None if self._is_strict else _read_lean(body.data)
        is_truncated = body.size_exceeded
        if row is None:
            context = read_context(body.data, is_strict=self._is_strict)
            row = _row_of(context)
            is_truncated = is_truncated or context.is_truncated
        counts.truncated += is_truncated
        counts.rows += 1
        self._rows.append((*row, is_truncated, spell(body.source), body.position))
        self.cells += _WIDTH

    def batch(self) -> RecordBatch:
        batch = _COLUMNS.batch_of_rows(self._rows)
        self._rows.clear()
        self.cells = 0
        return batch


_MOST = 2**63


def _row_of(context: RemoteExecutionContext) -> tuple[Any, ...]:
    """The row of a context. Raises ParameterError and DecodeError."""
    if not context.is_truncated:
        context.require_complete()
    numbers = (int(context.stage), int(context.mode), context.depth)
    if not -_MOST <= min(numbers) <= max(numbers) < _MOST:
        raise DecodeError("a stage, a mode or a depth beyond 64 bits")
    record = context.record
    return (
        context.idempotency_key,
        moment_of(context),
        spell(context.message_name),
        spell(record.logical_name if record else context.primary_entity_name),
        str(record.id) if record and record.id != NIL else None,
        *numbers,
        str(context.organization_id),
        spell(context.organization_name),
        str(context.correlation_id),
        str(context.operation_id),
        None if context.request_id is None else str(context.request_id),
        str(context.user_id),
        str(context.initiating_user_id),
        str(context.owning_extension.id) if context.owning_extension else None,
        long_integer(context.row_version),
    )


def _read_lean(data: bytes | str) -> tuple[Any, ...] | None:
    """The row of an event of one row; None for every other body."""
    head = read_head(data, decode_head)
    return None if head is None else head.row
