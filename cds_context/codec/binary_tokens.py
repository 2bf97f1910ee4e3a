"""The tokens of a context in .NET Binary.

How it works: one loop over the records of the document, each a byte and its data. Source: [MC-NBFX], ".NET Binary
Format: XML Data Structure"; what servers write of it, and what the platform's readers take, is in the wire format page,
"XML and .NET Binary". There is no dictionary: records that refer to one are refused.

Every length is compared with what is left before anything is taken. A byte behind the end raises IndexError, which is
translated in one place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Generator, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..errors import Fault
from ..model.kinds import MEMBERS
from ..wire.formats import WHITE
from ..wire.spelled import Ticks, text_of
from .building import END, Token
from .scopes import OUTSIDE, Given, Scope, root_scope

_KNOWN = {
    name.encode(): name
    for name in [member.wire for members in MEMBERS.values() for member in members]
    + ["key", "value", "Key", "Value", "KeyValuePairOfstringanyType", "KeyValuePairOfstringstring"]
}
"""The usual names, so that they need not be decoded."""

_NIL = b".\x03nil\x86"
_IS_NULL = Given(None, is_nil=True, inner=OUTSIDE, raw=_NIL)
_WINDOW = 16
"""By how many bytes attributes are looked up; nearly always, so many tell them apart."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_CONSTANTS: dict[int, Any] = {0x80: 0, 0x82: 1, 0x84: False, 0x86: True, 0xA4: "", 0xA6: "", 0xA8: ""}
"""Text records without data. A list of texts is the same as the texts in it, one after the other."""


def _boolean(value: int) -> bool:
    if value > 1:
        raise Fault("malformed .NET Binary: a boolean that is neither true nor false")
    return value == 1


def _id(octets: bytes) -> str:
    return str(UUID(bytes_le=octets))


def _unique_id(octets: bytes) -> str:
    return f"urn:uuid:{_id(octets)}"


def _decimal(octets: bytes) -> Decimal:
    return Decimal(decimal_text(octets))


def decimal_text(octets: bytes) -> str:
    """The digits of a decimal, with its scale."""
    reserved, scale, sign, high, low = struct.unpack("<HBBIQ", octets)
    if reserved or scale > 28 or sign not in {0, 0x80}:
        raise Fault("malformed .NET Binary: a decimal with a scale, a sign or a reserved byte that no decimal has")
    digits = str((high << 64) + low)
    if scale:
        digits = digits.rjust(scale + 1, "0")
        digits = f"{digits[:-scale]}.{digits[-scale:]}"
    return f"-{digits}" if sign else digits


def _duration(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), 10_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = f"{days}D" if days else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not (date or time):
        time += f"{seconds}{f'.{fraction:07}'.rstrip('0') if fraction else ''}S"
    return f"{'-' if ticks < 0 else ''}P{date}{time and f'T{time}'}"


_FIXED: dict[int, tuple[struct.Struct, Callable[[Any], Any]]] = {
    0x88: (struct.Struct("<b"), int),
    0x8A: (struct.Struct("<h"), int),
    0x8C: (struct.Struct("<i"), int),
    0x8E: (struct.Struct("<q"), int),
    0x90: (struct.Struct("<f"), float),
    0x92: (struct.Struct("<d"), float),
    0x94: (struct.Struct("16s"), _decimal),
    0x96: (struct.Struct("<Q"), Ticks),
    0xAC: (struct.Struct("16s"), _unique_id),
    0xAE: (struct.Struct("<q"), _duration),
    0xB0: (struct.Struct("16s"), _id),
    0xB2: (struct.Struct("<Q"), int),
    0xB4: (struct.Struct("<B"), _boolean),
}
"""Text records of a fixed size, each with what makes its value."""


def _plain(octets: bytes) -> bytes:
    return octets


def _utf_8(octets: bytes) -> str:
    return octets.decode()


def _utf_16(octets: bytes) -> str:
    return octets.decode("utf-16-le")


SIZES = {record | 1: 1 + form.size for record, (form, _) in _FIXED.items()} | {record | 1: 1 for record in _CONSTANTS}
"""How long the records of a fixed size are that close their element."""


_SIZED: dict[int, tuple[struct.Struct, Callable[[bytes], Any]]] = {
    first + 2 * width: (struct.Struct(size), make)
    for first, make in ((0x98, _utf_8), (0x9E, _plain), (0xB6, _utf_16))
    for width, size in enumerate(("<B", "<H", "<i"))
}
"""Text records with a length before their data, each with what makes its value."""

_IN_ARRAYS = frozenset({0x8A, 0x8C, 0x8E, 0x90, 0x92, 0x94, 0x96, 0xAE, 0xB0, 0xB4})


def read_tokens(body: bytes, *, with_namespaces: bool = False) -> Iterator[Token]:
    """The tokens inside of the document's element. Raises Fault on the way.

    `with_namespaces` makes the names pairs of namespace and name.
    """
    try:
        yield from _tokens(body, with_namespaces=with_namespaces)
    except IndexError:
        reason = "malformed .NET Binary: cut off"
    except UnicodeDecodeError:
        reason = "malformed .NET Binary: a text that is neither UTF-8 nor UTF-16"
    else:
        return
    raise Fault(reason)  # outside of the handlers, because an error as `__context__` would hold the body


def _malformed(what: str, at: int) -> Fault:
    return Fault(f"malformed .NET Binary: {what}, at byte {at}")


def _tokens(body: bytes, *, with_namespaces: bool) -> Iterator[Token]:  # noqa: C901, PLR0912, PLR0915 - one loop, as each call would cost more
    name: Any
    size = len(body)
    at, scope = _root(body)
    scopes: list[Scope] = []
    while True:
        record = body[at]
        if record == 0x40 or 0x5E <= record <= 0x77:
            length = body[at + 1]
            if length < 0x80:
                at += 2
                raw = body[at : at + length]
                at += length
            else:
                raw, at = _octets(body, at + 1)
            name = _KNOWN.get(raw) or raw.decode()
            prefix = "" if record == 0x40 else _LETTERS[record - 0x5E]
        elif record == 0x41:
            prefix, name, at = _tag(body, at)
        elif record == 0x03:
            at = yield from _array(body, at + 1, scope, with_namespaces=with_namespaces)
            continue
        else:
            at, is_closed = (at + 1, True) if record == 0x01 else _between(body, at)
            if is_closed:
                yield END
                if not scopes:
                    break
                scope = scopes.pop()
            continue
        given = None
        inner = scope
        record = body[at]
        if 0x04 <= record < 0x40:
            if body.startswith(_NIL, at) and scope.has_usual_nil and not 0x04 <= body[at + 6] < 0x40:
                given = _IS_NULL
                at += 6
            else:
                given, at = attributes_of(body, at, scope)
                inner = given.inner
            record = body[at]
        if prefix and inner.get(prefix) is None:
            raise _malformed("a prefix without a namespace", at)
        if with_namespaces:
            name = inner.namespace_of(prefix), name
        if record & 0xFE == 0x98:  # text of up to 255 bytes, written out because most content is
            at += 2
            end = at + body[at - 1]
            if end > size:
                raise IndexError
            content: Any = body[at:end].decode()
            at = end
            is_closed = bool(record & 1)
        elif record == 0x01:
            content, is_closed = "", True
            at += 1
        elif record >= 0x80 or record == 0x02:
            content, at, is_closed = rest_of(body, at, None)
        else:
            content, is_closed = "", False
        if not is_closed:
            content, at, is_closed = rest_of(body, at, content)
        if is_closed:
            yield name, given, content, True
        else:
            if content.__class__ is not str or content.strip(WHITE):
                raise Fault("expected elements, found text")
            yield name, given, None, False
            scopes.append(scope)
            scope = inner
    if at != size:
        raise _malformed("bytes behind the end", at)


def _root(body: bytes) -> tuple[int, Scope]:
    """Where the content of the first element begins, and the scope inside of it."""
    prefix, name, at = _tag(body, 0)
    given, at = attributes_of(body, at, OUTSIDE)
    return at, root_scope(prefix, name, given)


def _tag(body: bytes, at: int) -> tuple[str, str, int]:
    """The prefix and the name that an element's record begins with, and where they end."""
    record = body[at]
    prefix = b""
    if record == 0x41:
        prefix, at = _octets(body, at + 1)
        at -= 1
    elif 0x5E <= record <= 0x77:
        prefix = _LETTERS[record - 0x5E].encode()
    elif record != 0x40:
        raise _malformed("no element", at)
    name, at = _octets(body, at + 1)
    return prefix.decode(), name.decode(), at


def _octets(body: bytes, at: int) -> tuple[bytes, int]:
    """The bytes behind a length, and where they end."""
    length, at = _length(body, at)
    end = at + length
    if end > len(body):
        raise IndexError
    return body[at:end], end


def _length(body: bytes, at: int) -> tuple[int, int]:
    """A number of 31 bits in up to five bytes, seven bits each, and where it ends."""
    number = 0
    for shift in range(0, 35, 7):
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >= 1 << 31:
                break
            return number, at
    raise _malformed("a length of more than 31 bits", at)


def size_of(body: bytes, at: int) -> int:
    """How many bytes a text record takes; of one whose length is cut off, how many come before its data."""
    record = body[at] & 0xFE
    if record in _CONSTANTS:
        return 1
    form, _ = _FIXED.get(record) or _SIZED.get(record) or (None, None)
    if form is None:
        raise _malformed("a record that servers do not write", at)
    size = 1 + form.size
    if record in _SIZED and at + size <= len(body):
        size += max(0, form.unpack_from(body, at + 1)[0])
    return size


def value_of(body: bytes, at: int) -> tuple[Any, int]:
    """The value of a text record, and where the record ends."""
    record = body[at] & 0xFE
    at += 1
    if record in _CONSTANTS:
        return _CONSTANTS[record], at
    form, make = _FIXED.get(record) or _SIZED.get(record) or (None, None)
    if form is None or make is None:
        raise _malformed("a record that servers do not write", at - 1)
    end = at + form.size
    if end > len(body):
        raise IndexError
    (value,) = form.unpack_from(body, at)
    if record in _FIXED:
        return make(value), end
    if value < 0:
        raise _malformed("a negative length", at)
    at, end = end, end + value
    if end > len(body):
        raise IndexError
    return make(body[at:end]), end


def rest_of(body: bytes, at: int, content: Any) -> tuple[Any, int, bool]:
    """The content of an element up to its end or to an element in it: pieces are joined, comments passed over."""
    pieces = [] if content is None else [content]
    is_closed = False
    while not is_closed:
        record = body[at]
        if record == 0x01:
            at += 1
            is_closed = True
        elif record == 0x02:
            _, at = _octets(body, at + 1)
        elif record >= 0x80:
            piece, at = value_of(body, at)
            pieces.append(piece)
            is_closed = bool(record & 1)
        else:
            break
    return _joined([piece for piece in pieces if piece != ""]), at, is_closed


def _joined(pieces: list[Any]) -> Any:
    if len(pieces) < 2:
        return pieces[0] if pieces else ""
    if all(piece.__class__ is bytes for piece in pieces):
        return b"".join(pieces)
    return "".join(map(text_of, pieces))


def _between(body: bytes, at: int) -> tuple[int, bool]:
    """The end of what stands between elements, which may only be comments and white space."""
    content, end, is_closed = rest_of(body, at, None)
    if end == at:
        raise _malformed("a record that servers do not write", at)
    if content.__class__ is not str or content.strip(WHITE):
        raise Fault("expected elements, found text")
    return end, is_closed


def attributes_of(body: bytes, at: int, scope: Scope) -> tuple[Given, int]:
    """What the attributes say that stand here, and where they end."""
    window = body[at : at + _WINDOW]
    given = scope.given.get(window)
    if given is not None and body.startswith(given.raw, at):
        end = at + len(given.raw)
        if not 0x04 <= body[end] < 0x40:
            return given, end
    start = at
    declared: dict[str, str] = {}
    attributes: list[tuple[str, str, Any]] = []
    while 0x04 <= body[at] < 0x40:
        at = _attribute(body, at, declared, attributes)
    given = scope.read(declared, attributes, body[start:at])
    scope.remember(window, given)
    return given, at


def _attribute(body: bytes, at: int, declared: dict[str, str], attributes: list[tuple[str, str, Any]]) -> int:
    record = body[at]
    prefix = b""
    if record in {0x05, 0x09}:
        prefix, at = _octets(body, at + 1)
        at -= 1
    elif record >= 0x26:
        prefix = _LETTERS[record - 0x26].encode()
    elif record not in {0x04, 0x08}:
        raise _malformed("a record that servers do not write", at)
    if record in {0x08, 0x09}:
        namespace, at = _octets(body, at + 1)
        if prefix.decode() in declared:
            raise _malformed("an attribute that stands twice", at)
        declared[prefix.decode()] = namespace.decode()
        return at
    name, at = _octets(body, at + 1)
    if body[at] < 0x80 or body[at] & 1:
        raise _malformed("an attribute without its text", at)
    value, at = value_of(body, at)
    attributes.append((prefix.decode(), name.decode(), value))
    return at


def _array(body: bytes, at: int, scope: Scope, *, with_namespaces: bool) -> Generator[Token, None, int]:
    """Elements of one name that hold one scalar each, of which only the values stand in a row."""
    prefix, local_name, at = _tag(body, at)
    given, at = attributes_of(body, at, scope)
    name: Any = (given.inner.namespace_of(prefix), local_name) if with_namespaces else local_name
    if prefix and given.inner.get(prefix) is None:
        raise _malformed("a prefix without a namespace", at)
    record = body[at + 1]
    if body[at] != 0x01 or not record & 1 or record & 0xFE not in _IN_ARRAYS:
        raise _malformed("an array of no type that arrays have", at)
    form, make = _FIXED[record & 0xFE]
    count, at = _length(body, at + 2)
    end = at + count * form.size
    if not count or end > len(body):
        raise _malformed("an array of more items than there are, or of none", at)
    for (value,) in form.iter_unpack(memoryview(body)[at:end]):
        yield name, given, make(value), True
    return end
