"""The room `unwrapping`: what relays put around a body comes off whole, or is an error with a place."""

from __future__ import annotations

import json
from base64 import b64encode, encodebytes
from collections import UserDict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import ArgumentTypeError, CdsContextError, DecodeError, encode_context, parse_context, unwrap
from cds_context.testing import examples, update
from cds_context.testing.strategies import texts

from ..bodies import EXAMPLE, body, slot, typed
from .test_dotnet_string import STRING

EXACT = (
    slot('1.50,1E+5,0.10,"\\u20ac","😀","\\ud83d"').replace(b"1.50,", b"[1.50,").replace(b'"\\ud83d"', b'"\\ud83d"]')
)
"""A body of which a parser would change the spelling: scales, an exponent, escapes, half a surrogate pair."""
TWICE = EXACT.replace(b'"Depth":1', b'"Depth":2,"Depth":1')
BUSINESS_EVENT = {
    "BusinessEventId": "CustFreeTextInvoicePostedBusinessEvent",
    "ControlNumber": 5637166327,
    "EventId": "F1B4A9C1-2E0B-4A52-8F0B-0E2A1B0C7A55",
    "EventTime": "/Date(1557169234000)/",
    "MajorVersion": 0,
    "MinorVersion": 0,
}


def members(holder: str, raw: bytes, **others: Any) -> bytes:
    """An object that holds a JSON text as it is spelled."""
    return json.dumps({**others, holder: "@"}).encode().replace(b'"@"', raw)


def dotnet(raw: bytes) -> bytes:
    return STRING + b"\x9d" + len(raw).to_bytes(4, "little") + raw


def as_text(raw: bytes) -> bytes:
    return json.dumps(raw.decode()).encode()


def as_base64(raw: bytes) -> bytes:
    return json.dumps(b64encode(raw).decode()).encode()


Wrap = Callable[[bytes], bytes]
GRID = {"id": "1", "eventType": "Contoso.Event", "subject": "x", "eventTime": "2026-03-02T09:00:00Z"}
LAYERS: dict[str, Wrap] = {
    "connector": lambda raw: members(
        "ContentData", as_base64(raw), ContentType="application/json", Properties={"DeliveryCount": "1"}
    ),
    "connector, in lower case": lambda raw: members("contentData", as_text(raw), contentType="application/json"),
    "CloudEvents": lambda raw: members("data", raw, specversion="1.0", type="com.dapr.event.sent"),
    "CloudEvents, as text": lambda raw: members("data", as_text(raw), specversion="1.0"),
    "CloudEvents, in Base64": lambda raw: members("data_base64", as_base64(raw), specversion="1.0", data=None),
    "Event Grid": lambda raw: members("data", raw, **GRID),
    "Logic Apps": lambda raw: members("$content", as_base64(raw), **{"$content-type": "application/octet-stream"}),
    "export": lambda raw: members("body", raw, contentType="application/json", properties={}),
    "Capture": lambda raw: members("Body", as_text(raw), SequenceNumber=7, Properties={}),
    "array": lambda raw: b"[ " + raw + b" ]",
    "JSON string": as_text,
    "Base64": b64encode,
    "Base64 in lines": encodebytes,
    ".NET string": dotnet,
    ".NET string, decoded": lambda raw: dotnet(raw).decode("utf-8", "replace").encode(),
    "white space": lambda raw: b"\r\n\t " + members("body", raw) + b" \n",
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + members("body", raw),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("raw", [EXAMPLE, EXACT, TWICE], ids=["example", "exact", "twice"])
def test_a_layer_comes_off_byte_for_byte(layer: str, raw: bytes) -> None:
    wrapped = LAYERS[layer](raw)
    assert unwrap(wrapped) == [raw]
    assert unwrap(wrapped.decode("utf-8", "surrogateescape")) == [raw]
    assert unwrap(memoryview(wrapped)) == [raw]


@pytest.mark.parametrize("outer", LAYERS)
def test_layers_come_off_each_other(outer: str) -> None:
    for inner, wrap in LAYERS.items():
        wrapped = wrap(EXACT)
        if inner in {".NET string", "byte order mark"}:
            wrapped = b64encode(wrapped)  # neither may stand in JSON
        is_json = wrapped.lstrip()[:1] in b'{["'
        assert unwrap(LAYERS[outer](wrapped.strip() if is_json else as_text(wrapped))) == [EXACT]


@pytest.mark.repeats
@pytest.mark.parametrize("layer", LAYERS)
def test_every_example_comes_out_as_it_was(layer: str) -> None:
    for raw in examples().values():
        assert unwrap(LAYERS[layer](raw)) == [raw]


@given(texts() | st.text('{}[]",\\\n'), st.booleans(), st.sampled_from([*LAYERS]))
def test_a_body_with_any_text_comes_out_as_it_was(text: str, in_ascii: bool, layer: str) -> None:
    in_ascii |= not text.isprintable()  # half a surrogate pair among it, which bytes have in an escape only
    raw = slot(json.dumps([text, {text: text}], ensure_ascii=in_ascii))
    assert unwrap(LAYERS[layer](raw)) == [raw]


@pytest.mark.parametrize("raw", [EXAMPLE, b"\xef\xbb\xbf" + EXAMPLE, b" \n" + EXAMPLE + b"\n", b'{"MessageName":1}'])
def test_a_bare_body_stays_as_it_is(raw: bytes) -> None:
    assert unwrap(raw) == [raw]


def test_bodies_come_in_their_order() -> None:
    bodies = [slot(str(number)) for number in range(9)]
    events = [wrap(raw) for wrap, raw in zip(LAYERS.values(), bodies, strict=False)]
    assert unwrap(b"[" + b",\n".join(events) + b"]") == bodies
    assert unwrap(b"[]") == unwrap(b" [ ] ") == unwrap(b"[[],[ ]]") == unwrap([]) == []


def test_half_a_surrogate_pair_in_a_text_is_escaped() -> None:
    (raw,) = unwrap(json.dumps({"body": slot('"\ud83d"').decode("utf-8", "surrogatepass")}))
    assert parse_context(raw).shared_variables["v"] == "\ud83d"
    assert raw.isascii()


PARSED: list[Any] = [
    {"ContentData": b64encode(EXACT).decode()},
    {"body": EXACT.decode()},
    {"Body": EXACT, "Properties": {}},
    {"body": bytearray(EXACT)},
    UserDict({"specversion": "1.0", "data": None, "data_base64": b64encode(EXACT).decode()}),
    {"data": EXACT.decode(), **GRID},
    [EXACT],
    [{"body": EXACT.decode()}],
    [{"specversion": "1.0", "data": as_base64(EXACT).decode()}],
]


@pytest.mark.parametrize("parsed", PARSED)
def test_an_object_that_was_parsed_is_taken_if_the_body_in_it_is_text(parsed: Any) -> None:
    assert unwrap(parsed) == [EXACT]


@pytest.mark.parametrize(
    "parsed",
    [
        json.loads(EXAMPLE),
        [json.loads(EXAMPLE)],
        {"specversion": "1.0", "data": json.loads(EXAMPLE)},
        [{"body": json.loads(EXAMPLE)}],
        {"body": [json.loads(EXAMPLE)]},
    ],
)
def test_a_body_that_was_parsed_is_refused_with_the_remedy(parsed: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="which keys stood twice, so pass the bytes that it was parsed from"):
        unwrap(parsed)


@pytest.mark.parametrize("wrong", [None, 7, [None], {"body": 7}, {EXAMPLE}])
def test_what_can_hold_no_body_is_a_mistake_of_the_program(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError):
        unwrap(wrong)


OTHER = "expected a body, or what a relay puts around one, found an object with other members"
NEITHER = "expected a body, or what a relay puts around one, found no JSON, and no Base64 of it"
SCALAR = "expected a body, found a number, a boolean or null"
NOT_ONE: list[tuple[bytes, str, str]] = [
    (b"", NEITHER, "$"),
    (b"confidential!", NEITHER, "$"),
    (b"confidential", NEITHER, "$"),
    (b64encode(b"confidential"), NEITHER, "$"),
    (b64encode(b'{"abcdefg":"\xff"}'), "not UTF-8, at byte 12", "$"),
    (b"12345678", NEITHER, "$"),
    (b"Y29uZmlkZW50aWFs=", NEITHER, "$"),
    (b"{}", OTHER, "$"),
    (b'{"confidential":1}', OTHER, "$"),
    (b'[{"body":"eyJhIjoxfQ=="}]', OTHER, "$[0].body"),
    (b'[{"body":[{"x":1}]}]', OTHER, "$[0].body[0]"),
    (b"[1]", SCALAR, "$[0]"),
    (b'{"body":null,"Body":17}', SCALAR, "$.Body"),
    (b'{"body":null}', "an exported message with no body", "$"),
    (b'{"specversion":"1.0"}', "a CloudEvents event with no body", "$"),
    (b'{"specversion":"1.0","data":{},"data_base64":""}', "a CloudEvents event with more than one body", "$"),
    (b'{"body":{},"body":{}}', "an exported message with more than one body", "$"),
    (
        b'{"ContentData":"","contentdata":""}',
        "a message of Logic Apps' Service Bus connector with more than one body",
        "$",
    ),
    (b'{"body":"\xff"}', "not UTF-8, at byte 9", "$"),
    (STRING + b"\x9d\xff\xff\xff\x7f{}", "a .NET string around the body that is cut, or not of its form", "$"),
    (json.dumps(BUSINESS_EVENT).encode(), "a business event of finance and operations", "$"),
    (json.dumps([BUSINESS_EVENT]).encode(), "a business event of finance and operations", "$[0]"),
    (b"[" * 10 + b"]" * 10, "a body in more than 8 layers", "$" + "[0]" * 8),
    (
        as_text(as_text(as_text(as_text(as_text(as_text(as_text(as_text(as_text(EXAMPLE))))))))),
        "more than 8 layers",
        "$",
    ),
]


@pytest.mark.parametrize(("raw", "reason", "path"), NOT_ONE)
def test_what_holds_no_body_for_certain_is_an_error_with_a_place(raw: bytes, reason: str, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        unwrap(raw)
    assert reason in caught.value.reason
    assert caught.value.path == path
    assert "confidential" not in str(caught.value)
    assert not isinstance(caught.value.__context__, ValueError)


MALFORMED = [
    EXAMPLE[:-100],
    EXAMPLE + b"}",
    b"{",
    b"[",
    b'{"body"',
    b'{"body":}',
    b'{"body":{"MessageName":1}',
    b'{"body":{"MessageName":1}]',
    b'{"body":{"MessageName":1}}}',
    b'{"body":{"MessageName":1}},',
    b'{"body":{"MessageName":1},}',
    b'{,"body":{"MessageName":1}}',
    b'{"body":{"MessageName":1},,"a":1}',
    b'{"body":{"MessageName":1} {"a":1}}',
    b'{body:{"MessageName":1}}',
    b'{"body" {"MessageName":1}}',
    b'{"bo\ndy":{"MessageName":1}}',
    b'{"body":"{\n}"}',
    b'{"body":"x',
    b'{"body":"x\\"}',
    b'[{"MessageName":1},]',
    b'[,{"MessageName":1}]',
    b'"x" "y"',
    b'"\\x"',
]


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_is_no_json_is_an_error(raw: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        unwrap(raw)
    assert caught.value.reason == "malformed JSON"


@given(
    st.binary()
    | st.text()
    | st.text('{}[]":,\\ bodya1').map(lambda text: '{"body":' + text)
    | st.dictionaries(st.sampled_from(["body", "data", "specversion", 7]), st.none() | st.text() | st.integers())
)
def test_anything_gives_bodies_or_an_error(raw: Any) -> None:
    try:
        bodies = unwrap(raw)
    except CdsContextError:
        return
    assert all(type(found) is bytes for found in bodies)


def test_what_is_read_from_a_wrapped_body_is_what_its_server_wrote() -> None:
    event = update("contact", after={"creditlimit": Decimal("1.50")})
    raw = encode_context(event)
    (found,) = unwrap(LAYERS["CloudEvents"](raw))
    assert encode_context(parse_context(found, parse_float=Decimal)) == raw
    with pytest.raises(DecodeError, match="a CloudEvents event, whose `data` or `data_base64` holds the body"):
        parse_context(LAYERS["CloudEvents"](raw))
    assert unwrap(body(SharedVariables=[{"key": "body", "value": typed("Money", Value=1)}]))
