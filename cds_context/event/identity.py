"""The identity of a delivery: its idempotency key, its place in the order of events, and the members that are missing.

Parameters and images are only checked for being present, apart from the version of the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from msgspec import UNSET

from ..model.codes import ConcurrencyBehavior
from ..model.records import Collection
from ..model.rows import NIL, Entity, EntityReference
from ..model.values import Value
from .messages import MESSAGES

KEYS = UUID("a0eece62-c40f-47a7-9251-c70381e1c684")
"""The namespace of the keys: a random id that must never change, because every key depends on it."""


def find_missing(message: str | None, members: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the members that a server removed from this post because it was too large.

    The arguments are the contents of the record's slots, so a collection may still be a list of pairs.

    In a whole post no collection is null or absent; the parent may be null. Input parameters can be empty, except in
    messages of the platform with known parameters. A server removes the parent along with the parameters; if only the
    parent is absent, a tool left it out because it was null.
    """
    missing = tuple(name for name, member in members.items() if _is_cut(message, name, member))
    return () if missing == ("parent_context",) else missing


def _is_cut(message: str | None, name: str, member: Any) -> bool:
    if name == "input_parameters" and not member and message in MESSAGES:
        return True
    if member.__class__ is list:  # pairs, as decoded: the member is there
        return False
    if isinstance(member, Collection):
        return member.is_absent or member.is_null
    return member is UNSET or (member is None and name != "parent_context")


def make_ordering_key(table: str | None, record: EntityReference | None) -> str:
    """One key for all events of one row. Events without a single row share one key for each table."""
    return f"{record.logical_name}/{record.id}" if record else f"{table or 'none'}/{NIL}"


def find_row_version(message: str | None, inputs: Mapping[str, Value], after: Iterable[Entity | None]) -> int | None:
    """The version of the row: that of the images `after` the event, else that which the client sent with the target.

    The platform checks the version of the client unless it is told to overwrite; then the version may be an old one.
    """
    versions = {version for image in after if image and (version := image.get("versionnumber")).__class__ is int}
    if versions:
        return versions.pop() if len(versions) == 1 else None
    target = inputs.get("Target")
    if message not in CHECKED or not isinstance(target, Entity | EntityReference):
        return None
    if inputs.get("ConcurrencyBehavior") == ConcurrencyBehavior.ALWAYS_OVERWRITE:
        return None
    return version_of(target.row_version)


def version_of(text: object) -> int | None:
    """The version in the RowVersion of a row; None for anything that is none."""
    return int(text) if isinstance(text, str) and re.fullmatch(_VERSION, text) else None


CHECKED = frozenset({"Update", "Upsert", "Delete"})
"""The messages with which a client may send the version that it read."""
_VERSION = "[0-9]{1,19}"  # a 64-bit number


def make_idempotency_key(job: UUID | None, ids: list[UUID | None], moment: datetime, *event: object) -> str:
    """One key for all deliveries of one event to one step.

    `job` is a system job, which makes one delivery and repeats only that. Without a job, `ids` name a request, which
    may write the same row several times; the moment then tells these events apart.
    """
    operation = job or next((item for item in ids if item and item != NIL), NIL)
    return str(uuid5(KEYS, key_text(operation, "" if job else moment.isoformat(), *event)))


def key_text(*parts: object) -> str:
    """The text that is hashed to the key of an operation, its moment and its event."""
    return "\n".join(map(str, parts)).encode("ascii", "backslashreplace").decode()
