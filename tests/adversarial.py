"""Bodies of any size that cost as much as somebody can make them cost."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias
from uuid import UUID

from cds_context.testing import examples

Make: TypeAlias = Callable[[int], bytes]
"""Makes a body of about so many bytes."""

_BODY = examples()["update"]
_SAME_HASH = 2**61 - 1
"""Numbers that differ by this have the same hash."""
_DEPTH = 50
"""So many rows in rows are within the bound of depth, whatever holds each of them."""


def adversarial(size: int) -> dict[str, bytes]:
    """All of them, by what is special about them."""
    return {name: make(size) for group in GROUPS.values() for name, make in group.items()}


# Parts of bodies


def _with(**members: bytes) -> bytes:
    """The example with other members."""
    body = _BODY
    for name, value in members.items():
        start = body.index(b'"%s":' % name.encode()) + len(name) + 3
        _, end = json.JSONDecoder().raw_decode(body.decode(), start)
        body = body[:start] + value + body[end:]
    return body


def _array(items: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def _pair(key: str, value: bytes) -> bytes:
    return b'{"key":"%s","value":%s}' % (key.encode(), value)


def _numbered(count: int, value: Callable[[int], bytes], name: str = "c") -> bytes:
    """A collection of so many pairs."""
    return _array(_pair(f"{name}{number}", value(number)) for number in range(count))


def _parameter(value: bytes) -> bytes:
    """The example with one more parameter."""
    return _BODY.replace(b'"InputParameters":[', b'"InputParameters":[' + _pair("x", value) + b",", 1)


def _typed(name: str, members: bytes) -> bytes:
    return b'{"__type":"%s:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",%s}' % (name.encode(), members)


def _id(number: int) -> bytes:
    return str(UUID(int=number)).encode()


def _row(attributes: bytes, *, table: str = "contact", labels: bytes = b"[]", related: bytes = b"[]") -> bytes:
    return _typed("Entity", _members_of_row(attributes, table, labels, related))


def _image(attributes: bytes, labels: bytes = b"[]") -> bytes:
    return b"{" + _members_of_row(attributes, "contact", labels, b"[]") + b"}"


def _members_of_row(attributes: bytes, table: str, labels: bytes, related: bytes) -> bytes:
    return (
        b'"Attributes":%s,"EntityState":null,"FormattedValues":%s,"Id":"%s","KeyAttributes":[],'
        b'"LogicalName":"%s","RelatedEntities":%s,"RowVersion":null'
    ) % (attributes, labels, _id(7), table.encode(), related)


def _members_of_collection(rows: bytes) -> bytes:
    return (
        b'"Entities":%s,"EntityName":"contact","MinActiveRowVersion":null,"MoreRecords":false,'
        b'"PagingCookie":null,"TotalRecordCount":-1,"TotalRecordCountLimitExceeded":false'
    ) % rows


def _rows(rows: Iterable[bytes]) -> bytes:
    return _typed("EntityCollection", _members_of_collection(_array(rows)))


def _reference(number: int, name: bytes = b"null") -> bytes:
    return _typed(
        "EntityReference",
        b'"Id":"%s","KeyAttributes":[],"LogicalName":"contact","Name":%s,"RowVersion":null' % (_id(number), name),
    )


def _choices(numbers: Iterable[int]) -> bytes:
    return _array(_typed("OptionSetValue", b'"Value":%d' % number) for number in numbers)


def _target(row: bytes) -> bytes:
    return _array([_pair("Target", row)])


def _one_number(number: int) -> bytes:
    return b"%d" % number


# What holds a row in a row


def _in_collection(row: bytes) -> bytes:
    return _rows([row.replace(_typed("Entity", b"")[:-1], b"{", 1)])


_HOLDERS: dict[str, Callable[[bytes], bytes]] = {
    "rows": lambda row: row,
    "collections": _in_collection,
    "aliased values": lambda row: _typed(
        "AliasedValue",
        b'"AttributeLogicalName":"a","EntityLogicalName":"b","NeedFormatting":false,"ReturnType":0,"Value":' + row,
    ),
}


def _nested(hold: Callable[[bytes], bytes], bottom: bytes) -> bytes:
    for _ in range(_DEPTH):
        bottom = _row(_array([_pair("c", hold(bottom))]))
    return bottom


def _wide_below(hold: Callable[[bytes], bytes], size: int) -> bytes:
    return _with(InputParameters=_target(_nested(hold, _row(_numbered(size // 25, _one_number)))))


def _deep_and_many(hold: Callable[[bytes], bytes], size: int) -> bytes:
    """As many deep rows as there is room for, in one row."""
    one = _nested(hold, _row(b"[]"))
    return _with(InputParameters=_target(_row(_numbered(1 + size // len(one), lambda _: one))))


# The bodies


def _images(size: int) -> bytes:
    """Many images, each with columns of its own."""
    count = round((size / 30) ** 0.5)
    images = (_pair(f"i{number}", _image(_numbered(count, _one_number, f"c{number}x"))) for number in range(count))
    return _with(PreEntityImages=_array(images))


def _columns(size: int) -> bytes:
    old = _numbered(size // 160, lambda number: b'"old %d"' % number)
    new = old.replace(b"old ", b"new ")
    return _with(
        InputParameters=_target(_row(new, labels=new)),
        PreEntityImages=_array([_pair("before", _image(old, old))]),
        PostEntityImages=_array([_pair("after", _image(new, new))]),
    )


def _lookups(size: int) -> bytes:
    count = size // 460
    return _with(
        InputParameters=_target(_row(_numbered(count, _reference))),
        PreEntityImages=_array([_pair("before", _image(_numbered(count, lambda n: _reference(n, b'"name %d"' % n))))]),
    )


def _parties(size: int) -> bytes:
    numbers = range(size // 620)

    def party(number: int) -> bytes:
        return (
            b"{" + _members_of_row(_array([_pair("partyid", _reference(number))]), "activityparty", b"[]", b"[]") + b"}"
        )

    return _with(
        InputParameters=_target(_row(_array([_pair("to", _rows(map(party, numbers)))]), table="email")),
        PreEntityImages=_array([_pair("a", _image(_array([_pair("to", _rows(map(party, reversed(numbers))))])))]),
    )


def _same_choices(size: int) -> bytes:
    """Choices in two orders, with numbers that have the same hash."""
    numbers = [_SAME_HASH * number % 2**63 for number in range(size // 240)]
    return _with(
        InputParameters=_target(_row(_array([_pair("c", _choices(numbers))]))),
        PreEntityImages=_array([_pair("a", _image(_array([_pair("c", _choices(reversed(numbers)))])))]),
    )


def _bulk(message: bytes, answer: Callable[[int], bytes], size: int) -> bytes:
    count = size // 300
    row = b"{" + _members_of_row(_array([_pair("c", b"1")]), "contact", b"[]", b"[]").replace(_id(7), _id(0)) + b"}"
    return _with(
        MessageName=b'"%s"' % message,
        InputParameters=_array([_pair("Targets", _rows([row] * count))]),
        OutputParameters=answer(count),
    )


def _ids(count: int) -> bytes:
    return _array([_pair("Ids", _array(b'"%s"' % _id(number + 1) for number in range(count)))])


def _parents(size: int) -> bytes:
    body = _BODY
    for _ in range(min(_DEPTH, size // len(_BODY))):
        body = _BODY.replace(b'"ParentContext":null', b'"ParentContext":' + body)
    return body


def _text(text: bytes) -> bytes:
    return _parameter(b'"' + text + b'"')


def _cloud_event(data: bytes) -> bytes:
    return b'{"specversion":"1.0","data":' + data + b"}"


GROUPS: dict[str, dict[str, Make]] = {
    "white space, or no JSON": {
        "blanks after it": lambda size: _BODY + b" " * size,
        "lines after it": lambda size: _BODY + b"\n" * size,
        "blanks before it": lambda size: b" " * size + _BODY,
        "blanks in it": lambda size: _BODY.replace(b",", b"," + b" " * size, 1),
        "blanks everywhere": lambda size: _parameter(_array([b" 1 "] * (size // 4))),
        "blanks and no event": lambda size: b" " * size + b"x",
        "blanks in a text of JSON": lambda size: json.dumps(_BODY.decode() + " " * size).encode(),
        "arrays without an end": lambda size: _parameter(b"[" * size),
        "deep arrays": lambda size: _parameter(b"[" * (size // 2) + b"]" * (size // 2)),
        "a text without an end": lambda size: _text(b"\\" * size)[: -len(_BODY)],
        "quotation marks": lambda size: b'"' * size,
        "braces": lambda size: b"{" * size,
        "zeros": lambda size: b"\0" * size,
        "half a wrapping": lambda size: b"@\x06string\x08\x33" + b"\x98" * size,
    },
    "arrays": {
        "many arrays": lambda size: _parameter(_array([b"[]"] * (size // 3))),
        "many arrays, deep down": lambda size: _parameter(b"[" * 300 + _array([b"[]"] * (size // 3)) + b"]" * 300),
        "many objects": lambda size: _parameter(_array([b"{}"] * (size // 3))),
        "many objects of a type": lambda size: _parameter(_array([b'{"__type":"a:b"}'] * (size // 17))),
        "deep objects": lambda size: _parameter(b'{"a":' * 300 + _array([b'{"a":1}'] * (size // 8)) + b"}" * 300),
        "many keys": lambda size: _parameter(b"{" + b",".join(b'"k%d":1' % n for n in range(size // 11)) + b"}"),
    },
    "numbers": {
        "many numbers": lambda size: _parameter(_array([b"1"] * (size // 2))),
        "different numbers": lambda size: _parameter(_array(b"%d" % (10**9 + n) for n in range(size // 11))),
        "many fractions": lambda size: _parameter(_array([b"1.5"] * (size // 4))),
        "amounts": lambda size: _with(
            InputParameters=_target(_row(_numbered(size // 120, lambda n: _typed("Money", b'"Value":%d.50' % n))))
        ),
        "numbers of one hash": lambda size: _parameter(_array(b"%d" % (_SAME_HASH * n) for n in range(size // 22))),
        "choices of one hash": _same_choices,
        "a long number": lambda size: _parameter(b"1" * size),
        "a long fraction": lambda size: _parameter(b"1." + b"1" * size),
        "a large exponent": lambda size: _parameter(b"1e999999999"),
    },
    "texts": {
        "many texts": lambda size: _parameter(_array(b'"t%d"' % number for number in range(size // 9))),
        "many dates": lambda size: _parameter(_array([b'"\\/Date(1)\\/"'] * (size // 15))),
        "a long text": lambda size: _text(b"x" * size),
        "many words": lambda size: _text(b" ".join(b"w%d" % number for number in range(size // 7))),
        "short words": lambda size: _text(" ".join(chr(0x4E00 + n % 20_000) for n in range(size // 4)).encode()),
        "many ids": lambda size: _text(b" ".join(map(_id, range(size // 37)))),
        "escapes": lambda size: _text(b"\\u0041" * (size // 6)),
        "backslashes": lambda size: _text(b"\\\\" * (size // 2)),
        "halves of characters": lambda size: _text(b"\\ud800" * (size // 6)),
        "garbled text": lambda size: _text("â‚¬".encode() * (size // 8)),
        "markup": lambda size: _text(b"<fetch " + b'a=\\"b\\" ' * (size // 8)),
        "markup without an end": lambda size: _text(b"<fetch>" + b"<a b" * (size // 4)),
    },
    "rows": {
        **{f"wide below {name}": partial(_wide_below, hold) for name, hold in _HOLDERS.items()},
        **{f"many deep {name}": partial(_deep_and_many, hold) for name, hold in _HOLDERS.items()},
        "parents": _parents,
    },
    "collections": {
        "many columns": _columns,
        "lookups": _lookups,
        "many images": _images,
        "parties": _parties,
        "targets": partial(_bulk, b"UpdateMultiple", lambda _: b"[]"),
        "targets with answers": partial(_bulk, b"CreateMultiple", _ids),
        "many parameters": lambda size: _with(InputParameters=_numbered(size // 28, _one_number)),
        "a parameter again and again": lambda size: _with(InputParameters=_array([_pair("k", b"1")] * (size // 22))),
        "many unknown members": lambda size: _BODY[:-1] + b"".join(b',"m%d":1' % n for n in range(size // 11)) + b"}",
        "a member again and again": lambda size: _BODY[:-1] + b',"Depth":1' * (size // 10) + b"}",
        "many findings": lambda size: _with(
            InputParameters=_target(
                _row(_numbered(size // 80, lambda n: b'{"__type":"t%d:x","m%d":"2020-01-01T00:00:00"}' % (n, n)))
            )
        ),
    },
    "wrappings": {
        "arrays of nothing": lambda size: _array([b"[]"] * (size // 3)),
        "arrays in arrays": lambda size: _array([b"[[[]]]"] * (size // 7)),
        "many bodies": lambda size: _array([b'{"MessageName":1}'] * (size // 18)),
        "bodies in texts": lambda size: _array([b'"{\\"MessageName\\":1}"'] * (size // 22)),
        "bodies in events": lambda size: _array([_cloud_event(b'{"MessageName":1}')] * (size // 48)),
        "Base64": lambda size: b64encode(b64encode(_BODY + b" " * (size * 9 // 16))),
        "an event with many members": lambda size: (
            _cloud_event(b'{"MessageName":1}')[:-1] + b"".join(b',"m%d":1' % n for n in range(size // 11)) + b"}"
        ),
        "a text in a .NET string": lambda size: (
            b"@\x06string\x08\x33http://schemas.microsoft.com/2003/10/Serialization/"
            + b"\x98\x01 " * (size // 3)
            + b"\x99\x02{}"
        ),
    },
}
"""The bodies by what they are made of."""
