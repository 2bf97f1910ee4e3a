"""One input parameter, read by its description in the table of messages: the rows that it names, or why it names none.

No message is known here. A value that no server writes in place of a row comes from a tool that rewrote the body; the
fault names the found kind of value and the kind of tool. Source: bodies that went through such tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from ..errors import ParameterError
from ..model.late import Late
from ..model.rows import Entity, EntityCollection, EntityReference
from ..model.values import UnknownValue, Value
from .messages import How, Parameter

if TYPE_CHECKING:
    from ..wire import rewriting
else:
    rewriting = Late("cds_context.wire.rewriting")  # needed for a body that a tool rewrote

Target: TypeAlias = Entity | EntityReference
TARGET_TYPES = (Entity, EntityReference)
"""The classes of Target. To ask for an instance of one of them is faster than to ask for one of their union."""

_ROW = How.ROW  # up to Python 3.11 the look-up of an enum's member takes longer than to read a row

Parameters: TypeAlias = Mapping[str, Value]


def rows_of(value: Value, parameter: Parameter) -> tuple[Target, ...] | None:
    """The rows that a parameter names; None if its value is no row. An empty collection of rows names none: ()."""
    how = parameter.how
    if how is _ROW:
        return (value,) if isinstance(value, TARGET_TYPES) and value.logical_name else None
    if how is How.ROWS:
        return _of_collection(value)
    if how is How.ACTIVITY and isinstance(value, Entity):
        value = value.get(parameter.lookup)
    elif isinstance(value, str) and how is not How.ID:
        return None  # the text is the id of the activity, not of the row
    row = reference_to(parameter.table, value)
    return (row,) if row else None


def _of_collection(value: Value) -> tuple[Target, ...] | None:
    if isinstance(value, EntityCollection):
        value = [*value.entities]
    elif not value:
        return None  # some tools write an empty array for an object
    if not isinstance(value, list):
        return None
    rows = tuple([row for row in value if isinstance(row, TARGET_TYPES) and row.logical_name])
    return rows if len(rows) == len(value) else None


def reference_to(table: str | None, value: Value) -> EntityReference | None:
    """A row of the table by a reference to it, or by its id as text; None for any other value."""
    if isinstance(value, EntityReference):
        return value if value.logical_name == table else None
    if not isinstance(value, str):
        return None
    try:
        return EntityReference(table, UUID(value))
    except ValueError:
        return None


# Why it names none


def misread(inputs: Parameters, parameter: Parameter) -> ParameterError:
    """The error for a parameter that names no row, or is missing."""
    if parameter.name not in inputs:
        return missing(inputs, parameter.name)
    value, steps = inputs[parameter.name], ""
    if parameter.how is How.ACTIVITY and isinstance(value, Entity):
        if parameter.lookup not in value:
            reason = f"`{parameter.name}` does not say which {parameter.table} it closes"
            return ParameterError(parameter.name, reason, path_to(inputs, parameter.name, ".Attributes"))
        steps = f".Attributes[{_position(value.attributes, parameter.lookup)}].value"
        value = value[parameter.lookup]
    if parameter.how is How.ROWS and isinstance(value, EntityCollection | list):
        value, steps = _first_misread(value)
    if isinstance(value, Target) and not value.logical_name:
        reason = f"`{parameter.name}` does not say of which table its row is"
        return ParameterError(
            parameter.name, reason, path_to(inputs, parameter.name, f"{steps}.LogicalName"), _cause(None)
        )
    return wrong(inputs, parameter.name, parameter.how.value, value, steps)


def _first_misread(rows: EntityCollection | list[Value]) -> tuple[Value, str]:
    """The first item that names no row, and its steps; an empty array as it is."""
    items: list[Any] = [*(rows.entities if isinstance(rows, EntityCollection) else rows)]
    steps = ".Entities" if isinstance(rows, EntityCollection) else ""
    faults = (at for at, item in enumerate(items) if not (isinstance(item, Target) and item.logical_name))
    index = next(faults, None)
    return (rows, "") if index is None else (items[index], f"{steps}[{index}]")


def wrong(inputs: Parameters, name: str, wanted: str, value: Value, steps: str = "") -> ParameterError:
    """The error for a value of the wrong kind in a parameter."""
    reason = f"`{name}` should be {wanted}, and is {_kind(value)}"
    return ParameterError(name, reason, path_to(inputs, name, steps), _cause(value))


def missing(inputs: Parameters, name: str) -> ParameterError:
    """The error for a missing parameter."""
    is_renamed = any(key.lower() == name.lower() for key in inputs)
    return ParameterError(
        name, f"there is no `{name}`", "$.InputParameters", rewriting.OTHER_CASE.cause if is_renamed else ""
    )


def path_to(inputs: Parameters, name: str, steps: str = "") -> str:
    """The path of a parameter's value in a context, or of a value inside it, by `steps`."""
    return f"$.InputParameters[{_position(inputs, name)}].value{steps}"


def _position(collection: Mapping[str, Value], key: str) -> int:
    return [*collection].index(key)


def _kind(value: Value) -> str:
    return next((name for classes, name in _KINDS if isinstance(value, classes)), "another value")


_KINDS: tuple[tuple[Any, str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),
    (str, "text"),
    ((int, float, Decimal), "a number"),
    (list, "an array"),
    (dict, "an object without a type"),
    (UnknownValue, "an object of an unknown type"),
    (Entity, "a row"),
    (EntityReference, "a reference to a row"),
    (EntityCollection, "a collection of rows"),
)


def _cause(value: Value) -> str:
    if isinstance(value, str):
        return (rewriting.TEXT if value.lstrip()[:1] in {"{", "["} else rewriting.OTHER_TEXT).cause
    if value is None:
        return rewriting.NULL.cause
    if isinstance(value, list) and not value:
        return rewriting.EMPTY_ARRAY.cause
    return rewriting.NO_MEMBERS.cause if isinstance(value, dict) else ""
