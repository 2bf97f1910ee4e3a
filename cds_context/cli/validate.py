"""The command `validate`."""

from __future__ import annotations

import json
from collections import Counter
from enum import Enum
from typing import Annotated

import typer
from rich.text import Text

from cds_context import Report, Severity, validate

from .findings import KINDS, as_plain, kind, verdict
from .inputs import Input, origins, read
from .options import Files, Json, Repair, named
from .terminal import Screen


class Level(str, Enum):
    """A severity, as it is typed."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def validate_(
    files: Files = None,
    *,
    at_least: Annotated[
        Level, typer.Option(help="The least severity that makes the command end with 1.")
    ] = Level.ERROR,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Leave out bodies without findings.")] = False,
    as_json: Json = False,
    repair: Repair = False,
) -> None:
    """Say of each body whether it can be read, is whole, and is as a server wrote it.

    Ends with 1 on errors, or on findings of a lower severity if that is asked for.

    For example:

        cds-context validate captured/
        cds-context validate --at-least warning --quiet 'fixtures/**/*.json'
        cds-context validate --json captured/ | jq -r 'select(.ok | not).file'
    """
    screen = Screen()
    least = Severity[at_least.name]
    totals: Counter[str] = Counter()
    failed = False
    wanted = named(files)
    with screen.progress(lambda: sum(1 for _ in origins(wanted))) as step:
        for origin in origins(wanted):
            for given in read(origin):
                report = None if given.problem else validate(given.body, repair_text=repair)
                failed = failed or report is None or bool(report.at_least(least))
                totals[kind(report)] += 1
                if as_json:
                    screen.write(_json(given, report))
                elif not quiet or kind(report) != "ok":
                    screen.show(*verdict(given, report))
            step()
    if not as_json:
        screen.show(_sum(totals))
    raise typer.Exit(1 if failed else 0)


def _json(given: Input, report: Report | None) -> bytes:
    findings = [as_plain(finding) for finding in report.findings] if report is not None else []
    verdict = {"file": given.name, "ok": bool(report), "problem": given.problem or None, "findings": findings}
    return json.dumps(verdict).encode()


def _sum(totals: Counter[str]) -> Text:
    said = [Text(f"{totals[word]:,} {word}", KINDS[word]) for word in reversed(KINDS) if totals[word]]
    return Text(", ").join([Text(f"{sum(totals.values()):,} checked", "bold"), *said])
