"""Text laid out for a screen: wrapped in lines, as a tree, or as values side by side.

No context and no value is known here.

How wrapping works: a line takes words while they fit. A word longer than any line is broken into its characters,
except that an id in it stays whole. The prefix of a line, which is an indent or the guides of a tree, takes at most
half of the width, and is cut if a word would not fit behind it. So on a screen of at least `ID` columns an id fits at
any depth.

How a comparison works: there are three layouts, and the first that fits is taken. Values stand side by side if each
column holds its longest word and the names fit in a third of the width. Else values stand below each other, beside
their name, if the longest word of all fits there. Else values stand below their name. A word longer than an id and a
bracket counts as that long, because it may be broken.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from ..display.visible import text

ID = 36
"""The width of an id."""

_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_WORD = re.compile(r"\S+")
_CHARACTER = re.compile(r"\S")
_CHARACTER_OR_ID = re.compile(rf"{_ID}|\S")


class Layout(ABC):
    """What is laid out in lines of a width. They are made one after the other, because there can be many."""

    @abstractmethod
    def lines(self, width: int) -> Iterator[Text]:
        """The lines."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines(options.max_width):
            yield from line.render(console)  # without breaking it once more
            yield Segment.line()


class Hanging(Layout):
    """A text whose first line has the prefix `first`, and all other lines `rest`."""

    def __init__(self, content: Text, first: str = "", rest: str | None = None) -> None:
        self._content = content
        self._first = first
        self._rest = first if rest is None else rest

    def lines(self, width: int) -> Iterator[Text]:
        """The lines."""
        return wrap(self._content, width, self._first, self._rest)


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
    space = width - first
    if cell_len(plain) <= space:
        return []
    breaks: list[int] = []
    used = end = 0
    for start, stop, is_apart in _pieces(plain, width):
        size = cell_len(plain[end:stop])
        if used and (is_apart or used + size > space):
            breaks.append(start)
            space, used, size = width - rest, 0, cell_len(plain[start:stop])
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


class Tree(Layout):
    """A text, with its children: those that `grow` makes, each time it is printed, then those that were added.

    A value can have a hundred thousand children, so none is made before its turn, and none is kept.
    """

    def __init__(self, label: Text, grow: Callable[[], Iterable[Tree]] = tuple) -> None:
        self.label = label
        self._grow = grow
        self._added: list[Tree] = []

    def add(self, label: Text) -> Tree:
        """Add a child, the last one; gives it."""
        child = Tree(label)
        self._added.append(child)
        return child

    @property
    def children(self) -> Iterable[Tree]:
        """The children, in their order."""
        return chain(self._grow(), self._added)

    def lines(self, width: int) -> Iterator[Text]:
        """The lines."""
        yield from wrap(self.label, width)
        pending = [(_marked(self.children), "")]
        while pending:  # a list instead of recursion, because a long line of parents would exhaust the stack
            children, guides = pending[-1]
            child, is_last = next(children, (None, True))
            if child is None:
                pending.pop()
                continue
            below = guides + ("    " if is_last else "│   ")
            yield from wrap(child.label, width, guides + ("└── " if is_last else "├── "), below)
            pending.append((_marked(child.children), below[:width]))  # longer ones are cut anyhow


def _marked(trees: Iterable[Tree]) -> Iterator[tuple[Tree, bool]]:
    """Each of the trees, and whether it is the last."""
    coming = iter(trees)
    tree = next(coming, None)
    while tree is not None:
        following = next(coming, None)
        yield tree, following is None
        tree = following


_GAP = 2
_HANG = " " * _GAP
"""The indent of a continuation: the second line of a value, or a value under its name."""


class Comparison(Layout):
    """A table with a name and its values in each row; `titles` are the titles of the names and of each value."""

    def __init__(self, *titles: str, indent: int = 0) -> None:
        self._rows: list[tuple[Text, ...]] = []
        self._indent = indent
        if titles:
            self.add(*(text(title, "dim") for title in titles))

    def add(self, name: Text, *values: Text) -> None:
        """Add one name, with as many values as every other name."""
        self._rows.append((name, *values))

    def lines(self, width: int) -> Iterator[Text]:
        """The lines."""
        space = width - self._indent
        natural = [max(cell.cell_len for cell in column) for column in zip(*self._rows, strict=True)]
        _, *values = [max(map(longest_word, column)) for column in zip(*self._rows, strict=True)]
        least = [self._least_name(natural[0], space), *(min(word, ID + 1) for word in values)]
        if sum(least) + _GAP * len(values) <= space:
            return self._side_by_side(_shares(least, natural, space - _GAP * len(values)))
        if least[0] + _GAP + max(least[1:]) <= space:
            return self._beside(min(natural[0], space - _GAP - max(least[1:])), space)
        return self._below(width)

    def _least_name(self, natural: int, space: int) -> int:
        return min(natural, max(space // 3, ID if any(holds_id(name) for name, *_ in self._rows) else 1))

    def _side_by_side(self, widths: Sequence[int]) -> Iterator[Text]:
        for row in self._rows:
            yield from self._aligned([[*wrap(cell, width)] for cell, width in zip(row, widths, strict=True)], widths)

    def _beside(self, name_width: int, space: int) -> Iterator[Text]:
        width = space - _GAP - name_width
        for name, *values in self._rows:
            below = [line for value in values for line in wrap(value, width, rest=_HANG)]
            yield from self._aligned([[*wrap(name, name_width)], below], (name_width, width))

    def _aligned(self, cells: list[list[Text]], widths: Sequence[int]) -> Iterator[Text]:
        """The lines of a row; each cell is wrapped on its own."""
        for pieces in zip_longest(*cells, fillvalue=Text()):
            line = Text(" " * self._indent)
            for piece, width in zip(pieces, widths, strict=True):
                line.append_text(piece).append(" " * (width - piece.cell_len + _GAP))
            line.rstrip()
            yield line

    def _below(self, width: int) -> Iterator[Text]:
        indent = " " * self._indent
        for name, *values in self._rows:
            yield from wrap(name, width, indent, indent)
            for value in values:
                yield from wrap(value, width, indent + _HANG, indent + _HANG * 2)


def _shares(least: Sequence[int], natural: Sequence[int], space: int) -> list[int]:
    """The width of each column: its minimum, and an equal share of the rest, as far as needed."""
    widths = [*least]
    spare = space - sum(least)
    needy = sorted(range(len(least)), key=lambda column: natural[column] - least[column])
    for done, column in enumerate(needy):
        share = min(natural[column] - least[column], spare // (len(needy) - done))
        widths[column] += share
        spare -= share
    return widths
