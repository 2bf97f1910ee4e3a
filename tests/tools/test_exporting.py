"""The room `tools.exporting`: files hold what the tables hold, in parts, whatever happens to a run."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import arro3.io
import pytest

from cds_context import ArgumentError, ColumnError, Entity, OptionSetValue, encode_context, tools
from cds_context.tables import changes_table, events_table, rows_tables
from cds_context.tables.layouts import FIXED
from cds_context.tables.sources import read_bodies
from cds_context.testing import examples
from cds_context.tools import exporting, tabulating
from cds_context.tools.parts import NOTES

from ..bodies import event
from ..processes import end, printed, started

BODIES = [*examples().values()]
PART = 20_000
"""Bytes: several parts, each of several bodies."""


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("capture")
    (folder / "a.jsonl").write_bytes(b"\n".join([*BODIES, b"{}", b"no body", b'{"MessageName":7}', *BODIES[:9]]))
    (folder / "b.json").write_bytes(BODIES[0])
    (folder / "c.json").write_bytes(b"")
    return folder


def rows_of(table: Any) -> list[tuple[Any, ...]]:
    return [row for batch in table for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def written(folder: Path) -> list[tuple[Any, ...]]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in rows_of(arro3.io.read_parquet(path))]


def content(folder: Path) -> dict[str, bytes]:
    """The files of an output, without the notes but for the errors."""
    found = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {str(path): data for path, data in found.items() if path.parts[0] != NOTES or path.parts[1] == "errors"}


@pytest.mark.parametrize(("kind", "make"), [("events", events_table), ("changes", changes_table)])
def test_files_hold_what_the_table_holds(capture: Path, tmp_path: Path, kind: str, make: Any) -> None:
    report = tools.write_table(kind, capture, output=tmp_path / "out", part_size=PART)
    table = make(read_bodies(capture))
    assert sorted(map(repr, written(tmp_path / "out"))) == sorted(map(repr, rows_of(table)))
    counts = table.counts
    assert (report.read, report.events, report.errors) == (counts.read, counts.events, counts.errors)
    assert (report.read, report.errors) == (len(BODIES) + 14, 4)
    assert report.read == report.events + report.errors
    assert report.rows == counts.rows == len(written(tmp_path / "out"))
    assert report.rowless == counts.rowless
    assert (report.rowless == 0) == (kind == "events")
    assert report.parts > 5


def test_rows_are_in_a_folder_for_each_table(capture: Path, tmp_path: Path) -> None:
    report = tools.write_table("rows", capture, output=tmp_path / "out", part_size=PART)
    tables = rows_tables(read_bodies(capture))
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != NOTES) == sorted(tables)
    for name, table in tables.items():
        assert sorted(map(repr, written(tmp_path / "out" / name))) == sorted(map(repr, rows_of(table)))
        paths = [*(tmp_path / "out" / name).iterdir()]
        assert all(arro3.io.read_parquet(path).schema == table.schema for path in paths)
        assert (report.read, report.errors) == (table.counts.read, table.counts.errors)
    assert report.read == report.events + report.errors
    assert report.rows == sum(table.counts.rows for table in tables.values()) > 20
    assert [*(tmp_path / "out" / NOTES).glob("ahead*")] == []
    again = tools.write_table("rows", capture, output=tmp_path / "out", part_size=PART)
    assert (again.parts_before, again.parts_again, again.rows) == (report.parts, 0, report.rows)


@pytest.mark.parametrize("form", ["csv", "jsonl", "arrow"])
def test_rows_are_written_in_each_format(capture: Path, tmp_path: Path, form: str) -> None:
    report = tools.write_table("rows", capture, output=tmp_path, format=form)
    count = 0
    for path in tmp_path.glob(f"[!_]*/*.{form}"):
        if form == "arrow":
            count += arro3.io.read_ipc(path).read_all().num_rows
        elif form == "csv":
            rows = [*csv.DictReader(io.StringIO(path.read_text("utf-8")))]
            assert all(isinstance(json.loads(row["known"]), list) for row in rows)
            count += len(rows)
        else:
            count += len([*map(json.loads, path.read_text("utf-8").splitlines())])
    assert count == report.rows


def test_rows_are_divided_by_day(capture: Path, tmp_path: Path) -> None:
    report = tools.write_table("rows", capture, output=tmp_path, format="jsonl", partition_by=["day"])
    files = [*tmp_path.glob("contact/day=*/part-000000.jsonl")]
    assert files
    everything = tmp_path.glob("[!_]*/day=*/*.jsonl")
    assert sum(len(path.read_text("utf-8").splitlines()) for path in everything) == report.rows
    with pytest.raises(ArgumentError, match="divide them by day"):
        tools.write_table("rows", capture, output=tmp_path, partition_by=["day", "table"])


def test_redacted_rows_have_the_same_tables(capture: Path, tmp_path: Path) -> None:
    args: Any = {"part_size": PART, "format": "jsonl", "redact": True, "seed": 1}
    one = tools.write_table("rows", capture, output=tmp_path / "a", **args)
    two = tools.write_table("rows", capture, output=tmp_path / "b", **args)
    assert one == two
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert b"Brandt" not in b"".join(content(tmp_path / "a").values())


def lines_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_text("utf-8").splitlines()]


def submitted(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_bytes(
        b"\n".join(encode_context(event("Update", {"Target": Entity("_odd/name", attributes=row)})) for row in rows)
    )
    return path


def test_a_value_of_another_kind_is_treated_as_asked(tmp_path: Path) -> None:
    path = submitted(tmp_path / "a.jsonl", {"a": 1}, {"a": "x"}, {"a": "half \ud83d"})
    args: Any = {"part_size": path.stat().st_size // 3, "format": "jsonl"}  # so that each is in a part
    report = tools.write_table("rows", path, output=tmp_path / "variant", **args)
    assert (report.rows, report.values, report.errors, report.parts) == (3, 1, 0, 4)
    assert report.first_errors[0].endswith(": half a surrogate pair - in column `a`")
    rows = lines_in(tmp_path / "variant" / "%5Fodd%2Fname")
    assert [(row.get("a"), row.get("a__text")) for row in rows] == [(1, None), (None, "x"), (None, None)]
    tools.write_table("rows", path, output=tmp_path / "json", on_conflict="json", **args)
    rows = lines_in(tmp_path / "json" / "%5Fodd%2Fname")
    assert [row.get("a") for row in rows] == ["1", '"x"', None]
    with pytest.raises(ColumnError, match="expected integer, found text - in column `a`"):
        tools.write_table("rows", path, output=tmp_path / "error", on_conflict="error", **args)


def test_events_of_a_table_that_came_between_the_passes_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = submitted(tmp_path / "a.jsonl", {"a": 1}, {"a": 2})
    lead = encode_context(event("Update", {"Target": Entity("lead", attributes={"a": 3})}))
    places_of_all = tabulating.places_of_all

    def before_leads(*args: Any) -> Any:
        return {table: places for table, places in places_of_all(*args).items() if table != "lead"}

    path.write_bytes(path.read_bytes() + b"\n" + lead)
    monkeypatch.setattr(exporting, "places_of_all", before_leads)
    report = tools.write_table("rows", path, output=tmp_path / "out")
    assert (report.read, report.rows, report.errors) == (3, 2, 1)
    assert report.read == report.events + report.errors
    assert report.first_errors[0].endswith("there is no schema for the table of its row")


def columns_of(folder: Path) -> list[list[str]]:
    return [arro3.io.read_parquet(path).schema.names[len(FIXED) :] for path in sorted(folder.glob("*.parquet"))]


def test_columns_of_an_earlier_run_come_first(tmp_path: Path) -> None:
    kept = tmp_path / "new" / "columns.json"
    monday = submitted(tmp_path / "monday.jsonl", {"b": OptionSetValue(1), "a": 1})
    tuesday = submitted(tmp_path / "tuesday.jsonl", {"c": "x"}, {"a": "y", "b": OptionSetValue(2)})
    folder = Path("%5Fodd%2Fname")
    for day in (monday, tuesday, monday):
        output = tmp_path / f"{day.stem}-{kept.exists()}"
        for _ in range(2):  # to go on where nothing is left takes the same columns
            report = tools.write_table("rows", day, output=output, schemas=kept)
            assert (report.read, report.rows, report.unplaced) == (report.events, report.rows, 0)
    first = ["b", "b__label", "a"]
    assert columns_of(tmp_path / "monday-False" / folder) == [first]
    for name in ("tuesday-True", "monday-True"):
        assert columns_of(tmp_path / name / folder) == [[*first, "a__text", "c"]]
    assert [place["name"] for place in json.loads(kept.read_bytes())["_odd/name"]] == [*first, "a__text", "c"]
    assert [path.name for path in kept.parent.iterdir()] == ["columns.json"]


def test_a_run_that_goes_on_has_the_columns_that_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "columns.json"
    args: Any = {"output": tmp_path / "out", "schemas": kept}
    monday = submitted(tmp_path / "monday.jsonl", {"a": 1})
    with monkeypatch.context() as patched:
        patched.setattr(tabulating, "write_partitions", _fail_at(1, "write_partitions"))
        with pytest.raises(OSError, match="full"):
            tools.write_table("rows", monday, **args)
    # The file has been extended by another run, which leaves the columns of this one in their places.
    tools.write_table("rows", submitted(tmp_path / "b.jsonl", {"b": 1}), output=tmp_path / "b", schemas=kept)
    assert tools.write_table("rows", monday, **args).rows == 1
    assert columns_of(tmp_path / "out" / "%5Fodd%2Fname") == [["a"]]
    assert columns_of(tmp_path / "b" / "%5Fodd%2Fname") == [["a", "b"]]


def test_columns_that_two_runs_add_at_a_time_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "columns.json"
    places_of_all = tabulating.places_of_all

    def meanwhile(*args: Any) -> Any:
        found = places_of_all(*args)
        monkeypatch.setattr(exporting, "places_of_all", places_of_all)
        tools.write_table("rows", submitted(tmp_path / "b.jsonl", {"b": 1}), output=tmp_path / "b", schemas=kept)
        return found

    monkeypatch.setattr(exporting, "places_of_all", meanwhile)
    monday = submitted(tmp_path / "monday.jsonl", {"a": 1})
    with pytest.raises(ArgumentError, match="other columns by now"):
        tools.write_table("rows", monday, output=tmp_path / "a", schemas=kept)
    tools.write_table("rows", monday, output=tmp_path / "again", schemas=kept)
    assert columns_of(tmp_path / "again" / "%5Fodd%2Fname") == [["b", "a"]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"a":[{"name":"x","column":"x","role":"no role"}]}',
        b'{"a":[{"name":"id","column":"id","role":"text"}]}',
        b'{"a":[{"name":"x","column":"x","role":"text"},{"name":"x","column":"x","role":"text"}]}',
    ],
)
def test_a_file_without_schemas_is_refused(capture: Path, tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "columns.json"
    kept.write_bytes(content)
    with pytest.raises(ArgumentError, match="not one that an earlier run wrote"):
        tools.write_table("rows", capture, output=tmp_path / "out", schemas=kept)
    assert kept.read_bytes() == content
    assert not (tmp_path / "out").exists()


def test_rows_take_two_passes(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    data = b"\n".join(BODIES)
    with pytest.raises(ArgumentError, match="two passes"):
        tools.write_table("rows", Pipe(data), output=tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert tools.write_table("rows", io.BytesIO(data), output=tmp_path / "a").rows > 20


@pytest.mark.parametrize("at", [1, 4])
def test_rows_go_on_where_a_run_ended(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    whole = tools.write_table("rows", capture, output=tmp_path / "whole", part_size=PART)
    for name in ("find_needs", "write_partitions"):
        with monkeypatch.context() as patched:
            patched.setattr(tabulating, name, _fail_at(at, name))
            with pytest.raises(OSError, match="full"):
                tools.write_table("rows", capture, output=tmp_path / "out", part_size=PART)
    report = tools.write_table("rows", capture, output=tmp_path / "out", part_size=PART)
    assert (report.parts_before, report.parts_again) == (at - 1, 1)
    assert report.rows == whole.rows
    assert content(tmp_path / "whole") == content(tmp_path / "out")


def test_no_events_make_no_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for kind in ("events", "changes", "rows"):
        report = tools.write_table(kind, tmp_path / "in", output=tmp_path / kind, errors=tmp_path / "errors")
        assert (report.read, report.parts, report.first_errors) == (0, 0, ())
        assert (tmp_path / "errors").read_bytes() == b""


def test_errors_are_told_in_a_file(capture: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "errors.jsonl"
    tools.write_table("events", capture, output=tmp_path / "out", part_size=PART, errors=target)
    errors = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    names = [Path(error["source"]).name for error in errors]
    assert names == ["a.jsonl", "a.jsonl", "a.jsonl", "c.json"]
    assert all(error["reason"] and error["position"] >= 0 for error in errors)


def test_processes_side_by_side_write_the_same(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[exporting.Progress] = []
    monkeypatch.setattr(tabulating, "_OFTEN", 2)
    one = tools.write_table("changes", capture, output=tmp_path / "one", part_size=PART, progress=seen.append)
    two = tools.write_table("changes", capture, output=tmp_path / "two", part_size=PART, jobs=2)
    assert one == two
    assert content(tmp_path / "one") == content(tmp_path / "two")
    last = seen[-1]
    assert (last.read, last.errors, last.done) == (one.read, one.errors, last.total)
    assert last.bytes >= sum(map(len, BODIES))


def test_changes_are_chosen(capture: Path, tmp_path: Path) -> None:
    chosen: Any = {"messages": ["Update", "Create"], "columns": {"telephone1"}, "statuses": "changed", "tables": None}
    tools.write_table("changes", capture, output=tmp_path / "out", **chosen)
    expected = rows_of(changes_table(read_bodies(capture), **chosen))
    assert written(tmp_path / "out") == expected != []


@pytest.mark.parametrize("chosen", [{"messages": "Update"}, {"statuses": []}, {"only_submitted": False}])
def test_only_changes_can_be_chosen(tmp_path: Path, chosen: Any) -> None:
    with pytest.raises(ArgumentError, match="among changes only"):
        tools.write_table("events", tmp_path, output=tmp_path / "out", **chosen)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "tables"}, {"format": "xml"}, {"partition_by": ["month"]}, {"on_conflict": "drop"}],
)
def test_what_has_no_meaning_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        tools.write_table(wrong.pop("kind", "events"), tmp_path, output=tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_a_file_object_is_read_by_one_process(tmp_path: Path) -> None:
    file = io.BytesIO(b"\n".join(BODIES))
    with pytest.raises(ArgumentError, match="one process"):
        tools.write_table("events", file, output=tmp_path / "out", jobs=2)
    assert tools.write_table("events", file, output=tmp_path / "out").read == len(BODIES)
    # Nobody knows whether it would give the same again.
    with pytest.raises(ArgumentError, match="inputs have changed"):
        tools.write_table("events", file, output=tmp_path / "out")


def test_partitions_hold_all_rows(capture: Path, tmp_path: Path) -> None:
    report = tools.write_table("events", capture, output=tmp_path, format="jsonl", partition_by=["day", "table"])
    files = list(tmp_path.rglob("day=*/table=*/*.jsonl"))
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) == report.rows > len(files) > 3


def test_redaction_leaves_no_content_and_is_the_same_in_all_parts(capture: Path, tmp_path: Path) -> None:
    args: Any = {"part_size": PART, "format": "jsonl", "redact": True}
    tools.write_table("changes", capture, output=tmp_path / "a", seed="x", **args)
    tools.write_table("changes", capture, output=tmp_path / "b", seed="x", **args)
    report = tools.write_table("changes", capture, output=tmp_path / "c", **args)
    assert content(tmp_path / "a") == content(tmp_path / "b") != content(tmp_path / "c")
    assert report.errors == 4
    text = b"".join(content(tmp_path / "c").values())
    assert b"Brandt" not in text
    assert (tmp_path / "c" / NOTES / "secret").read_bytes() == b""


def test_redaction_with_another_seed_does_not_go_on(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    args: Any = {"part_size": PART, "output": tmp_path, "redact": True}
    with monkeypatch.context() as patched:
        patched.setattr(tabulating, "write", _fail_at(3))
        with pytest.raises(OSError, match="full"):
            tools.write_table("events", capture, seed="x", **args)
    with pytest.raises(ArgumentError, match="another seed"):
        tools.write_table("events", capture, seed="y", **args)
    tools.write_table("events", capture, seed="x", **args)


def _fail_at(number: int, name: str = "write") -> Any:
    calls: Iterator[int] = iter(range(1, number + 1))

    def fail(*args: Any, **options: Any) -> Any:
        if next(calls) == number:
            raise OSError(28, "full")
        return real(*args, **options)

    real: Any = vars(tabulating)[name]
    return fail


def test_a_run_that_failed_goes_on(capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tools.write_table("events", capture, output=tmp_path / "whole", part_size=PART)
    for number in (1, 4):
        with monkeypatch.context() as patched:
            patched.setattr(tabulating, "write", _fail_at(number))
            with pytest.raises(OSError, match="full"):
                tools.write_table("events", capture, output=tmp_path / "out", part_size=PART)
    report = tools.write_table("events", capture, output=tmp_path / "out", part_size=PART)
    assert (report.parts_before, report.parts_again) == (3, 1)
    assert content(tmp_path / "whole") == content(tmp_path / "out")
    again = tools.write_table("events", capture, output=tmp_path / "out", part_size=PART)
    assert (again.parts_before, again.parts_again) == (whole.parts, 0)
    assert again.rows == whole.rows


_RUN = """
import sys
from cds_context import tools
if __name__ == "__main__":
    kind, source, output, jobs, size = sys.argv[1:]
    options = {"jobs": int(jobs), "part_size": int(size), "errors": output + ".errors"}
    done = tools.write_table(kind, source, output=output, **options)
    print(done.read, done.events, done.errors, done.rows, done.parts, done.parts_before, done.parts_again)
"""


@pytest.mark.parametrize(("kind", "jobs", "size"), [("changes", 1, 8000), ("rows", 2, PART)])
def test_a_killed_run_goes_on_and_gives_the_same(
    capture: Path, tmp_path: Path, kind: str, jobs: int, size: int
) -> None:
    killed(capture, tmp_path, kind, jobs, kills=1, size=size)


def killed(capture: Path, tmp_path: Path, kind: str, jobs: int, *, kills: int, size: int) -> None:
    """Kill runs at random moments of their work, let another go on, and compare it with one that was left alone."""
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    output, left_alone = tmp_path / "out", tmp_path / "alone"
    expected = tools.write_table(kind, capture, output=left_alone, part_size=size, errors=f"{left_alone}.errors")
    command: list[str | Path] = [sys.executable, script, kind, capture, output, str(jobs), str(size)]
    for _ in range(kills):
        passes = 2 if kind == "rows" else 1
        goal = random.randrange(expected.parts * passes)  # noqa: S311 - any moment will do
        with started(command) as process:
            while process.poll() is None and len([*output.glob(f"{NOTES}/*0*.json")]) <= goal:
                time.sleep(0.002)
            end(process)
    said = [*map(int, printed(command).split())]
    assert said[:5] == [expected.read, expected.events, expected.errors, expected.rows, expected.parts]
    assert said[6] <= jobs
    assert content(output) == content(left_alone)
    assert Path(f"{output}.errors").read_bytes() == Path(f"{left_alone}.errors").read_bytes()
