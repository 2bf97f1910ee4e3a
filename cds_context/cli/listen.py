"""The command `listen`: options and printing, and what goes wrong in the server; `tools.listener` does the work.

Only the extra `cli` is needed: the server is loaded when the command runs.

How it works: the server and its event loop log. A record without an error is dropped, but for what is not HTTP; of one
with an error the kind is told, and the place in the code. No message, which could hold what somebody sent.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Generator
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Annotated, NamedTuple, cast

import typer
from rich.text import Text

from cds_context import ArgumentError, CdsContextError, tools
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from ..display.complaints import reason
from ..display.visible import text
from ..tools.access import is_loopback
from ..tools.inbox import Answer, Post
from ..tools.outcomes import Outcome
from ..tools.questions import AskableInbox, Overview, or_else
from .inputs import origins, read
from .options import HttpHeader, Query, WebhookKey, body_of, complain, faults, pairs_of
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
    forward_to: Annotated[
        str | None, typer.Option(metavar="URL", help="Pass each event on to this address, as it came, keys included.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Begin with the bodies that are saved there, as if they came.")
    ] = None,
) -> None:
    """Receive events as an endpoint does, and show them on a page for the browser.

    Ends when it is interrupted, with 0.

    For example:

        cds-context listen
        cds-context listen --fail-share 0.2 --delay 1.5
        cds-context listen --forward-to http://localhost:7071/api/hook
    """
    screen = Screen()
    with faults(screen), ended_by_signals() as ending:
        if given.args:  # which can be a key after a blank, and so is not said again, as typer would
            raise ArgumentError("`listen` takes options only, and a header or parameter with a key as NAME=KEY")
        keys = Keys(webhook_key, pairs_of(http_header), pairs_of(query))
        auth = _auth(keys)
        if replay is not None and folder is not None and os.path.realpath(replay) == os.path.realpath(folder):
            raise ArgumentError("what is replayed is saved, and needs another folder")
        made = None if is_loopback(host) or auth is None or page_key else secrets.token_urlsafe(18)
        statuses = tuple(status or [200])
        answers = tools.Answers(statuses=statuses, fail_share=fail_share, fail_status=fail_status, delay=delay)
        with (
            complained(lambda what: screen.complain("error", what)),
            tools.listening(
                host=host,
                port=port,
                auth=auth,
                page_key=page_key or made,
                answers=answers,
                folder=folder,
                keep=keep,
                forward_to=forward_to,
            ) as inbox,
        ):
            screen.say(f"listening, and showing a page: {inbox.url}")
            if made:
                screen.say(f"the page asks for a password: {made}")
            with replaying(replay, inbox.url, keys, screen):
                _follow(cast("AskableInbox", inbox), ending, screen)
        screen.say(f"received {inbox.received:,}")


class Keys(NamedTuple):
    """The keys that posts need, by the options of `send`."""

    webhook_key: str | None
    http_headers: dict[str, str] | None
    query: dict[str, str] | None


def _auth(keys: Keys) -> Authentication | None:
    if keys.count(None) < 2:
        raise ArgumentError("a webhook authenticates in one way: a key, headers or parameters")
    if keys.webhook_key is not None:
        return WebhookKeyAuth(keys.webhook_key)
    if keys.http_headers is not None:
        return HttpHeaderAuth(keys.http_headers)
    return None if keys.query is None else HttpQueryStringAuth(keys.query)


@contextmanager
def replaying(folder: str | None, url: str, keys: Keys, screen: Screen) -> Generator[None]:
    """Post what is saved in a folder, one body after the other, while the block runs."""
    if folder is None:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=replay_folder, args=(folder, url, keys, screen, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_GLANCE)  # no longer: it may wait for an answer that this listener delays


def replay_folder(folder: str, url: str, keys: Keys, screen: Screen, over: threading.Event) -> None:
    """Post what is saved in a folder, one body after the other, until `over` is set."""
    for given in (given for origin in origins([folder]) for given in read(origin)):
        if over.is_set():
            return
        try:
            tools.send([body_of(given)], url, **keys._asdict())
        except CdsContextError as error:
            complain(given, error, screen, repair=False)


def _follow(inbox: AskableInbox, ending: Ending, screen: Screen) -> None:
    """Print a line for each post, and for each answer to what was passed on, until somebody ends it."""
    turn = 0
    while not ending.is_asked_for():
        for answer in inbox.answers_after(turn):
            turn = answer.turn
            screen.say(_answer(answer))
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


def _answer(answer: Answer) -> Text:
    sent = answer.sent
    style = "green" if sent.outcome is Outcome.SUCCESS else "red"
    row = Text.assemble(f"         forwarded {answer.number}: ", (str(sent.status or sent.problem), style))
    return row.append(f" in {sent.seconds * 1000:,.0f} ms{', tried twice' if sent.attempts > 1 else ''}")


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
