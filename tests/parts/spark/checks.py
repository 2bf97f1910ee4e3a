"""What is asked with one core and with two: are the rows of Spark those of the local tables?"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any

from cds_context.tables import changes_table, events_table, read_bodies, rows_tables
from cds_context.testing import examples

# The type checkers run where these are not installed.
pyarrow: Any = import_module("pyarrow")
fastavro: Any = import_module("fastavro")

BODIES = [*examples().values()]
PART = 40_000
"""Bytes of a partition: some bodies."""
TABLES: dict[str, tuple[dict[str, str], Callable[[Any], Any]]] = {
    "events": ({}, events_table),
    "changes": (
        {"table": "changes", "only_submitted": "false"},
        lambda bodies: changes_table(bodies, only_submitted=False),
    ),
    "rows": ({"table": "rows", "logical_name": "contact"}, lambda bodies: rows_tables(bodies)["contact"]),
}
"""The options and the local table of each."""


def stored(folder: Path) -> Path:
    """A folder of files of all kinds, some of them broken."""
    (folder / "a.jsonl").write_bytes(b"\n".join([*BODIES, b"{}", b"no body", *BODIES[:9]]))
    (folder / "b.json").write_bytes(BODIES[0])
    (folder / "c.json").write_bytes(b"")
    (folder / "d.jsonl.gz").write_bytes(gzip.compress(b"\n".join(BODIES[5:20])))
    (folder / "e.jsonl.gz").write_bytes(gzip.compress(b"\n".join(BODIES))[:5000])
    capture = {"type": "record", "name": "EventData", "fields": [{"name": "Body", "type": ["null", "bytes"]}]}
    with (folder / "f.avro").open("wb") as file:
        fastavro.writer(file, capture, [{"Body": body} for body in BODIES[20:30]])
    return folder


def loaded(spark: Any, path: Path, **options: object) -> Any:
    """The files as a frame, cut into small partitions."""
    return spark.read.format("cds_context").options(**{"part_size": PART, **options}).load(str(path))


def rows(table: Any) -> list[str]:
    """The rows of a frame or of a table, in an order of their own: that of partitions is not promised."""
    arrow = table.toArrow() if hasattr(table, "toArrow") else pyarrow.table(table)
    columns = [[_plain(value) for value in arrow.column(name).to_pylist()] for name in arrow.column_names]
    return sorted(repr([*zip(arrow.column_names, row, strict=True)]) for row in zip(*columns, strict=True))


def _plain(value: Any) -> Any:
    # Spark hands over moments on the clock of the session.
    return value.astimezone(timezone.utc).isoformat() if isinstance(value, datetime) else value


def check_rows(spark: Any, folder: Path, name: str) -> None:
    """Compare one table."""
    options, make = TABLES[name]
    frame = loaded(spark, folder, **options)
    assert frame.rdd.getNumPartitions() > 5
    assert rows(frame) == rows(make(read_bodies(folder))) != []
