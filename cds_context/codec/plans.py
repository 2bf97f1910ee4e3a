"""How each type is written: which members msgspec writes like the server, and which must be checked each time.

Plans are made once, from the table of kinds, and see no value. `encoding` follows them.

How it works: most members of a record are ids, texts and numbers. msgspec writes them like the server if their classes
are exactly the decoder's. So a plan reads all members in one call and looks up their classes in another, which tells
members that must be checked one by one: those that hold records, and those that were read.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct, UnsetType

from ..model.kinds import CODES, MEMBERS, PAIRS, TAGS, Member, item_of
from .fast import REFERENCE

Classes: TypeAlias = frozenset[type[Any]]


class Part(Struct, frozen=True):
    """One member of a type: how to read it from a record, and how to write it into a copy of the record."""

    step: str
    """The member's step in the path of an error."""
    kind: str
    may_be_absent: bool
    slot: str
    """The name of the member's slot."""
    is_plain: bool
    """Whether msgspec writes all values of the right classes like the server."""
    ready: Classes
    """The classes of values that msgspec writes like the server."""
    ready_if_empty: Classes
    """The classes of values that are written as they are if they are false."""
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]


Doubtful: TypeAlias = list[tuple[int, Part]]
"""The members of a record that msgspec may write otherwise than the server, each with its position."""


class Plan:
    """How a type is written."""

    def __init__(self, cls: type[Any]) -> None:
        members = MEMBERS[cls]
        self.cls = cls
        self.tag: str | None = TAGS.get(cls)
        self.parts: dict[str, Part] = {member.wire: _part(cls, member) for member in members}
        self.slots: Callable[[Any], Any] = _reader([part.slot for part in self.parts.values()])
        """Reads all members as they stand in their slots, at once."""
        self._seen: dict[tuple[type[Any], ...], Doubtful | None] = {}

    def doubtful(self, values: Any) -> Doubtful | None:
        """The members to be looked at, by the classes of all; None if one of the others is of a foreign class."""
        found = tuple(map(type, values))
        try:
            return self._seen[found]
        except KeyError:
            pass
        parts = [(index, part) for index, part in enumerate(self.parts.values()) if found[index] not in part.ready]
        doubtful = None if any(part.is_plain for _, part in parts) else parts
        if len(self._seen) < _MOST_SEEN:
            self._seen[found] = doubtful
        return doubtful


_MOST_SEEN = 100
"""Combinations of classes that a plan remembers, as to look one up takes a third of the time. Few occur."""


_PLAIN: dict[str, Classes] = {
    **{cls.__name__: frozenset({cls}) for cls in (UUID, str, bool, int)},
    **{name: frozenset({code, int}) for name, code in CODES.items()},
}
"""The kinds that msgspec writes like the server, each with the classes for which it does."""


# A decoded date stays text until its first access, a decoded reference a twin.
_READY: dict[str, Classes] = _PLAIN | {"datetime": frozenset({str}), "EntityReference": frozenset({REFERENCE})}


def _nothing(member: Member) -> Classes:
    """The classes of null and UNSET, as far as a member may be null or absent."""
    return frozenset([type(None)] * member.is_nullable + [UnsetType] * member.may_be_absent)


def _part(cls: type[Any], member: Member) -> Part:
    slot = f"_raw_{member.field}" if f"_raw_{member.field}" in vars(cls) else member.field
    is_array = member.kind in PAIRS or item_of(member.kind)
    nothing = _nothing(member)
    return Part(
        step=f".{member.wire}",
        kind=member.kind,
        may_be_absent=member.may_be_absent,
        slot=slot,
        is_plain=member.kind in _PLAIN,
        ready=_READY.get(member.kind, frozenset()) | nothing,
        ready_if_empty=nothing | frozenset({list} if is_array else ()),
        read=attrgetter(slot),
        write=vars(cls)[slot].__set__,
    )


def _reader(fields: list[str]) -> Callable[[Any], Any]:
    """A function that reads several members of a record. An attrgetter of a single name would give no sequence."""
    return attrgetter(*fields) if len(fields) > 1 else lambda record: [getattr(record, field) for field in fields]


PLANS = {cls: Plan(cls) for cls in MEMBERS}
