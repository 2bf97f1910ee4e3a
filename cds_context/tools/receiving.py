"""Receiving posts as an endpoint does: how much at a time, whole bodies only, and what is answered.

How it works: whoever receives a body says first how large it can get, and waits until there is memory for it. The
small ones go first: they are what servers post, and a sender of large ones cannot keep them out. A sender that is slow,
or never finishes, keeps memory from others; so while somebody waits, whatever has had memory for long is given up. The
fast pass of `parse_context` reads what servers post, within milliseconds, and so a post is answered at once. Whatever
else is to be done with a body may take long, and is asked in other processes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timezone
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from cds_context import ArgumentError, CdsContextError, Mode, PayloadTooLargeError
from cds_context.codec.native import read_fast
from cds_context.webhook import MAX_BYTES, Authentication

from ..display.complaints import reason
from ..display.summaries import cut
from .files import Folder
from .forwarding import Forwarder, as_it_came
from .inbox import Post, shown_headers, shown_path, shown_query
from .questions import TOO_MUCH, AskableInbox, Reading

_GIVEN_UP = "it took too long to arrive: others waited, or the listener ended"
_PATIENCE = 30.0
"""Seconds for looking into a body that the fast pass leaves; a server waits for twice as many."""


class _Arrived(Struct, frozen=True):
    """A request after its body was read: the body, what it is, and why it is in no file."""

    body: bytes = b""
    read: Reading = Reading()
    unsaved: str = ""


class Receiver:
    """Answers the posts."""

    def __init__(
        self,
        inbox: AskableInbox,
        auth: Authentication,
        answers: Answers,
        folder: Folder | None,
        forwarder: Forwarder | None,
    ) -> None:
        self._inbox = inbox
        self._auth = auth
        self._key_names: frozenset[str] = getattr(auth, "key_names", frozenset())
        self._answers = answers
        self._folder = folder
        self._forwarder = forwarder
        self._accepted = 0
        self._intake = Intake()
        self._over = asyncio.Event()

    def close(self) -> None:
        """Give the answers that wait, and receive no more. For the thread that serves them."""
        self._over.set()
        self._intake.close()
        if self._forwarder:
            self._forwarder.close()

    async def post(self, request: Request) -> Response:
        """Receive one."""
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            return PlainTextResponse("servers post events, web sites do not\n", 403)
        status, problem = await self._receive(request)
        if self._answers.delay:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._answers.delay)
        return PlainTextResponse(f"{problem}\n" if problem else "", status)

    async def _receive(self, request: Request) -> tuple[int, str]:
        """Receive a post and keep it; what to answer. The inbox alone holds the body after that."""
        try:
            arrived = await self._intake.receive(_size(request), lambda: self._arrive(request))
        except GivenUpError:
            arrived = _Arrived(read=Reading(503, _GIVEN_UP))
        read = arrived.read
        status = self._next_status() if read.status is None else read.status
        post = self._inbox.add(
            lambda number, moment: Post(
                number=number,
                received_on=moment,
                path=shown_path(request.scope["raw_path"].decode("latin-1")),
                query=shown_query(request.scope["query_string"].decode("latin-1"), self._key_names),
                headers=shown_headers(request.headers.raw, self._key_names),
                body=arrived.body,
                status=status,
                message=read.message,
                table=read.table,
                problem=read.problem,
                unsaved=arrived.unsaved,
            )
        )
        if self._forwarder and read.status is None:
            asked = as_it_came(request.headers.raw, request.scope["query_string"], arrived.body)
            self._forwarder.take(post.number, asked, Mode(read.mode))
        return status, read.problem

    async def _arrive(self, request: Request) -> _Arrived:
        try:
            self._auth.verify(request.headers.raw, request.scope["query_string"])
            body = await body_of(request, MAX_BYTES)
        except CdsContextError as error:
            return _Arrived(read=Reading(error.status, str(error)))
        except NotWholeError as error:
            return _Arrived(read=Reading(408, str(error)))
        read = await self._read(body)
        return _Arrived(body, read, await self._save(body, read.message, read.table))

    async def _read(self, body: bytes) -> Reading:
        context = read_fast(body)
        if context is not None:
            message, table = cut(context.message_name), cut(context.primary_entity_name)
            return Reading(message=message, table=table, mode=int(context.mode))
        try:
            read = await asyncio.wait_for(asyncio.wrap_future(self._inbox.read(body)), _PATIENCE)
        except asyncio.TimeoutError:
            read = None
        return read or Reading(400, TOO_MUCH)

    async def _save(self, body: bytes, *parts: str) -> str:
        """Save the body if it is to be saved; why that could not be done."""
        if self._folder and body:
            try:
                await asyncio.to_thread(self._folder.save, body, datetime.now(timezone.utc), *parts)
            except OSError as error:
                return reason(error)
        return ""

    def _next_status(self) -> int:
        status = self._answers.status(self._accepted, random.random())  # noqa: S311 - no secret: a rehearsal of chance
        self._accepted += 1
        return status


def _size(request: Request) -> int:
    """How large a body can get."""
    told = request.headers.get("content-length", "")
    return min(int(told), MAX_BYTES) if told.isdecimal() and len(told) < 10 else MAX_BYTES


class Answers(Struct, frozen=True, kw_only=True):
    """The answers to events that hold the right keys and can be read; others get the status of their error.

    Raises ArgumentError for what nobody can mean.
    """

    statuses: tuple[int, ...] = (200,)
    """One for each post in turn; the last one from then on. ``(503, 200)`` fails once, so that a retry succeeds."""
    fail_share: float = 0.0
    """The share of posts, from 0 to 1, that are answered with `fail_status` instead, at random."""
    fail_status: int = 503
    delay: float = 0.0
    """Seconds before each answer."""

    def __post_init__(self) -> None:
        if not self.statuses or not all(200 <= status <= 599 for status in (*self.statuses, self.fail_status)):
            raise ArgumentError("`statuses` are one or more from 200 to 599, and so is `fail_status`")
        if not 0 <= self.fail_share <= 1 or not 0 <= self.delay < float("inf"):
            raise ArgumentError("`fail_share` is from 0 to 1, and `delay` not below 0")

    def status(self, turn: int, luck: float) -> int:
        """The status for a post: the `turn`-th, from 0, with `luck` from 0 to 1."""
        return self.fail_status if luck < self.fail_share else self.statuses[min(turn, len(self.statuses) - 1)]


T = TypeVar("T")

MEMORY = 64 * 1024 * 1024
"""Bytes of bodies that are being received."""
_LONG = 2.0
"""Seconds for which a body can have memory that others wait for."""

_LOOK = 0.1
"""Seconds between looks at what takes too long."""


class GivenUpError(Exception):
    """What was being received was given up, for others or for good."""


class Intake:
    """Room for bodies that are being received. For the thread that receives them."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = self._free = memory
        self._running: dict[asyncio.Task[Any], tuple[float, int]] = {}
        """What is being received, the oldest first, with the time when it began and its size."""
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        """Who waits: a heap, in which the smallest are first, and of these the oldest."""
        self._numbers = count()
        self._looks = False

    def close(self) -> None:
        """Give up all that is being received, or waits to be."""
        for task in self._running:
            task.cancel()
        for _, _, turn in self._waiting:
            if not turn.done():
                turn.set_exception(GivenUpError())
        self._waiting.clear()

    async def receive(self, size: int, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do the work once there is memory for it.

        Raises GivenUpError if it takes long and others wait, and at the end.
        """
        size = min(size, self._memory)
        await self._enter(size)
        task = asyncio.create_task(work())
        self._running[task] = asyncio.get_running_loop().time(), size
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            del self._running[task]
            self._leave(size)
        if task.cancelled():
            raise GivenUpError
        return task.result()

    async def _enter(self, size: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (size, next(self._numbers), turn))
        self._let_in()
        if not turn.done() and not self._looks:
            self._look()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was let in, and does not come
                self._leave(size)
            raise

    def _leave(self, size: int) -> None:
        self._free += size
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and (self._waiting[0][0] <= self._free or self._waiting[0][2].cancelled()):
            size, _, turn = heappop(self._waiting)
            if not turn.cancelled():
                self._free -= size
                turn.set_result(None)

    def _look(self) -> None:
        """While somebody waits, give up what has had memory for long, for as many as there are."""
        loop = asyncio.get_running_loop()
        wanted = sum(size for size, _, _ in self._waiting) - self._free
        for task, (since, size) in self._running.items():
            if wanted <= 0 or loop.time() - since < _LONG:
                break
            task.cancel()
            wanted -= size
        self._looks = bool(self._waiting)
        if self._looks:
            loop.call_later(_LOOK, self._look)


_SLOWEST = 60.0
"""Seconds in which a body must have come."""


class NotWholeError(Exception):
    """The body did not come, and why."""


async def body_of(request: Request, most: int) -> bytes:
    """The body. Raises PayloadTooLargeError for one of more than `most` bytes, and NotWholeError."""
    try:
        return await asyncio.wait_for(_read(request, most), _SLOWEST)
    except asyncio.TimeoutError:
        raise NotWholeError("the body did not come in time") from None
    except ClientDisconnect:
        raise NotWholeError("the sender broke off before the body had come") from None


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise PayloadTooLargeError(f"the body has more than {most} bytes")
    return bytes(body)
