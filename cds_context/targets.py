"""Which rows a message is about, and what it asks to write into them: the messages' parameters, as data.

Works on a message's name and parameters alone: knows no images and no context.

How it works: parameters tell more than the message's name does. In asynchronous posts a parent can carry the name of
one message with the parameters of another (wire format, "Oddities to expect"), and then the parameters are right. So
the name only says whether the parameters are the platform's own; which of them names the row is looked up by parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TypeAlias
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from .values import NIL, Entity, EntityCollection, EntityReference, OptionSetValue, Value

Target: TypeAlias = Entity | EntityReference
Parameters: TypeAlias = Mapping[str, Value]

_OF_MANY = frozenset({"CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple", "RetrieveMultiple"})
_OF_ONE = frozenset(
    {
        *("Create", "Update", "Upsert", "Delete", "Retrieve", "Merge", "Assign", "SetState", "SetStateDynamicEntity"),
        *("OnExternalCreated", "OnExternalUpdated", "OnExternalDeleted", "Associate", "Disassociate"),
        *("GrantAccess", "ModifyAccess", "QualifyLead", "Win", "Lose", "Close", "Cancel", "Fulfill"),
        *("Send", "AddMember", "RemoveMember", "AddToQueue", "RouteTo"),
    }
)
MESSAGES = _OF_ONE | _OF_MANY
"""The platform's own messages whose parameters are known; none of them comes without parameters."""

DELETIONS = frozenset({"Delete", "DeleteMultiple", "OnExternalDeleted"})
_CREATIONS = frozenset({"Create", "CreateMultiple", "OnExternalCreated"})

# Where each parameter has the row. No table: the value is the row, or a reference to it. With a table: the value is
# the row's id, or the activity that closes the row, which names it by a lookup.
_ROW_PARAMETERS: dict[str, tuple[str, str]] = {
    "Target": ("", ""),
    "EntityMoniker": ("", ""),
    "LeadId": ("", ""),
    "OpportunityClose": ("opportunity", "opportunityid"),
    "QuoteClose": ("quote", "quoteid"),
    "OrderClose": ("salesorder", "salesorderid"),
    "IncidentResolution": ("incident", "incidentid"),
    "EmailId": ("email", ""),
    "FaxId": ("fax", ""),
    "ListId": ("list", ""),
}
# Parameters that write one column of a row that is named elsewhere.
_COLUMN_PARAMETERS = {"Assignee": "ownerid", "State": "statecode", "Status": "statuscode"}
_NO_TABLE = (None, "", "none")


class Submission(Struct, frozen=True):
    """What a message asks to write into one row. UNSET: a value that the platform is left to choose."""

    columns: Mapping[str, Value | UnsetType]
    labels: Mapping[str, str | None]


def find_targets(message: str | None, inputs: Parameters) -> tuple[Target, ...]:
    """The rows that the parameters name: one, several for a bulk message, or none."""
    if message not in MESSAGES:
        return _one(inputs.get("Target"))
    rows = inputs.get("Targets")
    if isinstance(rows, EntityCollection):
        return tuple(rows.entities)
    if isinstance(rows, list):
        return tuple(row for row in rows if isinstance(row, Target))
    named = (_row(inputs[name], *where) for name, where in _ROW_PARAMETERS.items() if name in inputs)
    return next(filter(None, named), ())


def has_several_targets(message: str | None, inputs: Parameters) -> bool:
    """Whether `find_targets` gives several. Makes no tuple of them: this is asked for each of a million."""
    rows = inputs.get("Targets") if message in MESSAGES else None
    if isinstance(rows, EntityCollection):
        return len(rows.entities) > 1
    return isinstance(rows, list) and len([*islice((row for row in rows if isinstance(row, Target)), 2)]) > 1


def _one(value: Value) -> tuple[Target, ...]:
    return (value,) if isinstance(value, Target) else ()


def _row(value: Value, table: str, lookup: str) -> tuple[Target, ...]:
    if table and isinstance(value, Entity):
        value = value.get(lookup)
    if table and isinstance(value, str):
        return _one(_by_id(table, value))
    return _one(value)


def _by_id(table: str | None, text: str) -> EntityReference | None:
    try:
        return EntityReference(table, UUID(text))
    except ValueError:
        return None


def find_record(
    message: str | None, inputs: Parameters, outputs: Parameters, primary: EntityReference
) -> EntityReference | None:
    """The one row that the message is about; `primary` is what the context itself calls the primary row.

    The row that the parameters name comes first, because the primary row is zeros for some messages and another row
    for others. A row that they name without its id is looked for in the answer, then in `primary`.
    """
    targets = find_targets(message, inputs)
    if message == "RouteTo":
        # Target is where the queue item goes. Source: Microsoft's reference of RouteToRequest.
        targets = _row(inputs.get("QueueItemId"), "queueitem", "") or targets
    if len(targets) > 1 or (not targets and _is_of_many(message, inputs)):
        return None
    named = _reference(targets[0]) if targets else None
    if named and named.id != NIL:
        return named
    table = named.logical_name if named else primary.logical_name
    if message in MESSAGES:
        answered = outputs.get("Target", outputs.get("id"))
        found = _by_id(table, answered) if isinstance(answered, str) else answered
        if isinstance(found, EntityReference) and found.id != NIL:
            return found
    if primary.id != NIL and table not in _NO_TABLE:
        return EntityReference(table, primary.id)
    return named if named and named.key_attributes else None


def _reference(target: Target) -> EntityReference:
    return target.reference if isinstance(target, Entity) else target


def _is_of_many(message: str | None, inputs: Parameters) -> bool:
    return message in _OF_MANY or (message in _OF_ONE and "Query" in inputs)


def find_submission(message: str | None, inputs: Parameters, target: Target | None) -> Submission:
    """What the message asks to write into `target`, by column."""
    row = target if isinstance(target, Entity) else inputs.get("UpdateContent") if message in MESSAGES else None
    if isinstance(row, Entity):
        return Submission(row.attributes, row.formatted_values)
    if message not in MESSAGES:
        return Submission({}, {})
    columns = {column: _chosen(inputs[name]) for name, column in _COLUMN_PARAMETERS.items() if name in inputs}
    return Submission(columns, {})


def _chosen(value: Value) -> Value | UnsetType:
    # A status of -1 asks for the default of the state, which the platform knows and the context does not.
    return UNSET if isinstance(value, OptionSetValue) and value.value == -1 else value


def is_creation(message: str | None, outputs: Parameters, target: Target | None) -> bool:
    """Whether the row did not exist before."""
    if message == "Upsert":
        return outputs.get("RecordCreated") is True
    return message in _CREATIONS and isinstance(target, Entity)
