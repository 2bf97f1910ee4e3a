"""What the decoder made and msgspec writes like the server, so that the walk of `encoding` can pass it over.

Nothing is made ready here. All that stands in the decoder's pairs is the decoder's, as pairs cannot be changed: so the
members of a row there need no check, and only its columns are looked at.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..model.kinds import PAIRS
from ..model.records import ITEMS, Collection, pairs_of
from ..model.rows import Entity, Money
from .fast import ROW
from .plans import Classes


def are_left(pairs: list[Any], left: Classes, rows: Classes) -> bool:
    """Whether msgspec writes the values of all the decoder's pairs like the server; arguments are as in `is_left`."""
    for pair in pairs:  # noqa: SIM110 - a generator would take half as long again
        if pair.value.__class__ not in left and not is_left(pair.value, left, rows):
            return False
    return True


def is_left(value: Any, left: Classes, rows: Classes) -> bool:
    """Whether msgspec writes a value in the decoder's pairs like the server.

    It writes the classes `left` so, and rows of the classes `rows` if it writes all their columns so.
    """
    kind = value.__class__
    if kind in left:
        return True
    if kind in rows:
        attributes, related = _inside(value)
        pairs = None if related else decoded_pairs(attributes)
        # A row with rows in it is not left, as msgspec counts no levels.
        return pairs is not None and are_left(pairs, left, _NO_ROWS)
    if kind is Money:
        return bool(left) and "E" not in str(value.value)
    return kind is list and left.issuperset([item.__class__ for item in value])


ROWS_ANYWHERE: Classes = frozenset({ROW, Entity})
"""The classes of rows that msgspec writes like the server in slots that declare no type."""
DECLARED_ROWS: Classes = frozenset({ROW})
"""The same in slots that declare rows, where `__type` is not written."""
_NO_ROWS: Classes = frozenset()
_inside = attrgetter("_raw_attributes", "_raw_related_entities")
_COLLECTIONS = frozenset(pairs.collection for pairs in PAIRS.values())


def decoded_pairs(raw: Any) -> list[Any] | None:
    """The decoder's pairs in the slot of a collection, read or not; None for what was made by hand."""
    if raw.__class__ is list:
        return raw if not raw or raw[0].__class__ in ITEMS else None
    return pairs_of(raw) if is_collection(raw) else None


def is_collection(value: Any) -> bool:
    """Whether a value is a collection, also one of a class that a user derived."""
    # The exact classes are checked first, because `isinstance` is slow.
    return value.__class__ in _COLLECTIONS or (value.__class__ is not list and isinstance(value, Collection))
