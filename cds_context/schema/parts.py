"""The schemas that both forms share: of a kind, of a code, and of a type's members.

They are made from the tables in `model.kinds`, so a changed type changes its schema. Neither form is known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..event.context import RemoteExecutionContext
from ..model.codes import Code
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, TAGS, Member, Pairs, item_of, split
from .docstrings import of_members, summary

Schema: TypeAlias = dict[str, Any]

_DEFINED: dict[str, str] = {
    "UUID": "Guid",
    "int": "Integer",
    "Decimal": "Decimal",
    "datetime": "Date",
    **{name: name for name in ("Value", *CODES, *PAIRS, *RECORDS)},
}
"""The kinds with a schema of their own in `$defs`, each with its name there; the forms spell these schemas."""


TYPES: tuple[Any, ...] = (RemoteExecutionContext, *TAGS)
"""The types of the platform, in the order of their schemas."""


def ref(name: str) -> Schema:
    """Points to a schema in `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def array_of(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def described(cls: type, schema: Schema) -> Schema:
    """A schema with the name of a class as title, and the first line of its docstring as description."""
    return {"title": cls.__name__, "description": summary(cls), **schema}


def of_kind(kind: str, *, is_nullable: bool = False) -> Schema:
    """The schema of a member, a key or an item of this kind."""
    if is_nullable:
        return or_null(of_kind(kind))
    if listed := item_of(kind):
        bare, may_be_null, _ = split(listed)
        return array_of(of_kind(bare, is_nullable=may_be_null))
    return _INLINE.get(kind) or ref(_DEFINED[kind])


_INLINE: dict[str, Schema] = {"str": {"type": "string"}, "bool": {"type": "boolean"}}


def any_value(about: str, of_object: Schema) -> Schema:
    """The schema of a slot that does not declare its type, from the schema of an object that stands in it.

    Generators of code ignore `if`. To them all is valid, and they make the language's type for anything of it. A list
    of all types in `type` would become a type that is defined by itself, and most languages have none. Without `anyOf`
    some would take the value for an object.
    """
    return {
        "title": "Value",
        "description": about,
        "anyOf": [{}],
        "if": {"type": "object"},
        "then": {"type": "object", **of_object},
        "else": {"if": array_of({}), "then": array_of(ref("Value"))},
    }


def item(pairs: Pairs) -> Schema:
    """The schema of an item's value, in a collection."""
    return of_kind(pairs.item, is_nullable=pairs.item_is_nullable)


def pair(pairs: Pairs) -> Schema:
    """One item of a collection, where it is written as an object."""
    return {
        "type": "object",
        "properties": {"key": of_kind(pairs.key), "value": item(pairs)},
        "required": ["key", "value"],
        "additionalProperties": False,
    }


def record(cls: Any, name: Callable[[Member], str], is_required: Callable[[Member], bool]) -> Schema:
    """A type of the platform as an object, with the form's names for its members."""
    said = of_members(cls.shape.room, cls.__name__)
    properties: dict[str, Schema] = {}
    for member in MEMBERS[cls]:
        sentence = {"description": said[member.field]} if member.field in said else {}
        properties[name(member)] = {**sentence, **of_kind(member.kind, is_nullable=member.is_nullable)}
    required = [name(member) for member in MEMBERS[cls] if is_required(member)]
    return described(cls, {"type": "object", "properties": properties, "required": required})


def code(cls: type[Code], schema: Schema) -> Schema:
    """A code: its named numbers, and any other number too."""
    schema = described(cls, schema)
    names = ", ".join(f"{member.value} {member.name}" for member in cls)
    schema["description"] += f" {names}; others may come."
    return schema
