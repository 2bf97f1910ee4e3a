"""The tests' AMQP server: its values against what the client reads, and its manners with a peer that asks for them."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest

from tests.parts.amqp import messages
from tests.parts.amqp.frames import (
    AMQP_HEADER,
    CODES,
    RECEIVER,
    Attach,
    Begin,
    Detach,
    Flow,
    Frame,
    Open,
    Performative,
    Transfer,
    read_frame,
    write_frame,
)
from tests.parts.amqp.servers import Server, serving
from tests.parts.amqp.values import Array, Described, Int, Reader, Symbol, Timestamp, UByte, UInt, ULong, UShort, encode
from tests.patience import PATIENCE

from .broker import Queues

decode_payload: Any = importlib.import_module("azure.servicebus._pyamqp._decode").decode_payload
SOME_ID = UUID("7062304a-0677-53ac-a389-c6c372260ab4")
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -(2**63),
    1.5,
    UByte(255),
    UShort(65535),
    UInt(0),
    UInt(2**32 - 1),
    ULong(7),
    ULong(2**64 - 1),
    Int(-5),
    Timestamp(1764353595000),
    b"",
    b"x" * 300,
    "ä" * 200,
    Symbol("amqp:accepted:list"),
    SOME_ID,
    [],
    [1, None, "two"],
    ["x" * 200] * 300,
    {Symbol("a"): 1, "b": {"c": [True]}},
    Array(["a", "bc"]),
    Array([SOME_ID, SOME_ID]),
    Array([Timestamp(1), Timestamp(2)]),
]


def seen_by_the_client(value: Any) -> Any:
    """What the client makes of a value: it knows no text, and no types of numbers."""
    if isinstance(value, str):
        return value.encode()
    children: Any = value
    if isinstance(value, dict):
        return {seen_by_the_client(key): seen_by_the_client(item) for key, item in children.items()}
    return [*map(seen_by_the_client, children)] if isinstance(value, list) else value


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_is_read_as_it_was_written_and_by_the_client_too(value: Any) -> None:
    reader = Reader(encode(value))
    read = reader.value()
    assert (read, type(read)) == (value, type(value))
    assert not reader
    assert decode_payload(memoryview(messages.write({messages.VALUE: value}))).value == seen_by_the_client(value)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_that_ends_too_early_is_an_error(value: Any) -> None:
    raw = encode(value)
    if len(raw) > 1:
        with pytest.raises(ValueError, match="ends too early"):
            Reader(raw[:-1]).value()


def test_a_frame_is_read_as_it_was_written() -> None:
    flow = Flow(UInt(1), UInt(2), UInt(3), UInt(4), drain=True)
    raw = write_frame(flow, channel=7)
    assert int.from_bytes(raw[:4], "big") == len(raw)
    assert read_frame(raw[4:]) == (7, flow, b"")
    assert read_frame(write_frame(None)[4:]) == (0, None, b"")


def test_fields_that_were_left_out_are_none() -> None:
    shortened = encode(Described(ULong(CODES[Flow]), [None, UInt(2), UInt(3), UInt(4)]))
    assert read_frame(b"\x02\x00\x00\x00" + shortened).performative == Flow(None, UInt(2), UInt(3), UInt(4))


def test_sections_that_are_not_replaced_stay_as_they_are() -> None:
    # A list as the specification allows it, and as nothing here writes it.
    odd = b"\x00\x53\x73" + b"\xd0\x00\x00\x00\x05\x00\x00\x00\x01\x40"
    message = odd + messages.write({messages.DATA: b"body"})
    new = messages.replaced(message, {messages.ANNOTATIONS: {Symbol("x-opt-offset"): "1"}})
    assert new.endswith(message)
    assert messages.read(new, messages.ANNOTATIONS) == {"x-opt-offset": "1"}
    assert messages.body(new) == b"body"


class Peer:
    """A client that does as a test says, frame by frame."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(AMQP_HEADER)
        assert self._file.read(8) == AMQP_HEADER

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def send(self, performative: Performative, channel: int = 0) -> None:
        self._socket.sendall(write_frame(performative, channel=channel))

    def frame(self) -> Frame:
        size = int.from_bytes(self._file.read(4), "big")
        return read_frame(self._file.read(size - 4))

    def receiver(self, queue: str, window: int, frame_bytes: int = 65536) -> None:
        """Attach as a receiver, on a session with a window."""
        self.send(Open("a-peer", max_frame_size=UInt(frame_bytes)))
        self.send(Begin(None, UInt(0), UInt(window), UInt(100)), 1)
        source = Described(ULong(0x28), [queue])
        self.send(Attach("a-link", UInt(0), RECEIVER, source=source, target=Described(ULong(0x29), ["me"])), 1)
        assert [type(self.frame().performative) for _ in range(3)] == [Open, Begin, Attach]


@pytest.fixture(name="server")
def server_of_queues() -> Iterator[Server]:
    with serving(Queues()) as server:
        yield server


def put(server: Server, queue: str, count: int, size: int = 1) -> None:
    queues: Any = server.broker
    for _ in range(count):
        server.run(lambda: queues[queue].put(messages.write({messages.DATA: b"x" * size})))


def test_a_peer_that_asks_for_heartbeats_gets_them(server: Server) -> None:
    with closing(Peer(server)) as peer:
        peer.send(Open("a-peer", idle_time_out=UInt(20)))
        assert isinstance(peer.frame().performative, Open)
        assert [peer.frame() for _ in range(3)] == [(0, None, b"")] * 3


def test_no_more_is_sent_than_the_window_has_room_for(server: Server) -> None:
    put(server, "q", 5)
    with closing(Peer(server)) as peer:
        peer.receiver("q", window=2)
        peer.send(Flow(UInt(0), UInt(2), UInt(0), UInt(9), UInt(0), UInt(0), UInt(9)), 1)
        assert [type(peer.frame().performative) for _ in range(2)] == [Transfer] * 2
        # An answer to an echo shows that no transfer was on its way before it.
        peer.send(Flow(UInt(2), UInt(0), UInt(0), UInt(9), echo=True), 1)
        assert isinstance(peer.frame().performative, Flow)
        peer.send(Flow(UInt(2), UInt(9), UInt(0), UInt(9)), 1)
        assert [type(peer.frame().performative) for _ in range(3)] == [Transfer] * 3


def test_a_message_that_is_larger_than_a_frame_comes_in_several(server: Server) -> None:
    put(server, "q", 1, size=1500)
    with closing(Peer(server)) as peer:
        peer.receiver("q", window=100, frame_bytes=512)
        peer.send(Flow(UInt(0), UInt(99), UInt(0), UInt(9), UInt(0), UInt(0), UInt(1)), 1)
        frames = [peer.frame() for _ in range(4)]
    transfers: list[Any] = [frame.performative for frame in frames]
    assert [transfer.more for transfer in transfers] == [True, True, True, False]
    assert messages.body(b"".join(frame.payload for frame in frames)) == b"x" * 1500


def test_credit_that_is_drained_is_given_back(server: Server) -> None:
    put(server, "q", 1)
    with closing(Peer(server)) as peer:
        peer.receiver("q", window=100)
        peer.send(Flow(UInt(0), UInt(99), UInt(0), UInt(9), UInt(0), UInt(0), UInt(5), drain=True), 1)
        assert isinstance(peer.frame().performative, Transfer)
        flow = peer.frame().performative
        assert isinstance(flow, Flow)
        assert (flow.delivery_count, flow.link_credit, flow.drain) == (5, 0, True)


def test_a_link_that_leads_nowhere_is_attached_and_refused(server: Server) -> None:
    with closing(Peer(server)) as peer:
        peer.receiver("missing", window=100)
        detach = peer.frame().performative
        assert isinstance(detach, Detach)
        assert detach.error
        assert detach.error.value[0] == "amqp:not-found"
