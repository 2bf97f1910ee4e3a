"""Values whose classes are derived from ours and from Python's, as programs and data frames have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct

from cds_context import (
    AliasedValue,
    AttributeCollection,
    BooleanManagedProperty,
    Entity,
    EntityCollection,
    EntityReference,
    FetchExpression,
    KeyValuePair,
    Label,
    LocalizedLabel,
    Money,
    OptionSetValue,
    ParameterCollection,
    Relationship,
    UnknownValue,
)
from cds_context.model.records import Collection

ONE = UUID(int=1)


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Colour(IntEnum):
    RED = 1


class Double(float):
    pass


class Exact(Decimal):
    pass


class Id(UUID):
    pass


class Moment(datetime):
    """As pandas has one."""


class Items(list[Any]):
    pass


class Row(tuple[Any, ...]):
    __slots__ = ()


class Members(dict[str, Any]):
    pass


class Day(date):
    pass


def _moment(value: datetime) -> Moment:
    return Moment.combine(value.date(), value.timetz())


def _day(value: date) -> Day:
    return Day(value.year, value.month, value.day)


_CLASSES: dict[type[Any], Callable[[Any], Any]] = {
    str: Text,
    int: Whole,
    float: Double,
    Decimal: Exact,
    UUID: lambda value: Id(int=value.int),
    datetime: _moment,
    date: _day,
    list: Items,
    tuple: Row,
    dict: Members,
}


def _is(value: Any, *classes: type[Any]) -> bool:
    """As isinstance, after which type checkers would look for what the class of Any leaves open."""
    return isinstance(value, classes)


def _content(collection: Any) -> Any:
    """What makes a collection anew: its items, or what it is instead."""
    return None if collection.is_null else UNSET if collection.is_absent else dict(collection)


def derived(value: Any) -> Any:
    """An equal value of a class that is derived from the value's."""
    cls: Any = value.__class__
    if _is(value, Collection):
        return type(f"My{cls.__name__}", (cls,), {"__slots__": ()})(_content(value))
    if _is(value, Struct):
        made = type(cls)(f"My{cls.__name__}", (cls,), {"__module__": __name__}, frozen=True)
        return made(**{name: getattr(value, name) for name in cls.__struct_fields__})
    return _CLASSES[cls](value) if cls in _CLASSES else value


def derived_throughout(value: Any) -> Any:
    """As `derived`, with all that is in it."""
    cls: Any = value.__class__
    if _is(value, Collection):
        content = _content(value)
        value = cls(_throughout(content) if content else content)
    elif _is(value, Struct):
        value = cls(**{name: derived_throughout(getattr(value, name)) for name in cls.__struct_fields__})
    elif cls is dict:
        value = _throughout(value)
    elif _is(value, list, tuple):
        value = cls(map(derived_throughout, value))
    return derived(value)


def _throughout(members: dict[Any, Any]) -> dict[Any, Any]:
    return {derived_throughout(key): derived_throughout(item) for key, item in members.items()}


VALUES: dict[str, Any] = {
    "text": "a/b\n\ud83d",
    "int": 3,
    "large int": 2**70,
    "float": 1.5,
    "whole float": 1.0,
    "nan": float("nan"),
    "decimal": Decimal("1.50"),
    "decimal with an exponent": Decimal("1E+5"),
    "id": ONE,
    "moment": datetime(2020, 2, 29, 12, 30, tzinfo=timezone.utc),
    "list": [1, "x", 1.5],
    "tuple": (1, "x"),
    "bytes": [1, 2, 255],
    "dict": {"a": 1, "b": {"c": "x"}},
    "choice": OptionSetValue(1),
    "choices": [OptionSetValue(1), OptionSetValue(2)],
    "amount": Money(Decimal("1.5")),
    "lookup": EntityReference("account", ONE, "A"),
    "lookup by key": EntityReference("account", key_attributes={"number": "7"}),
    "row": Entity("account", ONE, {"a": 1, "b": None}, formatted_values={"a": "one"}),
    "rows": EntityCollection([Entity("contact", ONE)], "contact"),
    "related rows": Entity("a", related_entities={Relationship("r"): EntityCollection([Entity("b")])}),
    "yes or no": BooleanManagedProperty(True),
    "aliased": AliasedValue("account", "name", "x"),
    "relationship": Relationship("r"),
    "pair": KeyValuePair("a", "b"),
    "pair of anything": KeyValuePair("a", 1),
    "query": FetchExpression("<fetch/>"),
    "label": Label(
        localized_labels=[
            LocalizedLabel(metadata_id=None, has_changed=None, is_managed=None, label="a", language_code=1033)
        ],
        user_localized_label=None,
    ),
    "unknown": UnknownValue("A:#B", {"c": [1, "x"]}),
}
"""By name, a value of each kind that a context holds."""

COLLECTIONS: list[Collection[Any, Any]] = [
    cls(items) for cls in (ParameterCollection, AttributeCollection) for items in ({"a": 1}, {}, None, UNSET)
]
