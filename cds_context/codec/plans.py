"""How each type is written: which members msgspec writes like the server, and which must be checked each time.

Plans are made once, from the table of kinds, and see no value. `encoding` follows them.

How it works: most members of a record are ids, texts and numbers. msgspec writes them like the server if their classes
are exactly the decoder's. So a plan reads all of them in one call and compares their classes in another; only members
that fold or hold records are checked one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter, contains
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import UnsetType

from ..model.kinds import CODES, MEMBERS, PAIRS, TAGS, Member, item_of
from .fast import REFERENCE

Classes: TypeAlias = frozenset[type[Any]]


class Part(NamedTuple):
    """One member of a type: how to read it from a record, and how to write it into a copy of the record."""

    step: str
    """The member's step in the path of an error."""
    kind: str
    may_be_absent: bool
    slot: str
    """The name of the member's slot."""
    ready: Classes
    """The classes of values that are written as they are."""
    ready_if_empty: Classes
    """The classes of values that are written as they are if they are false."""
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]


class Plan:
    """How a type is written."""

    def __init__(self, cls: type[Any]) -> None:
        members = MEMBERS[cls]
        plain = [member for member in members if member.kind in _PLAIN]
        self.cls = cls
        self.tag: str | None = TAGS.get(cls)
        self.parts: dict[str, Part] = {member.wire: _part(cls, member) for member in members}
        self.walked: list[Part] = [self.parts[member.wire] for member in members if member.kind not in _PLAIN]
        """The members that are looked at one by one."""
        self.slots: Callable[[Any], Any] = _reader([part.slot for part in self.walked])
        """Reads those members as they stand in their slots, all at once."""
        self.plain: Callable[[Any], Any] = _reader([member.field for member in plain])
        """Reads all other members at once."""
        self.classes: list[Classes] = [_PLAIN[member.kind] | _nothing(member) for member in plain]
        """The classes that msgspec writes as the server does, for each of those."""
        self._seen: set[tuple[type[Any], ...]] = set()

    def is_plain(self, record: Any) -> bool:
        """Whether msgspec writes all members of a record that are not walked as the server does."""
        found = tuple(map(type, self.plain(record)))
        if found in self._seen:
            return True
        fits = all(map(contains, self.classes, found))
        if fits and len(self._seen) < _MOST_SEEN:
            self._seen.add(found)
        return fits


_MOST_SEEN = 100
"""Combinations of classes that a plan remembers, as to look one up takes a third of the time. Few occur."""


_PLAIN: dict[str, Classes] = {
    **{cls.__name__: frozenset({cls}) for cls in (UUID, str, bool, int)},
    **{name: frozenset({code, int}) for name, code in CODES.items()},
}
"""The kinds that msgspec writes like the server, each with the classes for which it does."""


# A decoded date stays text until its first access, a decoded reference a twin.
_READY: dict[str, Classes] = {"datetime": frozenset({str}), "EntityReference": frozenset({REFERENCE})}


def _nothing(member: Member) -> Classes:
    """The classes of null and UNSET, as far as a member may be null or absent."""
    return frozenset([type(None)] * member.is_nullable + [UnsetType] * member.may_be_absent)


def _part(cls: type[Any], member: Member) -> Part:
    slot = f"_raw_{member.field}" if f"_raw_{member.field}" in vars(cls) else member.field
    is_array = member.kind in PAIRS or item_of(member.kind)
    return Part(
        step=f".{member.wire}",
        kind=member.kind,
        may_be_absent=member.may_be_absent,
        slot=slot,
        ready=_READY.get(member.kind, frozenset()),
        ready_if_empty=_nothing(member) | frozenset({list} if is_array else ()),
        read=attrgetter(slot),
        write=vars(cls)[slot].__set__,
    )


def _reader(fields: list[str]) -> Callable[[Any], Any]:
    """A function that reads several members of a record. An attrgetter of a single name would give no sequence."""
    return attrgetter(*fields) if len(fields) > 1 else lambda record: [getattr(record, field) for field in fields]


PLANS = {cls: Plan(cls) for cls in MEMBERS}
