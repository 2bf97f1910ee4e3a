"""The page that shows what a listener received: HTML for a browser, the events as they come, and what it can be asked.

Receives no posts. Every text of a payload is escaped by the templates, and the browser is told to run no script and
load nothing but the page's own two files.

How it works: a stream of server-sent events carries the rows of the list as HTML, those that match a search or all.
A row's number is in the stream, so that a browser that lost it goes on where it was. What takes long is rendered in
a thread, so that no post waits for it.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from cds_context import CdsContextError, encode_context, parse_context, redact
from cds_context.testing import Request as Posted
from cds_context.wire.escapes import finish, quote

from .addresses import checked
from .bodies import NotWholeError, body_of
from .details import detail_of
from .files import file_name
from .guards import Guard
from .inbox import Store
from .posts import Post
from .sending import connections, deliver

PREFIX = "/-"
"""Where the page's own addresses begin."""

_FILES = Path(__file__).with_name("web")
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
_BATCH = 200
"""Rows in one event."""
_PAUSE = 0.05
"""Seconds between events, in which posts gather."""
_HEARTBEAT = 15.0
_OWN = ("content-type", "x-request-id", "x-ms-correlation-request-id")
_OWN_PREFIX = "x-ms-dynamics-"

_DIGITS = re.compile("[0-9]{1,15}")
_LONGEST = 64 * 1024
"""Bytes of what the page asks for."""

_Answer = Callable[[Request], Awaitable[Response]]


class _Asked(Struct, frozen=True):
    """What a person wants sent."""

    url: str


class Page:
    """The page of one inbox."""

    def __init__(self, inbox: Store, guard: Guard) -> None:
        self._inbox = inbox
        self._guard = guard
        self._run = secrets.token_hex(4)
        self._closing = False
        self._wakers: set[Callable[[], None]] = set()
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FILES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["size"] = size
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
            return FileResponse(_FILES / name)

        return file

    def _render(self, template: str, **values: Any) -> str:
        text = self._templates.get_template(template).render(values)
        # Half a surrogate pair has no UTF-8.
        return text.encode("utf-8", "backslashreplace").decode()

    async def _index(self, _: Request) -> Response:
        return Response(self._render("page.html", inbox=self._inbox, prefix=PREFIX), media_type="text/html")

    async def _detail(self, _: Request, post: Post) -> Response:
        page = await asyncio.to_thread(self._render_detail, post)
        return Response(page, media_type="text/html")

    def _render_detail(self, post: Post) -> str:
        return self._render("detail.html", detail=detail_of(post), prefix=PREFIX)

    async def _body(self, _: Request, post: Post) -> Response:
        return _download(post.body, _name(post))

    async def _fixture(self, _: Request, post: Post) -> Response:
        """The event with other names, numbers, ids and dates, in the server's own form."""
        try:
            content = await asyncio.to_thread(_redacted, post)
        except CdsContextError:
            return Response("no event\n", 409, media_type="text/plain")
        return _download(content, _name(post))

    async def _send(self, request: Request, post: Post) -> Response:
        """Post the body once more, to an address that the page names, without the keys that it came with."""
        try:
            asked = msgspec.json.decode(await body_of(request, _LONGEST), type=_Asked)
            url = checked(asked.url)
            mode = post.context.mode
        except (CdsContextError, NotWholeError) as error:
            return _json({"problem": str(error)}, 400)
        except (ValueError, RecursionError):
            return _json({"problem": "no address"}, 400)
        headers = {name: value for name, value in post.headers.items() if name in _OWN or name.startswith(_OWN_PREFIX)}
        http = connections(url)
        async with http:
            sent = await deliver(http, url, Posted("POST", headers, "", post.body), mode)
        answer = {"status": sent.status, "outcome": sent.outcome, "attempts": sent.attempts, "problem": sent.problem}
        return _json({**answer, "milliseconds": round(sent.seconds * 1000)}, 200)

    async def _rows(self, request: Request) -> Response:
        run, _, last = request.headers.get("last-event-id", "").partition("-")
        after = _number(last) if run == self._run else 0
        stream = self._stream(after, request.query_params.get("search", ""))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _stream(self, after: int, search: str) -> AsyncIterator[str]:
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
                        yield self._event(after, await asyncio.to_thread(self._render_rows, posts, is_wanted))
                    await asyncio.sleep(_PAUSE)
                    try:
                        await asyncio.wait_for(changed.wait(), _HEARTBEAT)
                    except asyncio.TimeoutError:
                        yield ":\n\n"  # a browser that is gone is noticed when it is written to
        finally:
            self._wakers.discard(changed.set)

    def _render_rows(self, posts: list[Post], is_wanted: Callable[[Post], bool]) -> str:
        """The rows of those that are wanted, the latest first."""
        return self._render("rows.html", posts=[post for post in reversed(posts) if is_wanted(post)])

    def _event(self, last: int, rows: str, *, is_first: bool = False) -> str:
        data = {
            "rows": rows,
            "received": self._inbox.received,
            "first": self._inbox.first,
            "reset": is_first,
        }
        return f"id: {self._run}-{last}\ndata: {json.dumps(data)}\n\n"


def _number(text: str) -> int:
    """The number of a post; 0, which none has, for what is none."""
    return int(text) if _DIGITS.fullmatch(text) else 0


def size(count: int) -> str:
    """A number of bytes, for people."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def _batches(posts: list[Post]) -> list[list[Post]]:
    return [posts[start : start + _BATCH] for start in range(0, len(posts), _BATCH)]


def _matcher(search: str) -> Callable[[Post], bool]:
    """Whether a post holds every word, in its line or anywhere in its body."""
    words = search.casefold().split()
    written = [finish(quote(word))[1:-1] for word in words]

    def is_wanted(post: Post) -> bool:
        body = post.body.decode("utf-8", "replace").casefold()
        line = " ".join([str(post.status), *map(str, _line(post))]).casefold()
        return all(word in line or form in body for word, form in zip(words, written, strict=True))

    return is_wanted


def _line(post: Post) -> tuple[object, ...]:
    summary = post.summary
    return (post.problem,) if summary is None else tuple(getattr(summary, name) for name in summary.__struct_fields__)


def _name(post: Post) -> str:
    summary = post.summary
    return file_name(summary.message, summary.table) if summary else file_name()


def _redacted(post: Post) -> bytes:
    return encode_context(redact(parse_context(post.body, parse_float=Decimal)))


def _download(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)


def _json(data: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(data), status, media_type="application/json")
