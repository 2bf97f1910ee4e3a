"""The room `validation.respelling`: elements that the platform's serializer would have spelled otherwise."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cds_context import parse_context, validate
from cds_context.validation.respelling import first_difference
from cds_context.wire.formats import Format

from ..formats import bodies

EVENT = bodies("msg_update")
XML, BINARY = EVENT["XML"], EVENT[".NET Binary"]

_DEPTH = b"<Depth>1</Depth>"
_BEHIND_DEPTH = "InitiatingUserAzureActiveDirectoryObjectId"

DIFFERENT = {
    "white space": (XML.replace(b"><Depth>", b">\n<Depth>"), "$"),
    "quotes": (XML.replace(b'i:nil="true"', b"i:nil='true'"), "$"),
    "a number": (XML.replace(b"<Depth>1<", b"<Depth>+1<"), "$.Depth"),
    "an order": (
        XML.replace(b"<Depth>1</Depth>", b"").replace(b"<Stage>", b"<Depth>1</Depth><Stage>"),
        f"$.{_BEHIND_DEPTH}",
    ),
    "an id": (XML.replace(b"<UserId>0000", b"<UserId>{0000").replace(b"</UserId>", b"}</UserId>"), "$.UserId"),
    "a type": (XML.replace(b'i:type="b:long"', b'i:type="b:unsignedLong"'), None),
    "a number in text": (BINARY.replace(b"\x05Depth\x83", b"\x05Depth\x99\x011"), "$.Depth"),
    "a comment": (BINARY.replace(b"@\x05Depth", b"\x02\x01x@\x05Depth"), None),
    "a text in two bytes": (BINARY.replace(b"\x99\x06Update", b"\x9b\x06\x00Update"), None),
    "a text that does not end": (BINARY.replace(b"\x99\x06Update@\x04", b"\x98\x06Update\x01@\x04"), None),
}


@pytest.mark.parametrize(("body", "path"), DIFFERENT.values(), ids=DIFFERENT)
def test_the_first_element_in_another_spelling_is_named(body: bytes, path: str | None) -> None:
    assert body not in (XML, BINARY)
    found = [finding.path for finding in validate(body).findings if finding.code == "CDS306"]
    assert found == ([] if path is None else [path])


@pytest.mark.parametrize("name", ["msg_update", "msg_send_email", "value_ecol_full", "value_double_nan", "str_html"])
def test_what_the_platform_writes_is_spelled_so(name: str) -> None:
    for body in bodies(name).values():
        assert "CDS306" not in [finding.code for finding in validate(body).findings]


def test_text_in_xml_is_looked_at_as_its_bytes_are() -> None:
    assert validate(XML.decode()) == validate(XML)


def test_what_cannot_be_written_again_has_no_finding_about_it() -> None:
    context = replace(parse_context(XML), message_name="\ud800")
    assert first_difference(XML, context, Format.XML) is None
