"""Plain data: any value of this package as builtins, for logs, data frames and document stores.

There is no way back: `codec.encoding` writes the wire's JSON. The page "Plain data" has the rules as one table.

How it works: a table by class holds the function that makes a value plain. Each function is passed the table and looks
up the functions for its inner values directly, so a level of nesting takes no more than two stack frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, overload
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from ..errors import ArgumentError
from ..event.changes import Changes
from ..event.context import RemoteExecutionContext
from ..model.kinds import MEMBERS
from ..model.parameters import KeyValuePair
from ..model.records import NO_MEMBERS, Collection, RecordMeta
from ..model.rows import Entity, EntityCollection, EntityReference, Money, OptionSetValue
from ..model.values import UnknownValue
from ..wire.numbers import format_decimal, format_double
from .dispatch import TOO_DEEP, ByClass

_Form: TypeAlias = Callable[[Any, "ByClass[_Form]"], Any]
_Forms: TypeAlias = ByClass[_Form]

ALWAYS = frozenset({"id", "name", "attributes", "formatted_values"})
"""Members that are written even with their default value, so that readers need not check for them."""

UNTAGGED: dict[type[Any], str] = {
    Entity: "logical_name",
    EntityReference: "logical_name",
    EntityCollection: "entities",
    KeyValuePair: "key",
}
"""Frequent types, whose dicts carry no ``__type``, each with the key that identifies it."""

TAGGED = MEMBERS.keys() - UNTAGGED.keys() - {RemoteExecutionContext}
"""The types whose dicts begin with ``__type``."""


@overload
def to_plain(
    value: RemoteExecutionContext | Entity | EntityReference | EntityCollection,
    *,
    mode: Literal["python", "json"] = "python",
) -> dict[str, Any]: ...
@overload
def to_plain(value: object, *, mode: Literal["python", "json"] = "python") -> Any: ...


def to_plain(value: object, *, mode: Literal["python", "json"] = "python") -> Any:
    """A context, a row, or any value in one, as builtins: dicts with keys in snake_case, lists and scalars.

    In `mode` "python", scalars are None, bool, int, float, str, Decimal, datetime and UUID. In "json", dates, ids and
    Decimals are text, so that every JSON encoder takes the result. Members that the body lacks are left out, and so are
    most members with their default value; null is None. The page "Plain data" has the whole table.

    Raises ArgumentError for a value of a type that no context holds, or for one that nests without end.
    """
    forms = _MODES.get(mode)
    if forms is None:
        raise ArgumentError('the mode is "python" or "json"')
    try:
        return _plain(value, forms)
    except RecursionError:
        raise ArgumentError(TOO_DEEP) from None


def json_form(value: object) -> Any:
    """The result of `to_plain` in the mode "json", for another walk that translates RecursionError itself.

    So each walk translates the error once, wherever the stack ends.
    """
    return _plain(value, _JSON)


def _plain(value: object, forms: _Forms) -> Any:
    plain = forms[value.__class__](value, forms)
    return None if plain is UNSET else plain


def _same(value: Any, _: _Forms) -> Any:
    return value


def _id(value: UUID, _: _Forms) -> UUID:
    return value if value.__class__ is UUID else UUID(int=value.int)


def _day(value: date, _: _Forms) -> date:
    return value if value.__class__ is date else date(value.year, value.month, value.day)


def _moment(value: datetime, _: _Forms) -> datetime:
    # A subclass, such as the Timestamp of pandas, becomes a datetime.
    return value if value.__class__ is datetime else datetime.combine(value.date(), value.timetz())


def _list(items: Any, forms: _Forms) -> list[Any]:
    plain: list[Any] = []
    for item in items:
        member = forms[item.__class__](item, forms)
        plain.append(None if member is UNSET else member)
    return plain


def _mapping(mapping: Mapping[Any, Any], forms: _Forms) -> Any:
    pairs: list[tuple[Any, Any]] = []
    for key, item in mapping.items():
        member = forms[item.__class__](item, forms)
        if member is not UNSET:
            pairs.append((key, member))
    if all(isinstance(key, str) for key, _ in pairs):
        plain = {forms[str](key, forms): member for key, member in pairs}
        if len(plain) == len(pairs):  # fewer, if half a surrogate pair was escaped to the text of another key
            return plain
    return [{"key": forms[key.__class__](key, forms), "value": member} for key, member in pairs]


def _collection(collection: Collection[Any, Any], forms: _Forms) -> Any:
    return UNSET if collection.is_absent else None if collection.is_null else _mapping(collection, forms)


def _object(members: dict[Any, Any], forms: _Forms) -> Any:
    plain = _mapping(members, forms)
    return {"__type": None, **plain} if plain.__class__ is dict and not _MARKS.isdisjoint(plain) else plain


def _unknown(value: UnknownValue, forms: _Forms) -> dict[str, Any]:
    return {"__type": forms[str](value.type_name, forms), "members": _mapping(value.members, forms)}


_MARKS = frozenset(UNTAGGED.values())


def _struct(struct: Any, forms: _Forms) -> dict[str, Any]:
    cls = struct.__class__
    tag = _TAGS[cls]
    plain: dict[str, Any] = {"__type": tag} if tag else {}
    for name, nothing in _PLANS.get(cls) or _plan(cls):
        value = getattr(struct, name)
        if value == nothing:
            continue
        member = forms[value.__class__](value, forms)
        if member is not UNSET:
            plain[name] = member
    return plain


def _plan(cls: type[Any]) -> tuple[tuple[str, Any], ...]:
    """The members of a struct, in order, each with its default value."""
    fields: tuple[str, ...] = cls.__struct_fields__
    if not isinstance(cls, RecordMeta):
        return tuple((name, _NO_SUCH) for name in fields)
    nothing = {name: value for name, value in cls.shape.defaults.items() if name not in ALWAYS}
    nothing["unknown_members"] = NO_MEMBERS
    return tuple((name, nothing.get(name, _NO_SUCH)) for name in dict.fromkeys(cls.shape.positional + fields))


_BASES: dict[type[Any], str] = {Struct: "", **dict.fromkeys(MEMBERS, "")}
_TAGS = ByClass[str](_BASES | {cls: cls.__name__ for cls in TAGGED})
"""What a struct of a class, or of one that is derived from it, says its type is."""
_NO_SUCH = object()
_PLANS = {cls: _plan(cls) for cls in MEMBERS}


def _wrapped(record: OptionSetValue | Money, forms: _Forms) -> Any:
    if record.unknown_members:
        return _struct(record, forms)
    return forms[record.value.__class__](record.value, forms)


def _enum(member: Enum, forms: _Forms) -> Any:
    return forms[member.value.__class__](member.value, forms)


_PYTHON: _Forms = ByClass[_Form](
    {
        type(None): _same,
        bool: _same,
        UUID: _id,
        date: _day,
        datetime: _moment,
        UnsetType: _same,
        int: lambda value, _: int(value),
        float: lambda value, _: float(value),
        Decimal: lambda value, _: Decimal(value),
        str: lambda value, _: str.__str__(value),
        Enum: _enum,
        list: _list,
        tuple: _list,
        Mapping: _mapping,
        MappingProxyType: _mapping,
        # Iterating over a Changes would skip its unchanged columns; plain data keeps them.
        Changes: lambda changes, forms: _mapping(changes.columns, forms),
        Collection: _collection,
        dict: _object,
        UnknownValue: _unknown,
        Struct: _struct,
        OptionSetValue: _wrapped,
        Money: _wrapped,
    }
)


def _json_int(value: int, _: _Forms) -> int | str:
    # Few readers take longer integers. Decimal also spells integers that are too long for `str`.
    return int(value) if -(2**63) <= value < 2**63 else format_decimal(Decimal(value))


def _json_float(value: float, _: _Forms) -> float | str:
    return float(value) if math.isfinite(value) else format_double(value)


def _json_decimal(value: Decimal, _: _Forms) -> str:
    try:
        return format_decimal(value)
    except ValueError:  # a number of a million digits, or a signaling NaN
        return str(value)


def _json_text(text: str, _: _Forms) -> str:
    # UTF-8 cannot encode half a surrogate pair, and many JSON readers refuse its escape.
    return str.__str__(text) if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _json_date(moment: datetime, _: _Forms) -> str:
    text = moment.isoformat()
    # As on the wire: only a zone named UTC is UTC, `+0000` is local time.
    return text[:-6] + "Z" if moment.tzname() == "UTC" and not moment.utcoffset() else text


_JSON: _Forms = ByClass[_Form](
    {
        **_PYTHON,
        int: _json_int,
        float: _json_float,
        Decimal: _json_decimal,
        str: _json_text,
        UUID: lambda value, _: str(value),
        date: lambda value, _: value.isoformat(),
        datetime: _json_date,
    }
)

_MODES: dict[str, _Forms] = {"python": _PYTHON, "json": _JSON}
