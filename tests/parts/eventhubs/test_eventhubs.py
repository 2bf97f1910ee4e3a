"""The page on azure-eventhub: its reader, run by the real client against a hub of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from cds_context import RemoteExecutionContext, encode_context
from cds_context.servicebus import MAX_BYTES, receive_message
from cds_context.testing import close_incident, examples, server_message, truncate, update
from tests.integration.pages import run_page
from tests.parts.amqp import messages
from tests.parts.amqp.servers import Server, serving

from .broker import Hub, Hubs
from .checkpoints import Checkpoints, Shelf, hubs
from .clients import READERS, Reading

# A client whose connection was cut leaves a socket to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EVENT = update("contact", after={"lastname": "kanari"})
NAMELESS = truncate(close_incident())
"""An event whose row nobody can tell any more."""


def as_event(body: bytes) -> Any:
    """What a sender puts on a hub."""
    event = hubs.EventData(body)
    event.content_type = "application/json"
    return event


def sent(*contexts: RemoteExecutionContext) -> list[Any]:
    """What Dataverse puts on a hub, for the client to send."""
    found: list[Any] = []
    for message in map(server_message, contexts):
        event = as_event(message.body)
        event.properties, event.correlation_id = message.properties, message.correlation_id
        found.append(event)
    return found


def amqp(*contexts: RemoteExecutionContext, **properties: Any) -> list[bytes]:
    """The same as AMQP, with more properties."""
    said = map(server_message, contexts)
    return [message._replace(properties=message.properties | properties).amqp for message in said]


def amqp_of_body(body: bytes) -> bytes:
    return server_message(EVENT)._replace(body=body).amqp


class Place(NamedTuple):
    """A hub of its own for each test, and what reads it."""

    server: Server
    reading: Reading
    page: Any
    shelf: Shelf
    name: str

    @property
    def connection_string(self) -> str:
        return self.server.connection_string(self.name)

    @property
    def hub(self) -> Hub:
        broker = self.server.broker
        assert isinstance(broker, Hubs)
        return self.server.run(lambda: broker[self.name])

    def producer(self) -> Any:
        return hubs.EventHubProducerClient.from_connection_string(self.connection_string, socket_timeout=0.05)

    def put(self, partition: int, *found: bytes) -> None:
        """Add events to a partition, as if they had been sent: a client takes a second or two to send some."""
        log = self.hub.partitions[partition]

        def append() -> None:
            for message in found:
                log.append(message, None)

        self.server.run(append)

    def read(self, is_enough: Callable[[], bool], **options: Any) -> None:
        self.reading(self.page, self.connection_string, self.shelf, is_enough, **options)

    def read_all(self) -> None:
        """Read until the checkpoints stand at the last event of each partition."""
        partitions = self.hub.partitions
        last = {str(place): len(found.events) - 1 for place, found in enumerate(partitions) if found.events}
        self.read(lambda: self.shelf.reached() == last)

    def handled(self) -> list[RemoteExecutionContext]:
        return drained(self.page.work)

    def to_read(self) -> list[RemoteExecutionContext]:
        return drained(self.page.rows_to_read)

    def aside(self) -> list[tuple[str, Any, str]]:
        return drained(self.page.aside)


def drained(place: Any) -> list[Any]:
    return [place.get_nowait() for _ in range(place.qsize())]


@pytest.fixture(scope="module", name="server")
def server_of_hubs() -> Iterator[Server]:
    with serving(Hubs()) as server:
        yield server


@pytest.fixture(scope="module", name="page")
def module_of_the_page() -> Any:
    return run_page("azure-eventhub")


@pytest.fixture(params=READERS, name="place")
def place_of_either_client(request: pytest.FixtureRequest, server: Server, page: Any) -> Place:
    page.done.clear()
    return Place(server, READERS[request.param], page, Shelf(), uuid4().hex)


@pytest.fixture(name="seen")
def events_that_the_page_receives(page: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The events, each with its partition, as the page gets them."""
    found: list[tuple[str, Any]] = []
    receive_event = page.receive_event

    def look(partition_id: str, event: Any) -> None:
        found.append((partition_id, event))
        receive_event(partition_id, event)

    monkeypatch.setattr(page, "receive_event", look)
    return found


def test_every_example_arrives_byte_for_byte(place: Place, seen: list[tuple[str, Any]]) -> None:
    bodies = [*examples().values()]
    with place.producer() as producer:
        producer.send_batch([as_event(body) for body in bodies], partition_id="0")
    place.read_all()
    assert [b"".join(event.body) for _, event in seen] == bodies
    assert [encode_context(receive_message(event, parse_float=Decimal).context) for _, event in seen] == bodies
    assert place.aside() == []
    # Some examples are of one event, and so repeats.
    assert len(place.handled()) + len(place.to_read()) == len(place.page.done) > 0


def test_properties_arrive(place: Place, seen: list[tuple[str, Any]]) -> None:
    with place.producer() as producer:
        producer.send_event(*sent(EVENT))
    place.put(0, *amqp(EVENT))
    place.read_all()
    (_, event), (_, again) = seen
    assert receive_message(again) == receive_message(event) == receive_message(server_message(EVENT))
    assert place.handled() == [EVENT]


def test_events_of_one_key_are_read_in_their_order(place: Place, seen: list[tuple[str, Any]]) -> None:
    rows = [uuid4() for _ in range(5)]
    contexts = [update("contact", id=row, after={"new_number": number}) for number in range(10) for row in rows]
    with place.producer() as producer:
        for event in sent(*contexts):
            place.page.forward(producer, event)
    place.read_all()
    assert len(seen) == len(contexts)
    for row in rows:
        of_row = [(partition, event) for partition, event in seen if event.partition_key == f"contact/{row}".encode()]
        bodies = [encode_context(context) for context in contexts if context.record and context.record.id == row]
        assert [b"".join(event.body) for _, event in of_row] == bodies
        assert len({partition for partition, _ in of_row}) == 1
    drained(place.page.work)


def test_an_event_that_cannot_be_read_does_not_stop_its_partition(place: Place) -> None:
    after = update("account")
    bad = [b"kanari", encode_context(EVENT)[:-100], b"", encode_context(EVENT).ljust(MAX_BYTES + 1)]
    odd = messages.write({messages.VALUE: 7})
    place.put(2, *amqp(EVENT), *map(amqp_of_body, bad), odd, *amqp(after))
    place.read_all()
    assert place.handled() == [EVENT, after]
    aside = place.aside()
    assert [b"".join(event.body) for _, event, _ in aside[:-1]] == bad
    assert {partition for partition, _, _ in aside} == {"2"}
    assert [event.sequence_number for _, event, _ in aside] == [1, 2, 3, 4, 5]
    assert not any("kanari" in reason for _, _, reason in aside)
    assert place.shelf.reached() == {"2": 6}


def test_an_event_whose_work_fails_does_not_stop_its_partition(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    after = update("account")
    handle = place.page.handle

    def fail(delivery: Any) -> None:
        if delivery.context == EVENT:
            raise RuntimeError("the database is away")
        handle(delivery)

    monkeypatch.setattr(place.page, "handle", fail)
    place.put(1, *amqp(EVENT, after))
    place.read_all()
    assert place.handled() == [after]
    assert [reason for _, _, reason in place.aside()] == ["the work failed"]
    assert [record.getMessage() for record in caplog.records if record.name == "reader"] == [
        "failed: <MessageDelivery: Update of contact>"
    ]
    assert "kanari" not in caplog.text


def test_an_error_that_leaves_makes_the_client_begin_again_at_the_checkpoint(
    place: Place, monkeypatch: pytest.MonkeyPatch, seen: list[tuple[str, Any]]
) -> None:
    # What the page warns of: without its care, the event behind a bad one never comes.
    def careless(partition_id: str, event: Any) -> None:
        seen.append((partition_id, event))
        receive_message(event)

    place.put(0, amqp_of_body(b"no event"), *amqp(EVENT))
    monkeypatch.setattr(place.page, "receive_event", careless)
    place.read(lambda: len(seen) >= 3)
    assert {event.sequence_number for _, event in seen} == {0}
    assert place.shelf.reached() == {}


def test_a_truncated_event_is_read_back_or_set_aside(place: Place) -> None:
    by_body, by_property = truncate(update("account")), update("lead")
    place.put(3, *amqp(by_body, NAMELESS), *amqp(by_property, MessageMaxSizeExceeded=True))
    place.read_all()
    assert [event.record for event in place.to_read()] == [by_body.record, by_property.record]
    assert place.handled() == []
    assert [reason.partition(",")[0] for _, _, reason in place.aside()] == ["the server cut the event"]


def test_a_restart_goes_on_at_the_checkpoint(place: Place, seen: list[tuple[str, Any]]) -> None:
    first, second = [update("contact", id=uuid4()) for _ in range(5)], [update("lead", id=uuid4()) for _ in range(5)]
    place.put(0, *amqp(*first))
    place.read_all()
    place.put(0, *amqp(*second))
    place.read_all()
    assert [event.sequence_number for _, event in seen] == [*range(10)]
    assert place.handled() == [*first, *second]


def test_what_came_after_the_checkpoint_comes_again_and_is_recognised(
    place: Place, seen: list[tuple[str, Any]]
) -> None:
    contexts = [update("contact", id=uuid4()) for _ in range(5)]
    place.put(0, *amqp(*contexts))
    place.read_all()
    place.shelf.checkpoints["0"] |= {"offset": seen[1][1].offset, "sequence_number": 1}
    place.read_all()
    assert [event.sequence_number for _, event in seen] == [0, 1, 2, 3, 4, 2, 3, 4]
    assert place.handled() == contexts


def test_a_thousand_events_come_in_batches(place: Place, seen: list[tuple[str, Any]]) -> None:
    contexts = [update("contact", id=uuid4()) for _ in range(1000)]
    with place.producer() as producer:
        for start in range(0, 1000, 100):
            batch = producer.create_batch(partition_key="one")
            for event in sent(*contexts[start : start + 100]):
                batch.add(event)
            producer.send_batch(batch)
    place.read_all()
    assert [event.record for event in place.handled()] == [context.record for context in contexts]
    assert len({partition for partition, _ in seen}) == 1


def test_a_connection_that_is_cut_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = [update(table, id=uuid4()) for table in ("account", "contact", "lead") for _ in range(4)]
    handle = place.page.handle

    def cut(delivery: Any) -> None:
        handle(delivery)
        if delivery.context == contexts[5]:
            place.server.cut()
            place.put(1, *amqp(*contexts[8:]))

    monkeypatch.setattr(place.page, "handle", cut)
    place.put(1, *amqp(*contexts[:8]))
    place.read(lambda: place.page.work.qsize() == 12)
    assert place.handled() == contexts
    assert place.aside() == []


def test_the_program_reads_the_hub_of_its_environment(
    server: Server, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients: list[Any] = []
    monkeypatch.setattr(page, "run", clients.append)
    monkeypatch.setenv("EVENT_HUBS", server.connection_string())
    monkeypatch.setenv("EVENT_HUB", "events")
    page.main(Checkpoints(Shelf()))
    with clients.pop() as client:
        assert client.get_partition_ids() == ["0", "1", "2", "3"]
