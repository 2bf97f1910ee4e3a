"""The submitted columns of an event, as changes, and the rows after the event.

Questions on which `changes` and `snapshot` raise are answered here: a bulk message gets an answer for each row, and
several images count as one, because all show the same row. Data only; `cli` and `tools` lay it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from cds_context import (
    Change,
    Entity,
    EntityReference,
    ParameterError,
    RemoteExecutionContext,
    Snapshot,
)

from ..conversion.change_rows import changes_by_record, merge_images


class RowChanges(Struct, frozen=True):
    """One row, and its submitted columns."""

    record: EntityReference | None
    changes: list[Change]


def record_of(context: RemoteExecutionContext) -> EntityReference | None:
    """The row that the event is about; None if a tool rewrote the parameter with its name."""
    try:
        return context.record
    except ParameterError:
        return None


def targets_of(context: RemoteExecutionContext) -> tuple[Entity | EntityReference, ...]:
    """The rows that the parameters name; none if a tool rewrote the parameter with their names."""
    try:
        return context.targets
    except ParameterError:
        return ()


def changes_by_row(context: RemoteExecutionContext) -> Iterator[RowChanges]:
    """The changes of each row that the event is about.

    Raises TruncatedContextError if the parameters are missing, and ParameterError if a tool rewrote one.
    """
    for record, changes in changes_by_record(context):
        yield RowChanges(record, [*changes.submitted.values()])


def snapshots(context: RemoteExecutionContext) -> Iterator[Snapshot]:
    """The rows that the event is about, as it leaves them; errors as in `changes_by_row`."""
    targets = context.targets
    if len(targets) > 1:
        yield from (context.snapshot(target=target) for target in targets)
    elif targets or context.record:
        yield context.snapshot(merge_images(context.pre_image), merge_images(context.post_image))
