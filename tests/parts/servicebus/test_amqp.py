"""Values of the tests' AMQP server, against what the client reads and writes."""

from __future__ import annotations

import importlib
from typing import Any
from uuid import UUID

import pytest

from tests.parts.amqp import messages
from tests.parts.amqp.frames import CODES, Flow, read_frame, write_frame
from tests.parts.amqp.values import Array, Described, Int, Reader, Symbol, Timestamp, UByte, UInt, ULong, UShort, encode

decode_payload: Any = importlib.import_module("azure.servicebus._pyamqp._decode").decode_payload
SOME_ID = UUID("7062304a-0677-53ac-a389-c6c372260ab4")
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -(2**63),
    1.5,
    UByte(255),
    UShort(65535),
    UInt(0),
    UInt(2**32 - 1),
    ULong(7),
    ULong(2**64 - 1),
    Int(-5),
    Timestamp(1764353595000),
    b"",
    b"x" * 300,
    "ä" * 200,
    Symbol("amqp:accepted:list"),
    SOME_ID,
    [],
    [1, None, "two"],
    ["x" * 200] * 300,
    {Symbol("a"): 1, "b": {"c": [True]}},
    Array(["a", "bc"]),
    Array([SOME_ID, SOME_ID]),
    Array([Timestamp(1), Timestamp(2)]),
]


def seen_by_the_client(value: Any) -> Any:
    """What the client makes of a value: it knows no text, and no types of numbers."""
    if isinstance(value, str):
        return value.encode()
    children: Any = value
    if isinstance(value, dict):
        return {seen_by_the_client(key): seen_by_the_client(item) for key, item in children.items()}
    return [*map(seen_by_the_client, children)] if isinstance(value, list) else value


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_is_read_as_it_was_written_and_by_the_client_too(value: Any) -> None:
    reader = Reader(encode(value))
    read = reader.value()
    assert (read, type(read)) == (value, type(value))
    assert not reader
    assert decode_payload(memoryview(messages.write({messages.VALUE: value}))).value == seen_by_the_client(value)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_that_ends_too_early_is_an_error(value: Any) -> None:
    raw = encode(value)
    if len(raw) > 1:
        with pytest.raises(ValueError, match="ends too early"):
            Reader(raw[:-1]).value()


def test_a_frame_is_read_as_it_was_written() -> None:
    flow = Flow(UInt(1), UInt(2), UInt(3), UInt(4), drain=True)
    raw = write_frame(flow, channel=7)
    assert int.from_bytes(raw[:4], "big") == len(raw)
    assert read_frame(raw[4:]) == (7, flow, b"")
    assert read_frame(write_frame(None)[4:]) == (0, None, b"")


def test_fields_that_were_left_out_are_none() -> None:
    shortened = encode(Described(ULong(CODES[Flow]), [None, UInt(2), UInt(3), UInt(4)]))
    assert read_frame(b"\x02\x00\x00\x00" + shortened).performative == Flow(None, UInt(2), UInt(3), UInt(4))


def test_sections_that_are_not_replaced_stay_as_they_are() -> None:
    # A list as the specification allows it, and as nothing here writes it.
    odd = b"\x00\x53\x73" + b"\xd0\x00\x00\x00\x05\x00\x00\x00\x01\x40"
    message = odd + messages.write({messages.DATA: b"body"})
    new = messages.replaced(message, {messages.ANNOTATIONS: {Symbol("x-opt-offset"): "1"}})
    assert new.endswith(message)
    assert messages.read(new, messages.ANNOTATIONS) == {"x-opt-offset": "1"}
    assert messages.body(new) == b"body"
