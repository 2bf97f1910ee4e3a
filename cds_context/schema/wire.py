"""The schema of the wire: every body that `parse_context` reads, as far as a schema can tell.

Scalars, pairs and `__type` are described here; `model.kinds` has the members of each type.

How it works: a slot without a declared type holds a `Value`. The `__type` of an object in it decides its schema, by
`if` and `then` and not by a union, so that a fault is reported at its own path and each value is validated once.
"""

from __future__ import annotations

from ..codec.tolerant import UUID_PATTERN
from ..model.kinds import CODES, CONTEXT_TAG, PAIRS, TAGS, Pairs
from ..model.parameters import KeyValuePair
from ..wire.dates import date_pattern
from .parts import TYPES, Schema, any_value, array_of, code, described, of_kind, or_null, pair, record, ref


def wire_schemas() -> dict[str, Schema]:
    """The schemas of the wire's types, by name."""
    return {
        **{cls.__name__: _record(cls) for cls in TYPES},
        "Value": _VALUE,
        **{name: _collection(pairs) for name, pairs in PAIRS.items()},
        **{cls.__name__: code(cls, {"type": "integer"}) for cls in CODES.values()},
        **_SCALARS,
    }


def _whole(pattern: str) -> Schema:
    # In some languages `$` also matches before a last newline.
    return {"type": "string", "pattern": f"^(?:{pattern})$", "not": {"pattern": "\\n"}}


_SCALARS: dict[str, Schema] = {
    "Guid": {
        "title": "Guid",
        "description": "An id. Servers write it in lower case, with hyphens.",
        **_whole(UUID_PATTERN),
        "examples": ["75c2dd85-e89e-e711-8122-000d3aa2331c"],
    },
    "Date": {
        "title": "Date",
        "description": (
            "Milliseconds since 1970-01-01 in UTC, within the years 1 to 9999; on the wire the slashes are escaped. An "
            "offset says that the server held the time as a local one, and does not shift the instant."
        ),
        **_whole(date_pattern().pattern),
        "examples": ["/Date(1506384247000)/", "/Date(1506409448000-0700)/"],
    },
    "Decimal": {
        "title": "Decimal",
        "description": "An exact number, with its scale: read it as a decimal, not as a double.",
        "type": "number",
        "examples": [1.5],
    },
    "Integer": {
        "title": "Integer",
        "description": "An integer, without a point and without an exponent.",
        "type": "integer",
    },
    "ForeignType": {
        "title": "ForeignType",
        "description": "The name of a type that this schema does not know.",
        "type": "string",
        "not": {"enum": [*TAGS.values(), CONTEXT_TAG]},
    },
}

_ITEM = TAGS[KeyValuePair].replace("#", "http://schemas.datacontract.org/2004/07/")
_IS_ITEM: Schema = {
    "properties": {"__type": {"const": _ITEM}, "key": {}, "value": {}},
    "required": ["__type", "key", "value"],
    "maxProperties": 3,
}
"""Recognizes an item of a dictionary of texts: the full name of its type, and no other members."""
_TEXT = of_kind("str", is_nullable=True)

_VALUE: Schema = any_value(
    (
        "Whatever can stand in a slot that does not declare its type. An object says its type in `__type`; a type that "
        "this schema does not know, an object without a type, and an array are valid with whatever is valid in them. "
        "Text may be an id, or a date as `/Date(…)/`. A number is an integer of any size, a decimal with its scale "
        "(`1.50`) or a double (`1E+20`, `-0`). A double may also be a bare `NaN`, `INF` or `-INF`, which is no JSON."
    ),
    {
        "if": {"properties": {"__type": {"enum": [*TAGS.values()]}}, "required": ["__type"]},
        "then": {
            "allOf": [
                {"if": {"properties": {"__type": {"const": tag}}}, "then": ref(cls.__name__)}
                for cls, tag in TAGS.items()
            ]
        },
        "else": {
            "properties": {"__type": {"type": "string"}},
            "additionalProperties": ref("Value"),
            "if": _IS_ITEM,
            "then": {"properties": {"key": _TEXT, "value": _TEXT}},
        },
    },
)


def _record(cls: type) -> Schema:
    schema = record(cls, lambda member: member.wire, lambda member: not member.may_be_absent)
    own = {"const": TAGS.get(cls, CONTEXT_TAG)}
    schema["properties"] = {"__type": {"anyOf": [own, ref("ForeignType")]}, **schema["properties"]}
    # Unknown members are allowed.
    return {**schema, "additionalProperties": ref("Value")}


def _collection(pairs: Pairs) -> Schema:
    return described(pairs.collection, or_null(array_of(pair(pairs))))
