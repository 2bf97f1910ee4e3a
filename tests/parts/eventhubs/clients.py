"""The real client of Event Hubs, and that of asyncio, as one interface: running the reader of the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Protocol
from unittest.mock import patch

from tests.patience import PATIENCE

from .checkpoints import AsyncCheckpoints, Checkpoints, Shelf, aio, hubs

OPTIONS: dict[str, Any] = {"socket_timeout": 0.02, "load_balancing_interval": 1, "retry_backoff_factor": 0.1}
"""So that a client looks up more often than by default."""


class Reading(Protocol):
    """What tests ask of either client."""

    def __call__(
        self, page: Any, connection_string: str, shelf: Shelf, is_enough: Callable[[], bool], **options: Any
    ) -> None:
        """Run the reader of the page until it is enough; the question is asked after each batch."""
        ...


def read_blocking(
    page: Any, connection_string: str, shelf: Shelf, is_enough: Callable[[], bool], **options: Any
) -> None:
    client = hubs.EventHubConsumerClient.from_connection_string(
        connection_string, "$Default", checkpoint_store=Checkpoints(shelf), **OPTIONS | options
    )
    enough = Event()
    receive_events = page.receive_events

    def watched(partition: Any, events: list[Any]) -> None:
        try:
            receive_events(partition, events)
        finally:
            if is_enough():
                enough.set()

    with patch.object(page, "receive_events", watched):
        thread = Thread(target=page.run, args=(client,), daemon=True)
        thread.start()
        came = enough.wait(PATIENCE)
        client.close()
        thread.join(PATIENCE)
    assert came, "the events did not come"
    assert not thread.is_alive(), "the client does not end"


def read_async(page: Any, connection_string: str, shelf: Shelf, is_enough: Callable[[], bool], **options: Any) -> None:
    async def read() -> None:
        client = aio.EventHubConsumerClient.from_connection_string(
            connection_string, "$Default", checkpoint_store=AsyncCheckpoints(shelf), **OPTIONS | options
        )
        enough = asyncio.Event()
        receive_events = page.receive_events_async

        async def watched(partition: Any, events: list[Any]) -> None:
            try:
                await receive_events(partition, events)
            finally:
                if is_enough():
                    enough.set()

        with patch.object(page, "receive_events_async", watched):
            task = asyncio.create_task(page.run_async(client))
            try:
                await asyncio.wait_for(enough.wait(), PATIENCE)
            finally:
                await client.close()
                await asyncio.wait_for(task, PATIENCE)

    asyncio.run(read())


READERS: dict[str, Reading] = {"sync": read_blocking, "aio": read_async}
