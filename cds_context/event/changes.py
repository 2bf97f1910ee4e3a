"""What an event does to the columns of a row: views of the row in, the difference out.

Knows no messages: which columns were submitted, which change along, and what the row was and is, is told to it.

How it works: each value is brought into a form in which equal means equal to the platform (a lookup is its table and
id, a choice its number, a multi-select choice a set), once, and the forms are compared. So the work grows with the
number of columns and not faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from msgspec import UNSET, UnsetType

from ..model.records import Readable
from ..model.rows import NIL, Entity, EntityCollection, EntityReference, Money, OptionSetValue
from ..model.values import UnknownValue, Value
from .parties import parties_of, same_parties


class ChangeStatus(str, Enum):
    """Whether a column got another value."""

    CHANGED = "changed"
    """It has another value than in the pre-image, or in a new row a value at all."""
    UNCHANGED = "unchanged"
    """It has the value that the pre-image has, or was submitted as null in a new row."""
    UNKNOWN = "unknown"
    """No pre-image holds it, or the context does not tell the new value."""

    __str__ = str.__str__  # or formatting would depend on the Python version


class Change(Readable, frozen=True):
    """One column, before and after."""

    column: str
    """The column's logical name."""
    old: Value | UnsetType
    """The value before. None: null, in a new row. UNSET: not told, as no pre-image holds the column.

    An image leaves out a column that is null in the row, so UNSET is null or not registered: only who registered the
    image can tell.
    """
    new: Value | UnsetType
    """The value after: the post-image's, or else what was submitted, as it stands on the wire. None: null. UNSET: not
    told, as the platform chose it.
    """
    status: ChangeStatus
    """Whether the two differ."""
    submitted: bool = True
    """Whether the message writes the column. False: it changes along with those that were submitted, or two images show
    that it changed or did not.
    """


class Changes(Mapping[str, Change]):
    """What an event changed, or may have changed: an ordered, read-only mapping from column to `Change`.

    Iteration, ``in``, length and truth leave out what certainly has the value that it had. A column about which the
    context does not tell counts as changed there: ``if "emailaddress1" in changes`` is safe, and ``changes.changed`` is
    certain. That holds for the columns that were submitted and for those that the platform sets along with them, which
    the page "Answers" lists. What else the platform or a plug-in computes, no body names: such a column is here only if
    a pre-image and a post-image both hold it.

    Each column is in exactly one of `changed`, `unchanged` and `unknown`.
    """

    __slots__ = ("_groups", "columns")

    columns: Mapping[str, Change]
    """All columns that the context tells something about, submitted or not."""

    def __init__(self, columns: Mapping[str, Change], /) -> None:
        self.columns = MappingProxyType({**columns})
        self._groups: dict[str, Mapping[str, Change]] = {}

    @property
    def submitted(self) -> Mapping[str, Change]:
        """Those that were submitted."""
        return self._group("submitted", lambda change: change.submitted)

    @property
    def changed(self) -> Mapping[str, Change]:
        """Those that certainly have another value."""
        return self._group("changed", lambda change: change.status is ChangeStatus.CHANGED)

    @property
    def unchanged(self) -> Mapping[str, Change]:
        """Those that certainly have the same value."""
        return self._group("unchanged", lambda change: change.status is ChangeStatus.UNCHANGED)

    @property
    def unknown(self) -> Mapping[str, Change]:
        """Those about which the context does not tell."""
        return self._group("unknown", lambda change: change.status is ChangeStatus.UNKNOWN)

    @property
    def cleared(self) -> Mapping[str, Change]:
        """Those that were emptied and are not known to have been empty: some of `changed` and `unknown`.

        Set to null, or a text to ``""``, which is how some clients clear it: `new` is then None or ``""``, as it was
        sent. The row holds null in both cases, and an image taken afterwards lacks the column.
        """
        return self._group("cleared", lambda change: change.new in (None, "") and _may_differ(change))

    def _group(self, name: str, belongs: Callable[[Change], bool]) -> Mapping[str, Change]:
        group = self._groups.get(name)
        if group is None:
            found = {column: change for column, change in self.columns.items() if belongs(change)}
            group = self._groups[name] = MappingProxyType(found)
        return group

    @property
    def _possible(self) -> Mapping[str, Change]:
        return self._group("possible", _may_differ)

    def __getitem__(self, column: str) -> Change:
        change = self.columns[column]
        if _may_differ(change):
            return change
        raise KeyError(column)

    def __iter__(self) -> Iterator[str]:
        return iter(self._possible)

    def __len__(self) -> int:
        return len(self._possible)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Changes):
            return self.columns == other.columns
        return self._possible == other

    __hash__ = None  # type: ignore[assignment] # a mapping has no hash

    def __repr__(self) -> str:
        return f"Changes({dict(self.columns)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Changes, (dict(self.columns),)


def compare(
    columns: Mapping[str, Value | UnsetType],
    before: Entity | None,
    after: Entity | None = None,
    *,
    along: Iterable[str] = (),
    is_new: bool = False,
) -> Changes:
    """What writing `columns` does to a row; the columns `along` change with them, and nobody tells into what.

    `before` and `after` hold a part of the row. A new row was null in every column. Where the row before and the row
    after are both known in a column, they decide, whatever was submitted.
    """
    old: Mapping[str, Value] = before.attributes if before else {}
    new: Mapping[str, Value] = after.attributes if after else {}
    other = None if is_new else UNSET
    changes: dict[str, Change] = {}
    for column, value in columns.items():
        changes[column] = _change(column, old.get(column, other), new.get(column, value) if new else value)
    decided = [column for column in new if is_new or column in old]
    for column in (*along, *decided):
        if column not in changes:
            changes[column] = _change(column, old.get(column, other), new.get(column, UNSET), submitted=False)
    return Changes(changes)


def compare_rows(before: Entity, after: Entity) -> Changes:
    """What became of each column that either of two views of a row holds, whatever was submitted."""
    old, new = before.attributes, after.attributes
    columns = dict.fromkeys((*old, *new))
    return Changes(
        {column: _change(column, old.get(column, UNSET), new.get(column, UNSET), submitted=False) for column in columns}
    )


def _change(column: str, old: Value | UnsetType, new: Value | UnsetType, *, submitted: bool = True) -> Change:
    if old is UNSET or new is UNSET:
        return Change(column, old, new, ChangeStatus.UNKNOWN, submitted)
    return Change(column, old, new, _STATUS[same_value(old, new)], submitted)


def _may_differ(change: Change) -> bool:
    return change.status is not ChangeStatus.UNCHANGED


_STATUS = {True: ChangeStatus.UNCHANGED, False: ChangeStatus.CHANGED, None: ChangeStatus.UNKNOWN}


def same_value(one: Value, other: Value) -> bool | None:
    """Whether two values of a column are the same to the platform; None where that cannot be told.

    Lookups are the same by table and id, whatever name they carry; numbers, money and choices by value, 1.50 as 1.5;
    multi-select choices as sets; activity parties by who they are, in any order (see `parties`); text exactly.
    """
    if one.__class__ is other.__class__ and one.__class__ in _PLAIN:
        return bool(one == other)
    if one is None or other is None:
        # The platform keeps null for text without characters, and no body shows it.
        return None if "" in (one, other) else False
    parties, others = parties_of(one), parties_of(other)
    if parties is not None and others is not None:
        return same_parties(parties, others)
    same = bool(_form(one) == _form(other))
    if not same and isinstance(one, EntityReference) and isinstance(other, EntityReference):
        # Named by an alternate key: which row of its table that is, the platform knows.
        return None if one.logical_name == other.logical_name and NIL in (one.id, other.id) else False
    return same


_PLAIN = frozenset({str, int, bool, type(None), datetime})
"""The classes of which two values are the same if they are equal: most columns are of one of these."""

_NAN = object()


def _form(value: Value) -> Any:
    """The form of a value in which equal means the same to the platform."""
    if isinstance(value, bool):
        return (value,)  # so that it equals no number
    if isinstance(value, float):
        value = Decimal(repr(value))  # so that it equals a Decimal that was read from the same text
    if isinstance(value, Decimal):
        return _NAN if value.is_nan() else value
    if isinstance(value, OptionSetValue | Money):
        return _form(value.value)
    if isinstance(value, EntityReference):
        return (value.logical_name, value.id, value.key_attributes if value.id == NIL else None)
    if isinstance(value, Entity):
        return (value.logical_name, value.id, _form_of_mapping(value.attributes))
    if isinstance(value, UnknownValue):
        return (value.type_name, _form_of_mapping(value.members))
    if isinstance(value, dict):
        return _form_of_mapping(value)
    if isinstance(value, EntityCollection):
        value = [*value.entities]
    return _form_of_list(value) if isinstance(value, list) else value


def _form_of_mapping(members: Mapping[str, Value]) -> dict[str, Any]:
    return dict(zip(members, map(_form, members.values()), strict=True))


def _form_of_list(items: list[Value]) -> Any:
    choices = [item.value for item in items if isinstance(item, OptionSetValue)]
    if len(choices) == len(items):
        return frozenset(choices)
    forms: list[Any] = []
    for item in items:
        forms.append(_form(item))  # noqa: PERF401 - on old Pythons one more frame of the stack a level
    return forms
