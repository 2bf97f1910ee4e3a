"""The findings of a validation, as text and as plain data, with the same words in every command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import asdict
from rich.console import RenderableType
from rich.text import Text

from cds_context import Finding, Report, Severity

from ..display.visible import text
from .inputs import Input
from .layout import Hanging

_STYLES = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}
KINDS = {
    "ok": "green",
    **{str(severity): style for severity, style in _STYLES.items()},
    "unreadable": "bold red",
}
"""The verdicts on a body, one word each, from best to worst, with the style of each word."""


def kind(report: Report | None) -> str:
    """The verdict on a body, in a word; None is the report of a body that could not be opened."""
    return "unreadable" if report is None else "ok" if report.worst is None else str(report.worst)


def verdict(given: Input, report: Report | None) -> Iterator[RenderableType]:
    """The body, the word for it, and its findings under it."""
    word = kind(report)
    why = text(f": {given.problem}" if given.problem else "")
    yield Text.assemble(text(given.name), " ", (word, KINDS[word]), why)
    yield from as_text(() if report is None else report.findings)


def as_text(findings: Iterable[Finding]) -> Iterator[RenderableType]:
    """The text and the place of each finding, with the advice below."""
    for finding in findings:
        severity = (str(finding.severity), _STYLES[finding.severity])
        what = text(f": {finding.message}, at {finding.line}:{finding.column} {finding.path}")
        yield Hanging(Text.assemble(f"{finding.code} ", severity, what), "  ")
        yield Hanging(text(finding.advice, "dim"), "    ")


def as_plain(finding: Finding) -> dict[str, Any]:
    """The members of a finding, for JSON."""
    return {**asdict(finding), "severity": str(finding.severity)}
