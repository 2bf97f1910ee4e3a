"""The context of the fast pass, walked: how deep it nests, and whether it holds floats, which can be made exact.

Nothing folds here: only what the decoder put into the slots is looked at. In the fast pass only rows and parents can
nest deep, and only collections and arrays in them can hold floats.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from ..event.context import RemoteExecutionContext
from ..model.rows import Entity, EntityCollection
from ..wire.body import MAX_DEPTH
from ..wire.numbers import parse_decimal
from .fast import ROW, Pair


def stands(context: Any, *, exact: bool) -> bool:
    """Whether the context is final: it nests well within MAX_DEPTH, and, if `exact`, holds no float."""
    is_shallow, holds_floats = survey(context)
    return is_shallow and not (exact and holds_floats)


def survey(context: Any, *, may_be_deep: bool = True) -> tuple[bool, bool]:
    """Whether the context nests well within MAX_DEPTH, and whether it holds floats.

    One that cannot be deep is left at its first float.
    """
    holds_floats = False
    pending: list[tuple[Any, int]] = [(context, 1)]
    while pending and (may_be_deep or not holds_floats):
        record, depth = pending.pop()
        if depth > MAX_DEPTH - 20:  # 20 levels are left for the other values in a row
            return False, holds_floats
        if record.__class__ is EntityCollection:
            pending += [(row, depth + 2) for row in record.entities]
            continue
        if record.__class__ is RemoteExecutionContext and record.parent_context:
            pending.append((record.parent_context, depth + 1))
        for value in _held(record):
            if value.__class__ is float:
                holds_floats = True
            else:
                pending.append((value, depth + 4))
    return True, holds_floats


def _held(record: Any) -> list[Any]:
    """The rows and the floats in the collections of a record, and in the arrays there."""
    held: list[Any] = []
    for pairs in _COLLECTIONS[record.__class__](record):
        # One look at all classes is faster where there are many pairs.
        if not pairs or (len(pairs) > 8 and _TELLING.isdisjoint({pair.value.__class__ for pair in pairs})):
            continue
        for pair in pairs:
            value = pair.value
            if value.__class__ is list:
                held += [item for item in value if item.__class__ in _HELD]
            elif value.__class__ in _HELD:
                held.append(value)
    return held


def make_exact(context: Any, body: bytes | str) -> None:
    """Put exact numbers in the place of floats, as `parse_decimal` reads them. Raises msgspec's errors.

    msgspec makes other numbers of fractions only where no type is declared. So the body is decoded once more, to dicts
    and lists, in which the texts of the fractions stand in the same places. Few of them are needed: amounts of money
    are exact already.
    """
    pending: list[tuple[Any, Any]] = [(context, _decode(body))]
    while pending:
        record, members = pending.pop()
        if record.__class__ is EntityCollection:
            pending += zip(record.entities, members["Entities"], strict=True)
            continue
        if record.__class__ is RemoteExecutionContext and record.parent_context:
            pending.append((record.parent_context, members["ParentContext"]))
        for name, pairs in zip(_NAMES[record.__class__], _COLLECTIONS[record.__class__](record), strict=True):
            for pair, item in zip(pairs or (), members.get(name) or (), strict=True):
                if pair.value.__class__ in _TELLING:
                    pending += _replace(pair, item["value"])


def _replace(pair: Pair, exact: Any) -> list[tuple[Any, Any]]:
    """Put the exact numbers into a pair. The rows in it are returned, each with its members."""
    value: Any = pair.value
    if value.__class__ is float:
        _set_value(pair, parse_decimal(exact))
        return []
    if value.__class__ is not list:
        return [(value, exact)]
    for index, item in enumerate(value):
        if item.__class__ is float:
            value[index] = parse_decimal(exact[index])
    return [(row, members) for row, members in zip(value, exact, strict=True) if row.__class__ in _ROWS]


_decode = msgspec.json.Decoder(float_hook=str).decode
_set_value: Any = vars(Pair)["value"].__set__
_ROWS: frozenset[type[Any]] = frozenset({Entity, ROW, EntityCollection})
_HELD: frozenset[type[Any]] = _ROWS | {float}
_TELLING: frozenset[type[Any]] = _HELD | {list}
_FIELDS: dict[type[Any], tuple[str, ...]] = {
    RemoteExecutionContext: RemoteExecutionContext.shape.folded,
    **dict.fromkeys((Entity, ROW), ("attributes", "related_entities")),
}
"""The members that are collections in which rows, arrays or floats can stand, by class."""
_COLLECTIONS: dict[type[Any], Callable[[Any], Any]] = {
    cls: attrgetter(*(f"_raw_{field}" for field in fields)) for cls, fields in _FIELDS.items()
}
_NAMES: dict[type[Any], tuple[str, ...]] = {
    cls: tuple(cls.__struct_encode_fields__[cls.__struct_fields__.index(field)] for field in fields)
    for cls, fields in _FIELDS.items()
}
"""The names of these members on the wire."""
