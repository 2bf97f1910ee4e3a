"""The room `contrib.spark_scan`: what a task makes is the local table, in types that Spark has."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import pytest

from cds_context.contrib.spark_scan import Scan, bodies_in
from cds_context.contrib.spark_schema import to_struct
from cds_context.errors import ArgumentError, ArgumentTypeError
from cds_context.tables import Body, Unreadable, changes_table, events_table, rows_tables
from cds_context.tables.arrow import INT64, TEXT, Columns, DataType, fields_of, make_schema, values_of
from cds_context.testing import examples
from tests.tables.consumed import rows_of

BODIES = [*examples().values()]
BROKEN: list[bytes | str] = [*BODIES, b"{}", "no body"]
CHANGES = Scan(table="changes")
CONTACT = Scan(table="rows", logical_name="contact").for_columns(BODIES)


@pytest.mark.parametrize(
    ("scan", "table"),
    [
        (Scan(table="events"), events_table(BODIES)),
        (Scan(table="changes", chosen={"only_submitted": False}), changes_table(BODIES, only_submitted=False)),
        (CONTACT, rows_tables(BODIES)["contact"]),
        (Scan(table="events", errors="true"), events_table(BROKEN).errors),
        (Scan(table="changes", errors="with_bodies"), changes_table(BROKEN).errors.with_bodies()),
        (Scan(table="rows", errors="true"), rows_tables(BROKEN).errors),
    ],
)
def test_a_task_makes_the_local_table_in_types_that_spark_has(scan: Scan, table: Any) -> None:
    sent: Scan = pickle.loads(pickle.dumps(scan.for_columns(())))
    bodies: list[bytes | str] = [*BODIES] if scan.errors == "false" else BROKEN
    batches = [*sent.batches(bodies)]
    assert rows_of(batches) == rows_of(table) != []
    assert sent.struct == to_struct(batches[0].schema)
    assert not any(DataType.is_dictionary(field.type) for field in fields_of(batches[0].schema))


def test_columns_that_are_given_have_to_be_those_of_the_table() -> None:
    struct = CONTACT.struct
    assert struct is not None
    assert msgspec.structs.replace(CONTACT, struct=None).for_struct(struct) == CONTACT
    fewer = {**struct, "fields": struct["fields"][:12]}
    (batch, *_) = CONTACT.for_struct(fewer).batches(BODIES)
    assert "creditlimit" in str(values_of(batch.column("unplaced")))
    with pytest.raises(ArgumentError, match="a schema of rows begins with the columns event_id"):
        CONTACT.for_struct({**struct, "fields": struct["fields"][1:]})
    other = to_struct(events_table([]).schema)
    with pytest.raises(ArgumentError, match="the schema is not that of the table"):
        CHANGES.for_struct(other)
    assert Scan(table="events").for_struct(other).struct == other


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        (Scan(table="x"), "the table is events, changes or rows"),
        (Scan(table="events", errors="maybe"), "errors is true, false or with_bodies"),
        (Scan(table="rows"), "give its logical_name"),
        (Scan(table="changes", chosen={"statuses": ["x"]}), "a status is one of"),
    ],
)
def test_what_makes_no_table_is_refused_before_anything_is_read(scan: Scan, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        scan.check()


def test_a_table_that_no_event_is_about_has_no_columns() -> None:
    scan = Scan(table="rows", logical_name="none")
    scan.check()
    with pytest.raises(ArgumentError, match="no event tells of a row of 'none'"):
        scan.for_columns(BODIES)


def column_of(*rows: tuple[Any, ...], source: bool = False, position: bool = False) -> list[Body | Unreadable]:
    names = ["value", *["topic"] * source, *["offset"] * position]
    columns = Columns(make_schema({name: INT64 if name == "offset" else TEXT for name in names}))
    batches = [columns.batch_of_rows([row]) for row in rows]
    return [*bodies_in(batches, has_source=source, has_position=position)]


def test_bodies_of_a_column_have_their_places() -> None:
    assert column_of(("a",), (None,), ("b",)) == [
        Body("a", "stream", 0),
        Unreadable("stream", 1, "null, and no body"),
        Body("b", "stream", 2),
    ]
    assert column_of(("a", "t", 7), ("b", None, None), source=True, position=True) == [
        Body("a", "t", 7),
        Body("b", "stream", 1),
    ]
    assert column_of(("a", "t"), source=True) == [Body("a", "t", 0)]
    assert column_of(("a", 5), position=True) == [Body("a", "stream", 5)]


def test_a_column_of_another_type_is_refused() -> None:
    numbers = Columns(make_schema({"value": INT64})).batch_of_rows([(1,)])
    with pytest.raises(ArgumentTypeError, match="expected the body as bytes or text, found int"):
        list(bodies_in([numbers]))
    texts = Columns(make_schema({"value": TEXT, "offset": TEXT})).batch_of_rows([("a", "b")])
    with pytest.raises(ArgumentTypeError, match="a position is an integer"):
        list(bodies_in([texts], has_position=True))


def test_a_body_in_a_column_may_be_wrapped() -> None:
    array = b"[" + b",".join(BODIES[:2]) + b"]"
    column = Columns(make_schema({"value": TEXT})).batch_of_rows([(array.decode(),)])
    scan = Scan(table="events")
    assert rows_of(scan.batches(bodies_in([column]))) == rows_of(events_table([array])) != []
