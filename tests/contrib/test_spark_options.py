"""The room `contrib.spark_options`: what options say, and what they refuse."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from cds_context.contrib.spark_options import PART_SIZE, files_of, scan_of, scan_with_columns
from cds_context.errors import ArgumentError
from cds_context.tables import Body, row_schemas
from cds_context.testing import examples

BODIES = [*examples().values()]


def test_options_name_a_table() -> None:
    scan = scan_of({})
    assert (scan.table, scan.errors, scan.chosen) == ("events", "false", {})
    scan = scan_of({"table": "changes", "statuses": "changed, unknown", "only_submitted": "FALSE", "strict": "true"})
    assert scan.chosen == {"statuses": ["changed", "unknown"], "only_submitted": False, "strict": True}
    scan = scan_of({"table": "rows", "logical_name": "contact", "errors": "True", "on_conflict": "json"})
    assert (scan.logical_name, scan.errors) == ("contact", "true")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "changed"}, "the table is"),
        ({"statsues": "changed"}, "there is no option `statsues`; there are columns, errors"),
        ({"errors": "1"}, "errors is"),
        ({"strict": "1"}, "the option `strict` is true or false"),
        ({"messages": "Update"}, "choose among changes"),
        ({"table": "rows", "logical_name": "a", "only_submitted": "true"}, "choose among changes"),
        ({"table": "changes", "logical_name": "contact"}, "are for rows"),
        ({"table": "changes", "statuses": "gone"}, "a status is one of"),
        ({"table": "rows"}, "give its logical_name"),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        scan_of(options)


def test_options_name_files(tmp_path: Path) -> None:
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    one.write_bytes(BODIES[0])
    two.write_bytes(BODIES[1])
    assert [item.source for item in files_of({"path": str(one)}).bodies()] == [str(one)]
    assert [item.source for item in files_of({"paths": json.dumps([str(two), str(one)])}).bodies()] == [
        str(two),
        str(one),
    ]
    assert len([*files_of({"path": str(tmp_path / "*.json")}).bodies()]) == 2
    assert files_of({"path": str(one)}).part_size == PART_SIZE
    files = files_of({"path": "memory://x", "part_size": "7", "max_bytes": "9", "storage.key": "secret"})
    assert (files.part_size, files.max_bytes, files.storage_options) == (7, 9, {"key": "secret"})
    assert "secret" not in repr(files)
    assert pickle.loads(pickle.dumps(files)) == files


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name files, folders, patterns or addresses"),
        ({"path": "nothing/here"}, "there is no file and no folder 'nothing/here'"),
        ({"path": "nothing*"}, "there is no file and no folder"),
        ({"path": ".", "part_size": "0"}, "`part_size` is a number of bytes"),
        ({"path": ".", "max_bytes": "1MB"}, "`max_bytes` is a number of bytes"),
    ],
)
def test_options_that_name_no_files_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        files_of(options)


def test_a_file_that_cannot_be_read_fails_the_task(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(BODIES))
    parts = files_of({"path": str(tmp_path), "part_size": "9999"}).parts()
    path.unlink()
    for part in parts:
        with pytest.raises(FileNotFoundError):
            list(part)


def test_wherever_a_file_is_cut_each_body_is_in_one_partition(tmp_path: Path) -> None:
    bodies = [b'{"MessageName":"%d"}' % number for number in range(4)]
    text = b"\r\n".join(bodies[:2]) + b"\n\n" + b"\n".join(bodies[2:])
    (tmp_path / "a.jsonl").write_bytes(text)
    for size in range(1, len(text) + 2):
        parts = files_of({"path": str(tmp_path), "part_size": str(size)}).parts()
        assert len(parts) == -(-len(text) // size)
        found = [item for part in parts for item in part]
        assert [item.data for item in found if isinstance(item, Body)] == bodies


def test_columns_of_rows_are_found_in_the_bodies(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(BODIES))
    options = {"path": str(tmp_path), "table": "rows", "logical_name": "contact"}
    struct = scan_with_columns(options).struct
    assert struct is not None
    assert [field["name"] for field in struct["fields"]] == row_schemas(BODIES)["contact"].names
    with pytest.raises(ArgumentError, match="on_conflict is variant"):
        scan_with_columns({**options, "on_conflict": "x"})
    of_events = scan_with_columns({"path": str(tmp_path)}).struct
    assert of_events is not None
    assert of_events["fields"][0]["name"] == "event_id"
