"""The rooms `contrib.spark` and `contrib.spark_source`, with stand-ins for PySpark: tests/parts/spark has the real one.

Here is only shown that what Spark calls calls the rooms below with what it was given.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cds_context.contrib import spark as events
from cds_context.errors import ArgumentError
from cds_context.tables import changes_table, events_table, row_schemas, rows_tables
from cds_context.tables.arrow import INT64, TEXT, Columns, make_schema
from cds_context.testing import examples
from tests.tables.consumed import rows_of

BODIES = [*examples().values()]
SOURCE = "cds_context.contrib.spark_source"


class DataSource:
    def __init__(self, options: dict[str, str]) -> None:
        self.options = options


class DataSourceReader:
    pass


@dataclass
class InputPartition:
    value: Any


@dataclass
class StructType:
    json: Any

    @classmethod
    def fromJson(cls, json: Any) -> StructType:  # noqa: N802 - as in PySpark
        return cls(json)

    def jsonValue(self) -> Any:  # noqa: N802 - as in PySpark
        return self.json


@dataclass
class Session:
    """What is used of a session."""

    sources: list[Any] = field(default_factory=list[Any])

    @property
    def dataSource(self) -> Any:  # noqa: N802 - as in PySpark
        return _Called(register=self.sources.append)


class _Called:
    def __init__(self, **methods: Any) -> None:
        self.__dict__.update(methods)


@dataclass
class Frame:
    """A frame of one batch. What it is mapped to is a frame, too."""

    batches: list[Any]
    schema: Any = None

    def select(self, *names: str) -> Frame:
        return Frame([batch.select([*names]) for batch in self.batches], self.schema)

    def mapInArrow(self, function: Any, schema: Any) -> Frame:  # noqa: N802 - as in PySpark
        return Frame([*pickle.loads(pickle.dumps(function))(iter(self.batches))], schema)


@pytest.fixture(autouse=True)
def pyspark(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    members: dict[str, dict[str, Any]] = {
        "pyarrow": {"record_batch": lambda batch: batch},  # pyright: ignore[reportUnknownLambdaType]
        "pyspark": {},
        "pyspark.sql": {},
        "pyspark.sql.datasource": {each.__name__: each for each in (DataSource, DataSourceReader, InputPartition)},
        "pyspark.sql.types": {"StructType": StructType},
    }
    for name, found in members.items():
        module = ModuleType(name)
        module.__dict__.update(found)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, SOURCE, raising=False)
    yield
    sys.modules.pop(SOURCE, None)


@pytest.fixture
def frame() -> Frame:
    columns = Columns(make_schema({"value": TEXT, "topic": TEXT, "offset": INT64}))
    texts = [*(body.decode() for body in BODIES), None]
    return Frame([columns.batch_of_rows([(text, "t", 7 + index) for index, text in enumerate(texts)])])


def test_a_session_reads_files(tmp_path: Path) -> None:
    session = Session()
    events.register(session)
    (source,) = session.sources
    assert source.name() == "cds_context"
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(BODIES))
    made = source({"path": str(tmp_path), "table": "changes", "part_size": "50000"})
    reader = made.reader(made.schema())
    partitions = pickle.loads(pickle.dumps(reader.partitions()))
    assert len(partitions) > 2
    rows = [row for partition in partitions for row in rows_of(reader.read(partition))]
    assert rows == rows_of(changes_table(BODIES))
    assert [*reader.read(InputPartition(None))] == []  # what Spark makes of no partitions


def test_a_column_of_bodies_is_a_table_of_events(frame: Frame) -> None:
    found = events.events_frame(frame, "value", source="topic", position="offset")
    rows = rows_of(found.batches)
    assert [row["position"] for row in rows] == [7 + index for index in range(len(BODIES))]
    assert {row["source"] for row in rows} == {"t"}
    assert [row["event_id"] for row in rows] == [row["event_id"] for row in rows_of(events_table(BODIES))]
    assert [each["name"] for each in found.schema.json["fields"]] == events_table([]).schema.names


def test_a_column_of_bodies_is_a_table_of_changes(frame: Frame) -> None:
    statuses = iter(["changed"])  # which could be read only once, and not pickled
    found = events.changes_frame(frame, "value", statuses=statuses, tables="contact")
    assert rows_of(found.batches) == rows_of(changes_table(BODIES, statuses="changed", tables="contact")) != []
    (error,) = rows_of(events.changes_frame(frame, "value", position="offset", errors="with_bodies").batches)
    assert error == {"source": "stream", "position": 7 + len(BODIES), "reason": "null, and no body"} | dict.fromkeys(
        ("column", "body")
    )


def test_a_column_of_bodies_is_a_table_of_rows(frame: Frame) -> None:
    schema = row_schemas(BODIES)["contact"]
    found = events.rows_frame(frame, "value", "contact", schema=schema)
    places = ("source", "position")
    expected = rows_of(rows_tables(BODIES)["contact"])
    assert [{name: row[name] for name in row if name not in places} for row in rows_of(found.batches)] == [
        {name: row[name] for name in row if name not in places} for row in expected
    ]
    again = events.rows_frame(frame, "value", "contact", schema=found.schema)
    assert again.schema == found.schema == events.spark_schema(schema)
    assert len(rows_of(events.rows_frame(frame, "value", "contact", schema=schema, errors=True).batches)) == 1


def test_options_without_meaning_are_refused_at_once(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match="a status is one of"):
        events.changes_frame(frame, "value", statuses="gone")
    with pytest.raises(ArgumentError, match="no table has a column of the type"):
        events.spark_schema(_Schema())


class _Schema:
    def __arrow_c_schema__(self) -> object:
        from arro3.core import DataType, Field, Schema  # noqa: PLC0415 - for this alone

        return Schema([Field("x", DataType.float64())]).__arrow_c_schema__()
