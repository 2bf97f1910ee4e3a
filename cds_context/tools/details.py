"""All that the page shows of one post, as texts. Knows no HTML and no network."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import IntEnum
from itertools import accumulate

import msgspec
from msgspec import Struct

from cds_context import Change, ChangeStatus, DecodeError, ParameterError, RemoteExecutionContext, TruncatedContextError

from ..display.changes import Sheet, record_of, sheets
from ..display.facts import causes, facts, images, sections
from ..display.values import moment, row
from .lines import Line, lines, spell
from .posts import Post

_ROOM = 16 * 1024 * 1024
"""Blanks with which a body is indented at most; none that a server posts takes a tenth of it."""
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


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
    meta: list[str] = []
    """What one wants to know first: how the step runs, when it happened, who did it."""
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
        meta=_meta(post, context),
        facts=_facts(post, context),
        is_truncated=context.is_truncated,
        changes=_changes(context),
        images=_images(context),
        parameters=_parameters(context),
        causes=list(causes(context)),
        document=_document(post.body),
    )


def _document(body: bytes) -> str:
    if _indentation(body) <= _ROOM:
        with suppress(msgspec.DecodeError, RecursionError):
            body = msgspec.json.format(body, indent=2)
    return body.decode("utf-8", "replace")


def _indentation(body: bytes) -> int:
    """How many blanks no indented form has more than: many values at the bottom of deep brackets take much room."""
    bare = _STRING.sub(b"", body)
    steps = (1 if char in b"[{" else -1 for char in bare if char in b"[]{}")
    breaks = sum(map(bare.count, (b",", b"[", b"]", b"{", b"}")))
    return 2 * max(accumulate(steps), default=0) * breaks


def _meta(post: Post, context: RemoteExecutionContext) -> list[str]:
    who = post.summary.who if post.summary else ""
    step = f"{_name(context.mode)}, stage {int(context.stage)}"
    return [step, moment(context.operation_created_on_utc), f"by {who}", context.organization_name or ""]


def _name(code: IntEnum) -> str:
    return code.name.replace("_", "-").lower()


def _facts(post: Post, context: RemoteExecutionContext) -> list[tuple[str, str]]:
    return [*facts(context), ("received", moment(post.received_on))]


def _changes(context: RemoteExecutionContext) -> list[ChangeTable]:
    try:
        found = [sheet for sheet in sheets(context) if sheet.lines]
    except (TruncatedContextError, ParameterError):
        return []  # a finding says so
    return [_table(sheet, is_one=len(found) == 1) for sheet in found]


def _table(sheet: Sheet, *, is_one: bool) -> ChangeTable:
    record = "" if is_one or sheet.record is None else row(sheet.record)
    return ChangeTable(record, [_line(line.change, line.old_label, line.new_label) for line in sheet.lines])


def _line(change: Change, old: str | None, new: str | None) -> ChangeLine:
    return ChangeLine(change.column, *spell(change.old, old), *spell(change.new, new), change.status)


def _images(context: RemoteExecutionContext) -> list[Section]:
    return [
        Section(title, lines(image.attributes.items(), image.formatted_values))
        for title, image in images(context).items()
    ]


def _parameters(context: RemoteExecutionContext) -> list[Section]:
    return [Section(title, lines(items.items())) for title, items in sections(context)]


def _cause(context: RemoteExecutionContext) -> str:
    record = record_of(context)
    about = row(record) if record else context.primary_entity_name or ""
    return f"{context.message_name or 'no message'} · {about} · stage {int(context.stage)}, depth {context.depth}"
