"""Values as lines of text, what is in a value below it. Knows no page and no event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from cds_context import Entity, EntityCollection, EntityReference

from ..display.values import cell, row

_DEEPEST = 4
"""Levels below the first; what is further down is part of one line."""
_ROWS = frozenset({Entity, EntityReference})


class Line(Struct, frozen=True):
    """One value."""

    level: int
    name: str
    text: str
    label: str = ""
    """What a user sees in the place of the value, if that is something else."""


def lines(items: Iterable[tuple[str, Any]], labels: Mapping[str, str | None] | None = None) -> list[Line]:
    """The values and all that is in them, from the top down."""
    return [line for name, value in items for line in _lines(name, value, (labels or {}).get(name), 0)]


def spell(value: Any, label: str | None = None) -> tuple[str, str]:
    """One value as one text, and its label if that says something else."""
    text = cell(value, full=True).plain
    is_news = label is not None and cell(value, label, full=True).plain != text
    return text, label if label is not None and is_news else ""


def _lines(name: str, value: Any, label: str | None, level: int) -> Iterator[Line]:
    text, said = spell(value, label)
    inner: list[tuple[str, Any, str | None]] = []
    if level < _DEEPEST:
        text, inner = _opened(value) or (text, inner)
    yield Line(level, name, text, said)
    for inner_name, inner_value, inner_label in inner:
        yield from _lines(inner_name, inner_value, inner_label, level + 1)


def _opened(value: Any) -> tuple[str, list[tuple[str, Any, str | None]]] | None:
    """What to say of a value that has others in it, and these."""
    match value:
        case Entity():
            return row(value), [(column, value[column], value.formatted_values.get(column)) for column in value]
        case EntityCollection():
            return _opened(value.entities)
        case [*items] if not _ROWS.isdisjoint(map(type, items)):
            return _count(len(items)), [(str(number), item, None) for number, item in enumerate(items, 1)]
        case _:
            return None


def _count(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
