"""The listener: receives posts as an endpoint would, answers what it was told to, and keeps what came.

Shows nothing; the page is another room's. Runs in a thread, so that a test or a command goes on beside it.
"""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from cds_context import ArgumentError, CdsContextError, DecodeError, parse_context
from cds_context.webhook import MAX_BYTES, Authentication, UncheckedAuth

from ..display.complaints import reason
from .answers import Answers
from .bodies import NotWholeError, body_of
from .files import Folder
from .guards import Guard, is_loopback
from .inbox import Inbox, Store
from .page import PREFIX, Page
from .posts import Post, shown_headers, shown_path, shown_query

_WELL = Answers()


class _Arrived(Struct, frozen=True):
    """What came of a request."""

    body: bytes = b""
    status: int | None = None
    """What to answer; None if that is for the rehearsal to say."""
    problem: str = ""
    parts: tuple[str, str] = ("", "")


class _Receiver:
    """Answers the posts."""

    def __init__(self, inbox: Store, auth: Authentication, answers: Answers, folder: Folder | None) -> None:
        self._inbox = inbox
        self._auth = auth
        self._answers = answers
        self._folder = folder
        self._accepted = 0
        self._over = asyncio.Event()

    def close(self) -> None:
        """Give the answers that wait. For the thread that serves them."""
        self._over.set()

    async def post(self, request: Request) -> Response:
        """Receive one."""
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            return PlainTextResponse("servers post events, web sites do not\n", 403)
        arrived = await self._arrive(request)
        status = self._next_status() if arrived.status is None else arrived.status
        unsaved = await self._save(arrived)
        self._inbox.add(
            lambda number, moment: Post(
                number=number,
                received_on=moment,
                path=shown_path(request.url.path),
                query=shown_query(request.url.query),
                headers=shown_headers(request.headers.raw),
                body=arrived.body,
                status=status,
                problem=arrived.problem,
                unsaved=unsaved,
            )
        )
        if self._answers.delay:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._answers.delay)
        return PlainTextResponse(f"{arrived.problem}\n" if arrived.problem else "", status)

    async def _arrive(self, request: Request) -> _Arrived:
        headers, query = request.headers.raw, request.scope["query_string"]
        try:
            self._auth.verify(headers, query)
            body = await body_of(request, MAX_BYTES)
        except CdsContextError as error:
            return _Arrived(status=error.status, problem=str(error))
        except NotWholeError as error:
            return _Arrived(status=408, problem=str(error))
        try:
            context = parse_context(body)
        except DecodeError as error:
            return _Arrived(body, error.status, str(error))
        return _Arrived(body, parts=(context.message_name or "", context.primary_entity_name or ""))

    async def _save(self, arrived: _Arrived) -> str:
        """Save the body if it is to be saved; why that could not be done."""
        if self._folder and arrived.body:
            try:
                await asyncio.to_thread(self._folder.save, arrived.body, datetime.now(timezone.utc), *arrived.parts)
            except OSError as error:
                return reason(error)
        return ""

    def _next_status(self) -> int:
        status = self._answers.status(self._accepted, random.random())  # noqa: S311 - no secret: a rehearsal of chance
        self._accepted += 1
        return status


@contextmanager
def listening(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    auth: Authentication | None = None,
    page_key: str | None = None,
    answers: Answers = _WELL,
    folder: str | Path | None = None,
    keep: int = 1000,
) -> Generator[Inbox]:
    """Give the inbox of a listener that receives events while the block runs.

    `port` 0 takes one that is free; ``inbox.url`` has it. `auth` is as in `cds_context.webhook.receive`; without it
    everybody on this machine may post. `answers` rehearses failures. `folder` saves each body as a file, before it is
    answered; one listener has it to itself. `keep` is how many posts are kept in memory.

    The address shows the posts as a page in a browser. For `page_key`, the browser asks as password.

    Raises ArgumentError for a host that other machines can reach without `auth` and `page_key`, and OSError for a
    port that is taken.
    """
    if not is_loopback(host) and (auth is None or isinstance(auth, UncheckedAuth) or not page_key):
        raise ArgumentError("a host that other machines can reach needs `auth` and `page_key`")
    if keep < 1:
        raise ArgumentError("`keep` is 1 or more")
    checked = auth or UncheckedAuth(because="only this machine can reach it")
    with _bind(host, port) as bound:
        inbox = Store(_url(host, bound.getsockname()[1]), keep=keep)
        receiver = _Receiver(inbox, checked, answers, None if folder is None else Folder(Path(folder)))
        page = Page(inbox, Guard(host, page_key))
        routes = [
            Mount(PREFIX, routes=page.routes),
            Route("/", page.index),
            Route("/{path:path}", receiver.post, methods=["POST"]),
        ]
        with _Server(Starlette(routes=routes), receiver, page).running(bound):
            yield inbox


def _bind(host: str, port: int) -> socket.socket:
    try:
        if not 0 <= port <= 65535:  # of which `getaddrinfo` would take the lower bits
            raise ValueError
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except ValueError:
        raise ArgumentError("`host` is a name or an address, `port` from 0 to 65535") from None
    family, kind, protocol, _, address = found[0]
    # Only with its protocol said does asyncio send small answers at once.
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(2048)  # who connects before the server runs is served when it does
    except BaseException:
        bound.close()
        raise
    return bound


def _url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - the opposite of binding to it
    return f"http://{name}:{port}/"


class _Server(uvicorn.Server):
    """The server, in a thread of its own."""

    def __init__(self, app: Starlette, *rooms: _Receiver | Page) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                loop="asyncio",
                http="h11",
                ws="none",
                # No limit of connections: past it, posts would get a 503, and now they wait until one is free.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._rooms = rooms

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would never end by itself, then all else."""
        for room in self._rooms:
            room.close()
        await super().shutdown(sockets)

    @contextmanager
    def running(self, bound: socket.socket) -> Generator[None]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self.run, args=([bound],), name="cds-context listen", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.should_exit = True
            thread.join()
