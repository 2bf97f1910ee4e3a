"""How each type is written: which of its members msgspec writes as the server does, and which need a look each time.

Plans are made from the table of kinds, once; nothing here looks at a value. `encoding` follows them.

How it works: most members of a record are ids, texts and numbers, and msgspec writes those as the server does if they
are of the very classes that the decoder makes. So a plan reads all of them in one call and compares their classes in
another; only the others, which fold or hold records, are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import UnsetType

from ..model.kinds import CODES, MEMBERS, PAIRS, TAGS, Member, item_of

Classes: TypeAlias = frozenset[type[Any]]


class Part(NamedTuple):
    """One member of a type: how it is read from a record, and written into a copy of it."""

    step: str
    """Its step in the path of an error."""
    kind: str
    may_be_absent: bool
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
        self.before_members: int = len(f'{{"__type":"{self.tag}",') if self.tag else len("{")
        """How many bytes of what msgspec writes stand before the first member."""
        self.parts: dict[str, Part] = {member.wire: _part(cls, member) for member in members}
        self.walked: list[Part] = [self.parts[member.wire] for member in members if member.kind not in _PLAIN]
        """The members that are looked at one by one."""
        self.plain: Callable[[Any], Any] = _reader([member.field for member in plain])
        """Reads all other members at once."""
        self.classes: list[Classes] = [_PLAIN[member.kind] | _nothing(member) for member in plain]
        """The classes that msgspec writes as the server does, for each of those."""


_PLAIN: dict[str, Classes] = {
    **{cls.__name__: frozenset({cls}) for cls in (UUID, str, bool, int)},
    **{name: frozenset({code, int}) for name, code in CODES.items()},
}
"""The kinds that msgspec writes as the server does, if values are of these classes."""


def _nothing(member: Member) -> Classes:
    """What a member may be in place of a value of its kind."""
    return frozenset([type(None)] * member.is_nullable + [UnsetType] * member.may_be_absent)


def _part(cls: type[Any], member: Member) -> Part:
    slot = f"_raw_{member.field}" if f"_raw_{member.field}" in vars(cls) else member.field
    is_array = member.kind in PAIRS or item_of(member.kind)
    return Part(
        step=f".{member.wire}",
        kind=member.kind,
        may_be_absent=member.may_be_absent,
        # A date is text as long as nobody has read it.
        ready=frozenset({str} if member.kind == "datetime" else ()),
        ready_if_empty=_nothing(member) | frozenset({list} if is_array else ()),
        read=attrgetter(slot),
        write=vars(cls)[slot].__set__,
    )


def _reader(fields: list[str]) -> Callable[[Any], Any]:
    """What reads several members of a record. An attrgetter gives no sequence for a single name."""
    return attrgetter(*fields) if len(fields) > 1 else lambda record: [getattr(record, field) for field in fields]


PLANS = {cls: Plan(cls) for cls in MEMBERS}
