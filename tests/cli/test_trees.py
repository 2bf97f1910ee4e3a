"""The room `cli.trees`: what is below something stands below it, whatever room there is."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cds_context.cli.trees import Tree

ONE = "c2f3a6d0-5b1e-4f0e-9d3a-1b2c3d4e5f60"


def shown(tree: Tree, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(tree)
    return capture.get().splitlines()


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
