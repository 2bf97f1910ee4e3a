"""The room `contrib.spark_schema`: columns as Spark knows them, and read back."""

from __future__ import annotations

import json

import pytest

from cds_context.contrib.spark_schema import shape, to_schema, to_struct
from cds_context.errors import ArgumentError
from cds_context.tables import changes_table, events_table, row_schemas
from cds_context.tables.arrow import DataType, Field, Schema, fields_of, without_dictionaries
from cds_context.testing import examples

BODIES = [*examples().values()]
SCHEMAS = row_schemas(BODIES)


@pytest.mark.parametrize("schema", [events_table([]).schema, changes_table([]).errors.with_bodies().schema])
def test_a_column_of_words_is_text(schema: Schema) -> None:
    plain, _ = without_dictionaries(schema)
    assert to_schema(to_struct(schema)) == plain != schema


@pytest.mark.parametrize("name", SCHEMAS)
def test_columns_of_rows_go_there_and_back_with_what_they_stand_for(name: str) -> None:
    struct = to_struct(SCHEMAS[name])
    again = to_schema(json.loads(json.dumps(struct)))
    assert again == without_dictionaries(SCHEMAS[name])[0]
    assert [field.metadata_str for field in fields_of(again)] == [
        field.metadata_str for field in fields_of(SCHEMAS[name])
    ]
    assert shape(to_struct(again)) == shape(struct)


def test_what_spark_adds_to_a_column_is_passed_over() -> None:
    field = {"name": "x", "type": "string", "nullable": False, "metadata": {"comment": "hi", "places": 3}}
    (found,) = fields_of(to_schema({"fields": [field]}))
    assert (found.name, found.nullable, found.metadata_str) == ("x", True, {"comment": "hi"})


def test_a_type_that_no_table_has_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no table has a column of the type of `x`"):
        to_struct(Schema([Field("x", DataType.float64())]))
    with pytest.raises(ArgumentError, match="no table has a column of the type of `y`"):
        to_schema({"fields": [{"name": "y", "type": "double", "nullable": True, "metadata": {}}]})
