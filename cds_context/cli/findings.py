"""Findings of a validation as text and as plain data. Finds none itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import asdict
from rich.text import Text

from cds_context import Finding, Severity

from .terminal import text

STYLES = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


def as_text(findings: Iterable[Finding]) -> Text:
    """Two lines for each finding: what and where, and what to do."""
    return Text("\n").join(line for finding in findings for line in _lines(finding))


def _lines(finding: Finding) -> tuple[Text, Text]:
    what = Text.assemble(
        f"  {finding.code} ",
        (str(finding.severity), STYLES[finding.severity]),
        text(f": {finding.message}, at {finding.line}:{finding.column} {finding.path}"),
    )
    return what, text(f"      {finding.advice}", "dim")


def as_plain(finding: Finding) -> dict[str, Any]:
    """The members of a finding, for JSON."""
    return {**asdict(finding), "severity": str(finding.severity)}
