"""The wrapper that .NET senders put around the body of a Service Bus message, taken off.

The content of the wrapper is not read.

The old .NET client serializes a string or a byte array as binary XML: one element, `string` or `base64Binary`, with its
text in one or more records, each preceded by its length. The element ends with its last record, or with an end byte
after that record. Dataverse does not write this wrapper; code that passes a context on does.
Source: [MC-NBFX], ".NET Binary Format: XML Data Structure".

Some tools decode such a body to text, as if all of it were UTF-8, Latin-1 or CP1252. Latin-1 and CP1252 can be undone.
UTF-8 cannot: the first byte of a record is not UTF-8 and becomes U+FFFD, and so may the bytes of its length. The
content survives, however, so the header that it must have had can be built and decoded in the same way. If the result
differs from the header that arrived, bytes are missing.
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

# For each type of record: how many bytes its length takes, and whether its text is UTF-16. Each type plus one is the
# same type as the last record of its element.
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
"""The end byte, for an element whose last record is not marked as the last."""


def take_off(body: bytes) -> bytes:
    """The content of the wrapper; a body without a wrapper is returned unchanged.

    Raises DecodeError for a wrapper that does not end where its lengths say.
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
        # Raised outside of the handlers: the UnicodeDecodeError as `__context__` would hold a piece of the body.
        raise DecodeError("a .NET string around the body that is cut, or not of its form")
    return inner


def _as_sent(rest: bytes) -> Iterator[bytes]:
    """The records as they arrived, then as they were if a tool had decoded them as Latin-1, CP1252 or UTF-8."""
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
    """The content of one record that was decoded as UTF-8; None if its wrapper would have become another text.

    The end byte may be missing, because tools strip it as white space.
    """
    try:
        text = rest.decode()
    except UnicodeDecodeError:
        return None
    for end in ("", _END.decode()):
        for width in range(2, 6):  # a header has two to five bytes, and no more characters than bytes
            inner = text[width:].removesuffix(end).encode()
            if not _is_of_header(text[width : width + 1]) and _collapsed(text[:width]) in _headers(len(inner)):
                return inner
    return None


def _is_of_header(character: str) -> bool:
    """Whether a character belongs to the length in the header: no document begins with such a character."""
    return character == "\ufffd" or not (character.isprintable() or character in "\t\n\r\ufeff")


def _headers(length: int) -> set[str]:
    """The texts that the header of a record of `length` bytes may become when decoded as UTF-8."""
    return {
        _collapsed((bytes([kind]) + length.to_bytes(size, "little")).decode("utf-8", "replace"))
        for kind, (size, is_utf_16) in _RECORDS.items()
        if not is_utf_16 and length < 256**size
    }


def _collapsed(text: str) -> str:
    # Decoders disagree on how many U+FFFD replace adjacent invalid bytes.
    return re.sub("\ufffd+", "\ufffd", text)
