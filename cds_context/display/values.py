"""One value as one piece of text, for a cell of a table or a leaf of a tree.

Only values are laid out here; `cli` and `tools` lay out the table or tree around them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

from msgspec import UnsetType
from rich.text import Text

from cds_context import AliasedValue, Entity, EntityCollection, EntityReference, Money, OptionSetValue, to_plain

from ..wire.dates import read_clock
from .visible import text

_NIL = UUID(int=0)
_LONG = 200
"""Characters after which a text is cut, unless the full text is wanted."""


def cell(value: Any, label: str | None = None, *, full: bool = False) -> Text:
    """The value, with its label if that says more; long text is cut, unless `full`."""
    shown = _spell(value)
    if isinstance(value, EntityReference) and (value.name or label):
        shown, label = value.name or label or "", _bare(value)
    content = text(_cut(shown, full=full), _STYLES.get(value.__class__, ""))
    if label is not None and label != shown and not _is_same_clock(label, value):
        content = Text.assemble(content, text(f" ({_cut(label, full=full)})", "dim"))
    return content


_STYLES: dict[type[Any], str] = {
    **dict.fromkeys((type(None), UnsetType), "dim italic"),
    **dict.fromkeys((bool, int, float, Decimal, Money, OptionSetValue), "cyan"),
}


def moment(value: datetime) -> str:
    """A date and time for people, to the millisecond if it has any."""
    spelled = value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
    is_utc = value.tzname() == "UTC" and value.utcoffset() == timedelta(0)
    return f"{spelled[:-6]} {'UTC' if is_utc else spelled[-6:]}"


def row(value: Entity | EntityReference) -> str:
    """A row as text: table and id, and the name if known."""
    name = f" {value.name}" if isinstance(value, EntityReference) and value.name else ""
    return f"{_bare(value)}{name}"


def _bare(value: Entity | EntityReference) -> str:
    key = f"with {_compact(value.key_attributes)}" if value.key_attributes else ""
    return " ".join(filter(None, (value.logical_name, "" if key and value.id == _NIL else str(value.id), key)))


def worded(code: IntEnum) -> str:
    """A code's name as words, if it has one."""
    return "" if code.name == str(code.value) else code.name.lower().replace("_", "-")


def _cut(content: str, *, full: bool) -> str:
    return content if full or len(content) <= _LONG else f"{content[:_LONG]}… {len(content):,} characters"


def _is_same_clock(label: str, value: Any) -> bool:
    """Whether a label is that of a date for a user in UTC: on another clock, it tells the time that the user saw."""
    if isinstance(value, AliasedValue):
        value = value.value
    clock = read_clock(label, value) if isinstance(value, datetime) else None
    return clock is not None and clock.utcoffset() == timedelta(0)


def _spell(value: Any) -> str:
    match value:
        case None:
            return "null"
        case UnsetType():
            return "not told"
        case IntEnum():
            return f"{int(value)} {worded(value)}".strip()
        case str():
            # Text is quoted if it is empty or looks like a value of another type.
            return json.dumps(value, ensure_ascii=False) if value in _WORDS or value != value.strip() else value
        case datetime():
            return moment(value)
        case EntityReference():
            return row(value)
        case _:
            return _spell_whole(value)


def _spell_whole(value: Any) -> str:
    """A value with inner values."""
    match value:
        case Entity():
            party = value.get("partyid") or value.get("addressused")
            return _spell(party) if party else row(value)
        case EntityCollection():
            return _spell(value.entities)
        case AliasedValue():
            return _spell(value.value)
        case [_, *_] if not any(isinstance(item, list | dict) for item in value):
            return ", ".join(map(_spell, value))
        case _:
            plain = to_plain(value, mode="json")
            return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


_WORDS = {"", "null", "true", "false", "not told"}


def _compact(value: Any) -> str:
    return json.dumps(to_plain(value, mode="json"), ensure_ascii=False)
