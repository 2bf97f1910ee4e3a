"""The command `send`: options, files and printing; `tools.sending` does the work.

Only the extra `cli` is needed: the client is loaded when the command runs.
"""

from __future__ import annotations

import fnmatch
import glob
from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cds_context import ArgumentError, DecodeError, RemoteExecutionContext, tools
from cds_context.testing import examples

from ..display.visible import text
from ..tools.outcomes import PATIENCE, Outcome, SendReport, Sent
from ..wire.formats import Format, format_of
from .inputs import origins, read
from .options import HttpHeader, Query, WebhookKey, complain, faults, once, pairs_of, parse
from .signals import at_once, interrupted_once
from .terminal import Screen

_INTERRUPTED = 130
_STYLES = {Outcome.SUCCESS: "green", Outcome.FAILED_JOB: "red", Outcome.ROLLED_BACK: "red"}


def send(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Files, folders, or names of shipped examples: update, 'update*', '*'."),
    ],
    url: Annotated[str, typer.Argument(metavar="URL", help="The endpoint: http or https.")],
    *,
    webhook_key: WebhookKey = None,
    http_header: HttpHeader = None,
    query: Query = None,
    repeat: Annotated[int, typer.Option(min=1, help="Send everything so many times.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="So many at a time.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="No more than so many a second.")] = None,
    delay: Annotated[float, typer.Option(min=0, help="Hold each back for a random time up to so many seconds.")] = 0,
    fresh_ids: Annotated[bool, typer.Option("--fresh-ids", help="New ids for each: none repeats another.")] = False,
    truncate: Annotated[bool, typer.Option("--truncate", help="Cut each as a server does past 256 KB.")] = False,
    garble: Annotated[bool, typer.Option("--garble", help="Garble text as some servers do.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for an answer.")] = PATIENCE,
) -> None:
    """Post events to an endpoint as Dataverse does, and tell what it would make of the answers.

    Ends with 0 if all of them were a success, with 1 if not.

    For example:

        cds-context send update http://localhost:7071/api/hook
        cds-context send captured/ https://example.com/hook --rate 5
    """
    screen = Screen()
    sent: list[Sent] = []
    start = perf_counter()
    with faults(screen), at_once():
        post = tools.send  # which loads the client
        events = list(_events(once(sources), screen))
        if not events:
            raise ArgumentError("there is nothing to send")
        with screen.progress(lambda: len(events) * repeat) as step:

            def take(each: Sent) -> None:
                sent.append(each)
                step()

            try:
                with interrupted_once():
                    report = post(
                        [event for _, event in events],
                        url,
                        webhook_key=webhook_key,
                        http_headers=pairs_of(http_header),
                        query=pairs_of(query),
                        repeat=repeat,
                        concurrency=concurrency,
                        rate=rate,
                        delay=delay,
                        fresh_ids=fresh_ids,
                        truncate=truncate,
                        garble=garble,
                        timeout=timeout,
                        on_sent=take,
                    )
            except KeyboardInterrupt:
                report = None
    names = [name for name, _ in events]
    screen.show(*_summary(report or SendReport(sent=tuple(sent), seconds=perf_counter() - start), names))
    if report is None:
        screen.complain("interrupted", f"after {len(sent):,} of {len(events) * repeat:,}")
        raise typer.Exit(_INTERRUPTED)
    raise typer.Exit(0 if report else 1)


def _events(sources: list[str], screen: Screen) -> Iterator[tuple[str, RemoteExecutionContext]]:
    """The named events, each with its name. Raises Exit for a missing file, or a body that is no event."""
    for given in (given for origin in origins(_named(sources)) for given in read(origin)):
        try:
            context = parse(given, repair=False)  # numbers stay exact, so the same bytes are sent
        except DecodeError as error:
            complain(given, error, screen, repair=False)
            raise typer.Exit(2) from None
        form = format_of(given.body)
        if form is not Format.JSON:
            said = f": {form.value}, which no webhook gets: posted as the JSON of the event"
            screen.tell(Text.assemble(text(given.name, "bold"), said))
        yield given.name, context


def _named(sources: list[str]) -> Iterator[str]:
    """The same sources, with patterns replaced by the shipped examples that match."""
    for source in sources:
        if "://" in source:  # which can hold a key, and so is not said again
            raise ArgumentError("one address is given, after all that is sent to it")
        names = fnmatch.filter(examples(), source) if glob.has_magic(source) else []
        yield from names or [source]


def _summary(report: SendReport, names: list[str]) -> Iterator[Table | Text]:
    """A line for each failed answer to each event, then the totals."""
    failures: dict[tuple[int, str, Outcome], int] = {}
    for each in report.sent:
        if each.outcome is not Outcome.SUCCESS:
            said = each.problem or _answered(each.status or 0)
            key = (each.event, f"{said}, twice" if each.attempts == 2 else said, each.outcome)
            failures[key] = failures.get(key, 0) + 1
    for (event, said, outcome), count in failures.items():
        times = f" {count:,} times" if count > 1 else ""
        yield Text.assemble(text(f"{names[event]}: {said}{times}: "), (str(outcome), _STYLES[outcome]))
    yield _totals(report)


def _answered(status: int) -> str:
    return f"answered {status}{', which no server follows' if 300 <= status < 400 else ''}"


def _statuses(report: SendReport, outcome: Outcome) -> str:
    """The statuses of the last answers with this outcome, each counted if there are several."""
    said = ("no answer" if each.status is None else str(each.status) for each in report.sent if each.outcome is outcome)
    counts = Counter(said).most_common()
    return ", ".join(status if len(counts) == 1 else f"{status}: {count:,}" for status, count in counts)


def _totals(report: SendReport) -> Table:
    grid = Table.grid(padding=(0, 2))
    for outcome, count in report.outcomes.items():
        statuses = f" ({_statuses(report, outcome)})"
        grid.add_row(str(outcome), Text.assemble((f"{count:,}", _STYLES[outcome]), statuses))
    if report.retries:
        grid.add_row("retries", f"{report.retries:,}")
    rate = len(report.sent) / report.seconds if report.seconds else 0.0
    grid.add_row("time", f"{report.seconds:.2f} s, {rate:,.0f} a second")
    parts = (("median", 0.5), ("95 %", 0.95), ("slowest", 1.0))
    grid.add_row("latency", ", ".join(f"{name} {report.latency(share) * 1000:,.0f} ms" for name, share in parts))
    return grid
