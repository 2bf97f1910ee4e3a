"""The fast pass over .NET Binary: the tree of a document whose records are those that servers write, or None.

How it works: one loop over the elements. The record of an element with its name, and the first bytes of its attributes,
are one key to look up (see `spellings`); so most elements cost a slice, a look-up, and their content.
"""

from __future__ import annotations

from typing import Any

from ..errors import Fault
from ..wire.numbers import Fraction
from ..wire.spelled import text_of
from .binary_tokens import attributes_of, rest_of
from .building import Tree, finished
from .scopes import OUTSIDE, ROOT_NAME, root_scope
from .spellings import DEEPEST, FEW, FRACTION, ID, NULL, PAIR, TEXT_LEAF, Entry, SpelledSlot, settled, spelled_slot
from .typed import CONTEXT

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WINDOW = 16
"""By how many bytes attributes are looked up; nearly always, so many tell them apart."""

_ROOT = b"@\x16" + ROOT_NAME.encode()
_MOST_ROOTS = 4
_roots: dict[bytes, tuple[bytes, SpelledSlot]] = {}
"""All bytes of usual first elements and the slots inside of them, by the bytes that they begin with."""
_BEGIN = 100


def read_tree(body: bytes, *, keep_fractions: bool) -> Tree | None:
    """The tree of a document, or None for one that another reader has to read."""
    try:
        return _read(body, keep_fractions=keep_fractions)
    except (Fault, IndexError, UnicodeDecodeError):
        return None


def _read(body: bytes, *, keep_fractions: bool) -> Tree | None:  # noqa: C901, PLR0912, PLR0915 - one loop, as calls would cost more
    root = _roots.get(body[:_BEGIN])
    if root is None or root[1].scope.is_full or not body.startswith(root[0]):
        root = _root(body)
    start, here = root
    at = len(start)
    if not body.startswith(_ROOT) or 0x04 <= body[at] < 0x40:
        return None
    looked = here
    target: Any = {}
    add: Any = None
    stack: list[tuple[SpelledSlot, Any, Any, str]] = []
    has_fractions = False
    pair: str | None = None
    made: Any
    while True:
        record = body[at]
        if record == 0x40 or 0x5E <= record <= 0x77:
            end = at + 2 + body[at + 1]
            record = body[end]
            if 0x04 <= record < 0x40:
                entry = looked.entries.get(body[at : end + _WINDOW])
                if entry is None or not body.startswith(entry[3], at):
                    entry = _entry(looked, body, at, end)
                    if entry is None:
                        return None
                at += len(entry[3])
                record = body[at]
                if 0x04 <= record < 0x40:
                    return None
            else:
                entry = looked.entries.get(body[at:end])
                if entry is None:
                    entry = _entry(looked, body, at, end)
                    if entry is None:
                        return None
                at = end
            code, name, read, _, inner, type_name = entry
            if code <= FRACTION:
                content: Any
                if record & 0xFE == 0x98:
                    end = at + 2 + body[at + 1]
                    content = body[at + 2 : end].decode()
                    if record == 0x98:
                        if body[end] != 0x01:
                            return None
                        end += 1
                    at = end
                elif record == 0x89:
                    content = body[at + 1]
                    if content > 127:
                        content -= 256
                    at += 2
                elif record == 0x83:
                    content = 1
                    at += 1
                elif record == 0x85:
                    content = False
                    at += 1
                elif record == 0x87:
                    content = True
                    at += 1
                elif record == 0x01:
                    content = ""
                    at += 1
                elif record >= 0x80:
                    content, at, is_closed = rest_of(body, at, None)
                    if not is_closed:
                        return None
                else:
                    return None
                if content.__class__ is not str:
                    made = text_of(content) if code == TEXT_LEAF else (read.read if code == FEW else read)(content)
                elif code == FEW:
                    made = read[content]
                elif code < FEW and (code == TEXT_LEAF or (len(content) == 36 if code == ID else content[:1] != "/")):
                    made = content
                else:
                    made = read(content)
                if code == FRACTION and made.__class__ is Fraction:
                    if keep_fractions:
                        has_fractions = True
                    else:
                        made = settled(made)
            elif record == 0x01:
                at += 1
                if code == NULL:
                    made = None
                elif inner.is_object:
                    return None
                else:
                    made = []
            elif code == PAIR and pair is None:
                # A plain pair is no object of its own here, because most of a long body is pairs.
                end = at + 2 + body[at + 1]
                entry = inner.entries.get(body[at:end]) or _entry(inner, body, at, end)
                if entry is None or entry[0] != TEXT_LEAF or entry[1] != "key" or body[end] != 0x99:
                    return None
                at = end + 2 + body[end + 1]
                pair = body[end + 2 : at].decode()
                looked = inner
                continue
            elif code < PAIR or len(stack) > DEEPEST:
                return None
            else:
                if pair is not None:
                    stack.append((here, target, add, ""))
                    here, target, add, pair = looked, {"key": pair}, None, None
                stack.append((here, target, add, name))
                here = looked = inner
                if here.is_object:
                    target, add = ({} if type_name is None else {"__type": type_name}), None
                else:
                    target = []
                    add = target.append
                continue
            if pair is not None:
                if name != "value" or body[at] != 0x01:
                    return None
                at += 1
                made = {"key": pair, "value": made}
                pair = None
                looked = here
        elif record == 0x01 and pair is None:
            at += 1
            made = finished(here.shape, target) if here.shape.is_pair else target
            if not stack:
                return Tree(made, has_fractions=has_fractions) if at == len(body) else None
            here, target, add, name = stack.pop()
            looked = here
        else:
            return None
        if add is not None:
            add(made)
        elif name in target:
            return None
        else:
            target[name] = made


def _root(body: bytes) -> tuple[bytes, SpelledSlot]:
    given, at = attributes_of(body, len(_ROOT), OUTSIDE)
    root = body[:at], spelled_slot(root_scope("", ROOT_NAME, given), CONTEXT)
    if len(root[0]) > _BEGIN:
        if len(_roots) >= _MOST_ROOTS:
            _roots.clear()
        _roots[body[:_BEGIN]] = root
    return root


def _entry(here: SpelledSlot, body: bytes, at: int, end: int) -> Entry | None:
    length = body[at + 1]
    if length >= 0x80:
        return None
    scope = here.scope
    given, after = attributes_of(body, end, scope) if 0x04 <= body[end] < 0x40 else (None, end)
    if body[at] != 0x40 and (scope if given is None else given.inner).get(_LETTERS[body[at] - 0x5E]) is None:
        return None
    spelling = body[at:after]
    name = body[at + 2 : end].decode()
    entry = here.entry(name, given, is_empty=given is not None and given.is_nil, end=spelling)
    if entry is not None:
        here.remember(spelling if given is None else body[at : end + _WINDOW], entry)
    return entry
