"""Passing events on to another address, as they came, and keeping what it answered.

How it works: what is to be passed on waits in a dict, the oldest first. A few tasks take it from there, and end when
nothing waits; so a slow address keeps nobody from being answered, and holds no more than so many bodies.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from cds_context import ArgumentError, Mode
from cds_context.testing import Request

from .access import is_loopback
from .addresses import checked
from .inbox import Store
from .outcomes import Sent, judge
from .sending import connections, deliver

_AT_ONCE = 4
_WAITING = 64
"""Events that wait to be passed on."""
_OF_THE_CONNECTION = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that are about one connection. Source: RFC 9110, 7.6.1; and those that HTTP writes anew."""


class Forwarder:
    """Passes events on to one address. For the thread that receives them.

    Raises ArgumentError for what is no address, and for `own`, the port of the listener itself.
    """

    def __init__(self, store: Store, url: str, own: int) -> None:
        self._store = store
        self._url = checked(url)
        if self._url.port == own and is_loopback(self._url.host):
            raise ArgumentError("`forward_to` is the listener's own address")
        self._waiting: OrderedDict[int, tuple[Request, Mode]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Pass on no more."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    def take(self, number: int, request: Request, mode: Mode) -> None:
        """Pass on the event of the post of that number, soon."""
        self._waiting[number] = request, mode
        if len(self._waiting) > _WAITING:
            oldest, (_, mode) = self._waiting.popitem(last=False)
            problem = "not passed on: too many waited"
            self._store.note(
                oldest, Sent(event=0, status=None, attempts=0, seconds=0, outcome=judge(None, mode), problem=problem)
            )
        if len(self._tasks) < _AT_ONCE:
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        http = connections(self._url)
        async with http:
            while self._waiting:
                number, (request, mode) = self._waiting.popitem(last=False)
                self._store.note(number, await deliver(http, self._url, request, mode))


def as_it_came(headers: Iterable[tuple[bytes, bytes]], query: bytes, body: bytes) -> Request:
    """A request that says what another one said, keys included."""
    said: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        if name not in _OF_THE_CONNECTION:
            said[name] = f"{said[name]}, {value}" if name in said else value
    return Request("POST", said, query.decode("latin-1"), body)
