"""Queues as the client of Service Bus sees them: locks, delivery counts, dead letters.

Source: "AMQP 1.0 in Service Bus and Event Hubs protocol guide" and "AMQP request-response operations" of Microsoft's
documentation, and what the client does. A lock runs out when a test says so, and never by the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from threading import Event
from typing import Any
from uuid import UUID, uuid4

from tests.parts.amqp import messages
from tests.parts.amqp.connections import Link, Node, RefusedError, Requests, Session
from tests.parts.amqp.frames import BATCH, Attach, accepted, address, error, rejected
from tests.parts.amqp.values import Array, Described, Int, Symbol, Timestamp, UByte, UInt, ULong

DEAD_LETTERS = "/$deadletterqueue"
MANAGEMENT = "/$management"
LOCK_SECONDS = 300
REJECTED, RELEASED, MODIFIED = 0x25, 0x26, 0x27


def milliseconds() -> Timestamp:
    """Now."""
    return Timestamp(datetime.now(timezone.utc).timestamp() * 1000)


@dataclass
class Stored:
    """A message in a queue."""

    number: int
    message: bytes
    enqueued: Timestamp
    deliveries: int = 0
    """How often it was handed out and came back."""
    token: UUID | None = None
    """The token of its lock; without one the message waits."""


class Queue(Node):
    """A queue."""

    def __init__(self, name: str, dead_letters: Queue | None, max_deliveries: int) -> None:
        self.name = name
        self.dead_letters = dead_letters
        self.max_deliveries = max_deliveries
        self.stored: dict[int, Stored] = {}
        self.was_renewed = Event()
        """Whether somebody has renewed a lock."""
        self._last = 0
        self._receivers: list[Link] = []

    # What links ask for

    def opened(self, link: Link) -> None:
        if link.is_outgoing:
            self._receivers.append(link)

    def closed(self, link: Link) -> None:
        # The locks stay: a queue does not know whether the worker that holds them is still at work.
        if link.is_outgoing:
            self._receivers.remove(link)

    def arrived(self, link: Link, message: bytes, kind: int) -> Described:
        for one in messages.batched(message) if kind == BATCH else [message]:
            self.put(one)
        return accepted()

    def credited(self, link: Link) -> None:
        for stored in [*self.stored.values()]:
            if link.credit <= 0:
                return
            if stored.token is None:
                self._hand_out(stored, link)

    def settled(self, link: Link, tag: bytes, outcome: Described) -> Described:
        return self.settle(UUID(bytes_le=tag), outcome)

    # What tests ask for

    def put(self, message: bytes) -> None:
        """Take a message in."""
        self._last += 1
        self.stored[self._last] = Stored(self._last, message, milliseconds())
        self._offer()

    def expire(self) -> None:
        """Let all locks run out."""
        for stored in [*self.stored.values()]:
            if stored.token is not None:
                self._give_back(stored)
        self._offer()

    # Locks

    def _offer(self) -> None:
        for link in self._receivers:
            self.credited(link)

    def _hand_out(self, stored: Stored, link: Link) -> None:
        stored.token = uuid4()
        until = Timestamp(milliseconds() + LOCK_SECONDS * 1000)
        parts: dict[int, Any] = {
            messages.HEADER: [True, UByte(4), None, False, UInt(stored.deliveries)],
            messages.ANNOTATIONS: {
                **(messages.read(stored.message, messages.ANNOTATIONS) or {}),
                Symbol("x-opt-sequence-number"): stored.number,
                Symbol("x-opt-enqueued-time"): stored.enqueued,
                Symbol("x-opt-locked-until"): until,
            },
        }
        message = messages.replaced(stored.message, parts)
        is_settled = link.attach.snd_settle_mode == 1
        if is_settled:
            del self.stored[stored.number]
        link.send(stored.token.bytes_le, message, settled=is_settled)

    def _give_back(self, stored: Stored, *, counted: bool = True) -> None:
        stored.token = None
        stored.deliveries += counted
        if self.dead_letters and stored.deliveries >= self.max_deliveries:
            self._bury(stored, "MaxDeliveryCountExceeded", "Message could not be consumed")

    def _bury(self, stored: Stored, reason: str | None, description: str | None) -> None:
        del self.stored[stored.number]
        if not self.dead_letters:
            return
        properties: dict[str, Any] = messages.read(stored.message, messages.APPLICATION_PROPERTIES) or {}
        said = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        properties |= {name: value for name, value in said.items() if value is not None}
        self.dead_letters.put(messages.replaced(stored.message, {messages.APPLICATION_PROPERTIES: properties}))

    def _locked(self, token: UUID) -> Stored | None:
        return next((stored for stored in self.stored.values() if stored.token == token), None)

    def settle(self, token: UUID, outcome: Described) -> Described:
        """Settle what a lock holds, and give the outcome that is told back."""
        stored = self._locked(token)
        if not stored:
            return rejected(error("com.microsoft:message-lock-lost", "The lock supplied is invalid."))
        if outcome.descriptor == REJECTED:
            info: dict[str, str | None] = outcome.value[0].value[2]
            self._bury(stored, info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription"))
            return Described(ULong(REJECTED), [])
        if outcome.descriptor in {RELEASED, MODIFIED}:
            self._give_back(stored, counted=outcome.descriptor == MODIFIED)
            self._offer()
        else:
            del self.stored[stored.number]
        return outcome

    def manage(self, request: bytes) -> dict[int, Any]:
        """Answer a request about the queue."""
        operation = messages.read(request, messages.APPLICATION_PROPERTIES)["operation"]
        asked = messages.read(request, messages.VALUE)
        tokens = asked["lock-tokens"]
        if any(self._locked(token) is None for token in tokens):
            return _reply(410, "The lock supplied is invalid.", "com.microsoft:message-lock-lost")
        if operation == "com.microsoft:renew-lock":
            self.was_renewed.set()
            until = Timestamp(milliseconds() + LOCK_SECONDS * 1000)
            return _reply(200, "OK") | {messages.VALUE: {"expirations": Array([until] * len(tokens))}}
        if operation == "com.microsoft:update-disposition":
            info = {"DeadLetterReason": asked.get("deadletter-reason")}
            info["DeadLetterErrorDescription"] = asked.get("deadletter-description")
            outcome = {
                "completed": accepted(),
                "abandoned": Described(ULong(MODIFIED), [True]),
                "suspended": rejected(Described(ULong(0x1D), [Symbol("com.microsoft:dead-letter"), None, info])),
            }[asked["disposition-status"]]
            for token in tokens:
                self.settle(token, outcome)
            return _reply(200, "OK")
        return _reply(501, f"not an operation of this broker: {operation}")


def _reply(status: int, description: str, condition: str | None = None) -> dict[int, Any]:
    said = {"statusCode": Int(status), "statusDescription": description, "errorCondition": Symbol(condition or "")}
    if condition is None:
        del said["errorCondition"]
    return {messages.APPLICATION_PROPERTIES: said, messages.VALUE: {}}


def put_token(_: bytes) -> dict[int, Any]:
    """Let everybody in."""
    return {messages.APPLICATION_PROPERTIES: {"status-code": Int(202), "status-description": "Accepted"}}


class Queues:
    """Queues, which are there as soon as somebody names them."""

    def __init__(self, max_deliveries: int = 10) -> None:
        self.max_deliveries = max_deliveries
        self._queues: dict[str, Queue] = {}

    def __getitem__(self, name: str) -> Queue:
        name = name.lower()
        if name not in self._queues:
            letters = None if name.endswith(DEAD_LETTERS) else self[name + DEAD_LETTERS]
            self._queues[name] = Queue(name, letters, self.max_deliveries)
        return self._queues[name]

    def node(self, session: Session, attach: Attach) -> Node:
        name = address(attach)
        if name == "$cbs":
            return Requests.of(session, name, put_token)
        if name.endswith(MANAGEMENT):
            return Requests.of(session, name, self[name.removesuffix(MANAGEMENT)].manage)
        if name.startswith("missing"):
            raise RefusedError("amqp:not-found", "The messaging entity could not be found.")
        return self[name]
