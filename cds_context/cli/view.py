"""A context as a person wants to see it: the event, who and when, what changed, images, parameters, parents.

Objects for rich are made here, and nothing is printed. `display.values`, `trees` and `comparison` lay out the parts.

Submitted columns are in three tables, the most wanted first: changed, unknown, unchanged. A side with the same text in
every row is left out, such as `old` without a pre-image.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET
from rich.console import RenderableType
from rich.text import Text

from cds_context import ChangeStatus, Entity, EntityReference, ParameterError, RemoteExecutionContext

from ..display.changes import Line, sheets, targets_of
from ..display.facts import causes, facts, images, sections, title
from ..display.values import cell, row
from ..display.visible import text
from .branches import Branches
from .comparison import Comparison
from .trees import Tree

_STATUSES = {ChangeStatus.CHANGED: "bold yellow", ChangeStatus.UNKNOWN: "bold blue", ChangeStatus.UNCHANGED: "bold dim"}
"""In the order in which they are shown."""


def view(context: RemoteExecutionContext, *, full: bool = False) -> Iterator[RenderableType]:
    """Everything, from the top down. Long texts are cut, unless `full`."""
    yield text(title(context), "bold")
    yield _head(context)
    if context.is_truncated:
        yield Text("cut by the server for its size: parameters, images or parents are missing", "bold yellow")
    else:
        yield from _changes(context, full=full)
    if registered := images(context):
        yield Text("images", "bold blue")
        yield _compared_images(registered, full=full)
    branches = Branches([target for target in targets_of(context) if isinstance(target, Entity)], full)
    for heading, items in sections(context):
        yield branches.tree(heading, items)
    if context.parents:
        yield _ancestry(context)


def _head(context: RemoteExecutionContext) -> Comparison:
    comparison = Comparison(indent=2)
    for name, said in facts(context):
        comparison.add(Text(name, "dim"), text(said))
    return comparison


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
    """The reason for which all of these columns are unknown, if there is only one."""
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


def _compared_images(images: dict[str, Entity], *, full: bool) -> Comparison:
    comparison = Comparison("column", *images, indent=2)
    for column in dict.fromkeys(column for image in images.values() for column in image):
        comparison.add(text(column, "bold"), *(_held(image, column, full=full) for image in images.values()))
    return comparison


def _held(image: Entity, column: str, *, full: bool) -> Text:
    return cell(image[column], image.formatted(column), full=full) if column in image else Text("absent", "dim italic")


def _ancestry(context: RemoteExecutionContext) -> Tree:
    """The operations, from the first down to this event."""
    tree = branch = Tree(Text("caused by", "bold blue"))
    for cause in causes(context):
        branch = branch.add(text(cause))
    branch.add(Text("this event", "italic"))
    return tree
