"""Text in lines of a width, broken between words where that is possible, and never inside an id where one fits.

No context is known here; one text is laid out behind a prefix, which is an indent or the guides of a tree.

How it works: a line takes words while they fit. A word longer than any line is broken into its characters, except that
an id in it stays whole. The prefix of a line takes at most half of the width, and is cut if a word would not fit behind
it. So on a screen of at least `ID` columns an id has room at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

ID = 36
"""The width of an id."""

_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = re.compile(r"\S+")
_CHARACTER = re.compile(r"\S")
_CHARACTER_OR_ID = re.compile(rf"{_ID}|\S")


class Hanging:
    """A text whose first line has the prefix `first`, and all other lines `rest`."""

    def __init__(self, content: Text, first: str = "", rest: str | None = None) -> None:
        self._content = content
        self._first = first
        self._rest = first if rest is None else rest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from printed(console, wrap(self._content, options.max_width, self._first, self._rest))


def printed(console: Console, lines: Iterable[Text]) -> Iterator[Segment]:
    """The lines as rich prints them, without breaking them once more."""
    for line in lines:
        yield from line.render(console)
        yield Segment.line()


def wrap(content: Text, width: int, first: str = "", rest: str = "") -> Iterator[Text]:
    """The lines of the text, each behind its prefix."""
    before = first[: width // 2]
    after = rest[: width // 2]
    for line in content.divide(_breaks(content.plain, width, len(before), len(after))):
        line.rstrip()
        yield Text.assemble((before[: max(width - line.cell_len, 0)], "dim"), line)
        before = after


def holds_id(content: Text) -> bool:
    """Whether there is an id in the text."""
    return re.search(_ID, content.plain) is not None


def longest_word(content: Text) -> int:
    """The width that keeps every word whole."""
    return max((cell_len(word) for word in content.plain.split()), default=0)


def _breaks(plain: str, width: int, first: int, rest: int) -> list[int]:
    """The offsets at which lines begin, except the first; `first` and `rest` are the widths of the prefixes."""
    room = width - first
    if cell_len(plain) <= room:
        return []
    breaks: list[int] = []
    used = end = 0
    for start, stop, is_apart in _pieces(plain, width):
        size = cell_len(plain[end:stop])
        if used and (is_apart or used + size > room):
            breaks.append(start)
            room, used, size = width - rest, 0, cell_len(plain[start:stop])
        used += size
        end = stop
    return breaks


def _pieces(plain: str, width: int) -> Iterator[tuple[int, int, bool]]:
    """The pieces that are never broken: start, end, and whether the piece always begins a line."""
    inner = _CHARACTER_OR_ID if width >= ID else _CHARACTER
    for word in _WORD.finditer(plain):
        if cell_len(word[0]) <= width:
            yield *word.span(), False
        else:
            for piece in inner.finditer(plain, *word.span()):
                yield *piece.span(), piece.start() == word.start()
