"""The room `cli.terminal`: nothing of a payload commands a terminal, and what is no terminal gets plain lines."""

from __future__ import annotations

import errno
import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from cds_context.cli.terminal import Screen
from cds_context.display.visible import text, visible

from ..command_line import ESCAPED, ESCAPES


class Stream(io.TextIOWrapper):
    """A stream of which a test says whether it is a terminal."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def printed(self) -> bytes:
        self.flush()
        inner = self.buffer
        assert isinstance(inner, io.BytesIO)
        return inner.getvalue()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def streams(monkeypatch: pytest.MonkeyPatch, *, out: Stream, err: Stream | None = None) -> Screen:
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err or Stream(terminal=False))
    return Screen()


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert visible(ESCAPES) == ESCAPED


@given(st.text(st.characters(), min_size=1))
def test_no_control_character_is_left(content: str) -> None:
    assert not {unicodedata.category(character) for character in visible(content)} & {"Cc", "Cs", "Zl", "Zp"}


BIDI_CONTROLS = [chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
"""What Unicode gives the property Bidi_Control."""


@pytest.mark.parametrize("character", BIDI_CONTROLS)
def test_what_turns_the_direction_of_text_is_escaped(monkeypatch: pytest.MonkeyPatch, character: str) -> None:
    escaped = f"\\u{ord(character):04x}"
    assert visible(f"a{character}") == f"a{escaped}"
    out = Stream(terminal=True)
    streams(monkeypatch, out=out).write(f'"{character}"'.encode())
    assert out.printed.decode() == f'"{escaped}"\n'


def test_what_joins_characters_stays() -> None:
    assert visible("\u200c\u200d") == "\u200c\u200d"


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S"])))
def test_text_stays_text(content: str) -> None:
    assert visible(content) == content


def test_markup_is_text() -> None:
    assert text("[red]x[/red] :smile:").plain == "[red]x[/red] :smile:"


def table(*cells: str) -> Table:
    made = Table(box=None, pad_edge=False)
    for cell in cells:
        made.add_column(Text(cell))
    made.add_row(*(Text(cell * 3, "red") for cell in cells))
    return made


def test_a_terminal_gets_colour_and_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = Stream(terminal=True)
    streams(monkeypatch, out=out).show(Text("x" * 30, "red"))
    assert out.printed.count(b"\n") == 2
    assert b"\x1b[31m" in out.printed


def test_a_file_gets_neither_and_no_space_at_the_end_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stream(terminal=False)
    long = "y" * 300
    streams(monkeypatch, out=out).show(Text("x ", "red"), Text("y"), Text(), table("a", long, "b"))
    heading, row = f"a    {long}{' ' * 600}  b", f"aaa  {long * 3}  bbb"
    assert out.printed.decode().split("\n") == ["x", "y", "", heading, row, ""]


def test_a_file_gets_a_width_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = Stream(terminal=False)
    streams(monkeypatch, out=out).show(table("a" * 30))
    assert max(map(len, out.printed.decode().split("\n"))) == 20


def test_characters_that_an_encoding_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stream(terminal=False, encoding="ascii")
    streams(monkeypatch, out=out).show(Text("日"))
    assert out.printed == b"\\u65e5\n"


def test_a_stream_without_an_encoding_takes_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", stream := io.StringIO())
    Screen().show(text("שלום"))
    assert stream.getvalue() == "שלום\n"


class Unread(Stream):
    """A terminal's stream, for one who no longer looks."""

    def __init__(self) -> None:
        super().__init__(terminal=True)

    def write(self, _: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_a_reader_that_is_gone_is_the_callers_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = streams(monkeypatch, out=Unread())
    with pytest.raises(BrokenPipeError):
        screen.show(Text("x"))


def test_complaints_go_to_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Stream(terminal=False), Stream(terminal=False)
    streams(monkeypatch, out=out, err=err).complain("a\x1b.json", "[b]no\udcff")
    assert (out.printed, err.printed) == (b"", b"a\\u001b.json: [b]no\\udcff\n")


JSON = '{\n  "a\x7f": "\x9b31m שלום \u202e"\n}'.encode()


def test_json_is_written_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stream(terminal=False)
    streams(monkeypatch, out=out).write(JSON)
    assert out.printed == JSON + b"\n"


def test_json_on_a_terminal_is_the_same_json_and_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stream(terminal=True)
    streams(monkeypatch, out=out).write(JSON)
    assert out.printed.decode() == '{\n  "a\\u007f": "\\u009b31m שלום \\u202e"\n}\n'


def never() -> int:
    raise AssertionError


def test_there_is_no_bar_without_a_terminal_and_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Stream(terminal=False)
    with streams(monkeypatch, out=Stream(terminal=True), err=err).progress(never) as step:
        step()
    assert err.printed == b""


def test_there_is_no_bar_for_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Stream(terminal=True)
    with streams(monkeypatch, out=Stream(terminal=True), err=err).progress(lambda: 3) as step:
        step()
    assert err.printed == b""


@pytest.mark.parametrize("terminal", [True, False])
def test_the_bar_counts_and_goes_and_lines_stand_above_it(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    out, err = Stream(terminal=terminal), Stream(terminal=True)
    screen = streams(monkeypatch, out=out, err=err)
    with screen.progress(lambda: 40) as step:
        screen.show(Text("during"))
        for _ in range(40):
            step()
    screen.show(Text("after"))
    # On the same terminal, what is shown goes where the bar is, or the two would write over each other.
    assert (b"during" in err.printed, b"during" in out.printed) == (terminal, not terminal)
    assert b"after" in out.printed
    assert b"40/40" in err.printed
    assert b"\x1b[?25l" not in err.printed  # the cursor is never hidden: a signal could keep it from coming back


def test_throughput_is_shown_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_terminal in (True, False):
        err = Stream(terminal=is_terminal)
        with streams(monkeypatch, out=Stream(terminal=False), err=err).throughput() as show:
            show(5, 9, 1234, 7, 10**9)
        assert (b"1,234 events  7 errors" in err.printed) == is_terminal
