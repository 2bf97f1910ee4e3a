"""The columns of events of one row, read without records: what was submitted, and the row before and after.

How it works: of the events that write the columns of Target, the values are decoded to plain structs, and no
collection is made. A value of a rare type, a number that no float is equal to, whatever servers do not write: each
leaves the event to the public API, which decides what it means. What is read here compares as there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.structs import replace

from ..codec.fast import RawPair, TextPair
from ..codec.native import REFUSED
from ..event.changes import same_value
from ..event.dependents import find_dependents
from ..event.images import ASYNCHRONOUS_STEP
from ..event.messages import MESSAGES
from ..model.codes import EntityState
from ..model.records import Item, read_value
from ..model.rows import Entity, EntityReference, Money, OptionSetValue
from .heads import NIL_TEXT, are_ids, read_head
from .reading import has_long_number

_Nothing: TypeAlias = Annotated[list[RawPair], Meta(max_length=0)]
"""A collection that has to be empty."""


class Lookup(
    Struct,
    tag_field="__type",
    tag=EntityReference.__struct_config__.tag,
    rename="pascal",
    forbid_unknown_fields=True,
    frozen=True,
    gc=False,
):
    """A reference whose id stays text, because to make an id of it and text again takes long."""

    id: str
    logical_name: str
    name: str | None
    key_attributes: _Nothing | UnsetType = UNSET
    row_version: str | None | UnsetType = UNSET


_Value: TypeAlias = None | bool | int | float | str | Lookup | OptionSetValue | Money | list[OptionSetValue]


class ValuePair(Item, frozen=True):
    """A column and its value."""

    key: str
    value: _Value


class _Row(Struct, rename="pascal", forbid_unknown_fields=True, kw_only=True, gc=False):
    attributes: list[ValuePair]
    entity_state: EntityState | None
    formatted_values: list[TextPair]
    related_entities: _Nothing
    logical_name: str | None
    key_attributes: _Nothing | UnsetType = UNSET
    row_version: str | None | UnsetType = UNSET


class _Target(_Row, tag_field="__type", tag=Entity.__struct_config__.tag, gc=False):
    id: str


class _Image(_Row, gc=False):
    id: UUID


_decode_target: Callable[[Raw], _Target] = msgspec.json.Decoder(_Target).decode
_decode_image: Callable[[Raw], _Image | None] = msgspec.json.Decoder(_Image | None).decode

_SUBMITTING = {
    name: message.creates
    for name, message in MESSAGES.items()
    if message.submits_rows and not message.is_of_many and (message.creates or not message.answers)
}
"""The messages that write the columns of Target, and whether they create the row."""


class View(NamedTuple):
    """Some columns of a row, and labels of some of them."""

    columns: Mapping[str, Any]
    labels: Mapping[str, str | None]
    others: Mapping[str, Any]
    """Of the columns, those whose values are no text."""


class LeanEvent(NamedTuple):
    """An event that writes columns of one row."""

    head: tuple[Any, ...]
    """What the table of events has of it, up to the version of the row."""
    is_new: bool
    """Whether the row is created."""
    submitted: View
    before: View | None
    after: View | None
    has_lookups: bool


def read_lean(data: bytes | str) -> LeanEvent | None:
    """An event that writes columns of one row; None for every other body, and for what has to be read with care."""
    head = read_head(data, _decode_target)
    if head is None or head.row[2] not in _SUBMITTING:
        return None
    try:
        submitted = _view(head.target)
        before, after = _image(head.before), _image(head.after)
    except REFUSED:
        return None
    values = [value for view in (submitted, before, after) if view is not None for value in view.others.values()]
    kinds = {*map(type, values)}
    has_lookups = Lookup in kinds
    if has_lookups and not _name_rows([value for value in values if value.__class__ is Lookup]):
        return None
    if float in kinds and has_long_number(data if isinstance(data, bytes) else data.encode()):
        return None
    return LeanEvent(head.row, _SUBMITTING[head.row[2]], submitted, before, after, has_lookups)


def _view(row: _Row) -> View:
    """The columns of a row. Raises ValueError for a key that stands twice."""
    columns: dict[str, Any] = {pair.key: pair.value for pair in row.attributes}
    labels = {pair.key: pair.value for pair in row.formatted_values}
    if len(columns) != len(row.attributes) or len(labels) != len(row.formatted_values):
        raise ValueError("a key stands twice")
    # As a collection folds: only dates begin with what comes before the digits.
    others = {name: value for name, value in columns.items() if value.__class__ is not str or value < "0"}
    for name in [name for name, value in others.items() if value.__class__ is str]:
        value = columns[name] = others[name] = read_value(columns[name])
        if value.__class__ is str:
            del others[name]
    return View(columns, labels, others)


def _image(images: Mapping[str, Raw]) -> View | None:
    """The columns of the only registered image; None without one. Raises ValueError if there are several."""
    decoded = [_decode_image(image) for name, image in images.items() if name != ASYNCHRONOUS_STEP]
    registered = [image for image in decoded if image is not None]
    if len(registered) > 1:
        raise ValueError("several images")
    return _view(registered[0]) if registered else None


def _name_rows(lookups: list[Lookup]) -> bool:
    """Whether all lookups have an id."""
    ids = [lookup.id for lookup in lookups]
    return are_ids(ids) and NIL_TEXT not in ids


def public(value: Any) -> Any:
    """A value as the public API has it."""
    return EntityReference(value.logical_name, UUID(value.id), name=value.name) if value.__class__ is Lookup else value


def is_same(one: Any, other: Any) -> bool | None:
    """As `same_value`."""
    if one.__class__ is other.__class__ is Lookup:
        return bool(one.id == other.id and one.logical_name == other.logical_name)
    return same_value(public(one), public(other))


def label_of(column: str, value: Any, views: list[View]) -> str | None:
    """The label in the first view that has one beside the same value, as in `Change.old_label`."""
    if value is None or value is UNSET:
        return None
    for columns, labels, _ in views:
        label = labels.get(column)
        own = columns.get(column, UNSET)
        if label is None and own.__class__ is Lookup:
            label = own.name
        if label and own is not UNSET and (own is value or is_same(own, value)):
            return label
    return None


def row_after(lean: LeanEvent) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The columns of the row after the event, as `snapshot` tells it, and labels of some of them."""
    columns: dict[str, Any] = {}
    labels: dict[str, str | None] = {}
    if lean.after is None and lean.before is not None:
        columns, labels = {**lean.before.columns}, {**lean.before.labels}
        for column in _along(lean, lean.before):
            columns.pop(column, None)
    for view in (lean.submitted, lean.after):
        if view is not None:
            _lay(columns, labels, view)
    return columns, labels


def _along(lean: LeanEvent, before: View) -> list[str]:
    """The columns that change along, whose values after the event are unknown."""
    submitted, known = lean.submitted.columns, before.columns
    if lean.has_lookups:
        submitted = {column: public(value) for column, value in submitted.items()}
        known = {**known, **{column: public(known[column]) for column in submitted if column in known}}
    return find_dependents(MESSAGES[lean.head[2]], lean.head[3], submitted, known)


def _lay(columns: dict[str, Any], labels: dict[str, str | None], view: View) -> None:
    """Lay a view over the columns; a label or a name that it lacks is kept beside the same value."""
    named: dict[str, Any] = {}
    for column in {*view.others, *view.labels, *labels}.intersection(view.columns):
        value = view.columns[column]
        label = view.labels.get(column)
        is_nameless = value.__class__ is Lookup and value.name is None
        if is_nameless or (label is None and column in labels):
            old = columns.get(column, UNSET)
            if old is not UNSET and is_same(old, value):
                label = labels.get(column) if label is None else label
                if is_nameless and old.__class__ is Lookup:
                    named[column] = replace(value, name=old.name)
        labels[column] = label
    columns.update(view.columns)
    columns.update(named)
