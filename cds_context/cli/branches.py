"""Values with inner values, as branches of a tree: rows, lists, queries, objects of unknown types.

A value that is one piece of text is a leaf, laid out by `display.values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from rich.text import Text

from cds_context import Entity, EntityCollection, EntityReference, Money, OptionSetValue, UnknownValue, Value, to_plain

from ..display.values import cell, row
from ..display.visible import text
from .trees import Tree

_DEEPEST = 8
"""The most levels of a tree; a value below them is one leaf."""

_Item: TypeAlias = tuple[str, Any, str | None]
"""A name, a value, its label."""


class Branches(Struct, frozen=True):
    """The options for turning values into trees."""

    told: Sequence[Entity] = ()
    """Rows whose columns are shown before the trees."""
    full: bool = False
    """Long texts are not cut."""

    def tree(self, title: str, items: Mapping[str, Value]) -> Tree:
        """A tree with a branch for each item."""
        tree = Tree(Text(title, "bold blue"))
        for name, value in items.items():
            self._grow(tree, (name, value, None), 1)
        return tree

    def _grow(self, tree: Tree, item: _Item, level: int) -> None:
        name, value, label = item
        line = Text.assemble(text(name, "bold"), ": ")
        if level == _DEEPEST or not _has_branches(value):
            tree.add(line.append_text(cell(value, label, full=self.full)))
        elif any(value is row for row in self.told):
            tree.add(line.append_text(text(f"{row(value)}, see above")))
        else:
            branch = tree.add(line.append_text(text(_heading(value))))
            for inner in _inside(value):
                self._grow(branch, inner, level + 1)


def _has_branches(value: Value) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, list) or _has_branches(item) for item in value)
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, Struct) and not isinstance(value, EntityReference | Money | OptionSetValue)


def _heading(value: Value) -> str:
    match value:
        case Entity():
            return row(value)
        case EntityCollection():
            return _heading([*value.entities])
        case list():
            return f"{len(value):,}"
        case UnknownValue():
            return value.type_name
        case dict():
            return ""
        case _:
            return type(value).__name__


def _inside(value: Value) -> Iterator[_Item]:
    match value:
        case Entity():
            yield from ((column, held, value.formatted(column)) for column, held in value.attributes.items())
            yield from ((str(key.schema_name), rows, None) for key, rows in value.related_entities.items())
        case EntityCollection():
            yield from _inside([*value.entities])
        case list():
            yield from ((str(index), item, None) for index, item in enumerate(value))
        case UnknownValue():
            yield from _inside(value.members)
        case dict():
            yield from ((name, item, None) for name, item in value.items())
        case _:
            names = (name for name in to_plain(value) if name != "__type")  # plain data leaves defaults out
            yield from ((name, getattr(value, name), None) for name in names)
