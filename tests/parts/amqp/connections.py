"""A connection with its sessions and links, as a server has them.

Source: "AMQP 1.0, part 2: transport". A broker says to which node a link leads; the rest is here. Numbers do not wrap:
no test sends four billion frames. All of it runs in the thread of the server.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from . import messages
from .frames import (
    AMQP_HEADER,
    RECEIVER,
    SASL_HEADER,
    SENDER,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Frame,
    Open,
    Performative,
    SaslMechanisms,
    SaslOutcome,
    Transfer,
    accepted,
    error,
    read_frame,
    write_frame,
)
from .values import Array, Described, Symbol, UByte, UInt, ULong, UShort

FRAME_BYTES = 65536
WINDOW = 5000
CREDIT = 1000
MESSAGE_BYTES = 4 * 1024 * 1024


class RefusedError(Exception):
    """A link that leads nowhere, with the condition of AMQP that says why."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(description)
        self.condition = condition


class Node:
    """What a link leads to; a broker has its own kinds."""

    def opened(self, link: Link) -> None:
        """A link was attached."""

    def arrived(self, link: Link, message: bytes, kind: int) -> Described:
        """A message of a format came; the outcome goes back."""
        raise NotImplementedError

    def credited(self, link: Link) -> None:
        """The receiver at the other end takes messages, as many as the link has credit."""

    def settled(self, link: Link, tag: bytes, outcome: Described) -> Described:
        """The receiver has settled a delivery; the outcome that is told back."""
        return outcome

    def closed(self, link: Link) -> None:
        """A link was detached, or its connection is gone."""


class Broker(Protocol):
    """What a server is for."""

    def node(self, session: Session, attach: Attach) -> Node:
        """The node of a new link. Raises RefusedError."""
        ...


class Link:
    """One end of a link; the client has the other."""

    def __init__(self, session: Session, attach: Attach, node: Node) -> None:
        self.session = session
        self.attach = attach
        self.node = node
        self.is_outgoing = attach.role == RECEIVER
        """Whether messages go to the client."""
        self.credit = 0
        """How many messages may still be sent."""
        self.delivery_count = 0
        self.unsettled: dict[int, bytes] = {}
        """The tags of messages that were sent and not yet settled, by the numbers of their deliveries."""
        self.first: Transfer | None = None
        """The first transfer of a message that has not come as a whole."""
        self.received = bytearray()

    def send(self, tag: bytes, message: bytes, *, settled: bool = False) -> None:
        """Send a message, which takes one credit."""
        self.credit -= 1
        self.delivery_count += 1
        number = self.session.next_delivery()
        if not settled:
            self.unsettled[number] = tag
        size = self.session.connection.payload_bytes
        pieces = [message[start : start + size] for start in range(0, len(message), size)]
        for index, piece in enumerate(pieces):
            transfer = Transfer(
                handle=self.attach.handle,
                delivery_id=UInt(number),
                delivery_tag=tag,
                message_format=UInt(0),
                settled=settled,
                more=index + 1 < len(pieces),
            )
            self.session.transfer(transfer, piece)

    def grant(self) -> None:
        """Take as many messages as a link takes at one time."""
        self.credit = CREDIT
        self.session.flow(self)

    def refuse(self, why: Described) -> None:
        """End the link with an error."""
        self.session.drop(self)
        self.session.send(Detach(self.attach.handle, closed=True, error=why))


class Session:
    """One session; both ends number it alike."""

    def __init__(self, connection: Connection, channel: int, begin: Begin) -> None:
        self.connection = connection
        self.channel = channel
        self.links: dict[int, Link] = {}
        self.requests: dict[str, Requests] = {}
        self._delivery = -1
        self._next_incoming = int(begin.next_outgoing_id)
        self._next_outgoing = 0
        self._window = int(begin.incoming_window)
        self._waiting: deque[tuple[Transfer, bytes]] = deque()
        """Transfers for which the client's window had no room."""

    def send(self, performative: Performative, payload: bytes = b"") -> None:
        """Send a frame of this session."""
        self.connection.write(write_frame(performative, channel=self.channel, payload=payload))

    def next_delivery(self) -> int:
        """The number of the next delivery."""
        self._delivery += 1
        return self._delivery

    def transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Send a transfer as soon as there is room for it."""
        self._waiting.append((transfer, payload))
        self._send_waiting()

    def flow(self, link: Link | None = None, *, drain: bool | None = None) -> None:
        """Say how much may be sent, on this session and on one of its links."""
        said = Flow(
            next_incoming_id=UInt(self._next_incoming),
            incoming_window=UInt(WINDOW),
            next_outgoing_id=UInt(self._next_outgoing),
            outgoing_window=UInt(WINDOW),
        )
        if link:
            said = said._replace(
                handle=link.attach.handle,
                delivery_count=UInt(link.delivery_count),
                link_credit=UInt(link.credit),
                drain=drain,
            )
        self.send(said)

    def drop(self, link: Link) -> None:
        """Forget a link."""
        if self.links.pop(int(link.attach.handle), None):
            link.node.closed(link)

    def end(self) -> None:
        """Forget all links."""
        for link in [*self.links.values()]:
            self.drop(link)

    def _send_waiting(self) -> None:
        while self._waiting and self._window > 0:
            self._window -= 1
            self._next_outgoing += 1
            self.send(*self._waiting.popleft())

    def handle(self, performative: Performative, payload: bytes) -> None:
        """Do what a frame of the client asks for."""
        match performative:
            case Attach():
                self._attach(performative)
            case Flow():
                self._flow(performative)
            case Transfer():
                self._transfer(performative, payload)
            case Disposition():
                self._disposition(performative)
            case Detach():
                link = self.links.get(int(performative.handle))
                if link:  # else it was the server that detached it
                    self.drop(link)
                    self.send(Detach(performative.handle, closed=True))
            case _:
                raise ValueError(f"unexpected in a session: {type(performative).__name__}")

    def _attach(self, attach: Attach) -> None:
        # The client drops a link that is attached without a source and a target, and would not learn why.
        answer = attach._replace(
            role=not attach.role,
            initial_delivery_count=UInt(0) if attach.role == RECEIVER else None,
            max_message_size=ULong(MESSAGE_BYTES),
            unsettled=None,
            desired_capabilities=None,
            properties=None,
        )
        self.send(answer)
        try:
            node = self.connection.broker.node(self, attach)
        except RefusedError as refused:
            self.send(Detach(attach.handle, closed=True, error=error(refused.condition, str(refused))))
            return
        link = self.links[int(attach.handle)] = Link(self, attach, node)
        node.opened(link)
        if not link.is_outgoing:
            link.grant()

    def _flow(self, flow: Flow) -> None:
        begun = 0 if flow.next_incoming_id is None else int(flow.next_incoming_id)
        self._window = begun + int(flow.incoming_window) - self._next_outgoing
        self._send_waiting()
        link = None if flow.handle is None else self.links.get(int(flow.handle))
        if link and link.is_outgoing and flow.link_credit is not None:
            link.credit = int(flow.delivery_count or 0) + int(flow.link_credit) - link.delivery_count
            link.node.credited(link)
            if flow.drain:
                link.delivery_count += max(link.credit, 0)
                link.credit = 0
                self.flow(link, drain=True)
        elif flow.echo:
            self.flow(link)

    def _transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming += 1
        link = self.links.get(int(transfer.handle))
        if not link:  # it was detached while this was on its way
            return
        link.first = link.first or transfer
        link.received += payload
        if transfer.more:
            return
        first, message = link.first, bytes(link.received)
        link.first, link.received = None, bytearray()
        link.delivery_count += 1
        link.credit -= 1
        assert first.delivery_id is not None
        outcome = link.node.arrived(link, message, int(first.message_format or 0))
        if not first.settled:
            self.send(Disposition(RECEIVER, first.delivery_id, first.delivery_id, settled=True, state=outcome))
        if link.credit < CREDIT // 2:
            link.grant()

    def _disposition(self, disposition: Disposition) -> None:
        if disposition.role != RECEIVER or disposition.state is None:
            return
        last = disposition.first if disposition.last is None else disposition.last
        for number in range(disposition.first, last + 1):
            link = next((link for link in self.links.values() if number in link.unsettled), None)
            if link:
                outcome = link.node.settled(link, link.unsettled.pop(number), disposition.state)
                # The client that asks for a message to be rejected takes an error in the answer for a failure.
                self.send(Disposition(SENDER, UInt(number), UInt(number), settled=True, state=outcome))


class Connection:
    """One connection."""

    def __init__(self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.broker = broker
        self.payload_bytes = 512
        """How much of a message fits into a frame of the client's size."""
        self.write = writer.write
        self._reader = reader
        self._writer = writer
        self._sessions: dict[int, Session] = {}
        self._heart: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            await self._negotiate()
            while await self._handle(await self._frame()):
                await self._writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone, which closes its links as well
        finally:
            if self._heart:
                self._heart.cancel()
            for session in self._sessions.values():
                session.end()
            self._writer.close()

    def cut(self) -> None:
        """Drop the connection, as a network does: without a word."""
        self._writer.transport.abort()

    async def _frame(self) -> Frame:
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        return read_frame(await self._reader.readexactly(size - 4))

    async def _negotiate(self) -> None:
        header = await self._reader.readexactly(8)
        if header == SASL_HEADER:
            mechanisms = Array(map(Symbol, ["ANONYMOUS", "PLAIN", "EXTERNAL", "MSSBCBS"]))
            self.write(SASL_HEADER + write_frame(SaslMechanisms(mechanisms)))
            await self._frame()
            self.write(write_frame(SaslOutcome(UByte(0))))
            header = await self._reader.readexactly(8)
        if header != AMQP_HEADER:
            raise ValueError("a client of another protocol")
        self.write(AMQP_HEADER)

    async def _handle(self, frame: Frame) -> bool:
        """Whether the connection stays."""
        channel, performative, payload = frame
        match performative:
            case None:
                pass
            case Open():
                self._open(performative)
            case Begin():
                self._sessions[channel] = Session(self, channel, performative)
                answer = Begin(UShort(channel), UInt(0), UInt(WINDOW), UInt(WINDOW), UInt(255))
                self.write(write_frame(answer, channel=channel))
            case End():
                self._sessions.pop(channel).end()
                self.write(write_frame(End(), channel=channel))
            case Close():
                self.write(write_frame(Close()))
                return False
            case _ if channel in self._sessions:
                self._sessions[channel].handle(performative, payload)
            case _:
                pass  # clients detach the links of a session that they have ended
        return True

    def _open(self, client: Open) -> None:
        size = FRAME_BYTES if client.max_frame_size is None else min(FRAME_BYTES, int(client.max_frame_size))
        self.payload_bytes = size - 100  # a transfer needs less than that beside the payload
        self.write(
            write_frame(
                Open(
                    container_id="a-broker",
                    max_frame_size=UInt(FRAME_BYTES),
                    channel_max=UShort(255),
                    idle_time_out=UInt(120_000),
                    properties={},
                )
            )
        )
        if client.idle_time_out:
            self._heart = asyncio.create_task(self._beat(client.idle_time_out / 2000))

    async def _beat(self, seconds: float) -> None:
        while True:
            self.write(write_frame(None))
            await asyncio.sleep(seconds)


class Requests(Node):
    """Requests on one link, and their answers on another of the same session and address."""

    def __init__(self, answer: Callable[[bytes], dict[int, Any]]) -> None:
        self._answer = answer
        self._answers: deque[bytes] = deque()
        self._link: Link | None = None

    @classmethod
    def of(cls, session: Session, address: str, answer: Callable[[bytes], dict[int, Any]]) -> Requests:
        """The node for both links."""
        return session.requests.setdefault(address, cls(answer))

    def opened(self, link: Link) -> None:
        if link.is_outgoing:
            self._link = link

    def arrived(self, link: Link, message: bytes, kind: int) -> Described:
        properties = messages.read(message, messages.PROPERTIES)
        parts = self._answer(message) | {messages.PROPERTIES: [None] * 5 + [properties[0]]}
        self._answers.append(messages.write(parts))
        if self._link:
            self.credited(self._link)
        return accepted()

    def credited(self, link: Link) -> None:
        while self._answers and link.credit > 0:
            link.send(b"answer", self._answers.popleft(), settled=True)
