"""A hub as the client of Event Hubs sees it: partitions, keys, offsets, and the positions that readers ask for.

Source: "AMQP 1.0 in Service Bus and Event Hubs protocol guide" of Microsoft's documentation, and what the client does.
Which partition a key leads to is the service's business, and here another than there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple
from zlib import crc32

from tests.parts.amqp import messages
from tests.parts.amqp.connections import Link, Node, RefusedError, Requests, Session
from tests.parts.amqp.frames import BATCH, Attach, accepted, address
from tests.parts.amqp.values import Array, Described, Int, Symbol, Timestamp

KEY = Symbol("x-opt-partition-key")
SELECTOR = re.compile(r"amqp\.annotation\.x-opt-(offset|sequence-number) (>=?) '([^']*)'")


def milliseconds() -> Timestamp:
    """Now."""
    return Timestamp(datetime.now(timezone.utc).timestamp() * 1000)


class Event(NamedTuple):
    """An event in a partition."""

    number: int
    offset: str
    message: bytes


class Partition(Node):
    """A partition: a log, which readers read from where they want."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._readers: dict[Link, int] = {}
        """The number of the next event for each."""

    def append(self, message: bytes, key: str | None) -> None:
        """Take an event in."""
        number = len(self.events)
        # An offset tells a place to the service alone, so this one resembles no number of an event.
        offset = str(4294967296 + 1000 * number)
        annotations = {
            Symbol("x-opt-sequence-number"): number,
            Symbol("x-opt-offset"): offset,
            Symbol("x-opt-enqueued-time"): milliseconds(),
        } | ({KEY: key} if key else {})
        self.events.append(Event(number, offset, messages.replaced(message, {messages.ANNOTATIONS: annotations})))
        for link in self._readers:
            self.credited(link)

    def begin(self, attach: Attach) -> int:
        """The number of the first event for a reader. Raises RefusedError."""
        assert attach.source
        filters: dict[Any, Described] = attach.source.value[7] or {}
        found = SELECTOR.fullmatch(next(iter(filters.values())).value if filters else "")
        if not found:
            raise RefusedError("amqp:not-implemented", "not a position of this broker")
        what, operator, place = found.groups()
        if place in {"-1", "@latest"}:
            return 0 if place == "-1" else len(self.events)
        numbers = {event.offset if what == "offset" else str(event.number): event.number for event in self.events}
        if place not in numbers:
            raise RefusedError("com.microsoft:argument-out-of-range", "there is no event at this place")
        return numbers[place] + (operator == ">")

    def opened(self, link: Link) -> None:
        self._readers[link] = self.begin(link.attach)

    def closed(self, link: Link) -> None:
        self._readers.pop(link, None)

    def credited(self, link: Link) -> None:
        while link.credit > 0 and self._readers[link] < len(self.events):
            event = self.events[self._readers[link]]
            self._readers[link] += 1
            link.send(event.number.to_bytes(4, "big"), event.message, settled=True)


class Entrance(Node):
    """Where senders put events: of a hub, or of one of its partitions."""

    def __init__(self, partition_for: Callable[[str | None], Partition]) -> None:
        self._partition_for = partition_for

    def arrived(self, link: Link, message: bytes, kind: int) -> Described:
        key = _key(message)
        for one in messages.batched(message) if kind == BATCH else [message]:
            of_one = key or _key(one)
            self._partition_for(of_one).append(one, of_one)
        return accepted()


def _key(message: bytes) -> str | None:
    annotations: dict[str, Any] = messages.read(message, messages.ANNOTATIONS) or {}
    return annotations.get(KEY)


class Hub:
    """A hub."""

    def __init__(self, partitions: int = 4) -> None:
        self.partitions = [Partition() for _ in range(partitions)]
        self._turn = 0

    def _partition_for(self, key: str | None) -> Partition:
        if key is None:
            self._turn += 1
        return self.partitions[(self._turn if key is None else crc32(key.encode())) % len(self.partitions)]

    def node(self, attach: Attach) -> Node:
        """The node of an address below the hub."""
        place = re.search(r"/Partitions/(\d+)$", address(attach))
        if not place:
            return Entrance(self._partition_for)
        partition = self.partitions[int(place[1])]
        if attach.role:
            partition.begin(attach)
            return partition
        return Entrance(lambda _: partition)

    def describe(self, name: str) -> dict[str, Any]:
        """What a client learns about the hub."""
        return {
            "name": name,
            "created_at": milliseconds(),
            "partition_count": Int(len(self.partitions)),
            "partition_ids": Array(str(index) for index in range(len(self.partitions))),
        }


class Hubs:
    """Hubs, which are there as soon as somebody names them."""

    def __init__(self) -> None:
        self._hubs: dict[str, Hub] = {}

    def __getitem__(self, name: str) -> Hub:
        return self._hubs.setdefault(name, Hub())

    def node(self, session: Session, attach: Attach) -> Node:
        place = address(attach)
        if place == "$cbs":
            return Requests.of(session, place, lambda _: _reply(202, "Accepted", None))
        if place == "$management":
            return Requests.of(session, place, self._describe)
        return self[place.partition("/")[0]].node(attach)

    def _describe(self, request: bytes) -> dict[int, Any]:
        asked = messages.read(request, messages.APPLICATION_PROPERTIES)
        if asked["type"] != "com.microsoft:eventhub":
            return _reply(501, "not an operation of this broker", None)
        return _reply(200, "OK", self[asked["name"]].describe(asked["name"]))


def _reply(status: int, description: str, value: Any) -> dict[int, Any]:
    said = {"status-code": Int(status), "status-description": description}
    return {messages.APPLICATION_PROPERTIES: said, messages.VALUE: value}
