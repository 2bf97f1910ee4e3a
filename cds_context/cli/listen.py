"""The command `listen`: options and printing, and what goes wrong in the server; `tools.listener` does the work.

Only the extra `cli` is needed: the server is loaded when the command runs.

How it works: the server and its event loop log. A record without an error is dropped, but for what is not HTTP; of one
with an error the kind is told, and the place in the code. No message, which could hold what somebody sent.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Generator
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Annotated, cast

import typer
from rich.text import Text

from cds_context import ArgumentError, tools
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from ..display.complaints import reason
from ..display.visible import text
from ..tools.access import is_loopback
from ..tools.inbox import Post
from ..tools.questions import AskableInbox, Overview, or_else
from .options import HttpHeader, Query, WebhookKey, faults, pairs_of
from .signals import Ending, ended_by_signals
from .terminal import Screen

_GLANCE = 0.2
"""Seconds between looks for a signal."""


def listen(
    given: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8765,
    host: Annotated[
        str, typer.Option(help="The address to bind to; others than this machine's need a key.")
    ] = "127.0.0.1",
    *,
    webhook_key: WebhookKey = None,
    http_header: HttpHeader = None,
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
    fail_share: Annotated[float, typer.Option(min=0, max=1, help="Fail this share of posts, at random.")] = 0,
    fail_status: Annotated[int, typer.Option(help="What these are answered.")] = 503,
    delay: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0,
    folder: Annotated[str | None, typer.Option(metavar="FOLDER", help="Save each body there, as a file.")] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many posts to keep in memory.")] = 1000,
) -> None:
    """Receive events as an endpoint does, and show them on a page for the browser.

    Ends when it is interrupted, with 0.

    For example:

        cds-context listen
        cds-context listen --fail-share 0.2 --delay 1.5
    """
    screen = Screen()
    with faults(screen), ended_by_signals() as ending:
        if given.args:  # which can be a key after a blank, and so is not said again, as typer would
            raise ArgumentError("`listen` takes options only, and a header or parameter with a key as NAME=KEY")
        auth = _auth(webhook_key, pairs_of(http_header), pairs_of(query))
        made = None if is_loopback(host) or auth is None or page_key else secrets.token_urlsafe(18)
        statuses = tuple(status or [200])
        answers = tools.Answers(statuses=statuses, fail_share=fail_share, fail_status=fail_status, delay=delay)
        with (
            complained(lambda what: screen.complain("error", what)),
            tools.listening(
                host=host, port=port, auth=auth, page_key=page_key or made, answers=answers, folder=folder, keep=keep
            ) as inbox,
        ):
            screen.say(f"listening, and showing a page: {inbox.url}")
            if made:
                screen.say(f"the page asks for a password: {made}")
            _follow(cast("AskableInbox", inbox), ending, screen)
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


def _follow(inbox: AskableInbox, ending: Ending, screen: Screen) -> None:
    """Print a line for each post, until somebody ends it."""
    while not ending.is_asked_for():
        try:
            post = inbox.wait(_GLANCE)
        except TimeoutError:
            continue
        asked = inbox.overview(post)
        while not ending.is_asked_for() and not wait([asked], _GLANCE).done:
            pass
        screen.say(_row(post, or_else(asked.result() if asked.done() else None, post)))


def _row(post: Post, overview: Overview) -> Text:
    line = overview.summary
    what = f"{line.message} {line.table} {line.record}" if line else overview.problem
    style = "green" if post.status < 300 else "red"
    row = Text.assemble(f"{post.received_on.astimezone():%H:%M:%S} ", (str(post.status), style), text(f" {what}"))
    return row.append(f", not saved: {post.unsaved}", "red") if post.unsaved else row


_LOGGERS = ("uvicorn", "asyncio")
_NO_HTTP = "Invalid HTTP request received."


class _Complaints(logging.Handler):
    """Says each thing once, until something else goes wrong."""

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._say = say
        self._said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Say what went wrong."""
        words = _words(record)
        if words and words != self._said:
            self._said = words
            self._say(words)


def _words(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError):
        return reason(error)
    if error is not None:
        return f"{type(error).__name__}{_place(error.__traceback__)}"
    return "what came is not HTTP; perhaps it is meant for https" if record.msg == _NO_HTTP else ""


def _place(traceback: TracebackType | None) -> str:
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f" in {Path(traceback.tb_frame.f_code.co_filename).name}, line {traceback.tb_lineno}"


@contextmanager
def complained(say: Callable[[str], object]) -> Generator[None]:
    """Have `say` called with what goes wrong while the block runs, and nothing else said of it."""
    handler = _Complaints(say)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
