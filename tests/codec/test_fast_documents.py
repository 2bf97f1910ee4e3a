"""Tests of the fast passes over XML and .NET Binary: where one answers, the complete pass gives the same."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from cds_context import DecodeError, parse_context
from cds_context.codec import binary_fast, scopes, xml_fast
from cds_context.codec.building import build
from cds_context.codec.documents import FAST, READERS, read_complete, read_spliced
from cds_context.codec.tolerant import parse_json
from cds_context.errors import Fault
from cds_context.wire.dates import Ready, format_date
from cds_context.wire.formats import WHITE, Format, format_of
from cds_context.wire.spelled import PlainText

from ..formats import FOLDERS, bodies, names
from .test_documents import GENERIC, INSTANCE, SCHEMA, XRM, in_binary, member, text, value_in_binary, value_in_xml

SAMPLE = (
    "msg_update",
    "msg_send_email",
    "value_ecol_full",
    "value_qe_full",
    "value_decimal_1_50",
    "str_html",
    "str_path",
)


def _as_json(value: Any) -> Any:
    """The value of a tree as JSON has it."""
    if value.__class__ is dict:
        return {name: _as_json(held) for name, held in value.items()}
    if value.__class__ is list:
        return [_as_json(item) for item in value]
    if isinstance(value, Ready):
        return format_date(value.value)
    if isinstance(value, Raw):
        return parse_json(bytes(value).decode())
    assert not isinstance(value, PlainText)
    return value


def _agree(body: bytes) -> bool:
    """Whether the fast pass answers, and as the complete pass does."""
    form = format_of(body)
    spliced = FAST[form](body)
    if spliced is None:
        return False
    json, created_on = spliced
    complete = build(READERS[form](body), keep_fractions=True).value
    read = parse_json(json.decode())
    if created_on is not None:
        assert repr(complete.pop("OperationCreatedOn").value) == repr(created_on.value)
        del read["OperationCreatedOn"]
    assert repr(read) == repr(_as_json(complete))
    return True


def _agree_in(form: Format, body: bytes, parse_float: Any = Decimal) -> None:
    """Where the fast pass answers, the complete pass does, too, and their contexts are alike."""
    spliced = FAST[form](body)
    found = None if spliced is None else read_spliced(spliced, parse_float)
    if found is not None:
        assert repr(found) == repr(read_complete(body, form, parse_float))


@pytest.mark.parametrize("form", ["XML", ".NET Binary"])
@pytest.mark.parametrize("name", SAMPLE)
def test_fast_pass_reads_what_servers_write(name: str, form: str) -> None:
    body = bodies(name)[form]
    assert _agree(body)
    for parse_float in (float, Decimal, str):
        _agree_in(format_of(body), body, parse_float)


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("deep")])
def test_fast_pass_agrees_with_complete_pass(name: str) -> None:
    for body in bodies(name).values():
        _agree(body)


def test_fast_pass_reads_most_events() -> None:
    for form in FOLDERS:
        events = [bodies(name)[form] for name in names() if form in bodies(name) and not name.startswith("fuzz")]
        assert sum(FAST[format_of(body)](body) is not None for body in events[::5]) >= 0.8 * len(events[::5])


def _root(content: str, attributes: str = "") -> bytes:
    start = f'<RemoteExecutionContext xmlns="{XRM}" xmlns:i="{INSTANCE}"{attributes}>'
    return f"{start}{content}</RemoteExecutionContext>".encode()


def _variables(pairs: str) -> bytes:
    return _root(f'<SharedVariables xmlns:a="{GENERIC}">{pairs}</SharedVariables>')


PAIR = "KeyValuePairOfstringanyType"
NUMBER = f'<a:value i:type="b:int" xmlns:b="{SCHEMA}">1</a:value>'

IMAGE = "KeyValuePairOfstringEntitygUGIFE1S"


def _in_image(identifier: str) -> bytes:
    """A context with an id in a value whose type the readers of JSON do not know."""
    pair = f"<a:key>k</a:key><a:value><Id>{identifier}</Id></a:value>"
    return value_in_xml('i:type="EntityImageCollection"', f"<{IMAGE}>{pair}</{IMAGE}>")


LEFT_IN_XML = {
    "no UTF-8": b"<RemoteExecutionContext>\xff",
    "white space before": b" " + _root("<Depth>1</Depth>"),
    "nothing behind the mark": b"<",
    "another root": b"<Other>",
    "an odd root": b"<Remote?ExecutionContext>",
    "an empty root": f'<RemoteExecutionContext xmlns="{XRM}"/>'.encode(),
    "an attribute twice in the root": _root("<Depth>1</Depth>", f' xmlns:i="{INSTANCE}"'),
    "text in the root": _root("x"),
    "cut off": _root("<Depth>1</Depth>")[:-25],
    "something behind": _root("<Depth>1</Depth>") + b"<x>",
    "brackets out of order": b"<<>>",
    "a control character": _root("<MessageName>\x01</MessageName>"),
    "a carriage return": _root("<MessageName>\r\n</MessageName>"),
    "no character": _root("<MessageName>\ufffe</MessageName>"),
    "a reference to no character": _root('<MessageName>"&#xFFFF;</MessageName>'),
    "no character beside a reference": _root("<MessageName>&lt;\uffff</MessageName>"),
    "no reference": _root("<MessageName>&x;</MessageName>"),
    "a bracket in text": _root("<MessageName>></MessageName>"),
    "another end behind": _root("<Depth>1</Depth>") + b"x</x>",
    "cut off in a text": _root("<Depth>1").removesuffix(b"</RemoteExecutionContext>"),
    "cut off before a text": _root("<Depth>1</Depth>").removesuffix(b"</RemoteExecutionContext>") + b"<Mode>",
    "an open bracket in text": _root("<MessageName>x<x</MessageName>"),
    "an open bracket beside a reference": _root("<MessageName>&amp;x<x</MessageName>"),
    "the end of another": _root("<MessageName></Depth>"),
    "no date": value_in_xml('i:type="x:dateTime"', "2017-13-26T00:04:07Z"),
    "a comment": _root("<!--x--><Depth>1</Depth>"),
    "an unknown member": _root("<Zzz>1</Zzz>"),
    "an unknown type": _variables(f'<{PAIR}><a:key>k</a:key><a:value i:type="Zzz"><X>1</X></a:value></{PAIR}>'),
    "an undeclared prefix": _root("<q:Depth>1</q:Depth>"),
    "a member twice": _root("<Depth>1</Depth><Depth>1</Depth>"),
    "a collection twice": _root(
        f'<SharedVariables xmlns:a="{GENERIC}"><{PAIR}><a:key>k</a:key>{NUMBER}</{PAIR}></SharedVariables>' * 2
    ),
    "an object twice": _root("<OwningExtension><Name>x</Name></OwningExtension>" * 2),
    "white space in an end": _root("<Depth>1</Depth >"),
    "white space between": _root("<InputParameters> </InputParameters>"),
    "an element in a scalar": _root("<Depth><x/></Depth>"),
    "an attribute twice": _root('<Depth xmlns:q="x" xmlns:q="y">1</Depth>'),
    "null with an end": _root('<RequestId i:nil="true"></RequestId>'),
    "text behind null": _root('<RequestId i:nil="true"/>x'),
    "an empty object": _root("<OwningExtension/>"),
    "an empty scalar": _root("<Depth/>"),
    "no number": _root("<Depth>x</Depth>"),
    "text in a pair": _variables(f"<{PAIR}>x<a:key>k</a:key>{NUMBER}</{PAIR}>"),
    "no key": _variables(f"<{PAIR}>{NUMBER}</{PAIR}>"),
    "no value": _variables(f"<{PAIR}><a:key>k</a:key></{PAIR}>"),
    "another value": _variables(f"<{PAIR}><a:key>k</a:key><a:key>k</a:key></{PAIR}>"),
    "too much in a pair": _variables(f"<{PAIR}><a:key>k</a:key>{NUMBER}<a:x/></{PAIR}>"),
    "a value that goes on": _variables(f"<{PAIR}><a:key>k</a:key>{NUMBER.replace('1<', '1<x/><')}</{PAIR}>"),
    "a text like a date": value_in_xml('i:type="x:string"', "/Date(0)/"),
    "no id where JSON checks none": _in_image("x"),
    "too deep": _root("<ParentContext>" * 200 + "</ParentContext>" * 200),
}


@pytest.mark.parametrize("body", LEFT_IN_XML.values(), ids=LEFT_IN_XML)
def test_fast_pass_leaves_odd_xml_to_the_complete_pass(body: bytes) -> None:
    assert xml_fast.splice(body) is None


NAMESPACES = {
    "an empty one": 'xmlns:q=""',
    "that of XML": 'xmlns:q="http://www.w3.org/XML/1998/namespace"',
    "that of xmlns": 'xmlns="http://www.w3.org/2000/xmlns/"',
    "the prefix of XML": 'xmlns:xml="u:x"',
    "the prefix xmlns": 'xmlns:xmlns="u:x"',
}


@pytest.mark.parametrize("attribute", NAMESPACES.values(), ids=NAMESPACES)
def test_a_namespace_that_xml_forbids_is_refused(attribute: str) -> None:
    body = bodies("msg_update")["XML"]
    for element in (b"<RemoteExecutionContext", b"<MessageName", b"<OwningExtension"):
        changed = body.replace(element, element + b" " + attribute.encode(), 1)
        with pytest.raises(DecodeError):
            parse_context(changed)


def _value(record: bytes) -> bytes:
    """A context in .NET Binary with the shared variable `k`, whose value has no type but null."""
    prefix = b"\x09\x01a" + bytes([len(GENERIC)]) + GENERIC.encode()
    pair = member(PAIR, b"^\x03key\x99\x01k^\x05value" + record)
    return in_binary(member("SharedVariables", prefix + pair + b"\x01\x01"))


def _twice(body: bytes) -> bytes:
    """A context in .NET Binary with all that is in it once more."""
    root = in_binary(b"")[:-1]
    return root + body[len(root) : -1] * 2 + b"\x01"


def _numbers(*contents: bytes) -> bytes:
    """A context in .NET Binary with a shared variable for each number."""
    documents = [value_in_binary("int", SCHEMA, content) for content in contents]
    start = documents[0].index(b"@\x1b" + PAIR.encode())
    return documents[0][:start] + b"".join(document[start:-2] for document in documents) + b"\x01\x01"


NULL = b".\x03nil\x86"

LEFT_IN_BINARY = {
    "another root": b"@\x05Other\x01",
    "cut off": in_binary(b"")[:-1],
    "something behind": in_binary(b"") + b"\x01",
    "a text behind": in_binary(member("Depth", b"\x83")) + b"\x99\x01x\x01",
    "cut off before a text": in_binary(b"@\x0bMessageName")[:-1],
    "cut off in a text": in_binary(member("MessageName", b"\x99\x05x"))[:-1],
    "a record that nobody knows": in_binary(member("Depth", b"\xbd")),
    "bytes in very many records": value_in_binary("base64Binary", SCHEMA, b"\x9e\x01x" * 3 + b"\x9f\x01x"),
    "no record": in_binary(b"\x00"),
    "a comment": in_binary(b"\x02\x01x"),
    "a comment in a scalar": in_binary(member("Depth", b"\x02\x01x\x83")),
    "an array": in_binary(b"\x03"),
    "no UTF-8": in_binary(member("MessageName", b"\x99\x01\xff")),
    "no UTF-8 beside a quotation mark": in_binary(member("MessageName", b'\x99\x02"\xff')),
    "an unknown member": in_binary(member("Zzz", b"\x83")),
    "an undeclared prefix": in_binary(b"^\x05Depth\x83"),
    "a long name": in_binary(b"@\x80\x01" + b"x" * 128 + b"\x83"),
    "a member twice": in_binary(member("Depth", b"\x83") * 2),
    "a collection twice": _twice(_value(NULL + b"\x01")),
    "an object twice": in_binary(member("OwningExtension", member("Name", b"\x99\x01x") + b"\x01") * 2),
    "text that does not end": in_binary(member("MessageName", b"\x98\x01x@\x01x\x01\x01")),
    "a number that does not end": in_binary(member("Depth", b"\x82@\x01x\x01\x01")),
    "text in an object": in_binary(member("OwningExtension", b"\x99\x01x")),
    "an empty object": in_binary(member("OwningExtension", b"\x01")),
    "an empty scalar": in_binary(member("Depth", b"\x01")),
    "an element in null": in_binary(member("OwningExtension", NULL + b"@\x01x\x01\x01")),
    "no key": _value(NULL + b"\x01").replace(b"^\x03key\x99\x01k", b""),
    "a key in two records": _value(NULL + b"\x01").replace(b"\x99\x01k", b"\x98\x01k\x99\x01k"),
    "another value": _value(NULL + b"\x01").replace(b"\x05value", b"\x05other"),
    "a key for a value": _value(NULL + b"\x01").replace(b"^\x05value" + NULL, b"^\x03key"),
    "a value that is a list of keys": _value(b""),
    "too much in a pair": _value(NULL + b"\x01^\x05value" + NULL + b"\x01"),
    "too deep": in_binary(member("ParentContext", b"") * 200 + b"\x01" * 200),
}


@pytest.mark.parametrize("body", LEFT_IN_BINARY.values(), ids=LEFT_IN_BINARY)
def test_fast_pass_leaves_odd_binary_to_the_complete_pass(body: bytes) -> None:
    assert binary_fast.splice(body) is None


AGREED = {
    "references": _root("<MessageName>&lt;&#x1F;&#xD83D;&#xDE00;</MessageName>"),
    "a key with a reference": _variables(f"<{PAIR}><a:key>&amp;</a:key>{NUMBER}</{PAIR}>"),
    "empty text": _root("<MessageName/><OrganizationName></OrganizationName>"),
    "no null": value_in_xml('i:nil="false" i:type="x:string"', "x"),
    "a list of texts": value_in_xml('i:type="b:ArrayOfstring"', '<b:string>x</b:string><b:string i:nil="true"/>'),
    "an empty value": _variables(f"<{PAIR}><a:key>k</a:key><a:value/></{PAIR}>"),
    "many values": value_in_xml(
        'i:type="b:ArrayOfint"', "".join(f"<b:int>{number}</b:int>" for number in [*range(40), 10**9])
    ),
    "a namespace with a blank": _root('<Depth xmlns:q="a b">1</Depth>'),
    "another spelling of an id where JSON checks none": _in_image("A" * 32),
    "an enum": value_in_xml('i:type="x:ConcurrencyBehavior"', "Default"),
    "records of all kinds": in_binary(
        member("Depth", b"\x89\xff")
        + member("InputParameters", b"\x01")
        + member("IsInTransaction", b"\x85")
        + member("IsOfflinePlayback", b"\x87")
        + member("MessageName", b"\x98\x01x\x01")
        + member("OrganizationName", b"\x83")
        + member("PrimaryEntityName", b"\x89\x05")
        + member("RequestId", NULL + b"\x01")
        + member("SecondaryEntityName", b"\x01")
        + member("Stage", b"\x8b\x10\x00")
        + member("UserId", text("a" * 36))
    ),
    "a text as long as its record says": in_binary(member("MessageName", b"\x99\x99" + b"x" * 0x99)),
    "a text with the byte of its record": in_binary(member("MessageName", b"\x99\x06\xe2\x99\x99\xe2\x80\x99")),
    "a long text with the byte of its record": in_binary(member("MessageName", b"\x9b\x03\x00\xe2\x99\x99")),
    "a number with the byte of a text": in_binary(member("Depth", b"\x8d\x01\x99\x99\x00")),
    "numbers behind records that begin alike": _numbers(b"\x8b\x39\x30", b"\x04\x01x\x86\x8b\x40\x30", b"\x8b\x41\x30"),
    "bytes in two records": value_in_binary("base64Binary", SCHEMA, b"\x9e\x03\x99\x01\x99\x9f\x01x"),
    "null": _value(NULL + b"\x01"),
    "a key that does not end": _value(NULL + b"\x01").replace(b"\x99\x01k", b"\x98\x01k\x01"),
}


@pytest.mark.parametrize("body", AGREED.values(), ids=AGREED)
def test_fast_pass_agrees_on_what_servers_may_write(body: bytes) -> None:
    assert _agree(body)
    assert _agree(body)  # now every spelling is known


@pytest.mark.parametrize("end", [b"\x00", b"\x99", b"\x01\x01", b"", b"\x83", b"\x99\x01x\x01"])
def test_the_end_of_a_known_document_is_looked_at(end: bytes) -> None:
    body = bodies("msg_update")[".NET Binary"]
    assert binary_fast.splice(body)
    assert binary_fast.splice(body[:-1] + end) is None


ODD_WHITE = [
    character for character in map(chr, range(sys.maxunicode)) if character.isspace() and character not in WHITE
]
SPELLED = {
    "x:int": "12",
    "x:unsignedByte": "12",
    "x:boolean": "true",
    "x:decimal": "1.50",
    "x:double": "1.5",
    "x:dateTime": "2026-01-02T03:04:05Z",
    "x:base64Binary": "QUJD",
    "s:guid": str(uuid4()),
    "s:char": "65",
    "s:duration": "PT1S",
    "x:string": "a b",
    "EntityState": "Changed",
    "EntityFilters": "Entity Attributes",
}


@pytest.mark.parametrize("name", SPELLED)
def test_only_the_white_space_of_xml_is_white_space(name: str) -> None:
    spelling = SPELLED[name]
    for character in ODD_WHITE:
        for at in (0, len(spelling) // 2, len(spelling)):
            content = spelling[:at] + character + spelling[at:]
            _agree(value_in_xml(f'i:type="{name}"', content))
    odd = value_in_xml('i:type="x:base64Binary"', "QU\N{NO-BREAK SPACE}JD")
    with pytest.raises(Fault, match="Base64"):
        build(READERS[Format.XML](odd), keep_fractions=True)


def test_ids_in_other_spellings_are_read() -> None:
    body = bodies("msg_update")["XML"]
    start, _, rest = body.partition(b"<UserId>")
    changed = start + b"<UserId>%s" % (b"A" * 32) + rest[36:]
    context = parse_context(changed)
    assert str(context.user_id) == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
    _agree_in(Format.XML, changed)


MUTATED = [bodies(name)[form] for name in ("msg_update", "value_ecol_full") for form in ("XML", ".NET Binary")]


@given(
    st.sampled_from(MUTATED), st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=2)), min_size=1, max_size=3)
)
def test_fast_pass_agrees_on_changed_bytes(body: bytes, changes: list[tuple[float, bytes]]) -> None:
    changed = bytearray(body)
    for where, octets in changes:
        at = int(where * len(changed))
        changed[at : at + 1] = octets
    _agree_in(Format.XML if body.startswith(b"<") else Format.BINARY, bytes(changed))


def _elements(body: bytes) -> list[bytes]:
    """Every element of a document in XML, whole."""
    found: list[bytes] = []
    starts: list[int] = []
    for tag in re.finditer(rb"<(/?)[^>]*?(/?)>", body):
        if not tag[1]:
            starts.append(tag.start())
        if tag[1] or tag[2]:
            found.append(body[starts.pop() : tag.end()])
    return found


@pytest.mark.repeats
@pytest.mark.parametrize("name", SAMPLE)
def test_fast_pass_agrees_on_each_element_that_stands_twice(name: str) -> None:
    body = bodies(name)["XML"]
    for element in {*_elements(body)} - {body}:
        _agree_in(Format.XML, body.replace(element, element * 2, 1))


def test_one_more_attribute_than_before_is_seen() -> None:
    number = value_in_binary("int", SCHEMA, b"\x83")
    more = number.replace(b"XMLSchema\x83", b"XMLSchema\x04\x01x\x86\x83")
    assert _agree(number)
    assert _agree(more)
    in_root = in_binary(member("Depth", b"\x83"))
    assert _agree(in_root)
    assert _agree(in_root.replace(b"instance", b"instance\x04\x01x\x86"))


def test_what_a_fast_pass_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    in_xml: dict[Any, Any] = {}
    in_records: dict[Any, Any] = {}
    monkeypatch.setattr(scopes, "_MOST", 20_000)
    monkeypatch.setattr(xml_fast, "_roots", in_xml)
    monkeypatch.setattr(binary_fast, "_roots", in_records)
    pairs = [f'<{PAIR} b{index}=""><a:key>k</a:key>{NUMBER}</{PAIR}>' for index in range(100)]
    full = _variables("".join(pairs)).replace(b"<Shared", b"<OwningExtension><Name>x</Name></OwningExtension><Shared")
    for root in range(7):
        body = full.replace(b' xmlns:i="', f' a{root}="" xmlns:i="'.encode(), 1)
        for _ in range(2):
            assert xml_fast.splice(body)
        body = in_binary(member("Depth", b"\x83")).replace(b"\x09\x01i", b"\x09\x01" + bytes([97 + root]), 1)
        assert binary_fast.splice(body)
    assert 0 < len(in_xml) <= 4
    assert 0 < len(in_records) <= 4
    assert all(leaf.branch.scope.remembered[0] <= 20_000 + 2_000 for leaf in in_xml.values())


def test_a_first_element_that_is_too_short_to_be_told_by_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    roots: dict[bytes, Any] = {}
    monkeypatch.setattr(binary_fast, "_roots", roots)
    namespace = XRM.encode()
    binary_fast.splice(b"@\x16RemoteExecutionContext\x08%c%s\x01" % (len(namespace), namespace))
    assert roots == {}
