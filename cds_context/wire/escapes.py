"""Text as the server escapes it (wire format, "Strings").

Works on whole JSON documents as text, and knows no type in them.
"""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring

quote = encode_basestring
"""One string as JSON, before `finish`: quotes, backslashes and control characters escaped."""

_decode = json.JSONDecoder().raw_decode

# Most programs read and never write, so `re` compiles these when first used. Every escape is matched, so that no second
# backslash of one is taken for the first of another.
_ESCAPE = r"\\(.)"
_RESPELLED = {"b": "\\u0008", "f": "\\u000c", "n": "\\u000a", "r": "\\u000d", "t": "\\u0009"}
_SPELLED = {character: f"\\{character}" for character in '"\\/u'} | _RESPELLED
"""The server's spelling of each escape, by the character behind the backslash."""
_ESCAPED = "[\x85\u2028\u2029\ufffe\uffff\ud800-\udfff\U00010000-\U0010ffff]"


def finish(document: str) -> str:
    """The document, whose strings went through `quote`, with slashes, controls and surrogates escaped as servers do."""
    if "\\" in document:
        document = re.sub(_ESCAPE, _respell, document)
    if not document.isascii() and _may_need_escapes(document):
        document = re.sub(_ESCAPED, _escape, document)
    return document.replace("/", "\\/")


def finish_bytes(document: bytes) -> bytes:
    """As `finish`, for UTF-8, with half surrogate pairs as if UTF-8 had them."""
    if document.isascii() and b"\\" not in document:  # most documents, which need not be decoded
        return document.replace(b"/", b"\\/")
    return finish(document.decode("utf-8", "surrogatepass")).encode()


def end_of_string(document: str, start: int) -> int:
    """Where the JSON string ends whose first quote stands at `start`. Raises ValueError for what is no JSON string.

    No pattern can do this in place of it: to repeat a group, `re` takes a hundred bytes of memory for each escape.
    """
    return _decode(document, start)[1]


def _may_need_escapes(document: str) -> bool:
    # These checks replace a search with `_ESCAPED`, which takes longer than all other steps of writing a body.
    try:
        pairs = len(document.encode("utf-16-le")) != 2 * len(document)
    except UnicodeEncodeError:  # a lone surrogate
        return True
    return pairs or any(character in document for character in "\x85\u2028\u2029\ufffe\uffff")


def _respell(match: re.Match[str]) -> str:
    return _SPELLED[match[1]]


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
