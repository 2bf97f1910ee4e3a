"""The table of changes: the rows of `change_rows` for each event, in Arrow's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import compress
from operator import attrgetter, eq
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ..conversion.change_rows import changes_by_record, columns_of, kind_of, names_of, statuses_of, text_of
from ..event.changes import Change, ChangeStatus
from ..event.context import RemoteExecutionContext
from ..model.rows import NIL, EntityReference, Money, OptionSetValue
from .arrow import BOOL, INT64, MOMENT, TEXT, WORD, Columns, RecordBatch, make_schema, repeating
from .bodies import Bodies, Body
from .lean import LeanEvent, Lookup, is_same, label_of, read_lean
from .reading import long_integer, moment_of, read_context, spell
from .table import BodyError, Counts, Table

_TYPES = {
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
_COLUMNS = Columns(make_schema(_TYPES))
_WIDTH = len(_TYPES)
_OF_RECORD = ("event_id", "moment", "message", "table", "record_id", "row_version")
"""The columns that are the same for all rows of a record."""
_OF_CHANGE = tuple(name for name in _TYPES if name not in _OF_RECORD)


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
    """Keeps what is the same for all rows of a record once, and of the rows a list for each column."""

    def __init__(self, wanted: _Wanted, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._wanted = wanted
        self._is_strict = is_strict
        self._begin()

    def _begin(self) -> None:
        self._records: list[tuple[Any, ...]] = []
        self._sizes: list[int] = []
        self._columns: list[list[Any]] = [[] for _ in _OF_CHANGE]

    def read(self, body: Body, counts: Counts) -> None:
        # What changes along depends on more than is read without records.
        may_be_lean = self._wanted.only_submitted and not self._is_strict
        lean = read_lean(body.data) if may_be_lean else None
        if lean is not None:
            if body.size_exceeded:
                counts.truncated += 1
            elif _is_of(lean, self._wanted):
                self._add(_record_of(lean), _lean_cells(lean, self._wanted), counts)
            return
        context = read_context(body.data, is_strict=self._is_strict)
        if body.size_exceeded or context.is_truncated:
            counts.truncated += 1
            return
        for record, changes in _changes_of(context, self._wanted):
            self._add(record, zip(*map(_cells, changes), strict=True), counts)

    def _add(self, record: tuple[Any, ...], columns: Iterable[Sequence[Any]], counts: Counts) -> None:
        size = 0
        for column, values in zip(self._columns, columns, strict=True):
            column.extend(values)
            size = len(values)
        if size:
            self._records.append(record)
            self._sizes.append(size)
            counts.rows += size
            self.cells += size * _WIDTH

    def batch(self) -> RecordBatch:
        make = repeating(self._sizes)
        of_record = zip(_OF_RECORD, zip(*self._records, strict=True), strict=True)
        made: dict[str, Any] = {name: make(_TYPES[name], values) for name, values in of_record}
        made.update(zip(_OF_CHANGE, self._columns, strict=True))
        batch = _COLUMNS.batch(made[name] for name in _TYPES)
        self._begin()
        self.cells = 0
        return batch


# The public API's way


def _changes_of(context: RemoteExecutionContext, wanted: _Wanted) -> Iterator[tuple[tuple[Any, ...], list[Change]]]:
    """The records of a context, each with the changes that are kept. Raises ParameterError."""
    records = [*changes_by_record(context)]  # which finds what a tool damaged, in events that are not wanted too
    if wanted.messages is not None and context.message_name not in wanted.messages:
        return
    for record, changes in records:
        table = record.logical_name if record else context.primary_entity_name
        if wanted.tables is not None and table not in wanted.tables:
            continue
        kept = [change for change in changes.columns.values() if _is_wanted(change, wanted)]
        if kept:
            event = (context.idempotency_key, moment_of(context), spell(context.message_name))
            about = (*event, spell(table), str(record.id) if record and record.id != NIL else None)
            yield (*about, long_integer(context.row_version)), kept


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


_KINDS: dict[type[Any], str] = {
    **{kind: kind.__name__ for kind in (str, int, bool, EntityReference, OptionSetValue, Money, datetime)},
    Lookup: EntityReference.__name__,
}
"""The kinds of most values, by class."""


def _text(value: Any) -> str | None:
    return _TEXTS.get(value.__class__, text_of)(value)


def _choice(value: OptionSetValue) -> str | None:
    is_plain = not value.unknown_members and -(2**63) <= value.value < 2**63
    return str(value.value) if is_plain else text_of(value)


def _nothing(_: object) -> None:
    return None


_TEXTS: dict[type[Any], Callable[[Any], str | None]] = {
    str: spell,
    type(None): _nothing,
    UnsetType: _nothing,
    OptionSetValue: _choice,
}


# The lean way


def _is_of(lean: LeanEvent, wanted: _Wanted) -> bool:
    """Whether rows of the event are kept, by its message and its table."""
    _, _, message, table, *_ = lean.head
    is_message = wanted.messages is None or message in wanted.messages
    return is_message and (wanted.tables is None or table in wanted.tables)


def _record_of(lean: LeanEvent) -> tuple[Any, ...]:
    return (*lean.head[:5], lean.head[-1])


def _lean_cells(lean: LeanEvent, wanted: _Wanted) -> tuple[Sequence[Any], ...]:
    """The columns of the rows: lists as long as there are rows.

    Most values are text before and after, which is compared and copied in C. The others are looked at one by one. What
    is read lean holds no half of a surrogate pair.
    """
    submitted, before, after = lean.submitted.columns, lean.before, lean.after
    names = [*submitted] if wanted.columns is None else [name for name in submitted if name in wanted.columns]
    news = [*map((submitted if after is None else {**submitted, **after.columns}).__getitem__, names)]
    olds: list[Any] = [None if lean.is_new else UNSET] * len(names)
    if before is not None:
        olds = [*map(before.columns.get, names, olds)]
    statuses = [*map(_JUDGED.__getitem__, map(eq, olds, news))]
    odd = [at for at, new in enumerate(news) if new.__class__ is not str or olds[at].__class__ is not str]
    for at in odd:
        statuses[at] = _UNKNOWN if olds[at] is UNSET else _JUDGED[is_same(olds[at], news[at])]
    if wanted.statuses is not None:
        kept = [status in wanted.statuses for status in statuses]
        names, olds, news, statuses = ([*compress(each, kept)] for each in (names, olds, news, statuses))
        odd = [at for at, new in enumerate(news) if new.__class__ is not str or olds[at].__class__ is not str]
    size = len(names)
    kinds: list[str | None] = ["str"] * size
    old_texts, new_texts, old_known = [*olds], [*news], [True] * size
    for at in odd:
        old, new = olds[at], news[at]
        kinds[at] = _kind(new) or _kind(old)
        old_texts[at], new_texts[at] = _lean_text(old), _lean_text(new)
        old_known[at] = old is not UNSET
    old_labels, new_labels = _labels(lean, names, olds, news, odd)
    return (
        names,
        statuses,
        [True] * size,
        kinds,
        old_texts,
        new_texts,
        old_labels,
        new_labels,
        old_known,
        [True] * size,
    )


def _labels(
    lean: LeanEvent, names: list[str], olds: list[Any], news: list[Any], odd: list[int]
) -> tuple[list[str | None], list[str | None]]:
    """The labels of the values before and after."""
    old_labels: list[str | None] = [None] * len(names)
    new_labels = [*old_labels]
    of_old = [view for view in (lean.before, lean.after, lean.submitted) if view is not None]
    of_new = [view for view in (lean.after, lean.submitted, lean.before) if view is not None]
    # A name is the label of a lookup, which is odd.
    labelled = {name for view in of_old for name in view.labels}
    for at in {*odd, *(at for at, name in enumerate(names) if name in labelled)} if labelled else odd:
        old_labels[at] = label_of(names[at], olds[at], of_old)
        new_labels[at] = label_of(names[at], news[at], of_new)
    return old_labels, new_labels


def _lean_text(value: Any) -> str | None:
    return _LEAN_TEXTS.get(value.__class__, text_of)(value)


_UNCHANGED, _CHANGED, _UNKNOWN = map(str, (ChangeStatus.UNCHANGED, ChangeStatus.CHANGED, ChangeStatus.UNKNOWN))
_JUDGED = {True: _UNCHANGED, False: _CHANGED, None: _UNKNOWN}

_LEAN_TEXTS: dict[type[Any], Callable[[Any], str | None]] = {
    str: str,
    type(None): _nothing,
    UnsetType: _nothing,
    bool: {False: "false", True: "true"}.__getitem__,
    Lookup: attrgetter("id"),
    OptionSetValue: _choice,
    Money: lambda value: format(value.value, "f"),
}
