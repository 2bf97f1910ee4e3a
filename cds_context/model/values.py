"""The closed union `Value` of all types in untyped slots, and the class for objects of unknown types."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, Union

from . import rows
from .parameters import KeyValuePair, Label, LocalizedLabel, PrincipalAccess
from .records import Readable
from .rows import (
    AliasedValue,
    BooleanManagedProperty,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    Relationship,
)
from .searches import (
    AttributeExpression,
    ColumnSet,
    ConditionExpression,
    FetchExpression,
    FilterExpression,
    LinkEntity,
    OrderExpression,
    PagingInfo,
    QueryByAttribute,
    QueryExpression,
)


class UnknownValue(Readable, frozen=True):
    """An object with an unknown ``__type``: the type's name and the members, with values of known types inside."""

    type_name: str
    """The text of ``__type``: name, colon, namespace."""
    members: dict[str, Value]
    """The members, by their names on the wire."""


TaggedValue: TypeAlias = (
    Entity
    | EntityReference
    | EntityCollection
    | OptionSetValue
    | Money
    | BooleanManagedProperty
    | AliasedValue
    | Relationship
    | KeyValuePair
    | Label
    | LocalizedLabel
    | PrincipalAccess
    | PagingInfo
    | ColumnSet
    | AttributeExpression
    | QueryExpression
    | QueryByAttribute
    | FetchExpression
    | FilterExpression
    | ConditionExpression
    | OrderExpression
    | LinkEntity
)

Value: TypeAlias = Union[
    None,
    bool,
    int,
    float,
    Decimal,
    str,
    datetime,
    TaggedValue,
    UnknownValue,
    "list[Value]",
    "dict[str, Value]",
]
"""Any value of an untyped slot. An object without ``__type`` is a dict, an array a list."""

rows.__dict__["Value"] = Value  # methods of rows name the union, and may be asked for their annotations at run time
