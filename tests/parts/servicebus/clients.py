"""The real client of Service Bus, and that of asyncio, as one interface: sending, and running the loop of the page."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from unittest.mock import patch

from tests.parts.amqp.servers import Server
from tests.patience import PATIENCE

bus: Any = importlib.import_module("azure.servicebus")
aio: Any = importlib.import_module("azure.servicebus.aio")
SOCKET_SECONDS = 0.05
"""How long a client listens before it looks for other things to do; its default is four times as long."""

WAITING: dict[str, Any] = {"max_wait_time": PATIENCE}
"""How long a receiver waits for the next message."""


class Enough(BaseException):
    """As many messages have been received as a test wants. What leaves the loop otherwise is an `Exception`."""


def ignore(message: Any) -> None:
    """What tests do with a message that they need not see."""


class Client(Protocol):
    """What tests ask of either client."""

    def send(self, queue: str, *batches: Any) -> None:
        """Send messages to a queue, each alone or in lists of several."""
        ...

    def work(self, queue: str, count: int, seen: Callable[[Any], None] = ..., **options: Any) -> None:
        """Run the loop of the page until it has settled so many messages. `seen` gets each before the page does."""
        ...

    def received(self, queue: str, count: int, **options: Any) -> list[Any]:
        """So many messages, completed."""
        ...


class Sync:
    """The client that blocks."""

    def __init__(self, server: Server, page: Any) -> None:
        self._page = page
        self._client = bus.ServiceBusClient.from_connection_string(
            server.connection_string(), socket_timeout=SOCKET_SECONDS
        )

    def send(self, queue: str, *batches: Any) -> None:
        with self._client.get_queue_sender(queue) as sender:
            for batch in batches:
                sender.send_messages(batch)

    def work(self, queue: str, count: int, seen: Callable[[Any], None] = ignore, **options: Any) -> None:
        receive_event = self._page.receive_event
        settled = 0

        def counted(receiver: Any, message: Any) -> None:
            nonlocal settled
            seen(message)
            try:
                receive_event(receiver, message)
            finally:
                settled += 1
            if settled == count:
                raise Enough

        with patch.object(self._page, "receive_event", counted), suppress(Enough):
            self._page.run(self._client.get_queue_receiver(queue, **options))

    def received(self, queue: str, count: int, **options: Any) -> list[Any]:
        with self._client.get_queue_receiver(queue, **WAITING | options) as receiver:
            found: list[Any] = []
            for message in receiver:
                receiver.complete_message(message)
                found.append(message)
                if len(found) == count:
                    break
        return found


class Aio:
    """The client of asyncio."""

    def __init__(self, server: Server, page: Any) -> None:
        self._page = page
        self._connection_string = server.connection_string()

    def _client(self) -> Any:
        return aio.ServiceBusClient.from_connection_string(self._connection_string, socket_timeout=SOCKET_SECONDS)

    def send(self, queue: str, *batches: Any) -> None:
        async def send() -> None:
            async with self._client() as client, client.get_queue_sender(queue) as sender:
                for batch in batches:
                    await sender.send_messages(batch)

        asyncio.run(send())

    def work(self, queue: str, count: int, seen: Callable[[Any], None] = ignore, **options: Any) -> None:
        receive_event = self._page.receive_event_async
        settled = 0

        async def counted(receiver: Any, message: Any) -> None:
            nonlocal settled
            seen(message)
            try:
                await receive_event(receiver, message)
            finally:
                settled += 1
            if settled == count:
                raise Enough

        async def work() -> None:
            async with self._client() as client:
                with suppress(Enough):
                    await self._page.run_async(client.get_queue_receiver(queue, **WAITING | options))

        with patch.object(self._page, "receive_event_async", counted):
            asyncio.run(work())
        assert settled == count, "the messages did not come"

    def received(self, queue: str, count: int, **options: Any) -> list[Any]:
        async def receive() -> list[Any]:
            found: list[Any] = []
            async with self._client() as client, client.get_queue_receiver(queue, **WAITING | options) as receiver:
                async for message in receiver:
                    await receiver.complete_message(message)
                    found.append(message)
                    if len(found) == count:
                        break
            return found

        return asyncio.run(receive())


CLIENTS: dict[str, Callable[[Server, Any], Client]] = {"sync": Sync, "aio": Aio}
