"""The table of changes: the rows of `change_rows` for each event, in Arrow's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from itertools import compress, count
from operator import attrgetter, eq
from typing import Any, NamedTuple

from msgspec import UNSET, Struct, UnsetType

from ..conversion.change_rows import changes_by_record, columns_of, kind_of, names_of, statuses_of, text_of
from ..event.changes import Change, ChangeStatus
from ..event.context import RemoteExecutionContext
from ..model.rows import NIL, EntityReference, Money, OptionSetValue
from .arrow import BOOL, INT64, MOMENT, TEXT, WORD, Columns, RecordBatch, make_schema, repeating, words
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
    """Keeps what is the same for all rows of a record once, and of the rows the names and the values.

    Most values are text before and after: these are compared and copied in C, for all rows of a batch at once. What
    else the other rows have is in `_odd`.
    """

    def __init__(self, wanted: _Wanted, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._wanted = wanted
        self._is_strict = is_strict
        self._begin()

    def _begin(self) -> None:
        self._records: list[tuple[Any, ...]] = []
        self._sizes: list[int] = []
        self._names: list[str | None] = []
        self._olds: list[Any] = []
        self._news: list[Any] = []
        self._odd: list[_Odd] = []
        self._unknown: list[tuple[int, int]] = []
        """Where rows begin and end of which nothing tells the value before."""

    def read(self, body: Body, counts: Counts) -> None:
        # What changes along depends on more than is read without records.
        may_be_lean = self._wanted.only_submitted and not self._is_strict
        lean = read_lean(body.data) if may_be_lean else None
        if lean is not None:
            if body.size_exceeded:
                counts.truncated += 1
            elif _is_of(lean, self._wanted):
                self._add(_record_of(lean), self._add_lean(lean), counts)
            return
        context = read_context(body.data, is_strict=self._is_strict)
        if body.size_exceeded or context.is_truncated:
            counts.truncated += 1
            return
        for record, changes in _changes_of(context, self._wanted):
            self._add(record, self._add_changes(changes), counts)

    def _add(self, record: tuple[Any, ...], size: int, counts: Counts) -> None:
        """Count the rows of a record, which have been added."""
        if size:
            self._records.append(record)
            self._sizes.append(size)
            counts.rows += size
            self.cells += size * _WIDTH

    def _add_changes(self, changes: list[Change]) -> int:
        # Columns are added when all of them are there: an event that fails halfway leaves the batch as it was.
        names = [spell(change.column) for change in changes]
        olds = [_text(change.old) for change in changes]
        news = [_text(change.new) for change in changes]
        odd = [*map(_odd_of, count(len(self._names)), changes)]
        self._names += names
        self._olds += olds
        self._news += news
        self._odd += odd
        return len(changes)

    def _add_lean(self, lean: LeanEvent) -> int:
        names, olds, news = _lean_values(lean, self._wanted)
        of_old = [view for view in (lean.before, lean.after, lean.submitted) if view is not None]
        of_new = [view for view in (lean.after, lean.submitted, lean.before) if view is not None]
        labelled = {name for view in of_old for name in view.labels}
        at = len(self._names)
        # Without an image, all values before are null, or all are unknown. Null may be the same as empty text.
        odd = {index for index, new in enumerate(news) if new.__class__ is not str or not new}
        if lean.before is not None:
            odd |= {index for index, old in enumerate(olds) if old.__class__ is not str}
        if labelled:
            odd.update(index for index, name in enumerate(names) if name in labelled)
        for index in odd:
            name, old, new = names[index], olds[index], news[index]
            is_labelled = name in labelled
            old_label = label_of(name, old, of_old) if is_labelled or old.__class__ is Lookup else None
            new_label = label_of(name, new, of_new) if is_labelled or new.__class__ is Lookup else None
            status, kind = _lean_status(old, new), _kind(new) or _kind(old)
            self._odd.append(_Odd(at + index, status, kind, old_label, new_label, old is not UNSET))
            olds[index], news[index] = _lean_text(old), _lean_text(new)
        if lean.before is None and not lean.is_new:
            olds = [None] * len(names)
            self._unknown.append((at, at + len(names)))
        self._names += names
        self._olds += olds
        self._news += news
        return len(names)

    def batch(self) -> RecordBatch:
        size = len(self._names)
        kinds: dict[str | None, int] = {"str": 0}
        columns: dict[str, list[Any]] = {
            "status": [*map(eq, self._olds, self._news)],
            "submitted": [True] * size,
            "kind": [0] * size,
            "old_label": [None] * size,
            "new_label": [None] * size,
            "old_known": [True] * size,
            "new_known": [True] * size,
        }
        status, submitted, kind, old_label, new_label, old_known, new_known = columns.values()
        for start, end in self._unknown:
            status[start:end] = [_UNKNOWN] * (end - start)
            old_known[start:end] = [False] * (end - start)
        for odd in self._odd:
            at = odd.at
            status[at] = odd.status
            submitted[at] = odd.submitted
            kind[at] = kinds.setdefault(odd.kind, len(kinds))
            old_label[at] = odd.old_label
            new_label[at] = odd.new_label
            old_known[at] = odd.old_known
            new_known[at] = odd.new_known
        make = repeating(self._sizes)
        of_record = zip(_OF_RECORD, zip(*self._records, strict=True), strict=True)
        made: dict[str, Any] = {
            **columns,
            **{name: make(_TYPES[name], values) for name, values in of_record},
            "column": self._names,
            "old": self._olds,
            "new": self._news,
            "status": words(_STATUSES, columns["status"]),
            "kind": words([*kinds], columns["kind"]),
        }
        batch = _COLUMNS.batch(made[name] for name in _TYPES)
        self._begin()
        self.cells = 0
        return batch


class _Odd(Struct, gc=False):
    """What a row has beside two texts, the submitted one and the one before."""

    at: int
    """The index of the row."""
    status: int
    kind: str | None
    old_label: str | None
    new_label: str | None
    old_known: bool
    new_known: bool = True
    submitted: bool = True


_STATUSES = [str(status) for status in (ChangeStatus.CHANGED, ChangeStatus.UNCHANGED, ChangeStatus.UNKNOWN)]
"""Each status at the place that stands for it; the first two stand where False and True do."""
_PLACES = {status: place for place, status in enumerate(_STATUSES)}
_UNKNOWN = _PLACES[ChangeStatus.UNKNOWN]
_JUDGED = {False: 0, True: 1, None: _UNKNOWN}
"""The place of a status, by the answer whether a value before and after is the same."""


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


def _odd_of(at: int, change: Change) -> _Odd:
    old, new = change.old, change.new
    return _Odd(
        at,
        _PLACES[change.status],
        _kind(new) or _kind(old),
        None if old is None or old is UNSET else spell(change.old_label),
        None if new is None or new is UNSET else spell(change.new_label),
        old is not UNSET,
        new is not UNSET,
        change.submitted,
    )


def _kind(value: Any) -> str | None:
    kind = value.__class__
    return _KINDS[kind] if kind in _KINDS else kind_of(value)


_KINDS: dict[type[Any], str | None] = {
    **dict.fromkeys((type(None), UnsetType)),
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


def _lean_values(lean: LeanEvent, wanted: _Wanted) -> tuple[list[str], list[Any], list[Any]]:
    """The names of the columns whose rows are kept, and their values before and after."""
    submitted, before, after = lean.submitted.columns, lean.before, lean.after
    names, news = [*submitted], [*submitted.values()]
    if wanted.columns is not None:
        kept = [name in wanted.columns for name in names]
        names, news = [*compress(names, kept)], [*compress(news, kept)]
    if after is not None:
        news = [*map(after.columns.get, names, news)]
    olds: list[Any] = [None if lean.is_new else UNSET] * len(names)
    if before is not None:
        olds = [*map(before.columns.get, names, olds)]
    if wanted.statuses is not None:
        kept = [_STATUSES[_lean_status(old, new)] in wanted.statuses for old, new in zip(olds, news, strict=True)]
        return [*compress(names, kept)], [*compress(olds, kept)], [*compress(news, kept)]
    return names, olds, news


def _lean_status(old: Any, new: Any) -> int:
    if old.__class__ is str is new.__class__:
        return int(old == new)
    return _UNKNOWN if old is UNSET else _JUDGED[is_same(old, new)]


def _lean_text(value: Any) -> str | None:
    return _LEAN_TEXTS.get(value.__class__, text_of)(value)


_LEAN_TEXTS: dict[type[Any], Callable[[Any], str | None]] = {
    str: str,
    type(None): _nothing,
    UnsetType: _nothing,
    bool: {False: "false", True: "true"}.__getitem__,
    datetime: lambda value: f"{value.isoformat()[:-6]}Z" if value.tzinfo is timezone.utc else text_of(value),
    Lookup: attrgetter("id"),
    OptionSetValue: _choice,
    Money: lambda value: format(value.value, "f"),
}
