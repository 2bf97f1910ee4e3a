"""Tests of what the readers of XML and .NET Binary refuse, and of what servers never write but readers take."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import DecodeError, RemoteExecutionContext, UnknownMomentError, UnknownValue, parse_context
from cds_context.codec import scopes
from cds_context.model.enums import TYPE_NAMES, number_of
from cds_context.wire.spelled import Ticks, text_of

from ..formats import bodies, read_cut
from ..processes import printed

XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
GENERIC = "http://schemas.datacontract.org/2004/07/System.Collections.Generic"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"

OTHER_XML = "an XML declaration of another version than 1.0, or of another encoding than UTF-8"
TWICE = "malformed: an attribute that stands twice"
NO_YEAR = "a date out of the years 1 to 9999"
NO_ITEMS = "an array of more items than there are, or of none"
NO_DECIMAL = "a decimal with a scale, a sign or a reserved byte that no decimal has"
NO_RECORD = "a record that servers do not write"


def in_xml(content: str) -> bytes:
    """A context in XML with some members, the others cut."""
    root = f'xmlns="{XRM}" xmlns:i="{INSTANCE}" xmlns:x="{SCHEMA}" xmlns:b="{ARRAYS}" xmlns:s="{SERIALIZATION}"'
    return f"<RemoteExecutionContext {root}>{content}</RemoteExecutionContext>".encode()


def value_in_xml(attributes: str, content: str = "") -> bytes:
    """A context in XML with one shared variable, `k`."""
    pair = f"<a:key>k</a:key><a:value {attributes}>{content}</a:value>"
    item = f"<KeyValuePairOfstringanyType>{pair}</KeyValuePairOfstringanyType>"
    return in_xml(f'<SharedVariables xmlns:a="{GENERIC}">{item}</SharedVariables>')


def nobodys(members: dict[str, Any]) -> UnknownValue:
    return UnknownValue(f"Nobodys:{XRM}", members)


def read_value(attributes: str, content: str = "") -> Any:
    return read_cut(value_in_xml(attributes, content)).shared_variables["k"]


def _named(octets: bytes | str) -> bytes:
    raw = octets.encode() if isinstance(octets, str) else octets
    return bytes([len(raw)]) + raw


def in_binary(content: bytes) -> bytes:
    """A context in .NET Binary with some members, the others cut."""
    root = b"@" + _named("RemoteExecutionContext") + b"\x08" + _named(XRM) + b"\x09" + _named("i") + _named(INSTANCE)
    return root + content + b"\x01"


def member(name: str, content: bytes) -> bytes:
    return b"@" + _named(name) + content


def text(content: str) -> bytes:
    """A text record that ends its element."""
    return b"\x99" + _named(content)


def value_in_binary(type_name: str, namespace: str, content: bytes) -> bytes:
    """A context in .NET Binary with one shared variable, `k`."""
    declared = b"\x09" + _named("a") + _named(GENERIC)
    value = b"\x5e" + _named("value") + b"\x2e" + _named("type") + b"\x98" + _named(f"b:{type_name}")
    value += b"\x09" + _named("b") + _named(namespace) + content
    pair = member("KeyValuePairOfstringanyType", b"\x5e" + _named("key") + text("k") + value + b"\x01")
    return in_binary(member("SharedVariables", declared + pair + b"\x01"))


def refusal(body: bytes, read: Callable[[bytes], RemoteExecutionContext] = read_cut) -> tuple[str, str]:
    with pytest.raises(DecodeError) as caught:
        read(body)
    assert caught.value.__context__ is None or "Fault" in type(caught.value.__context__).__name__
    return caught.value.reason, caught.value.path


@pytest.mark.parametrize(
    ("content", "reason", "path"),
    [
        ("<Depth><x/></Depth>", "expected text, found an element", "$.Depth"),
        ("<Depth>1<x/></Depth>", "expected text, found an element", "$.Depth"),
        ("<Depth/>", "expected an integer, found nothing", "$.Depth"),
        ("<Depth>x</Depth>", "expected an integer, found another value", "$.Depth"),
        ("<Depth>2147483648</Depth>", "an integer out of the range of its type", "$.Depth"),
        (f"<Depth>{'1' * 41}</Depth>", "expected an integer, found another value", "$.Depth"),
        ("<InputParameters>x</InputParameters>", "expected elements, found text", "$.InputParameters"),
        ("<InputParameters><p>x</p></InputParameters>", "expected elements, found text", "$.InputParameters[0]"),
        ("<InputParameters>x<p/></InputParameters>", "expected elements, found text", "$.InputParameters"),
        ("<Depth>1</Depth>x", "expected elements, found text", "$"),
        ("<InputParameters/>x", "expected elements, found text", "$"),
        ("<InputParameters></InputParameters >x", "expected elements, found text", "$"),
        ("<InputParameters><p/>\n</InputParameters >x", "expected elements, found text", "$.InputParameters"),
        ("<InputParameters i:nil='maybe'/>", "`nil` that is neither true nor false", "$"),
        (
            "<OwningExtension><Id>x</Id></OwningExtension>",
            "expected an id, found another value",
            "$.OwningExtension.Id",
        ),
        ("<Secret><x>1</x>2</Secret>", "expected elements, found text", "$[…]"),
        (
            "<OperationCreatedOn>never</OperationCreatedOn>",
            "expected a date, found another value",
            "$.OperationCreatedOn",
        ),
        ("<Stage>Twenty</Stage>", "a name that this package does not know for a number", "$.Stage"),
    ],
)
def test_a_fault_in_xml_is_told_with_its_path(content: str, reason: str, path: str) -> None:
    found = refusal(in_xml(content))
    assert found[0] == reason
    if "expected elements" not in reason:
        assert found[1] == path


@pytest.mark.parametrize(
    ("attributes", "content", "reason"),
    [
        ('i:type="x:int"', "<x/>", "expected text, found an element"),
        ('i:type="x:int"', "0x1", "expected an integer, found another value"),
        ('i:type="x:unsignedByte"', "256", "an integer out of the range of its type"),
        ('i:type="x:boolean"', "yes", "expected a boolean, found another value"),
        ('i:type="x:decimal"', "1E2", "expected a number without an exponent, found another value"),
        ('i:type="x:double"', "1E999", "expected a number in the range of a double, found another value"),
        ('i:type="x:float"', "1E39", "a number out of the range of its type"),
        ('i:type="x:decimal"', "1" * 5000, "a number out of the range of its type"),
        ('i:type="x:base64Binary"', "A", "expected Base64, found another value"),
        ('i:type="x:base64Binary"', "AA*=", "expected Base64, found another value"),
        ('i:type="s:guid"', "x", "expected an id, found another value"),
        ('i:type="x:dateTime"', "2017-02-30T00:00:00Z", "expected a date, found another value"),
        ('i:type="x:dateTime"', "2017-02-03T00:00:00+24:00", "expected a date, found another value"),
        ('i:type="y:int"', "1", "a prefix without a namespace"),
        ('i:type=""', "1", "a type without a name"),
        ("", "1", "a value without a type"),
        ("", "<x/>", "a value without a type"),
        ('s:Ref="i1"', "", "a reference to another object, which servers do not write"),
        ('i:type="b:ArrayOfint"', "1", "expected elements, found text"),
        ('i:type="Entity"', "x", "expected elements, found text"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(attributes: str, content: str, reason: str) -> None:
    assert refusal(value_in_xml(attributes, content))[0] == reason


VALUES: list[tuple[str, str, Any]] = [
    ('i:type="x:decimal"', "-0.50", -0.5),
    ('i:type="x:decimal"', " +.5 ", 0.5),
    ('i:type="x:decimal"', "007.", 7),
    ('i:type="x:double"', "-0", 0),
    ('i:type="x:double"', "-INF", float("-inf")),
    ('i:type="x:float"', "16777217", 16777216),
    ('i:type="x:float"', "0.123456789", 0.123456791),
    ('i:type="x:float"', "INF", float("inf")),
    ('i:type="s:guid"', " {6D81597F-0F9F-E711-8122-000D3AA2331C} ", "6d81597f-0f9f-e711-8122-000d3aa2331c"),
    ('i:type="s:guid"', "6D81597F0F9FE7118122000D3AA2331C", "6d81597f-0f9f-e711-8122-000d3aa2331c"),
    ('i:type="x:string"', "/Date(0)/", "/Date(0)/"),
    ('i:type="x:string"', "<![CDATA[<&]]><!-- no -->&gt;&#x1;", "<&>\x01"),
    ('i:type="x:string"', "a\r\nb\rc", "a\nb\nc"),
    ('i:type="x:string"', "&#xD83D;&#xDE00;&#128512;&apos;", "😀😀'"),
    ('i:type="b:ArrayOfanyType"', "<b:anyType/><b:anyType i:nil='1'/>", [{}, None]),
    ('i:type="b:ArrayOfint"', "<b:int>1</b:int> <b:int i:nil='0'>2</b:int>", [1, 2]),
    ('i:type="b:ArrayOfKeyValueOfintstring"', "", []),
    ('i:type="ConcurrencyBehavior"', "Default", 0),
    ('i:type="ConcurrencyBehavior"', "Sometimes", "Sometimes"),
    ('i:type="ConcurrencyBehavior"', "", ""),
    ('i:type="Nobodys"', "", nobodys({})),
    ('i:type="Nobodys"', "Name", "Name"),
    ('i:type="Nobodys"', "<a1>1</a1><b1/>", nobodys({"a1": "1", "b1": ""})),
    ('i:type="Nobodys"', "<a1>1</a1><b1/><a1>2</a1>", nobodys({"a1": ["1", "2"], "b1": ""})),
    ('i:type="Nobodys"', "<a1>1</a1><a1>2</a1>", ["1", "2"]),
    ('i:type="NobodysCollection"', "<a1>1</a1>", ["1"]),
    ('i:type="ArrayOfNobodys"', "<Nobodys><a1>/Date(0)/</a1></Nobodys>", [nobodys({"a1": "/Date(0)/"})]),
    ('xml:lang="en" i:type="x:int"', "1", 1),
    ('i:nil="true"', "what", None),
]


@pytest.mark.parametrize(("attributes", "content", "value"), VALUES)
def test_values_that_are_read(attributes: str, content: str, value: Any) -> None:
    found = read_value(attributes, content)
    assert found == value
    assert isinstance(found, type(value))


def test_the_number_of_a_character_may_begin_with_zeros() -> None:
    zeros = "0" * 5000
    assert read_value('i:type="x:string"', f"&#{zeros}65;&#x{zeros}42;") == "AB"


def test_an_array_of_arrays_without_end_is_a_type_that_nobody_knows() -> None:
    name = "ArrayOf" * 5_000
    assert read_value(f'i:type="{name}"') == UnknownValue(f"{name}:{XRM}", {})


def test_a_date_without_a_time_and_one_with_many_digits_are_read() -> None:
    day = read_value('i:type="x:dateTime"', "2017-09-26")
    assert (day.isoformat(), day.tzname()) == ("2017-09-26T00:00:00+00:00", "+0000")
    fine = read_value('i:type="x:dateTime"', "2017-09-26T00:04:07.123456789-07:00")
    assert (fine.microsecond, fine.tzname()) == (123456, "-0700")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"<RemoteExecutionContext/>", "expected the element RemoteExecutionContext, found another one"),
        (b"<x:RemoteExecutionContext/>", "malformed XML: unbound prefix, at line 1 column 1"),
        (b"<", "malformed XML: unclosed token, at line 1 column 1"),
        (
            b"<?xml version='1.0' encoding='latin-1'?><a/>",
            "an XML declaration of another version than 1.0, or of another encoding than UTF-8",
        ),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a document type, which servers do not write"),
        (b"<?php ?><a/>", "a processing instruction, which servers do not write"),
        (in_xml("&#xFFFFFFF;"), "malformed XML: reference to invalid character number, at line 1 column 285"),
    ],
)
def test_documents_that_are_refused(document: bytes, reason: str) -> None:
    found, path = refusal(document)
    assert found.partition(", at line")[0] == reason.partition(", at line")[0]
    assert path == "$"


def test_documents_may_begin_and_end_with_what_xml_allows() -> None:
    body = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8' standalone='yes'?><!-- a --> " + in_xml(
        "<Depth>7</Depth>\n<OwningExtension i:nil='true' /><InputParameters ></InputParameters\n> "
    )
    assert read_cut(body + b"\n<!-- b -->").depth == 7
    empty = f'<q:RemoteExecutionContext xmlns:q="{XRM}"/>'.encode()
    assert "BusinessUnitId" in refusal(empty, parse_context)[0]


def test_a_long_document_is_cut_into_pieces() -> None:
    pairs = "".join(f"<p><key>k{index}</key><value i:type='x:string'>{'v' * 100}</value></p>" for index in range(2_000))
    found = read_cut(in_xml(f"<SharedVariables>{pairs}</SharedVariables>")).shared_variables
    assert list(found) == [f"k{index}" for index in range(2_000)]
    deep = "<Zzz>" + "<a>" * 100 + "</a>" * 30_000
    assert refusal(in_xml(deep))[0].startswith("malformed XML")
    nested = "<Zzz>" + ("<a>" * 200 + "</a>" * 200) * 80 + "</Zzz>"
    assert "Zzz" in read_cut(in_xml(nested)).unknown_members


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"@", "cut off"),
        (b"@\x02a", "cut off"),
        (b"@\x01a", "cut off"),
        (b"@\x01a\x01", "expected the element RemoteExecutionContext, found another one"),
        (b"a\x16RemoteExecutionContext\x01", "expected the element RemoteExecutionContext, found another one"),
        (in_binary(b"")[:-1], "cut off"),
        (in_binary(b"") + b"\x01", "bytes behind the end"),
        (in_binary(b"\x06"), NO_RECORD),
        (in_binary(text("x")), "expected elements, found text"),
        (in_binary(member("Depth", b"\x05")), "cut off"),
        (in_binary(member("Depth", b"\x06\x01")), NO_RECORD),
        (in_binary(member("Depth", b"\x89")), "cut off"),
        (in_binary(member("Depth", b"\x8d\x01")), "cut off"),
        (in_binary(member("Depth", b"\xab\x00")), NO_RECORD),
        (in_binary(member("Depth", b"\x85\x01")), "expected an integer, found another value"),
        (in_binary(member("MessageName", b"\x99\xffx")), "cut off"),
        (in_binary(member("MessageName", b"\x9b\xff\xffx")), "cut off"),
        (in_binary(member("MessageName", b"\x9d\xff\xff\xff\xffx")), "a negative length"),
        (in_binary(member("MessageName", b"\x99\x01\xff")), "a text that is neither UTF-8 nor UTF-16"),
        (in_binary(member("MessageName", b"\x04" + _named("x") + b"\x99\x01x\x01")), "an attribute without its text"),
        (in_binary(member("MessageName", b"\x08\x01a\x08\x01b\x01")), "an attribute that stands twice"),
        (
            in_binary(member("MessageName", b"\x04\x01a\x80\x04\x01a\x80\x01")),
            "malformed: an attribute that stands twice",
        ),
        (in_binary(member("MessageName", b"\x2e\x04type\x80\x01")), "a type whose name is no text"),
        (in_binary(member("MessageName", b"\x98\x01x" + member("x", b"\x01"))), "expected elements, found text"),
        (in_binary(b"\x5e\x05Depth\x83"), "a prefix without a namespace"),
        (in_binary(b"\x41\x01a\x05Depth\x83"), "a prefix without a namespace"),
        (in_binary(b"\x03\x5e\x05Depth\x01\x8d\x01\0\0\0\0"), "a prefix without a namespace"),
        (in_binary(b"\x03\x00"), "no element"),
        (in_binary(b"\x03@\x05Depth\x01\x8c\x01\0\0\0\0"), "an array of no type that arrays have"),
        (in_binary(b"\x03@\x05Depth\x01\x8d\x00"), NO_ITEMS),
        (in_binary(b"\x03@\x05Depth\x01\x8d\xff\x01\0"), NO_ITEMS),
        (in_binary(member("x" * 3, b"\x83") + b"@\xff\xff\xff\xff\xff\x01"), "a length of more than 31 bits"),
        (in_binary(b"@\xff\xff\xff\xff\x0f"), "a length of more than 31 bits"),
        (in_binary(member("IsInTransaction", b"\xb5\x02")), "a boolean that is neither true nor false"),
        (in_binary(member("OperationCreatedOn", b"\x97" + struct.pack("<Q", 3155378976000000000))), NO_YEAR),
        (in_binary(member("OperationCreatedOn", b"\x97" + struct.pack("<Q", 2 << 62 | 3156000000000000000))), NO_YEAR),
        (value_in_binary("decimal", SCHEMA, b"\x95\0\0\x1d" + bytes(13)), NO_DECIMAL),
    ],
)
def test_binary_that_is_refused(body: bytes, reason: str) -> None:
    found = refusal(body)[0].removeprefix("malformed .NET Binary: ").partition(", at byte")[0]
    assert found == reason


@pytest.mark.parametrize(
    ("content", "depth"),
    [
        (b"\x83", 1),
        (b"\x82\x01", 1),
        (b"\x80\x83", 1),
        (b"\x02\x01c\x83", 1),
        (b"\xa4\x98\x017\xa7", 7),
        (b"\xa8\x83", 1),
    ],
)
def test_pieces_and_comments_make_one_content(content: bytes, depth: int) -> None:
    assert read_cut(in_binary(member("Depth", content))).depth == depth
    assert read_cut(in_binary(b"\x02\x01c" + member("Depth", content) + b"\x98\x01 ")).depth == depth
    root = b"@" + _named("RemoteExecutionContext") + b"\x08" + _named(XRM)
    assert read_cut(root + member("Depth", content) + b"\x99\x01 ").depth == depth


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89\x07", "7"),
        (b"\x87", "true"),
        (b"\x85", "false"),
        (b"\x91\x00\x00\x00\x3f", "0.5"),
        (b"\x95\0\0\x02\x80\0\0\0\0\x96\0\0\0\0\0\0\0", "-1.50"),
        (b"\x9f\x01a", "YQ=="),
        (b"\x9e\x01a\x9f\x01b", "YWI="),
        (b"\x9e\x01a\x99\x01b", "YQ==b"),
        (b"\xb7\x02a\0", "a"),
        (b"\xaf" + struct.pack("<q", 0), "PT0S"),
        (b"\xaf" + struct.pack("<q", -(864_000_000_000 + 36_610_000_000 + 605_000_000)), "-P1DT1H2M1.5S"),
        (b"\xaf" + struct.pack("<q", 864_000_000_000), "P1D"),
        (b"\xb1" + bytes(range(16)), "03020100-0504-0706-0809-0a0b0c0d0e0f"),
        (b"\xad" + bytes(16), "urn:uuid:00000000-0000-0000-0000-000000000000"),
        (b"\xb3" + struct.pack("<Q", 2**64 - 1), "18446744073709551615"),
        (b"\x97" + struct.pack("<Q", 1 << 62 | 10), "0001-01-01T00:00:00.000001Z"),
        (b"\x97" + struct.pack("<Q", 0), "0001-01-01T00:00:00"),
        (b"\x97" + struct.pack("<Q", 2 << 62), "0001-01-01T00:00:00+00:00"),
        (b"\x01", ""),
    ],
)
def test_any_record_is_text_where_text_is_declared(content: bytes, name: str) -> None:
    assert read_cut(in_binary(member("MessageName", content))).message_name == name


def test_long_names_attributes_and_prefixes_are_read() -> None:
    name = "x" * 200
    long = b"@\xc8\x01" + name.encode() + text("y")
    assert read_cut(in_binary(long)).unknown_members[name] == "y"
    prefixed = b"\x41\x02qq\x05Depth\x09\x02qq\x01u\x05\x01i\x04kind\x98\x01z\x83"
    assert read_cut(in_binary(prefixed)).depth == 1
    nil = b"\x2e\x03nil\x86\x04\x01z\x80\x01"
    assert read_cut(in_binary(member("MessageName", nil))).message_name is None
    other = b"@" + _named("RemoteExecutionContext") + b"\x08" + _named(XRM) + b"\x09\x01j" + _named(INSTANCE)
    body = other + member("MessageName", b"\x2f\x03nil\x86\x01") + b"\x01"
    assert read_cut(body).message_name is None


def test_arrays_are_elements_in_a_row() -> None:
    array = b"\x03@\x03int\x01\x8d\x02" + struct.pack("<ii", 1, -2)
    body = value_in_binary("ArrayOfint", ARRAYS, array + member("int", b"\x83") + b"\x01")
    assert read_cut(body).shared_variables["k"] == [1, -2, 1]
    with_attributes = b"\x03@\x03int\x04\x01z\x80\x01\xb5\x02\x00\x01"
    found = read_cut(value_in_binary("ArrayOfboolean", ARRAYS, with_attributes + b"\x01"))
    assert found.shared_variables["k"] == [False, True]


@pytest.mark.parametrize(("ticks", "year"), [(-10_000_000, 1), (3155378975999999999 + 10_000_000, 9999)])
def test_a_local_date_beyond_the_years_in_utc_exists(ticks: int, year: int) -> None:
    record = b"\x97" + struct.pack("<Q", (2 << 62) | (ticks % (1 << 62)))
    context = read_cut(in_binary(member("OperationCreatedOn", record) + member("Mode", b"\x81")))
    assert context.operation_created_on.year == year
    assert context.idempotency_key
    with pytest.raises(UnknownMomentError):
        _ = context.operation_created_on_utc


def test_the_moment_of_an_asynchronous_step_is_unknown_in_binary_alone() -> None:
    record = b"\x97" + struct.pack("<Q", (2 << 62) | 636420062480000000)
    late = read_cut(in_binary(member("OperationCreatedOn", record) + member("Mode", b"\x83")))
    with pytest.raises(UnknownMomentError, match="does not tell when"):
        _ = late.operation_created_on_utc
    now = read_cut(in_binary(member("OperationCreatedOn", record) + member("Mode", b"\x81")))
    assert now.operation_created_on_utc.isoformat() == "2017-09-26T07:04:08+00:00"
    xml = read_cut(in_xml("<OperationCreatedOn>2017-09-26T00:04:08-07:00</OperationCreatedOn><Mode>1</Mode>"))
    assert xml.operation_created_on_utc.isoformat() == "2017-09-26T00:04:08+00:00"


def test_keys_count_whole_milliseconds() -> None:
    def key(moment: str) -> str:
        moments = f"<OperationCreatedOn>{moment}</OperationCreatedOn><Mode>0</Mode>"
        return read_cut(in_xml(moments)).idempotency_key

    assert key("2017-09-26T07:04:08.0079999Z") == key("2017-09-26T07:04:08.007Z")
    assert key("1960-09-26T07:04:08.0079999Z") == key("1960-09-26T07:04:08.008Z")


def test_a_text_for_python_may_be_a_record_of_ticks() -> None:
    assert text_of(Ticks(1 << 62)) == "0001-01-01T00:00:00Z"
    assert text_of(Decimal("1.50")) == "1.50"


def test_names_of_enums_may_be_several() -> None:
    assert number_of("Entity Attributes", TYPE_NAMES["EntityFilters"]) == 3
    assert number_of("", TYPE_NAMES["EntityFilters"]) is None


def test_what_outlives_a_document_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    roots: dict[Any, Any] = {}
    monkeypatch.setattr(scopes, "_roots", roots)
    monkeypatch.setattr(scopes, "_MOST", 100_000)
    for blanks in range(20):
        body = f'<RemoteExecutionContext{" " * (blanks + 1)}xmlns="{XRM}" xmlns:i="{INSTANCE}"><Depth>1</Depth>'
        assert read_cut(body.encode() + b"</RemoteExecutionContext>").depth == 1
    assert 0 < len(roots) <= 8
    for run in range(3):
        attributes = [f"<Zzz{index} a{run}{index}=''/>" for index in range(600)]
        body = f'<RemoteExecutionContext xmlns="{XRM}" xmlns:i="{INSTANCE}">{"".join(attributes)}'
        assert read_cut(body.encode() + b"</RemoteExecutionContext>").unknown_members["Zzz0"] == ""
    assert len(roots) <= 8
    assert all(scope.remembered[0] <= 101_300 for scope in roots.values())


def test_the_readers_are_loaded_when_the_first_document_comes() -> None:
    code = "import sys, cds_context; print(*[name for name in sys.modules if 'tokens' in name or 'expat' in name])"
    assert printed([sys.executable, "-c", code]).split() == []


MUTATED = [bodies(name)[form] for name in ("msg_update", "x_arrays") for form in ("XML", ".NET Binary")]


@given(st.sampled_from(MUTATED), st.integers(0, 10**6), st.binary(max_size=8), st.integers(0, 12))
def test_a_changed_document_gives_a_value_or_decode_error(body: bytes, place: int, new: bytes, gone: int) -> None:
    at = place % len(body)
    with suppress(DecodeError):
        assert repr(parse_context(body[:at] + new + body[at + gone :]))


@given(st.sampled_from([b"<", b"@", b"@\x16RemoteExecutionContext", in_binary(b"")[:-1]]), st.binary())
def test_any_bytes_give_a_decode_error(start: bytes, rest: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_context(start + rest)


def test_an_element_may_have_the_attributes_of_another_and_one_more() -> None:
    declared = b"\x09" + _named("p") + _named("urn:a-namespace-of-nobody")
    more = b"\x09" + _named("q") + _named("urn:another")
    context = read_cut(in_binary(member("A", declared + text("1")) + member("B", declared + more + text("2"))))
    assert (context.unknown_members["A"], context.unknown_members["B"]) == ("1", "2")
