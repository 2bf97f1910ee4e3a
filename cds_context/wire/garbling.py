"""The repair of text that a server garbled (wire format, "Garbled text").

Works on whole documents as text; knows nothing of what they say.
"""

from __future__ import annotations

_HOLES = b"\x81\x8d\x8f\x90\x9d"
"""What strict cp1252 has no character for; the platform keeps it as the control character of the same number."""


def repair(document: str) -> str:
    """Undo UTF-8 read as CP1252, over the whole document, or give it back unchanged if it cannot have happened.

    A server's fault, observed on webhooks and undocumented: `€` arrives as `â‚¬`.
    """
    if document.isascii():
        return document
    try:
        return as_cp1252(document).decode("utf-8")
    except UnicodeError:
        return document


def as_cp1252(text: str) -> bytes:
    """The bytes that were read as CP1252 and gave the text. Raises UnicodeError if there are none."""
    characters = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in _HOLES}
    no_byte = dict.fromkeys(characters.values(), 0xFFFF)
    return text.translate(no_byte | characters).encode("latin-1")
