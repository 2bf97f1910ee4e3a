"""The room `cli.comparison`: values stand side by side where there is room, and ids stay whole where there is not."""

from __future__ import annotations

import re

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


def ids(indent: int = 0) -> Comparison:
    comparison = Comparison("column", "old", "new", indent=indent)
    comparison.add(Text("contactid"), Text(ONE), Text(f"contact {TWO}"))
    comparison.add(Text("fax"), Text(), Text("7"))
    return comparison


def test_values_stand_side_by_side_where_there_is_room() -> None:
    assert shown(ids(), 120) == [
        f"column     old{' ' * 35}new",
        f"contactid  {ONE}  contact {TWO}",
        f"fax{' ' * 46}7",
    ]


def test_a_text_breaks_between_words_before_values_stand_below_each_other() -> None:
    assert shown(ids(), 92) == [
        f"column     old{' ' * 35}new",
        f"contactid  {ONE}  contact",
        f"{' ' * 49}{TWO}",
        f"fax{' ' * 46}7",
    ]


def test_a_column_has_no_more_room_than_it_needs_while_another_lacks_some() -> None:
    comparison = Comparison("column", "old", "new")
    comparison.add(Text("fax"), Text("null"), Text(f"contact {TWO}"))
    assert shown(comparison, 58)[1] == f"fax     null  contact {TWO}"


@pytest.mark.parametrize("width", [56, 80])
def test_values_stand_below_each_other_where_there_is_none(width: int) -> None:
    assert shown(ids(), width) == [
        "column     old",
        "           new",
        f"contactid  {ONE}",
        f"           contact {TWO}",
        "fax",
        "           7",
    ]


def test_the_second_line_of_a_value_is_told_from_the_next_value() -> None:
    assert shown(ids(), 51)[2:] == [
        f"contactid  {ONE}",
        "           contact",
        f"             {TWO}",
        "fax",
        "           7",
    ]


@pytest.mark.parametrize(("width", "before"), [(46, 5), (40, 4), (39, 3), (37, 1), (36, 0)])
def test_values_stand_below_their_name_on_a_narrow_screen(width: int, before: int) -> None:
    assert shown(ids(indent=1), width) == [
        " column",
        "   old",
        "   new",
        " contactid",
        f"{' ' * min(before, 3)}{ONE}",
        "   contact",
        f"{' ' * min(before, 5)}{TWO}",
        " fax",
        "",
        "   7",
    ]


def test_one_value_each_needs_no_titles() -> None:
    comparison = Comparison(indent=2)
    comparison.add(Text("by"), Text(ONE))
    comparison.add(Text("operation"), Text(f"x {TWO}"))
    assert shown(comparison, 80) == [f"  by         {ONE}", f"  operation  x {TWO}"]


def test_names_need_no_values() -> None:
    comparison = Comparison("column")
    comparison.add(Text("fax"))
    assert shown(comparison, 80) == ["column", "fax"]


def test_all_is_indented() -> None:
    for width in (60, 120):
        assert shown(ids(indent=2), width) == [f"  {line}".rstrip() for line in shown(ids(), width - 2)]


def test_a_long_name_leaves_room_for_an_id_and_is_whole_where_that_is_possible() -> None:
    comparison = Comparison("at", "old", "new")
    comparison.add(Text("n" * 40), Text(ONE), Text(TWO))
    assert shown(comparison, 79)[2:] == [f"{'n' * 40}  {ONE}", f"{' ' * 42}{TWO}"]
    assert shown(comparison, 60)[2:] == [f"{'n' * 22}  {ONE}", f"{'n' * 18}{' ' * 6}{TWO}"]


def test_an_id_in_a_name_is_whole() -> None:
    comparison = Comparison("at", "old", "new")
    comparison.add(Text(f"inputs[{ONE}]"), Text("1"), Text("2"))
    for width in range(36, 80):
        assert any(ONE in line for line in shown(comparison, width))


cells = st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F), max_size=60)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@given(
    st.lists(st.tuples(cells, cells | st.uuids().map(str), cells | st.uuids().map("({})".format)), max_size=4),
    st.integers(8, 130),
)
def test_nothing_is_lost_at_any_width(rows: list[tuple[str, str, str]], width: int) -> None:
    comparison = Comparison("", "", "", indent=1)
    for name, old, new in rows:
        comparison.add(Text(name), Text(old), Text(new))
    lines = shown(comparison, width)
    assert max(map(len, lines), default=0) <= width
    assert sorted("".join("".join(lines).split())) == sorted("".join("".join(row) for row in rows))
    if width >= 36:
        assert sorted(UUID.findall("\n".join(lines))) == sorted(UUID.findall(" ".join(map(" ".join, rows))))
