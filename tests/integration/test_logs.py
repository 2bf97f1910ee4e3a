"""Files of Event Hubs Capture and records of Kafka, through the functions of the pages.

The files are written by `fastavro`, the records are of the clients' own classes; there is no broker.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cds_context import RemoteExecutionContext, encode_context
from cds_context.codec.output import MessageFormat
from cds_context.servicebus import MAX_BYTES, receive_message
from cds_context.testing import Message, close_incident, examples, server_message, truncate, update

from .cases import EVENT
from .test_clients import handled, to_read

LEAD, ACCOUNT = update("lead"), update("account")
NAMELESS = truncate(close_incident())
"""An event whose row nobody can tell any more."""
BODY = encode_context(EVENT)
FORMATS: tuple[MessageFormat, ...] = ("json", "xml", "binary")
UNREADABLE = [b"kanari", BODY[:-100], b"", BODY.ljust(MAX_BYTES + 1)]


def messages(*contexts: RemoteExecutionContext) -> list[Message]:
    return [*map(server_message, contexts)]


def with_body(body: bytes) -> Message:
    return server_message(EVENT)._replace(body=body)


def aside(module: Any) -> list[tuple[Any, ...]]:
    """What a page has set aside since it was last asked."""
    return [module.aside.get_nowait() for _ in range(module.aside.qsize())]


# Capture


@pytest.fixture(name="capture")
def page_of_capture(page: Callable[[str], Any]) -> Any:
    module = page("fastavro")
    module.done.clear()
    return module


def write(capture: Any, path: Path, found: Iterable[Message]) -> Path:
    """A file as Capture writes it."""
    rows = [capture.captured(number, message) for number, message in enumerate(found)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        capture.fastavro.writer(file, capture.SCHEMA, rows)
    return path


def test_every_example_is_read_from_a_file_byte_for_byte(capture: Any, tmp_path: Path) -> None:
    bodies = [*examples().values()]
    path = write(capture, tmp_path / "0.avro", map(with_body, bodies))
    with path.open("rb") as file:
        deliveries = [receive_message(row, parse_float=Decimal) for row in capture.fastavro.reader(file)]
    assert [encode_context(delivery.context) for delivery in deliveries] == bodies


def test_a_row_has_the_properties_of_its_event(capture: Any, tmp_path: Path) -> None:
    path = write(capture, tmp_path / "0.avro", messages(EVENT))
    with path.open("rb") as file:
        [row] = capture.fastavro.reader(file)
    assert receive_message(row) == receive_message(server_message(EVENT))


def test_rows_are_read_in_every_format(capture: Any, tmp_path: Path) -> None:
    made = [server_message(EVENT, format=form) for form in FORMATS]
    with write(capture, tmp_path / "0.avro", made).open("rb") as file:
        deliveries = [receive_message(row) for row in capture.fastavro.reader(file)]
    assert deliveries == [receive_message(message) for message in made]
    assert [delivery.context for delivery in deliveries] == [EVENT] * 3


def test_files_are_read_by_partition_and_time(capture: Any, tmp_path: Path) -> None:
    write(capture, tmp_path / "events" / "1" / "2026" / "11" / "28" / "18" / "00" / "00.avro", messages(LEAD))
    write(capture, tmp_path / "events" / "0" / "2026" / "11" / "28" / "18" / "05" / "00.avro", messages(ACCOUNT))
    write(capture, tmp_path / "events" / "0" / "2026" / "11" / "28" / "18" / "00" / "00.avro", messages(EVENT))
    write(capture, tmp_path / "events" / "0" / "2026" / "11" / "28" / "17" / "55" / "00.avro", [])
    capture.read_folder(tmp_path)
    assert handled(capture) == [EVENT, ACCOUNT, LEAD]


def test_a_row_that_cannot_be_read_is_set_aside(capture: Any, tmp_path: Path, shown: Any) -> None:
    found = [*map(with_body, UNREADABLE), server_message(NAMELESS), server_message(EVENT)]
    path = write(capture, tmp_path / "0.avro", found)
    capture.read_file(path)
    assert handled(capture) == [EVENT]
    apart = aside(capture)
    assert [(file, number) for file, number, _ in apart] == [(path, number) for number in range(5)]
    shown.write(str(apart))


def test_a_truncated_row_is_read_back(capture: Any, tmp_path: Path) -> None:
    marked = server_message(LEAD)
    marked = marked._replace(properties=marked.properties | {"MessageMaxSizeExceeded": True})
    capture.read_file(write(capture, tmp_path / "0.avro", [marked, server_message(truncate(ACCOUNT))]))
    assert (handled(capture), [event.record for event in to_read(capture)]) == ([], [LEAD.record, ACCOUNT.record])


def test_a_file_that_was_not_finished_is_read_again(
    capture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(capture, tmp_path / "0.avro", messages(EVENT, LEAD, ACCOUNT))
    handle = capture.handle

    def fail(delivery: Any) -> None:
        if delivery.context == LEAD:
            raise RuntimeError("the database is away")
        handle(delivery)

    monkeypatch.setattr(capture, "handle", fail)
    with pytest.raises(RuntimeError, match="the database is away"):
        capture.read_file(path)
    monkeypatch.setattr(capture, "handle", handle)
    capture.read_file(path)
    assert handled(capture) == [EVENT, LEAD, ACCOUNT]


# Kafka


@pytest.fixture(name="kafka")
def page_of_kafka(page: Callable[[str], Any]) -> Any:
    module = page("kafka-python")
    module.done.clear()
    return module


def record_of_kafka_python(kafka: Any, message: Message) -> Any:
    return kafka.record_of(7, message)


def record_of_confluent(kafka: Any, message: Message, error: Any = None) -> Any:
    pytest.importorskip("confluent_kafka")
    record = kafka.record_of(7, message)
    make = importlib.import_module("confluent_kafka").Message
    return make(topic="events", partition=0, offset=7, value=record.value, headers=record.headers, error=error)


RECORDS = pytest.mark.parametrize("make", [record_of_kafka_python, record_of_confluent])


@RECORDS
def test_every_example_is_read_from_a_record_byte_for_byte(kafka: Any, make: Callable[[Any, Message], Any]) -> None:
    for body in examples().values():
        delivery = receive_message(make(kafka, with_body(body)), parse_float=Decimal)
        assert encode_context(delivery.context) == body


@RECORDS
def test_a_record_has_the_properties_of_its_event(kafka: Any, make: Callable[[Any, Message], Any]) -> None:
    assert receive_message(make(kafka, server_message(EVENT))) == receive_message(server_message(EVENT))


@RECORDS
def test_a_record_is_read_in_every_format(kafka: Any, make: Callable[[Any, Message], Any]) -> None:
    for form in FORMATS:
        made = server_message(EVENT, format=form)
        delivery = receive_message(make(kafka, made))
        assert delivery.context == EVENT
        assert delivery.properties.content_type == made.content_type


@RECORDS
def test_a_record_that_cannot_be_read_is_set_aside(kafka: Any, make: Callable[[Any, Message], Any], shown: Any) -> None:
    records = [make(kafka, message) for message in [*map(with_body, UNREADABLE), *messages(NAMELESS, EVENT)]]
    for record in records:
        kafka.receive_record(record)
    assert handled(kafka) == [EVENT]
    apart = aside(kafka)
    assert [record for record, _ in apart] == records[:5]
    shown.write(str([reason for _, reason in apart]))


@RECORDS
def test_a_truncated_record_is_read_back(kafka: Any, make: Callable[[Any, Message], Any]) -> None:
    marked = server_message(LEAD)
    marked = marked._replace(properties=marked.properties | {"MessageMaxSizeExceeded": True})
    for message in (marked, server_message(truncate(ACCOUNT))):
        kafka.receive_record(make(kafka, message))
    assert (handled(kafka), [event.record for event in to_read(kafka)]) == ([], [LEAD.record, ACCOUNT.record])


class Consumer:
    """The parts of a consumer of either client that the pages use."""

    def __init__(self, records: list[Any]) -> None:
        self.records = records
        self.committed: list[dict[str, Any]] = []

    def poll(self, timeout_ms: int) -> dict[Any, list[Any]]:
        return {("events", 0): self.records}

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        return self.records

    def commit(self, **options: Any) -> None:
        self.committed.append(options)


def test_offsets_are_committed_after_the_work_whatever_became_of_it(
    kafka: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = kafka.handle

    def fail(delivery: Any) -> None:
        assert not consumer.committed
        if delivery.context == EVENT:
            raise RuntimeError("the database is away")
        handle(delivery)

    monkeypatch.setattr(kafka, "handle", fail)
    consumer = Consumer([record_of_kafka_python(kafka, message) for message in messages(EVENT, LEAD)])
    kafka.read_some(consumer)
    assert consumer.committed == [{}]
    assert handled(kafka) == [LEAD]
    assert [reason for _, reason in aside(kafka)] == ["the work failed"]


def test_an_error_among_the_messages_of_confluent_is_no_record(kafka: Any) -> None:
    pytest.importorskip("confluent_kafka")
    error = importlib.import_module("confluent_kafka").KafkaError(-195)
    found = [record_of_confluent(kafka, message) for message in messages(LEAD, ACCOUNT)]
    consumer = Consumer([found[0], record_of_confluent(kafka, server_message(EVENT), error), found[1]])
    kafka.read_some_confluent(consumer)
    assert handled(kafka) == [LEAD, ACCOUNT]
    assert aside(kafka) == []
    assert consumer.committed == [{"asynchronous": False}]


def test_the_program_has_options_that_the_consumer_knows(kafka: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = kafka.KafkaConsumer.DEFAULT_CONFIG
    asked: dict[str, Any] = {}

    class EndError(Exception):
        pass

    def consumer(*topics: str, **options: Any) -> None:
        asked.update(options)
        raise EndError

    monkeypatch.setenv("BOOTSTRAP_SERVER", "fabrikam.servicebus.windows.net:9093")
    monkeypatch.setenv("EVENT_HUBS", "Endpoint=sb://fabrikam.servicebus.windows.net")
    monkeypatch.setattr(kafka, "KafkaConsumer", consumer)
    with pytest.raises(EndError):
        kafka.main()
    assert asked
    assert set(asked) <= set(known)
