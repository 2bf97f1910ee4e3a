"""Where a client keeps how far it has come: a store in memory, for the client that blocks and for that of asyncio."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

hubs: Any = importlib.import_module("azure.eventhub")
aio: Any = importlib.import_module("azure.eventhub.aio")


class Shelf:
    """What a store keeps for each partition."""

    def __init__(self) -> None:
        self.owners: dict[str, dict[str, Any]] = {}
        self.checkpoints: dict[str, dict[str, Any]] = {}

    def claim(self, ownerships: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The ownerships that were taken: of a partition that nobody has claimed since the caller looked."""
        taken: list[dict[str, Any]] = []
        for ownership in ownerships:
            place = ownership["partition_id"]
            if self.owners.get(place, {}).get("etag") == ownership.get("etag"):
                self.owners[place] = ownership | {"etag": str(uuid4()), "last_modified_time": time.time()}
                taken.append(dict(self.owners[place]))
        return taken

    def reached(self) -> dict[str, int]:
        """The number of the last event of each partition that is done with."""
        return {place: checkpoint["sequence_number"] for place, checkpoint in self.checkpoints.items()}


class Checkpoints(hubs.CheckpointStore):  # type: ignore[misc]  # the client is imported when the part runs
    """For the client that blocks."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def list_ownership(self, *_: Any, **options: Any) -> list[dict[str, Any]]:
        return [dict(owner) for owner in self._shelf.owners.values()]

    def claim_ownership(self, ownership_list: Iterable[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
        return self._shelf.claim(ownership_list)

    def update_checkpoint(self, checkpoint: dict[str, Any], **options: Any) -> None:
        self._shelf.checkpoints[checkpoint["partition_id"]] = checkpoint

    def list_checkpoints(self, *_: Any, **options: Any) -> list[dict[str, Any]]:
        return [*self._shelf.checkpoints.values()]


class AsyncCheckpoints(aio.CheckpointStore):  # type: ignore[misc]  # as above
    """For the client of asyncio."""

    def __init__(self, shelf: Shelf) -> None:
        self._store = Checkpoints(shelf)

    async def list_ownership(self, *_: Any, **options: Any) -> list[dict[str, Any]]:
        return self._store.list_ownership()

    async def claim_ownership(self, ownership_list: Iterable[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
        return self._store.claim_ownership(ownership_list)

    async def update_checkpoint(self, checkpoint: dict[str, Any], **options: Any) -> None:
        self._store.update_checkpoint(checkpoint)

    async def list_checkpoints(self, *_: Any, **options: Any) -> list[dict[str, Any]]:
        return self._store.list_checkpoints()
