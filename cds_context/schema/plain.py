"""The schema of plain data, the result of `to_plain` in the mode "json".

Scalars, collections and types are described here, as `conversion.plain` makes them; `model.kinds` has the members of
each type.

How it works: as in `wire`, `if` and `then` recognize an object in a `Value` by its members.
"""

from __future__ import annotations

from typing import Any

from ..conversion.plain import ALWAYS, TAGGED
from ..model.kinds import CODES, PAIRS, Member, Pairs
from ..model.parameters import KeyValuePair
from ..model.rows import Money, OptionSetValue
from ..model.values import UnknownValue
from .parts import TYPES, Schema, any_value, array_of, code, described, item, or_null, pair, record, ref


def plain_schemas() -> dict[str, Schema]:
    """The schemas of plain data, by name."""
    return {
        **{cls.__name__: _record(cls) for cls in TYPES},
        "UnknownValue": _UNKNOWN_VALUE,
        "Value": _VALUE,
        **{name: _collection(pairs) for name, pairs in PAIRS.items()},
        **{cls.__name__: code(cls, _INTEGER) for cls in CODES.values()},
        **_SCALARS,
    }


_INTEGER: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        {"type": "string", "pattern": "^-?[0-9]+$"},
    ]
}

_SCALARS: dict[str, Schema] = {
    "Guid": {
        "title": "Guid",
        "description": "An id, in lower case, with hyphens.",
        "type": "string",
        "format": "uuid",
        "pattern": "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
    },
    "Date": {
        "title": "Date",
        "description": "ISO 8601: `Z` for UTC only, `+00:00` for local time without offset.",
        "type": "string",
        "format": "date-time",
        "pattern": r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
        "examples": ["2017-09-26T00:04:07Z", "2017-09-26T00:04:08.123000-07:00"],
    },
    "Decimal": {
        "title": "Decimal",
        "description": "An exact number, as text, with its scale.",
        "type": "string",
        "pattern": r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$",
        "examples": ["15000.00"],
    },
    "Integer": {"title": "Integer", "description": "An integer; beyond 64 bits, as text.", **_INTEGER},
}

_ANYTHING: Schema = {"type": "object", "additionalProperties": ref("Value")}

_UNKNOWN_VALUE = described(
    UnknownValue,
    {
        "type": "object",
        "properties": {"__type": {"type": "string"}, "members": _ANYTHING},
        "required": ["__type", "members"],
        "additionalProperties": False,
    },
)

_TYPES = [cls.__name__ for cls in TYPES if cls in TAGGED]


def _has(*names: str, **known: Schema) -> Schema:
    """An object with these members, of which some have a schema."""
    return {"properties": {name: known.get(name, {}) for name in names}, "required": [*names]}


def _first(arms: list[tuple[Schema, Schema]], otherwise: Schema) -> Schema:
    """A schema that applies the first arm whose condition holds."""
    for condition, schema in reversed(arms):
        otherwise = {"if": condition, "then": schema, "else": otherwise}
    return otherwise


_VALUE: Schema = any_value(
    (
        "What stood in a slot that does not declare its type. A choice is a number; an amount, a date and an id are "
        "text. An object with `logical_name` is a lookup if it has a `name`, else a row; one with `entities` is a "
        "collection of rows, one with `key` an item of a dictionary. All others say in `__type` what they are; an "
        "object whose `__type` is null or missing had no type."
    ),
    _first(
        [
            (_has("__type", "members", __type={"type": "string"}), ref("UnknownValue")),
            (
                _has("__type", __type={"type": "string"}),
                {
                    "properties": {"__type": {"enum": _TYPES}},
                    "allOf": [
                        {"if": {"properties": {"__type": {"const": name}}}, "then": ref(name)} for name in _TYPES
                    ],
                },
            ),
            (_has("__type"), {"properties": {"__type": {"type": "null"}}, **_ANYTHING}),
            (_has("logical_name", "name"), ref("EntityReference")),
            (_has("logical_name"), ref("Entity")),
            (_has("entities"), ref("EntityCollection")),
            (_has("key"), ref("KeyValuePair")),
        ],
        _ANYTHING,
    ),
)


def _record(cls: Any) -> Schema:
    left_out = cls.shape.defaults.keys() - ALWAYS

    def is_required(member: Member) -> bool:
        may_be_absent = member.may_be_absent and not member.absent_is_null
        return not may_be_absent and member.field not in left_out

    schema = record(cls, lambda member: member.field, is_required)
    properties = {**schema["properties"], **_OTHERWISE.get(cls, {}), "unknown_members": _UNKNOWN_MEMBERS}
    required = list(schema["required"])
    if cls in _BARE:
        required.append("unknown_members")
    if cls in TAGGED:
        properties = {"__type": {"const": cls.__name__}, **properties}
        required = ["__type", *required]
    return {**schema, "properties": properties, "required": required, "additionalProperties": False}


_UNKNOWN_MEMBERS: Schema = {**_ANYTHING, "description": "Members that this package does not know.", "minProperties": 1}
_OTHERWISE: dict[Any, dict[str, Schema]] = {KeyValuePair: {"key": ref("Value"), "value": ref("Value")}}
"""The item of a dictionary, of any type. On the wire, an item that is not text to text has another `__type`."""
_BARE = {OptionSetValue, Money}
"""The types that become their inner value, unless a record holds more than this."""


def _collection(pairs: Pairs) -> Schema:
    if pairs.key == "str":
        schema: Schema = {"type": "object", "additionalProperties": item(pairs)}
    else:
        schema = array_of(pair(pairs))
    return described(pairs.collection, or_null(schema))
