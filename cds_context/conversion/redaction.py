"""A copy of a context that may be shown: data is replaced, names of tables and columns stay.

Builds contexts from contexts; the page "Plain data" lists the kept parts, and the facts that a reader can still infer.

How it works: one walk rebuilds every value, and `pseudonyms` replaces the scalars.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ..errors import ArgumentError
from ..event.context import RemoteExecutionContext
from ..model.kinds import CODES, MEMBERS, Member
from ..model.records import Collection, Record
from ..model.values import UnknownValue
from .dispatch import TOO_DEEP, ByClass
from .pseudonyms import Pseudonyms

KEPT = (
    "names of tables, columns, parameters, images, messages and types, your own too",
    "choices, codes and counts",
    "yes and no, null and zero",
    "times of day",
    "lengths and punctuation",
)
"""What stays as it was, in words for whoever decides whether to share the result."""


def redact(
    context: RemoteExecutionContext,
    *,
    keep: Iterable[str] = ("ChangedEntityTypes",),
    seed: int | str | None = None,
) -> RemoteExecutionContext:
    """A context of the same shape with other texts, ids, numbers and dates, for fixtures and bug reports.

    Equal values stay equal and different values different, ids in texts included, so target, record, images and changes
    still agree. All dates move by the same number of days. Names of tables, columns, parameters, images, messages and
    types stay, as do choices, yes and no, null, zero and the id of zeros.

    `keep` names columns, parameters, variables and members of the context (`organization_name`); their values stay,
    inner values included. `seed` makes the result repeatable, and ids and most words equal over several contexts. Keep
    the seed secret, because it lets a reader check guesses. Without a seed the result is random.

    Raises ArgumentError for a value of a type that no context holds, and for a `keep` that is one text.
    """
    if isinstance(keep, str):
        raise ArgumentError("`keep` is a collection of names, and no single one")
    walk = _Walk(frozenset(keep), os.urandom(32) if seed is None else hashlib.sha256(str(seed).encode()).digest())
    try:
        redacted: RemoteExecutionContext = walk.record(context)
    except RecursionError:
        raise ArgumentError(TOO_DEEP) from None
    return redacted


_KEPT_KINDS = {"bool", "int", "list[str | None]", *CODES}
"""Members that hold codes, counts and names of columns."""


def _says_structure(member: Member) -> bool:
    # Members with these endings hold names of tables, columns and messages, or the aliases of a query.
    names = member.field.endswith(("_name", "alias")) and member.field != "organization_name"
    return member.kind in _KEPT_KINDS or (member.kind == "str" and names)


_MEMBERS = ByClass({cls: [(each.field, _says_structure(each)) for each in members] for cls, members in MEMBERS.items()})
"""The members of each type, and whether their values stay."""
_BYTES = range(256)


class _Walk:
    """One walk over one context, of no more than two frames of the interpreter's stack a level."""

    def __init__(self, keep: frozenset[str], key: bytes) -> None:
        self._keep = keep
        self._new = Pseudonyms(key)

    def kept(self, value: Any) -> Any:
        return value

    def record(self, record: Any) -> Any:
        cls = record.__class__
        keep = self._keep if cls is RemoteExecutionContext else ()
        members: dict[str, Any] = {"unknown_members": self.collection(record.unknown_members)}
        for field, stays in _MEMBERS[cls]:
            value = getattr(record, field)
            if value is not UNSET and value is not None:  # None can be an absent name, which `replace` leaves absent
                members[field] = value if stays or field in keep else _FORMS[value.__class__](self, value)
        return replace(record, **members)

    def items(self, mapping: Mapping[Any, Any]) -> dict[Any, Any]:
        items: dict[Any, Any] = {}
        for key, value in mapping.items():
            keep = key == "__type" or key in self._keep
            name = key if isinstance(key, str) else _FORMS[key.__class__](self, key)
            items[name] = value if keep else _FORMS[value.__class__](self, value)
        return items

    def collection(self, collection: Collection[Any, Any]) -> Collection[Any, Any]:
        # An empty collection is kept as it is, because it may be null or absent.
        return type(collection)(self.items(collection)) if collection else collection

    def unknown(self, value: UnknownValue) -> UnknownValue:
        return UnknownValue(value.type_name, self.items(value.members))

    def array(self, items: list[Any]) -> list[Any]:
        if all(isinstance(item, int) and item.__class__ is not bool and item in _BYTES for item in items):
            return list(self._new.data(bytes(items)))
        new: list[Any] = []
        for item in items:
            new.append(_FORMS[item.__class__](self, item))  # noqa: PERF401 - on old Pythons one more frame a level
        return new

    def text(self, text: str) -> str:
        return self._new.text(text)

    def number(self, number: Any) -> Any:
        return self._new.number(number)

    def id(self, uuid: UUID) -> UUID:
        return self._new.id(uuid)

    def date(self, moment: datetime) -> datetime:
        return self._new.date(moment)


_Form = Callable[[_Walk, Any], Any]
_FORMS = ByClass[_Form](
    {
        type(None): _Walk.kept,
        bool: _Walk.kept,
        UnsetType: _Walk.kept,
        int: _Walk.number,
        float: _Walk.number,
        Decimal: _Walk.number,
        list: _Walk.array,
        tuple: _Walk.array,
        dict: _Walk.items,
        Collection: _Walk.collection,
        UnknownValue: _Walk.unknown,
        Record: _Walk.record,
        str: _Walk.text,
        UUID: _Walk.id,
        datetime: _Walk.date,
    }
)
