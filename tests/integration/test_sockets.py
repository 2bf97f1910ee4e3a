"""Every request of the table over the loopback, to real servers, and what only a connection can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from io import StringIO
from typing import Any

import pytest

from cds_context import parse_context
from cds_context.testing import Request, examples
from cds_context.tools import Outcome, send
from cds_context.webhook import MAX_BYTES

from ..patience import PATIENCE
from .cases import CASES, GOOD, KEY, REFUSED, WITHOUT, Case
from .servers import SERVERS, Setup
from .test_clients import handed_on, handled, to_read

PIECE = 10_000


class Served:
    """A page that is being served, and its clients."""

    def __init__(self, setup: Setup, page: Any, port: int, stack: ExitStack, shown: StringIO) -> None:
        self.setup = setup
        self.page = page
        self.url = f"http://127.0.0.1:{port}/dataverse"
        self._port = port
        self._stack = stack
        self._shown = shown

    def connect(self) -> HTTPConnection:
        return self._stack.enter_context(closing(HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)))

    def answer(self, connection: HTTPConnection) -> int:
        got = connection.getresponse()
        self._shown.write(f"{got.headers.items()}{got.read().decode('latin-1')}")
        return got.status

    def post(self, connection: HTTPConnection, request: Request) -> int:
        target = f"/dataverse?{request.query}" if request.query else "/dataverse"
        connection.request(request.method, target, request.body, request.headers)
        return self.answer(connection)


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest, page: Callable[[str], Any], shown: StringIO) -> Iterator[Served]:
    setup = SERVERS[request.param]
    module = page(setup.page)
    handed_on(module)  # of a test that failed
    with setup.serve(setup.app(module)) as port, ExitStack() as stack:
        yield Served(setup, module, port, stack, shown)


def handing_over(*ways: str) -> pytest.MarkDecorator:
    """Only servers and frameworks that hand over a request in one of these ways: others cannot."""
    names = [name for name, setup in SERVERS.items() if setup.hands_over in ways]
    return pytest.mark.parametrize("served", names, indirect=True)


def start(connection: HTTPConnection, headers: dict[str, str], *more: tuple[str, str]) -> None:
    """Send the head of a request, and nothing of its body."""
    connection.putrequest("POST", "/dataverse")
    for name, value in (*headers.items(), *more):
        connection.putheader(name, value)
    connection.endheaders()


def start_good(connection: HTTPConnection, length: int = len(GOOD.body)) -> None:
    """Send the head of a request with the right key."""
    start(connection, GOOD.headers, ("content-length", str(length)))


def send_chunk(connection: HTTPConnection, piece: bytes) -> None:
    connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))


def test_requests_are_received_or_refused(served: Served) -> None:
    # A server with a bound of its own answers while a client is still sending, and hangs up.
    cases = [case for case in CASES if served.setup.hands_over != "bounded" or len(case.request.body) <= MAX_BYTES]

    def ask(case: Case) -> tuple[str, int, list[bool]]:
        status = served.post(served.connect(), case.request)
        return case.name, status, handed_on(served.page)

    expected = [(case.name, case.status, [case.is_truncated] if case.status == 204 else []) for case in cases]
    assert [ask(case) for case in cases] == expected


@pytest.mark.repeats
def test_every_example_arrives_from_the_stand_in_of_the_server(served: Served) -> None:
    bodies = examples().values()
    report = send(bodies, served.url, http_headers={"X-Webhook-Key": KEY})
    assert report.outcomes == {Outcome.SUCCESS: len(bodies)}
    assert report.statuses == {204: len(bodies)}
    contexts = [parse_context(body) for body in bodies]
    assert handled(served.page) == [context for context in contexts if not context.is_truncated]
    assert to_read(served.page) == [context for context in contexts if context.is_truncated]


def test_the_stand_in_of_the_server_is_refused_without_the_key(served: Served) -> None:
    report = send(examples().values(), served.url)
    assert not report
    assert report.statuses == {401: len(examples())}
    assert handled(served.page) == []


@pytest.mark.parametrize("served", ["django-uvicorn", "django-waitress"], indirect=True)
def test_an_async_view_of_django_receives_or_refuses_on_either_server(served: Served) -> None:
    connection = served.connect()
    for request, status in ((GOOD, 204), (WITHOUT, 401), (GOOD._replace(body=GOOD.body[:-100]), 400)):
        connection.request("POST", "/async/dataverse", request.body, request.headers)
        assert served.answer(connection) == status
    assert len(handled(served.page)) == 1


def test_a_connection_is_kept_for_the_next_request(served: Served) -> None:
    # waitress hangs up after an answer that cannot have a length.
    request, status = (WITHOUT, 401) if served.setup.hands_over == "bounded" else (GOOD, 204)
    connection = served.connect()
    connection.connect()
    socket = connection.sock
    assert [served.post(connection, request) for _ in range(3)] == [status] * 3
    assert connection.sock is socket
    assert len(handled(served.page)) == (3 if status == 204 else 0)


def test_a_refusal_does_not_harm_the_next_request(served: Served) -> None:
    connection = served.connect()
    for case in (case for case in REFUSED if len(case.request.body) <= MAX_BYTES):
        assert [served.post(connection, case.request), served.post(connection, GOOD)] == [case.status, 204]
        assert len(handled(served.page)) == 1


def test_a_body_may_come_in_chunks(served: Served) -> None:
    connection = served.connect()
    start(connection, GOOD.headers, ("transfer-encoding", "chunked"))
    for at in range(0, len(GOOD.body), 1000):
        send_chunk(connection, GOOD.body[at : at + 1000])
    send_chunk(connection, b"")
    assert served.answer(connection) == 204
    assert len(handled(served.page)) == 1


def test_a_header_with_a_key_that_stands_twice_is_refused(served: Served) -> None:
    connection = served.connect()
    start(connection, GOOD.headers, ("X-Webhook-Key", KEY), ("content-length", str(len(GOOD.body))))
    connection.send(GOOD.body)
    assert served.answer(connection) == 401
    assert handled(served.page) == []


@handing_over("pieces", "bounded")
def test_chunks_without_end_are_refused(served: Served) -> None:
    connection = served.connect()
    start(connection, GOOD.headers, ("transfer-encoding", "chunked"))
    for _ in range(MAX_BYTES // PIECE + 1):
        send_chunk(connection, b" " * PIECE)
    assert served.answer(connection) == 413
    assert handled(served.page) == []


@handing_over("pieces", "bounded")
def test_a_length_beyond_the_bound_is_refused_before_all_is_sent(served: Served) -> None:
    connection = served.connect()
    start_good(connection, 10 * MAX_BYTES)
    if served.setup.hands_over == "pieces":
        connection.send(b" " * (MAX_BYTES + 1))
    assert served.answer(connection) == 413
    assert handled(served.page) == []


@handing_over("pieces")
def test_who_has_no_key_is_refused_before_the_body_is_sent(served: Served) -> None:
    connection = served.connect()
    start(connection, WITHOUT.headers, ("content-length", str(MAX_BYTES)))
    assert served.answer(connection) == 401


def test_a_slow_client_holds_up_nobody(served: Served) -> None:
    slow, quick = served.connect(), served.connect()
    half = len(GOOD.body) // 2
    start_good(slow)
    slow.send(GOOD.body[:half])
    assert [served.post(quick, GOOD) for _ in range(5)] == [204] * 5
    slow.send(GOOD.body[half:])
    assert served.answer(slow) == 204
    assert len(handled(served.page)) == 6


def test_a_client_that_leaves_leaves_no_event(served: Served) -> None:
    gone = served.connect()
    start_good(gone)
    gone.send(GOOD.body[:-10])
    gone.close()
    assert served.post(served.connect(), GOOD) == 204
    assert len(handled(served.page)) == 1


def test_a_hundred_at_once(served: Served) -> None:
    connections = [served.connect() for _ in range(100)]
    for connection in connections:
        start_good(connection)
        connection.send(GOOD.body[:-1])
    # All are nearly there before the first is whole.
    for connection in connections:
        connection.send(GOOD.body[-1:])
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(served.answer, connections)) == [204] * 100
    assert len(handled(served.page)) == 100
