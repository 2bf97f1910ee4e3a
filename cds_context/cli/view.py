"""A context as a person wants to see it: the event, who and when, what changed, images, parameters, parents.

Makes what rich prints, and prints nothing. Cells, trees and the comparison are other rooms'.

What was submitted is in three tables, by what is most wanted: what changed, what may have changed, what did not. A side
about which a table would say the same thing in each row, as `old` of what nobody had an image of, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET
from rich.console import RenderableType
from rich.text import Text

from cds_context import ChangeStatus, Entity, EntityReference, ParameterError, RemoteExecutionContext

from ..display.changes import Line, record_of, sheets, targets_of
from ..display.values import cell, moment, row, worded
from .branches import Branches
from .comparison import Comparison
from .terminal import text
from .trees import Tree

_SERVERS_IMAGE = "AsynchronousStepPrimaryName"
"""Holds the row's primary name and id; nobody registered it."""
_STATUSES = {ChangeStatus.CHANGED: "bold yellow", ChangeStatus.UNKNOWN: "bold blue", ChangeStatus.UNCHANGED: "bold dim"}
"""In the order in which they are shown."""


def view(context: RemoteExecutionContext, *, full: bool = False) -> Iterator[RenderableType]:
    """Everything, from the top down. Long texts are cut, unless `full`."""
    yield text(_event(context), "bold")
    yield _head(context)
    if context.is_truncated:
        yield Text("cut by the server for its size: parameters, images or parents are missing", "bold yellow")
    else:
        yield from _changes(context, full=full)
    if images := _images(context):
        yield Text("images", "bold blue")
        yield _compared_images(images, full=full)
    branches = Branches([target for target in targets_of(context) if isinstance(target, Entity)], full)
    for title, parameters in (
        ("input parameters", context.input_parameters),
        ("output parameters", context.output_parameters),
        ("shared variables", context.shared_variables),
        ("unknown members", context.unknown_members),
    ):
        if parameters:
            yield branches.tree(title, parameters)
    if context.parents:
        yield _ancestry(context)


def _event(context: RemoteExecutionContext) -> str:
    table = "" if context.primary_entity_name in (None, "", "none") else f" of {context.primary_entity_name}"
    return f"{context.message_name}{table}"


def _step(context: RemoteExecutionContext) -> str:
    mode = worded(context.mode) or f"mode {int(context.mode)}"
    return f"stage {cell(context.stage).plain}, {mode}, depth {context.depth}"


def _head(context: RemoteExecutionContext) -> Comparison:
    comparison = Comparison(indent=2)
    for name, said in _facts(context):
        comparison.add(Text(name, "dim"), text(said))
    return comparison


def _facts(context: RemoteExecutionContext) -> Iterator[tuple[str, str]]:
    yield "step", _step(context)
    if context.owning_extension:
        yield "registered as", row(context.owning_extension)
    if record := record_of(context):
        yield "record", f"{row(record)}{_server_name(context)}"
    elif targets := targets_of(context):
        yield "records", f"{len(targets):,}"
    yield "when", moment(context.operation_created_on_utc)
    if context.operation_created_on != context.operation_created_on_utc:
        yield "as written", f"{moment(context.operation_created_on)}, off by its offset as in all asynchronous steps"
    yield "by user", str(context.initiating_user_id)
    if context.user_id != context.initiating_user_id:
        yield "running as", str(context.user_id)
    if context.initiating_user_agent:
        yield "with", context.initiating_user_agent
    yield "in", f"{context.organization_name} {context.organization_id}"
    yield "operation", str(context.operation_id)
    yield "correlation", str(context.correlation_id)


def _changes(context: RemoteExecutionContext, *, full: bool) -> Iterator[RenderableType]:
    try:
        found = list(sheets(context))
    except ParameterError as error:
        yield text(f"what was submitted cannot be told: {error}", "bold red")
        return
    for sheet in found:
        about = f" in {row(sheet.record)}" if len(found) > 1 and sheet.record else ""
        for status, style in _STATUSES.items():
            if lines := [line for line in sheet.lines if line.change.status is status]:
                yield text(f"{status}{about}{_reason(lines)}", style)
                yield _unchanged(lines, full=full) if status is ChangeStatus.UNCHANGED else _changed(lines, full=full)


def _reason(lines: list[Line]) -> str:
    """Why all of these are unknown, if it is one reason."""
    untold = (side for side in _SIDES if all(getattr(line.change, side) is UNSET for line in lines))
    return "".join(f": the {side} value is not told" for side in [*untold][:1])


def _changed(lines: list[Line], *, full: bool) -> Comparison:
    sides = [side for side in _SIDES if any(_says(line, side) for line in lines)]
    comparison = Comparison("column", *sides, indent=2)
    for line in lines:
        values = (cell(getattr(line.change, side), getattr(line, f"{side}_label"), full=full) for side in sides)
        comparison.add(text(line.change.column, "bold"), *values)
    return comparison


_SIDES = ("old", "new")


def _says(line: Line, side: str) -> bool:
    """Whether a side tells something: a new row was null before, which need not be said in every row of a table."""
    return getattr(line.change, side) is not UNSET and not (side == "old" and line.change.old is None)


def _unchanged(lines: list[Line], *, full: bool) -> Comparison:
    comparison = Comparison("column", "value", indent=2)
    for line in lines:
        change = line.change
        # The two sides are one value; an image has the texts that users see.
        is_named = line.old_label or (isinstance(change.old, EntityReference) and change.old.name)
        shown = (change.old, line.old_label) if is_named else (change.new, line.new_label)
        comparison.add(text(change.column, "bold"), cell(*shown, full=full))
    return comparison


def _images(context: RemoteExecutionContext) -> dict[str, Entity]:
    """The images that were registered, by when they are of and their names."""
    times = (("before", context.pre_entity_images), ("after", context.post_entity_images))
    return {
        f"{when}: {name}": image
        for when, images in times
        for name, image in images.items()
        if image and name != _SERVERS_IMAGE
    }


def _server_name(context: RemoteExecutionContext) -> str:
    """The row's primary name, as the server adds it to asynchronous steps."""
    image = context.post_image(_SERVERS_IMAGE) or context.pre_image(_SERVERS_IMAGE)
    record = record_of(context)
    names = [value for value in image.attributes.values() if value != str(image.id)] if image else []
    return f" {names[0]}" if len(names) == 1 and record and not record.name else ""


def _compared_images(images: dict[str, Entity], *, full: bool) -> Comparison:
    comparison = Comparison("column", *images, indent=2)
    for column in dict.fromkeys(column for image in images.values() for column in image):
        comparison.add(text(column, "bold"), *(_held(image, column, full=full) for image in images.values()))
    return comparison


def _held(image: Entity, column: str, *, full: bool) -> Text:
    return cell(image[column], image.formatted(column), full=full) if column in image else Text("absent", "dim italic")


def _ancestry(context: RemoteExecutionContext) -> Tree:
    """From what all began with down to this event."""
    tree = branch = Tree(Text("caused by", "bold blue"))
    for parent in reversed(context.parents):
        about = record_of(parent)
        record = f" {about.id}" if about else ""
        branch = branch.add(text(f"{_event(parent)}{record}, {_step(parent)}"))
    branch.add(Text("this event", "italic"))
    return tree
