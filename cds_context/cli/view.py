"""A context as a person wants to see it: the event, who and when, what changed, images, parameters, parents.

Makes what rich prints, and prints nothing. Cells, trees and the comparison are other rooms'.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cds_context import ChangeStatus, Entity, RemoteExecutionContext

from .branches import Branches
from .cells import cell, moment, row, worded
from .comparison import Comparison
from .sheets import Sheet, sheets
from .terminal import text

_SERVERS_IMAGE = "AsynchronousStepPrimaryName"
"""Holds the row's primary name and id; nobody registered it."""
_STATUSES = {ChangeStatus.CHANGED: "yellow", ChangeStatus.UNCHANGED: "dim", ChangeStatus.UNKNOWN: "blue"}


def view(context: RemoteExecutionContext, *, full: bool = False) -> Iterator[RenderableType]:
    """Everything, from the top down. Long texts are cut, unless `full`."""
    yield text(_event(context), "bold")
    yield Padding(_head(context), (0, 0, 0, 2), expand=False)
    if context.is_truncated:
        yield Text("cut by the server for its size: parameters, images or parents are missing", "bold yellow")
    else:
        yield from _changes(context, full=full)
    if images := _images(context):
        yield Text("images", "bold blue")
        yield _compared_images(images, full=full)
    branches = Branches([target for target in context.targets if isinstance(target, Entity)], full)
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


def _head(context: RemoteExecutionContext) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, said in _facts(context):
        grid.add_row(Text(name, "dim"), text(said))
    return grid


def _facts(context: RemoteExecutionContext) -> Iterator[tuple[str, str]]:
    yield "step", _step(context)
    if context.owning_extension:
        yield "registered as", row(context.owning_extension)
    if context.record:
        yield "record", f"{row(context.record)}{_server_name(context)}"
    elif context.targets:
        yield "records", f"{len(context.targets):,}"
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
    found = list(sheets(context))
    for sheet in found:
        if sheet.lines:
            about = f" of {row(sheet.record)}" if len(found) > 1 and sheet.record else ""
            yield text(f"changes{about}", "bold blue")
            yield _compared(sheet, full=full)


def _compared(sheet: Sheet, *, full: bool) -> Comparison:
    comparison = Comparison("column", "old", "new", remark="status", indent=2)
    for line in sheet.lines:
        change = line.change
        comparison.add(
            text(change.column, "bold"),
            cell(change.old, line.old_label, full=full),
            cell(change.new, line.new_label, full=full),
            remark=Text(change.status, _STATUSES[change.status]),
        )
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
    record = context.record
    names = [value for value in image.attributes.values() if value != str(image.id)] if image else []
    return f" {names[0]}" if len(names) == 1 and record and not record.name else ""


def _compared_images(images: dict[str, Entity], *, full: bool) -> Comparison:
    comparison = Comparison("column", *images, indent=2)
    for column in dict.fromkeys(column for image in images.values() for column in image):
        comparison.add(text(column, "bold"), *(_held(image, column, full=full) for image in images.values()))
    return comparison


def _held(image: Entity, column: str, *, full: bool) -> Text:
    return cell(image[column], image.formatted(column), full=full) if column in image else Text("")


def _ancestry(context: RemoteExecutionContext) -> Tree:
    """From what all began with down to this event."""
    tree = branch = Tree(Text("caused by", "bold blue"), guide_style="dim")
    for parent in reversed(context.parents):
        record = f" {parent.record.id}" if parent.record else ""
        branch = branch.add(text(f"{_event(parent)}{record}, {_step(parent)}"))
    branch.add(Text("this event", "italic"))
    return tree
