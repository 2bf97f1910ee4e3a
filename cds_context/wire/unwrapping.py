"""Taking off the wrappings that relays put around a body: the bodies come out byte for byte, or not at all.

How it works: the text of a wrapping is not parsed, but cut at the commas of one level, so the content keeps its
spelling. Layers are taken off until the text is an object with members of a context: the body.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

import msgspec

from ..errors import DecodeError, Fault
from .body import Body, plain_body
from .dotnet_string import take_off
from .formats import WHITE, Format, format_of
from .wrappings import BINARY, DECODED_BINARY, is_context, is_wrapped, wrapping_of

_MOST = 8
"""The most layers around a body. Each layer costs a pass over the text, so the number must not grow with the text."""

_SIGN = re.compile(r'\\.|["\[\]{},]', re.DOTALL)
"""The characters that delimit values in JSON. A pattern for whole strings would need 60 bytes of memory an escape."""
_CLOSED_BY = {"[": "]", "{": "}"}
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_DECODER = json.JSONDecoder()
_CUT = msgspec.json.Decoder(list[msgspec.Raw]).decode
_MALFORMED = "malformed JSON"


def unwrap(value: Body | Mapping[str, Any] | list[Any]) -> list[bytes]:
    """The bodies inside the wrappings of relays, in order, byte for byte; a bare body is returned unchanged.

    Known wrappings, also around each other: the message of the Service Bus and Event Hubs connectors of Logic Apps and
    Power Automate (`ContentData`), CloudEvents (`data`, `data_base64`), Event Grid events, exported messages
    (`{"body": …}`), arrays of these, Base64, JSON in a JSON string, and the wrapper of .NET senders.

    `value` is the bytes or the text that arrived. A parsed object is taken only if the body in it is still text. A
    parsed body has lost the spelling of its numbers and its duplicate keys: ArgumentTypeError says so, and the remedy
    is to pass the text that was parsed.

    Raises DecodeError, with the path, for a value that holds no body, or not certainly one: nothing is skipped. The
    bodies themselves are not checked; `parse_context` does that.
    """
    try:
        return _in_parsed(value, _MOST)
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path) from None


def _at(step: str, take: Callable[[Any, int], list[bytes]], value: Any, layers: int) -> list[bytes]:
    if not layers:
        raise Fault(f"a body in more than {_MOST} layers")
    try:
        return take(value, layers - 1)
    except Fault as fault:
        raise fault.within(step)  # noqa: B904 - the same fault, a step further out


def _in_each(items: list[Any], take: Callable[[Any, int], list[bytes]], layers: int) -> list[bytes]:
    return [body for index, item in enumerate(items) for body in _at(f"[{index}]", take, item, layers)]


def _in_parsed(value: Any, layers: int) -> list[bytes]:
    if isinstance(value, list):
        return _in_each([*value], _in_parsed, layers)
    if not isinstance(value, Mapping):
        return _in_text(plain_body(value), layers)
    parsed = cast("Mapping[Any, Any]", value)  # type: ignore[redundant-cast] # pyright needs it
    members = {str(name): item for name, item in parsed.items()}
    if is_context(members):
        plain_body(members)  # type: ignore[arg-type] # refuses a dict, and says why
    name, held = _held(members, [(name, item) for name, item in members.items() if item is not None])
    return _at(f".{name}", lambda item, left: _in_text(plain_body(item), left), held, layers)


def _in_text(body: bytes | str, layers: int) -> list[bytes]:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    inner = _without_dotnet_string(raw)
    if inner is not raw:
        return _at("", _in_text, inner, layers)
    if format_of(body) is not Format.JSON:
        return [raw]
    text = (body if isinstance(body, str) else _decoded(body)).removeprefix("\ufeff").strip(WHITE)
    if text[:1] == "{":
        members = _members(text)
        if is_context(name for name, _ in members):
            # A str can hold half a surrogate pair, which UTF-8 cannot encode. JSON can escape it.
            return [body if isinstance(body, bytes) else body.encode("utf-8", "backslashreplace")]
        name, held = _held([name for name, _ in members], [(name, item) for name, item in members if item != "null"])
        return _at(f".{name}", _in_json, held, layers)
    if text[:1] == "[":
        return _in_array(text, layers)
    if text[:1] != '"':
        return _at("", _in_text, _from_base64(text), layers)
    content, rest = _string(text)
    if rest:
        raise Fault(_MALFORMED)
    return _at("", _in_text, content, layers)


def _in_array(text: str, layers: int) -> list[bytes]:
    bodies: list[bytes] = []
    for index, item in enumerate(_items(text)):
        if item != "[]" or not layers:  # an empty array holds no body: a hundred thousand of them are passed over
            bodies += _at(f"[{index}]", _in_json, item, layers)
    return bodies


def _in_json(text: str, layers: int) -> list[bytes]:
    if text[:1] == "[":
        return _in_array(text, layers)
    if text[:1] not in ("{", '"'):
        raise Fault("expected a body, found a number, a boolean or null")
    return _in_text(text, layers)


def _held(names: Iterable[str], members: list[tuple[str, Any]]) -> tuple[str, Any]:
    """The one member that holds the body, in an object with members of these names."""
    wrapping = wrapping_of(names)
    if wrapping is None:
        raise Fault("expected a body, or what a relay puts around one, found an object with other members")
    if not wrapping.holders:
        raise Fault(f"expected a body, found {wrapping.name}")
    held = [(name, item) for name, item in members if wrapping.holds_in(name)]
    if len(held) != 1:
        raise Fault(f"{wrapping.name} with {'more than one body' if held else 'no body'}")
    return held[0]


def _without_dotnet_string(raw: bytes) -> bytes:
    try:
        return take_off(raw)
    except DecodeError as error:
        raise Fault(error.reason) from None


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        start = error.start
    # Raised outside of the handler, because the UnicodeDecodeError as `__context__` would hold the body.
    raise Fault(f"not UTF-8, at byte {start}")


def _from_base64(text: str) -> bytes:
    packed = "".join(text.split())
    decoded = a2b_base64(packed) if len(packed) % 4 == 0 and _BASE64.fullmatch(packed) else b""
    if not is_wrapped(decoded):
        found = DECODED_BINARY if text.startswith(BINARY) else "no JSON, and no Base64 of it"
        raise Fault(f"expected a body, or what a relay puts around one, found {found}")
    return decoded


def _string(text: str) -> tuple[str, str]:
    """The JSON string at the start of a text, and the rest of the text."""
    with suppress(ValueError):
        content, end = _DECODER.raw_decode(text)
        return content, text[end:].lstrip(WHITE)
    raise Fault(_MALFORMED)  # outside of the handler, because the decoder's error as `__context__` would hold the text


def _members(text: str) -> list[tuple[str, str]]:
    """The members of an object, each value as it is spelled."""
    members: list[tuple[str, str]] = []
    for part in _parts(text):
        name, rest = _string(part) if part[0] == '"' else ("", "")
        value = rest[1:].lstrip(WHITE)
        if rest[:1] != ":" or not value:
            raise Fault(_MALFORMED)
        members.append((name, value))
    return members


def _items(text: str) -> Iterable[str]:
    """The items of an array, each as it is spelled."""
    with suppress(msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        # An array can hold a hundred thousand items, and msgspec cuts them in C; but not one with a bare `INF` in it.
        return [str(item, "utf-8") for item in _CUT(text)]
    return _parts(text)


def _parts(text: str) -> Iterator[str]:
    """The members or items of an object or an array, cut at its commas. The text must end where it ends."""
    closing: list[str] = []
    start = 1
    for match in _signs(text):
        sign = match[0]
        if sign in _CLOSED_BY:
            closing.append(_CLOSED_BY[sign])
        elif sign != "," and closing.pop() != sign:
            break
        if not closing or (sign == "," and len(closing) == 1):
            part = text[start : match.start()].strip(WHITE)
            if part:
                yield part
            elif closing or start > 1:
                break  # nothing between two commas, or after the last
            start = match.end()
        if not closing:
            break
    if closing or start != len(text):
        raise Fault(_MALFORMED)


def _signs(text: str) -> Iterator[re.Match[str]]:
    """The brackets and commas that stand outside of strings."""
    in_string = False
    for match in _SIGN.finditer(text):
        if match[0] == '"':
            in_string = not in_string
        elif not in_string and match[0][0] != "\\":
            yield match
