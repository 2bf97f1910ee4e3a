"""The fast pass: what msgspec's decoder makes of each member, and the decoders that are built of it.

How it works: the annotations of a class say what a reader gets. msgspec's decoder reads annotations too, but once: when
the first decoder of a class is built, what they say is kept in the class. So while this file is imported, the classes
carry other annotations, which say what the decoder is to make of a member (of a collection the list of its pairs, of an
amount its digits); then the decoders are built, and the readers' annotations are put back, before anybody can look.

Two things are left out on purpose, and so left to the tolerant pass: an array in an array, and a type directly within
itself, as a filter of filters. They could nest without end in few bytes; without them a body must be long to be deep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, Union
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, UnsetType

from ..event.context import ContextSummary, RemoteExecutionContext
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, Member, item_of
from ..model.records import Item, UnknownMembers
from ..model.rows import Entity, EntityCollection, Relationship
from ..model.values import TaggedValue

_Scalar: TypeAlias = None | bool | int | str
_Single: TypeAlias = _Scalar | float | TaggedValue
_Value: TypeAlias = _Single | list[_Single]


class Pair(Item, frozen=True):
    """One item of a collection of untyped values."""

    key: str
    value: _Value


class TextPair(Item, frozen=True):
    """One item of a collection of texts."""

    key: str
    value: str | None


class ImagePair(Item, frozen=True):
    """One item of a collection of images."""

    key: str
    value: Entity | None


class RelatedPair(Item, frozen=True):
    """One item of a collection of related rows."""

    key: Relationship
    value: EntityCollection


_PAIRS: dict[str, Any] = {"Value": Pair, "str": TextPair, "Entity": ImagePair, "EntityCollection": RelatedPair}
"""What an item of a collection becomes, by its kind."""

_RARE = {"RelatedEntityCollection": 1, "KeyAttributeCollection": 0}
"""Collections of which the fast pass takes no more items: two relationships could be the same."""


def _list_of(item: Any) -> Any:
    return list[item]


_DECODED: dict[str, Any] = {
    **{cls.__name__: cls for cls in (UUID, str, bool, int)},
    **CODES,
    **RECORDS,
    **{f"list[{name}]": _list_of(cls) for name, cls in RECORDS.items()},
    **{name: _list_of(_PAIRS[pairs.item]) for name, pairs in PAIRS.items()},
    "list[str | None]": list[str | None],
    # A date is read when somebody asks for it; the digits of an amount are not to become a float on the way.
    "datetime": str,
    "Decimal": Raw,
    # What these hold is looked at by nobody who looks for floats or for rows in rows; so they hold none.
    "Value": _Scalar,
    "list[Value]": list[_Scalar],
}
"""What a member becomes, by its kind."""


def _decoded(cls: type[Any], member: Member) -> Any:
    """What the decoder makes of a member."""
    kind = member.kind
    if kind == cls.__name__ and cls is not RemoteExecutionContext:  # a level of parents is long
        decoded: Any = type(None)
    elif item_of(kind) == cls.__name__:
        decoded = Annotated[_DECODED[kind], Meta(max_length=0)]
    elif kind in _RARE:
        decoded = Annotated[_DECODED[kind], Meta(max_length=_RARE[kind])]
    else:
        decoded = _DECODED[kind]
    if member.is_nullable or kind in PAIRS:
        decoded = Union[decoded, None]
    return Union[decoded, UnsetType] if member.may_be_absent else decoded


_for_readers = {cls: cls.__annotations__ for cls in MEMBERS}
for _cls, _members in MEMBERS.items():
    _cls.__annotations__ = {member.field: _decoded(_cls, member) for member in _members}
    _cls.__annotations__["unknown_members"] = UnknownMembers
decode_context: Callable[[bytes | str], RemoteExecutionContext] = msgspec.json.Decoder(RemoteExecutionContext).decode
decode_summary: Callable[[bytes | str], ContextSummary] = msgspec.json.Decoder(ContextSummary).decode
for _cls, _annotations in _for_readers.items():
    _cls.__annotations__ = _annotations
