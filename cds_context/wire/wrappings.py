"""The wrappings that relays put around a body, and objects that arrive in its place: marks to know each by, and a name.

`unwrapping` takes them off. Readers import this file for their error messages, so it compiles no pattern and loads no
further module.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from .formats import DOTNET_STRINGS, WHITE

DECODED_BINARY = ".NET Binary that was decoded to text, which loses bytes: take the message as bytes"
BINARY = "@\x16RemoteExecutionContext"
"""The first characters of a body in .NET Binary that was decoded to text."""
_UTF_16 = frozenset({"\xff\xfe", "\xfe\xff", "{\0", "\0{", "<\0", "\0<"})


_GZIP = "\x1f\x8b"
_PAGES = ("<!doctype html", "<html")
_JSON_ALONE = "which servers do not post: they post the JSON alone"
FORM = f"form data (application/x-www-form-urlencoded), {_JSON_ALONE}"
MULTIPART = f"form data in parts (multipart/form-data), {_JSON_ALONE}"


class Wrapping(Struct, frozen=True):
    """An object known to hold a body, or to hold none. Names match in any case, because relays change the case."""

    name: str
    marks: frozenset[str]
    """The members that identify the object, in lower case."""
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
"""Wrappings with unmistakable marks come first."""

_OF_A_CONTEXT = frozenset({"BusinessUnitId", "InputParameters", "MessageName", "OrganizationId", "PrimaryEntityName"})


def is_context(names: Iterable[str]) -> bool:
    """Whether an object with members of these names is a context, whole or in part."""
    return not _OF_A_CONTEXT.isdisjoint(names)


def wrapping_of(names: Iterable[str]) -> Wrapping | None:
    """The wrapping with members of these names; None if it is unknown."""
    known = {name.lower() for name in names}
    return next((wrapping for wrapping in WRAPPINGS if wrapping.marks <= known), None)


def no_context(found: str | None) -> str:
    """The reason of an error for a value, named by `found`, in place of a context."""
    expected = "expected an object with the members of a RemoteExecutionContext"
    return expected if found is None else f"{expected}, found {found}"


def name_of_value(value: Any) -> str | None:
    """A name for a parsed JSON value that is no context, with the remedy; None for unknown values."""
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
    """A name for text that is no JSON, with the remedy; None for unknown text."""
    start = text[:_LOOK] if isinstance(text, str) else text[:_LOOK].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    if start.startswith(BINARY):
        return DECODED_BINARY
    if start[:2] in _UTF_16:
        return "UTF-16, which servers do not write: they write UTF-8"
    if start.startswith(_GZIP):
        return "data packed with gzip: unpack it first"
    visible = start.removeprefix("\ufeff").lstrip(WHITE)
    if visible.lower().startswith(_PAGES):
        return "an HTML page, such as a proxy answers with when something failed"
    if start.startswith(DOTNET_STRINGS):
        return "a .NET string around the body: `cds_context.unwrap` takes it off, as `receive_message` does"
    if _is_base64(start):
        return "Base64: `cds_context.unwrap` decodes it"
    if _is_multipart(visible):
        return MULTIPART
    return FORM if _is_form(visible) else None


def _is_form(start: str) -> bool:
    """Whether text begins as a name, `=` and a value, without a blank, or as JSON that was percent-encoded."""
    name, _, value = start.partition("=")
    # Without a value, or with a second `=` in its place, it is more likely Base64, which ends so.
    is_field = bool(name) and value[:1] not in ("", "=") and _OF_A_FORM.issuperset(name)
    # Some tools leave the JSON in a field as it is.
    return start[:3].lower() == "%7b" or (is_field and (value[:1] == "{" or _OF_A_FORM.issuperset(value)))


def _is_multipart(start: str) -> bool:
    """Whether text begins with the line of a boundary, and with the first header behind it."""
    boundary, _, header = start.partition("\n")
    # A document in YAML begins with a line of hyphens alone, and the names of its members may be those of headers.
    is_boundary = boundary.startswith("--") and boundary.rstrip().strip("-") != ""
    return is_boundary and header.lower().startswith("content-")


def is_wrapped(decoded: bytes) -> bool:
    """Whether decoded Base64 begins like a body or a wrapping. The check is needed: many a word is valid Base64."""
    start = decoded[:_LOOK].removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip(WHITE)
    if start.startswith(DOTNET_STRINGS) or _is_base64(start):
        return True
    if start[:1] == '"':
        start = start[1:]
        if _is_base64(start.partition('"')[0].partition("\\")[0]):
            return True
    return start[:1] in ("{", "[", "@", "<") and start[:8].isascii()


def _is_base64(start: str) -> bool:
    packed = "".join(start.split())
    try:
        return bool(packed) and _DIGITS.issuperset(packed) and is_wrapped(a2b_base64(packed[: len(packed) // 4 * 4]))
    except Error:
        return False


_LOOK = 100
"""How many characters are examined. Each layer of Base64 leaves fewer of them, so the recursion ends.

The longest boundary of multipart form data, 72 characters, and what its first header begins with are among them.
"""
_OF_A_FORM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._~+%&=")
"""The characters of form data, in names, in values and between them."""
_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
