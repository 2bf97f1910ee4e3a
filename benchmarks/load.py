"""What receiving costs an endpoint under load, beside the same by hand: `python -m benchmarks.load`.

One server on one core, its clients on another, the same requests for every endpoint. What counts is the server's
processor time by request. The endpoints take turns, in nine runs; what is printed is the median, and the median of the
nine ratios.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
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
_RUNS = 9
_RUN_SECONDS = 0.6
_BAR = 1.1
"""Of the endpoint by hand, the most processor time that the one with `receive` may take."""


class Load(NamedTuple):
    """One framework on one server."""

    stack: str
    microseconds: dict[str, float]
    """Processor time by request, of each endpoint."""
    ratio: float
    """Of `receive` beside the endpoint by hand."""


def measure() -> Iterator[Load]:
    """Each framework on its servers."""
    first, *_, last = [*_cores(), *_cores()]
    _, body = main_body()
    for stack in STACKS:
        with _serving(stack, first) as port:
            _stay_on(last)
            yield Load(stack, *_compare(port, body))


def _compare(port: int, body: bytes) -> tuple[dict[str, float], float]:
    requests = {name: _request(name, body) for name in NAMES}
    for request in requests.values():
        _cost(port, request)  # warms up
    runs = [{name: _cost(port, request) for name, request in requests.items()} for _ in range(_RUNS)]
    medians = {name: statistics.median(run[name] for run in runs) * 1e6 for name in NAMES}
    return medians, statistics.median(run["receive"] / run["by-hand"] for run in runs)


def _cost(port: int, request: bytes) -> float:
    """Processor time by request, over connections that each send the next one when the last is answered."""
    answers, before, end = 0, _processor_seconds(port), perf_counter() + _RUN_SECONDS
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
    return (_processor_seconds(port) - before) / answers


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
    print(f"body: {name}, {len(body):,} bytes; bar of receive / by hand: {_BAR:.2f}")
    print()
    print(f"{'microseconds of the processor a request':<44}" + _columns(*NAMES, "ratio"))
    for load in measure():
        times = _columns(*(f"{load.microseconds[name]:.0f}" for name in NAMES), f"{load.ratio:.2f}")
        print(f"{load.stack:<44}{times}", flush=True)


def _columns(*texts: str) -> str:
    return "".join(f"{text:>14}" for text in texts)


if __name__ == "__main__":
    main()
