"""Text as the server escapes it, and the repair of text that a server garbled (wire format, "Strings", "Oddities").

Works on whole JSON documents as text; knows nothing of what they say.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring

quote = encode_basestring
"""One string as JSON, before `finish`: quotes, backslashes and control characters escaped."""

_SHORT_ESCAPE = re.compile(r'\\(["\\/u]|[bfnrt])')
_LONG_ESCAPES = {"b": "\\u0008", "f": "\\u000c", "n": "\\u000a", "r": "\\u000d", "t": "\\u0009"}
_ESCAPED = re.compile("[\x85\u2028\u2029\ufffe\uffff\ud800-\udfff\U00010000-\U0010ffff]")

# What strict cp1252 has no byte for is kept by the platform as the control character of the same number.
_CP1252 = {
    ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in b"\x81\x8d\x8f\x90\x9d"
}
_NO_BYTE = dict.fromkeys(_CP1252.values(), 65535)


def finish(document: str) -> str:
    """The document, whose strings went through `quote`, with slashes, controls and surrogates escaped as servers do."""
    if "\\" in document:
        document = _SHORT_ESCAPE.sub(_lengthen, document)
    if not document.isascii() and _may_need_escapes(document):
        document = _ESCAPED.sub(_escape, document)
    return document.replace("/", "\\/")


def _may_need_escapes(document: str) -> bool:
    # In place of a search with the pattern, which takes longer than all the rest of writing a body.
    try:
        pairs = len(document.encode("utf-16-le")) != 2 * len(document)
    except UnicodeEncodeError:  # a lone surrogate
        return True
    return pairs or any(character in document for character in "\x85\u2028\u2029\ufffe\uffff")


def _lengthen(match: re.Match[str]) -> str:
    return _LONG_ESCAPES.get(match[1], match[0])


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def repair(document: str) -> str:
    """Undo UTF-8 read as CP1252, over the whole document, or give it back unchanged if it cannot have happened.

    A server's fault, observed on webhooks and undocumented: `€` arrives as `â‚¬`.
    """
    if document.isascii():
        return document
    try:
        return document.translate(_NO_BYTE | _CP1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return document
