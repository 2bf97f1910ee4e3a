"""What the frame around an event tells: which delivery this is, what to handle it after, and whether it is whole.

Looks into parameters and images only for whether they are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from msgspec import UNSET

from ..model.records import Collection
from ..model.rows import NIL, EntityReference
from .messages import MESSAGES

_KEYS = UUID("a0eece62-c40f-47a7-9251-c70381e1c684")
"""The namespace of the keys. A random number; another one would give every delivery another key."""


def find_missing(message: str | None, members: Mapping[str, Any]) -> Iterator[str]:
    """Those members that a server removes from a large post, by their names, which this post lacks.

    The members are as they are in a record's slots: a collection may still be the list of its pairs.

    A collection is never null or absent in a whole post, the parent may be null. Input parameters can be empty, but
    not in a message that is nothing without them.
    """
    for name, member in members.items():
        if isinstance(member, Collection):
            is_cut = member.is_absent or member.is_null
        else:
            is_cut = member is UNSET or (member is None and name != "parent_context")
        if is_cut or (name == "input_parameters" and not member and message in MESSAGES):
            yield name


def make_ordering_key(table: str | None, record: EntityReference | None) -> str:
    """One key for all events of one row; those that are about no one row share one for each table."""
    return f"{record.logical_name}/{record.id}" if record else f"{table or 'none'}/{NIL}"


def make_idempotency_key(job: UUID | None, ids: list[UUID | None], moment: datetime, *event: object) -> str:
    """One key for all deliveries of one event to one step.

    `job` is a system job, which posts once and repeats only itself. Without one, `ids` name a request, which may
    write the same row several times: then the moment tells these apart.
    """
    operation = job or next((item for item in ids if item and item != NIL), NIL)
    parts = (operation, "" if job else moment.isoformat(), *event)
    text = "\n".join(str(part) for part in parts)
    return str(uuid5(_KEYS, text.encode("ascii", "backslashreplace").decode()))
