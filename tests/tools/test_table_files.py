"""The room `tools.table_files`: what is written is what is read, in each format, and whatever a name holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import arro3.io
import pytest
from arro3 import core
from arro3.core import Array, DataType, Field, RecordBatch, Schema

from cds_context.tables.arrow import INT32, INT64, MOMENT, WORD, Columns, fields_of, make_schema, values_of
from cds_context.tools import table_files
from cds_context.tools.choices import Format, Partition
from cds_context.tools.table_files import quoted, write, write_partitions

_PLAIN = Columns(make_schema({"table": WORD, "moment": MOMENT, "number": INT64}))
_LIST = DataType.list(Field("item", INT32, nullable=True))
SCHEMA = Schema([*fields_of(_PLAIN.schema), Field("some", _LIST, nullable=True)])
_DAY = 86_400_000_000
ROWS: list[tuple[str | None, int | None, int | None]] = [
    ("contact", 0, 1),
    ("lead", _DAY - 1, None),
    ("contact", _DAY, 2**62),
    ("contact", -1, 3),
    (None, None, None),
]


def batch_of(rows: list[tuple[str | None, int | None, int | None]]) -> RecordBatch:
    """Rows with a list [1, 2] each."""
    made: Any = core  # its types are incomplete
    lists: Any = made.list_array(
        Array(range(0, 2 * len(rows) + 1, 2), INT32), Array([1, 2] * len(rows), INT32), type=_LIST
    )
    columns: Any = [*_PLAIN.batch_of_rows(rows).columns, lists]
    batch: RecordBatch = made.RecordBatch.from_arrays(columns, schema=SCHEMA)
    return batch


BATCHES = [batch_of(ROWS[:2]), batch_of(ROWS[2:])]


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        return [*csv.DictReader(io.StringIO(path.read_text("utf-8")))]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    table = (arro3.io.read_parquet if path.suffix == ".parquet" else arro3.io.read_ipc)(path).read_all()
    columns = {name: values_of(table.column(name)) for name in table.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def lines(path: Path) -> list[Any]:
    return [row["number"] for row in read(path)]


@pytest.mark.parametrize("form", Format)
def test_every_format_holds_all_rows(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"a.{form.value}"
    write(SCHEMA, iter(BATCHES), path, form)
    found = read(path)
    assert [row.get("table") or None for row in found] == ["contact", "lead", "contact", "contact", None]
    assert [str(row.get("number") or "") for row in found] == ["1", "", str(2**62), "3", ""]
    some = found[0]["some"]
    assert (json.loads(some) if form is Format.CSV else some) == [1, 2]


@pytest.mark.parametrize("form", Format)
def test_a_table_without_rows_has_a_file(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"a.{form.value}"
    write(SCHEMA, [], path, form)
    assert read(path) == []


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file())


def test_partitions_are_folders(tmp_path: Path) -> None:
    by = (Partition.TABLE, Partition.DAY)
    write_partitions([((), batch) for batch in BATCHES], tmp_path, "part", Format.JSONL, by)
    assert names(tmp_path) == [
        "table=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__/part.jsonl",
        "table=contact/day=1969-12-31/part.jsonl",
        "table=contact/day=1970-01-01/part.jsonl",
        "table=contact/day=1970-01-02/part.jsonl",
        "table=lead/day=1970-01-01/part.jsonl",
    ]
    (row,) = read(tmp_path / "table=contact/day=1970-01-01/part.jsonl")
    assert row["number"] == 1
    assert "table" not in row


def test_partitions_by_day_keep_the_column_of_tables(tmp_path: Path) -> None:
    write_partitions([((), batch) for batch in BATCHES], tmp_path, "part", Format.PARQUET, (Partition.DAY,))
    assert [row["table"] for row in read(tmp_path / "day=1970-01-01/part.parquet")] == ["contact", "lead"]


def test_many_rows_are_written_before_all_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "_MOST_BYTES", 1)
    write_partitions([((), batch) for batch in BATCHES * 2], tmp_path, "part", Format.ARROW, (Partition.TABLE,))
    place = tmp_path / "table=contact"
    assert [path.name for path in sorted(place.iterdir())] == [f"part{end}.arrow" for end in ("-1", "-2", "-3", "")]
    assert [row for path in place.iterdir() for row in lines(path)].count(1) == 2


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "_x", "a/b", "a\\b", "a=b", "C:", "ä \x00\ud800%", "x" * 99])
def test_a_name_of_a_body_is_the_name_of_one_visible_folder(tmp_path: Path, name: str) -> None:
    place = tmp_path / quoted(name)
    place.mkdir()
    assert place.parent.resolve() == place.resolve().parent == tmp_path.resolve()
    assert place.name[0] not in "._"


def test_names_stay_apart() -> None:
    odd = ["", "%", ".", "%2E", "%2e", "_a", "%5Fa", "a", "A", "%41", "A/", "A%2F", "aB", "Ä", "ä"]
    # Some file systems do not tell capitals from other letters.
    assert len({quoted(name).lower() for name in odd}) == len(odd)
    assert quoted("new_order") == "new_order"


class BrokenError(Exception):
    pass


@pytest.mark.parametrize("form", Format)
def test_what_the_batches_raise_is_raised(tmp_path: Path, form: Format) -> None:
    def broken() -> Iterator[RecordBatch]:
        yield BATCHES[0]
        raise BrokenError

    with pytest.raises(BrokenError):
        write(SCHEMA, broken(), tmp_path / "a", form)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", Format)
def test_a_full_disk_is_an_error_of_the_system(form: Format) -> None:
    many = [batch_of([(f"{number}", number, number) for number in range(20_000)])]
    with pytest.raises(OSError, match="No space left"):
        write(SCHEMA, many, Path("/dev/full"), form)
