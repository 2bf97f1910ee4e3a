"""Several values of each of several things, side by side, or below each other where the screen is too narrow for that.

Lays out what it is given, and knows no contexts.

How it works: values stand side by side if beside names of a third of the width each of their columns takes the longest
word, or an id. Below each other, names have what the longest value leaves, and a third of the width at least; an id has room
from 60 columns on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .terminal import text

_ID = 37
"""The width of an id with a bracket behind it, which is kept whole; a longer word need not be."""
_GAP = 2


class _Row(NamedTuple):
    name: Text
    values: tuple[Text, ...]
    remark: tuple[Text, ...]
    """One, or none."""

    def side_by_side(self) -> list[Text]:
        return [self.name, *self.values, *self.remark]

    def stacked(self) -> list[Text]:
        return [Text("\n  ").join([self.name, *self.remark]), Text("\n").join(self.values)]


class Comparison:
    """A row for each thing: its name, its values, and a remark if there is a title for remarks."""

    def __init__(self, thing: str, *values: str, remark: str | None = None, indent: int = 0) -> None:
        self._rows: list[_Row] = []
        self._indent = indent
        self.add(
            text(thing, "dim"),
            *(text(value, "dim") for value in values),
            remark=None if remark is None else text(remark, "dim"),
        )

    def add(self, name: Text, *values: Text, remark: Text | None = None) -> None:
        """Add one thing, with all that has a title."""
        self._rows.append(_Row(name, values, () if remark is None else (remark,)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield Padding(self._table(options.max_width - self._indent), (0, 0, 0, self._indent), expand=False)

    def _table(self, room: int) -> Table:
        longest = min(_ID, max(cell_len(word) for row in self._rows for value in row.values for word in _words(value)))
        remarks = [_GAP + remark.cell_len for row in self._rows for remark in row.remark]
        names = max(row.name.cell_len for row in self._rows)
        third = min(names, room // 3)
        is_wide = third + len(self._rows[0].values) * (_GAP + longest) + max(remarks, default=0) <= room
        table = Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(width=third if is_wide else min(names, max(third, room - _GAP - longest)))
        for row in self._rows:
            table.add_row(*row.side_by_side() if is_wide else row.stacked())
        for column in table.columns:
            column.overflow = "fold"
        return table


def _words(value: Text) -> list[str]:
    return value.plain.split() or [""]
