"""The submitted columns of an event, as changes, and the rows after the event.

Questions on which `changes` and `snapshot` raise are answered here: a bulk message gets an answer for each row, and
several images count as one, because all show the same row. Data only; `cli` and `tools` lay it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from cds_context import (
    AmbiguousImageError,
    Change,
    Entity,
    EntityReference,
    ParameterError,
    RemoteExecutionContext,
    Snapshot,
)


class Sheet(Struct, frozen=True):
    """One row."""

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


def sheets(context: RemoteExecutionContext) -> Iterator[Sheet]:
    """A sheet for each row that the event is about.

    Raises TruncatedContextError if the parameters are missing, and ParameterError if a tool rewrote one.
    """
    context.require_complete()
    targets = context.targets
    if len(targets) > 1:
        for target, record in zip(targets, context.records, strict=True):
            yield Sheet(record, [*context.changes(target=target).submitted.values()])
        return
    changes = context.changes(_image(context.pre_image), _image(context.post_image))
    yield Sheet(context.record, [*changes.submitted.values()])


def snapshots(context: RemoteExecutionContext) -> Iterator[Snapshot]:
    """The rows that the event is about, as it leaves them; errors as in `sheets`."""
    targets = context.targets
    if len(targets) > 1:
        yield from (context.snapshot(target=target) for target in targets)
    elif targets or context.record:
        yield context.snapshot(_image(context.pre_image), _image(context.post_image))


def _image(find: Callable[[str | None], Entity | None]) -> Entity | None:
    """All columns of the registered images, as one row."""
    try:
        return find(None)
    except AmbiguousImageError as several:
        images = [image for name in several.names if (image := find(name))]
    columns = {column: image[column] for image in images for column in image}
    labels = {column: label for image in images for column, label in image.formatted_values.items()}
    return Entity(images[0].logical_name, images[0].id, columns, formatted_values=labels)
