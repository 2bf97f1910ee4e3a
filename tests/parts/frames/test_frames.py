"""The recipes of the page "Plain data" for pandas and polars, run as a reader would run them, and what they keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cds_context import ChangeRow, change_rows
from tests.pages import program

PAGE = Path(__file__).parents[3] / "docs" / "plain.md"
RECIPES = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def run(library: str) -> dict[str, Any]:
    """The names that the page's code defines, with the recipe of a library as its end."""
    (recipe,) = (code for code in RECIPES if f"import {library} as" in code)
    space: dict[str, Any] = {}
    exec(program(PAGE), space)  # noqa: S102
    exec(compile(recipe, PAGE, "exec", dont_inherit=True), space)  # noqa: S102
    return space


def test_the_page_has_two_recipes() -> None:
    assert len(RECIPES) == 2


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_has_every_row(library: str) -> None:
    space = run(library)
    rows = [row for context in space["whole"] for row in change_rows(context)]
    frame = space["frame"]
    assert list(frame.columns) == list(ChangeRow.__annotations__)
    assert len(frame) == len(rows) > 200
    for name in ("event_id", "column", "status", "submitted", "old_known", "new_known"):
        assert list(frame[name]) == [dict(row)[name] for row in rows]


def test_polars_keeps_null_and_text() -> None:
    space = run("polars")
    rows = [row for context in space["whole"] for row in change_rows(context)]
    assert list(space["frame"]["old"]) == [row["old"] for row in rows]
    assert list(space["frame"]["new_label"]) == [row["new_label"] for row in rows]
    assert str(space["frame"]["moment"].dtype) == "Datetime(time_unit='us', time_zone='UTC')"


def test_pandas_keeps_null_and_text() -> None:
    space = run("pandas")
    rows = [row for context in space["whole"] for row in change_rows(context)]
    new = space["frame"]["new"]
    assert [None if missing else value for value, missing in zip(new, new.isna(), strict=True)] == [
        row["new"] for row in rows
    ]
    assert str(space["frame"]["moment"].dt.tz) == "UTC"
