"""Tables in polars, DuckDB, pandas and pyarrow: equal by way of Parquet, and the recipes of the page "Tables"."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from arro3.io import write_parquet
from msgspec.structs import replace

from cds_context import Entity, EntityImageCollection, EntityReference, Money, OptionSetValue, encode_context
from cds_context.tables import changes_table, events_table, rows_tables
from cds_context.testing import examples
from tests.bodies import event
from tests.pages import program

# The type checkers run where none of these is installed.
duckdb, pandas, polars, pyarrow, parquet = map(
    import_module, ("duckdb", "pandas", "polars", "pyarrow", "pyarrow.parquet")
)

PAGE = Path(__file__).parents[3] / "docs" / "tables.md"
RECIPES = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
BODIES = list(examples().values())
TABLES: dict[str, Any] = {
    "events": events_table(BODIES),
    "changes": changes_table(BODIES, only_submitted=False),
    **{f"rows of {name}": table for name, table in rows_tables(BODIES).items()},
}


EXTREMES: list[dict[str, Any]] = [
    {"a": None, "b": [], "c": 1, "d": "x"},
    {"a": float("nan"), "b": [OptionSetValue(1), OptionSetValue(2)], "c": "text in a column of numbers", "d": 0.5},
    {"a": Money(Decimal(f"{'9' * 28}.{'9' * 10}")), "c": True, "d": Decimal(f"-{'9' * 28}.{'9' * 10}")},
    {"a": Money(Decimal("0.12345678901")), "c": OptionSetValue(7), "d": 2**100},
    {"a": float("-inf"), "c": EntityReference("account", UUID(int=1), "Fabrikam"), "d": -(2**63)},
    {"e": datetime(1, 1, 1, tzinfo=timezone.utc), "f": "cut \ud83d", "g": "whole \U0001f600"},
    {"e": datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc), "f": "", "g": "nul \0 and \u2028"},
]
"""Null, what was cleared, NaN and infinity, 38 digits, more digits, both ends of time, surrogates, several kinds."""


def stored(*rows: dict[str, Any]) -> list[bytes]:
    """Updates of a contact from one row to the next, also to what no builder makes."""
    contacts = [Entity("contact", UUID(int=7), row) for row in rows]
    return [
        encode_context(
            replace(event("Update", {"Target": new}), pre_entity_images=EntityImageCollection({"Image": old}))
        )
        for old, new in pairwise(contacts)
    ]


EXTREME = stored(*EXTREMES, EXTREMES[0])
WIDE = stored({}, {f"a{index}": index for index in range(10_000)})
TABLES.update(
    {
        f"{what}, {name}": table
        for name, bodies in (("extreme", EXTREME), ("10,000 columns", WIDE))
        for what, table in (
            ("events", events_table(bodies)),
            ("changes", changes_table(bodies)),
            ("rows", rows_tables(bodies)["contact"]),
            ("rows as JSON", rows_tables(bodies, on_conflict="json")["contact"]),
        )
    }
)


def plain(value: Any) -> Any:
    """A value as all readers have it: the moment in UTC, lists of their own class as lists."""
    if hasattr(value, "astimezone"):
        return value.astimezone(timezone.utc).replace(tzinfo=timezone.utc)
    match value:
        case {**members}:
            return {name: plain(member) for name, member in members.items()}
        case [*items]:
            return [plain(item) for item in items]
        case _:
            return value


def columns_of(table: Any) -> dict[str, list[Any]]:
    """The columns of a table, as pyarrow reads the stream."""
    read = pyarrow.RecordBatchReader.from_stream(table).read_all()
    return {name: plain(read.column(name).to_pylist()) for name in read.column_names}


@pytest.mark.parametrize("name", TABLES)
def test_what_was_written_as_parquet_is_read_back_equal(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_parquet(TABLES[name], path, compression="zstd(3)")
    wanted = columns_of(TABLES[name])
    assert any(wanted.values())

    by_pyarrow = parquet.read_table(path)
    assert {column: plain(by_pyarrow.column(column).to_pylist()) for column in by_pyarrow.column_names} == wanted

    by_polars = polars.read_parquet(path)
    assert {column: plain(by_polars[column].to_list()) for column in by_polars.columns} == wanted

    duckdb.sql("SET TimeZone = 'UTC'")
    found = duckdb.sql(f"SELECT * FROM '{path}'")  # noqa: S608 - a path of the test's own
    rows = found.fetchall()
    assert {column: plain([row[index] for row in rows]) for index, column in enumerate(found.columns)} == wanted


def test_what_is_rare_is_there() -> None:
    rows = columns_of(TABLES["rows, extreme"])
    assert len(columns_of(TABLES["rows, 10,000 columns"])) > 10_000
    assert {"NaN", "-INF", "0.12345678901"} <= {*rows["a__text"]}
    assert Decimal(f"{'9' * 28}.{'9' * 10}") in rows["a"]
    assert {"c", "c__integer", "c__bool", "c__choice", "c__label", "c__lookup"} <= {*rows}
    assert [row and row.year for row in rows["e"][4:6]] == [1, 9999]
    assert (rows["f"][4], rows["g"][4]) == (None, "whole \U0001f600")
    assert "cut \\ud83d" in columns_of(TABLES["changes, extreme"])["new"]


def test_each_library_takes_a_table_as_it_is() -> None:
    wanted = columns_of(TABLES["changes"])
    frame = polars.DataFrame(TABLES["changes"])
    assert frame["new"].to_list() == wanted["new"]
    changes = TABLES["changes"]
    assert len(wanted["new"]) == duckdb.sql("SELECT count(*) FROM changes").fetchall()[0][0] == len(frame)
    del changes
    in_pandas = pyarrow.table(TABLES["changes"]).to_pandas()
    assert isinstance(in_pandas, pandas.DataFrame)
    assert len(in_pandas) == len(frame)


def run(mark: str) -> dict[str, Any]:
    """The names that the page defines, with the recipe that holds a mark as its end."""
    (recipe,) = (code for code in RECIPES if mark in code)
    space: dict[str, Any] = {}
    exec(program(PAGE), space)  # noqa: S102
    exec(compile(recipe, PAGE, "exec", dont_inherit=True), space)  # noqa: S102
    return space


def test_the_first_lines_lead_from_a_folder_to_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("mkdir")
    answer = run("answer =")["answer"]
    assert {row[1:] for row in answer.rows()} == {("12500.0000", "15000.0000")}
    shown = {line for line in str(answer).splitlines() if line.startswith("│")}
    printed = re.search(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert printed is not None
    assert {*printed[1].splitlines()} <= shown


def test_a_table_is_a_frame_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space = run("write_parquet")
    assert len(space["frame"]) == len(polars.read_parquet("changes.parquet")) > 50


def test_a_lazy_query_gives_what_it_asks_for() -> None:
    space = run("register_io_source")
    wanted = polars.DataFrame(changes_table(space["stored"], statuses="changed")).select("moment", "column", "new")
    assert space["titles"].equals(wanted)
    assert len(wanted) > 4
    lazy = space["lazy"]
    assert lazy.collect().equals(polars.DataFrame(changes_table(space["stored"])))
    assert len(lazy.head(3).collect()) == 3
    assert "SELECTION" in lazy.filter(polars.col("status") == "changed").explain()


def test_distinct_keeps_one_row_of_each_event() -> None:
    space = run("distinct =")
    twice = polars.DataFrame(events_table(space["bodies"] * 2))
    assert len(space["distinct"]) == len(twice) // 2 == twice["event_id"].n_unique()


def test_the_history_of_a_record_is_in_order() -> None:
    history = run("history =")["history"].fetchall()
    assert len(history) == 4
    assert [row[2:] for row in history] == [("first", "second"), ("second", "third"), ("third", None), (None, "last")]


def test_the_row_as_of_a_moment_is_what_was_last_known() -> None:
    space = run("as_of =")
    assert dict(space["as_of"].fetchall())["jobtitle"] == "third"
    assert space["frame"].rows() == [("third",)]
