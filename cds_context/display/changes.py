"""The submitted columns of an event, with old and new values, labels and status, and the rows after the event.

Questions on which `changes` and `snapshot` raise are answered here: a bulk message gets an answer for each row, and
several images count as one, because all show the same row. Data only; `cli` and `tools` lay it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

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


class Line(Struct, frozen=True):
    """One column."""

    change: Change
    old_label: str | None
    new_label: str | None


class Sheet(Struct, frozen=True):
    """One row."""

    record: EntityReference | None
    lines: list[Line]


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
            changes = context.changes(target=target).submitted.values()
            holders = _holders([target])
            yield Sheet(record, [_line(change, holders) for change in changes])
        return
    holders = _holders([*targets, *context.post_entity_images.values(), *context.pre_entity_images.values()])
    changes = context.changes(_image(context.pre_image), _image(context.post_image)).submitted.values()
    yield Sheet(context.record, [_line(change, holders) for change in changes])


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


def _holders(rows: Iterable[Entity | EntityReference | None]) -> dict[str, list[Entity]]:
    """The rows that hold each column: there can be as many rows as columns, so not every row is asked for each."""
    holders: defaultdict[str, list[Entity]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Entity):
            for column in row:
                holders[column].append(row)
    return holders


def _line(change: Change, holders: Mapping[str, list[Entity]]) -> Line:
    rows = holders.get(change.column, [])
    return Line(change, *(_label(change.column, value, rows) for value in (change.old, change.new)))


def _label(column: str, value: Any, rows: Iterable[Entity]) -> str | None:
    """What a row that holds the same value calls it."""
    same = (row for row in rows if _same(row[column], value))
    return next(filter(None, (row.formatted(column) for row in same)), None)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, EntityReference) and isinstance(other, EntityReference):
        return (one.logical_name, one.id) == (other.logical_name, other.id)
    return bool(one == other)
