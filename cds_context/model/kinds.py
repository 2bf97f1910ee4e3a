"""The members of each type, read from the annotations of its class.

How it works: the body of a class is the only description of a type. Its fields stand in the order of the wire, and an
annotation is the type that a reader gets. At run time annotations are text, which is taken apart here:

    row_version: str | None | UnsetType = UNSET     the kind `str`; may be null; may be absent
    entities: list[Entity]                          the kind `list[Entity]`
    attributes: AttributeCollection                 the kind `AttributeCollection`

A kind is a text, and the type that it names is not imported here. Each room that treats members (reader, writer,
schema, plain form, redaction, validation, strategies) has a table by kind. Classes of records and of collections enter
themselves into the tables of this file when they are made; so the tables are complete once `event.context` is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from msgspec import Struct

from .codes import Code, EntityRole, EntityState, IsolationMode, Mode, Stage


class Member(Struct, frozen=True):
    """One member of a type. To a reader a collection is never null or absent; on the wire it can be either."""

    wire: str
    field: str
    kind: str
    is_nullable: bool
    may_be_absent: bool
    absent_is_null: bool = False
    """Whether a reader gets None for an absent member."""


class Pairs(Struct, frozen=True):
    """A type of collection, and the kinds of its keys and of its items."""

    collection: type[Any]
    key: str
    item: str
    item_is_nullable: bool


RECORDS: dict[str, type[Any]] = {}
"""The types that have members, by name."""

MEMBERS: dict[type[Any], tuple[Member, ...]] = {}
"""The members of each type, in the order of the wire."""

TAGS: dict[type[Any], str] = {}
"""The ``__type`` of each type. The context has no entry, because its type is declared wherever it stands."""

PAIRS: dict[str, Pairs] = {}
"""The collections of key/value pairs, by name."""

CODES: dict[str, type[Code]] = {cls.__name__: cls for cls in (Stage, Mode, IsolationMode, EntityState, EntityRole)}
"""The types of codes that members hold, by name."""

XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"
"""The namespace in which the platform names its types."""

CONTEXT_TAG = f"RemoteExecutionContext:{XRM}"
"""The ``__type`` of the context: servers never write it, readers accept it."""


def split(annotation: str) -> tuple[str, bool, bool]:
    """The kind in an annotation, whether the member may be null, and whether it may be absent."""
    present = annotation.removesuffix(" | UnsetType")
    kind = present.removesuffix(" | None")
    return kind, kind != present, present != annotation


def item_of(kind: str) -> str:
    """The annotation of a list's items, empty for a kind that is no list."""
    return kind[len("list[") : -1] if kind.startswith("list[") else ""


def enter_record(
    cls: Any, annotations: dict[str, str], declared: Mapping[str, str], may_be_left_out: set[str]
) -> tuple[Member, ...]:
    """Enter a class of records, with the annotations of its members and the members that a caller may leave out.

    `declared` holds annotations of members for which wire and reader have different types.
    """
    wires = dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
    members: list[Member] = []
    for field, annotation in (annotations | dict(declared)).items():
        kind, is_nullable, may_be_absent = split(annotation)
        absent_is_null = may_be_absent and not split(annotations[field])[2]
        # A reader always gets a collection, so its annotation cannot say that it may be absent; its default says so.
        may_be_absent = may_be_absent or (kind in PAIRS and field in may_be_left_out)
        members.append(Member(wires[field], field, kind, is_nullable, may_be_absent, absent_is_null))
    RECORDS[cls.__name__] = cls
    MEMBERS[cls] = tuple(members)
    if cls.__struct_config__.tag:
        TAGS[cls] = cls.__struct_config__.tag
    return MEMBERS[cls]


def enter_collection(cls: Any) -> Pairs:
    """Enter a class of collections; the types of keys and items come from its base class."""
    key, item = (getattr(argument, "__forward_arg__", argument) for argument in get_args(cls.__orig_bases__[0]))
    kind, is_nullable, _ = split(item)
    pairs = PAIRS[cls.__name__] = Pairs(cls, "str" if key is str else key, kind, is_nullable)
    return pairs
