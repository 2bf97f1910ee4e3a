"""The page that shows what a listener received: HTML for a browser, the events as they come, and what it can be asked.

Receives no posts. Every text of a payload is escaped by the templates, and the browser is told to run no script and
load nothing but the page's own two files.

How it works: a stream of server-sent events carries the rows of the list as HTML, those that match a search or all.
A row's number is in the stream, so that a browser that lost it goes on where it was. What is to be known of a body
is asked of the inbox, so that no post waits for it.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import astuple
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from cds_context import CdsContextError, Mode
from cds_context.testing import Request as Posted
from cds_context.wire.escapes import finish, quote

from .access import Guard
from .addresses import checked
from .details import Detail
from .files import file_name
from .inbox import HIDDEN, Answer, Post
from .questions import TOO_MUCH, AskableInbox, Overview, or_else
from .receiving import NotWholeError, body_of
from .sending import connections, deliver
from .templates import FILES, render

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_BATCH = 50
"""Rows in one event."""
_PAUSE = 0.05
"""Seconds between events, in which posts gather."""
_HEARTBEAT = 15.0
_OWN = ("content-type", "x-request-id", "x-ms-correlation-request-id")
_OWN_PREFIX = "x-ms-dynamics-"
_WORDS = 200
"""Characters of a search; no browser sends more."""

_DIGITS = re.compile("[0-9]{1,15}")
_LONGEST = 64 * 1024
"""Bytes of what the page asks for."""

_Answer: TypeAlias = Callable[[Request], Awaitable[Response]]
_Known: TypeAlias = tuple[Post, Overview]


class _Asked(Struct, frozen=True):
    """What a person wants sent."""

    url: str


class Page:
    """The page of one inbox; `example` is the command that fills it."""

    def __init__(self, inbox: AskableInbox, guard: Guard, example: str) -> None:
        self._inbox = inbox
        self._example = example
        self._guard = guard
        self._run = secrets.token_hex(4)
        self._closing = False
        self._wakers: set[Callable[[], None]] = set()
        self.routes: list[Route] = [
            Route("/page.css", self._guarded(self._file("page.css"))),
            Route("/page.js", self._guarded(self._file("page.js"))),
            Route("/rows", self._guarded(self._rows)),
            Route("/posts/{number}", self._guarded(self._of_post(self._detail))),
            Route("/posts/{number}/body", self._guarded(self._of_post(self._body))),
            Route("/posts/{number}/fixture", self._guarded(self._of_post(self._fixture))),
            Route("/posts/{number}/send", self._guarded(self._of_post(self._send)), methods=["POST"]),
        ]
        self.index: _Answer = self._guarded(self._index)

    def close(self) -> None:
        """End the streams. For the thread that serves the page."""
        self._closing = True
        for wake in self._wakers:
            wake()

    def _guarded(self, answer: _Answer) -> _Answer:
        async def guarded(request: Request) -> Response:
            refusal = self._guard.refusal(request.headers, writes=request.method == "POST")
            if refusal:
                status, reason = refusal
                response = Response(f"{reason}\n", status, media_type="text/plain")
                if status == 401:
                    response.headers["www-authenticate"] = 'Basic realm="cds-context listen", charset="UTF-8"'
            else:
                response = await answer(request)
            response.headers.update(_HEADERS)
            return response

        return guarded

    def _of_post(self, answer: Callable[[Request, Post], Awaitable[Response]]) -> _Answer:
        async def of_post(request: Request) -> Response:
            post = self._inbox.find(_number(request.path_params["number"]))
            if post is None:
                return Response("no longer kept\n", 404, media_type="text/plain")
            return await answer(request, post)

        return of_post

    def _file(self, name: str) -> _Answer:
        async def file(_: Request) -> Response:
            return FileResponse(FILES / name)

        return file

    async def _index(self, _: Request) -> Response:
        return Response(render("page.html", inbox=self._inbox, command=self._example), media_type="text/html")

    async def _detail(self, _: Request, post: Post) -> Response:
        page = await asyncio.wrap_future(self._inbox.page(post))
        if page is None:
            detail = Detail(post=post, title="Not looked into", problem=f"{TOO_MUCH}: copy it, or download it")
            page = render("detail.html", detail=detail).encode()
        return Response(page, media_type="text/html")

    async def _body(self, _: Request, post: Post) -> Response:
        return _download(post.body, file_name(post.message, post.table))

    async def _fixture(self, _: Request, post: Post) -> Response:
        content = await asyncio.wrap_future(self._inbox.fixture(post))
        if not content:
            return Response(f"{TOO_MUCH if content is None else 'no event'}\n", 409, media_type="text/plain")
        return _download(content, file_name(post.message, post.table))

    async def _send(self, request: Request, post: Post) -> Response:
        """Post the body once more, to an address that the page names, without the keys that it came with."""
        try:
            asked = msgspec.json.decode(await body_of(request, _LONGEST), type=_Asked)
            url = checked(asked.url)
        except (CdsContextError, NotWholeError) as error:
            return _json({"problem": str(error)}, 400)
        except (ValueError, RecursionError):
            return _json({"problem": "no address"}, 400)
        overview = await self._overview(post)
        if overview.summary is None:
            return _json({"problem": overview.problem}, 400)
        mode = Mode.ASYNCHRONOUS if overview.summary.mode == "async" else Mode.SYNCHRONOUS
        http = connections(url)
        async with http:
            sent = await deliver(http, url, Posted("POST", _headers(post), "", post.body), mode)
        answer = {"status": sent.status, "outcome": sent.outcome, "attempts": sent.attempts, "problem": sent.problem}
        return _json({**answer, "milliseconds": round(sent.seconds * 1000)}, 200)

    async def _overview(self, post: Post) -> Overview:
        # Others ask the same, so that who is gone must not take their answer along.
        return or_else(await asyncio.shield(asyncio.wrap_future(self._inbox.overview(post))), post)

    async def _rows(self, request: Request) -> Response:
        run, _, last = request.headers.get("last-event-id", "").partition("-")
        after = _number(last) if run == self._run else 0
        stream = self._stream(after, request.query_params.get("search", "")[:_WORDS])
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _stream(self, after: int, search: str) -> AsyncIterator[str]:
        turn = 0
        changed = asyncio.Event()
        is_wanted = _matcher(search)
        self._wakers.add(changed.set)
        try:
            with self._inbox.watched(changed.set):
                yield self._event(after, "", is_first=after == 0)
                while not self._closing:
                    changed.clear()
                    for posts in _batches(self._inbox.after(after)):
                        after = posts[-1].number
                        known = [(post, await self._overview(post)) for post in posts]
                        yield self._event(after, await asyncio.to_thread(_rows, known, is_wanted))
                    if answers := self._inbox.answers_after(turn):
                        turn = answers[-1].turn
                        yield self._event(after, "", answers=answers)
                    await asyncio.sleep(_PAUSE)
                    try:
                        await asyncio.wait_for(changed.wait(), _HEARTBEAT)
                    except asyncio.TimeoutError:
                        yield ":\n\n"  # a browser that is gone is noticed when it is written to
        finally:
            self._wakers.discard(changed.set)

    def _event(self, last: int, rows: str, *, is_first: bool = False, answers: Sequence[Answer] = ()) -> str:
        forwarded = {answer.number: render("forwarded.html", sent=answer.sent) for answer in answers}
        data = {
            "rows": rows,
            "received": self._inbox.received,
            "first": self._inbox.first,
            "reset": is_first,
            "forwarded": forwarded,
        }
        return f"id: {self._run}-{last}\ndata: {json.dumps(data)}\n\n"


def _number(text: str) -> int:
    """The number of a post; 0, which none has, for what is none."""
    return int(text) if _DIGITS.fullmatch(text) else 0


def _headers(post: Post) -> dict[str, str]:
    """The headers of a post that are the platform's."""
    return {
        name: value
        for name, value in post.headers.items()
        if value != HIDDEN and (name in _OWN or name.startswith(_OWN_PREFIX))
    }


def _rows(known: list[_Known], is_wanted: Callable[[Post, Overview], bool]) -> str:
    """The rows of those that are wanted, the latest first."""
    return render("rows.html", rows=[each for each in reversed(known) if is_wanted(*each)])


def _batches(posts: list[Post]) -> list[list[Post]]:
    return [posts[start : start + _BATCH] for start in range(0, len(posts), _BATCH)]


def _matcher(search: str) -> Callable[[Post, Overview], bool]:
    """Whether a post holds every word, in its line or anywhere in its body."""
    words = search.casefold().split()
    written = [finish(quote(word))[1:-1] for word in words]

    def is_wanted(post: Post, overview: Overview) -> bool:
        line = " ".join([str(post.status), *_texts(overview)]).casefold()
        body = "" if all(word in line for word in words) else post.body.decode("utf-8", "replace").casefold()
        return all(word in line or form in body for word, form in zip(words, written, strict=True))

    return is_wanted


def _texts(overview: Overview) -> list[str]:
    summary = overview.summary
    return [overview.problem] if summary is None else [str(value) for value in astuple(summary)]


def _download(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)


def _json(data: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(data), status, media_type="application/json")
