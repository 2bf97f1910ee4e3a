"""Changes to the columns of a row: views of the row in, the difference out.

No message is known here: callers pass the submitted columns, the columns that change along, and the row before and
after.

How it works: each value is brought into a form in which equal means equal to the platform (a lookup is its table and
id, a choice its number, several choices their numbers in order), once, and the forms are compared. So the work grows
with the size of the values and not faster; numbers are sorted and never hashed, as numbers can be chosen that have all
the same hash.

How labels work: a change is made with a reference to the views of the row in place of its labels. Whoever asks for one
makes it look, and the label takes the place of the reference. So labels cost nothing to those who do not ask.

This file is long because how values compare, and what a change says of them, are one subject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from msgspec import UNSET, UnsetType

from ..model.late import Late
from ..model.records import Readable, class_of, items_of, some_of
from ..model.rows import NIL, Entity, EntityCollection, EntityReference, Money, OptionSetValue
from ..model.values import UnknownValue, Value

if TYPE_CHECKING:
    from . import parties
else:
    parties = Late(f"{__package__}.parties")  # needed for the parties of activities


class ChangeStatus(str, Enum):
    """Whether the value of a column changed."""

    CHANGED = "changed"
    """The value differs from the pre-image, or, in a new row, is not null."""
    UNCHANGED = "unchanged"
    """The value equals the pre-image, or, in a new row, was submitted as null."""
    UNKNOWN = "unknown"
    """No pre-image holds the column, or the context does not tell the new value."""

    __str__ = str.__str__  # or formatting would depend on the Python version


class Change(Readable, frozen=True):
    """One column, before and after."""

    column: str
    """The column's logical name."""
    old: Value | UnsetType
    """The value before. None: null, because the row is new. UNSET: unknown, because no pre-image holds the column.

    An image leaves out columns that are null in the row. So UNSET means null or not registered; only the registration
    of the image can tell.
    """
    new: Value | UnsetType
    """The value after: the post-image's, else the submitted value, as on the wire. None: null. UNSET: unknown, because
    the platform chose the value.
    """
    status: ChangeStatus
    """Whether the two differ."""
    submitted: bool = True
    """Whether the message writes the column. False: the column changes along with submitted columns, or two images show
    whether it changed.
    """
    old_label: str | None = None
    """The text that a user would see for `old`, or a lookup's name: the pre-image's. Where the pre-image has none, that
    of the post-image or of Target, if the value is the same there. None: not told.
    """
    new_label: str | None = None
    """The same for `new`: the post-image's, else Target's, else the pre-image's, if the value is the same there."""

    # msgspec's own methods would look into the slots, which may hold the views in place of labels.

    @property
    def _members(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__)

    def __eq__(self, other: object) -> bool:
        return self._members == other._members if isinstance(other, Change) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._members)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        members = zip(self.__struct_fields__, self._members, strict=True)
        return [(name, value) for name, value in members if value is not None or not name.endswith("_label")]

    def __repr__(self) -> str:
        return f"Change({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Change, self._members


_View: TypeAlias = tuple[Mapping[str, Any], Mapping[str, str | None]]
"""The columns of a view of the row, and their labels."""


class _Views:
    """The views of a row that hold labels: before, after, and as submitted."""

    __slots__ = ("_after", "_before", "_columns", "_new", "_old", "_row")

    def __init__(
        self,
        before: Entity | None,
        after: Entity | None,
        columns: Mapping[str, Any],
        row: Entity | None,
    ) -> None:
        self._before = before
        self._after = after
        self._columns = columns
        self._row = row
        # Made once for all columns, when somebody first asks for a label.
        self._old: list[_View] | None = None
        self._new: list[_View] | None = None

    def old_label(self, change: Change) -> str | None:
        """The label of the value before."""
        if self._old is None:
            self._old = [*_view(self._before), *_view(self._after), self._sent()]
        return _find(change.column, change.old, self._old)

    def new_label(self, change: Change) -> str | None:
        """The label of the value after."""
        if self._new is None:
            self._new = [*_view(self._after), self._sent(), *_view(self._before)]
        return _find(change.column, change.new, self._new)

    def _sent(self) -> _View:
        return self._columns, items_of(self._row.formatted_values) if self._row else {}


def _view(row: Entity | None) -> list[_View]:
    return [] if row is None else [(items_of(row.attributes), items_of(row.formatted_values))]


def _find(column: str, value: Any, views: list[_View]) -> str | None:
    """The label in the first view that has one beside the same value, so that no label is of another value."""
    if value is None or value is UNSET:
        return None
    for columns, labels in views:
        label = labels.get(column)
        own = columns.get(column, UNSET)
        if label is None and isinstance(own, EntityReference):
            label = own.name
        # Most values have no label, so the values are compared last.
        if label and own is not UNSET and (own is value or same_value(own, value)):
            return label
    return None


def _resolve(name: Literal["old_label", "new_label"]) -> None:
    """Put a property over the slot of a label, which finds the label when somebody first asks."""
    slot: Any = vars(Change)[name]

    def label(change: Change) -> str | None:
        value = slot.__get__(change)
        if class_of(value) is _Views:
            value = getattr(_Views, name)(value, change)
            slot.__set__(change, value)
        return cast("str | None", value)

    setattr(Change, name, property(label))


_resolve("old_label")
_resolve("new_label")


class Changes(Mapping[str, Change]):
    """The columns that an event changed, or may have changed: an ordered, read-only mapping from column to `Change`.

    Iteration, ``in``, length and truth leave out columns that are certainly unchanged; unknown columns count as
    changed. So ``if "emailaddress1" in changes`` misses no change, and ``changes.changed`` holds only certain ones.
    The mapping covers the submitted columns, and the columns that the platform sets along with them (listed on the page
    "Answers"). No body names other columns that the platform or a plug-in computes: such a column is here only if a
    pre-image and a post-image both hold it.

    Each column is in exactly one of `changed`, `unchanged` and `unknown`.
    """

    __slots__ = ("_groups", "columns")

    columns: Mapping[str, Change]
    """All known columns, by logical name, submitted or not."""

    def __init__(self, columns: Mapping[str, Change], /) -> None:
        self.columns = MappingProxyType({**columns})
        self._groups: dict[str, Mapping[str, Change]] = {}

    @classmethod
    def _of(cls, columns: dict[str, Change]) -> Changes:
        """What a call gives, for a dict that nobody else has, which need not be copied."""
        changes: Changes = object.__new__(cls)
        changes.columns = MappingProxyType(columns)
        changes._groups = {}
        return changes

    @property
    def submitted(self) -> Mapping[str, Change]:
        """The columns that were submitted."""
        return self._group("submitted", lambda change: change.submitted)

    @property
    def changed(self) -> Mapping[str, Change]:
        """The columns that certainly have another value."""
        return self._group("changed", lambda change: change.status is ChangeStatus.CHANGED)

    @property
    def unchanged(self) -> Mapping[str, Change]:
        """The columns that certainly have the same value."""
        return self._group("unchanged", lambda change: change.status is ChangeStatus.UNCHANGED)

    @property
    def unknown(self) -> Mapping[str, Change]:
        """The columns for which the context does not tell whether the value changed."""
        return self._group("unknown", lambda change: change.status is ChangeStatus.UNKNOWN)

    @property
    def cleared(self) -> Mapping[str, Change]:
        """The columns that were emptied, unless they were certainly empty before: a part of `changed` and `unknown`.

        A column is emptied by null, or, by some clients, by the text ``""`` or an empty array: `new` is as it was sent.
        The row holds null in each case, and a post-image lacks the column.
        """
        return self._group("cleared", lambda change: _is_empty(change.new) and _may_differ(change))

    def _group(self, name: str, belongs: Callable[[Change], bool]) -> Mapping[str, Change]:
        group = self._groups.get(name)
        if group is None:
            found = {column: change for column, change in self.columns.items() if belongs(change)}
            group = self._groups[name] = MappingProxyType(found)
        return group

    @property
    def _possible(self) -> Mapping[str, Change]:
        group = self._groups.get("possible")
        if group is None:  # Everybody asks for this group, so it is written out for speed.
            found = {column: change for column, change in self.columns.items() if change.status is not _UNCHANGED}
            group = self._groups["possible"] = found
        return group

    def __getitem__(self, column: str) -> Change:
        return self._possible[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._possible)

    def __len__(self) -> int:
        return len(self._possible)

    if not TYPE_CHECKING:  # Mapping has the types  # pragma: no branch
        # Mapping makes these of the three above, a call in Python for each column; the dict has them in C.
        def __contains__(self, column: object) -> bool:
            return column in self._possible

        def get(self, column: str, default: Any = None) -> Any:
            """The change of the column, or `default` if it certainly did not change."""
            return self._possible.get(column, default)

        def keys(self) -> Any:
            """A view of the columns."""
            return self._possible.keys()

        def values(self) -> Any:
            """A view of the changes."""
            return self._possible.values()

        def items(self) -> Any:
            """A view of the pairs of column and change."""
            return self._possible.items()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Changes):
            return self.columns == other.columns
        return self._possible == other

    __hash__ = None  # type: ignore[assignment] # a mapping has no hash

    def __repr__(self) -> str:
        return f"Changes({dict(self.columns)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Changes, (dict(self.columns),)


def compare(  # noqa: PLR0913 - what is compared, and three things to know of it
    columns: Mapping[str, Value | UnsetType],
    before: Entity | None,
    after: Entity | None = None,
    *,
    along: Iterable[str] = (),
    is_new: bool = False,
    row: Entity | None = None,
) -> Changes:
    """The changes made by writing `columns` to a row; the columns `along` change with them, to unknown values.

    `before` and `after` hold some columns of the row. A new row was null in every column. If both hold a column, they
    decide, whatever was submitted. `row` is what `columns` stand in, with their labels.
    """
    views: Any = _Views(before, after, columns, row)
    old: Mapping[str, Value] = {} if before is None else items_of(before.attributes)
    new: Mapping[str, Value] = {}
    if after is not None:
        # Without the row before, only what is asked for below is read of the row after, which may be large.
        new = items_of(after.attributes) if old or is_new else some_of(after.attributes, {*columns, *along})
    other = None if is_new else UNSET
    changes: dict[str, Change] = {}
    for column, value in columns.items():  # as `_change`, without a call for each column
        was, now = old.get(column, other), new.get(column, value)
        status = _UNKNOWN if was is UNSET or now is UNSET else _STATUS[same_value(was, now)]
        changes[column] = Change(column, was, now, status, True, views, views)  # noqa: FBT003 - names take longer
    decided = new if is_new else [column for column in new if column in old] if old else ()
    for column in (*along, *decided):
        if column not in changes:
            changes[column] = _change(column, old.get(column, other), new.get(column, UNSET), views)
    return Changes._of(changes)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - of this room


def compare_rows(before: Entity, after: Entity) -> Changes:
    """The changes between two views of a row, for each column in either view, whatever was submitted."""
    views = _Views(before, after, {}, None)
    old, new = before.attributes, after.attributes
    columns = dict.fromkeys((*old, *new))
    return Changes._of(  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - of this room
        {column: _change(column, old.get(column, UNSET), new.get(column, UNSET), views) for column in columns}
    )


def _change(column: str, old: Value | UnsetType, new: Value | UnsetType, views: Any) -> Change:
    """The change of a column that was not submitted."""
    status = _UNKNOWN if old is UNSET or new is UNSET else _STATUS[same_value(old, new)]
    return Change(column, old, new, status, False, views, views)  # noqa: FBT003 - as above


def _may_differ(change: Change) -> bool:
    return change.status is not _UNCHANGED


# Module constants, because up to Python 3.11 the look-up of an enum's member takes longer than comparing two values.
_UNCHANGED, _UNKNOWN = ChangeStatus.UNCHANGED, ChangeStatus.UNKNOWN
_STATUS = {True: _UNCHANGED, False: ChangeStatus.CHANGED, None: _UNKNOWN}


def same_value(one: Any, other: Any) -> bool | None:
    """Whether two values of a column are the same to the platform; None if that is unknown.

    Lookups compare by table and id, whatever their names; numbers, money and choices by value (1.50 is 1.5);
    multi-select choices as sets; activity parties by identity, in any order (see `parties`); text exactly.
    """
    kind = class_of(one)
    same: bool
    if kind is class_of(other):  # most pairs of values are decided here
        if kind in _PLAIN:
            same = one == other
            return same
        if kind in _HOLDERS:
            mine, others = one.value, other.value
            is_whole = mine.__class__ is others.__class__ is int  # two of which have one form each
            same = mine == others or (not is_whole and _form(mine) == _form(others))
            return same
        if kind is EntityReference and one.id.int and other.id.int:
            same = one.id.int == other.id.int and one.logical_name == other.logical_name
            return same
    if one is None or other is None:
        # The platform stores empty text as null, but no body shows it, so null and "" may be the same.
        return None if _is_empty(one) and _is_empty(other) else False
    these, those = parties.parties_of(one), parties.parties_of(other)
    if these is not None and those is not None:
        return parties.same_parties(these, those)
    same = _form(one) == _form(other)
    if not same and isinstance(one, EntityReference) and isinstance(other, EntityReference):
        # Only the platform knows which row an alternate key names.
        return None if one.logical_name == other.logical_name and NIL in (one.id, other.id) else False
    return same


def _is_empty(value: Value | UnsetType) -> bool:
    """Whether the value clears a column: null, no text, no choice, no party."""
    if value is None:
        return True
    return not value.entities if isinstance(value, EntityCollection) else value in ("", [])


_PLAIN = frozenset({str, int, bool, type(None), datetime})
"""Classes with the platform's idea of equality: two of their values are the same exactly if they are equal."""

_HOLDERS = (OptionSetValue, Money)  # two are the same exactly if the numbers that they hold are

_NAN = object()


def _form(value: Value) -> Any:
    """The form of a value in which equal means the same to the platform."""
    if isinstance(value, bool):
        return (value,)  # in Python True == 1, so a bool is wrapped to equal no number
    if isinstance(value, float):
        value = Decimal(repr(value))  # a float and a Decimal read from the same text must be equal
    if isinstance(value, Decimal):
        return _NAN if value.is_nan() else value
    if isinstance(value, _HOLDERS):
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
    forms: list[Any] = []
    for item in items:
        forms.append(_form(item))  # noqa: PERF401 - on old Pythons one more frame of the stack a level
    return forms
