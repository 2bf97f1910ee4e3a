"""The wrapper that .NET senders put around the body of a Service Bus message, taken off.

Knows nothing of what is inside.

A sender that hands a string or a byte array to the old .NET client gets it serialized as binary XML: one element,
`string` or `base64Binary`, with its text in one or more records, each with its length before it. The element ends with
its last record, or in a byte of its own behind that. Dataverse does not do this; code that passes a context on does.
Source: [MC-NBFX], ".NET Binary Format: XML Data Structure".

Tools on the way decode such a body to text, as if all of it were UTF-8, Latin-1 or CP1252. The last two can be undone.
UTF-8 cannot: a record's first byte is no UTF-8 and becomes U+FFFD, and bytes of its length may. But what was wrapped is
still there, so its header can be made and decoded once more. If that does not give what came, something is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from ..errors import DecodeError
from .garbling import as_cp1252

_HEAD = re.compile(
    rb"@(?:\x06string|\x0cbase64Binary)"  # 0x40, short element; the length of its name; its name
    rb"\x08\x33http://schemas\.microsoft\.com/2003/10/Serialization/"  # 0x08, default namespace; length; namespace
).match

# Of each record of text: how many bytes its length has, and whether it is UTF-16. The odd number that follows each of
# these is the same record as the last one of its element.
_RECORDS = {
    0x98: (1, False),  # UTF-8
    0x9A: (2, False),
    0x9C: (4, False),
    0x9E: (1, False),  # bytes
    0xA0: (2, False),
    0xA2: (4, False),
    0xB6: (1, True),  # UTF-16
    0xB8: (2, True),
    0xBA: (4, True),
}
_END = b"\x01"
"""The end of an element whose last record does not say that it is the last."""


def take_off(body: bytes) -> bytes:
    """What is in the wrapper; a body without one as it is.

    Raises DecodeError for a wrapper that does not end where it says.
    """
    head = _HEAD(body)
    if head is None:
        return body
    rest = body[head.end() :]
    for candidate in _as_sent(rest):
        with suppress(IndexError, KeyError, UnicodeDecodeError):
            return _content(candidate)
    inner = _decoded_as_utf_8(rest)
    if inner is None:
        # Out here, where nothing is its context: the last of those holds a piece of the body.
        raise DecodeError("a .NET string around the body that is cut, or not of its form")
    return inner


def _as_sent(rest: bytes) -> Iterator[bytes]:
    """The records as they came, and as they were if a tool has decoded them in a way that can be undone."""
    yield rest
    encodings: list[Callable[[str], bytes]] = [
        lambda text: text.encode("latin-1"),
        as_cp1252,
        lambda text: text.encode("utf-8", "surrogateescape"),
    ]
    for encode in encodings:
        with suppress(UnicodeError):
            yield encode(rest.decode("utf-8", "surrogatepass"))


def _content(records: bytes) -> bytes:
    pieces: list[bytes] = []
    at = 0
    is_last = False
    while not is_last:
        kind, is_last = records[at] & 0xFE, bool(records[at] & 1)
        size, is_utf_16 = _RECORDS[kind]
        start = at + 1 + size
        at = start + int.from_bytes(records[at + 1 : start], "little")
        piece = records[start:at]
        pieces.append(
            piece.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass") if is_utf_16 else piece
        )
        if not is_last and records[at : at + 1] == _END:
            is_last = True
            at += 1
    if at != len(records):
        raise IndexError
    return b"".join(pieces)


def _decoded_as_utf_8(rest: bytes) -> bytes | None:
    """What one record held that was decoded as UTF-8, None if its wrapper would not have become this.

    The byte that ends the element may be gone: tools strip it, as white space.
    """
    try:
        text = rest.decode()
    except UnicodeDecodeError:
        return None
    for end in ("", _END.decode()):
        for width in range(2, 6):  # a header has two to five bytes, and as many characters at most
            inner = text[width:].removesuffix(end).encode()
            if not _is_of_header(text[width : width + 1]) and _collapsed(text[:width]) in _headers(len(inner)):
                return inner
    return None


def _is_of_header(character: str) -> bool:
    """Whether no document begins so, and a character is what became of a byte of the length."""
    return character == "\ufffd" or not (character.isprintable() or character in "\t\n\r\ufeff")


def _headers(length: int) -> set[str]:
    """What may become of the header of a record of so many bytes when it is decoded as UTF-8."""
    return {
        _collapsed((bytes([kind]) + length.to_bytes(size, "little")).decode("utf-8", "replace"))
        for kind, (size, is_utf_16) in _RECORDS.items()
        if not is_utf_16 and length < 256**size
    }


def _collapsed(text: str) -> str:
    # Decoders do not agree on how many U+FFFD stand for bytes that follow each other.
    return re.sub("\ufffd+", "\ufffd", text)
