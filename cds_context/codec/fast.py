"""The fast pass: the type that msgspec's decoder builds for each member, and the decoders built from those types.

How it works: the annotations of a class describe the values that a reader gets. msgspec reads annotations too, but only
once, when the first decoder of a class is built. So while this file is imported, the classes carry other annotations,
which describe the values that the decoder builds (a list of pairs for a collection, digits for an amount). Then the
decoders are built and the readers' annotations are put back, before other code can see the classes.

Two shapes are refused on purpose, and so left to the tolerant pass: an array in an array, and a type directly within
itself, such as a filter of filters. Both could nest without end in few bytes; without them a deep body must be long.
"""

# Annotations are evaluated here, because msgspec would compile the text of each.

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NewType, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from ..event.context import ContextSummary, RemoteExecutionContext
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, Member, item_of
from ..model.records import Item, UnknownMembers, twin_of
from ..model.rows import Entity, EntityCollection, EntityReference, Relationship
from ..model.values import TaggedValue

_Scalar: TypeAlias = None | bool | int | str
_Single: TypeAlias = _Scalar | float | TaggedValue
_Value: TypeAlias = _Single | list[_Single]


if TYPE_CHECKING:
    ROW: TypeAlias = Entity
    REFERENCE: TypeAlias = EntityReference
else:
    # Rows and references in slots that declare their type, as the decoder builds them.
    ROW = twin_of(Entity)
    REFERENCE = twin_of(EntityReference)


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
    value: ROW | None


class RelatedPair(Item, frozen=True):
    """One item of a collection of related rows."""

    key: Relationship
    value: EntityCollection


_PAIRS: dict[str, Any] = {"Value": Pair, "str": TextPair, "Entity": ImagePair, "EntityCollection": RelatedPair}
"""The type of a pair, by the kind of its item."""

_RARE = {"RelatedEntityCollection": 1, "KeyAttributeCollection": 0}
"""How many items the fast pass takes, for collections that it bounds: with two relationships, keys could repeat."""


def _list_of(item: Any) -> Any:
    return list[item]


_DECODED: dict[str, Any] = {
    **{cls.__name__: cls for cls in (UUID, str, bool, int)},
    **CODES,
    **RECORDS,
    **{f"list[{name}]": _list_of(cls) for name, cls in RECORDS.items()},
    **{name: _list_of(_PAIRS[pairs.item]) for name, pairs in PAIRS.items()},
    "list[str | None]": list[str | None],
    "EntityReference": REFERENCE,
    # A date stays text until its first access. An amount stays raw digits, because a float would not be exact.
    "datetime": str,
    "Decimal": Raw,
    # `survey` does not search members of these kinds for floats or nested rows, so the fast pass refuses both here.
    "Value": _Scalar,
    "list[Value]": list[_Scalar],
}
"""The type that the decoder builds, by the kind of a member."""


def _decoded(cls: type[Any], member: Member) -> Any:
    """The type that the decoder builds for a member."""
    kind = member.kind
    # A parent context may nest: one takes so many bytes that a body must be long to be deep.
    if kind == cls.__name__ and cls is not RemoteExecutionContext:
        decoded: Any = type(None)
    elif item_of(kind) == cls.__name__:
        decoded = Annotated[_DECODED[kind], Meta(max_length=0)]
    elif kind in _RARE:
        decoded = Annotated[_DECODED[kind], Meta(max_length=_RARE[kind])]
    else:
        decoded = _DECODED[kind]
    if member.is_nullable or kind in PAIRS:
        decoded = decoded | None
    decoded = decoded | UnsetType if member.may_be_absent else decoded
    # Under a name of its own, msgspec does not have `typing` look for texts in each part of a union.
    return decoded if isinstance(decoded, type) else NewType(kind, decoded)  # pyright: ignore[reportArgumentType]


_for_readers = {cls: cls.__annotations__ for cls in MEMBERS}
for _cls, _members in MEMBERS.items():
    _cls.__annotations__ = {member.field: _decoded(_cls, member) for member in _members}
    _cls.__annotations__["unknown_members"] = UnknownMembers
decode_context: Callable[[bytes | str], RemoteExecutionContext] = msgspec.json.Decoder(RemoteExecutionContext).decode
for _cls, _annotations in _for_readers.items():
    _cls.__annotations__ = _annotations


@cache
def summary_decoder() -> Callable[[bytes | str], ContextSummary]:
    """Decodes a few members; built when first asked for."""
    return msgspec.json.Decoder(ContextSummary).decode


class RawPair(Item, frozen=True):
    """One item of a collection whose value is not read yet."""

    key: str
    value: Raw


def make_envelope(name: str, others: dict[str, Any]) -> Any:
    """A struct with the members of a context, for a reader that needs only some of what they hold.

    `others` has another type for some members, by field. A body with a member that is not known is refused.
    """
    fields: list[Any] = []
    for member in MEMBERS[RemoteExecutionContext]:
        decoded = others.get(member.field) or _decoded(RemoteExecutionContext, member)
        fields.append((member.field, decoded, UNSET) if member.may_be_absent else (member.field, decoded))
    names = {member.field: member.wire for member in MEMBERS[RemoteExecutionContext]}
    return msgspec.defstruct(
        name, fields, rename=names, forbid_unknown_fields=True, frozen=True, kw_only=True, gc=False
    )
