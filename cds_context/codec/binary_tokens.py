"""The tokens of a context in .NET Binary.

How it works: one loop over the records of the document, each a byte and its data. Source: [MC-NBFX], ".NET Binary
Format: XML Data Structure"; what servers write of it, and what the platform's readers take, is in the wire format page,
"XML and .NET Binary". There is no dictionary: records that refer to one are refused.

Every length is compared with what is left before anything is taken. A byte behind the end raises IndexError, which is
translated in one place.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from ..errors import Fault
from ..model.kinds import MEMBERS
from ..wire.formats import WHITE
from ..wire.spelled import text_of
from .binary_records import FIXED, malformed, value_of
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
            raise malformed("a prefix without a namespace", at)
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
        raise malformed("bytes behind the end", at)


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
        raise malformed("no element", at)
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
    raise malformed("a length of more than 31 bits", at)


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
        raise malformed("a record that servers do not write", at)
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
        raise malformed("a record that servers do not write", at)
    if record in {0x08, 0x09}:
        namespace, at = _octets(body, at + 1)
        if prefix.decode() in declared:
            raise malformed("an attribute that stands twice", at)
        declared[prefix.decode()] = namespace.decode()
        return at
    name, at = _octets(body, at + 1)
    if body[at] < 0x80 or body[at] & 1:
        raise malformed("an attribute without its text", at)
    value, at = value_of(body, at)
    attributes.append((prefix.decode(), name.decode(), value))
    return at


def _array(body: bytes, at: int, scope: Scope, *, with_namespaces: bool) -> Generator[Token, None, int]:
    """Elements of one name that hold one scalar each, of which only the values stand in a row."""
    prefix, local_name, at = _tag(body, at)
    given, at = attributes_of(body, at, scope)
    name: Any = (given.inner.namespace_of(prefix), local_name) if with_namespaces else local_name
    if prefix and given.inner.get(prefix) is None:
        raise malformed("a prefix without a namespace", at)
    record = body[at + 1]
    if body[at] != 0x01 or not record & 1 or record & 0xFE not in _IN_ARRAYS:
        raise malformed("an array of no type that arrays have", at)
    form, make = FIXED[record & 0xFE]
    count, at = _length(body, at + 2)
    end = at + count * form.size
    if not count or end > len(body):
        raise malformed("an array of more items than there are, or of none", at)
    for (value,) in form.iter_unpack(memoryview(body)[at:end]):
        yield name, given, make(value), True
    return end
