"""A connection to the listener: uvicorn's, which waits for no request for ever, and reads no other one meanwhile.

uvicorn closes a connection on which no second request comes, but not one on which the first never comes, or never
ends. Enough of these, from one careless or hostile client, and nobody else gets one. While it answers a post, it reads
on: what comes then takes memory, on each connection.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

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
        self.since = 0.0
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
        self.flow = _Flow(transport, self)
        self._wait()
        waiting = [each for each in self._others() if each.waits and not each.transport.is_closing()]
        if len(waiting) > WAITING:
            min(waiting, key=_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        if not self.waits:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there."""
        super().on_response_complete()
        if self.waits:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
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
