"""Several values for each of several names: side by side, or below each other on a narrow screen.

Only texts are laid out here; no context is known.

How it works: there are three layouts, and the first that has room is taken. Values stand side by side if each column
has room for its longest word and the names fit in a third of the width. Else values stand below each other, beside
their name, if there is room for the longest word of all. Else values stand below their name. A word longer than an id
and a bracket counts as that long, because it may be broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from ..display.visible import text
from .wrapping import ID, holds_id, longest_word, printed, wrap

_GAP = 2
_HANG = " " * _GAP
"""The indent of a continuation: the second line of a value, or a value under its name."""


class Comparison:
    """A table with a name and its values in each row; `titles` are the titles of the names and of each value."""

    def __init__(self, *titles: str, indent: int = 0) -> None:
        self._rows: list[tuple[Text, ...]] = []
        self._indent = indent
        if titles:
            self.add(*(text(title, "dim") for title in titles))

    def add(self, name: Text, *values: Text) -> None:
        """Add one name, with as many values as every other name."""
        self._rows.append((name, *values))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from printed(console, self._lines(options.max_width))

    def _lines(self, width: int) -> Iterator[Text]:
        room = width - self._indent
        natural = [max(cell.cell_len for cell in column) for column in zip(*self._rows, strict=True)]
        _, *values = [max(map(longest_word, column)) for column in zip(*self._rows, strict=True)]
        least = [self._least_name(natural[0], room), *(min(word, ID + 1) for word in values)]
        if sum(least) + _GAP * len(values) <= room:
            return self._side_by_side(_shares(least, natural, room - _GAP * len(values)))
        if least[0] + _GAP + max(least[1:]) <= room:
            return self._beside(min(natural[0], room - _GAP - max(least[1:])), room)
        return self._below(width)

    def _least_name(self, natural: int, room: int) -> int:
        return min(natural, max(room // 3, ID if any(holds_id(name) for name, *_ in self._rows) else 1))

    def _side_by_side(self, widths: Sequence[int]) -> Iterator[Text]:
        for row in self._rows:
            yield from self._aligned([[*wrap(cell, width)] for cell, width in zip(row, widths, strict=True)], widths)

    def _beside(self, name_width: int, room: int) -> Iterator[Text]:
        width = room - _GAP - name_width
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


def _shares(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """The width of each column: its minimum, and an equal share of the rest, as far as needed."""
    widths = [*least]
    spare = room - sum(least)
    needy = sorted(range(len(least)), key=lambda column: natural[column] - least[column])
    for done, column in enumerate(needy):
        share = min(natural[column] - least[column], spare // (len(needy) - done))
        widths[column] += share
        spare -= share
    return widths
