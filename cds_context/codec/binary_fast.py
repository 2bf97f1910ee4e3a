"""The fast pass over .NET Binary: the JSON of a document whose records are those that servers write, or None.

How it works: the body is cut in C at the byte of the record that most texts are. So each piece is a text, by its
length, and a run of records behind it, which one loop looks up whole (see `spellings`). The byte may also stand in a
text or a number: then the run is not known, and the pieces are put together again. Numbers stand in runs; a run with
small ones is kept like others, and any other run is looked up between its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Fault
from ..wire.dates import Ready
from ..wire.escapes import quote
from .binary_records import SIZES, decimal_text, size_of, value_of
from .binary_tokens import attributes_of, rest_of
from .scopes import OUTSIDE, ROOT_NAME, root_scope
from .spellings import (
    CREATED_ON,
    END,
    FEW,
    OTHER,
    UNTYPED_TEXT,
    Beginning,
    Leaf,
    Run,
    Spliced,
    UnusualError,
    read_created_on,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_ROOT = b"@\x16" + ROOT_NAME.encode()
_MOST_ROOTS = 4
_roots: dict[bytes, tuple[bytes, Leaf]] = {}
"""All bytes of usual first elements and where they lead to, by the bytes that they begin with."""
_BEGIN = 100

_TEXT = b"\x99"
_END = b"\x01"

_INTEGERS = (0x89, 0x8B, 0x8D, 0x8F)
_DECIMAL = 0x95
_LONG = 1 << 60
"""More bytes than are left."""

_OCTETS = (0x9E, 0xA0, 0xA2)
_MOST_RECORDS = 3
"""The records of bytes, which servers write in more than one, and how many."""

_MOST_RUNS = 100
_MOST_WITH_NUMBERS = 60
"""How many runs are kept at a leaf, and how many there may be to keep one with numbers in it."""
_LONGEST_RUN = 500
"""How long the rest of a run may be to be looked up whole behind each of its numbers."""

_APART = b"\xff"
"""Stands between texts while they are quoted: no UTF-8 holds it."""
_ESCAPED = bytes([*range(32), *b'"\\'])


def splice(body: bytes) -> Spliced | None:
    """The JSON of a document, or None for one that another reader has to read."""
    try:
        return _splice(body)
    except (Fault, UnusualError, IndexError, ValueError):
        return None


def _splice(body: bytes) -> Spliced | None:
    at, leaf = _beginning(body)
    out: list[bytes] = []
    append = out.append
    code = 0
    read: Any = None
    created_on = None
    pieces = (b"\0" + body[at:]).split(_TEXT)
    if b"" in pieces:
        pieces = _without_empty(pieces)
    left = iter(pieces)
    for piece in left:
        end = piece[0] + 1
        step = leaf.runs.get(piece[end:])
        if step is None:
            text, step, date = _step(leaf, piece, left)
            created_on = date or created_on
        else:
            text = piece[1:end]
        if code and (code != UNTYPED_TEXT or text[:1] == b"/"):
            content = text.decode()
            if code == CREATED_ON:
                content, created_on = read_created_on(content)
            else:
                content = read.json(content) if code == FEW else read(content)
            text = content.encode()
        append(text)
        json, code, read, leaf = step
        append(json)
    if code != END:
        return None
    texts = _APART.join(out[::2])
    if len(texts.translate(None, _ESCAPED)) != len(texts):
        # What is escaped is ASCII, so UTF-8 need not be decoded. Where it is none, there may be a ValueError.
        out[::2] = quote(texts.decode("latin-1"))[1:-1].encode("latin-1").split(_APART)
    whole = b"".join(out)
    if not whole.isascii():
        whole.decode()  # which raises an error for what is no UTF-8
    return whole, created_on


def _beginning(body: bytes) -> tuple[int, Leaf]:
    """Where the first element begins inside, and the beginning there."""
    known = _roots.get(body[:_BEGIN])
    if known is not None and body.startswith(known[0]):
        at = len(known[0])
        if not (0x04 <= body[at] < 0x40 or known[1].branch.scope.is_full):
            return at, known[1]
    if not body.startswith(_ROOT):
        raise UnusualError
    given, at = attributes_of(body, len(_ROOT), OUTSIDE)
    leaf = Beginning(root_scope("", ROOT_NAME, given), _END)
    if at > _BEGIN:
        if len(_roots) >= _MOST_ROOTS:
            _roots.clear()
        _roots[body[:_BEGIN]] = body[:at], leaf
    return at, leaf


def _without_empty(pieces: list[bytes]) -> list[bytes]:
    """The pieces where two cuts in a row are none: a text may be as long as the byte says, or hold it twice."""
    made: list[bytes] = []
    cuts = 0
    for piece in pieces:
        if piece:
            made.append(_TEXT * cuts + piece)
            cuts = 0
        else:
            cuts += 1
    if cuts:  # no document ends in the record of a text
        raise UnusualError
    return made


def _longer(piece: bytes, size: int, left: Iterator[bytes]) -> bytes:
    """The piece, with as many of those behind it as make it so long."""
    parts = [piece]
    length = len(piece)
    while length < size:
        part = next(left, None)
        if part is None:
            raise UnusualError
        parts.append(part)
        length += 1 + len(part)
    return _TEXT.join(parts)


def _step(leaf: Leaf, piece: bytes, left: Iterator[bytes]) -> tuple[bytes, Any, Ready | None]:  # noqa: C901, PLR0912, PLR0915 - one loop, as calls would cost more
    """The text of a piece, and what the run behind it means, where that is not known; a date as in `Spliced`."""
    start = at = piece[0] + 1
    if len(piece) <= start:
        piece = _longer(piece, start + 1, left)
    body = piece + _TEXT  # so that one more record is behind the run
    last = len(piece)
    first: Leaf | None = leaf
    created_on = None
    out: list[bytes] = []
    step: tuple[Any, int, Any, Leaf] | None
    known: Any
    content: Any
    while True:
        step = leaf.runs.get(body[at:last]) if last - at < _LONGEST_RUN else None
        end = last
        if step is None:
            known = leaf.numbers.get(body[at : at + leaf.window])
            if known is not None and body.startswith(known[0], at):
                step = known[1]
                end = at + len(known[0])
            if step is None or end >= last or body[end] < 0x80:
                step, end = _taken_apart(leaf, body, at)
        json, code, read, leaf = step
        out.append(json)
        if end == last:
            break
        record = body[end]
        at = end + SIZES.get(record, _LONG)
        if at > last:
            body, end, at = _whole(body, end, left)
            last = len(body) - 1
            record = 0
            first = None
        octets = body[end:at]
        if code == FEW:
            json = read.get(octets)
            if json is None:
                if record in _INTEGERS:
                    content = int.from_bytes(octets[1:], "little", signed=True)
                else:
                    content = rest_of(octets, 0, None)[0]
                json = read.json(content).encode()
                read.keep(octets, json)
                first = None
            out.append(json)
            continue
        first = None
        if record == _DECIMAL:
            content = decimal_text(octets[1:])  # what reads scalars takes the text for the number
        else:
            content = value_of(octets, 0)[0] if record else rest_of(octets, 0, None)[0]
        if code == CREATED_ON:
            content, created_on = read_created_on(content)
        else:
            content = read(content)
        out.append((content if code == OTHER else quote(content)[1:-1]).encode())
    if len(out) > 1:
        step = b"".join(out), code, read, leaf
        if first is not None and len(first.runs) < _MOST_WITH_NUMBERS and first.branch.scope.may_remember(piece):
            first.runs[piece[start:]] = step
    return piece[1:start], step, created_on


def _whole(body: bytes, at: int, left: Iterator[bytes]) -> tuple[bytes, int, int]:
    """The body with all of the value that begins there; where that begins now, and where its element ends."""
    end = at
    for _ in range(_MOST_RECORDS):
        is_closed = body[end] & 1
        record_end = end + size_of(body, end)
        while record_end >= len(body):  # the record holds the byte at which the pieces were cut
            body = _longer(body[at:-1], record_end - at, left) + _TEXT
            end -= at
            at = 0
            record_end = end + size_of(body, end)
        if is_closed:
            return body, at, record_end
        if body[record_end] == 0x01:
            return body, at, record_end + 1
        if body[end] not in _OCTETS:
            break
        end = record_end
    raise UnusualError


def _taken_apart(leaf: Leaf, body: bytes, at: int) -> tuple[tuple[Any, int, Any, Leaf], int]:
    """What the records up to the next value mean, and where they end."""
    for spelling, step in leaf.known:
        end = at + len(spelling)
        if body.startswith(spelling, at) and end < len(body) - 1 and body[end] >= 0x80:
            leaf.numbers[spelling[: leaf.window]] = spelling, step
            return step, end
    run = Run(leaf)
    start = at
    while run.branch is not None and body[at] < 0x80:
        record = body[at]
        if record == 0x01:
            at += 1
            run.end(_END)
        elif record == 0x40 or 0x5E <= record <= 0x77:
            at = _start(run, body, at)
        else:
            raise UnusualError
    json, code, read, following = run.step()
    is_last = at == len(body) - 1
    if code == END and not is_last:
        raise UnusualError
    step = json.encode(), code, read, following
    spelling = body[start:at]
    if len(leaf.runs if is_last else leaf.known) < _MOST_RUNS and leaf.branch.scope.may_remember(spelling):
        if is_last:
            leaf.runs[spelling] = step
        else:
            leaf.known.append((spelling, step))
            leaf.window = min(len(known) for known, _ in leaf.known)
            leaf.numbers = {known[0][: leaf.window]: known for known in leaf.known}
    return step, at


def _start(run: Run, body: bytes, at: int) -> int:
    """Take the beginning of an element, with its end if it has no content; where that ends."""
    length = body[at + 1]
    if length >= 0x80:
        raise UnusualError
    end = at + 2 + length
    branch = run.inside
    scope = branch.scope
    given, after = attributes_of(body, end, scope) if 0x04 <= body[end] < 0x40 else (None, end)
    if body[at] != 0x40 and (scope if given is None else given.inner).get(_LETTERS[body[at] - 0x5E]) is None:
        raise UnusualError
    name = body[at + 2 : end].decode()
    is_empty = body[after] == 0x01
    spelling = body[at : after + is_empty]
    member = branch.kept.get(spelling) or branch.member(spelling, name, given, is_empty=is_empty, end=_END)
    run.start(name, member)
    return after + is_empty
