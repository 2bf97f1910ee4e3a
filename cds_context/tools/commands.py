"""The commands `send` and `listen`. Read files and print; what they do is in the rooms below."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from cds_context import CdsContextError
from cds_context.testing import examples
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from .answers import Answers
from .guards import is_loopback
from .inbox import Inbox
from .listener import listening
from .outcomes import PATIENCE, Outcome
from .posts import Post
from .reports import Report, Sent
from .sending import send as send_events
from .spelling import size

_KEY = "CDS_CONTEXT_WEBHOOK_KEY"
_PAGE_KEY = "CDS_CONTEXT_PAGE_KEY"
_INTERRUPTED = 130
_STYLES = {Outcome.SUCCESS: "green", Outcome.FAILED_JOB: "red", Outcome.ROLLED_BACK: "red"}

_WebhookKey = Annotated[
    str | None, typer.Option("--webhook-key", envvar=_KEY, help="The key in ?code=, as for WebhookKey.", metavar="KEY")
]
_Headers = Annotated[
    list[str] | None, typer.Option("--header", help="A header with a key, as for HttpHeader.", metavar="NAME=KEY")
]
_Query = Annotated[
    list[str] | None,
    typer.Option("--query", help="A parameter with a key, as for HttpQueryString.", metavar="NAME=KEY"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(send)
    app.command()(listen)


def send(  # noqa: PLR0913 - a command has options
    sources: Annotated[
        list[str], typer.Argument(help="Files, folders, or names of shipped examples, also as 'update*'.", metavar="SOURCE…")
    ],
    url: Annotated[str, typer.Argument(help="The endpoint: http or https.")],
    *,
    webhook_key: _WebhookKey = None,
    header: _Headers = None,
    query: _Query = None,
    repeat: Annotated[int, typer.Option(min=1, help="Send everything so many times.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="So many at a time.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="No more than so many a second.")] = None,
    delay: Annotated[float, typer.Option(min=0, help="Hold each back for a random time up to so many seconds.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="New ids for each, so that none is a repeat.")] = False,
    truncate: Annotated[bool, typer.Option("--truncate", help="Cut as past 256 KB.")] = False,
    garble: Annotated[bool, typer.Option("--garble", help="Garble text as some servers do.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for an answer.")] = PATIENCE,
) -> None:
    """Post events to an endpoint as Dataverse does, and tell what it would make of the answers.

    Exit code 0 if all were a success, 1 if not.
    """
    out, err = Console(highlight=False), Console(highlight=False, stderr=True)
    sent: list[Sent] = []
    names: list[str] = []
    try:
        named = list(_events(sources))
        names = [name for name, _ in named]
        with _progress(err, len(named) * repeat) as step:
            report = send_events(
                [body for _, body in named],
                url,
                webhook_key=webhook_key,
                http_headers=_pairs("--header", header),
                query=_pairs("--query", query),
                repeat=repeat,
                concurrency=concurrency,
                rate=rate,
                delay=delay,
                fresh_ids=fresh,
                truncated=truncate,
                garbled=garble,
                patience=timeout,
                on_sent=lambda each: (sent.append(each), step()),
            )
    except KeyboardInterrupt:
        err.print(f"interrupted after {len(sent):,}")
        raise typer.Exit(_INTERRUPTED) from None
    except (CdsContextError, OSError) as error:
        raise _complaint(error) from None
    _print_report(out, report, names)
    raise typer.Exit(0 if report else 1)
