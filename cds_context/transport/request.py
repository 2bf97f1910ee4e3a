"""Headers and query string of an HTTP request, in the types of any framework.

No header of the platform is known here, and no key.

Values are compared as bytes, because servers disagree about text: WSGI decodes a header as Latin-1, aiohttp as UTF-8,
and ASGI does not decode it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ..model.late import Late

if TYPE_CHECKING:
    from urllib import parse
else:
    parse = Late("urllib.parse")  # needed for keys in a query

Text: TypeAlias = str | bytes


class Items(Protocol):
    """A mapping or a multi-mapping, which can hold a name more than once."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """The pairs of name and value."""
        ...


Headers: TypeAlias = Items | Iterable[tuple[Text, Text]]
"""A mapping, a multi-mapping, a WSGI environ (a dict with a `REQUEST_METHOD`), or pairs; names in any case."""


def octets(text: Text) -> bytes:
    """The bytes that a server decoded to this text.

    PEP 3333 prescribes Latin-1; text with characters beyond Latin-1 was decoded as UTF-8.
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
    """Headers as pairs: in order, repetitions included; names in lower case, values without white space around them."""

    __slots__ = ()


def header_pairs(headers: Headers) -> HeaderPairs:
    """The headers as pairs. Pairs that this function made before are returned unchanged."""
    if isinstance(headers, HeaderPairs):
        return headers
    given: Any = headers
    items: Iterable[tuple[Any, Any]] = given.items() if hasattr(given, "items") else given
    if isinstance(given, dict) and "REQUEST_METHOD" in given:
        # Only `HTTP_*` came with the request. Some servers add the process's environment, which may hold the keys.
        items = [(name[5:].replace("_", "-"), value) for name, value in items if name.startswith("HTTP_")]
    # Text in ASCII is encoded here, because a call of `octets` for each value would take as long as all the rest.
    return HeaderPairs(
        [
            (
                (name.decode("latin-1") if isinstance(name, bytes) else name).lower(),
                (value if isinstance(value, bytes) else value.encode() if value.isascii() else octets(value)).strip(),
            )
            for name, value in items
            if isinstance(value, (str, bytes))
        ]
    )


def query_pairs(query: Text) -> list[tuple[bytes, bytes, bytes]]:
    """The parameters in order, repetitions included: the name, and two readings of the value.

    In a query made by a form, `+` is a space; in other URLs it is a plus sign. Nothing in a query tells which applies.
    """
    parts = (part.partition(b"=") for part in octets(query).removeprefix(b"?").split(b"&"))
    return [(_as_form(name), _as_form(value), parse.unquote_to_bytes(value)) for name, _, value in parts]


def _as_form(text: bytes) -> bytes:
    return parse.unquote_to_bytes(text.replace(b"+", b" "))
