"""Messages as the clients of Azure make them of what is on their wire, through the functions of the pages."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from cds_context import DecodeError, RemoteExecutionContext, encode_context
from cds_context.codec.output import MessageFormat
from cds_context.servicebus import MAX_BYTES, receive_message
from cds_context.testing import custom_api, examples, server_message, truncate

from .cases import EVENT
from .test_clients import handled, to_read

BODY = encode_context(EVENT)
CLAIM = "http://schemas.microsoft.com/xrm/2011/Claims/"
PROPERTIES = {f"{CLAIM}EntityLogicalName": "contact", f"{CLAIM}RequestName": "Update"}
CORRELATION_ID = "{e6d5a3f0-2c41-4b7a-8d2e-9f0c6b1a7d34}"
CUT = PROPERTIES | {"MessageMaxSizeExceeded": "true"}


def received(body: bytes, properties: dict[str, Any], content_type: str = "application/json") -> Any:
    """What a receiver of azure-servicebus hands over, after a way over AMQP."""
    bus = pytest.importorskip("azure.servicebus")
    transport = importlib.import_module("azure.servicebus._transport._pyamqp_transport").PyamqpTransport
    encode = importlib.import_module("azure.servicebus._pyamqp._encode").encode_payload
    decode = importlib.import_module("azure.servicebus._pyamqp._decode").decode_payload
    sent = bus.ServiceBusMessage(
        body, application_properties=properties, content_type=content_type, correlation_id=CORRELATION_ID
    )
    frame = encode(bytearray(), transport.to_outgoing_amqp_message(sent.raw_amqp_message))
    return bus.ServiceBusReceivedMessage(decode(memoryview(frame)), receiver=None)


class Settling:
    """The part of a receiver that settles messages."""

    def __init__(self) -> None:
        self.completed: list[Any] = []
        self.abandoned: list[Any] = []
        self.dead: list[tuple[str, str]] = []

    def complete_message(self, message: Any) -> None:
        self.completed.append(message)

    def abandon_message(self, message: Any) -> None:
        self.abandoned.append(message)

    def dead_letter_message(self, message: Any, *, reason: str, error_description: str) -> None:
        self.dead.append((reason, error_description))


@pytest.fixture(name="bus")
def page_of_the_bus(page: Callable[[str], Any]) -> Any:
    """The page on azure-servicebus, to which no event is a repeat."""
    module = page("azure-servicebus")
    module.done.clear()
    return module


def test_a_message_of_azure_servicebus_is_received() -> None:
    delivery = receive_message(received(BODY, PROPERTIES))
    assert delivery.context == EVENT
    assert (delivery.is_truncated, delivery.mismatches) == (False, ())
    assert (delivery.properties.entity_name, delivery.properties.request_name) == ("contact", "Update")
    assert f"{{{delivery.properties.correlation_id}}}" == CORRELATION_ID
    assert delivery.properties.content_type == "application/json"
    assert receive_message(received(BODY, CUT)).is_truncated


@pytest.mark.parametrize("context", [EVENT, custom_api("new_Do", inputs={"Text": "x" * 200_000})], ids=["whole", "cut"])
def test_a_message_for_tests_is_one_of_azure_servicebus(context: RemoteExecutionContext) -> None:
    made = server_message(context)
    bus = pytest.importorskip("azure.servicebus", "7.15")  # the first with `from_bytes`
    message = bus.ServiceBusReceivedMessage.from_bytes(made.amqp)
    sent = received(made.body, made.properties)
    assert b"".join(message.body) == b"".join(sent.body) == made.body
    assert message.application_properties == sent.application_properties
    assert (message.content_type, message.correlation_id) == (made.content_type, made.correlation_id)
    assert message.message_id == made.message_id
    assert receive_message(message) == receive_message(made)


FORMATS: tuple[MessageFormat, ...] = ("json", "xml", "binary")


@pytest.mark.parametrize("form", FORMATS)
def test_a_message_of_azure_servicebus_is_received_in_every_format(form: MessageFormat) -> None:
    made = server_message(EVENT, format=form)
    delivery = receive_message(received(made.body, made.properties, made.content_type))
    assert delivery.context == EVENT
    assert delivery.properties.content_type == made.content_type
    wrong = receive_message(received(made.body, made.properties, "text/plain; charset=utf-16"))
    assert wrong.context == EVENT


@pytest.mark.parametrize("form", FORMATS)
def test_an_event_of_azure_eventhub_is_received_in_every_format(form: MessageFormat) -> None:
    hub = pytest.importorskip("azure.eventhub")
    made = server_message(EVENT, format=form)
    event = hub.EventData(made.body)
    event.properties = made.properties
    event.content_type, event.correlation_id = made.content_type, made.correlation_id
    assert receive_message(event) == receive_message(made)


def test_every_example_is_received_from_azure_servicebus() -> None:
    for body in examples().values():
        assert encode_context(receive_message(received(body, {})).context) == body


def test_a_message_that_was_read_is_completed(bus: Any) -> None:
    receiver, message = Settling(), received(BODY, PROPERTIES)
    bus.receive_event(receiver, message)
    assert handled(bus) == [EVENT]
    assert receiver.completed == [message]
    assert receiver.dead == []


def test_a_message_whose_work_fails_is_given_back(bus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "work", None)
    receiver, message = Settling(), received(BODY, PROPERTIES)
    bus.receive_event(receiver, message)
    assert (receiver.completed, receiver.abandoned, receiver.dead) == ([], [message], [])
    assert not bus.done


@pytest.mark.parametrize(
    ("body", "properties"),
    [(BODY, CUT), (encode_context(truncate(EVENT)), {}), (encode_context(truncate(EVENT, absent=False)), {})],
    ids=["by its property", "members left out", "members emptied"],
)
def test_a_truncated_message_is_completed_and_its_row_read(body: bytes, properties: dict[str, Any], bus: Any) -> None:
    receiver, message = Settling(), received(body, properties)
    bus.receive_event(receiver, message)
    assert handled(bus) == []
    assert [event.record for event in to_read(bus)] == [EVENT.record]
    assert receiver.completed == [message]
    assert receiver.dead == []


UNREADABLE = [
    (b"kanari", "application/json", "DecodeError"),
    (BODY[:-100], "application/json", "DecodeError"),
    (b"", "application/json", "DecodeError"),
    (b"<RemoteExecutionContext/>", "application/xml", "DecodeError"),
    (b"@\x16RemoteExecutionContext", "application/msbin1", "DecodeError"),
    (BODY.ljust(MAX_BYTES + 1), "application/json", "PayloadTooLargeError"),
]


@pytest.mark.parametrize(("body", "content_type", "reason"), UNREADABLE)
def test_a_message_that_cannot_be_read_is_put_aside(
    body: bytes, content_type: str, reason: str, bus: Any, shown: Any
) -> None:
    receiver = Settling()
    bus.receive_event(receiver, received(body, PROPERTIES, content_type))
    assert (handled(bus), receiver.completed) == ([], [])
    assert [found for found, _ in receiver.dead] == [reason]
    shown.write(str(receiver.dead))


def user_function(module: Any, name: str) -> Any:
    return getattr(module, name).build().get_user_function()


def datum(value: Any) -> Any:
    kind = "string" if isinstance(value, str) else "bytes" if isinstance(value, bytes) else "json"
    return importlib.import_module("azure.functions.meta").Datum(value if kind != "json" else json.dumps(value), kind)


def triggered(binding: str, body: Any, **metadata: Any) -> Any:
    """What the host of Azure Functions hands over, as its worker makes it of what came."""
    meta = importlib.import_module("azure.functions.meta")
    converter = meta._ConverterMeta._bindings[binding]
    return converter.decode(datum(body), trigger_metadata={name: datum(value) for name, value in metadata.items()})


@pytest.mark.parametrize("body", [BODY, BODY.decode()], ids=["bytes", "text"])
@pytest.mark.parametrize("bag", ["ApplicationProperties", "UserProperties"])
@pytest.mark.parametrize(("properties", "is_truncated"), [(PROPERTIES, False), (CUT, True)])
def test_a_service_bus_trigger_receives(
    body: Any, bag: str, properties: Any, is_truncated: bool, page: Callable[[str], Any]
) -> None:
    module = page("azure-functions")
    bags: dict[str, Any] = {"ApplicationProperties": {}, "UserProperties": {}, bag: properties}
    message = triggered(
        "serviceBusTrigger",
        body,
        MessageId="1",
        ContentType="application/json",
        CorrelationId=CORRELATION_ID,
        **bags,
    )
    user_function(module, "receive_from_queue")(message)
    assert (handled(module), to_read(module)) == (([], [EVENT]) if is_truncated else ([EVENT], []))
    delivery = receive_message(message)
    assert (delivery.is_truncated, delivery.mismatches) == (is_truncated, ())
    assert f"{{{delivery.properties.correlation_id}}}" == CORRELATION_ID


def test_an_event_hub_trigger_receives(page: Callable[[str], Any]) -> None:
    module = page("azure-functions")
    message = triggered("eventHubTrigger", BODY, Properties=CUT, SystemProperties={})
    user_function(module, "receive_from_hub")(message)
    assert (handled(module), to_read(module)) == ([], [EVENT])
    delivery = receive_message(message)
    assert (delivery.is_truncated, delivery.properties.entity_name) == (True, "contact")


TRIGGERS: dict[str, dict[str, Any]] = {
    "serviceBusTrigger": {"MessageId": "1", "ApplicationProperties": {}, "UserProperties": PROPERTIES},
    "eventHubTrigger": {"Properties": PROPERTIES, "SystemProperties": {}},
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("binding", TRIGGERS)
def test_a_trigger_receives_every_format(binding: str, form: MessageFormat, page: Callable[[str], Any]) -> None:
    module = page("azure-functions")
    message = triggered(binding, encode_context(EVENT, format=form), **TRIGGERS[binding])
    name = "receive_from_queue" if binding == "serviceBusTrigger" else "receive_from_hub"
    user_function(module, name)(message)
    assert handled(module) == [EVENT]


@pytest.mark.parametrize("binding", TRIGGERS)
def test_a_trigger_that_makes_text_of_binary_says_so(binding: str, page: Callable[[str], Any]) -> None:
    page("azure-functions")
    text = encode_context(EVENT, format="binary").decode("utf-8", "replace")
    with pytest.raises(DecodeError, match="decoded to text, which loses bytes"):
        receive_message(triggered(binding, text, **TRIGGERS[binding]))


def test_events_of_an_event_hub_come_without_properties(page: Callable[[str], Any]) -> None:
    page("azure-functions")
    cut = encode_context(truncate(EVENT))
    bodies = [json.loads(BODY), json.loads(cut)]
    events = triggered("eventHubTrigger", bodies, PropertiesArray=[CUT, CUT], SystemPropertiesArray=[{}, {}])
    deliveries = [receive_message(event) for event in events]
    assert [delivery.is_truncated for delivery in deliveries] == [False, True]
    assert deliveries[0].context == EVENT


def test_events_of_an_event_hub_have_the_properties_of_their_numbers(page: Callable[[str], Any]) -> None:
    page("azure-functions")
    numbers = [{"SequenceNumber": number, "content-type": "application/json"} for number in (7, 8)]
    events = triggered(
        "eventHubTrigger",
        [json.loads(BODY)] * 2,
        PropertiesArray=[PROPERTIES, CUT],
        SystemPropertiesArray=numbers,
    )
    deliveries = [receive_message(event) for event in events]
    assert [delivery.is_truncated for delivery in deliveries] == [False, True]
    assert {delivery.properties.entity_name for delivery in deliveries} == {"contact"}
    assert {delivery.properties.content_type for delivery in deliveries} == {"application/json"}


def test_an_async_function_is_waited_for(page: Callable[[str], Any]) -> None:
    module = page("azure-functions")
    asyncio = importlib.import_module("asyncio")
    function = user_function(module, "receive_checked")
    assert inspect.iscoroutinefunction(function)

    def post(body: bytes) -> int:
        answer = asyncio.run(function(module.func.HttpRequest("POST", "/api/by-function-key?code=x", body=body)))
        return int(answer.status_code)

    assert [post(BODY), post(b"kanari")] == [204, 400]
    assert handled(module) == [EVENT]
