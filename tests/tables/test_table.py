"""The rooms `tables.table`, `tables.bodies` and `tables.arrow`: streams that are made while they are read."""

from __future__ import annotations

import importlib
import io
import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from arro3.core import RecordBatch, RecordBatchReader, Schema
from arro3.core import Table as ArrowTable
from arro3.io import read_parquet, write_parquet

import cds_context
from cds_context import ArgumentError, ArgumentTypeError, parse_context
from cds_context.tables import Body, BodyError, Counts, Table, Unreadable, changes_table, events_table, row_schemas
from cds_context.tables import table as room
from cds_context.testing import examples
from tests.processes import printed

from .consumed import rows_of

UPDATE, CREATE = examples()["update"], examples()["create"]


def test_whatever_reads_arrow_streams_takes_a_table() -> None:
    table = events_table([UPDATE, CREATE])
    assert ArrowTable.from_arrow(table).num_rows == 2
    assert Schema.from_arrow(table) == table.schema
    file = io.BytesIO()
    write_parquet(table, file, compression="zstd(3)")
    again = read_parquet(file).read_all()
    assert again.schema.names == table.schema.names
    assert rows_of(again.to_batches()) == rows_of(table)


def test_a_table_can_be_consumed_again() -> None:
    table = events_table([UPDATE])
    assert rows_of(table) == rows_of(table) != []


def test_an_iterator_is_never_read_as_empty() -> None:
    table = events_table(iter([UPDATE]))
    assert len(rows_of(table)) == 1
    with pytest.raises(ArgumentError, match="gives them once"):
        rows_of(table)
    with pytest.raises(ArgumentError, match="gives them once"):
        rows_of(table.errors)


def test_batches_are_made_while_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_BYTES", len(UPDATE))
    taken: list[int] = []

    def bodies() -> Iterator[bytes]:
        for index in range(4):
            taken.append(index)
            yield UPDATE

    batches = iter(events_table(bodies()))
    assert next(batches).num_rows == 1
    assert taken == [0]
    if sys.version_info >= (3, 11):  # the library for 3.10 takes no iterator
        taken.clear()
        stream = RecordBatchReader.from_stream(events_table(bodies()))
        stream.read_next_batch()
        assert taken == [0]


def test_many_rows_make_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_CELLS", 40)
    assert [batch.num_rows for batch in events_table([UPDATE] * 5)] == [2, 2, 1]


def test_bodies_of_any_size_without_rows_make_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_BYTES", 1)
    assert list(changes_table([UPDATE], messages="Delete")) == []
    assert list(row_schemas([UPDATE])) == ["contact"]


def test_no_bodies_make_no_batch_and_keep_the_columns() -> None:
    table = events_table([])
    assert list(table) == []
    assert ArrowTable.from_arrow(table).schema == table.schema


BROKEN: list[Body | Unreadable | bytes | str] = [
    Body(b"{", "a.jsonl", 3),
    Unreadable("b.avro", 5, "a block that is cut"),
    UPDATE,
]


def test_errors_tell_the_place_and_the_reason() -> None:
    found: list[BodyError] = []
    table = events_table(BROKEN, on_error=found.append)
    assert len(rows_of(table)) == 1
    assert [(error.source, error.position, error.column, error.body) for error in found] == [
        ("a.jsonl", 3, None, b"{"),
        ("b.avro", 5, None, None),
    ]
    counts = table.counts
    assert (counts.read, counts.events, counts.errors) == (3, 1, 2)
    assert repr(counts).startswith("Counts(errors=2, events=1, read=3, rowless=0, rows=1")
    rows = rows_of(table.errors)
    assert [tuple(row.values()) for row in rows] == [tuple(error[:-1]) for error in found]


def test_bodies_of_errors_are_there_only_if_asked_for() -> None:
    errors = events_table([*BROKEN, "{\ud83d"]).errors
    assert "body" not in errors.schema.names
    assert [row["body"] for row in rows_of(errors.with_bodies())] == [b"{", None, b"{\xed\xa0\xbd"]


def test_many_errors_make_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_ROWS", 2)
    assert [batch.num_rows for batch in events_table([b"{"] * 5).errors] == [2, 2, 1]
    assert [batch.num_rows for batch in events_table([b"{"] * 4).errors] == [2, 2]


def test_a_wrapping_holds_events_of_its_own() -> None:
    wrapped = b64encode(UPDATE)
    broken = b64encode(UPDATE.replace(b'"Depth":1', b'"Depth":"1"'))
    several = json.dumps([{"specversion": "1.0", "data_base64": part.decode()} for part in (wrapped, broken)]).encode()
    table = changes_table([wrapped, several])
    rows = rows_of(table)
    assert len(rows) == 2 * len(rows_of(changes_table([UPDATE]))) > 0
    counts = table.counts
    assert (counts.read, counts.events, counts.errors) == (3, 2, 1)
    (error,) = rows_of(table.errors)
    assert error["position"] == 1


class Losing:
    """A reader whose rows can hold no value of the column `a`."""

    def __init__(self) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0

    def read(self, body: Body, counts: Counts) -> None:
        parse_context(body.data)
        self.lost.append(("a", "half a surrogate pair"))

    def batch(self) -> RecordBatch:
        raise AssertionError


def test_a_value_that_no_row_could_hold_is_an_error_of_its_column() -> None:
    found: list[BodyError] = []
    table = Table([Body(UPDATE, "x", 4), b64encode(UPDATE)], events_table([]).schema, Losing, found.append)
    assert list(table) == []
    assert [error[:4] for error in found] == [
        ("x", 4, "half a surrogate pair", "a"),
        ("stream", 1, "half a surrogate pair", "a"),
    ]
    assert (table.counts.events, table.counts.errors, table.counts.values) == (2, 0, 2)


def test_a_file_with_a_name_that_is_no_unicode_is_named() -> None:
    table = events_table([Body(UPDATE, "caf\udce9.json"), Body(b"{", "caf\udce9.json")])
    assert rows_of(table)[0]["source"] == rows_of(table.errors)[0]["source"] == "caf\\udce9.json"


def test_what_is_no_body_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="JSON that was parsed"):
        rows_of(events_table([{}]))  # type: ignore[list-item] # pyright: ignore[reportArgumentType]


def test_arrow_is_loaded_by_nothing_else() -> None:
    code = "import sys, cds_context.testing, cds_context.webhook, cds_context.cli.app; print('arro3' in sys.modules)"
    assert printed([sys.executable, "-c", code], cwd=Path(cds_context.__file__).parent.parent) == "False\n"


def test_without_the_extra_an_import_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cds_context.tables.arrow")
    monkeypatch.setitem(sys.modules, "arro3", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("cds_context.tables.arrow")
    assert str(caught.value) == 'cds_context.tables comes with an extra: pip install "cds-context[tables]"'
    assert caught.value.name == "arro3"
