"""The wrapper that .NET senders put around the body of a Service Bus message, taken off.

Knows nothing of what is inside.

A sender that hands a string or a byte array to the old .NET client gets it serialized as binary XML: one element,
`string` or `base64Binary`, with its text in one or more records, each with its length before it. Dataverse does not do
this; code that passes a context on does. Source: [MC-NBFX], ".NET Binary Format: XML Data Structure".
"""

from __future__ import annotations

import re
from contextlib import suppress

from .errors import DecodeError

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


def unwrap(body: bytes) -> bytes:
    """What is in the wrapper; a body without one as it is.

    Raises DecodeError for a wrapper that does not end where it says.
    """
    head = _HEAD(body)
    if head is None:
        return body
    with suppress(IndexError, KeyError, UnicodeDecodeError):
        return _text(body, head.end())
    # Out here, where nothing is its context: the last of those holds a piece of the body.
    raise DecodeError("a .NET string around the body that is cut, or not of its form")


def _text(body: bytes, at: int) -> bytes:
    pieces: list[bytes] = []
    last = 0
    while not last:
        kind, last = body[at] & 0xFE, body[at] & 1
        size, is_utf_16 = _RECORDS[kind]
        start = at + 1 + size
        at = start + int.from_bytes(body[at + 1 : start], "little")
        piece = body[start:at]
        pieces.append(
            piece.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass") if is_utf_16 else piece
        )
    if at != len(body):
        raise IndexError
    return b"".join(pieces)
