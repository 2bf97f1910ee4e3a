"""All that the page shows of one post, as texts, and no more of it than people read.

Knows no HTML and no network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from enum import IntEnum
from itertools import accumulate
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cds_context import (
    Change,
    ChangeStatus,
    Entity,
    EntityCollection,
    EntityReference,
    Finding,
    ParameterError,
    RemoteExecutionContext,
    Report,
    TruncatedContextError,
    encode_context,
    validate,
)

from ..display.changes import changes_by_row
from ..display.facts import causes, facts, images, sections, when
from ..display.summaries import Summary, summarize
from ..display.values import cell, moment, row
from ..wire.formats import Format, format_of
from .inbox import Post

_LINES = 3_000
"""Lines of one post that are shown; what a server posts has some hundreds."""
_FINDINGS = 100
_BLANKS = 4 * 1024 * 1024
"""Blanks with which a body is indented at most; none that a server posts takes a tenth of it."""
_STRING = re.compile(rb'"[^"]*"?')


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
    summary: Summary | None = None
    """None for what is no event."""
    title: str = "Not an event"
    """What stands there instead of a summary."""
    problem: str = ""
    """Why it was refused, or is not shown, unless the findings say it."""
    meta: list[str] = []
    """What one wants to know first: how the step runs, when it happened, who did it."""
    facts: list[tuple[str, str]] = []
    is_truncated: bool = False
    is_repaired: bool = False
    """Whether the server garbled the text, which is shown as it was meant."""
    findings: list[Finding] = []
    """The first hundred."""
    found: int = 0
    """How many findings there are."""
    changes: list[ChangeTable] = []
    images: list[Section] = []
    parameters: list[Section] = []
    causes: list[str] = []
    """The operations that led to this one, the first of all first."""
    is_cut: bool = False
    """Whether there is more than is shown."""
    document: str = ""
    """The body, indented if it is JSON. For .NET Binary, which is no text, the event's JSON."""


def detail_of(post: Post) -> Detail:
    """What there is to show of a post; what is no event has its document only."""
    if not post.body:
        return Detail(post=post, problem=post.problem)
    report = validate(post.body)
    budget = Budget(_LINES)
    plain = Detail(
        post=post,
        # What is seen first has the first claim on the budget.
        findings=[_finding(finding) for finding in budget.fill(report.findings[:_FINDINGS])],
        found=len(report.findings),
        document=_document(_text(post.body, report)),
    )
    context, is_repaired = as_meant(post.body, report)
    return plain if context is None else replace(_of_event(plain, context, budget), is_repaired=is_repaired)


def as_meant(body: bytes, report: Report) -> tuple[RemoteExecutionContext | None, bool]:
    """The context, and whether it is read anew because the server garbled its text; None for what is no event."""
    if any(finding.code == "CDS202" for finding in report.findings):
        return validate(body, repair_text=True).context or report.context, True
    return report.context, False


def _of_event(plain: Detail, context: RemoteExecutionContext, budget: Budget) -> Detail:
    summary = summarize(context)
    detail = replace(
        plain,
        summary=summary,
        meta=_meta(summary, context),
        facts=[(label, abridge(text)) for label, text in _facts(plain.post, context)],
        is_truncated=context.is_truncated,
        changes=list(_changes(context, budget)),
        images=list(budget.fill(_images(context, budget))),
        parameters=_parameters(context, budget),
        causes=[abridge(cause) for cause in causes(context)],
    )
    return replace(detail, is_cut=budget.is_too_small)


def _finding(finding: Finding) -> Finding:
    path = finding.path and abridge(finding.path)
    return replace(finding, message=abridge(finding.message), path=path)


def _text(body: bytes, report: Report) -> bytes:
    if report.context is not None and format_of(body) is Format.BINARY:
        return encode_context(report.context)
    return body


def _document(body: bytes) -> str:
    if _indentation(body) <= _BLANKS:
        with suppress(msgspec.DecodeError, RecursionError):
            body = msgspec.json.format(body, indent=2)
    return body.decode("utf-8", "replace")


def _indentation(body: bytes) -> int:
    """How many blanks no indented form has more than: many values at the bottom of deep brackets take much space."""
    # Without escapes first: the pattern then needs no memory for a text that does not end.
    bare = _STRING.sub(b"", body.replace(rb"\\", b"").replace(rb"\"", b""))
    steps = (1 if char in b"[{" else -1 for char in bare if char in b"[]{}")
    breaks = sum(map(bare.count, (b",", b"[", b"]", b"{", b"}")))
    return 2 * max(accumulate(steps), default=0) * breaks


def _meta(summary: Summary, context: RemoteExecutionContext) -> list[str]:
    step = f"{_name(context.mode)}, stage {int(context.stage)}"
    return [
        step,
        when(context),
        f"by {summary.who}",
        abridge(context.organization_name or ""),
    ]


def _name(code: IntEnum) -> str:
    return code.name.replace("_", "-").lower()


def _facts(post: Post, context: RemoteExecutionContext) -> list[tuple[str, str]]:
    return [*facts(context), ("received", moment(post.received_on))]


def _changes(context: RemoteExecutionContext, budget: Budget) -> Iterator[ChangeTable]:
    try:
        found = [each for each in changes_by_row(context) if each.changes]
    except (TruncatedContextError, ParameterError):
        return  # a finding says so
    for each in budget.fill(found):
        record = "" if len(found) == 1 or each.record is None else abridge(row(each.record))
        yield ChangeTable(record, list(budget.fill(map(_line, each.changes))))


def _line(change: Change) -> ChangeLine:
    old, new = spell(change.old, change.old_label), spell(change.new, change.new_label)
    return ChangeLine(abridge(change.column), *old, *new, change.status)


def _images(context: RemoteExecutionContext, budget: Budget) -> Iterator[Section]:
    for title, image in images(context).items():
        yield Section(abridge(title), lines(image.attributes.items(), image.formatted_values, budget=budget))


def _parameters(context: RemoteExecutionContext, budget: Budget) -> list[Section]:
    return [Section(title, lines(items.items(), budget=budget)) for title, items in sections(context)]


_DEEPEST = 4
"""Levels below the first; what is further down is part of one line."""
_LONG = 2_000
"""Characters after which a text is cut."""
_ROWS = frozenset({Entity, EntityReference})

T = TypeVar("T")


class Budget:
    """How much more is shown, whatever a body holds."""

    def __init__(self, left: int) -> None:
        self._left = left
        self.is_too_small: bool = False
        """Whether something was left out."""

    def fill(self, items: Iterable[T]) -> Iterator[T]:
        """As many of the items as the budget allows; the others are not even made."""
        for item in items:
            if not self._left:
                self.is_too_small = True
                return
            self._left -= 1
            yield item


class Line(Struct, frozen=True):
    """One value."""

    level: int
    name: str
    text: str
    label: str = ""
    """What a user sees in the place of the value, if that is something else."""


def lines(
    items: Iterable[tuple[str, Any]], labels: Mapping[str, str | None] | None = None, *, budget: Budget
) -> list[Line]:
    """The values and all that is in them, from the top down."""
    found = (line for name, value in items for line in _lines(name, value, (labels or {}).get(name), 0))
    return list(budget.fill(found))


def spell(value: Any, label: str | None = None) -> tuple[str, str]:
    """One value as one text, and its label if that says something else."""
    text = cell(value, full=True).plain
    is_news = label is not None and cell(value, label, full=True).plain != text
    return abridge(text), abridge(label) if label is not None and is_news else ""


def abridge(text: str) -> str:
    """No more of a text than people read."""
    return text if len(text) <= _LONG else f"{text[:_LONG]}… {len(text):,} characters"


def _lines(name: str, value: Any, label: str | None, level: int) -> Iterator[Line]:
    text, said = spell(value, label)
    inner: list[tuple[str, Any, str | None]] = []
    if level < _DEEPEST:
        text, inner = _opened(value) or (text, inner)
    yield Line(level, abridge(name), text, said)
    for inner_name, inner_value, inner_label in inner:
        yield from _lines(inner_name, inner_value, inner_label, level + 1)


def _opened(value: Any) -> tuple[str, list[tuple[str, Any, str | None]]] | None:
    """What to say of a value that has others in it, and these."""
    match value:
        case Entity():
            return row(value), [(column, value[column], value.formatted_values.get(column)) for column in value]
        case EntityCollection():
            return _opened(value.entities)
        case [*items] if not _ROWS.isdisjoint(map(type, items)):
            return _count(len(items)), [(str(number), item, None) for number, item in enumerate(items, 1)]
        case _:
            return None


def _count(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
