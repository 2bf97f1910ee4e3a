"""The fast pass over .NET Binary: the JSON of a document whose records are those that servers write, or None.

How it works: one loop over the texts. The records between two of them are looked up as one run (see `spellings`), by
the first bytes of the run, because where it ends is not known before.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import Fault
from ..wire.escapes import quote
from .binary_tokens import attributes_of, rest_of, value_of
from .scopes import OUTSIDE, ROOT_NAME, root_scope
from .spellings import (
    AS_IT_IS,
    CREATED_ON,
    END,
    FEW,
    UNTYPED_TEXT,
    Beginning,
    Leaf,
    Run,
    Spliced,
    UnusualError,
    Values,
    read_created_on,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_ROOT = b"@\x16" + ROOT_NAME.encode()
_MOST_ROOTS = 4
_roots: dict[bytes, tuple[bytes, Leaf]] = {}
"""All bytes of usual first elements and where they lead to, by the bytes that they begin with."""
_BEGIN = 100

_SIZES = {0x81: 1, 0x83: 1, 0x85: 1, 0x87: 1, 0x89: 2, 0x8B: 3, 0x8D: 5}
"""How long the records are of which a few have most values: booleans, and whole numbers of up to 32 bits."""

_ESCAPED = bytes([*range(32), *b'"\\'])


def splice(body: bytes) -> Spliced | None:
    """The JSON of a document, or None for one that another reader has to read."""
    try:
        return _splice(body)
    except (Fault, UnusualError, IndexError, UnicodeDecodeError):
        return None


def _splice(body: bytes) -> Spliced | None:  # noqa: C901, PLR0912, PLR0915 - one loop, as calls would cost more
    at, leaf = _beginning(body)
    out: list[bytes] = []
    append = out.append
    created_on = None
    content: Any
    while True:
        window = leaf.window
        step = leaf.runs.get(body[at : at + window])
        if step is None or (step[1] > window and body[at : at + step[1]] != step[0]):
            step = _step(leaf, body, at)
        _, length, json, code, read, following = step
        record = body[at + length]
        if record < 0x80:  # no text, so this is the end or a longer run
            if code != END or body[at + length :] != _END:
                _, length, json, code, read, following = _step(leaf, body, at)
                record = body[at + length]
            if code == END:
                break
        at += length
        leaf = following
        append(json)
        if record == 0x99 or record == 0x98:  # noqa: PLR1714 - two comparisons are faster
            start = at + 2
            at = start + body[at + 1]
            content = body[start:at]
            if record == 0x98:
                if body[at] != 0x01:
                    return None
                at += 1
            if code == AS_IT_IS or (code == UNTYPED_TEXT and content[:1] != b"/"):
                append(content)
                continue
            content = content.decode()
        elif code == FEW and record in _SIZES:
            start = at
            at += _SIZES[record]
            append(read.get(body[start:at]) or _value(read, body[start:at]))
            continue
        elif record & 1:
            content, at = value_of(body, at)
        else:
            content, at, is_closed = rest_of(body, at, None)
            if not is_closed:
                return None
        if code == CREATED_ON:
            content, created_on = read_created_on(content)
        elif code == FEW:
            content = read.json(content)
        else:
            content = read(content)
        append(content.encode())
    texts = b"".join(out[1::2])
    if len(texts.translate(None, _ESCAPED)) != len(texts):
        out[1::2] = [quote(text.decode())[1:-1].encode() for text in out[1::2]]
    out.append(json)
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


def _value(values: Values, record: bytes) -> bytes:
    """The JSON of a record that is not kept yet."""
    content, _ = value_of(record, 0)
    json = values.json(content).encode()
    values.keep(record, json)
    return json


_Spelled: TypeAlias = tuple[bytes, int, bytes, int, Any, Any]
"""A run and its length, and what it means, as in a `Step`."""


def _step(leaf: Leaf, body: bytes, at: int) -> _Spelled:
    """The run that stands at a place of the document. That of the document's end is without its last byte."""
    for known in leaf.known:
        end = at + known[1]
        if body.startswith(known[0], at) and (body[end:] == _END if known[3] == END else body[end] >= 0x80):
            found: _Spelled = known
            break
    else:
        found = _taken_apart(leaf, body, at)
        if len(leaf.known) == _MOST_RUNS or not leaf.branch.scope.may_remember(found[0]):
            return found
        leaf.known.append(found)
        if len(leaf.known) == 1 or found[1] < leaf.window:
            leaf.window = found[1]
            leaf.runs = {known[0][: leaf.window]: known for known in leaf.known}
    leaf.runs[found[0][: leaf.window]] = found
    return found


def _taken_apart(leaf: Leaf, body: bytes, at: int) -> _Spelled:
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
    if code == END:
        at -= 1  # so that one more record is behind every run
        if at + 1 < len(body):
            raise UnusualError
    return body[start:at], at - start, json.encode(), code, read, following


_MOST_RUNS = 32
"""How many runs are looked through at a leaf."""
_END = b"\x01"


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
