"""The room `cli.comparison`: values stand side by side where there is room, and ids stay whole where there is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from cds_context.cli.comparison import Comparison

ONE, TWO = "c2f3a6d0-5b1e-4f0e-9d3a-1b2c3d4e5f60", "0e9d8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b"


def shown(comparison: Comparison, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(comparison)
    return [line.rstrip() for line in capture.get().splitlines()]


def ids(*, remark: str | None = "status", indent: int = 0) -> Comparison:
    comparison = Comparison("column", "old", "new", remark=remark, indent=indent)
    said = None if remark is None else Text("changed")
    comparison.add(Text("contactid"), Text(ONE), Text(f"contact {TWO}"), remark=said)
    comparison.add(Text("fax"), Text(), Text("7"), remark=said)
    return comparison


def test_values_stand_side_by_side_where_there_is_room() -> None:
    assert shown(ids(), 120) == [
        f"column     old{' ' * 35}new{' ' * 43}status",
        f"contactid  {ONE}  contact {TWO}  changed",
        f"fax{' ' * 46}7{' ' * 45}changed",
    ]


def test_a_text_breaks_between_words_before_values_stand_below_each_other() -> None:
    assert shown(ids(), 98) == [
        f"column     old{' ' * 35}new{' ' * 39}status",
        f"contactid  {ONE}  contact{' ' * 35}changed",
        f"{' ' * 49}{TWO}",
        f"fax{' ' * 46}7{' ' * 41}changed",
    ]


@pytest.mark.parametrize("width", [60, 80])
def test_values_stand_below_each_other_where_there_is_none(width: int) -> None:
    assert shown(ids(), width) == [
        "column     old",
        "  status   new",
        f"contactid  {ONE}",
        f"  changed  contact {TWO}",
        "fax",
        "  changed  7",
    ]


def test_there_may_be_no_remarks() -> None:
    assert shown(ids(remark=None), 91)[0] == f"column     old{' ' * 35}new"
    assert shown(ids(remark=None), 80)[:4] == [
        "column     old",
        "           new",
        f"contactid  {ONE}",
        f"           contact {TWO}",
    ]


def test_all_is_indented() -> None:
    for width in (60, 120):
        assert shown(ids(indent=2), width) == [f"  {line}" for line in shown(ids(), width - 2)]


def test_a_long_name_leaves_room_for_an_id_and_is_whole_where_that_is_possible() -> None:
    comparison = Comparison("at", "old", "new")
    comparison.add(Text("n" * 40), Text(ONE), Text(TWO))
    assert shown(comparison, 79)[2:] == [f"{'n' * 40}  {ONE}", f"{' ' * 42}{TWO}"]
    assert shown(comparison, 60)[2:] == [f"{'n' * 22}  {ONE}", f"{'n' * 18}{' ' * 6}{TWO}"]


cells = st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F), max_size=60)


@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=4), st.integers(8, 130))
def test_nothing_is_lost_at_any_width(rows: list[tuple[str, str, str, str]], width: int) -> None:
    comparison = Comparison("", "", "", remark="", indent=1)
    for name, old, new, remark in rows:
        comparison.add(Text(name), Text(old), Text(new), remark=Text(remark))
    lines = shown(comparison, width)
    assert max(map(len, lines), default=0) <= width
    assert sorted("".join("".join(lines).split())) == sorted("".join("".join(row) for row in rows))
