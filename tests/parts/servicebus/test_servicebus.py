"""The page on azure-servicebus: its loop, run by the real client against queues of the tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from cds_context import RemoteExecutionContext, encode_context
from cds_context.servicebus import MAX_BYTES, receive_message
from cds_context.testing import close_incident, examples, server_message, truncate, update
from tests.integration.pages import run_page
from tests.parts.amqp import messages
from tests.parts.amqp.servers import Server, serving
from tests.patience import PATIENCE
from tests.processes import PIPE, started

from .broker import LOCK_SECONDS, Queue, Queues
from .clients import CLIENTS, Client, Sync, bus, ignore

# A client whose connection was cut leaves a socket to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

WORDS = {"note": "kanari"}
EVENT = update("contact", after={"lastname": "kanari"}, shared_variables=WORDS)
NAMELESS = truncate(close_incident(shared_variables=WORDS))
"""An event whose row nobody can tell any more."""


def in_a_message(body: bytes, properties: Mapping[str, Any], correlation_id: str | None = None) -> Any:
    """What a sender puts on a queue."""
    return bus.ServiceBusMessage(
        body,
        application_properties={**properties},
        content_type="application/json",
        correlation_id=correlation_id,
    )


def sent(*events: RemoteExecutionContext) -> list[Any]:
    """What Dataverse puts on a queue, for the client to send."""
    return [in_a_message(one.body, one.properties, one.correlation_id) for one in map(server_message, events)]


def amqp(*events: RemoteExecutionContext, **properties: Any) -> list[bytes]:
    """The same as AMQP, with more properties."""
    return [one._replace(properties=one.properties | properties).amqp for one in map(server_message, events)]


class Place(NamedTuple):
    """A queue of its own for each test, and what works on it."""

    server: Server
    client: Client
    page: Any
    name: str

    @property
    def queue(self) -> Queue:
        return queue_of(self.server, self.name)

    def send(self, *batches: Any) -> None:
        self.client.send(self.name, *batches)

    def put(self, *found: bytes) -> None:
        """Add messages to the queue, as if they had been sent: a client takes a second or two to send some."""
        queue = self.queue

        def put() -> None:
            for message in found:
                queue.put(message)

        self.server.run(put)

    def work(self, count: int, seen: Callable[[Any], None] = ignore, **options: Any) -> None:
        self.client.work(self.name, count, seen, **options)

    def work_on(self, *events: RemoteExecutionContext) -> None:
        self.put(*amqp(*events))
        self.work(len(events))

    def handled(self) -> list[RemoteExecutionContext]:
        return drained(self.page.work)

    def to_read(self) -> list[RemoteExecutionContext]:
        return drained(self.page.rows_to_read)

    def waiting(self) -> list[dict[str, Any]]:
        return self._look(self.queue)

    def dead(self) -> list[dict[str, Any]]:
        assert self.queue.dead_letters
        return self._look(self.queue.dead_letters)

    def _look(self, queue: Queue) -> list[dict[str, Any]]:
        """The properties of the messages in a queue, and whether each is locked."""
        return self.server.run(
            lambda: [
                messages.read(stored.message, messages.APPLICATION_PROPERTIES) | {"is_locked": stored.token is not None}
                for stored in queue.stored.values()
            ]
        )


def queue_of(server: Server, name: str) -> Queue:
    queues = server.broker
    assert isinstance(queues, Queues)
    return server.run(lambda: queues[name])


def drained(place: Any) -> list[RemoteExecutionContext]:
    return [place.get_nowait() for _ in range(place.qsize())]


@pytest.fixture(scope="module", name="server")
def server_of_queues() -> Iterator[Server]:
    with serving(Queues()) as server:
        yield server


@pytest.fixture(scope="module", name="page")
def module_of_the_page() -> Any:
    return run_page("azure-servicebus")


@pytest.fixture(scope="module", params=CLIENTS, name="client")
def either_client(request: pytest.FixtureRequest, server: Server, page: Any) -> Client:
    return CLIENTS[request.param](server, page)


@pytest.fixture(name="place")
def place_of_either_client(server: Server, client: Client, page: Any) -> Place:
    page.done.clear()
    return Place(server, client, page, uuid4().hex)


def test_every_example_arrives_byte_for_byte(place: Place) -> None:
    bodies = [*examples().values()]
    place.send([in_a_message(body, {}) for body in bodies])
    found: list[bytes] = []
    again: list[bytes] = []

    def seen(message: Any) -> None:
        found.append(b"".join(message.body))
        again.append(encode_context(receive_message(message, parse_float=Decimal).context))

    place.work(len(bodies), seen)
    assert found == bodies
    assert again == bodies
    assert place.waiting() == place.dead() == []
    # Some examples are of one event, and so repeats.
    assert len(place.handled()) + len(place.to_read()) == len(place.page.done) > 0


def test_properties_arrive(place: Place) -> None:
    place.send(*sent(EVENT))
    [received] = place.client.received(place.name, 1)
    delivery = receive_message(received)
    assert delivery == receive_message(server_message(EVENT))
    assert delivery.mismatches == ()
    assert delivery.properties.correlation_id == EVENT.correlation_id


def test_a_message_is_locked_until_its_work_is_done(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    during: list[Any] = []
    handle = place.page.handle

    def look(delivery: Any) -> None:
        handle(delivery)
        during.extend(place.waiting())

    monkeypatch.setattr(place.page, "handle", look)
    place.work_on(EVENT)
    assert [found["is_locked"] for found in during] == [True]
    assert place.waiting() == []
    assert place.handled() == [EVENT]


def test_what_cannot_be_read_is_dead_lettered_with_its_reason(place: Place) -> None:
    body = encode_context(EVENT)
    unreadable = [b"kanari", body[:-100], b"", body.ljust(MAX_BYTES + 1)]
    place.send(*(in_a_message(one, {}) for one in unreadable), *sent(EVENT))
    place.work(len(unreadable) + 1)
    assert place.handled() == [EVENT]
    assert place.waiting() == []

    letters = place.client.received(place.name, len(unreadable), sub_queue=bus.ServiceBusSubQueue.DEAD_LETTER)
    assert [b"".join(letter.body) for letter in letters] == unreadable
    assert [letter.dead_letter_reason for letter in letters] == ["DecodeError"] * 3 + ["PayloadTooLargeError"]
    assert letters[0].dead_letter_error_description.startswith("malformed JSON")
    assert not any("kanari" in letter.dead_letter_error_description for letter in letters)


def test_a_truncated_event_is_read_back_or_dead_lettered(place: Place) -> None:
    by_body, by_property = truncate(update("account")), update("lead")
    place.put(*amqp(by_body, NAMELESS), *amqp(by_property, MessageMaxSizeExceeded=True))
    place.work(3)
    assert [event.record for event in place.to_read()] == [by_body.record, by_property.record]
    assert place.handled() == []
    assert place.waiting() == []
    [letter] = place.dead()
    assert letter["DeadLetterReason"] == "Truncated"
    assert "names no row" in letter["DeadLetterErrorDescription"]


class Failing:
    """Work that fails some times."""

    def __init__(self, page: Any, times: int) -> None:
        self._handle = page.handle
        self._times = times
        self.tries = 0

    def __call__(self, delivery: Any) -> None:
        self.tries += 1
        if self.tries <= self._times:
            raise RuntimeError("the database is away")
        self._handle(delivery)


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the page's loop has logged."""
    assert "kanari" not in caplog.text
    return [record.getMessage() for record in caplog.records if record.name == "worker"]


def test_work_that_fails_is_given_back_and_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(place.page, "handle", Failing(place.page, 2))
    counts: list[int] = []
    place.put(*amqp(EVENT))
    place.work(3, lambda message: counts.append(message.delivery_count))
    assert counts == [0, 1, 2]
    assert place.handled() == [EVENT]
    assert place.waiting() == []
    assert logged(caplog) == ["failed: <MessageDelivery: Update of contact>"] * 2


def test_work_that_always_fails_ends_in_the_dead_letters(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Failing(place.page, 1000)
    monkeypatch.setattr(place.page, "handle", failing)
    place.put(*amqp(EVENT))
    place.work(10)
    assert failing.tries == 10
    assert place.waiting() == []
    assert [letter["DeadLetterReason"] for letter in place.dead()] == ["MaxDeliveryCountExceeded"]


def test_a_lock_that_ran_out_stops_nothing_and_the_repeat_is_recognised(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handle = place.page.handle
    counts: list[int] = []

    def slow(delivery: Any) -> None:
        handle(delivery)
        if counts == [0]:
            place.server.run(place.queue.expire)

    monkeypatch.setattr(place.page, "handle", slow)
    place.put(*amqp(EVENT))
    place.work(2, lambda message: counts.append(message.delivery_count))
    assert counts == [0, 1]
    assert place.handled() == [EVENT]
    assert place.waiting() == []
    assert [line.partition(":")[0] for line in logged(caplog)] == ["the lock ran out"]


def test_a_connection_that_is_cut_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [update(table) for table in ("account", "contact", "lead")]
    handle = place.page.handle

    def cut(delivery: Any) -> None:
        handle(delivery)
        if delivery.context == events[1]:
            place.server.cut()

    monkeypatch.setattr(place.page, "handle", cut)
    place.work_on(*events)
    assert place.handled() == events
    assert place.waiting() == []


def test_a_thousand_messages_are_handled_once_and_in_order(place: Place) -> None:
    events = [update("contact", id=uuid4()) for _ in range(1000)]
    place.send(*(sent(*events[start : start + 100]) for start in range(0, 1000, 100)))
    place.work(1000, prefetch_count=100)
    assert [event.record for event in place.handled()] == [event.record for event in events]
    assert place.waiting() == place.dead() == []


# With the client that blocks alone: the rest is the same for both.


@pytest.fixture(name="blocking")
def place_of_the_client_that_blocks(server: Server, page: Any) -> Place:
    page.done.clear()
    return Place(server, Sync(server, page), page, "events")


def test_a_lock_is_renewed_while_the_work_lasts(blocking: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = blocking.page.handle

    def long(delivery: Any) -> None:
        assert blocking.queue.was_renewed.wait(PATIENCE)
        handle(delivery)

    monkeypatch.setattr(blocking.page, "handle", long)
    blocking.put(*amqp(EVENT))
    with bus.AutoLockRenewer() as renewer:
        # By itself it waits until ten seconds are left, which is little on a busy machine.
        renewer._renew_period = LOCK_SECONDS - 3
        blocking.work(1, auto_lock_renewer=renewer)
    assert blocking.handled() == [EVENT]
    assert blocking.waiting() == []


@pytest.mark.parametrize(
    ("when", "reports", "again"),
    [("before", [b"received\n"], [EVENT]), ("after", [b"received\n", b"worked\n"], [])],
)
def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(
    blocking: Place, when: str, reports: list[bytes], again: list[Any], tmp_path: Path
) -> None:
    blocking.put(*amqp(EVENT))
    environment = os.environ | {"SERVICE_BUS": blocking.server.connection_string()}
    command = [sys.executable, "-m", "tests.parts.servicebus.worker", when, str(tmp_path)]
    with started(command, stdout=PIPE, env=environment) as worker:
        assert worker.stdout
        assert [worker.stdout.readline() for _ in reports] == reports
    assert [left["is_locked"] for left in blocking.waiting()] == [True]

    blocking.server.run(blocking.queue.expire)
    blocking.page.done.update(path.name for path in tmp_path.iterdir())
    counts: list[int] = []
    blocking.work(1, lambda message: counts.append(message.delivery_count))
    assert counts == [1]
    assert blocking.handled() == again
    assert blocking.waiting() == blocking.dead() == []


def test_a_queue_that_is_missing_is_an_error_of_the_client(server: Server, page: Any) -> None:
    with pytest.raises(bus.exceptions.MessagingEntityNotFoundError):
        Sync(server, page).work("missing", 1)
