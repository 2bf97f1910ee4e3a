"""The repair of text that a server garbled (wire format, "Garbled text").

Works on whole documents as text, and knows no type in them.
"""

from __future__ import annotations

_HOLES = b"\x81\x8d\x8f\x90\x9d"
"""Bytes to which strict cp1252 assigns no character. The platform keeps each as the control character of its number."""


def repair(document: str) -> str:
    """The document with UTF-8 that was read as CP1252 undone; unchanged if it cannot have been garbled so.

    The garbling is a server's fault, observed on webhooks and undocumented: `€` arrives as `â‚¬`.
    """
    if document.isascii():
        return document
    try:
        return as_cp1252(document).decode("utf-8")
    except UnicodeError:
        return document


def as_cp1252(text: str) -> bytes:
    """The bytes that read as CP1252 give the text. Raises UnicodeError if there are none."""
    characters = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in _HOLES}
    no_byte = dict.fromkeys(characters.values(), 0xFFFF)
    return text.translate(no_byte | characters).encode("latin-1")
