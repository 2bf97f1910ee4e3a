"""What both forms of the schema share: the schema of a kind, of a code, and of a type's members.

From the tables in `members`, so that a type whose members change has another schema. Knows neither form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..model.codes import Code
from ..model.members import CODE_KINDS, LIST_KINDS, MEMBERS, PAIR_KINDS, RECORD_KINDS, Member
from .docstrings import of_members, summary

Schema: TypeAlias = dict[str, Any]

_NAMES: dict[str, str] = {
    "uuid": "Guid",
    "int": "Integer",
    "decimal": "Decimal",
    "date": "Date",
    "value": "Value",
    "relationship": "Relationship",
    "rows": "EntityCollection",
    **{kind: code.__name__ for kind, code in CODE_KINDS.items()},
    **{kind: pairs.collection.__name__ for kind, pairs in PAIR_KINDS.items()},
    **{kind: cls.__name__ for kind, cls in RECORD_KINDS.items()},
}
"""The kinds that have a schema of their own in `$defs`, which each form spells."""


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
    """A schema with the name of a class, and what its docstring says first."""
    return {"title": cls.__name__, "description": summary(cls), **schema}


def of_kind(kind: str) -> Schema:
    """The schema of a member, a key or an item of this kind."""
    if kind.endswith("?"):
        return or_null(of_kind(kind[:-1]))
    return _INLINE[kind] if kind in _INLINE else ref(_NAMES[kind])


_INLINE: dict[str, Schema] = {
    "key": {"type": "string"},
    "text": {"type": ["string", "null"]},
    "bool": {"type": "boolean"},
    "texts": array_of({"type": ["string", "null"]}),
    "values": array_of(ref("Value")),
    "row": or_null(ref("Entity")),
    **{kind: array_of(ref(cls.__name__)) for kind, cls in LIST_KINDS.items()},
}


ANY_TYPE: Schema = {"type": ["null", "boolean", "number", "string", "array", "object"], "items": ref("Value")}
"""Whatever JSON has. It forbids nothing; without it, generators of code take a value for an array."""


def pair(kind: str) -> Schema:
    """One item of a collection, where it is written as an object."""
    pairs = PAIR_KINDS[kind]
    return {
        "type": "object",
        "properties": {"key": of_kind(pairs.key), "value": of_kind(pairs.item)},
        "required": ["key", "value"],
        "additionalProperties": False,
    }


def record(cls: type, name: Callable[[Member], str], is_required: Callable[[Member], bool]) -> Schema:
    """A type of the platform as an object, with its members by the names that the form gives them."""
    said = of_members(cls)
    properties: dict[str, Schema] = {}
    for member in MEMBERS[cls]:
        sentence = {"description": said[member.field]} if member.field in said else {}
        properties[name(member)] = {**sentence, **of_kind(member.kind)}
    required = [name(member) for member in MEMBERS[cls] if is_required(member)]
    return described(cls, {"type": "object", "properties": properties, "required": required})


def code(cls: type[Code], schema: Schema) -> Schema:
    """A number with names; one without a name is valid too."""
    schema = described(cls, schema)
    names = ", ".join(f"{member.value} {member.name}" for member in cls)
    schema["description"] += f" {names}; others may come."
    return schema
