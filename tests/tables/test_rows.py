"""The rooms `tables.rows`, `tables.layouts` and `tables.cells`: typed columns in which nothing is rounded or lost."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from arro3.core import DataType, Field, Schema
from arro3.core import Table as ArrowTable
from arro3.io import read_parquet, write_parquet
from hypothesis import given
from msgspec.structs import replace

from cds_context import (
    ArgumentError,
    ColumnError,
    Entity,
    EntityImageCollection,
    EntityReference,
    KeyAttributeCollection,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
    UnknownMembers,
    encode_context,
    parse_context,
)
from cds_context.tables import Body, BodyError, changes_table, row_schemas, rows_tables
from cds_context.tables.layouts import FIXED
from cds_context.tables.lean import read_lean
from cds_context.tables.rows import RoutedRows
from cds_context.testing import create_multiple, delete, examples, truncate, update
from cds_context.testing.strategies import events
from tests.bodies import event

from .consumed import known_bodies, rows_of

ID = UUID(int=7)
MOST = "9" * 28 + "." + "9" * 10
NUMBERED: Any = UnknownMembers({"More": 1})


def submitted(*rows: dict[str, Any], table: str = "contact") -> list[bytes]:
    """Updates that write these columns."""
    return [encode_context(event("Update", {"Target": Entity(table, ID, row)})) for row in rows]


def read_columns(*rows: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The columns that the tables have of what was submitted, without those that every row has."""
    table = rows_tables(submitted(*rows), **options)["contact"]
    return [{name: value for name, value in row.items() if name not in FIXED} for row in rows_of(table)]


def types_of(schema: Schema) -> dict[str, DataType]:
    return {schema.field(index).name: schema.field(index).type for index in range(len(schema))}


def test_an_event_of_a_row_is_a_row() -> None:
    data = examples()["update"]
    context = parse_context(data)
    tables = rows_tables([Body(data, "a.jsonl", 9)])
    assert list(tables) == ["contact"]
    assert len(tables) == 1
    (row,) = rows_of(tables["contact"])
    assert row["moment"].astimezone(timezone.utc) == context.operation_created_on_utc
    assert {name: row[name] for name in FIXED if name not in ("moment", "known")} == {
        "event_id": context.idempotency_key,
        "message": "Update",
        "id": str(context.primary_entity_id),
        "deleted": False,
        "row_version": context.row_version,
        "unplaced": None,
        "source": "a.jsonl",
        "position": 9,
    }
    after = context.snapshot()
    assert row["known"] == list(after)
    assert row["firstname"] == after["firstname"]
    assert "telephone1" in row["known"]
    assert "telephone1" not in row  # of which no event tells a value, and so no kind
    assert row["creditlimit"] == Decimal("15000.0000000000")
    assert row["preferredcontactmethodcode"] == 2
    assert row["preferredcontactmethodcode__label"] == after.formatted("preferredcontactmethodcode")
    lookup = after.get_as("parentcustomerid", EntityReference)
    assert row["parentcustomerid"] == {"id": str(lookup.id), "table": "account", "name": lookup.name}


@pytest.mark.parametrize(
    ("value", "kind", "cell"),
    [
        ("text", DataType.utf8(), "text"),
        (True, DataType.bool(), True),
        (-(2**63), DataType.int64(), -(2**63)),
        (0.5, DataType.decimal128(38, 10), Decimal("0.5000000000")),
        (Money(Decimal("-1.20")), DataType.decimal128(38, 10), Decimal("-1.2000000000")),
        (Money(Decimal(MOST)), DataType.decimal128(38, 10), Decimal(MOST)),
        (OptionSetValue(3), DataType.int32(), 3),
        (
            datetime(1, 1, 1, tzinfo=timezone.utc),
            DataType.timestamp("us", tz="UTC"),
            datetime(1, 1, 1, tzinfo=timezone.utc),
        ),
        (
            datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc),
            DataType.timestamp("us", tz="UTC"),
            datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc),
        ),
    ],
)
def test_each_kind_of_value_has_a_type(value: Any, kind: DataType, cell: Any) -> None:
    (row,) = read_columns({"a": value})
    assert row["a"] == cell
    assert types_of(row_schemas(submitted({"a": value}))["contact"])["a"] == kind


def test_several_choices_are_a_list_and_a_lookup_is_a_struct() -> None:
    (row,) = read_columns(
        {"a": [OptionSetValue(1), OptionSetValue(2)], "b": EntityReference("account", ID, "Fabrikam")}
    )
    assert row == {"a": [1, 2], "b": {"id": str(ID), "table": "account", "name": "Fabrikam"}}


def test_null_and_what_was_cleared_are_null_and_known() -> None:
    table = rows_tables(submitted({"a": None, "b": []}, {"a": "x", "b": [OptionSetValue(1)]}))["contact"]
    cleared, _ = rows_of(table)
    assert (cleared["a"], cleared["b"], cleared["known"]) == (None, None, ["a", "b"])


TOO_MUCH: list[tuple[Any, str]] = [
    (Decimal("0.12345678901"), "0.12345678901"),
    (Decimal(f"1{'0' * 28}"), "1E+28"),
    (float("nan"), "NaN"),
    (float("-inf"), "-INF"),
    (2**100, "1267650600228229401496703205376"),
    (1e300, "1E+300"),
]


@pytest.mark.parametrize(("value", "text"), TOO_MUCH, ids=[text for _, text in TOO_MUCH])
def test_a_fraction_that_does_not_fit_is_text_beside(value: Any, text: str) -> None:
    assert read_columns({"a": value}, {"a": 0.5}) == [
        {"a": None, "a__text": text},
        {"a": Decimal("0.5"), "a__text": None},
    ]


def test_zero_and_zeros_at_the_end_take_no_digits() -> None:
    rows = read_columns({"a": Decimal("0E-30")}, {"a": Decimal("2.50000000000000000")}, {"a": 10**20})
    assert [row["a"] for row in rows] == [0, Decimal("2.5"), 10**20]
    # The amount has the body read with exact fractions.
    (row,) = read_columns({"a": Money(Decimal("0E-30")), "b": Money(Decimal("0.12345678901234567"))})
    assert row == {"a": 0, "b__text": "0.12345678901234567", "b": None}
    (row,) = read_columns({"a": Decimal("-0.1234567890"), "b": Decimal("-0.00")})
    assert row == {"a": Decimal("-0.123456789"), "b": 0}


def test_a_lookup_or_a_choice_that_does_not_fit_is_text_beside() -> None:
    keyed = EntityReference("account", key_attributes=KeyAttributeCollection({"number": "A1"}))
    (row,) = read_columns({"a": keyed, "b": OptionSetValue(2**40)})
    assert json.loads(row["a__text"])["key_attributes"] == {"number": "A1"}
    assert (row["a"], row["b"], row["b__text"]) == (None, None, str(2**40))


@pytest.mark.parametrize(
    "value",
    [
        Entity("task", ID),
        Money(Decimal(1), unknown_members=NUMBERED),
        OptionSetValue(1, unknown_members=NUMBERED),
        [1, 2],
        [OptionSetValue(2**40)],
        [OptionSetValue(1, unknown_members=NUMBERED)],
    ],
    ids=repr,
)
def test_any_other_value_is_json(value: Any) -> None:
    (row,) = read_columns({"a": value})
    assert json.loads(row["a"])
    assert set(row) == {"a"}


def test_half_a_surrogate_pair_is_null_and_an_error_of_its_column() -> None:
    found: list[BodyError] = []
    tables = rows_tables(submitted({"a": "cut \ud83d", "b": "whole \U0001f600"}), on_error=found.append)
    (row,) = rows_of(tables["contact"])
    assert (row["a"], row["b"], row["known"]) == (None, "whole \U0001f600", ["a", "b"])
    assert [(error.column, error.reason) for error in found] == [("a", "half a surrogate pair")]
    assert tables["contact"].counts.errors == 0
    assert [error["column"] for error in rows_of(tables.errors)] == ["a"]
    (row,) = read_columns({"a": 1}, {"a": "cut \ud83d"}, on_conflict="json")[1:]
    assert row == {"a": None}


def test_integers_and_fractions_are_one_kind() -> None:
    orders: list[list[dict[str, Any]]] = [[{"a": 1}, {"a": 1.5}], [{"a": 1.5}, {"a": 1}]]
    for rows in orders:
        assert [row["a"] for row in read_columns(*rows)] == [Decimal(str(row["a"])) for row in rows]


MIXED: list[dict[str, Any]] = [{"a": 1}, {"a": "x"}, {"a": True}, {"a": OptionSetValue(2)}, {"a": "y"}]


def test_another_kind_of_value_has_a_column_beside() -> None:
    rows = read_columns(*MIXED)
    assert [{name: value for name, value in row.items() if value is not None} for row in rows] == [
        {"a": 1},
        {"a__text": "x"},
        {"a__bool": True},
        {"a__choice": 2},
        {"a__text": "y"},
    ]


def test_columns_of_several_kinds_can_be_json_or_an_error() -> None:
    assert [json.loads(row["a"]) for row in read_columns(*MIXED, on_conflict="json")] == [1, "x", True, 2, "y"]
    with pytest.raises(ColumnError, match="expected integer, found text - in column `a`"):
        row_schemas(submitted(*MIXED), on_conflict="error")
    with pytest.raises(ArgumentError, match="variant, json or error"):
        row_schemas([], on_conflict="drop")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_a_column_called_as_one_of_ours_has_a_name_of_its_own() -> None:
    rows = read_columns({"id": "x", "message": "y", "a": OptionSetValue(1), "a__label": "z", "id__column": "w"})
    assert rows == [
        {
            "id__column": "x",
            "message__column": "y",
            "a": 1,
            "a__label": None,
            "a__label__column": "z",
            "id__column__column": "w",
        }
    ]


def test_no_two_columns_have_one_name() -> None:
    assert read_columns({"id__column": "w", "id": "x"}) == [{"id__column": "w", "id__column_": "x"}]


def test_a_name_that_arrow_cannot_hand_on_is_escaped() -> None:
    table = rows_tables(submitted({"a\0b": 1, "c\ud83d": 2, "": 3, "a\\u0000b": 4}))["contact"]
    assert handed_on(table) == [("a\\u0000b", [1]), ("c\\ud83d", [2]), ("", [3]), ("a\\\\u0000b", [4])]


def handed_on(table: Any) -> list[tuple[str, list[Any]]]:
    """The columns behind the fixed ones, by way of Arrow's C interface."""
    read: Any = ArrowTable.from_arrow(table)
    return [(name, read.column(name).to_pylist()) for name in read.column_names[len(FIXED) :]]


def test_a_schema_of_an_earlier_run_is_extended_and_never_reordered() -> None:
    first = rows_tables(submitted({"b": 1, "a": OptionSetValue(1)}, {"b": "x"}))
    file = io.BytesIO()
    write_parquet(first["contact"], file)
    known = {"contact": read_parquet(file).schema}
    later = submitted({"c": "new", "b": 0.5, "a": OptionSetValue(2)}, {"b": 2, "d": None})
    schemas = row_schemas(later, known=known)
    names = schemas["contact"].names
    assert names[: len(first.schemas["contact"].names)] == first.schemas["contact"].names
    assert names[len(FIXED) :] == ["b", "b__text", "a", "a__label", "b__fraction", "c"]
    rows = rows_of(rows_tables(later, schemas=schemas)["contact"])
    assert [(row["a"], row["b"], row["b__fraction"], row["c"]) for row in rows] == [
        (2, None, Decimal("0.5"), "new"),
        (None, 2, None, None),
    ]
    assert row_schemas(later, known=schemas, on_conflict="json") == schemas
    assert row_schemas(submitted({"a": "y"}), known=known, on_conflict="json")["contact"].names[-1] == "a__text"


def test_what_has_no_column_in_the_schema_is_unplaced_and_counted() -> None:
    known = row_schemas(submitted({"a": 1, "b": "x"}))
    table = rows_tables(submitted({"a": 2, "b": 0.5, "c": "y", "n": None}, {"a": 1e300}), schemas=known)["contact"]
    first, second = rows_of(table)
    assert (first["a"], first["b"], json.loads(first["unplaced"])) == (2, None, {"b": 0.5, "c": "y"})
    assert json.loads(second["unplaced"]) == {"a": "1E+300"}
    assert table.counts.unplaced == 3
    assert "c" not in table.schema.names


def test_an_event_of_a_table_without_a_schema_is_an_error() -> None:
    bodies = [*submitted({"a": 1}), *submitted({"a": 2}, table="lead"), *submitted({"a": 3}), b"{"]
    known = row_schemas(bodies[:1])
    found: list[BodyError] = []
    tables = rows_tables(bodies, schemas=known, on_error=found.append)
    assert [row["a"] for row in rows_of(tables["contact"])] == [1, 3]
    counts = tables["contact"].counts
    assert (counts.read, counts.events, counts.rows, counts.errors) == (4, 2, 2, 2)
    assert (found[0].position, found[0].reason) == (1, "there is no schema for the table of its row")
    assert found[0].column is None
    assert [error["position"] for error in rows_of(tables.errors)] == [1, 3]
    # Of a table that has a schema, the rows are in a table of their own.
    assert rows_tables(bodies, schemas=row_schemas(bodies))["contact"].counts.errors == 0


def test_events_read_are_rows_and_errors_in_one_pass_over_all_tables() -> None:
    bodies = [*submitted({"a": 1}), *submitted({"a": 2}, table="lead"), *submitted({"a": 3}, {"b": 1}), b"{"]
    found: list[BodyError] = []
    routed = RoutedRows(bodies, row_schemas(bodies[:1]), on_error=found.append)
    assert [(name, len(rows_of([batch]))) for name, batch in routed] == [("contact", 3)]
    assert [error.position for error in found] == [1, 4]
    counts = routed.counts
    assert counts.read == counts.rows + counts.errors == 5
    assert counts.events == counts.rows


def test_a_schema_without_metadata_is_told_by_names_and_types() -> None:
    schema = row_schemas(submitted({"a": OptionSetValue(1), "b": 1, "c": EntityReference("account", ID)}, {"b": "x"}))
    fields = [schema["contact"].field(index).remove_metadata() for index in range(len(schema["contact"]))]
    bare = {"contact": Schema(fields)}
    assert rows_tables([], schemas=bare).schemas == schema
    with pytest.raises(ArgumentError, match="no kind of column has the type of 'x'"):
        rows_tables([], schemas={"contact": Schema([*fields, Field("x", DataType.float64())])})
    with pytest.raises(ArgumentError, match="begins with the columns event_id"):
        rows_tables([], schemas={"contact": Schema(fields[1:])})


def test_a_bulk_message_has_a_row_for_each_of_its_rows() -> None:
    tables = rows_tables([encode_context(create_multiple("contact", after=[{"a": 1}, {"a": 2}]))])
    rows = rows_of(tables["contact"])
    assert [row["a"] for row in rows] == [1, 2]
    assert len({row["id"] for row in rows}) == 2
    assert tables["contact"].counts.events == 1


def test_a_deletion_is_marked_and_shows_what_was_there() -> None:
    bodies = [encode_context(delete("contact", before=before)) for before in ({"a": 1}, {})]
    bodies[1:] = [encode_context(delete("contact"))]
    rows = rows_of(rows_tables([*bodies, *submitted({"a": 1})])["contact"])
    assert [row["deleted"] for row in rows] == [True, True, False]
    assert rows[1]["known"] == []


def test_an_event_that_tells_nothing_of_a_row_has_none() -> None:
    tables = rows_tables([examples()["custom-api"], examples()["associate"], examples()["retrieve-multiple"]])
    assert dict(tables) == {}
    assert rows_of(tables.errors) == []
    routed = RoutedRows([*submitted({"a": 1}), examples()["associate"]], SCHEMAS, on_error=str)
    assert len([*routed]) == 1
    assert (routed.counts.events, routed.counts.rows, routed.counts.rowless) == (2, 1, 1)


def test_a_truncated_event_has_no_row_and_is_counted() -> None:
    cut = encode_context(truncate(update("contact", after={"a": 1})))
    table = rows_tables([*submitted({"a": 1}), cut])["contact"]
    assert len(rows_of(table)) == 1
    assert (table.counts.truncated, table.counts.rowless) == (1, 1)


def test_an_iterator_cannot_be_read_twice() -> None:
    with pytest.raises(ArgumentError, match="gives them once"):
        rows_tables(iter(submitted({"a": 1})))
    schemas = row_schemas(iter(submitted({"a": 1})))
    assert len(rows_of(rows_tables(iter(submitted({"a": 1})), schemas=schemas)["contact"])) == 1


def test_ten_thousand_columns_make_a_table() -> None:
    (row,) = read_columns({f"a{index}": index for index in range(10_000)})
    assert row == {f"a{index}": index for index in range(10_000)}


def test_every_known_body_gives_rows_or_an_error() -> None:
    bodies = list(known_bodies().values())[::5]
    tables = rows_tables(bodies)
    assert len(tables) > 5
    rows = 0
    for table in tables.values():
        rows += len(rows_of(table))
        assert table.counts.read == table.counts.events + table.counts.errors == len(bodies)
        assert table.counts.unplaced == 0
    assert rows > 50


def test_every_known_body_is_read_the_same_in_both_ways() -> None:
    # What is not read lean is read in one way only.
    bodies = [Body(data, name) for name, data in known_bodies().items() if read_lean(data)]
    assert len(bodies) > 20
    schemas = row_schemas(bodies, strict=True)
    assert row_schemas(bodies) == schemas
    lean, strict = ([*RoutedRows(bodies, schemas, strict=strict, on_error=str)] for strict in (False, True))
    assert [(name, rows_of([batch])) for name, batch in lean] == [(name, rows_of([batch])) for name, batch in strict]


NAMED = EntityReference("account", ID, "Fabrikam")
PLAIN_ROW: dict[str, Any] = {"a": "x", "b": OptionSetValue(1), "c": NAMED, "d": Money(Decimal("1.50")), "e": None}


@pytest.mark.parametrize(
    ("before", "after", "post"),
    [
        (PLAIN_ROW, {"c": EntityReference("account", ID), "b": OptionSetValue(1), "a": "y"}, {}),
        (PLAIN_ROW, {"c": EntityReference("contact", ID), "b": OptionSetValue(2), "e": 1.5}, {}),
        (PLAIN_ROW, {"c": None, "b": None, "a": None}, {}),
        ({"a": "x", "statuscode": OptionSetValue(1)}, {"statecode": OptionSetValue(1), "modifiedby": None}, {}),
        (
            PLAIN_ROW,
            {"c": NAMED, "d": Money(Decimal("1.5")), "f": datetime(2026, 1, 2, tzinfo=timezone.utc)},
            PLAIN_ROW,
        ),
        ({}, {"c": EntityReference("account", ID), "b": OptionSetValue(1), "d": 7}, PLAIN_ROW),
        (
            PLAIN_ROW,
            {"b": "another kind", "d": "/Date(x)/", "a": [OptionSetValue(1)], "statecode": OptionSetValue(1)},
            {},
        ),
        ({**PLAIN_ROW, "a": 0.1, "statuscode": OptionSetValue(1)}, {"a": 0.12345678901234567, "statecode": None}, {}),
        ({**PLAIN_ROW, "g": True}, {"a": "", "e": "", "g": 1, "parentcustomerid": NAMED}, {**PLAIN_ROW, "a": None}),
    ],
)
def test_rows_and_changes_are_read_the_same_in_both_ways(
    before: dict[str, Any], after: dict[str, Any], post: dict[str, Any]
) -> None:
    images: Any = {name: "Image" for name, row in (("pre_image", before), ("post_image", post)) if row}
    context = update("contact", before=before, after={**after, **post}, **images)
    bodies = [encode_context(context), encode_context(update("contact", before=before, after=after, **images))]
    for one in bodies:
        lean, strict = rows_tables([one]), rows_tables([one], strict=True)
        assert rows_of(lean["contact"]) == rows_of(strict["contact"])
        assert rows_of(changes_table([one])) == rows_of(changes_table([one], strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"key":"a","value":"x"}', b'{"key":"a","value":0.12345678901234567}'),
        (b'{"key":"a","value":"x"}', b'{"key":"a","value":"x"},{"key":"e","value":"y"}'),
        (b'{"key":"Image","value":', b'{"key":"Image","value":{"Attributes":7},"value":'),
        (b'"PreEntityImages":[', b'"PreEntityImages":[{"key":"Other","value":null},'),
        (b'"Id":"00000000-0000-0000-0000-000000000007"', b'"Id":"00000000-0000-0000-0000-000000000000"'),
        (b'"Id":"00000000-0000-0000-0000-000000000007"', b'"Id":"no id"'),
        (b'"Id":"00000000-0000-0000-0000-000000000007"', b'"Id":"%b"' % b",".join([str(ID).encode()] * 2)),
        (b'"PreEntityImages":[{"key":"Image","value":{', b'"PreEntityImages":[{"key":"Image","value":{"More":1,'),
    ],
    ids=range(8),
)
def test_what_needs_care_is_left_to_the_public_api(old: bytes, new: bytes) -> None:
    data = encode_context(update("contact", before=PLAIN_ROW, after=PLAIN_ROW, pre_image="Image"))
    assert old in data
    data = data.replace(old, new)
    ways: list[Any] = [changes_table, partial(RoutedRows, schemas=SCHEMAS, on_error=str)]
    for make in ways:
        lean, strict = make([data]), make([data], strict=True)
        assert rows_in(lean) == rows_in(strict)
        assert repr(lean.counts) == repr(strict.counts)


def test_several_images_are_left_to_the_public_api() -> None:
    context = update("contact", before=PLAIN_ROW, after={"a": "y"}, pre_image="Image")
    (image,) = context.pre_entity_images.values()
    data = encode_context(replace(context, pre_entity_images=EntityImageCollection({"Image": image, "Other": image})))
    lean, strict = changes_table([data]), changes_table([data], strict=True)
    assert rows_of(lean) == rows_of(strict) != []


def rows_in(table: Any) -> list[Any]:
    batches: list[Any] = [*table]
    return [rows_of([batch[1] if batch.__class__ is tuple else batch]) for batch in batches]


SCHEMAS = row_schemas([encode_context(update("contact", before=PLAIN_ROW, after=PLAIN_ROW, pre_image="Image"))])


@given(events())
def test_what_builders_make_has_a_cell_for_each_value(context: RemoteExecutionContext) -> None:
    data = encode_context(context)
    tables, strict = rows_tables([data]), rows_tables([data], strict=True)
    for name, table in tables.items():
        assert rows_of(table) == rows_of(strict[name])
        for row in rows_of(table):
            assert row["unplaced"] is None
            told = {name.partition("__")[0] for name, value in row.items() if value is not None} - {*FIXED}
            assert told <= {name.partition("__")[0] for name in row["known"]} | {*FIXED}
