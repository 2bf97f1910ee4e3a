"""Which rows a message is about, and what it asks to write into them: the table of messages, read over parameters.

Works on a message's name and parameters alone: knows no images and no context.

How it works: parameters tell more than the message's name does. In asynchronous posts a parent can carry the name of
one message with the parameters of another (wire format, "Oddities to expect"), and then the parameters are right. So
the name only says whether the parameters are the platform's own; which of them names the row is looked up by parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from ..model.rows import NIL, Entity, EntityCollection, EntityReference, OptionSetValue
from ..model.values import Value
from .messages import COLUMN_PARAMETERS, MESSAGES, ROW_PARAMETERS, How, Parameter

Target: TypeAlias = Entity | EntityReference
Parameters: TypeAlias = Mapping[str, Value]

_NO_TABLE = (None, "", "none")


class Submission(Struct, frozen=True):
    """What a message asks to write into one row. UNSET: a value that the platform is left to choose."""

    columns: Mapping[str, Value | UnsetType]
    labels: Mapping[str, str | None]


def find_targets(name: str | None, inputs: Parameters) -> tuple[Target, ...]:
    """The rows that the parameters name: one, several for a bulk message, or none."""
    message = MESSAGES.get(name or "")
    if message is None:
        return _one(inputs.get("Target"))
    # The message's own parameters first, then those of another message.
    for parameter in (*message.rows, *ROW_PARAMETERS.values()):
        if parameter.name in inputs and (found := _rows(inputs[parameter.name], parameter)):
            return found
    return ()


def _one(value: Value) -> tuple[Target, ...]:
    return (value,) if isinstance(value, Target) else ()


def _rows(value: Value, parameter: Parameter) -> tuple[Target, ...]:
    if parameter.how is How.ROWS:
        if isinstance(value, EntityCollection):
            return tuple(value.entities)
        return tuple(row for row in value if isinstance(row, Target)) if isinstance(value, list) else ()
    if isinstance(value, Entity) and parameter.how is How.ACTIVITY:
        value = value.get(parameter.lookup)
    if isinstance(value, str) and parameter.table:
        return _one(_by_id(parameter.table, value))
    return () if parameter.how is How.QUERY else _one(value)


def _by_id(table: str | None, text: str) -> EntityReference | None:
    try:
        return EntityReference(table, UUID(text))
    except ValueError:
        return None


def find_record(
    name: str | None, inputs: Parameters, outputs: Parameters, primary: EntityReference
) -> EntityReference | None:
    """The one row that the message is about; `primary` is what the context itself calls the primary row.

    The row that the parameters name comes first, because the primary row is zeros for some messages and another row
    for others. A row that they name without its id is looked for in the answer, then in `primary`.
    """
    message = MESSAGES.get(name or "")
    targets = find_targets(name, inputs)
    if message and message.record:
        targets = _rows(inputs.get(message.record.name), message.record) or targets
    if len(targets) > 1 or (not targets and message and (message.is_of_many or "Query" in inputs)):
        return None
    named = _reference(targets[0]) if targets else None
    if named and named.id != NIL:
        return named
    table = named.logical_name if named else primary.logical_name
    if message:
        answered = outputs.get("Target", outputs.get("id"))
        found = _by_id(table, answered) if isinstance(answered, str) else answered
        if isinstance(found, EntityReference) and found.id != NIL:
            return found
    if primary.id != NIL and table not in _NO_TABLE:
        return EntityReference(table, primary.id)
    return named if named and named.key_attributes else None


def _reference(target: Target) -> EntityReference:
    return target.reference if isinstance(target, Entity) else target


def find_submission(name: str | None, inputs: Parameters, target: Target | None) -> Submission:
    """What the message asks to write into `target`, by column."""
    message = MESSAGES.get(name or "")
    row = target if isinstance(target, Entity) else inputs.get("UpdateContent") if message else None
    if isinstance(row, Entity):
        return Submission(row.attributes, row.formatted_values)
    if message is None:
        return Submission({}, {})
    columns = {column: _chosen(inputs[name]) for name, column in COLUMN_PARAMETERS.items() if name in inputs}
    return Submission(columns, {})


def _chosen(value: Value) -> Value | UnsetType:
    # A status of -1 asks for the default of the state, which the platform knows and the context does not.
    return UNSET if isinstance(value, OptionSetValue) and value.value == -1 else value


def is_deletion(name: str | None) -> bool:
    """Whether the row is gone afterwards, so that what was submitted with it was not written."""
    message = MESSAGES.get(name or "")
    return message is not None and message.deletes


def is_creation(name: str | None, outputs: Parameters, target: Target | None) -> bool:
    """Whether the row did not exist before."""
    message = MESSAGES.get(name or "")
    if message is None or not isinstance(target, Entity):
        return False
    return message.creates or ("RecordCreated" in message.answers and outputs.get("RecordCreated") is True)
