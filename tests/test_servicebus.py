"""The room `servicebus`: messages in, deliveries out. The classes here have the attributes of the clients' own."""

from __future__ import annotations

import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds_context import (
    ArgumentTypeError,
    CdsContextError,
    DecodeError,
    PayloadTooLargeError,
    encode_context,
    parse_context,
)
from cds_context.servicebus import MAX_BYTES, MessageProperties, receive_message
from cds_context.testing import truncate, update

from .bodies import EXAMPLE, SMALL, body, slot
from .formats import FOLDERS, bodies
from .wire.test_dotnet_string import STRING

ID = SMALL["UserId"]
CLAIM = "http://schemas.microsoft.com/xrm/2011/Claims/"
CLAIMS: dict[str, Any] = {
    f"{CLAIM}Organization": "fabrikam.crm4.dynamics.com",
    f"{CLAIM}User": ID,
    f"{CLAIM}InitiatingUser": ID,
    f"{CLAIM}EntityLogicalName": "contact",
    f"{CLAIM}RequestName": "Update",
}
SAID = MessageProperties(
    organization="fabrikam.crm4.dynamics.com",
    user_id=UUID(ID),
    initiating_user_id=UUID(ID),
    entity_name="contact",
    request_name="Update",
    correlation_id=UUID(ID),
    content_type="application/json",
    size_exceeded=False,
)
NOTHING = MessageProperties(None, None, None, None, None, None, None, size_exceeded=False)


class ServiceBusReceivedMessage:
    """azure-servicebus."""

    def __init__(self, content: Any, properties: Any = None, content_type: Any = "application/json") -> None:
        self._content = content
        self.application_properties = properties
        self.content_type = content_type
        self.correlation_id = f"{{{ID}}}"
        self.delivery_count = 0

    @property
    def body(self) -> Any:
        return iter(self._content) if hasattr(self._content, "append") else self._content


class FunctionsMessage:
    """azure.functions.ServiceBusMessage."""

    def __init__(self, content: bytes, properties: Any, user_properties: Any = None) -> None:
        self._content = content
        self.application_properties = properties
        self.user_properties = user_properties
        self.content_type = "application/json"
        self.correlation_id = f"{{{ID}}}"
        self.metadata = {"DeliveryCount": 1}

    def get_body(self) -> bytes:
        return self._content


class EventHubEvent:
    """azure.functions.EventHubEvent."""

    def __init__(self, content: bytes, metadata: Any) -> None:
        self._content = content
        self.metadata = metadata
        self.partition_key = None

    def get_body(self) -> bytes:
        return self._content


class EventData:
    """azure-eventhub."""

    def __init__(self, content: list[bytes], properties: Any) -> None:
        self.body = iter(content)
        self.properties = properties
        self.content_type = "application/json"
        self.correlation_id = ID


class ConsumerRecord(NamedTuple):
    """kafka-python and aiokafka."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class KafkaMessage:
    """confluent-kafka."""

    def __init__(self, content: bytes, headers: list[tuple[str, bytes]] | None) -> None:
        self._content = content
        self._headers = headers

    def error(self) -> None:
        return None

    def value(self) -> bytes:
        return self._content

    def headers(self) -> list[tuple[str, bytes]] | None:
        return self._headers


class KafkaEvent:
    """azure.functions.KafkaEvent, whose headers are parsed JSON."""

    def __init__(self, content: bytes, headers: dict[str, bytes]) -> None:
        self._content = content
        self.headers = [{"Key": name, "Value": b64encode(value).decode()} for name, value in headers.items()]
        self.metadata = {"Topic": "events"}

    def get_body(self) -> bytes:
        return self._content


def in_bytes(properties: dict[str, Any]) -> dict[bytes, Any]:
    return {name.encode(): value.encode() if isinstance(value, str) else value for name, value in properties.items()}


BODIES: list[Callable[[bytes], Any]] = [
    lambda raw: raw,
    lambda raw: raw.decode(),
    lambda raw: [raw],
    lambda raw: [raw[:100], bytearray(raw[100:200]), memoryview(raw[200:])],
    lambda raw: [memoryview(raw.decode("latin-1").encode("utf-16-le"))[::2]],
    lambda raw: STRING + b"\x9d" + len(raw).to_bytes(4, "little") + raw,
    lambda raw: STRING + b"\x9a" + len(raw).to_bytes(2, "little") + raw + b"\x01",
    lambda raw: (STRING + b"\x9a" + len(raw).to_bytes(2, "little") + raw).decode("utf-8", "replace"),
    lambda raw: (STRING + b"\x9b" + len(raw).to_bytes(2, "little") + raw).decode("latin-1"),
]


@pytest.mark.parametrize("make", BODIES)
def test_a_body_of_every_kind(make: Callable[[bytes], Any]) -> None:
    delivery = receive_message(ServiceBusReceivedMessage(make(EXAMPLE), in_bytes(CLAIMS)))
    assert delivery.context == parse_context(EXAMPLE)
    assert delivery.properties == SAID
    assert (delivery.is_truncated, delivery.mismatches) == (False, ())
    assert repr(delivery) == "<MessageDelivery: Update of contact>"


@pytest.mark.parametrize(
    "message",
    [
        ServiceBusReceivedMessage(b"", CLAIMS),
        FunctionsMessage(b"", CLAIMS),
        FunctionsMessage(b"", {}, CLAIMS),
        EventData([], in_bytes(CLAIMS)),
    ],
)
def test_properties_of_every_client(message: object) -> None:
    assert MessageProperties.parse(message) == SAID


def test_an_event_hub_event_has_its_properties_in_its_metadata() -> None:
    event = EventHubEvent(EXAMPLE, {"Properties": CLAIMS, "SequenceNumber": 4})
    delivery = receive_message(event)
    assert delivery.context == parse_context(EXAMPLE)
    assert delivery.properties.entity_name == "contact"
    assert delivery.properties.correlation_id is None
    assert receive_message(EventHubEvent(EXAMPLE, None)).properties == NOTHING


BROKER = {"content-type": "application/json", "correlation-id": f"{{{ID}}}"}
HEADERS = [(name, value.encode()) for name, value in (CLAIMS | BROKER).items()]


def as_amqp(value: str) -> bytes:
    """A text as Event Hubs hands the properties of AMQP's senders to Kafka's receivers."""
    raw = value.encode()
    return (b"\xa1" + bytes([len(raw)]) if len(raw) < 256 else b"\xb1" + len(raw).to_bytes(4, "big")) + raw


AMQP_HEADERS = [(name, as_amqp(value)) for name, value in CLAIMS.items()] + [
    ("content-type", b"application/json"),
    ("correlation-id", as_amqp(f"{{{ID}}}")),
]


@pytest.mark.parametrize(
    "message",
    [
        {"SequenceNumber": 4, "Offset": "0", "SystemProperties": BROKER, "Properties": CLAIMS, "Body": EXAMPLE},
        {"body": EXAMPLE, "systemProperties": BROKER, "properties": in_bytes(CLAIMS)},
        {"Body": EXAMPLE, "SystemProperties": BROKER | {"x-opt-n": 7}, "Properties": CLAIMS | {"Content-Type": "x"}},
        ConsumerRecord("events", EXAMPLE, HEADERS),
        ConsumerRecord("events", EXAMPLE, tuple(AMQP_HEADERS)),
        KafkaMessage(EXAMPLE, AMQP_HEADERS),
        KafkaEvent(EXAMPLE, dict(HEADERS)),
        KafkaEvent(EXAMPLE, dict(AMQP_HEADERS)),
    ],
    ids=["Capture", "Spark", "a sender's own", "kafka", "aiokafka", "confluent", "Functions", "Functions and AMQP"],
)
def test_a_row_of_capture_and_a_record_of_kafka_are_received_like_messages(message: object) -> None:
    delivery = receive_message(message)
    assert delivery.context == parse_context(EXAMPLE)
    assert delivery.properties == SAID
    assert (delivery.is_truncated, delivery.mismatches) == (False, ())


@pytest.mark.parametrize(
    ("mark", "truncated"),
    [
        (b"\x41", True),
        (b"\x56\x01", True),
        (b"\xa1\x04true", True),
        (b"\xb1\x00\x00\x00\x04true", True),
        (b"\xa3\x04true", True),
        (b"true", True),
        (b"", True),
        (b"\xa1", True),
        (b"\xa1\x05true", True),
        (b"\x42", False),
        (b"\x56\x00", False),
        (b"\xa1\x05False", False),
        (b"False", False),
        (b"\x40", False),
        (None, False),
    ],
)
def test_a_mark_is_read_as_amqp_encodes_it(mark: Any, truncated: bool) -> None:
    record = ConsumerRecord("events", EXAMPLE, [("MessageMaxSizeExceeded", mark)])
    assert receive_message(record).is_truncated is truncated


def test_a_record_of_kafka_without_headers_is_received() -> None:
    assert receive_message(KafkaMessage(EXAMPLE, None)).properties == NOTHING
    assert receive_message(ConsumerRecord("events", EXAMPLE, [])).properties == NOTHING


def test_a_record_of_kafka_that_deletes_is_no_context() -> None:
    with pytest.raises(DecodeError, match="expected a message with bytes or text for its body"):
        receive_message(ConsumerRecord("events", None, []))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, "an object, as from a parser of JSON: pass the bytes that it parsed"),
        ({"MessageName": "confidential"}, "an object, as from a parser of JSON: pass the bytes that it parsed"),
        ([b"{", "confidential"], "str"),
        (None, "nothing"),
        (7, "int"),
    ],
)
def test_what_stands_in_place_of_a_body_is_named(body: Any, found: str) -> None:
    with pytest.raises(DecodeError) as caught:
        receive_message({"Body": body})
    assert caught.value.reason == f"expected a message with bytes or text for its body, found {found}"


MARK = "MessageMaxSizeExceeded"
FORWARDED: list[Callable[[str], str]] = [
    str.lower,
    str.upper,
    lambda name: f"metadata.{name}",
    lambda name: f"Metadata.{name}".lower(),
    lambda name: quote(name, safe=""),
    lambda name: quote(name, safe="").lower(),
    lambda name: quote(quote(name, safe=""), safe=""),
    lambda name: f"metadata.{quote(name, safe='').lower()}",
    lambda name: f"x-ms-servicebus-{name}",
    lambda name: name.replace("/", "_").replace(":", "_").replace(".", "-"),
    lambda name: name.removeprefix("http:"),
]


@pytest.mark.parametrize("forward", FORWARDED)
def test_properties_are_found_under_the_names_that_forwarders_make(forward: Callable[[str], str]) -> None:
    forwarded = {forward(name): value for name, value in (CLAIMS | {MARK: "true"}).items()}
    properties = MessageProperties.parse(ServiceBusReceivedMessage(b"", forwarded))
    assert properties == replace(SAID, size_exceeded=True)


@pytest.mark.parametrize("prefix", ["metadata.", "Metadata.", ""])
def test_a_forwarder_may_put_content_type_and_correlation_id_among_the_others(prefix: str) -> None:
    class Forwarded:
        body = EXAMPLE
        application_properties: ClassVar[dict[str, str]] = CLAIMS | {
            f"{prefix}ContentType": "application/json",
            f"{prefix}correlationid": ID,
        }

    assert MessageProperties.parse(Forwarded()) == SAID


@pytest.mark.parametrize("name", ["application_properties", "user_properties", "properties", "headers", "metadata"])
def test_a_cut_is_not_lost_whichever_mapping_tells_it(name: str) -> None:
    class Message:
        body = EXAMPLE
        application_properties: ClassVar[dict[str, Any]] = {"own": 1, MARK: False}

    message = Message()
    setattr(message, name, {"own": 1, MARK.lower(): "true"})
    assert receive_message(message).is_truncated


@pytest.mark.parametrize("name", ["MessageMaxSize", "MessageMaxSizeExceeded2", "xrm/2011/Claims", "User"])
def test_a_name_that_merely_resembles_is_another(name: str) -> None:
    assert MessageProperties.parse(ServiceBusReceivedMessage(b"", {name: "x"})) == replace(NOTHING, **BY_MESSAGE)


BY_MESSAGE: dict[str, Any] = {"correlation_id": UUID(ID), "content_type": "application/json"}


class BatchedEvent(EventHubEvent):
    """azure.functions.EventHubEvent, one of several that share their metadata."""

    def __init__(self, content: bytes, number: int, metadata: Any) -> None:
        super().__init__(content, metadata)
        self.sequence_number = number


def batch(numbers: list[Any], others: list[Any]) -> dict[str, Any]:
    return {
        "SystemPropertiesArray": [BROKER | {"SequenceNumber": number} for number in numbers],
        "PropertiesArray": others,
    }


def test_an_event_of_several_has_its_own_properties() -> None:
    metadata = batch([7, 8, 9], [CLAIMS, CLAIMS | {MARK: "true"}, {}])
    first, second, third = (MessageProperties.parse(BatchedEvent(EXAMPLE, number, metadata)) for number in (7, 8, 9))
    assert (first, second) == (SAID, replace(SAID, size_exceeded=True))
    assert third == replace(NOTHING, **BY_MESSAGE)


@pytest.mark.parametrize(
    "metadata",
    [
        batch([7, 7], [{MARK: True}, {MARK: True}]),
        batch([7, 8], [{MARK: True}]),
        batch([8, 9], [{MARK: True}, {MARK: True}]),
        {"SystemPropertiesArray": "7", "PropertiesArray": None},
    ],
)
def test_an_event_of_several_gets_no_properties_that_may_be_anothers(metadata: Any) -> None:
    assert MessageProperties.parse(BatchedEvent(EXAMPLE, 7, metadata)) == NOTHING


@pytest.mark.parametrize("bag", ["confidential", ["confidential"], 7, b"{}", [("a", "b", "c")], [{"Key": 1}]])
@pytest.mark.parametrize("name", ["application_properties", "metadata", "Properties"])
def test_properties_that_are_no_mapping_are_none(name: str, bag: object) -> None:
    class Odd:
        body = EXAMPLE

    setattr(Odd, "metadata" if name == "Properties" else name, {name: bag} if name == "Properties" else bag)
    assert receive_message(Odd()).properties == NOTHING


def test_a_message_of_nothing_but_a_body() -> None:
    class Plain:
        body = EXAMPLE

    delivery = receive_message(Plain())
    assert delivery.properties == NOTHING
    assert delivery.mismatches == ()


@pytest.mark.parametrize("name", ["User", "InitiatingUser"])
def test_an_id_that_is_none_is_none(name: str) -> None:
    properties = MessageProperties.parse(ServiceBusReceivedMessage(b"", CLAIMS | {f"{CLAIM}{name}": "somebody"}))
    assert {properties.user_id, properties.initiating_user_id} == {None, UUID(ID)}


@pytest.mark.parametrize(("mark", "truncated"), [(True, True), ("True", True), (b"true", True), (False, False)])
def test_truncation_is_known_from_the_property_and_from_the_body(mark: Any, truncated: bool) -> None:
    message = ServiceBusReceivedMessage(EXAMPLE, {b"MessageMaxSizeExceeded": mark})
    assert receive_message(message).is_truncated is truncated
    emptied = encode_context(truncate(update("contact"), absent=False))
    assert receive_message(ServiceBusReceivedMessage(emptied)).is_truncated


def test_a_mismatch_is_a_finding() -> None:
    properties = CLAIMS | {f"{CLAIM}RequestName": "Create"}
    assert receive_message(ServiceBusReceivedMessage(EXAMPLE, properties)).mismatches == ("request_name",)


def test_numbers_can_be_exact() -> None:
    exact = receive_message(ServiceBusReceivedMessage(slot("1.50")), parse_float=Decimal)
    assert str(exact.context.shared_variables["v"]) == "1.50"


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", b"application/json", "", None]
)
def test_content_types_that_are_read(content_type: Any) -> None:
    assert receive_message(ServiceBusReceivedMessage(EXAMPLE, None, content_type)).context == parse_context(EXAMPLE)


@pytest.mark.parametrize("form", [*FOLDERS, "JSON"])
@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "application/xml", "application/msbin1", "application/octet-stream", "", None),
        *("APPLICATION/MSBIN1", "Text/XML; charset=utf-16", "application/json;charset=iso-8859-1", b"application/xml"),
    ],
)
def test_every_message_format_is_read_whatever_the_content_type(form: str, content_type: Any) -> None:
    event = bodies("msg_update_parents3")
    context = parse_context(event["XML"])
    body = event.get(form) or encode_context(context)
    delivery = receive_message(ServiceBusReceivedMessage(body, None, content_type))
    assert delivery.context == context
    assert not delivery.is_truncated


@pytest.mark.parametrize("content", [None, 7, [["row"]], {"a": 1}, ["text"], [b"{", None], b"", []])
def test_a_body_of_another_kind_is_an_error(content: Any) -> None:
    with pytest.raises(DecodeError):
        receive_message(ServiceBusReceivedMessage(content))


def test_a_wrapped_body_that_was_cut_is_an_error() -> None:
    wrapped = STRING + b"\x9a" + len(EXAMPLE).to_bytes(2, "little") + EXAMPLE
    for cut in (wrapped, wrapped[:-200] + b"\x01", wrapped.decode("utf-8", "replace")[:-200]):
        with pytest.raises(DecodeError):
            receive_message(ServiceBusReceivedMessage(cut))


@pytest.mark.parametrize("wrong", [None, EXAMPLE, EXAMPLE.decode(), {"MessageName": "Update"}, [EXAMPLE], object()])
def test_what_is_no_message_is_a_mistake_of_the_program(wrong: object) -> None:
    with pytest.raises(ArgumentTypeError) as caught:
        receive_message(wrong)
    assert str(caught.value) == f"expected a message, which has a body and properties, found {type(wrong).__name__}"


def test_the_size_is_bounded() -> None:
    with pytest.raises(PayloadTooLargeError) as caught:
        receive_message(ServiceBusReceivedMessage([b" " * MAX_BYTES, EXAMPLE]))
    assert caught.value.status == 413
    long = ServiceBusReceivedMessage([b" " * MAX_BYTES, EXAMPLE])
    assert receive_message(long, max_bytes=2 * MAX_BYTES).context == parse_context(EXAMPLE)


def test_what_a_client_raises_while_it_hands_over_a_body_passes_through() -> None:
    class Lost:
        @property
        def body(self) -> Iterator[bytes]:
            yield b"{"
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive_message(Lost())


def test_errors_show_no_content() -> None:
    secret = "confi" + "dential"
    with pytest.raises(DecodeError) as caught:
        receive_message(ServiceBusReceivedMessage(body(Depth=secret), CLAIMS, secret))
    assert secret not in "".join(traceback.format_exception(caught.value))


@given(st.binary() | st.text() | st.lists(st.binary()), st.dictionaries(st.binary(), st.binary() | st.none()))
def test_a_message_is_received_or_refused(content: Any, properties: Any) -> None:
    with pytest.raises(CdsContextError):
        receive_message(ServiceBusReceivedMessage(content, properties, None))
