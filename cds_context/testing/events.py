"""An operation, and the context that a step gets for it. The members of a context are known here, but no message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from cds_context import (
    Entity,
    EntityReference,
    IsolationMode,
    KeyValuePair,
    Mode,
    RemoteExecutionContext,
    Stage,
    Value,
    to_plain,
)

from ..errors import BuildError
from ..model.naming import primary_key, primary_name
from .steps import Step, id_of
from .values import NO_ROW, Row, Subject

NIL = UUID(int=0)


class Event(Struct, frozen=True, kw_only=True):
    """One operation, independent of any step."""

    table: str | None
    """PrimaryEntityName."""
    id: UUID = NIL
    """PrimaryEntityId."""
    asked: Mapping[str, Value]
    """The input parameters as a client sends them."""
    completed: Mapping[str, Value] | None = None
    """The input parameters as the platform has completed them when stage 20 begins, None if they stay as they are."""
    operation: Mapping[str, Value] | None = None
    """The parameters by which two operations on one row differ, None if these are `asked`."""
    answered: Mapping[str, Value] = {}
    """The output parameters."""
    subject: Subject | None = None
    """The row that images show."""
    before: Row = NO_ROW
    after: Row = NO_ROW


def subject_of(table: str, step: Step, options: Mapping[str, Any]) -> Subject:
    """The row that the options describe. Raises BuildError for a name that no table has."""
    if table != table.lower():
        raise BuildError(f"`table`: logical names are in lower case, such as `{table.lower()}`")
    return Subject(
        table=table,
        id=options.get("id", id_of("row", table, step.seed)),
        key=options.get("primary_key", primary_key(table)),
        name=options.get("primary_name", primary_name(table)),
    )


def context_of(event: Event, step: Step, operation: UUID | None = None) -> RemoteExecutionContext:
    """The context that the step gets; `operation` is given to the parent's, which has its child's ids."""
    operation = operation or _operation(event, step)
    within = step.stage in (Stage.PRE_OPERATION, Stage.POST_OPERATION)
    inputs = event.asked if event.completed is None or not within else event.completed
    computed: dict[str, Any] = {
        **_who_and_when(event, step, operation),
        "input_parameters": {**inputs, **step.parameters},
        "output_parameters": event.answered if step.stage == Stage.POST_OPERATION else {},
        "shared_variables": _shared_variables(event, step),
        "pre_entity_images": _images(event, step, after=False),
        "post_entity_images": _images(event, step, after=True),
        # The stages 20 and 40 run inside the platform's own operation; stage 10 comes before that.
        "parent_context": context_of(event, step.of_platform(), operation) if within else None,
    }
    return RemoteExecutionContext(**(computed | step.given))


def _operation(event: Event, step: Step) -> UUID:
    """The id of the operation: another for another message, row, moment or input, the same for all steps on one."""
    inputs = step.given.get("input_parameters") or {**(event.operation or event.asked), **step.parameters}
    content = json.dumps(to_plain(inputs, mode="json"))
    row = event.subject.id if event.subject else event.id
    return id_of("request", step.message, event.table, step.seed, row, step.at.isoformat(), content)


def _who_and_when(event: Event, step: Step, operation: UUID) -> dict[str, Any]:
    return {
        "business_unit_id": id_of("business unit"),
        "correlation_id": id_of("correlation", step.message, event.table, step.seed),
        "depth": 1,
        "initiating_user_agent": "",
        "initiating_user_azure_active_directory_object_id": NIL,
        "initiating_user_id": step.user,
        "is_executing_offline": False,
        "is_in_transaction": not step.asynchronous and step.stage != Stage.PRE_VALIDATION,
        "is_offline_playback": False,
        "isolation_mode": IsolationMode.NONE,  # observed in every post: the step's code is the platform's own
        "message_name": step.message,
        "mode": Mode.ASYNCHRONOUS if step.asynchronous else Mode.SYNCHRONOUS,
        "operation_created_on": step.created_on,
        "operation_id": id_of("job", operation) if step.asynchronous else operation,
        "organization_id": id_of("organization"),
        "organization_name": "examplecorp",
        "owning_extension": EntityReference(
            "sdkmessageprocessingstep", id_of("step", step.message, event.table), step.name
        ),
        "primary_entity_id": event.id,
        "primary_entity_name": event.table,
        "request_id": operation,
        "secondary_entity_name": "none",
        "stage": step.stage,
        "user_azure_active_directory_object_id": NIL,
        "user_id": step.user,
    }


def _shared_variables(event: Event, step: Step) -> dict[str, Value]:
    variables: dict[str, Value] = {"IsAutoTransact": True}
    if step.message == "Create":
        variables["DefaultsAddedFlag"] = True
    if step.stage == Stage.MAIN_OPERATION:
        # Observed: "Update" for the table of the event, whatever the message.
        variables["ChangedEntityTypes"] = [KeyValuePair(event.table, "Update")]
    return variables


def _images(event: Event, step: Step, *, after: bool) -> dict[str, Entity]:
    if event.subject is None:
        return {}
    subject, row = event.subject, event.after if after else event.before
    registered = step.post_images if after else step.pre_images
    images = {name: subject.stored(subject.keyed(row), columns) for name, columns in registered.items()}
    if step.asynchronous and step.stage == Stage.POST_OPERATION and after == (step.message in ("Create", "Update")):
        # Observed: among the post-images of Create and Update, among the pre-images of Assign and Delete.
        images["AsynchronousStepPrimaryName"] = subject.stored(subject.keyed(row), (subject.name, subject.key))
    return images
