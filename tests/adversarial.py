"""Bodies of any size that cost as much as somebody can make them cost."""

from __future__ import annotations

import json

from cds_context.testing import examples

_BODY = examples()["update"]
_AT = _BODY.index(b'"InputParameters":[') + len(b'"InputParameters":[')
_CHOICE = b'{"__type":"OptionSetValue:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts","Value":%d}'
_SAME_HASH = 2**61 - 1
"""Numbers that differ by this have the same hash."""


def adversarial(size: int) -> dict[str, bytes]:
    """Bodies of about so many bytes, by what is special about them."""
    count = size // 8
    colliding = [_SAME_HASH * number % 2**63 for number in range(size // 110)]
    return {
        "blanks after it": _BODY + b" " * size,
        "lines after it": _BODY + b"\n" * size,
        "blanks before it": b" " * size + _BODY,
        "blanks in it": _with(b" " * size),
        "blanks and no event": b" " * size + b"x",
        "blanks in a text of JSON": json.dumps(_BODY.decode() + " " * size).encode(),
        "many arrays": _parameter(_array([b"[]"] * (size // 3))),
        "many arrays, deep down": _parameter(b"[" * 300 + _array([b"[]"] * (size // 3)) + b"]" * 300),
        "many objects": _parameter(_array([b"{}"] * (size // 3))),
        "many objects of a type": _parameter(_array([b'{"__type":"a:b"}'] * (size // 17))),
        "arrays without an end": _parameter(b"[" * size),
        "deep arrays": _parameter(b"[" * (size // 2) + b"]" * (size // 2)),
        "many numbers": _parameter(_array([b"1"] * (size // 2))),
        "many fractions": _parameter(_array([b"1.5"] * (size // 4))),
        "many dates": _parameter(_array([b'"\\/Date(1)\\/"'] * (size // 15))),
        "numbers of one hash": _parameter(_array([b"%d" % (_SAME_HASH * number) for number in range(size // 22)])),
        "choices of one hash": _parameter(_array([_CHOICE % number for number in colliding])),
        "a long number": _parameter(b"1" * size),
        "a long fraction": _parameter(b"1." + b"1" * size),
        "a large exponent": _parameter(b"1e999999999"),
        "a long text": _parameter(b'"' + b"x" * size + b'"'),
        "escapes": _parameter(b'"' + b"\\u0041" * (size // 6) + b'"'),
        "backslashes": _parameter(b'"' + b"\\\\" * (size // 2) + b'"'),
        "a text without an end": _parameter(b'"' + b"\\" * size),
        "halves of characters": _parameter(b'"' + b"\\ud800" * (size // 6) + b'"'),
        "garbled text": _parameter('"{}"'.format("â‚¬" * (size // 8)).encode()),
        "many parameters": _with(b"".join(b'{"key":"k%d","value":%d},' % (each, each) for each in range(size // 26))),
        "many unknown members": _BODY[:-1] + b"".join(b',"m%d":1' % each for each in range(count)) + b"}",
        "a member again and again": _BODY[:-1] + b',"Depth":1' * (size // 10) + b"}",
        "a parameter again and again": _with(b'{"key":"k","value":1},' * (size // 22)),
        "quotation marks": b'"' * size,
        "braces": b"{" * size,
        "zeros": b"\0" * size,
    }


def _with(parameters: bytes) -> bytes:
    return _BODY[:_AT] + parameters + _BODY[_AT:]


def _parameter(value: bytes) -> bytes:
    return _with(b'{"key":"x","value":' + value + b"},")


def _array(items: list[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"
