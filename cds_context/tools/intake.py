"""How much is received at a time. Knows no network and no events.

How it works: whoever receives a body says first how large it can get, and waits until there is room for it. The small
ones go first: they are what servers post, and a sender of large ones cannot keep them out. A sender that is slow, or
never finishes, keeps its room from others; so while somebody waits, whatever has had room for long is given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

MEMORY = 64 * 1024 * 1024
"""Bytes of bodies that are being received."""
_LONG = 2.0
"""Seconds for which a body can have room that others wait for."""

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
        """Do the work once there is room. Raises GivenUpError if it takes long and others wait, and at the end."""
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
        """While somebody waits, give up what has had room for long, for as many as there are."""
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
