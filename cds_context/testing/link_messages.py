"""Builders of the messages that tie a row to other rows, people and queues. `events` puts the context together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from cds_context import EntityReference, PrincipalAccess, Relationship, RemoteExecutionContext, Value

from .events import NIL, Event, context_of, subject_of
from .steps import RowOptions, check_id, id_of, step_of
from .values import NO_ROW, Row

if TYPE_CHECKING:
    from typing_extensions import Unpack


def associate(
    table: str,
    *,
    relationship: str | Relationship,
    related: Sequence[EntityReference],
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """Associate: the row `id` of the table and the `related` rows, by a relationship or its schema name.

    PrimaryEntityName is empty and PrimaryEntityId zeros: such a step is registered for no table.
    """
    return _linked("Associate", table, relationship, related, options)


def disassociate(
    table: str,
    *,
    relationship: str | Relationship,
    related: Sequence[EntityReference],
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """Disassociate: as `associate`, when the tie is undone."""
    return _linked("Disassociate", table, relationship, related, options)


def _linked(
    message: str,
    table: str,
    relationship: str | Relationship,
    related: Sequence[EntityReference],
    options: RowOptions,
) -> RemoteExecutionContext:
    step = step_of(message, options)
    asked: dict[str, Value] = {
        "Target": subject_of(table, step, options).reference(),
        "Relationship": Relationship(relationship) if isinstance(relationship, str) else relationship,
        "RelatedEntities": [*related],
    }
    return context_of(Event(table="", asked=asked), step)


def grant_access(
    table: str, *, principal: EntityReference, access_mask: int, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """GrantAccess: the row is shared with the user or team `principal`; the mask is a sum of AccessRights."""
    return _shared("GrantAccess", table, principal, access_mask, options)


def modify_access(
    table: str, *, principal: EntityReference, access_mask: int, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """ModifyAccess: as `grant_access`, when the rights become others."""
    return _shared("ModifyAccess", table, principal, access_mask, options)


def _shared(
    message: str, table: str, principal: EntityReference, access_mask: int, options: RowOptions
) -> RemoteExecutionContext:
    access = PrincipalAccess(access_mask=access_mask, principal=principal)
    return _about(message, table, options, PrincipalAccess=access)


def _about(message: str, table: str, options: RowOptions, **asked: Value) -> RemoteExecutionContext:
    step = step_of(message, options)
    row = subject_of(table, step, options)
    return context_of(Event(table=table, id=row.id, asked={"Target": row.reference(), **asked}), step)


def add_member(*, member_id: UUID | None = None, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """AddMember: an account, contact or lead becomes a member of the marketing list `id`."""
    return _member("AddMember", member_id, options)


def remove_member(*, member_id: UUID | None = None, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """RemoveMember: as `add_member`, when the membership ends."""
    return _member("RemoveMember", member_id, options)


def _member(message: str, member_id: UUID | None, options: RowOptions) -> RemoteExecutionContext:
    step = step_of(message, options)
    row = subject_of("list", step, options)
    member = id_of("member", step.seed) if member_id is None else check_id("member_id", member_id)
    return context_of(Event(table="list", id=row.id, asked={"ListId": str(row.id), "EntityId": str(member)}), step)


def add_to_queue(
    target: EntityReference, *, source_queue_id: UUID = NIL, properties: Row = NO_ROW, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """AddToQueue: the row `target` goes into the queue `id`; `properties` are columns of the queue item."""
    step = step_of("AddToQueue", options)
    queue = subject_of("queue", step, options)
    item = subject_of("queueitem", step, {})
    event = Event(
        table="queue",
        id=queue.id,
        asked={
            "Target": target,
            "SourceQueueId": str(check_id("source_queue_id", source_queue_id)),
            "DestinationQueueId": str(queue.id),
            "QueueItemProperties": item.sent(properties, id=NIL),
        },
        answered={"QueueItemId": str(item.id)},
    )
    return context_of(event, step)


def route_to(target: EntityReference, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """RouteTo: the queue item `id` goes to the queue, user or team `target`."""
    step = step_of("RouteTo", options)
    item = subject_of("queueitem", step, options)
    return context_of(Event(table="queueitem", id=item.id, asked={"Target": target, "QueueItemId": str(item.id)}), step)
