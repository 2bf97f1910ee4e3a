"""A tree of texts, as a terminal shows it. No context and no value is known here."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from .wrapping import printed, wrap


class Tree:
    """A text, with its children."""

    def __init__(self, label: Text) -> None:
        self.label = label
        self.children: list[Tree] = []

    def add(self, label: Text) -> Tree:
        """Add a child, the last one; gives it."""
        child = Tree(label)
        self.children.append(child)
        return child

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from printed(console, self._lines(options.max_width))

    def _lines(self, width: int) -> Iterator[Text]:
        yield from wrap(self.label, width)
        pending = [*_below(self, "")]
        while pending:  # a list instead of recursion, because a long line of parents would exhaust the stack
            tree, guide, below = pending.pop()
            yield from wrap(tree.label, width, guide, below)
            pending += _below(tree, below[:width])  # longer ones are cut anyhow


def _below(tree: Tree, guides: str) -> Iterator[tuple[Tree, str, str]]:
    """The children, the last first, each with what precedes its first line and what precedes all others."""
    for child in reversed(tree.children):
        is_last = child is tree.children[-1]
        yield child, guides + ("└── " if is_last else "├── "), guides + ("    " if is_last else "│   ")
