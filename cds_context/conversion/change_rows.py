"""The changes of a context as flat rows, for tables, data frames and files.

The page "Plain data" describes the columns. A question on which `changes` raises is answered here: a bulk message has
rows for each of its targets, and several images count as one, because all show the same row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypedDict, cast

from msgspec import UNSET

from ..errors import AmbiguousImageError, ArgumentError, ArgumentTypeError
from ..event.changes import Change, Changes, ChangeStatus
from ..event.context import RemoteExecutionContext
from ..event.snapshots import Source, lay, part_of
from ..model.rows import NIL, Entity, EntityReference
from .plain import to_plain


class ChangeRow(TypedDict):
    """One column of one row, before and after."""

    event_id: str
    """The `idempotency_key` of the event: equal for repetitions of one delivery."""
    moment: str
    """`operation_created_on_utc`, in ISO 8601."""
    message: str | None
    """What happened: Create, Update, Assign, …"""
    table: str | None
    """The table of the row."""
    record_id: str | None
    """The row's id; None if the event does not tell it."""
    column: str
    """The column's logical name."""
    status: str
    """`changed`, `unchanged` or `unknown`, as in `ChangeStatus`."""
    submitted: bool
    """Whether the message writes the column."""
    kind: str | None
    """The type of the new value, else of the old one: `str`, `Money`, `list[OptionSetValue]`; None if both are null."""
    old: str | None
    """The value before, as text; None if it is null or unknown."""
    new: str | None
    """The value after, as text; None if it is null or unknown."""
    old_label: str | None
    """The text that a user would see for `old`."""
    new_label: str | None
    """The text that a user would see for `new`."""
    old_known: bool
    """Whether the context tells the value before; then None in `old` is null."""
    new_known: bool
    """Whether the context tells the value after."""


def change_rows(
    context: RemoteExecutionContext,
    *,
    status: str | Iterable[str] | None = None,
    columns: str | Iterable[str] | None = None,
) -> list[ChangeRow]:
    """A row for each column in `changes().columns`, for each record of the event; none if no column was submitted.

    Every row has all columns, in one order. Values are the plain form as text: a lookup is its id (or JSON, if an
    alternate key names it), a choice its number, an amount its digits, yes `true`, a list or a row JSON.

    `status` and `columns` keep the rows with one of these statuses, and of these columns; each is one name or several.
    A column of which the event says nothing gives no row: no event names all columns of its table, so that a misspelt
    column looks like one that was not submitted.

    Raises TruncatedContextError and ParameterError as `require_complete` does, UnknownMomentError as
    `operation_created_on_utc` does, and ArgumentError for a status that no change has and for text that is no logical
    name of a column, such as `First Name` or `name,fax`.
    """
    statuses, wanted = statuses_of(status, "status"), columns_of(columns)
    rows: list[ChangeRow] = []
    for record, changes in changes_by_record(context):
        about = _about(context, record)
        for column, change in changes.columns.items():
            if (statuses is None or change.status in statuses) and (wanted is None or column in wanted):
                rows.append(cast("ChangeRow", {**about, **_row(change)}))
    return rows


def names_of(names: str | Iterable[str] | None, parameter: str) -> set[str] | None:
    """One name or several, as a set; None for None. Raises ArgumentTypeError for what is no text."""
    if names is None:
        return None
    found: list[Any] = [names] if isinstance(names, str) else [*names]
    for name in found:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"expected str in `{parameter}`, found {type(name).__name__}")
    return {*found}


def statuses_of(names: str | Iterable[str] | None, parameter: str) -> set[str] | None:
    """As `names_of`. Raises ArgumentError for a status that no change has."""
    statuses = names_of(names, parameter)
    if statuses and not statuses <= {*ChangeStatus}:
        raise ArgumentError(f"a status is one of {', '.join(ChangeStatus)}")
    return statuses


def columns_of(names: str | Iterable[str] | None) -> set[str] | None:
    """As `names_of`. Raises ArgumentError for text that is no logical name of a column."""
    columns = names_of(names, "columns")
    if columns and not all(map(_is_logical_name, columns)):
        raise ArgumentError("a column is given by its logical name: lower-case letters, digits and underscores")
    return columns


_is_logical_name = re.compile("[a-z_][a-z0-9_]*").fullmatch


def changes_by_record(context: RemoteExecutionContext) -> Iterator[tuple[EntityReference | None, Changes]]:
    """Each record of an event with its changes; errors as in `change_rows`."""
    context.require_complete()
    targets = context.targets
    if len(targets) > 1:
        for target, record in zip(targets, context.records, strict=True):
            yield record, context.changes(target=target)
    else:
        yield context.record, context.changes(merge_images(context.pre_image), merge_images(context.post_image))


def merge_images(find: Callable[[str | None], Entity | None]) -> Entity | None:
    """All columns of the registered images, as one row, in which no label stands beside another image's value."""
    try:
        return find(None)
    except AmbiguousImageError as several:
        images = [image for name in several.names if (image := find(name))]
    return lay(images[0].reference, [part_of(Source.PRE_IMAGE, image) for image in images])


def _about(context: RemoteExecutionContext, record: EntityReference | None) -> dict[str, Any]:
    table = record.logical_name if record else context.primary_entity_name
    return {
        "event_id": context.idempotency_key,
        "moment": to_plain(context.operation_created_on_utc, mode="json"),
        "message": to_plain(context.message_name, mode="json"),
        "table": to_plain(table, mode="json"),
        "record_id": str(record.id) if record and record.id != NIL else None,
    }


def _row(change: Change) -> dict[str, Any]:
    return {
        "column": to_plain(change.column, mode="json"),
        "status": str(change.status),
        "submitted": change.submitted,
        "kind": kind_of(change.new) or kind_of(change.old),
        "old": text_of(change.old),
        "new": text_of(change.new),
        "old_label": to_plain(change.old_label, mode="json"),
        "new_label": to_plain(change.new_label, mode="json"),
        "old_known": change.old is not UNSET,
        "new_known": change.new is not UNSET,
    }


def kind_of(value: Any) -> str | None:
    """The type of a value, as in `ChangeRow.kind`."""
    if value is None or value is UNSET:
        return None
    items: list[Any] = value if value.__class__ is list else []
    kinds = {type(item).__name__ for item in items}
    return f"list[{kinds.pop()}]" if len(kinds) == 1 else type(value).__name__


def text_of(value: Any) -> str | None:
    """A value as text, as in `ChangeRow.new`."""
    if isinstance(value, EntityReference) and value.id != NIL:
        return str(value.id)
    plain: Any = to_plain(value, mode="json")
    return plain if plain is None or isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
