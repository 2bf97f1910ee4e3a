"""Findings of a validation as text and as plain data. Finds none itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import asdict
from rich.console import RenderableType
from rich.text import Text

from cds_context import Finding, Severity

from .terminal import text
from .wrapping import Hanging

STYLES = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


def as_text(findings: Iterable[Finding]) -> Iterator[RenderableType]:
    """For each finding what and where, and under it what to do."""
    for finding in findings:
        severity = (str(finding.severity), STYLES[finding.severity])
        what = text(f": {finding.message}, at {finding.line}:{finding.column} {finding.path}")
        yield Hanging(Text.assemble(f"{finding.code} ", severity, what), "  ")
        yield Hanging(text(finding.advice, "dim"), "    ")


def as_plain(finding: Finding) -> dict[str, Any]:
    """The members of a finding, for JSON."""
    return {**asdict(finding), "severity": str(finding.severity)}
