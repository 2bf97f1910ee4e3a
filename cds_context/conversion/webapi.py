"""A row in the Web API's read shape, for code written for records that were fetched.

Only rows are read here; the page "Plain data" has the rule for each type. Source: Microsoft's documentation of the Web
API (retrieve a table row, lookup properties, formatted values, multi-select choices).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, cast

from msgspec.structs import replace

from ..errors import ArgumentError
from ..model.naming import primary_key
from ..model.rows import (
    NIL,
    AliasedValue,
    BooleanManagedProperty,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
)
from .dispatch import TOO_DEEP
from .plain import json_form

_LABEL = "@OData.Community.Display.V1.FormattedValue"
_TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
_PLAIN = "@cds_context.plain"
_REST = "@cds_context.rest"

_NOT_HELD = ("entity_state", "key_attributes", "related_entities", "unknown_members")


def to_webapi(entity: Entity) -> dict[str, Any]:
    """The row as the Web API would answer it, in JSON's types, as from `response.json()`.

    Lookups are `_COLUMN_value` with annotations, choices numbers, several choices a text with commas, amounts
    numbers, dates UTC with `Z`; labels and names are annotations. The event does not tell the type of a null column,
    so a cleared lookup is `COLUMN`: None. Values without a place in the Web API stand as plain data under
    ``COLUMN@cds_context.plain``, members of the row under ``@cds_context.rest``.

    Raises ArgumentError as `to_plain` does.
    """
    try:
        return _row(entity)
    except RecursionError:
        raise ArgumentError(TOO_DEEP) from None


def _row(entity: Entity) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if entity.logical_name is not None:
        row["@odata.type"] = f"#Microsoft.Dynamics.CRM.{_text(entity.logical_name)}"
    if entity.row_version:
        row["@odata.etag"] = f'W/"{_text(entity.row_version)}"'
    for column, value in entity.attributes.items():
        row.update(_properties(entity, column, value))
    for column, label in entity.formatted_values.items():
        if column not in entity.attributes:
            row[_text(column) + _LABEL] = json_form(label)
    rest: dict[str, Any] = {name: json_form(getattr(entity, name)) for name in _NOT_HELD}
    rest = {name: member for name, member in rest.items() if member not in (None, {})}
    if entity.id != NIL and row.setdefault(_id_column(entity), str(entity.id)) != str(entity.id):
        rest["id"] = str(entity.id)
    return row | {_REST: rest} if rest else row


def _text(text: str) -> str:
    return cast("str", json_form(text))


def _id_column(entity: Entity) -> str:
    """The primary key's column: the column with the row's id, else by the platform's rule for names."""
    for column, value in entity.attributes.items():
        if isinstance(value, str) and value == str(entity.id) and column.endswith("id"):
            return _text(column)
    return _text(primary_key(entity.logical_name or ""))


def _properties(entity: Entity, column: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The members for one column: its value and its annotations."""
    labels = entity.formatted_values
    name = f"_{_text(column)}_value" if isinstance(value, EntityReference) else _text(column)
    inner = value.value if isinstance(value, AliasedValue) else value
    json, whole = _json(inner)
    yield name, json
    label = labels.get(column)
    if isinstance(inner, EntityReference):
        if inner.logical_name is not None:
            yield name + _TABLE, _text(inner.logical_name)
        whole = whole and (label is None or inner.name in (None, label))
        label = inner.name if label is None else label
    if label is not None or column in labels:
        yield name + _LABEL, json_form(label)
    if not whole or inner is not value:
        yield name + _PLAIN, json_form(value)


def _json(value: Any) -> tuple[Any, bool]:
    """A value in the Web API's shape, and whether the shape holds all of the value."""
    match value:
        case EntityReference():
            return str(value.id), not (value.key_attributes or value.row_version or value.unknown_members)
        case OptionSetValue():
            return json_form(value.value), not value.unknown_members
        case Money():
            number, exact = _json(value.value)
            return number, exact and not value.unknown_members
        case Decimal():
            return _number(value)
        case datetime():
            return _moment(value), True
        case Entity():
            return _row(value), True
        case EntityCollection():
            return [_row(row) for row in value.entities], not _is_page(value)
        case BooleanManagedProperty():
            members = (value.value, value.can_be_changed, value.managed_property_logical_name)
            names = ("Value", "CanBeChanged", "ManagedPropertyLogicalName")
            return dict(zip(names, json_form(members), strict=True)), not value.unknown_members
        case [_, *_]:
            return _array(value)
        case _:
            return json_form(value), True


def _number(value: Decimal) -> tuple[Any, bool]:
    """A number as `json.loads` reads it; a float may lose some of a Decimal's digits."""
    if value.is_finite() and value.as_tuple().exponent == 0:
        # An integer of more than 64 bits is text, which need not become an integer first.
        return json_form(int(value)) if value.adjusted() < 19 else format(value, "f"), True
    number = float(value) if value.is_finite() else math.nan
    if not math.isfinite(number):
        return json_form(value), True
    return number, Decimal(repr(number)) == value


def _moment(value: datetime) -> str:
    try:
        utc = value.astimezone(timezone.utc) if value.tzinfo else value
    except OverflowError:  # before the year 1 or after 9999, in UTC
        utc = value
    return cast("str", json_form(utc))


def _is_page(rows: EntityCollection) -> bool:
    """Whether a collection holds more than its rows."""
    of_one_table = rows.entities and all(row.logical_name == rows.entity_name for row in rows.entities)
    told = {"entities", "entity_name"} if of_one_table else {"entities"}
    # The rows are left out: they can hold collections, and each level would be walked again for every level around it.
    return not json_form(replace(rows, entities=[])).keys() <= told


def _array(items: Sequence[Any]) -> tuple[Any, bool]:
    if all(isinstance(item, OptionSetValue) for item in items):
        numbers = ",".join(str(json_form(item.value)) for item in items)
        return numbers, not any(item.unknown_members for item in items)
    if all(isinstance(item, Entity) for item in items):
        return [_row(row) for row in items], True
    if all(isinstance(item, int) and item.__class__ is not bool and 0 <= item < 256 for item in items):
        return base64.b64encode(bytes(items)).decode(), True
    return json_form(items), True
