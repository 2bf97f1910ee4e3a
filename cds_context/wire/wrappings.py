"""What relays put around a body, and what else arrives in its place: how each is known, and what it is called.

Takes nothing off, which is for `unwrapping`. Is imported wherever bodies are read, so it compiles and loads nothing.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

DOTNET_STRINGS = ("@\x06string\x08", "@\x0cbase64Binary\x08")
"""How the wrapper of .NET senders begins."""


class Wrapping(Struct, frozen=True):
    """An object that holds a body, or one that is known to hold none. Names count in any case, which relays change."""

    name: str
    marks: frozenset[str]
    """The members by which it is known, in lower case."""
    holders: tuple[str, ...] = ()
    """The members that may hold the body."""

    def holds_in(self, name: str) -> bool:
        """Whether the member of that name may hold the body."""
        return name.lower() in map(str.lower, self.holders)


WRAPPINGS = (
    Wrapping("a CloudEvents event", frozenset({"specversion"}), ("data", "data_base64")),
    Wrapping("an Event Grid event", frozenset({"eventtype", "data"}), ("data",)),
    Wrapping("a message of Logic Apps' Service Bus connector", frozenset({"contentdata"}), ("ContentData",)),
    Wrapping("a content of Logic Apps", frozenset({"$content"}), ("$content",)),
    Wrapping(
        "a business event of finance and operations (BusinessEventId, ControlNumber, …)",
        frozenset({"businesseventid", "controlnumber"}),
    ),
    Wrapping("an exported message", frozenset({"body"}), ("body",)),
)
"""Those with certain marks come first."""

_OF_A_CONTEXT = frozenset({"BusinessUnitId", "InputParameters", "MessageName", "OrganizationId", "PrimaryEntityName"})


def is_context(names: Iterable[str]) -> bool:
    """Whether an object with members of these names is meant to be a context, if only in part."""
    return not _OF_A_CONTEXT.isdisjoint(names)


def wrapping_of(names: Iterable[str]) -> Wrapping | None:
    """What an object with members of these names is, None if nobody here knows it."""
    known = {name.lower() for name in names}
    return next((wrapping for wrapping in WRAPPINGS if wrapping.marks <= known), None)


def no_context(found: str | None) -> str:
    """What an error says of that which was found in a context's place."""
    expected = "expected an object with the members of a RemoteExecutionContext"
    return expected if found is None else f"{expected}, found {found}"


def name_of_value(value: Any) -> str | None:
    """What a parsed JSON value is that is no context, with the way out; None if nobody here knows it."""
    if value.__class__ is str:
        return name_of_text(value)
    if value.__class__ is list and value and value[0].__class__ is dict:
        if is_context(value[0]):
            return "an array of contexts: `cds_context.unwrap` takes them apart"
        name = _name_of_object(value[0])
        return name and f"an array with {name}"
    return _name_of_object(value) if value.__class__ is dict else None


def _name_of_object(members: Mapping[str, Any]) -> str | None:
    wrapping = wrapping_of(members)
    if wrapping is None:
        return None
    if not wrapping.holders:
        return f"{wrapping.name}, which is no context"
    places = " or ".join(f"`{holder}`" for holder in wrapping.holders)
    return f"{wrapping.name}, whose {places} holds the body: `cds_context.unwrap` takes it out"


def name_of_text(text: str | bytes) -> str | None:
    """What a text is that is no JSON, with the way out; None if nobody here knows it."""
    start = text[:_LOOK] if isinstance(text, str) else text[:_LOOK].decode("latin-1")
    if start.startswith(DOTNET_STRINGS):
        return "a .NET string around the body: `cds_context.unwrap` takes it off, as `receive_message` does"
    return "Base64: `cds_context.unwrap` decodes it" if _is_base64(start) else None


def is_wrapped(decoded: bytes) -> bool:
    """Whether bytes that were Base64 begin as what can hold a body. Words too can be taken for Base64 of something."""
    start = decoded[:_LOOK].removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip(" \t\r\n")
    if start.startswith(DOTNET_STRINGS) or _is_base64(start):
        return True
    if start[:1] == '"':
        start = start[1:]
        if _is_base64(start.partition('"')[0].partition("\\")[0]):
            return True
    return start[:1] in ("{", "[", "@") and start[:8].isascii()


def _is_base64(start: str) -> bool:
    packed = "".join(start.split())
    try:
        return bool(packed) and _DIGITS.issuperset(packed) and is_wrapped(a2b_base64(packed[: len(packed) // 4 * 4]))
    except Error:
        return False


_LOOK = 80
"""Characters that are looked at. Base64 in Base64 has fewer each time, so that looking for it ends."""
_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
