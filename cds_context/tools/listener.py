"""A server that receives posts and shows a page, in a thread, so that a test or a command goes on beside it.

uvicorn closes a connection on which no second request comes, but not one on which the first never comes, or never
ends. Enough of these, from one careless or hostile client, and nobody else gets one. While it answers a post, it reads
on: what comes then takes memory, on each connection. So a connection of the listener waits for no request for ever,
and reads no other one meanwhile.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from cds_context import ArgumentError
from cds_context.webhook import Authentication, HttpHeaderAuth, HttpQueryStringAuth, UncheckedAuth, WebhookKeyAuth

from .access import Guard, is_loopback
from .files import Folder
from .forwarding import Forwarder
from .inbox import Inbox
from .page import Page
from .questions import AskableInbox
from .receiving import Answers, Receiver
from .templates import PREFIX

_WELL = Answers()


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
    forward_to: str | None = None,
) -> Generator[Inbox]:
    """Give the inbox of a listener that receives events while the block runs.

    `port` 0 takes one that is free; ``inbox.url`` has it. `auth` is as in `cds_context.webhook.receive`; without it
    everybody on this machine may post. `answers` rehearses failures. `folder` saves each body as a file, before it is
    answered; one listener has it to itself. `keep` is how many posts are kept in memory. `forward_to` is an
    address to which each event is passed on as it came, keys included, with the retry that the server would make;
    ``inbox.forwarded`` has what came of it. The answer to the sender does not wait for that.

    The address shows the posts as a page in a browser. For `page_key`, the browser asks as password.

    Raises ArgumentError for a host that other machines can reach without `auth` and `page_key`, and for an address to
    pass events on to that leads nowhere or back; OSError for a port that is taken.
    """
    if not is_loopback(host) and (auth is None or isinstance(auth, UncheckedAuth) or not page_key):
        raise ArgumentError("a host that other machines can reach needs `auth` and `page_key`")
    if keep < 1:
        raise ArgumentError("`keep` is 1 or more")
    checked = auth or UncheckedAuth(because="only this machine can reach it")
    with _bind(host, port) as bound:
        own: int = bound.getsockname()[1]
        inbox = AskableInbox(_url(host, own), keep=keep)
        forwarder = None if forward_to is None else Forwarder(inbox, forward_to, own)
        receiver = Receiver(inbox, checked, answers, None if folder is None else Folder(Path(folder)), forwarder)
        page = Page(inbox, Guard(host, page_key), _example(inbox.url, auth))
        routes = [
            Mount(PREFIX, routes=page.routes),
            Route("/", page.index),
            Route("/{path:path}", receiver.post, methods=["POST"]),
        ]
        with _Server(_by_path(Starlette(routes=routes)), receiver.close, page.close, inbox.close).running(bound):
            yield inbox


_ORIGIN = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


def _by_path(app: ASGIApp) -> ASGIApp:
    """The application, told only the path of an address that stands whole in the first line of a post.

    Clients write such a line to a proxy, and every server has to take it. Source: RFC 9112, 3.2.2. Only posts are taken
    so: the page is guarded by the header `host`, and the name in such a line would override that header.
    """

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope["raw_path"]
        if scope["method"] == "POST" and not raw.startswith(b"/"):
            raw = b"/" + _ORIGIN.sub(b"", raw, count=1).removeprefix(b"/")
            scope = {**scope, "raw_path": raw, "path": unquote(raw.decode("ascii"))}
        await app(scope, receive, send)

    return called


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


def _example(url: str, auth: Authentication | None) -> str:
    """The command that posts an example; KEY stands for a key, of which no more than the name is known."""
    for kind, option in _OPTIONS.items():
        if isinstance(auth, kind):
            names = ("",) if kind is WebhookKeyAuth else (f"{name}=" for name in sorted(auth.key_names))
            return " ".join(["cds-context send update", url, *(f"{option} {name}KEY" for name in names)])
    return f"cds-context send update {url}"


_OPTIONS: dict[type[WebhookKeyAuth | HttpHeaderAuth | HttpQueryStringAuth], str] = {
    WebhookKeyAuth: "--webhook-key",
    HttpHeaderAuth: "--http-header",
    HttpQueryStringAuth: "--query",
}


class _Server(uvicorn.Server):
    """The server, in a thread of its own."""

    def __init__(self, app: ASGIApp, *closing: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                loop="asyncio",
                http=Connection,
                ws="none",
                # No limit of connections: past it, posts would get a 503, and now they wait until one is free.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would never end by itself, then all else."""
        for close in self._closing:
            close()
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


HEAD = 20.0
"""Seconds in which the head of a request must have come."""
WAITING = 200
"""Connections that may wait for a request; past these, who waits longest is let go."""


class _Flow(FlowControl):
    """The flow of a connection, which stands still while a post that has come whole is answered."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        super().__init__(transport)
        self._connection = connection

    def resume_reading(self) -> None:
        """Read on, unless that is for later."""
        if not self._connection.is_answering:
            super().resume_reading()


class Connection(H11Protocol):
    """One connection."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limit: asyncio.TimerHandle | None = None
        self.since: float = 0.0
        """When the connection began to wait."""

    @property
    def waits(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = getattr(self, "cycle", None)  # which uvicorn declares too narrowly
        return cycle is None or cycle.response_complete

    @property
    def is_answering(self) -> bool:
        """Whether a post has come whole and is not answered. Of a page that streams, the end is noticed by reading."""
        return not self.waits and not self.cycle.more_body and self.scope["method"] == "POST"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Wait for the first request."""
        super().connection_made(transport)
        self.flow: FlowControl = _Flow(transport, self)
        self._wait()
        waiting = [each for each in self._others() if each.waits and not each.transport.is_closing()]
        if len(waiting) > WAITING:
            min(waiting, key=_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once a request has begun."""
        super().data_received(data)
        if not self.waits:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there."""
        super().on_response_complete()
        if self.waits:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        super().connection_lost(exc)
        self._stop_waiting()

    def _others(self) -> list[Connection]:
        return [each for each in self.connections if isinstance(each, Connection)]

    def _wait(self) -> None:
        self._stop_waiting()
        self.since = self.loop.time()
        self._limit = self.loop.call_later(HEAD, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def _since(connection: Connection) -> float:
    return connection.since
