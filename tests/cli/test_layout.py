"""The room `cli.layout`: text in lines, trees, and values side by side."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cds_context.cli.layout import ID, Comparison, Hanging, Tree, holds_id, longest_word, wrap

ONE, TWO = "c2f3a6d0-5b1e-4f0e-9d3a-1b2c3d4e5f60", "0e9d8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b"


def lines(content: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return [line.plain for line in wrap(Text(content), width, first, rest)]


@pytest.mark.parametrize(
    ("content", "width", "expected"),
    [
        ("", 5, [""]),
        ("a bc", 5, ["a bc"]),
        ("a  bc  def", 5, ["a  bc", "def"]),
        ("  ab cd", 5, ["  ab", "cd"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a bcdefgh", 3, ["a", "bcd", "efg", "h"]),
        ("日本語", 4, ["日本", "語"]),
        ("e\u0301e\u0301", 1, ["e\u0301", "e\u0301"]),
        (f"account {ONE} Fabrikam", 40, ["account", ONE, "Fabrikam"]),
        (f"({ONE})", 38, [f"({ONE})"]),
        (f"({ONE})", 37, [f"({ONE}", ")"]),
        (f"({ONE})", 36, ["(", ONE, ")"]),
        (f"https://example.com/{ONE}/x", 40, ["https://example.com/", f"{ONE}/x"]),
        (ONE, 30, [ONE[:30], ONE[30:]]),
    ],
)
def test_lines_break_where_least_is_lost(content: str, width: int, expected: list[str]) -> None:
    assert lines(content, width) == expected


def test_what_precedes_gives_way_to_an_id() -> None:
    assert lines(f"to: {ONE},", 44, "└── ", "    ") == ["└── to:", f"    {ONE},"]
    assert lines(f"to: {ONE},", 40, "└── ", "    ") == ["└── to:", f"   {ONE},"]
    assert lines(f"to: {ONE},", 37, "└── ", "    ") == ["└── to:", f"{ONE},"]


def test_what_precedes_has_half_of_the_width_at_most() -> None:
    assert lines("ab cd", 6, "├" * 9, "│" * 9) == ["├├├ab", "│││cd"]


def test_styles_stay_with_their_text() -> None:
    first, second = wrap(Text.assemble("a ", ("bc", "red")), 2)
    assert (first.plain, first.spans) == ("a", [])
    assert (second.plain, [span.style for span in second.spans]) == ("bc", ["red"])


def test_a_hanging_text_is_printed_on_lines_of_its_own() -> None:
    console = Console(width=8, highlight=False)
    with console.capture() as capture:
        console.print(Hanging(Text("a bc def"), "- ", "  "), Hanging(Text("[b]"), "- "))
    assert capture.get() == "- a bc\n  def\n- [b]\n"


def test_what_a_layout_asks_of_a_text() -> None:
    assert [longest_word(Text(content)) for content in ("", "a 日本 c", ONE)] == [0, 4, ID]
    assert [holds_id(Text(content)) for content in ("", f"x{ONE.upper()}x", ONE[1:])] == [False, True, False]


WORDS = st.text(st.characters(categories=["L", "M", "N", "P"]), min_size=1, max_size=50)
CONTENTS = st.lists(WORDS | st.uuids().map(str) | st.uuids().map("[{}]".format), max_size=9).map(" ".join)
GUIDES = st.sampled_from(["", "    ", "│   " * 20])


@given(CONTENTS, st.integers(2, 130), GUIDES)
def test_lines_fit_and_hold_everything_and_every_id(content: str, width: int, guides: str) -> None:
    shown = lines(content, width, guides, guides)
    assert max(map(cell_len, shown)) <= width
    assert "".join(" ".join(line.lstrip("│ ") for line in shown).split()) == "".join(content.split())
    if width >= ID:
        whole = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
        assert whole.findall(" ".join(shown)) == whole.findall(content)


def shown(layout: Tree | Comparison, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(layout)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_children_stand_below_their_parent_in_their_order() -> None:
    tree = Tree(Text("root"))
    tree.add(Text("a")).add(Text("b")).add(Text("c"))
    tree.add(Text("d"))
    assert shown(tree, 80) == ["root", "├── a", "│   └── b", "│       └── c", "└── d"]


def test_what_goes_on_in_another_line_keeps_the_guides() -> None:
    tree = Tree(Text("one two three"))
    tree.add(Text("four five")).add(Text("six seven"))
    tree.add(Text("eight nine"))
    assert shown(tree, 10) == [
        *("one two", "three"),
        *("├── four", "│   five"),
        *("│   └six", "│    seven"),
        *("└── eight", "    nine"),
    ]


def test_an_id_is_whole_however_deep_it_stands() -> None:
    tree = branch = Tree(Text("root"))
    for _ in range(2000):
        branch = branch.add(Text(f"to {ONE}"))
    lines = shown(tree, 40)
    assert sum(ONE in line for line in lines) == 2000
    assert max(map(len, lines)) == 40


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
