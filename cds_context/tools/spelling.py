"""Values as lines of text for people. Knows no page and no event.

A value that has others in it is a line, and its parts are lines below it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct

from cds_context import Entity, EntityCollection, EntityReference, to_plain

_DEEPEST = 6
"""Levels of lines; what is below is one line of JSON."""
_WORDS = frozenset({"", "null", "true", "false"})


class Line(Struct, frozen=True):
    """One value."""

    level: int
    name: str
    text: str
    label: str = ""
    """What the server says of the value: a choice's label, an amount with its currency."""


def lines(items: Iterable[tuple[str, Any]], labels: Mapping[str, str | None] | None = None) -> list[Line]:
    """The values and all that is in them, from the top down."""
    return [line for name, value in items for line in _lines(name, value, (labels or {}).get(name), 0)]


def _lines(name: str, value: Any, label: str | None, level: int) -> Iterator[Line]:
    text, inner = _open(value) if level < _DEEPEST else (None, ())
    text = spell(value) if text is None else text
    yield Line(level, name, text, "" if label is None or label == text else label)
    for inner_name, inner_value, inner_label in inner:
        yield from _lines(inner_name, inner_value, inner_label, level + 1)


def _open(value: Any) -> tuple[str | None, Iterable[tuple[str, Any, str | None]]]:
    """What to say of a value that has others in it, and these; None for one that has none."""
    match value:
        case Entity():
            return row(value), [(column, value[column], value.formatted_values.get(column)) for column in value]
        case EntityCollection():
            return _open([*value.entities])
        case [*items] if any(isinstance(item, Entity | EntityReference) for item in items):
            return f"{len(items):,}", [(str(number), item, None) for number, item in enumerate(items, 1)]
        case _:
            return None, ()


def row(value: Entity | EntityReference) -> str:
    """Which row: its name if that is known, its table and its id."""
    name = f"{value.name} · " if isinstance(value, EntityReference) and value.name else ""
    id = value.id if value.id.int else ", ".join(f"{key} {spell(part)}" for key, part in value.key_attributes.items())
    return f"{name}{value.logical_name} {id}".rstrip()


def moment(value: datetime) -> str:
    """A date and time, with milliseconds where there are any."""
    text = value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
    return text.removesuffix("+00:00") + " UTC" if text.endswith("+00:00") else text


def spell(value: Any) -> str:
    """One value as one text; text that looks like something else is quoted."""
    match value:
        case None:
            return "null"
        case str():
            return json.dumps(value) if value in _WORDS or value != value.strip() else value
        case datetime():
            return moment(value)
        case Entity() | EntityReference():
            return row(value)
        case [*items] if items and not any(isinstance(item, list | dict) for item in items):
            return ", ".join(map(spell, items))
        case _ if value is UNSET:
            return "not told"
        case _:
            plain = to_plain(value, mode="json")
            return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def short(id: UUID) -> str:
    """Enough of an id to tell it from its neighbours."""
    return str(id)[:8]


def size(count: int) -> str:
    """A number of bytes."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
