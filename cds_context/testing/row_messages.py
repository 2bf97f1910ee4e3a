"""Builders of the messages about one row. `steps` checks the options, `events` puts the context together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from cds_context import ColumnSet, EntityReference, OptionSetValue, RemoteExecutionContext, Stage

from .events import NIL, Event, context_of, subject_of
from .steps import RowOptions, check_id, id_of, step_of
from .values import NO_ROW, Row, filled

if TYPE_CHECKING:
    from typing_extensions import Unpack


def create(table: str, *, after: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Create: `after` is the row as the client sends it.

    From stage 20 on, Target also holds the creating user and the moment. Pass other columns that the platform fills in
    as part of `after`, because they depend on the table. The row's id is known in stages 30 and 40, earlier only if you
    give `id`.
    OutputParameters hold it as `id` in stage 40.
    """
    step = step_of("Create", options)
    row = subject_of(table, step, options)
    known = "id" in options or step.stage >= Stage.MAIN_OPERATION
    row_id = row.id if known else NIL
    sent = row.keyed(after) if known else after
    stamp = step.stamp()
    stored = filled(sent, {"createdon": stamp["modifiedon"], "createdby": stamp["modifiedby"], **stamp})
    event = Event(
        table=table,
        id=row_id,
        asked={"Target": row.sent(sent, id=row_id), "SuppressDuplicateDetection": False},
        completed={"Target": row.sent(stored, id=row_id, texts=step.stage == Stage.POST_OPERATION)},
        operation={"Target": row.sent(after, id=NIL)},  # steps before the operation do not know the row's id
        answered={"id": str(row.id)},
        subject=row,
        after=stored,
    )
    return context_of(event, step)


def update(
    table: str, *, before: Row = NO_ROW, after: Row = NO_ROW, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """Update: `after` holds the columns that the client sends, `before` the row as it was.

    Target holds every sent column, changed or not, the key, and from stage 20 on the modifying user and the moment.
    A post-image shows the row before, with all of Target's columns laid over it.
    """
    step = step_of("Update", options)
    row = subject_of(table, step, options)
    sent = row.keyed(after)
    stored = filled(sent, step.stamp())
    event = Event(
        table=table,
        id=row.id,
        asked={"Target": row.sent(sent), "SuppressDuplicateDetection": False},
        completed={"Target": row.sent(stored)},
        subject=row,
        before=before,
        after={**before, **stored},
    )
    return context_of(event, step)


def upsert(
    table: str,
    *,
    after: Row = NO_ROW,
    keys: Row = NO_ROW,
    created: bool = True,
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """Upsert, of elastic tables: on a standard table a Create or an Update is posted in its place.

    `keys` are the columns of an alternate key, in place of the id. `created` says which it was; it is
    `RecordCreated` in OutputParameters, beside a reference to the row as `Target`.
    """
    step = step_of("Upsert", options)
    row = subject_of(table, step, options)
    event = Event(
        table=table,
        id=row.id,
        asked={"Target": row.sent(after, id=NIL if keys else row.id, keys=keys)},
        answered={"RecordCreated": created, "Target": row.reference()},
    )
    return context_of(event, step)


def delete(table: str, *, before: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Delete: `before` is the row as it was; only a pre-image shows it."""
    step = step_of("Delete", options)
    row = subject_of(table, step, options)
    return context_of(
        Event(table=table, id=row.id, asked={"Target": row.reference()}, subject=row, before=before), step
    )


def retrieve(
    table: str, *, row: Row = NO_ROW, columns: Sequence[str] | None = None, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """Retrieve: `row` is the result, in stage 40; `columns` are the wanted columns, None for all."""
    step = step_of("Retrieve", options)
    subject = subject_of(table, step, options)
    asked = ColumnSet(all_columns=columns is None, columns=[*(columns or ())], attribute_expressions=[])
    event = Event(
        table=table,
        id=subject.id,
        asked={"Target": subject.reference(), "ColumnSet": asked},
        answered={
            "BusinessEntity": subject.stored(subject.keyed(row), None if columns is None else {*columns, subject.key})
        },
    )
    return context_of(event, step)


def assign(
    table: str, *, assignee: EntityReference, before: Row = NO_ROW, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """Assign: the user or team `assignee` becomes the owner of the row."""
    step = step_of("Assign", options)
    row = subject_of(table, step, options)
    event = Event(
        table=table,
        id=row.id,
        asked={"Target": row.reference(), "Assignee": assignee},
        subject=row,
        before=before,
        after={**before, "ownerid": assignee, **step.stamp()},
    )
    return context_of(event, step)


def set_state(
    table: str, *, state: int, status: int, before: Row = NO_ROW, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """SetState, also posted as SetStateDynamicEntity (give that as `message_name`): the row gets a state and status."""
    step = step_of("SetState", options)
    row = subject_of(table, step, options)
    columns = {"statecode": OptionSetValue(state), "statuscode": OptionSetValue(status)}
    event = Event(
        table=table,
        id=row.id,
        asked={
            "EntityMoniker": row.reference(),
            "State": columns["statecode"],
            "Status": columns["statuscode"],
        },
        subject=row,
        before=before,
        after={**before, **columns, **step.stamp()},
    )
    return context_of(event, step)


def merge(
    table: str,
    *,
    subordinate_id: UUID | None = None,
    content: Row = NO_ROW,
    parenting_checks: bool = False,
    before: Row = NO_ROW,
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """Merge: another row of the table, `subordinate_id`, goes into the row, which gets the columns of `content`."""
    step = step_of("Merge", options)
    row = subject_of(table, step, options)
    if subordinate_id is None:
        subordinate_id = id_of("subordinate", table, step.seed)
    event = Event(
        table=table,
        id=row.id,
        asked={
            "Target": row.reference(),
            "SubordinateId": str(check_id("subordinate_id", subordinate_id)),
            "UpdateContent": row.sent(content, id=NIL),
            "PerformParentingChecks": parenting_checks,
        },
        subject=row,
        before=before,
        after={**before, **content, **step.stamp()},
    )
    return context_of(event, step)
