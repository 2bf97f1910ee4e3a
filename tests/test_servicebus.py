"""The room `servicebus`: messages in, deliveries out. The classes here have the attributes of the clients' own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import CdsContextError, DecodeError, PayloadTooLargeError, encode_context, parse_context
from cds_context.servicebus import MAX_BYTES, MessageProperties, receive_message
from cds_context.testing import truncate, update

from .bodies import EXAMPLE, SMALL, body, slot
from .test_dotnet_string import STRING

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


@pytest.mark.parametrize("bag", ["confidential", ["confidential"], 7, b"{}"])
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


XML = b'<RemoteExecutionContext xmlns="http://schemas.microsoft.com/xrm/2011/Contracts">'


@pytest.mark.parametrize(
    ("content", "content_type", "name"),
    [
        (XML, "application/xml", "xml"),
        (XML, None, "xml"),
        (b"\xef\xbb\xbf" + XML, None, "xml"),
        (b"@\x16RemoteExecutionContext\x08", "application/msbin1", "msbin1"),
        (b"@\x16RemoteExecutionContext\x08", None, "msbin1"),
        (b"?", "Application/MSBin1; x=y", "msbin1"),
    ],
)
def test_a_format_that_is_not_read_says_what_to_change(content: bytes, content_type: str | None, name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        receive_message(ServiceBusReceivedMessage(content, None, content_type))
    assert caught.value.reason == (
        f"application/{name} is not read; set the message format of the service endpoint to JSON"
    )


@pytest.mark.parametrize("content", [None, 7, [["row"]], {"a": 1}, ["text"], [b"{", None], b"", []])
def test_a_body_of_another_kind_is_an_error(content: Any) -> None:
    with pytest.raises(DecodeError):
        receive_message(ServiceBusReceivedMessage(content))


def test_a_wrapped_body_that_was_cut_is_an_error() -> None:
    wrapped = STRING + b"\x9a" + len(EXAMPLE).to_bytes(2, "little") + EXAMPLE
    for cut in (wrapped, wrapped[:-200] + b"\x01", wrapped.decode("utf-8", "replace")[:-200]):
        with pytest.raises(DecodeError):
            receive_message(ServiceBusReceivedMessage(cut))


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
