"""Tests of which format a body is in, and of the doors that take some formats and not others."""

from __future__ import annotations

from base64 import b64encode

import pytest
from msgspec.structs import replace

from cds_context import (
    DecodeError,
    Mode,
    UnknownMomentError,
    change_rows,
    parse_context,
    peek_context,
    unwrap,
    validate,
)
from cds_context.display.facts import facts
from cds_context.webhook import WebhookKeyAuth, receive
from cds_context.wire.formats import Format, format_of

from ..formats import FOLDERS, bodies
from .test_dotnet_string import STRING

UPDATE = bodies("msg_update")


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
    packed = b64encode(UPDATE[form])
    assert unwrap(UPDATE[form]) == [UPDATE[form]]
    assert unwrap(packed) == [UPDATE[form]]
    assert unwrap(b'{"ContentData":"' + packed + b'"}') == [UPDATE[form]]


@pytest.mark.parametrize(("form", "name"), [("XML", "XML"), (".NET Binary", ".NET Binary")])
def test_a_webhook_is_json_and_names_another_format(form: str, name: str) -> None:
    with pytest.raises(DecodeError, match=f"^expected JSON, found {name}: webhooks are posted as JSON"):
        receive(UPDATE[form], {}, "code=x", auth=WebhookKeyAuth("x"))


@pytest.mark.parametrize(("form", "name"), [("XML", "XML"), (".NET Binary", ".NET Binary")])
def test_validation_tells_the_format_and_whether_it_can_be_read(form: str, name: str) -> None:
    (finding,) = validate(UPDATE[form]).findings
    assert (finding.code, finding.message) == ("CDS308", f"in {name}, whose spelling is not checked")
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
