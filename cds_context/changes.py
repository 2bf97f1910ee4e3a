"""What an event does to each column that was submitted: two views of a row in, the difference out.

Knows no messages: which columns were submitted, and what the row was before, is told to it.

How it works: each value is brought into a form in which equal means equal to the platform (a lookup is its table and
id, a choice its number, several choices their numbers in order), once, and the forms are compared. So the work grows
with the size of the values and not faster; numbers are sorted and never hashed, as numbers can be chosen that have all
the same hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from itertools import groupby
from types import MappingProxyType
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from .values import NIL, Entity, EntityCollection, EntityReference, Money, OptionSetValue, UnknownValue, Value


class ChangeStatus(str, Enum):
    """Whether a submitted column got another value."""

    CHANGED = "changed"
    """It has another value than in the pre-image, or in a new row a value at all."""
    UNCHANGED = "unchanged"
    """It was submitted with the value that the pre-image has, or as null in a new row."""
    UNKNOWN = "unknown"
    """No pre-image holds it, or the context does not tell the new value."""

    __str__ = str.__str__  # or formatting would depend on the Python version


class Change(Struct, frozen=True):
    """One submitted column, before and after."""

    column: str
    """The column's logical name."""
    old: Value | UnsetType
    """The value before. None: null, in a new row. UNSET: not told, as no pre-image holds the column.

    An image leaves out a column that is null in the row, so UNSET is null or not registered: only who registered the
    image can tell.
    """
    new: Value | UnsetType
    """The value after. None: null. UNSET: not told, as the caller left it to the platform."""
    status: ChangeStatus
    """Whether the two differ."""


class Changes(Mapping[str, Change]):
    """What an event changed, or may have changed: an ordered, read-only mapping from column to `Change`.

    Iteration, ``in``, length and truth leave out the columns that were submitted with the value they had. A column
    about which the context does not tell counts as changed there, so that nobody misses a change:
    ``if "emailaddress1" in changes`` is safe, and ``changes.changed`` is certain.
    Each submitted column is in exactly one of `changed`, `unchanged` and `unknown`.
    """

    __slots__ = ("_possible", "changed", "cleared", "submitted", "unchanged", "unknown")

    submitted: Mapping[str, Change]
    """All columns that were submitted."""
    changed: Mapping[str, Change]
    """Those that certainly have another value."""
    unchanged: Mapping[str, Change]
    """Those that certainly have the same value."""
    unknown: Mapping[str, Change]
    """Those about which the context does not tell."""
    cleared: Mapping[str, Change]
    """Those that were set to null and are not known to have been null: some of `changed` and `unknown`."""

    def __init__(self, submitted: Mapping[str, Change], /) -> None:
        groups: dict[ChangeStatus, dict[str, Change]] = {status: {} for status in ChangeStatus}
        possible: dict[str, Change] = {}
        for column, change in submitted.items():
            groups[change.status][column] = change
            if change.status is not ChangeStatus.UNCHANGED:
                possible[column] = change
        self._possible = possible
        self.submitted = MappingProxyType(dict(submitted))
        self.changed = MappingProxyType(groups[ChangeStatus.CHANGED])
        self.unchanged = MappingProxyType(groups[ChangeStatus.UNCHANGED])
        self.unknown = MappingProxyType(groups[ChangeStatus.UNKNOWN])
        self.cleared = MappingProxyType({column: change for column, change in possible.items() if change.new is None})

    def __getitem__(self, column: str) -> Change:
        return self._possible[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._possible)

    def __len__(self) -> int:
        return len(self._possible)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Changes):
            return self.submitted == other.submitted
        return self._possible == other

    __hash__ = None  # type: ignore[assignment] # a mapping has no hash

    def __repr__(self) -> str:
        return f"Changes({dict(self.submitted)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Changes, (dict(self.submitted),)


def compare(columns: Mapping[str, Value | UnsetType], before: Entity | None, *, is_new: bool) -> Changes:
    """What writing `columns` does to a row of which `before` holds a part; a new row is null in every column."""
    known: Mapping[str, Value] = before.attributes if before else {}
    other = None if is_new else UNSET
    return Changes({column: _change(column, known.get(column, other), new) for column, new in columns.items()})


def _change(column: str, old: Value | UnsetType, new: Value | UnsetType) -> Change:
    same = None if isinstance(old, UnsetType) or isinstance(new, UnsetType) else same_value(old, new)
    return Change(column, old, new, _STATUS[same])


_STATUS = {True: ChangeStatus.UNCHANGED, False: ChangeStatus.CHANGED, None: ChangeStatus.UNKNOWN}


def same_value(one: Value, other: Value) -> bool | None:
    """Whether two values of a column are the same to the platform; None where that cannot be told.

    Lookups are the same by table and id, whatever name they carry; numbers, money and choices by value, 1.50 as 1.5;
    multi-select choices as sets; the parties of an activity by who they are, in any order; text exactly.
    """
    same = bool(_form(one) == _form(other))
    if not same and isinstance(one, EntityReference) and isinstance(other, EntityReference):
        # Named by an alternate key: which row of its table that is, the platform knows.
        return None if one.logical_name == other.logical_name and NIL in (one.id, other.id) else False
    return same


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
        return ("choices", [number for number, _ in groupby(sorted(choices))])
    rows = [item for item in items if isinstance(item, Entity) and item.logical_name == "activityparty"]
    parties = [row.get("partyid") or row.get("addressused") for row in rows]
    # Who is told in another way is not sorted: rows of rows of parties would double in size with each level.
    if len(parties) == len(items) and all(
        party is None or isinstance(party, EntityReference | str) for party in parties
    ):
        return sorted(repr(_form(party)) for party in parties)
    forms: list[Any] = []
    for item in items:
        forms.append(_form(item))  # noqa: PERF401 - on old Pythons one more frame of the stack a level
    return forms
