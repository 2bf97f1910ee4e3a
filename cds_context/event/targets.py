"""The rows that a message is about, and the columns that it writes, by the table of messages and the parameters.

Only a message's name and parameters are read here, no images and no context.

How it works: parameters are more reliable than the message's name. In asynchronous posts a parent can carry the name of
one message with the parameters of another (wire format, "Oddities to expect"), and then the parameters are right. So a
message's own parameters are searched first, then those of every other message. If neither names a row in a message of
the platform, a tool rewrote the body, and an error is raised: no answer could be right.

Most messages come with their row in Target. `find_record` and `find_submission` look there first, in one step, because
each call takes longer than what it does; the complete way behind it would find the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress, count, repeat
from operator import is_
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from ..errors import AmbiguousTargetError, ParameterError
from ..model.records import class_of, items_of
from ..model.rows import NIL, Entity, EntityReference, OptionSetValue
from ..model.values import Value
from .messages import COLUMN_PARAMETERS, MESSAGES, ROW_PARAMETERS, TARGET, Message, Parameter, Primary, describe
from .outcomes import find_answered, is_created
from .parameters import Parameters, Target, misread, missing, rows_of, wrong

_NO_TABLE = (None, "", "none")

_ABOUT_TARGET = frozenset(
    name for name, message in MESSAGES.items() if message.rows[0] is TARGET and message.record is None
)
"""The messages that are about the row in Target, if there is one."""


class Submission(Struct, frozen=True):
    """What a message writes into one row."""

    columns: Mapping[str, Value | UnsetType]
    """The columns that it writes. UNSET: the message leaves the value to the platform."""
    row: Entity | None
    """The row that they stand in, with their labels; None for columns that parameters stand for."""
    target: Target | None
    """The row that they are written into, if the parameters name one."""
    targets: tuple[Target, ...]
    """All rows that the parameters name."""
    message: Message | None
    """The message of this name, if it is the platform's."""
    described: Message | None
    """The message that the parameters belong to."""


def find_targets(name: str | None, inputs: Parameters, table: str | None) -> tuple[Target, ...]:
    """The rows that the parameters name: one, several for a bulk message, or none. `table` is the primary row's.

    Raises ParameterError if a message of the platform has parameters, and none of them names a row.
    """
    message = MESSAGES.get(name or "")
    if message is None:
        return _find_bound(inputs, is_bound=table not in _NO_TABLE)
    for parameters in (message.rows, ROW_PARAMETERS.values()):
        for parameter in parameters:
            value = inputs.get(parameter.name, UNSET)
            if value is not UNSET and (found := rows_of(value, parameter)) is not None:
                return found
    if not inputs or message.is_query or "Query" in inputs:
        return ()
    raise misread(inputs, _suspect(message, inputs))


def _find_bound(inputs: Parameters, *, is_bound: bool) -> tuple[Target, ...]:
    """The Target of a custom action, the row that it is bound to. An unbound action may use Target for any value."""
    found = rows_of(inputs.get("Target"), TARGET)
    if found is not None:
        return found
    if is_bound and any(key.lower() == "target" for key in inputs):
        raise misread(inputs, TARGET)
    return ()


def _suspect(message: Message, inputs: Parameters) -> Parameter:
    """The parameter that should name the row: a present one, else the message's own."""
    present = (parameter for parameter in (*message.rows, *ROW_PARAMETERS.values()) if parameter.name in inputs)
    return next(present, message.rows[0])


def find_record(
    name: str | None, inputs: Parameters, outputs: Parameters, table: str | None, primary: UUID
) -> EntityReference | None:
    """The one row that the message is about; `table` and `primary` are table and id of the context's primary row.

    The row in the parameters comes first, because the primary row is zeros for some messages and another row for
    others. If the parameters name the row without its id, the answer and then `primary` give the id.

    Raises ParameterError as `find_targets`, unless the answer or the primary row gives the row.
    """
    if name in _ABOUT_TARGET:  # the short way
        target: Any = inputs.get("Target")
        if class_of(target) is Entity and target.logical_name and target.id.int:
            reference: EntityReference = target.reference
            return reference
    message = MESSAGES.get(name or "")
    targets: tuple[Target, ...] = ()
    fault: ParameterError | None = None
    try:
        targets = _find_subjects(message, name, inputs, table)
    except ParameterError as error:
        fault = error
    if len(targets) > 1 or (not targets and message and (message.is_of_many or "Query" in inputs)):
        if fault:
            raise fault
        return None
    named = _reference(targets[0]) if targets else None
    if named and named.id.int:  # to compare with NIL takes a call in Python
        return named
    found = _find_elsewhere(message, named.logical_name if named else table, outputs, primary)
    if found is None and fault:
        raise fault
    return found or (named if named and named.key_attributes else None)


def _find_subjects(
    message: Message | None, name: str | None, inputs: Parameters, table: str | None
) -> tuple[Target, ...]:
    """The rows that the message is about, which are its targets unless it says otherwise."""
    if message is None or message.record is None:
        return find_targets(name, inputs, table)
    if message.record.name not in inputs and message.marks.isdisjoint(inputs):
        return find_targets(name, inputs, table)  # the parameters belong to another message
    found = rows_of(inputs.get(message.record.name), message.record)
    if found is None:
        raise misread(inputs, message.record)
    return found


def _find_elsewhere(
    message: Message | None, table: str | None, outputs: Parameters, primary: UUID
) -> EntityReference | None:
    """The row from the message's answer, else the primary row."""
    if message:
        found = find_answered(message, outputs, 0, table)
        if found:
            return found
        if message.primary is Primary.OTHER:
            return None
    return EntityReference(table, primary) if primary != NIL and table not in _NO_TABLE else None


def _reference(target: Target) -> EntityReference:
    return target.reference if isinstance(target, Entity) else target


def find_submission(name: str | None, inputs: Parameters, table: str | None, target: Target | None) -> Submission:
    """What the message writes into `target`, by default into the only row that the parameters name.

    Raises AmbiguousTargetError if they name several, and ParameterError as `find_targets` and `find_written`.
    """
    if target is None and name in _ABOUT_TARGET:  # the short way
        found: Any = inputs.get("Target")
        if class_of(found) is Entity and found.logical_name:
            message = MESSAGES[name]
            return Submission(items_of(found.attributes), found, found, (found,), message, message)
    targets = find_targets(name, inputs, table)
    if target is None:
        if len(targets) > 1:
            raise AmbiguousTargetError(len(targets))
        target = next(iter(targets), None)
    written = find_written(name, inputs, target)
    columns, row = (items_of(written.attributes), written) if isinstance(written, Entity) else (written, None)
    return Submission(columns, row, target, targets, MESSAGES.get(name or ""), describe(name, inputs))


def find_written(
    name: str | None, inputs: Parameters, target: Target | None
) -> Entity | Mapping[str, Value | UnsetType]:
    """The columns that the message writes into `target`, or the row that they stand in.

    Raises ParameterError if a parameter that is written is not of its kind, or if a message that writes rows holds only
    a reference to one.
    """
    if isinstance(target, Entity):
        return target
    message = MESSAGES.get(name or "")
    if message is None or message.deletes:
        return {}
    written = {column: inputs[column.name] for column in COLUMN_PARAMETERS if column.name in inputs}
    is_own = not message.marks.isdisjoint(inputs)  # or else the parameters belong to another message
    if target and is_own and message.submits_rows and not written:
        raise wrong(inputs, message.rows[0].name, "the row with its columns", target)
    for column in message.columns:
        if column not in written and not column.optional and is_own:
            raise missing(inputs, column.name)
    for column, value in written.items():
        if not isinstance(value, column.kind) and not (value is None and column.optional):
            raise wrong(inputs, column.name, column.wanted, value)
        if isinstance(value, Entity):
            return value
    return {column.column: _chosen(value) for column, value in written.items() if value is not None}


def _chosen(value: Value) -> Value | UnsetType:
    # A status of -1 asks for the default of the state, which only the platform knows.
    return UNSET if isinstance(value, OptionSetValue) and value.value == -1 else value


def is_deletion(name: str | None) -> bool:
    """Whether the message deletes the row, so that no submitted column was written."""
    message = MESSAGES.get(name or "")
    return message is not None and message.deletes


def is_creation(submission: Submission, outputs: Parameters) -> bool:
    """Whether the row is new."""
    message, target = submission.message, submission.target
    if message is None or not isinstance(target, Entity):
        return False
    # Only a message that answers for each row needs the position, for which all rows are searched.
    position = _position(message, submission.targets, target) if "Results" in message.answers else None
    return is_created(message, outputs, position)


def find_records(name: str | None, outputs: Parameters, targets: tuple[Target, ...]) -> tuple[EntityReference, ...]:
    """The rows of a bulk message, in the order of its targets; missing ids are taken from the message's answer."""
    message = MESSAGES.get(name or "")
    rows = tuple(map(_reference, targets))
    if message is None or not message.answers:
        return rows
    return tuple(
        row if row.id != NIL else find_answered(message, outputs, position, row.logical_name) or row
        for position, row in enumerate(rows)
    )


def find_row(name: str | None, outputs: Parameters, targets: tuple[Target, ...], target: Target) -> EntityReference:
    """One row of a bulk message, as in `find_records`."""
    message = MESSAGES.get(name or "")
    row = _reference(target)
    if row.id != NIL or message is None:
        return row
    return find_answered(message, outputs, _position(message, targets, target), row.logical_name) or row


def _position(message: Message, targets: tuple[Target, ...], target: Target) -> int | None:
    if not message.is_of_many:
        return None
    # Whoever asks about each of many rows searches as often as there are rows, so the search runs in C.
    return next(compress(count(), map(is_, targets, repeat(target))), None)
