"""The bodies that the fuzzer begins with."""

from __future__ import annotations

from cds_context.codec import xml_tokens

from ...codec.test_documents import INSTANCE, SCHEMA, XRM, in_binary, in_xml, member, value_in_binary, value_in_xml
from ...codec.test_fast_documents import AGREED, LEFT_IN_BINARY, LEFT_IN_XML
from ...formats import bodies, hostile, names

LONGEST = 8000
"""How long a body of the fuzzer is at most."""

_EVERY = 4

_MINUTE = (600_000_000).to_bytes(8, "little")
_NUMBER = value_in_binary("int", SCHEMA, b"\x83")
_NAME = XRM.encode()
_ROOTS = [
    f'<RemoteExecutionContext a{index}="" xmlns="{XRM}" xmlns:i="{INSTANCE}"><x/></RemoteExecutionContext>'.encode()
    for index in range(6)
]
_BINARY_ROOTS = [
    in_binary(member("Depth", b"\x83")).replace(b"\x09\x01i", bytes([0x09, 0x01, first])) for first in b"abcdef"
]
_LONG = "x" * 1100

_NOT_GUESSED = {
    "a time without seconds": value_in_binary("duration", SCHEMA, b"\xaf" + _MINUTE),
    "one more attribute of a usual root": in_binary(b"").replace(b"instance", b"instance\x04\x01x\x86"),
    "a short root": b"@\x16RemoteExecutionContext\x08%c%s\x01" % (len(_NAME), _NAME),
    "the record of a text at the end": in_binary(b"@\x05Depth\x83") + b"\x99",
    "a number that is cut off": in_binary(b"@\x05Depth\x8d\x01")[:-1],
    "text between elements": in_binary(b"\x99\x01x"),
    "an attribute": _NUMBER,
    "one more attribute": _NUMBER.replace(b"XMLSchema\x83", b"XMLSchema\x04\x01x\x86\x83"),
    "a prefix twice": in_binary(b"@\x05Depth\x09\x01q\x01x\x09\x01q\x01y\x83"),
    "an array with an undeclared prefix": in_binary(b"\x03^\x03int\x01\x8b\x01\x01\x00"),
    "a type that is no text": in_binary(b"@\x05Depth.\x04type\x82\x83"),
    "neither null nor not": in_binary(b"@\x05Depth.\x03nil\x98\x01x\x83"),
    "a run that is too long to be kept": in_xml(f'<Depth xmlns:q="{_LONG}">1</Depth>'),
    "records that are too long to be kept": in_binary(b"@\x05Depth\x09\x01q\xcc\x08" + _LONG.encode() + b"\x83"),
    "blanks between elements": in_xml("<OwningExtension><Name>x</Name> </OwningExtension> <Mode>1</Mode> "),
    "a blank between elements": in_xml("<OwningExtension><Name/></OwningExtension> <Mode>1</Mode>"),
    "an empty object without a type": value_in_xml('i:type="x:anyType"'),
    "an object without a type": value_in_xml('i:type="x:anyType"', "<X>1</X>"),
    "a value without a type": value_in_xml("", "<X>1</X>"),
    "an unknown type": value_in_xml('i:type="Zzz"', "<X>1</X><Y>2</Y>"),
    "an unknown list": value_in_xml('i:type="Zzz"', "<X>1</X><X>2</X>"),
    "an unknown type with a list": value_in_xml('i:type="Zzz"', "<X>1</X><X>2</X><Y>1</Y>"),
}


def all_of_them() -> list[bytes]:
    """A part of the conformance set, all that is hostile, and what a fuzzer does not guess."""
    found = [body for name in names()[::_EVERY] for body in bodies(name).values()]
    found += [case.body for case in hostile()]
    found += [*_ROOTS, *_BINARY_ROOTS]  # more than are kept
    found += [*LEFT_IN_XML.values(), *LEFT_IN_BINARY.values(), *AGREED.values(), *_NOT_GUESSED.values()]
    return [body for body in found if len(body) <= LONGEST]


def let_short_bodies_be_cut() -> None:
    """Let the reader of XML cut a document into pieces that are short enough for a fuzzer."""
    xml_tokens._PIECE = 500  # pyright: ignore[reportPrivateUsage]
