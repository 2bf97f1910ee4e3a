"""The page on Azure Functions, as one `function_app.py` on the runtime, and functions in other ways of writing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cds_context import Money, RemoteExecutionContext, encode_context
from cds_context.testing import truncate, update
from cds_context.webhook import MAX_BYTES, WebhookKeyAuth
from tests.integration.cases import CANARIES, CASES, EVENT, EXAMPLES, GOOD, KEY, KEYS_IN_QUERY, QUERY_KEY, WITHOUT, Case

from .host import Host, RefusedError, hosted, protos, succeeded, threads

PAGE = Path(__file__).parents[3] / "docs" / "frameworks" / "azure-functions.md"
VARIANTS = (Path(__file__).parent / "variants.py").read_text("utf-8")
UNTYPED = """
@app.route("bare")
@webhook
def bare(req, delivery):
    return answer(delivery)


@app.route("keywords")
@webhook
def of_keywords(*, req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse:
    return answer(delivery)


@app.route("output")
@app.queue_output(arg_name="copy", queue_name="copies", connection="Storage")
@webhook
def with_output(req: func.HttpRequest, delivery: WebhookDelivery, copy: func.Out[str]) -> func.HttpResponse:
    copy.set(str(delivery.context.record))
    return answer(delivery)


blueprint = func.Blueprint()


@blueprint.route("blueprint")
@webhook
def of_blueprint(req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse:
    return answer(delivery)


app.register_functions(blueprint)
"""
"""What type checkers do not take, or know nothing of."""

BODY = encode_context(EVENT)
CUT = encode_context(truncate(EVENT))
CLAIM = "http://schemas.microsoft.com/xrm/2011/Claims/"
PROPERTIES = {f"{CLAIM}EntityLogicalName": "contact", f"{CLAIM}RequestName": "Update"}
PROPERTIES_OF_CUT = PROPERTIES | {"MessageMaxSizeExceeded": "true"}


@pytest.fixture(scope="module", autouse=True)
def surroundings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, threads():
        patch.setenv("WEBHOOK_KEY", KEY)
        yield


@pytest.fixture(scope="module", name="page")
def host_of_the_page(surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    text = PAGE.read_text("utf-8").partition("\n## Try it\n")[0]
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    with hosted("\n".join(blocks), tmp_path_factory.mktemp("page")) as host:
        yield host


@pytest.fixture(scope="module", name="variants")
def host_of_the_variants(surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with hosted(VARIANTS + UNTYPED, tmp_path_factory.mktemp("variants")) as host:
        yield host


def drained(queue: Any) -> list[Any]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


def handled(host: Host) -> tuple[list[RemoteExecutionContext], list[RemoteExecutionContext]]:
    """The events that the page's functions handed on since this was last asked: whole ones, and those to be read."""
    return drained(host.app.work), drained(host.app.rows_to_read)


def datum(value: Any) -> Any:
    """A value as hosts send it."""
    if isinstance(value, list):
        kind = "collection_string" if isinstance(value[0], str) else "collection_bytes"
        return protos.TypedData(**{kind: {kind.removeprefix("collection_"): value}})
    if isinstance(value, dict):
        return protos.TypedData(json=json.dumps(value))
    return protos.TypedData(**{"string" if isinstance(value, str) else "bytes": value})


def as_json(text: str) -> Any:
    return protos.TypedData(json=text)


# HTTP


def test_the_app_of_the_page_is_taken_as_a_whole(page: Host) -> None:
    assert set(page.functions) == {
        "receive_event",
        "receive_checked",
        "receive_from_queue",
        "receive_from_hub",
        "receive_batch_from_queue",
        "receive_batch_from_hub",
    }


ASKED = [case for case in CASES if case.request.method == "POST"]  # the host answers the others


def check(page: Host, case: Case, log: pytest.LogCaptureFixture) -> None:
    log.clear()
    response = page.post("receive_event", case.request.headers, case.request.body, case.request.query)
    assert succeeded(response)
    assert int(response.return_value.http.status_code) == case.status
    whole, to_read = handled(page)
    taken = case.status == 204
    assert (len(whole), len(to_read)) == (taken and not case.is_truncated, taken and case.is_truncated)
    said = [record.getMessage() for record in log.records if record.name == "cds_context.contrib"]
    assert len(said) == bool(case.reason)
    assert all(line.startswith(f"refused with {case.status}: {case.reason}") for line in said)
    assert not found_in(response)
    assert not found_in(said)


def found_in(response: Any) -> list[str]:
    return [word for word in CANARIES if word.casefold() in str(response).casefold()]


@pytest.mark.parametrize("case", ASKED, ids=[case.name for case in ASKED])
def test_requests_are_received_or_refused(page: Host, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    check(page, case, caplog)


def test_every_example_is_received(page: Host, caplog: pytest.LogCaptureFixture) -> None:
    for case in EXAMPLES:
        check(page, case, caplog)


@pytest.mark.parametrize("case", KEYS_IN_QUERY, ids=[case.name for case in KEYS_IN_QUERY])
def test_keys_in_the_query_string(
    page: Host, case: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(page.app.webhook, "_auth", WebhookKeyAuth(QUERY_KEY))
    check(page, case, caplog)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (BODY, 204),
        (CUT, 204),
        (b"", 400),
        (b"{}", 400),
        (BODY.ljust(2**21), 413),
    ],
    ids=["whole", "truncated", "nothing", "another object", "too large"],
)
def test_an_async_function_is_waited_for(page: Host, body: bytes, status: int) -> None:
    response = page.post("receive_checked", {}, body)
    assert succeeded(response)
    assert int(response.return_value.http.status_code) == status
    assert [len(events) for events in handled(page)] == [body is BODY, body is CUT]


@pytest.mark.parametrize(
    "body", [datum(BODY), datum(BODY.decode()), as_json(BODY.decode())], ids=["bytes", "text", "json"]
)
def test_a_body_is_received_in_whatever_form_the_host_passes_it_on(page: Host, body: Any) -> None:
    response = page.post("receive_event", GOOD.headers, body)
    assert int(response.return_value.http.status_code) == 204
    assert handled(page) == ([EVENT], [])


def test_a_request_without_a_body_is_refused(page: Host) -> None:
    response = page.post("receive_event", GOOD.headers, None)
    assert int(response.return_value.http.status_code) == 400


# Messages

FORMS = {"text": datum(BODY.decode()), "bytes": datum(BODY), "json": as_json(BODY.decode())}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    return FORMS[request.param]


def metadata_of_message(properties: Any) -> dict[str, Any]:
    return {
        "MessageId": datum("1"),
        "ContentType": datum("application/json"),
        "CorrelationId": datum("{e6d5a3f0-2c41-4b7a-8d2e-9f0c6b1a7d34}"),
        "ApplicationProperties": datum(properties),
        "UserProperties": datum(properties),
    }


def metadata_of_event(properties: Any) -> dict[str, Any]:
    return {"Properties": datum(properties), "SystemProperties": datum({}), "Offset": datum("0")}


SINGLE = [("receive_from_queue", metadata_of_message), ("receive_from_hub", metadata_of_event)]


@pytest.mark.parametrize(("function", "metadata"), SINGLE)
def test_a_message_is_received_in_whatever_form(page: Host, function: str, metadata: Any, form: Any) -> None:
    assert succeeded(page.call(function, form, metadata(PROPERTIES)))
    assert handled(page) == ([EVENT], [])


@pytest.mark.parametrize(("function", "metadata"), SINGLE)
def test_a_truncated_message_goes_to_the_function_that_reads_the_row(page: Host, function: str, metadata: Any) -> None:
    assert succeeded(page.call(function, datum(BODY), metadata(PROPERTIES_OF_CUT)))
    assert succeeded(page.call(function, datum(CUT), metadata(PROPERTIES)))
    whole, to_read = handled(page)
    assert (whole, [event.record for event in to_read]) == ([], [EVENT.record] * 2)


@pytest.mark.parametrize(("function", "metadata"), SINGLE)
@pytest.mark.parametrize("body", [b"", b"kanari", BODY[:-100]], ids=["nothing", "no JSON", "an end too early"])
def test_a_message_that_cannot_be_read_fails_and_shows_nothing(
    page: Host, function: str, metadata: Any, body: bytes
) -> None:
    response = page.call(function, datum(body), metadata(PROPERTIES))
    assert not succeeded(response)
    assert response.result.exception.message.startswith("DecodeError: ")
    assert not found_in(response)
    assert handled(page) == ([], [])


def metadata_of_messages(*properties: Any) -> dict[str, Any]:
    return {
        "MessageIdArray": datum(["1"] * len(properties)),
        "ContentTypeArray": datum(["application/json"] * len(properties)),
        "ApplicationPropertiesArray": protos.TypedData(json=json.dumps(properties)),
        "UserPropertiesArray": protos.TypedData(json=json.dumps(properties)),
    }


def metadata_of_events(*properties: Any) -> dict[str, Any]:
    return {
        "PropertiesArray": protos.TypedData(json=json.dumps(properties)),
        "SystemPropertiesArray": protos.TypedData(json=json.dumps([{} for _ in properties])),
    }


BATCHES = [("receive_batch_from_queue", metadata_of_messages), ("receive_batch_from_hub", metadata_of_events)]
BODIES = [BODY, CUT, b'{"kanari":1}']
FORMS_OF_BATCHES = {
    "text": datum([body.decode() for body in BODIES]),
    "bytes": datum(BODIES),
    "json": as_json(f"[{','.join(body.decode() for body in BODIES)}]"),
}


@pytest.mark.parametrize("form", FORMS_OF_BATCHES)
@pytest.mark.parametrize(("function", "metadata"), BATCHES)
def test_each_message_of_a_batch_goes_its_way(page: Host, function: str, metadata: Any, form: str) -> None:
    assert succeeded(page.call(function, FORMS_OF_BATCHES[form], metadata(*[PROPERTIES] * 3)))
    whole, to_read = handled(page)
    assert (whole, [event.record for event in to_read]) == ([EVENT], [EVENT.record])
    assert [json.loads(body) for body, _ in drained(page.app.unreadable)] == [{"kanari": 1}]


def test_each_message_of_a_batch_from_a_queue_has_its_own_properties(page: Host) -> None:
    metadata = metadata_of_messages(PROPERTIES, PROPERTIES_OF_CUT)
    assert succeeded(page.call("receive_batch_from_queue", datum([BODY, BODY]), metadata))
    assert [len(events) for events in handled(page)] == [1, 1]


@pytest.mark.parametrize(("function", "metadata"), BATCHES)
def test_a_batch_that_comes_as_json_has_other_digits_in_its_numbers(page: Host, function: str, metadata: Any) -> None:
    event = update("contact", after={"creditlimit": Money(Decimal("15000.1000")), "rest": Money(Decimal(1) / 3)})
    body = encode_context(event)
    for form in (datum([body]), datum([body.decode()])):
        assert succeeded(page.call(function, form, metadata(PROPERTIES)))
        assert [encode_context(context) for context in handled(page)[0]] == [body]
    assert succeeded(page.call(function, as_json(f"[{body.decode()}]"), metadata(PROPERTIES)))
    [[context], _] = handled(page)
    row: Any = context.target_entity
    assert str(row["creditlimit"].value) == "15000.1"
    assert str(row["rest"].value) == repr(1 / 3)


# Other ways of writing

NAMES = re.findall(r"^@webhook\n(?:@logged\n)?(?:async )?def (\w+)", VARIANTS + UNTYPED, re.MULTILINE)


def test_every_way_of_writing_is_taken(variants: Host) -> None:
    assert len(NAMES) > 10
    assert set(variants.functions) == set(NAMES)


def text_of(response: Any) -> str:
    returned = response.return_value
    return str(returned.string or returned.http.body.bytes.decode())


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_called_however_they_are_written(variants: Host, name: str) -> None:
    assert text_of(variants.post(name, GOOD.headers, GOOD.body)) == "Update"
    refused = {
        401: variants.post(name, WITHOUT.headers, GOOD.body),
        400: variants.post(name, GOOD.headers, b"{}"),
        413: variants.post(name, GOOD.headers, GOOD.body.ljust(MAX_BYTES + 1)),
    }
    for status, response in refused.items():
        assert succeeded(response)
        assert int(response.return_value.http.status_code) == status


def test_a_further_binding_gets_what_the_function_gives_it(variants: Host) -> None:
    response = variants.post("with_output", GOOD.headers, GOOD.body)
    assert [(output.name, output.data.string) for output in response.output_data] == [("copy", str(EVENT.record))]
    assert not variants.post("with_output", WITHOUT.headers, GOOD.body).output_data


# What the runtime refuses, and what it says of an error

APP = """
import typing
import azure.functions as func
app = func.FunctionApp()

{}

@app.route("right")
def right(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse()
"""
ANY = """
@app.route("wrong")
def wrong(req: func.HttpRequest) -> typing.Any: ...
"""
EVENTS = """
@app.event_hub_message_trigger("items", "Hub", "events", cardinality="many")
def wrong(items: list[func.EventHubEvent]) -> None: ...
"""
MESSAGES = """
@app.service_bus_queue_trigger("items", "Bus", "events", cardinality="many")
def wrong(items: list[func.ServiceBusMessage]) -> None: ...
"""
REFUSED = [
    (ANY, 'Python return annotation "Any" does not match binding type "http"'),
    (EVENTS, "binding items has invalid non-type annotation list["),
    (MESSAGES, "binding items has invalid non-type annotation list["),
]


@pytest.mark.parametrize(("function", "reason"), REFUSED, ids=["return of Any", "events in list", "messages in list"])
def test_one_function_that_is_wrong_has_the_whole_app_refused(function: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=re.escape(reason)), hosted(APP.format(function), tmp_path):
        pass


def test_the_app_is_taken_without_the_function_that_is_wrong(tmp_path: Path) -> None:
    with hosted(APP.format(""), tmp_path) as host:
        assert set(host.functions) == {"right"}


class Broken:
    def put(self, event: object) -> None:
        raise RuntimeError("the queue is away")


@pytest.mark.parametrize("function", ["receive_event", "receive_checked"])
def test_an_error_of_a_function_is_reported_and_shows_nothing(
    page: Host, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.app, "work", Broken())
    response = page.post(function, GOOD.headers, GOOD.body)
    assert not succeeded(response)
    assert response.result.exception.message == "RuntimeError: the queue is away"
    assert "function_app.py" in response.result.exception.stack_trace
    assert not response.HasField("return_value")
    assert not found_in(response)
