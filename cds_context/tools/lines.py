"""Values as lines of text, what is in a value below it, and no more of all than there is room for.

Knows no page and no event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from cds_context import Entity, EntityCollection, EntityReference

from ..display.values import cell, row

_DEEPEST = 4
"""Levels below the first; what is further down is part of one line."""
_LONG = 2_000
"""Characters after which a text is cut."""
_ROWS = frozenset({Entity, EntityReference})

T = TypeVar("T")


class Room:
    """How much more is shown, whatever a body holds."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.is_too_small = False
        """Whether something was left out."""

    def fill(self, items: Iterable[T]) -> Iterator[T]:
        """As many of the items as there is room for; the others are not even made."""
        for item in items:
            if not self._left:
                self.is_too_small = True
                return
            self._left -= 1
            yield item


class Line(Struct, frozen=True):
    """One value."""

    level: int
    name: str
    text: str
    label: str = ""
    """What a user sees in the place of the value, if that is something else."""


def lines(
    items: Iterable[tuple[str, Any]], labels: Mapping[str, str | None] | None = None, *, room: Room
) -> list[Line]:
    """The values and all that is in them, from the top down."""
    found = (line for name, value in items for line in _lines(name, value, (labels or {}).get(name), 0))
    return list(room.fill(found))


def spell(value: Any, label: str | None = None) -> tuple[str, str]:
    """One value as one text, and its label if that says something else."""
    text = cell(value, full=True).plain
    is_news = label is not None and cell(value, label, full=True).plain != text
    return abridge(text), abridge(label) if label is not None and is_news else ""


def abridge(text: str) -> str:
    """No more of a text than people read."""
    return text if len(text) <= _LONG else f"{text[:_LONG]}… {len(text):,} characters"


def _lines(name: str, value: Any, label: str | None, level: int) -> Iterator[Line]:
    text, said = spell(value, label)
    inner: list[tuple[str, Any, str | None]] = []
    if level < _DEEPEST:
        text, inner = _opened(value) or (text, inner)
    yield Line(level, abridge(name), text, said)
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
