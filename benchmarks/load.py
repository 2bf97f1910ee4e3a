"""What receiving costs an endpoint under load: `python -m benchmarks.load`.

One server on one core, its clients on another, the same requests for every endpoint. Requests are counted by the
second of the server's processor time, which is what one core gives when nothing else runs on it. The endpoints take
turns, and each counts with its fastest one, so that a slow moment of the machine does not count.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from importlib.metadata import version
from selectors import EVENT_READ, DefaultSelector
from socket import create_connection, create_server, socket
from time import perf_counter
from typing import NamedTuple

from .bodies import main_body
from .endpoints import KEY, NAMES, PACKAGES, STACKS

_CONNECTIONS = 8
_TURNS = 60
_TURN_SECONDS = 0.1
_BAR = 0.15
"""Of what an endpoint that reads nothing answers in a second, the most that one with `receive` may lose."""


class Load(NamedTuple):
    """One framework on one server."""

    stack: str
    nothing: float
    """Requests a second where nothing is read."""
    lost: dict[str, float]
    """What share of these each of the other endpoints loses."""


def measure() -> Iterator[Load]:
    """Each framework on its servers."""
    first, *_, last = [*_cores(), *_cores()]
    _, body = main_body()
    for stack in STACKS:
        with _serving(stack, first) as port:
            _stay_on(last)
            yield Load(stack, *_compare(port, body))


def _compare(port: int, body: bytes) -> tuple[float, dict[str, float]]:
    requests = {name: _request(name, body) for name in NAMES}
    for request in requests.values():
        _rate(port, request)  # warms up
    best = dict.fromkeys(requests, 0.0)
    for _ in range(_TURNS):
        for name, request in requests.items():
            best[name] = max(best[name], _rate(port, request))
    nothing = best.pop("nothing")
    return nothing, {name: 1 - rate / nothing for name, rate in best.items()}


def _rate(port: int, request: bytes) -> float:
    """Requests by the second, over connections that each send the next one when the last is answered."""
    answers, before, end = 0, _processor_seconds(port), perf_counter() + _TURN_SECONDS
    with DefaultSelector() as selector, ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            connection = stack.enter_context(create_connection(("127.0.0.1", port)))
            selector.register(connection, EVENT_READ, connection)
            connection.sendall(request)
        while perf_counter() < end:
            for key, _ in selector.select():
                _take(key.data)
                key.data.sendall(request)
                answers += 1
        for key in selector.get_map().values():
            _take(key.data)
            answers += 1
    return answers / (_processor_seconds(port) - before)


def _take(connection: socket) -> None:
    answer = connection.recv(4096)
    assert answer.startswith((b"HTTP/1.1 204 ", b"HTTP/1.1 200 "))
    content = b"ok" if answer.startswith(b"HTTP/1.1 200 ") else b""
    while not answer.endswith(b"\r\n\r\n" + content):
        piece = connection.recv(4096)
        assert piece
        answer += piece


def _processor_seconds(port: int) -> float:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST", "/processor")
        return float(connection.getresponse().read())


def _request(name: str, body: bytes) -> bytes:
    lines = (
        f"POST /{name} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Webhook-Key: {KEY}",
        "x-ms-dynamics-organization: examplecorp.crm.dynamics.com",
        "x-ms-dynamics-entity-name: contact",
        "x-ms-dynamics-request-name: Update",
        "x-ms-correlation-request-id: 75c2dd85-e89e-e711-8122-000d3aa2331c",
    )
    return "\r\n".join([*lines, "\r\n"]).encode() + body


@contextmanager
def _serving(stack: str, core: int) -> Generator[int, None, None]:
    with create_server(("127.0.0.1", 0), backlog=200) as listener:
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(stack, listener, core))
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.join()


def _serve(stack: str, listener: socket, core: int) -> None:
    _stay_on(core)
    STACKS[stack](listener)


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _stay_on(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def main() -> None:
    name, body = main_body()
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES))
    print(f"body: {name}, {len(body):,} bytes; bar for receive: {_BAR:.0%}")
    print()
    print(f"{'requests a second, and what of them is lost':<44}{'nothing':>9}" + _columns(*NAMES[1:]))
    for load in measure():
        shares = _columns(*(f"{share:.0%}" for share in load.lost.values()))
        print(f"{load.stack:<44}{load.nothing:>9,.0f}{shares}", flush=True)


def _columns(*texts: str) -> str:
    return "".join(f"{text:>14}" for text in texts)


if __name__ == "__main__":
    main()
