"""The room `tools.connections`: who sends nothing keeps nobody from being answered."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from threading import Thread
from urllib.parse import urlsplit

import pytest

from cds_context.testing import examples
from cds_context.tools import Inbox, connections, listening, send

from ..patience import PATIENCE

BODY = examples()["update"]
HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(BODY)


def connected(inbox: Inbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(inbox.url).port or 0), PATIENCE)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side closes it; fails where it does not."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", HEAD[:20]], ids=["nothing", "half a head"])
def test_a_request_that_does_not_come_is_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.05)
    with listening() as inbox, connected(inbox) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_request_that_comes_is_answered_however_long_that_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.5)
    with listening() as inbox, connected(inbox) as connection:
        connection.sendall(HEAD)
        with connected(inbox) as other:
            assert is_closed(other)  # by which time this one would be, too
        connection.sendall(BODY)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_second_request_is_waited_for_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.5)
    with listening() as inbox, connected(inbox) as connection:
        for _ in range(2):
            connection.sendall(HEAD + BODY)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200")
        assert is_closed(connection)


def test_those_who_wait_longest_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WAITING", 3)
    with listening() as inbox, ExitStack() as stack:
        first, *others = [stack.enter_context(connected(inbox)) for _ in range(4)]
        assert is_closed(first)
        assert send([BODY], inbox.url)
        others[-1].sendall(HEAD + BODY)
        assert others[-1].recv(100).startswith(b"HTTP/1.1 200")


def test_what_comes_while_posts_are_answered_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = 700
    held: list[int] = []
    data_received = connections.Connection.data_received
    with listening() as inbox, connected(inbox) as connection:

        def counted(connection: connections.Connection, data: bytes) -> None:
            before = held[-1] + answered[-1] if held else 0
            answered.append(inbox.received * len(HEAD + BODY))
            held.append(before + len(data) - answered[-1])
            data_received(connection, data)

        answered = [0]
        monkeypatch.setattr(connections.Connection, "data_received", counted)
        sender = Thread(target=connection.sendall, args=((HEAD + BODY) * requests,))
        sender.start()
        answers = b""
        while answers.count(b"\r\n\r\n") < requests:
            answers += connection.recv(65536)
        sender.join(PATIENCE)
    assert answers.count(b"HTTP/1.1 200 OK") == requests
    assert max(held) < 1_000_000  # of five megabytes, which are there from the beginning
