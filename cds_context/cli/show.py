"""The command `show`: a context as a person wants to see it, from the event down to its parents.

Submitted columns are in three tables, the most wanted first: changed, unknown, unchanged. A side with the same text in
every row is left out, such as `old` without a pre-image. Values with inner values, such as rows and lists, are
branches of a tree; a value that is one piece of text is a leaf, laid out by `display.values`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import typer
from msgspec import UNSET, Struct
from rich.console import RenderableType
from rich.text import Text

from cds_context import (
    Change,
    ChangeStatus,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    ParameterError,
    RemoteExecutionContext,
    UnknownValue,
    Value,
    redact,
    to_plain,
    validate,
)

from ..display.changes import changes_by_row, targets_of
from ..display.facts import causes, facts, images, sections, title
from ..display.values import cell, row
from ..display.visible import text
from .findings import as_text
from .inputs import Input
from .layout import Comparison, Tree
from .options import Files, Repair, for_each
from .terminal import Screen


def show(
    files: Files = None,
    *,
    hide: Annotated[
        bool, typer.Option("--redact", help="Other words, ids, numbers and dates in place of content.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Do not cut long texts.")] = False,
    repair: Repair = False,
) -> None:
    """Show bodies to a person: the event, who and when, what changed, images, parameters, parents, findings.

    Colour and width are the terminal's; what goes to a file or a pipe is plain text.

    For example:

        cds-context show update
        cds-context show body.json
        cds-context show --redact captured/ | less
        kubectl logs receiver | cds-context show -
    """
    screen = Screen()

    def one(given: Input, context: RemoteExecutionContext) -> None:
        found = validate(given.body, repair_text=repair).findings
        screen.show(text(given.name, "reverse"), *view(redact(context) if hide else context, full=full))
        if found:
            screen.show(Text("findings", "bold blue"), *as_text(found))
        screen.show(Text())

    for_each(files, one, screen, repair=repair)


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
        named = [*registered.items()]
        for start in range(0, len(named), _ABREAST):
            yield _compared_images(dict(named[start : start + _ABREAST]), full=full)
    branches = Branches(frozenset(id(target) for target in targets_of(context) if isinstance(target, Entity)), full)
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
        found = list(changes_by_row(context))
    except ParameterError as error:
        yield text(f"what was submitted cannot be told: {error}", "bold red")
        return
    for each in found:
        about = f" in {row(each.record)}" if len(found) > 1 and each.record else ""
        for status, style in _STATUSES.items():
            if changes := [change for change in each.changes if change.status is status]:
                yield text(f"{status}{about}{_reason(changes)}", style)
                yield (
                    _unchanged(changes, full=full) if status is ChangeStatus.UNCHANGED else _changed(changes, full=full)
                )


def _reason(changes: list[Change]) -> str:
    """The reason for which all of these columns are unknown, if there is only one."""
    untold = (side for side in _SIDES if all(getattr(change, side) is UNSET for change in changes))
    return "".join(f": the {side} value is not told" for side in [*untold][:1])


def _changed(changes: list[Change], *, full: bool) -> Comparison:
    sides = [side for side in _SIDES if any(_says(change, side) for change in changes)]
    comparison = Comparison("column", *sides, indent=2)
    for change in changes:
        values = (cell(getattr(change, side), getattr(change, f"{side}_label"), full=full) for side in sides)
        comparison.add(text(change.column, "bold"), *values)
    return comparison


_SIDES = ("old", "new")


def _says(change: Change, side: str) -> bool:
    """Whether a side tells something: a new row was null before, which need not be said in every row of a table."""
    return getattr(change, side) is not UNSET and not (side == "old" and change.old is None)


def _unchanged(changes: list[Change], *, full: bool) -> Comparison:
    comparison = Comparison("column", "value", indent=2)
    for change in changes:
        # The two sides are one value, and what is told of one side is told of the other.
        comparison.add(text(change.column, "bold"), cell(change.new, change.new_label, full=full))
    return comparison


_ABREAST = 8
"""Images in one table: in a table of all of many images, nearly every place would say that a column is absent."""


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


_DEEPEST = 8
"""The most levels of a tree; a value below them is one leaf."""

_Item: TypeAlias = tuple[str, Any, str | None]
"""A name, a value, its label."""


class Branches(Struct, frozen=True):
    """The options for turning values into trees."""

    told: Container[int] = ()
    """The ids, in this process, of rows whose columns are shown before the trees."""
    full: bool = False
    """Long texts are not cut."""

    def tree(self, title: str, items: Mapping[str, Value]) -> Tree:
        """A tree with a branch for each item."""
        return Tree(
            Text(title, "bold blue"),
            lambda: (self._branch(name, value, None, 1) for name, value in items.items()),
        )

    def _branch(self, name: str, value: Any, label: str | None, level: int) -> Tree:
        line = Text.assemble(text(name, "bold"), ": ")
        if level == _DEEPEST or not _has_branches(value):
            return Tree(line.append_text(cell(value, label, full=self.full)))
        if id(value) in self.told:
            return Tree(line.append_text(text(f"{row(value)}, see above")))
        return Tree(
            line.append_text(text(_heading(value))),
            lambda: (self._branch(*inner, level + 1) for inner in _inside(value)),
        )


def _has_branches(value: Value) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, list) or _has_branches(item) for item in value)
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, Struct) and not isinstance(value, EntityReference | Money | OptionSetValue)


def _heading(value: Value) -> str:
    match value:
        case Entity():
            return row(value)
        case EntityCollection():
            return _heading([*value.entities])
        case list():
            return f"{len(value):,}"
        case UnknownValue():
            return value.type_name
        case dict():
            return ""
        case _:
            return type(value).__name__


def _inside(value: Value) -> Iterator[_Item]:
    match value:
        case Entity():
            yield from ((column, held, value.formatted(column)) for column, held in value.attributes.items())
            yield from ((str(key.schema_name), rows, None) for key, rows in value.related_entities.items())
        case EntityCollection():
            yield from _inside([*value.entities])
        case list():
            yield from ((str(index), item, None) for index, item in enumerate(value))
        case UnknownValue():
            yield from _inside(value.members)
        case dict():
            yield from ((name, item, None) for name, item in value.items())
        case _:
            names = (name for name in to_plain(value) if name != "__type")  # plain data leaves defaults out
            yield from ((name, getattr(value, name), None) for name in names)
