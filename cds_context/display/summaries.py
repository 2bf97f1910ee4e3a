"""One event in a line: message, row and user. No transport and no page is known here."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from msgspec import Struct

from cds_context import Entity, EntityReference, Mode, ParameterError, RemoteExecutionContext

_SERVERS_OWN = "AsynchronousStepPrimaryName"
_NAMES = ("fullname", "name", "subject", "title", "topic")
"""What tables mostly call the column of a row's name, which a context does not tell."""
_NIL = UUID(int=0)


class Summary(Struct, frozen=True):
    """One event in a line. Texts that the context lacks are empty; longer ones than 200 characters are cut."""

    message: str
    table: str
    record: str
    """The name of the row, or its id."""
    record_id: str
    who: str
    """The name of the user, or ``user`` and the beginning of the id."""
    mode: str
    stage: int


def summarize(context: RemoteExecutionContext) -> Summary:
    """The line for an event."""
    record = _record(context)
    name = _name(context, record) if record else ""
    return Summary(
        message=cut(context.message_name),
        table=cut(_table(context, record)),
        record=cut(name or (str(record.id) if record else _count(context))),
        record_id=str(record.id) if record else "",
        who=cut(_who(context) or f"user {str(context.initiating_user_id)[:8]}"),
        mode="async" if context.mode == Mode.ASYNCHRONOUS else "sync",
        stage=int(context.stage),
    )


def cut(text: str | None, most: int = 200) -> str:
    """No more of a text than so many characters; nothing of None."""
    if text is None:
        return ""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _record(context: RemoteExecutionContext) -> EntityReference | None:
    try:
        record = context.record
    except ParameterError:
        return None  # a tool rewrote the parameter that names the row
    return record if record and record.id != _NIL else None


def _targets(context: RemoteExecutionContext) -> tuple[Entity | EntityReference, ...]:
    try:
        return context.targets
    except ParameterError:
        return ()


def _table(context: RemoteExecutionContext, record: EntityReference | None) -> str:
    table = context.primary_entity_name
    if table in (None, "", "none"):
        table = record.logical_name if record else None
    return table or ""


def _count(context: RemoteExecutionContext) -> str:
    count = len(_targets(context))
    return f"{count:,} rows" if count > 1 else ""


def _name(context: RemoteExecutionContext, record: EntityReference) -> str:
    """The row's name, from the server's own image, or from a column with a usual name for it."""
    if record.name:
        return record.name
    for row in rows(context):
        if row.id not in (record.id, _NIL) or row.logical_name != record.logical_name:
            continue
        for column in _NAMES:
            if isinstance(name := row.get(column), str) and name:
                return name
    for images in (context.post_entity_images, context.pre_entity_images):
        own = images.get(_SERVERS_OWN)
        if own:
            return next((text for text in own.attributes.values() if isinstance(text, str) and text != str(own.id)), "")
    return ""


def rows(context: RemoteExecutionContext) -> Iterator[Entity]:
    """The rows in a context's parameters and images, the latest first."""
    yield from filter(None, context.post_entity_images.values())
    yield from (target for target in _targets(context) if isinstance(target, Entity))
    yield from filter(None, context.pre_entity_images.values())


def _who(context: RemoteExecutionContext) -> str:
    """The user's name, if a lookup in one of the rows holds it."""
    for row in rows(context):
        for value in row.attributes.values():
            if isinstance(value, EntityReference) and value.id == context.initiating_user_id and value.name:
                return value.name
    return ""
