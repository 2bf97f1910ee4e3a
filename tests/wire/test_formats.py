"""Tests of which format a body is in, and of the doors that take some formats and not others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from cds_context import (
    DecodeError,
    Mode,
    RemoteExecutionContext,
    UnknownMomentError,
    change_rows,
    encode_context,
    parse_context,
    peek_context,
    unwrap,
    validate,
)
from cds_context.codec.output import MessageFormat
from cds_context.display.facts import facts
from cds_context.servicebus import receive_message
from cds_context.webhook import WebhookKeyAuth, receive
from cds_context.wire.formats import Format, format_of

from ..bodies import EXAMPLE, slot
from ..formats import FOLDERS, bodies
from .test_dotnet_string import BINARY as BYTES
from .test_dotnet_string import STRING, record
from .test_unwrapping import LAYERS, Wrap, as_base64, dotnet

UPDATE = bodies("msg_update")
FORMATS: tuple[MessageFormat, ...] = ("json", "xml", "binary")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MARK = b"\xef\xbb\xbf"
SPELLED = [b"", DECLARATION, MARK, MARK + DECLARATION, b"<?xml version='1.0'?>\r\n", b"\r\n\t", b"<!-- by hand -->"]
"""What may stand before the root of a document."""


def received(body: bytes | str) -> RemoteExecutionContext:
    return receive_message({"body": body}).context


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"{}", Format.JSON),
        (b"", Format.JSON),
        (b"eyJhIjox", Format.JSON),
        (STRING + b"x", Format.JSON),
        (b"@\x06string", Format.JSON),
        (b" <a/>", Format.XML),
        (b"\xef\xbb\xbf<a/>", Format.XML),
        ("\ufeff\n<a/>", Format.XML),
        ("@\x16RemoteExecutionContext", Format.JSON),
        (b"@\x16RemoteExecutionContext", Format.BINARY),
        (b"@\x01a", Format.BINARY),
        (b"a\x16RemoteExecutionContext", Format.BINARY),
        (b"A\x01q\x16RemoteExecutionContext", Format.BINARY),
        (b"`\x16Remote", Format.JSON),
    ],
)
def test_the_first_bytes_tell_the_format(body: bytes | str, form: Format) -> None:
    assert format_of(body) is form


@pytest.mark.parametrize("form", FOLDERS)
def test_peeking_reads_every_format(form: str) -> None:
    summary = peek_context(UPDATE[form])
    assert (summary.message_name, summary.stage) == ("Update", 40)


def test_text_in_xml_is_read() -> None:
    assert parse_context(UPDATE["XML"].decode()) == parse_context(UPDATE["XML"])


@pytest.mark.parametrize("form", FOLDERS)
def test_relays_may_wrap_every_format(form: str) -> None:
    body = UPDATE[form]
    assert unwrap(body) == [body]
    for layer, wrap in LAYERS.items():
        assert unwrap(wrap(as_base64(body))) == [body], layer
    for layer in ("connector", "CloudEvents, in Base64", "Logic Apps", "Base64", "Base64 in lines", ".NET string"):
        assert unwrap(LAYERS[layer](body)) == [body], layer


@pytest.mark.parametrize(
    "layer", ["connector, in lower case", "CloudEvents, as text", "Capture", "JSON string", ".NET string, decoded"]
)
@pytest.mark.parametrize("start", SPELLED)
def test_relays_may_wrap_xml_as_text(layer: str, start: bytes) -> None:
    body = start + UPDATE["XML"]
    assert unwrap(LAYERS[layer](body)) == [body]


@pytest.mark.parametrize("start", SPELLED)
def test_xml_is_read_as_senders_may_spell_it(start: bytes) -> None:
    body = start + UPDATE["XML"]
    context = parse_context(UPDATE["XML"])
    assert parse_context(body) == parse_context(body.decode()) == context
    assert received(body) == received(body.decode()) == context
    assert peek_context(body) == peek_context(UPDATE["XML"])
    assert unwrap(body) == [body]


# A body in .NET Binary and the wrapper of .NET senders both begin with an element's record.


def in_pieces(raw: bytes) -> bytes:
    """The wrapper as .NET writes it around bytes whose number three does not divide."""
    return BYTES + record(raw[:-2], 0xA2, 4) + record(raw[-2:], 0x9F, 1)


def with_an_end(raw: bytes) -> bytes:
    return BYTES + record(raw, 0xA2, 4) + b"\x01"


@pytest.mark.parametrize("wrap", [dotnet, in_pieces, with_an_end])
@pytest.mark.parametrize("form", [*FOLDERS, "JSON"])
def test_a_wrapper_of_dotnet_around_every_format_is_told_from_a_body(form: str, wrap: Wrap) -> None:
    context = parse_context(UPDATE["XML"])
    body = UPDATE.get(form) or encode_context(context)
    assert format_of(wrap(body)) is Format.JSON
    assert unwrap(wrap(body)) == [body]
    assert received(wrap(body)) == context


@pytest.mark.parametrize("start", [STRING, BYTES, b"@\x16RemoteExecutionContext"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_a_body_holds_does_not_make_it_another(start: bytes, form: MessageFormat) -> None:
    context = parse_context(slot(json.dumps(start.decode())))
    body = encode_context(context, format=form)
    assert unwrap(body) == unwrap(dotnet(body)) == [body]
    assert received(body) == received(dotnet(body)) == context


@pytest.mark.parametrize("decode", [("utf-8", "replace"), ("latin-1",), ("cp1252", "ignore")])
def test_binary_that_was_decoded_to_text_is_named(decode: tuple[str, ...]) -> None:
    text = UPDATE[".NET Binary"].decode(*decode)
    readers: tuple[Callable[[Any], object], ...] = (parse_context, peek_context, received)
    for read in readers:
        for body in (text, text.encode()):
            with pytest.raises(DecodeError, match=r"found \.NET Binary that was decoded to text, which loses bytes"):
                read(body)


def test_binary_that_a_relay_decoded_to_text_is_named_with_its_place() -> None:
    text = UPDATE[".NET Binary"].decode("utf-8", "replace")
    with pytest.raises(DecodeError, match=r"found \.NET Binary that was decoded to text") as caught:
        unwrap(json.dumps([{"body": text}]))
    assert caught.value.path == "$[0].body"


def test_binary_that_is_cut_is_not_taken_for_text() -> None:
    for body in (UPDATE[".NET Binary"][:200], UPDATE[".NET Binary"][:60]):
        with pytest.raises(DecodeError, match=r"^malformed \.NET Binary: cut off"):
            parse_context(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(encoding: str) -> None:
    xml = UPDATE["XML"].decode()
    for text in (xml, f'<?xml version="1.0" encoding="utf-16"?>{xml}', EXAMPLE.decode()):
        with pytest.raises(DecodeError, match="found UTF-16, which servers do not write: they write UTF-8") as caught:
            parse_context(text.encode(encoding))
        assert caught.value.path == "$"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "an HTML page"),
        (b"\xef\xbb\xbf \n<HTML><h1>Error", "an HTML page"),
        (gzip.compress(EXAMPLE), "data packed with gzip"),
        (EXAMPLE.decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_event_is_named_by_reader_and_report(body: bytes, name: str) -> None:
    with pytest.raises(DecodeError, match=f"found {name}"):
        parse_context(body)
    (finding,) = validate(body).findings
    assert finding.code == "CDS103"
    assert f"found {name}" in finding.message


def test_xml_in_a_json_string_is_named_with_the_remedy() -> None:
    wrapped = json.dumps(UPDATE["XML"].decode())
    with pytest.raises(DecodeError, match=r"found XML in a JSON string: `cds_context.unwrap` takes it out"):
        parse_context(wrapped)
    assert unwrap(wrapped) == [UPDATE["XML"]]


@pytest.mark.parametrize(("form", "name"), [("XML", "XML"), (".NET Binary", ".NET Binary")])
def test_a_webhook_is_json_and_names_another_format(form: str, name: str) -> None:
    with pytest.raises(DecodeError, match=f"^expected JSON, found {name}: webhooks are posted as JSON"):
        receive(UPDATE[form], {}, "code=x", auth=WebhookKeyAuth("x"))


@pytest.mark.parametrize(("form", "name"), [("XML", "XML"), (".NET Binary", ".NET Binary")])
def test_validation_tells_the_format_and_whether_it_can_be_read(form: str, name: str) -> None:
    finding = validate(UPDATE[form]).findings[0]
    assert (finding.code, finding.message) == ("CDS308", f"in {name}")
    (finding,) = validate(UPDATE[form].replace(b"Stage", b"Stale")).findings
    assert (finding.code, finding.message) == ("CDS103", f"in {name}, the member `Stage` is missing")


def test_a_moment_that_nobody_knows_is_shown_as_unknown() -> None:
    body = bytearray(UPDATE[".NET Binary"])
    last = body.index(b"OperationCreatedOn\x97") + len("OperationCreatedOn") + 8
    body[last] = (body[last] & 0x3F) | 0x80  # the two bits for the kind of the date: local
    context = replace(parse_context(bytes(body)), mode=Mode.ASYNCHRONOUS)
    shown = dict(facts(context))
    assert shown["when"] == "unknown: the body leaves out the offset"
    assert "off by its offset" in shown["as written"]
    with pytest.raises(UnknownMomentError):
        change_rows(context)
