"""What is odd about a context that was read: what this package does not know, and what no server writes.

Looks at values, not at their spelling; knows neither codes nor severities.

How it works: a walk over every value that can be odd, from the top down, in the order in which a server writes them. It
has a stack of its own, of what is yet to be looked at in each value around the current one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from msgspec import UNSET, UnsetType

from ..event.context import RemoteExecutionContext
from ..event.messages import MARKS, MESSAGES
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, Member
from ..model.limits import DECIMAL_BITS, beyond
from ..model.parameters import KeyValuePair
from ..model.records import NO_MEMBERS, UntaggedMembers, items_of, slot_of
from ..model.rows import AliasedValue, Entity, EntityReference, Relationship
from ..model.values import UnknownValue
from ..wire.dates import is_iso_date
from ..wire.numbers import DoubleDecimal
from .places import Path

Children = Iterator[tuple[Path, Any]]


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
    NO_MESSAGE = "a message name that is null or empty"
    OUT_OF_RANGE = "a number that the platform cannot hold where it stands"


class Sight(NamedTuple):
    """One odd thing, and where."""

    oddity: Oddity
    name: str
    """The name of a type or a member, or several; empty if the oddity is about none."""
    path: Path


def inspect(context: RemoteExecutionContext) -> Iterator[Sight]:
    """All oddities of a context, in the order in which a server writes the values."""
    for path, value, is_untyped in _walk(context):
        for look in _LOOKS.get(value.__class__, ()):
            yield from look(value, path)
        if is_untyped and value and value.__class__ is dict and "__value" not in value:
            yield Sight(Oddity.NO_TYPE, "", path)


# The walk


def _walk(context: RemoteExecutionContext) -> Iterator[tuple[Path, Any, bool]]:
    """Every record, every other object or array in an untyped slot, every large integer or odd text there, with a path.

    The third of the tuple says whether the slot is known to be untyped, which is not known inside an unknown object.
    """
    pending: list[Iterator[tuple[Path, Any, bool]]] = [iter([(Path(), context, True)])]
    while pending:
        for path, value, is_untyped in pending[-1]:
            yield path, value, is_untyped
            if _holds_something(value):
                pending.append(_inside(path, value, is_untyped=is_untyped))
                break
        else:
            pending.pop()


def _holds_something(value: Any) -> bool:
    """Whether anything inside a value needs a look; in most references and pairs nothing does."""
    kind = value.__class__
    if kind not in _HOLDING or value.unknown_members is not NO_MEMBERS:
        return kind is not str
    if kind is KeyValuePair:
        return not _is_quiet_pair(value)
    # Empty members need no look. A record is never false, so none is passed over. Slots are read: nothing has to fold.
    return any(_HELD[kind](value))


def _inside(path: Path, value: Any, *, is_untyped: bool) -> Iterator[tuple[Path, Any, bool]]:
    for inner, child in _known(path, value):
        yield inner, child, is_untyped
    for inner, child in _unknown(path, value):
        yield inner, child, False


def _is_plain(value: Any) -> bool:
    """Whether nothing can be odd about a value or in it, so that it needs no path."""
    kind = value.__class__
    if kind is str:
        # A slash and digits come before the colon, so most text need not be searched.
        return value >= ":" or not _may_be_date(value)
    if kind in _PLAIN:
        return True
    is_quiet = _QUIET.get(kind)
    return bool(is_quiet and is_quiet(value))


def _is_small(value: int) -> bool:
    return -_TOO_LARGE < value < _TOO_LARGE


_TOO_LARGE: int = 2**DECIMAL_BITS


def _is_quiet(record: Any) -> bool:
    """Whether no look at a record finds anything, and nothing inside it needs a look."""
    return (
        record.unknown_members is NO_MEMBERS
        and not any(_HELD[record.__class__](record))
        and not _may_lack_something(record)
        and not any(_beyond(record))
    )


def _is_quiet_pair(pair: KeyValuePair) -> bool:
    # Of texts only, because a pair may hold pairs without end.
    key: Any = pair.key
    value: Any = pair.value
    are_texts = key.__class__ is str and value.__class__ is str and pair.unknown_members is NO_MEMBERS
    return are_texts and not (_may_be_date(key) or _may_be_date(value))


_may_be_date = re.compile(r"/Date\(|[0-9]{4}-[0-9]{2}-[0-9]{2}T").match
_QUIET: dict[type[Any], Callable[[Any], bool]] = {
    int: _is_small,
    **{cls: _is_quiet for cls in MEMBERS if cls is not RemoteExecutionContext},  # which may contradict itself
    KeyValuePair: _is_quiet_pair,
}
_PLAIN = frozenset({type(None), bool, float, Decimal, DoubleDecimal, datetime, UnsetType})


def _known(path: Path, value: Any) -> Children:
    kind = value.__class__
    if kind in _HOLDING:
        for (wire, field, children), held in zip(_HOLDING[kind], _HELD[kind](value), strict=True):
            if held:
                yield from children(path, wire, getattr(value, field))
    elif kind is list:
        yield from _items(path, value)


def _unknown(path: Path, value: Any) -> Children:
    if value.__class__ in MEMBERS:
        if value.unknown_members is not NO_MEMBERS:
            yield from _members(path, value.unknown_members)
        if value.__class__ is KeyValuePair:
            yield from _members(path, {"key": value.key, "value": value.value})
    elif isinstance(value, UnknownValue):
        yield from _members(path, value.members)
    elif value.__class__ is dict:
        yield from _members(path, value)


def _members(path: Path, members: Mapping[str, Any]) -> Children:
    for name, value in members.items():
        if not _is_plain(value):
            yield Path(path, name), value


def _items(path: Path, items: Iterable[Any]) -> Children:
    for index, item in enumerate(items):
        if not _is_plain(item):
            yield Path(path, index), item


def _one(path: Path, wire: str, value: Any) -> Children:
    if not _is_plain(value):
        yield Path(path, wire), value


def _list(path: Path, wire: str, items: Iterable[Any]) -> Children:
    yield from _items(Path(path, wire), items)


def _pairs(path: Path, wire: str, collection: Mapping[Any, Any]) -> Children:
    pairs = Path(path, wire)
    for index, (key, value) in enumerate(items_of(collection).items()):
        if key.__class__ is Relationship:
            yield Path(Path(pairs, index), "key"), key
        if not _is_plain(value):
            yield Path(Path(pairs, index), "value"), value


_KINDS: dict[str, Callable[[Path, str, Any], Children]] = {
    "Value": _one,
    "list[Value]": _list,
    **dict.fromkeys(RECORDS, _one),
    **{f"list[{name}]": _list for name in RECORDS},
    **{name: _pairs for name, pairs in PAIRS.items() if pairs.item != "str"},
}
"""For each kind of member that can hold an oddity, how to walk it. Declared text is left out: it is never a date."""

_HOLDING: dict[type[Any], list[tuple[str, str, Callable[[Path, str, Any], Children]]]] = {
    cls: [(member.wire, member.field, _KINDS[member.kind]) for member in members if member.kind in _KINDS]
    for cls, members in MEMBERS.items()
}


def _reader(slots: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """A function that reads several slots of a record. An attrgetter of a single name would give no sequence."""
    return attrgetter(*slots) if len(slots) > 1 else lambda record: [getattr(record, slot) for slot in slots]


_HELD = {cls: _reader([slot_of(cls, field) for _, field, _ in holding]) for cls, holding in _HOLDING.items()}


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
"""Members that the posts of older servers lack."""

_ALWAYS: dict[type[Any], tuple[str, ...]] = {
    Entity: ("Attributes", "EntityState", "FormattedValues", "RelatedEntities"),
    EntityReference: ("Name",),
    RemoteExecutionContext: ("ParentContext",),
}
"""Members that every server writes, though a body without them is read; only the parent is cut from a large post. The
other members that may be absent are cut from a large post, or left out of a query."""

_OPTIONAL: dict[type[Any], dict[Oddity, list[tuple[str, str]]]] = {
    cls: {
        oddity: [(member.wire, slot_of(cls, member.field)) for member in MEMBERS[cls] if member.wire in table[cls]]
        for oddity, table in ((Oddity.NEWER_ABSENT, _NEWER), (Oddity.ABSENT, _ALWAYS))
        if cls in table
    }
    for cls in _NEWER
}

_OPTIONAL_SLOTS = {
    cls: _reader([slot for slots in _OPTIONAL.get(cls, {}).values() for _, slot in slots]) for cls in MEMBERS
}
_MAY_BE_ABSENT = frozenset({UnsetType, *(pairs.collection for pairs in PAIRS.values())})


def _may_lack_something(record: Any) -> bool:
    """Whether a member may be missing on the wire, by the classes of what stands in the slots."""
    return not _MAY_BE_ABSENT.isdisjoint(map(type, _OPTIONAL_SLOTS[record.__class__](record)))


def _is_absent(held: Any) -> bool:
    """Whether the content of a slot says that the member is missing on the wire."""
    return held is UNSET or (held.__class__ in _MAY_BE_ABSENT and held.is_absent)


def _look_at_record(record: Any, path: Path) -> Iterator[Sight]:
    if record.unknown_members is NO_MEMBERS:
        return
    if record.unknown_members.__class__ is UntaggedMembers:
        yield Sight(Oddity.NO_TYPE, "", path)
    for name, value in record.unknown_members.items():
        if name != "__type":
            yield Sight(Oddity.UNKNOWN_MEMBER, name, Path(path, name))
        elif record.__class__ is not KeyValuePair:
            yield Sight(Oddity.UNKNOWN_TYPE, str(value), Path(path, name))


def _look_for_absent(record: Any, path: Path) -> Iterator[Sight]:
    if not _may_lack_something(record):
        return
    for oddity, slots in _OPTIONAL[record.__class__].items():
        if oddity is Oddity.ABSENT and isinstance(record, RemoteExecutionContext) and record.is_truncated:
            continue
        if absent := [wire for wire, slot in slots if _is_absent(getattr(record, slot))]:
            yield Sight(oddity, ", ".join(absent), path)


_NUMBERS: dict[type[Any], list[Member]] = {
    cls: [member for member in members if member.kind in {"int", "Decimal", *CODES}] for cls, members in MEMBERS.items()
}


def _beyond(record: Any) -> list[str | None]:
    """The limits that its numbers exceed."""
    return [beyond(member.kind, getattr(record, member.field)) for member in _NUMBERS[record.__class__]]


def _look_at_numbers(record: Any, path: Path) -> Iterator[Sight]:
    for member, limit in zip(_NUMBERS[record.__class__], _beyond(record), strict=True):
        if limit:
            yield Sight(Oddity.OUT_OF_RANGE, limit, Path(path, member.wire))


def _look_at_int(_: int, path: Path) -> Iterator[Sight]:
    yield Sight(Oddity.OUT_OF_RANGE, "Decimal", path)


def _look_at_unknown(value: UnknownValue, path: Path) -> Iterator[Sight]:
    if "__value" in value.members:
        yield Sight(Oddity.WRAPPED, "", path)
    else:
        yield Sight(Oddity.UNKNOWN_TYPE, value.type_name, Path(path, "__type"))


def _look_at_dict(members: dict[str, Any], path: Path) -> Iterator[Sight]:
    if "__value" in members:
        yield Sight(Oddity.WRAPPED, "", path)


def _look_at_text(text: str, path: Path) -> Iterator[Sight]:
    # A text of this form that is a date was read as a datetime, so this one is none.
    if text.startswith("/Date("):
        yield Sight(Oddity.NO_DATE, "", path)
    elif is_iso_date(text):
        yield Sight(Oddity.ISO_DATE, "", path)


def _look_at_message(context: RemoteExecutionContext, path: Path) -> Iterator[Sight]:
    if not context.message_name:
        yield Sight(Oddity.NO_MESSAGE, "", Path(path, "MessageName"))
        return
    message = MESSAGES.get(context.message_name)
    marks = MARKS & context.input_parameters.keys()
    if message and marks and message.marks.isdisjoint(marks):
        yield Sight(Oddity.CONTRADICTION, "", Path(path, "InputParameters"))


_Look: TypeAlias = Callable[[Any, Path], Iterator[Sight]]


def _looks_at(cls: type[Any]) -> Iterator[_Look]:
    """The functions that look at a type; those that could find nothing are left out."""
    yield _look_at_record
    if cls in _OPTIONAL:
        yield _look_for_absent
    if _NUMBERS[cls]:
        yield _look_at_numbers
    if cls is RemoteExecutionContext:
        yield _look_at_message


_LOOKS: dict[type[Any], tuple[_Look, ...]] = {
    int: (_look_at_int,),
    str: (_look_at_text,),
    dict: (_look_at_dict,),
    UnknownValue: (_look_at_unknown,),
    **{cls: tuple(_looks_at(cls)) for cls in MEMBERS},
}
"""The functions that look at a value, by its class. Other classes in a context that was read have no oddities."""
