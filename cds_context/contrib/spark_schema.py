"""The columns of a table as Spark knows them: the JSON of a `StructType`, made of an Arrow schema, and read back.

PySpark is not imported here, nor is any body read. What Layouts of rows keep in the metadata of a column goes along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..errors import ArgumentError
from ..tables.arrow import (
    BINARY,
    BOOL,
    CHOICES,
    FRACTION,
    INT32,
    INT64,
    LOOKUP,
    MOMENT,
    TEXT,
    TEXTS,
    DataType,
    Field,
    Schema,
    fields_of,
    without_dictionaries,
)

StructJson: TypeAlias = Mapping[str, Any]
"""What `StructType.jsonValue` gives, and `StructType.fromJson` takes."""


def _list(kind: str) -> dict[str, Any]:
    return {"type": "array", "elementType": kind, "containsNull": True}


def _struct(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "struct", "fields": fields}


def _field(name: str, kind: Any, metadata: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "type": kind, "nullable": True, "metadata": {**metadata}}


_TYPES: list[tuple[DataType, Any]] = [
    (TEXT, "string"),
    (BINARY, "binary"),
    (BOOL, "boolean"),
    (INT32, "integer"),
    (INT64, "long"),
    (FRACTION, "decimal(38,10)"),
    (MOMENT, "timestamp"),
    (TEXTS, _list("string")),
    (CHOICES, _list("integer")),
    (LOOKUP, _struct([_field(name, "string", {}) for name in ("id", "table", "name")])),
]


def to_struct(schema: Schema) -> StructJson:
    """The columns of a table as a struct. Raises ArgumentError for a type that no table has."""
    plain, _ = without_dictionaries(schema)
    return _struct([_field(field.name, _to_spark(field), field.metadata_str) for field in fields_of(plain)])


def to_schema(struct: StructJson) -> Schema:
    """A struct as an Arrow schema. Raises ArgumentError for a type that no table has."""
    return Schema(
        [
            Field(each["name"], _to_arrow(each), nullable=True, metadata=_texts(each["metadata"]))
            for each in struct["fields"]
        ]
    )


def shape(struct: StructJson) -> list[tuple[str, Any]]:
    """The names and types of the columns, which have to be equal; whether they may be null, and metadata, do not."""
    return [(each["name"], each["type"]) for each in struct["fields"]]


def _to_spark(field: Field) -> Any:
    for known, name in _TYPES:
        if known == field.type:
            return name
    raise ArgumentError(f"no table has a column of the type of `{field.name}`")


def _to_arrow(field: StructJson) -> DataType:
    for known, name in _TYPES:
        if name == field["type"]:
            return known
    raise ArgumentError(f"no table has a column of the type of `{field['name']}`")


def _texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in metadata.items() if isinstance(value, str)}
