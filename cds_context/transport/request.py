"""Headers and query string of an HTTP request, in whatever form a framework has them.

Knows no header of the platform, and no key.

Values are compared as bytes, because servers disagree about text: WSGI decodes a header as Latin-1, aiohttp as UTF-8,
and ASGI leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote_to_bytes

Text: TypeAlias = str | bytes


class Items(Protocol):
    """A mapping, or something like one that can hold a name more than once."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """The pairs of name and value."""
        ...


Headers: TypeAlias = Items | Iterable[tuple[Text, Text]]
"""A mapping, a multi-mapping, a WSGI environ (a dict with a `REQUEST_METHOD`), or pairs; names in any case."""


def octets(text: Text) -> bytes:
    """The bytes that a server decoded to this text.

    Latin-1 is what PEP 3333 prescribes; text that has more than that in it was decoded as UTF-8.
    """
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


class HeaderPairs(list[tuple[str, bytes]]):
    """Headers that were read: in their order, repeated ones too; names in lower case, values without white space."""


def header_pairs(headers: Headers) -> HeaderPairs:
    """The headers as pairs. Those that were read before are taken as they are."""
    if isinstance(headers, HeaderPairs):
        return headers
    given: Any = headers
    items: Iterable[tuple[Any, Any]] = given.items() if hasattr(given, "items") else given
    if isinstance(given, dict) and "REQUEST_METHOD" in given:
        # Only these came with the request: some servers put the process's environment in with them, keys and all.
        items = [(name[5:].replace("_", "-"), value) for name, value in items if name.startswith("HTTP_")]
    return HeaderPairs(
        [
            (
                (name if isinstance(name, str) else name.decode("latin-1")).lower(),
                (value if isinstance(value, bytes) else octets(value)).strip(),
            )
            for name, value in items
            if isinstance(value, (str, bytes))
        ]
    )


def query_pairs(query: Text) -> list[tuple[bytes, tuple[bytes, bytes]]]:
    """The parameters in their order, repeated ones too, each with two readings of its value.

    `+` is a space in the query that a form makes and itself in other URLs; nothing in a query tells which it is.
    """
    parts = (part.partition(b"=") for part in octets(query).removeprefix(b"?").split(b"&"))
    return [(_as_form(name), (_as_form(value), unquote_to_bytes(value))) for name, _, value in parts]


def _as_form(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
