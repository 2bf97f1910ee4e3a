"""The command `table`: its options are those of `write_table`, and it says what became of all events."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cds_context import tools
from cds_context.testing import examples
from cds_context.tools.parts import NOTES

from ..command_line import EXAMPLES, run

COUNT = len(examples())
LINES = b"\n".join(examples().values())


def files(folder: Path) -> list[str]:
    found = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.as_posix() for path in found if path.parts[0] != NOTES]


def test_a_table_is_written_and_everything_is_counted(tmp_path: Path) -> None:
    result = run("table", "events", EXAMPLES, "-o", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"read {COUNT}: {COUNT} events, 0 errors",
        "cut by the server: 1 of the events, without columns",
        f"wrote {COUNT} rows in 1 part: {tmp_path / 'out'}",
    ]
    assert files(tmp_path / "out") == ["part-000000.parquet"]


def test_what_cannot_be_read_is_told_and_is_no_success(tmp_path: Path) -> None:
    errors = tmp_path / "errors.jsonl"
    result = run("table", "changes", EXAMPLES, tmp_path / "none", "-o", tmp_path / "out", "--errors", errors)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"read {COUNT + 1}: {COUNT} events, 1 error\n")
    assert json.loads(errors.read_text()) == {
        "source": str(tmp_path / "none"),
        "position": 0,
        "reason": "no such file or directory",
    }


def test_where_errors_go_nowhere_the_first_ones_are_told(tmp_path: Path) -> None:
    asked = ("table", "events", tmp_path / "none", "-o", tmp_path / "out")
    result = run(*asked, COLUMNS="400")
    assert result.exit_code == 1
    assert result.stderr == f"error: {tmp_path / 'none'}, at 0: no such file or directory\n"
    errors = tmp_path / "errors.jsonl"
    assert run(*asked, "--errors", errors).stderr == ""
    assert json.loads(errors.read_text())["reason"] == "no such file or directory"


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    for expected in (0, 1):
        result = run("table", "events", EXAMPLES, "-o", tmp_path / "out")
        assert ("went on: 1 part done before, 0 read again\n" in result.stdout) == bool(expected)


def test_another_table_is_refused(tmp_path: Path) -> None:
    run("table", "events", EXAMPLES, "-o", tmp_path)
    result = run("table", "changes", EXAMPLES, "-o", tmp_path)
    assert result.exit_code == 2
    assert "other inputs or options" in result.stderr


def test_standard_input_is_a_source(tmp_path: Path) -> None:
    result = run("table", "events", "-", "-o", tmp_path, "--format", "jsonl", stdin=LINES)
    assert result.stdout.startswith(f"read {COUNT}: ")
    rows = [json.loads(line) for line in (tmp_path / "part-000000.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == COUNT
    assert "can be read once" in run("table", "events", "-", "-", "-o", tmp_path).stderr


def test_options_are_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def write_table(*sources: Any, **options: Any) -> tools.TableReport:
        given.update(options, sources=sources)
        return tools.TableReport(9, 8, 1, 5, 3, 0, 2, 4, ("a, at 3: why",), 1, 0, 0)

    monkeypatch.setattr(tools, "write_table", write_table)
    options = "--jobs 2 --redact --seed x --partition-by table,day --message Update --message Create --table lead"
    more = "--column name --status changed --no-only-submitted --strict --part-size 3 --format csv"
    rest = "--on-conflict json --schemas c"
    result = run("table", "changes", "a", "b", "-o", tmp_path, *options.split(), *more.split(), *rest.split())
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:4] == [
        "without a row: 3 of the events",
        "left out: 2 values that no row can hold",
        "without a column, and so in `unplaced`: 4 values",
    ]
    assert [*map(str.strip, result.stderr.splitlines())] == [
        "error: a, at 3: why",
        "error: 2 more: the same with --errors FILE tells all of them",
    ]
    del given["progress"]
    assert given == {
        "sources": ("changes", "a", "b"),
        "output": tmp_path,
        "format": "csv",
        "errors": None,
        "jobs": 2,
        "redact": True,
        "seed": "x",
        "partition_by": ["table", "day"],
        "on_conflict": "json",
        "messages": ["Update", "Create"],
        "tables": ["lead"],
        "columns": ["name"],
        "statuses": ["changed"],
        "only_submitted": False,
        "strict": True,
        "schemas": Path("c"),
        "part_size": 3 << 20,
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "x"], "--seed is for --redact"),
        (["--partition-by", "month"], "a partition `table` or `day`"),
        (["--message", "Update"], "among changes only"),
        (["--schemas", "columns.json"], "schemas are those of rows"),
    ],
)
def test_what_has_no_meaning_is_told(tmp_path: Path, options: list[str], said: str) -> None:
    result = run("table", "events", EXAMPLES, "-o", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("table", "events", EXAMPLES, "-o", tmp_path / "file" / "out")
    assert (result.exit_code, result.stderr) == (1, "error: not a directory\n")


def test_one_of_a_kind_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(examples()["update"])
    result = run("table", "events", tmp_path / "a.jsonl", "-o", tmp_path / "out")
    assert result.stdout.splitlines() == ["read 1: 1 event, 0 errors", f"wrote 1 row in 1 part: {tmp_path / 'out'}"]


def test_the_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tools, "write_table", raising=False)
    monkeypatch.setitem(sys.modules, "cds_context.tools.exporting", None)
    result = run("table", "events", EXAMPLES, "-o", tmp_path)
    assert (result.exit_code, 'pip install "cds-context[tables]"' in result.stderr) == (2, True)
