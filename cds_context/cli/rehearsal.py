"""The commands `send` and `listen`: options, files and printing; `tools` does the work.

Only the extra `cli` is needed: the server and the client are loaded when a command runs.
"""

from __future__ import annotations

import errno
import fnmatch
import glob
import secrets
from collections.abc import Generator, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from time import perf_counter
from typing import Annotated, TypeAlias, cast

import typer
from rich.table import Table
from rich.text import Text

from cds_context import ArgumentError, CdsContextError, DecodeError, RemoteExecutionContext, tools
from cds_context.testing import examples
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from ..display.visible import text
from ..tools.answers import Answers
from ..tools.desk import Desk, or_else
from ..tools.guards import is_loopback
from ..tools.outcomes import PATIENCE, Outcome
from ..tools.posts import Post
from ..tools.questions import Overview
from ..tools.reports import SendReport, Sent
from .inputs import places, read
from .logs import complained
from .options import complain, once, parse
from .signals import Ending, at_once, ended_by_signals, interrupted_once
from .terminal import Screen

_GLANCE = 0.2
"""Seconds between looks for a signal."""
_INTERRUPTED = 130
_OF_THE_OUTPUT = (errno.EPIPE, errno.EBADF)
"""Errors of a standard output that is closed or no longer read: every command ends alike on these."""
_STYLES = {Outcome.SUCCESS: "green", Outcome.FAILED_JOB: "red", Outcome.ROLLED_BACK: "red"}

WebhookKey: TypeAlias = Annotated[
    str | None,
    typer.Option("--webhook-key", envvar="CDS_CONTEXT_WEBHOOK_KEY", metavar="KEY", help="For WebhookKey: `?code=`."),
]
Headers: TypeAlias = Annotated[
    list[str] | None, typer.Option("--header", metavar="NAME=KEY", help="For HttpHeader: a header with a key.")
]
Query: TypeAlias = Annotated[
    list[str] | None, typer.Option("--query", metavar="NAME=KEY", help="For HttpQueryString: a parameter with a key.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(send)
    app.command(context_settings={"allow_extra_args": True})(listen)


def send(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Files, folders, or names of shipped examples: update, 'update*', '*'."),
    ],
    url: Annotated[str, typer.Argument(metavar="URL", help="The endpoint: http or https.")],
    *,
    webhook_key: WebhookKey = None,
    header: Headers = None,
    query: Query = None,
    repeat: Annotated[int, typer.Option(min=1, help="Send everything so many times.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="So many at a time.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="No more than so many a second.")] = None,
    delay: Annotated[float, typer.Option(min=0, help="Hold each back for a random time up to so many seconds.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="New ids for each, so that none repeats another.")] = False,
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
    with _faults(screen), at_once():
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
                        http_headers=_pairs(header),
                        query=_pairs(query),
                        repeat=repeat,
                        concurrency=concurrency,
                        rate=rate,
                        delay=delay,
                        fresh_ids=fresh,
                        truncated=truncate,
                        garbled=garble,
                        patience=timeout,
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


@contextmanager
def _faults(screen: Screen) -> Generator[None]:
    """Print errors that a person can mend as one line."""
    try:
        yield
    except CdsContextError as error:
        screen.complain("error", str(error))
        raise typer.Exit(2) from None
    except OSError as error:
        if error.errno in _OF_THE_OUTPUT:
            raise
        screen.complain("error", (error.strerror or type(error).__name__).lower())
        raise typer.Exit(1) from None
    except ModuleNotFoundError:
        screen.complain("error", "this command comes with an extra: pip install 'cds-context[tools]'")
        raise typer.Exit(2) from None


def _events(sources: list[str], screen: Screen) -> Iterator[tuple[str, RemoteExecutionContext]]:
    """The named events, each with its name. Raises Exit for a missing file, or a body that is no event."""
    for given in (given for place in places(_named(sources)) for given in read(place)):
        try:
            yield given.name, parse(given, repair=False)  # numbers stay exact, so the same bytes are sent
        except DecodeError as error:
            complain(given, error, screen, repair=False)
            raise typer.Exit(2) from None


def _named(sources: list[str]) -> Iterator[str]:
    """The same sources, with patterns replaced by the shipped examples that match."""
    for source in sources:
        if "://" in source:  # which can hold a key, and so is not said again
            raise ArgumentError("one address is given, after all that is sent to it")
        names = fnmatch.filter(examples(), source) if glob.has_magic(source) else []
        yield from names or [source]


def _pairs(options: list[str] | None) -> dict[str, str] | None:
    pairs: dict[str, str] = {}
    for option in options or []:
        name, _, key = option.partition("=")
        pairs[name] = key
    if "" in {*pairs, *pairs.values()}:
        raise ArgumentError("a header or parameter with a key is given as NAME=KEY")
    return pairs or None


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


def _totals(report: SendReport) -> Table:
    grid = Table.grid(padding=(0, 2))
    for outcome, count in report.outcomes.items():
        grid.add_row(str(outcome), Text(f"{count:,}", _STYLES[outcome]))
    if report.retries:
        grid.add_row("retries", f"{report.retries:,}")
    rate = len(report.sent) / report.seconds if report.seconds else 0.0
    grid.add_row("time", f"{report.seconds:.2f} s, {rate:,.0f} a second")
    parts = (("median", 0.5), ("95 %", 0.95), ("slowest", 1.0))
    grid.add_row("latency", ", ".join(f"{name} {report.latency(share) * 1000:,.0f} ms" for name, share in parts))
    return grid


def listen(
    given: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8765,
    host: Annotated[
        str, typer.Option(help="The address to bind to; others than this machine's need a key.")
    ] = "127.0.0.1",
    *,
    webhook_key: WebhookKey = None,
    header: Headers = None,
    query: Query = None,
    page_key: Annotated[
        str | None,
        typer.Option(
            "--page-key", envvar="CDS_CONTEXT_PAGE_KEY", metavar="KEY", help="The page asks for it, as password."
        ),
    ] = None,
    status: Annotated[
        list[int] | None, typer.Option(help="What to answer. Several are answered in turn, and then the last one.")
    ] = None,
    fail: Annotated[float, typer.Option(min=0, max=1, help="Fail this share of posts, at random.")] = 0,
    fail_status: Annotated[int, typer.Option(help="What these are answered.")] = 503,
    slow: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0,
    folder: Annotated[str | None, typer.Option(metavar="FOLDER", help="Save each body there, as a file.")] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many posts to keep in memory.")] = 1000,
) -> None:
    """Receive events as an endpoint does, and show them on a page for the browser.

    Ends when it is interrupted, with 0.

    For example:

        cds-context listen
        cds-context listen --fail 0.2 --slow 1.5
    """
    screen = Screen()
    with _faults(screen), ended_by_signals() as ending:
        if given.args:  # which can be a key after a blank, and so is not said again, as typer would
            raise ArgumentError("`listen` takes options only, and a header or parameter with a key as NAME=KEY")
        auth = _auth(webhook_key, _pairs(header), _pairs(query))
        made = None if is_loopback(host) or auth is None or page_key else secrets.token_urlsafe(18)
        answers = Answers(statuses=tuple(status or [200]), fail_share=fail, fail_status=fail_status, delay=slow)
        with (
            complained(lambda what: screen.complain("error", what)),
            tools.listening(
                host=host, port=port, auth=auth, page_key=page_key or made, answers=answers, folder=folder, keep=keep
            ) as inbox,
        ):
            screen.say(f"listening, and showing a page: {inbox.url}")
            if made:
                screen.say(f"the page asks for a password: {made}")
            _follow(cast("Desk", inbox), ending, screen)
        screen.say(f"received {inbox.received:,}")


def _auth(
    webhook_key: str | None, headers: dict[str, str] | None, query: dict[str, str] | None
) -> Authentication | None:
    if [webhook_key, headers, query].count(None) < 2:
        raise ArgumentError("a webhook authenticates in one way: a key, headers or parameters")
    if webhook_key is not None:
        return WebhookKeyAuth(webhook_key)
    if headers is not None:
        return HttpHeaderAuth(headers)
    return None if query is None else HttpQueryStringAuth(query)


def _follow(desk: Desk, ending: Ending, screen: Screen) -> None:
    """Print a line for each post, until somebody ends it."""
    while not ending.is_asked_for():
        try:
            post = desk.wait(_GLANCE)
        except TimeoutError:
            continue
        asked = desk.overview(post)
        while not ending.is_asked_for() and not wait([asked], _GLANCE).done:
            pass
        screen.say(_row(post, or_else(asked.result() if asked.done() else None, post)))


def _row(post: Post, overview: Overview) -> Text:
    line = overview.summary
    what = f"{line.message} {line.table} {line.record}" if line else overview.problem
    style = "green" if post.status < 300 else "red"
    row = Text.assemble(f"{post.received_on.astimezone():%H:%M:%S} ", (str(post.status), style), text(f" {what}"))
    return row.append(f", not saved: {post.unsaved}", "red") if post.unsaved else row
