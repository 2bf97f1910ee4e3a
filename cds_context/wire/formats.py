"""The format of a body, told by its first bytes: JSON, XML, or .NET Binary.

Nothing is read here. Clients may drop or change a content type, so the bytes alone decide.
"""

from __future__ import annotations

import re
from enum import Enum


class Format(Enum):
    """A message format that the platform writes; the value is its name for people."""

    JSON = "JSON"
    XML = "XML"
    BINARY = ".NET Binary"


JSON = Format.JSON
"""By a name of its own, as Python 3.11 takes long to find a member of an enum."""

WHITE = " \t\r\n"
"""What JSON takes for white space, and XML too."""


def words_of(text: str) -> list[str]:
    """The words between white space. Python's `split` takes more characters for white space, some forbidden in XML."""
    return [word for word in re.split(f"[{WHITE}]", text) if word]


DOTNET_STRINGS = ("@\x06string\x08", "@\x0cbase64Binary\x08")
"""The first characters of the wrapper of .NET senders."""

_NAME = b"\x16RemoteExecutionContext"
_WRAPPERS = tuple(mark[:-1].encode("latin-1") for mark in DOTNET_STRINGS)


def format_of(body: bytes | str) -> Format:
    """The format that the body begins like; JSON for whatever is neither XML nor .NET Binary."""
    if isinstance(body, str):
        return Format.XML if body[:_LOOK].removeprefix("\ufeff").lstrip(WHITE)[:1] == "<" else JSON
    if body[:1] == b"{":  # as most bodies begin
        return JSON
    if body[:1] == b"<":
        return Format.XML
    start = body[:_LOOK]
    if start.removeprefix(b"\xef\xbb\xbf").lstrip(WHITE.encode())[:1] == b"<":
        return Format.XML
    # An `@` begins no JSON and no Base64; the other first bytes of an element are letters, so they need the name.
    if (start[:1] == b"@" and not start.startswith(_WRAPPERS)) or (start[:1] in _PREFIXED and _NAME in start):
        return Format.BINARY
    return JSON


_LOOK = 80
_PREFIXED = frozenset(bytes([first]) for first in (0x41, *range(0x5E, 0x78)))
