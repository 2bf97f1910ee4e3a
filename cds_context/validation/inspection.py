"""What is odd about a context that was read: what this package does not know, and what no server writes.

Looks at values, not at their spelling; knows neither codes nor severities.

How it works: a walk over every value that can be odd, with a stack of its own, in no particular order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from msgspec import UnsetType

from ..event.context import RemoteExecutionContext
from ..event.messages import MARKS, MESSAGES
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, Member
from ..model.limits import DECIMAL_BITS, beyond
from ..model.parameters import KeyValuePair
from ..model.records import Record, UntaggedMembers, is_absent
from ..model.rows import AliasedValue, Entity, EntityReference, Relationship
from ..model.values import UnknownValue
from .places import Steps

Children = Iterator[tuple[Steps, Any]]


class Oddity(Enum):
    """What can be odd."""

    UNKNOWN_TYPE = "a type that this package does not know"
    UNKNOWN_MEMBER = "a member of a known type that this package does not know"
    NEWER_ABSENT = "a member is absent that servers of today write, and older ones do not"
    ABSENT = "a member is absent that every server writes"
    NO_TYPE = "an object in an untyped slot, without `__type`"
    WRAPPED = "a scalar in an object of its own, under `__value`"
    NO_DATE = "text that begins as a date and is none"
    ISO_DATE = "text that is a date and time in ISO 8601"
    CONTRADICTION = "parameters of another message than the name says"
    OUT_OF_RANGE = "a number that the platform cannot hold where it stands"


class Sight(NamedTuple):
    """One odd thing, and where."""

    oddity: Oddity
    name: str
    """Of a type or a member, or a list of such; empty if none is concerned."""
    steps: Steps


def inspect(context: RemoteExecutionContext) -> Iterator[Sight]:
    """All that is odd, in any order."""
    for steps, value, is_untyped in _walk(context):
        for base, look in _LOOKS:
            if isinstance(value, base):
                yield from look(value, steps)
        if is_untyped and value and value.__class__ is dict and "__value" not in value:
            yield Sight(Oddity.NO_TYPE, "", steps)


# The walk


def _walk(context: RemoteExecutionContext) -> Iterator[tuple[Steps, Any, bool]]:
    """Every record, every other object or array in an untyped slot, every text and large integer there, with its path.

    The third says whether its slot is known to be untyped; inside an unknown object nobody knows.
    """
    pending: list[tuple[Steps, Any, bool]] = [((), context, True)]
    while pending:
        steps, value, is_untyped = pending.pop()
        yield steps, value, is_untyped
        pending += [(*child, is_untyped) for child in _known(steps, value) if not _is_plain(child[1])]
        pending += [(*child, False) for child in _unknown(steps, value) if not _is_plain(child[1])]


def _is_plain(value: Any) -> bool:
    """Whether nothing can be odd about a value of an untyped slot. A decimal may have no fraction."""
    is_int = value.__class__ is int and -(2**DECIMAL_BITS) < value < 2**DECIMAL_BITS
    return is_int or value.__class__ in _PLAIN


_PLAIN = frozenset({type(None), bool, float, UnsetType})


def _known(steps: Steps, value: Any) -> Children:
    if isinstance(value, Record):
        for wire, field, children in _HOLDING[value.__class__]:
            yield from children((*steps, wire), getattr(value, field))
    elif value.__class__ is list:
        yield from _items(steps, value)


def _unknown(steps: Steps, value: Any) -> Children:
    if value.__class__ in MEMBERS:
        yield from _members(steps, value.unknown_members)
        if value.__class__ is KeyValuePair:
            yield from _members(steps, {"key": value.key, "value": value.value})
    elif isinstance(value, UnknownValue):
        yield from _members(steps, value.members)
    elif value.__class__ is dict:
        yield from _members(steps, value)


def _members(steps: Steps, members: Mapping[str, Any]) -> Children:
    for name, value in members.items():
        yield (*steps, name), value


def _one(steps: Steps, value: Any) -> Children:
    yield steps, value


def _items(steps: Steps, items: Iterable[Any] | None) -> Children:
    for index, item in enumerate(items or ()):
        yield (*steps, index), item


def _pairs(steps: Steps, collection: Mapping[Any, Any]) -> Children:
    for index, (key, value) in enumerate(collection.items()):
        if key.__class__ is Relationship:
            yield (*steps, index, "key"), key
        yield (*steps, index, "value"), value


_KINDS: dict[str, Callable[[Steps, Any], Children]] = {
    "Value": _one,
    "list[Value]": _items,
    **dict.fromkeys(RECORDS, _one),
    **{f"list[{name}]": _items for name in RECORDS},
    **{name: _pairs for name, pairs in PAIRS.items() if pairs.item != "str"},
}
"""The kinds of members that hold what can be odd. Not text that is declared as text, which is never a date."""

_HOLDING: dict[type[Any], list[tuple[str, str, Callable[[Steps, Any], Children]]]] = {
    cls: [(member.wire, member.field, _KINDS[member.kind]) for member in members if member.kind in _KINDS]
    for cls, members in MEMBERS.items()
}


# What is odd

_NEWER: dict[type[Any], tuple[str, ...]] = {
    RemoteExecutionContext: (
        "InitiatingUserAgent",
        "InitiatingUserAzureActiveDirectoryObjectId",
        "UserAzureActiveDirectoryObjectId",
    ),
    Entity: ("KeyAttributes", "RowVersion"),
    EntityReference: ("KeyAttributes", "RowVersion"),
    AliasedValue: ("NeedFormatting", "ReturnType"),
}
"""Absent from the posts of older servers."""

_ALWAYS: dict[type[Any], tuple[str, ...]] = {
    Entity: ("Attributes", "EntityState", "FormattedValues", "RelatedEntities"),
    EntityReference: ("Name",),
}
"""Never absent. What else can be is cut from a large post, or left out of a query that says nothing of it."""

_FIELDS = {
    (oddity, cls): [(member.wire, member.field) for member in MEMBERS[cls] if member.wire in wires]
    for oddity, table in ((Oddity.NEWER_ABSENT, _NEWER), (Oddity.ABSENT, _ALWAYS))
    for cls, wires in table.items()
}


def _absent(record: Record, oddity: Oddity) -> list[str]:
    return [wire for wire, field in _FIELDS.get((oddity, record.__class__), ()) if is_absent(record, field)]


def _look_at_record(record: Any, steps: Steps) -> Iterator[Sight]:
    if record.unknown_members.__class__ is UntaggedMembers:
        yield Sight(Oddity.NO_TYPE, "", steps)
    for name, value in record.unknown_members.items():
        if name != "__type":
            yield Sight(Oddity.UNKNOWN_MEMBER, name, (*steps, name))
        elif record.__class__ is not KeyValuePair:
            yield Sight(Oddity.UNKNOWN_TYPE, str(value), (*steps, name))
    for oddity in (Oddity.NEWER_ABSENT, Oddity.ABSENT):
        if absent := _absent(record, oddity):
            yield Sight(oddity, ", ".join(absent), steps)


_NUMBERS: dict[type[Any], list[Member]] = {
    cls: [member for member in members if member.kind in {"int", "Decimal", *CODES}] for cls, members in MEMBERS.items()
}


def _look_at_numbers(record: Any, steps: Steps) -> Iterator[Sight]:
    for member in _NUMBERS[record.__class__]:
        if limit := beyond(member.kind, getattr(record, member.field)):
            yield Sight(Oddity.OUT_OF_RANGE, limit, (*steps, member.wire))


def _look_at_int(_: int, steps: Steps) -> Iterator[Sight]:
    yield Sight(Oddity.OUT_OF_RANGE, "Decimal", steps)


def _look_at_unknown(value: UnknownValue, steps: Steps) -> Iterator[Sight]:
    if "__value" in value.members:
        yield Sight(Oddity.WRAPPED, "", steps)
    else:
        yield Sight(Oddity.UNKNOWN_TYPE, value.type_name, (*steps, "__type"))


def _look_at_dict(members: dict[str, Any], steps: Steps) -> Iterator[Sight]:
    if "__value" in members:
        yield Sight(Oddity.WRAPPED, "", steps)


_is_iso = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?(Z|[+-][0-2][0-9]:?[0-5][0-9])?"
).fullmatch


def _look_at_text(text: str, steps: Steps) -> Iterator[Sight]:
    # What begins so and is a date has become a datetime.
    if text.startswith("/Date("):
        yield Sight(Oddity.NO_DATE, "", steps)
    elif text[10:11] == "T" and _is_iso(text):
        yield Sight(Oddity.ISO_DATE, "", steps)


def _look_at_message(context: RemoteExecutionContext, steps: Steps) -> Iterator[Sight]:
    message = MESSAGES.get(context.message_name or "")
    marks = MARKS & context.input_parameters.keys()
    if message and marks and message.marks.isdisjoint(marks):
        yield Sight(Oddity.CONTRADICTION, "", (*steps, "InputParameters"))


_LOOKS: list[tuple[Any, Callable[[Any, Steps], Iterator[Sight]]]] = [
    (Record, _look_at_record),
    (Record, _look_at_numbers),
    (int, _look_at_int),
    (RemoteExecutionContext, _look_at_message),
    (UnknownValue, _look_at_unknown),
    (dict, _look_at_dict),
    (str, _look_at_text),
]
