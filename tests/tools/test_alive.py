"""`cds-context listen` stays alive and ends, whatever arrives. Bounds of time matter only where something fails."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from cds_context.testing import examples
from cds_context.tools import listening, questions
from cds_context.tools.processes import Lane

from ..adversarial import adversarial
from ..patience import PATIENCE
from ..processes import PIPE, Process, started, text
from .test_processes import HANGS

BODY = examples()["update"]
ODD = BODY[:-1] + b',"New":[[]]}'
"""An event that the fast pass leaves to others."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


@contextmanager
def command(*arguments: str) -> Generator[tuple[Process, int]]:
    """`cds-context listen` in a process of its own, and its port."""
    words = [sys.executable, "-m", "cds_context", "listen", "--port", "0", *arguments]
    around = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with started(words, stdout=PIPE, stderr=PIPE, env={**around, "PYTHONIOENCODING": "utf-8"}) as process:
        assert process.stdout
        url = text(process.stdout.readline()).rpartition(" ")[2].strip()
        yield process, urlsplit(url).port or 0


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post(port: int, body: bytes) -> int:
    return ask(port, "POST", "/", body)[0]


def streaming(port: int) -> socket.socket:
    """A page that is open."""
    page = socket.create_connection(("127.0.0.1", port), PATIENCE)
    page.sendall(b"GET /-/rows HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    assert page.recv(100).startswith(b"HTTP/1.1 200")
    return page


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_answering_and_ends_whatever_arrives(number: signal.Signals) -> None:
    bodies = adversarial(100_000)
    # The threads end last: what fails ends the process, and so the answers for which they wait.
    with ThreadPoolExecutor(4) as posts, command() as (process, port), ExitStack() as stack:
        stack.enter_context(streaming(port))
        answers = [posts.submit(post, port, body) for body in bodies.values()]
        for _ in range(5):
            assert post(port, BODY) == 200
        assert {answer.result(PATIENCE) for answer in answers} == {200, 400}
        for shown in range(1, len(bodies) + 1):  # which takes long, and nobody waits for it
            stack.enter_context(detail(port, shown))
        assert post(port, BODY) == 200
        assert ask(port, "GET", "/")[0] == 200
        idle, half = (stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE)) for _ in range(2))
        idle.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
        assert idle.recv(100).startswith(b"HTTP/1.1 400")
        half.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{")
        process.send_signal(number)
        out, err = process.communicate()
    assert process.returncode == 0
    assert out.splitlines()[-1].startswith(b"received ")
    assert err == b""


def detail(port: int, number: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(b"GET /-/posts/%d HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" % number)
    return connection


def test_the_list_and_the_terminal_show_what_arrived() -> None:
    with command() as (process, port):
        assert post(port, ODD) == 200
        assert post(port, b" " * 9) == 400
        assert process.stdout
        assert process.stdout.readline().endswith(" 200 Update contact Amélie Brandt\n".encode())
        assert b" 400 " in process.stdout.readline()


def test_a_library_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "Lane", partial(Lane, code=HANGS + "worker.main()"))
    with ThreadPoolExecutor(3) as others:
        with listening() as inbox:
            port = urlsplit(inbox.url).port or 0
            page = streaming(port)
            stuck: list[Future[Any]] = [
                others.submit(post, port, ODD),
                others.submit(ask, port, "GET", "/-/posts/1"),
                others.submit(ask, port, "GET", "/-/posts/1/fixture"),
            ]
            assert [post(port, BODY) for _ in range(20)] == [200] * 20
            assert ask(port, "GET", "/")[0] == 200
            assert ask(port, "GET", "/-/posts/1/body")[0] == 200
        for each in stuck:  # which the end of the listener ended
            each.result(PATIENCE)
        page.close()
