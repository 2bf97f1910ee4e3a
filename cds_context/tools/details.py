"""All that the page shows of one post, as texts. Knows no HTML and no network."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cds_context import (
    AmbiguousImageError,
    Change,
    ChangeStatus,
    DecodeError,
    Entity,
    EntityReference,
    RemoteExecutionContext,
)

from .posts import Post
from .spelling import Line, lines, moment, row, size, spell


class ChangeLine(Struct, frozen=True):
    """One submitted column."""

    column: str
    old: str
    old_label: str
    new: str
    new_label: str
    status: ChangeStatus


class ChangeTable(Struct, frozen=True):
    """What was submitted for one row."""

    record: str
    """Which row, where there are several."""
    lines: list[ChangeLine]


class Section(Struct, frozen=True):
    """Values under a title."""

    title: str
    lines: list[Line]


class Detail(Struct, frozen=True, kw_only=True):
    """One post."""

    post: Post
    facts: list[tuple[str, str]] = []
    is_truncated: bool = False
    changes: list[ChangeTable] = []
    images: list[Section] = []
    parameters: list[Section] = []
    causes: list[str] = []
    """The operations that led to this one, the first of all first."""
    document: str
    """The body, indented if it is JSON."""


def detail_of(post: Post) -> Detail:
    """What there is to show of a post; what is no event has its document only."""
    try:
        context = post.context
    except DecodeError:
        return Detail(post=post, document=_document(post.body))
    return Detail(
        post=post,
        facts=_facts(post, context),
        is_truncated=context.is_truncated,
        changes=_changes(context),
        images=_images(context),
        parameters=_parameters(context),
        causes=[_cause(parent) for parent in reversed(context.parents)],
        document=_document(post.body),
    )


def _document(body: bytes) -> str:
    try:
        body = msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        pass
    return body.decode("utf-8", "replace")


def _facts(post: Post, context: RemoteExecutionContext) -> list[tuple[str, str]]:
    record, step = context.record, context.owning_extension
    mode, stage = (code.name.replace("_", "-").lower() for code in (context.mode, context.stage))
    who = post.summary.who if post.summary else ""
    facts = {
        "record": row(record) if record else "",
        "user": who if who and not str(context.initiating_user_id).startswith(who) else "",
        "user id": str(context.initiating_user_id),
        "runs as": str(context.user_id) if context.user_id != context.initiating_user_id else "",
        "step": f"{mode}, stage {int(context.stage)} {stage}, depth {context.depth}",
        "registered as": row(step) if step else "",
        "happened": moment(context.operation_created_on_utc),
        "received": moment(post.received_on),
        "environment": context.organization_name or "",
        "operation": str(context.operation_id),
        "correlation": str(context.correlation_id),
        "size": f"{len(post.body):,} bytes" if len(post.body) < 1000 else f"{size(len(post.body))}",
    }
    return [(name, text) for name, text in facts.items() if text]


def _changes(context: RemoteExecutionContext) -> list[ChangeTable]:
    if context.is_truncated:
        return []
    targets = context.targets
    if len(targets) > 1:
        tables = [_table(context, target, row(_reference(target))) for target in targets]
    else:
        tables = [_table(context, None, "")]
    return [table for table in tables if table.lines]


def _reference(target: Entity | EntityReference) -> EntityReference:
    return target.reference if isinstance(target, Entity) else target


def _table(context: RemoteExecutionContext, target: Entity | EntityReference | None, record: str) -> ChangeTable:
    before = _before(context)
    changes = context.changes(before, target=target).submitted.values()
    after = [*context.post_entity_images.values(), *([target] if target else context.targets)]
    return ChangeTable(record, [_line(change, [before], after) for change in changes])


def _before(context: RemoteExecutionContext) -> Entity | None:
    """The row before, of all images that were registered: they show the same row."""
    try:
        return context.pre_image()
    except AmbiguousImageError as error:
        images = [context.pre_entity_images[name] for name in error.names]
        columns = {column: image[column] for image in images if image for column in image}
        labels = {column: text for image in images if image for column, text in image.formatted_values.items()}
        return Entity(context.primary_entity_name, context.primary_entity_id, columns, formatted_values=labels)


def _line(change: Change, before: list[Entity | None], after: list[Entity | EntityReference | None]) -> ChangeLine:
    return ChangeLine(
        change.column,
        spell(change.old),
        _label(change.column, change.old, before),
        spell(change.new),
        _label(change.column, change.new, after),
        change.status,
    )


def _label(column: str, value: object, where: list[Entity | None] | list[Entity | EntityReference | None]) -> str:
    """What the server says of a value, in one of the rows that hold that very value."""
    for each in where:
        if isinstance(each, Entity) and each.get(column) == value:
            text = each.formatted_values.get(column)
            if text and text != spell(value):
                return text
    return ""


def _images(context: RemoteExecutionContext) -> list[Section]:
    sections: list[Section] = []
    for title, images in (("Before", context.pre_entity_images), ("After", context.post_entity_images)):
        for name, image in images.items():
            held = lines(image.attributes.items(), image.formatted_values) if image else []
            sections.append(Section(f"{title} · {name}", held))
    return sections


def _parameters(context: RemoteExecutionContext) -> list[Section]:
    named = (
        ("Input parameters", context.input_parameters),
        ("Output parameters", context.output_parameters),
        ("Shared variables", context.shared_variables),
        ("Unknown members", context.unknown_members),
    )
    return [Section(title, lines(parameters.items())) for title, parameters in named if parameters]


def _cause(context: RemoteExecutionContext) -> str:
    record = context.record
    about = row(record) if record else context.primary_entity_name or ""
    return f"{context.message_name} · {about} · stage {int(context.stage)}, depth {context.depth}"


