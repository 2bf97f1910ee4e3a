"""The room `cli.wrapping`: lines fit, nothing is lost, and an id is broken only where no line can hold it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cds_context.cli.wrapping import ID, Hanging, holds_id, longest_word, wrap

ONE = "c2f3a6d0-5b1e-4f0e-9d3a-1b2c3d4e5f60"


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
