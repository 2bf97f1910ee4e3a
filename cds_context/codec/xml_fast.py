"""The fast pass over XML: the tree of a document that is spelled as servers spell it, or None.

How it works: the text is cut at every angle bracket, in C, into the inside of each tag and the text behind it. One loop
looks up each tag as it is spelled (see `spellings`). expat is not asked: what is no XML has a tag that is not known, or
an end where no end is expected, or a character that is looked for before.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import Fault
from ..wire.numbers import Fraction
from .building import Tree, finished
from .scopes import OUTSIDE, root_scope
from .spellings import (
    DEEPEST,
    EMPTY,
    FEW,
    FRACTION,
    ID,
    NULL,
    PAIR,
    TEXT_LEAF,
    Entry,
    SpelledSlot,
    settled,
    spelled_slot,
)
from .typed import CONTEXT
from .xml_tokens import given_of, text_of_references

_NAME = "[A-Za-z_][A-Za-z0-9_.-]*"
_TAG = re.compile(rf'((?:{_NAME}:)?{_NAME})((?: (?:{_NAME}:)?{_NAME}="[^"<>&]*")*)(/?)')
_ATTRIBUTE_NAME = re.compile(' ([^ ="]+)="[^"]*"')
_FORBIDDEN = bytes([*range(9), *range(11, 32)])
"""Control characters that XML excludes, and the carriage return, which it changes."""
_NO_MARKS = bytes(set(range(256)) - set(b"<>"))
_REFERENCES = re.compile("&(?:lt|gt|amp|quot|apos|#x[0-9A-F]{1,4});")

_MOST_ROOTS = 4
_roots: dict[str, SpelledSlot] = {}
"""The slots inside of usual first elements, by their spelling."""


def read_tree(body: bytes, *, keep_fractions: bool) -> Tree | None:
    """The tree of a document, or None for one that another reader has to read."""
    try:
        return _read(body, keep_fractions=keep_fractions)
    except (Fault, StopIteration, UnicodeDecodeError):
        return None


def _read(body: bytes, *, keep_fractions: bool) -> Tree | None:  # noqa: C901, PLR0912, PLR0915 - one loop, as calls would cost more
    text = body.decode()
    has_references = "&" in text
    if not _is_plain(body, text, has_references=has_references):
        return None
    parts = iter(text.replace(">", "<").split("<"))
    if next(parts):
        return None
    tags = zip(parts, parts, strict=True)
    tag, content = next(tags)
    here = _roots.get(tag)
    if here is None or here.scope.is_full:
        here = _root(tag)
    if content or here is None:
        return None
    entries = here.entries
    end = _END
    target: Any = {}
    add: Any = None
    stack: list[tuple[SpelledSlot, Any, Any, str, Any]] = []
    has_fractions = False
    made: Any
    pair_end: Any = None
    for tag, content in tags:
        entry = entries.get(tag)
        if entry is None:
            if (tag, content) == end:
                made = finished(here.shape, target) if here.shape.is_pair else target
                if not stack:
                    return None if next(tags, None) else Tree(made, has_fractions=has_fractions)
                here, target, add, name, end = stack.pop()
                entries = here.entries
                if add is not None:
                    add(made)
                elif name in target:
                    return None
                else:
                    target[name] = made
                continue
            entry = _entry(here, tag)
            if entry is None:
                return None
        code, name, read, own_end, inner, type_name = entry
        if code == PAIR:
            # A plain pair is read here, and not as an object with two members, because most of a long body is pairs.
            if content:
                return None
            tag, content = next(tags)  # noqa: PLW2901 - a pair is four elements
            key = inner.entries.get(tag) or _entry(inner, tag)
            if key is None or key[0] != TEXT_LEAF or key[1] != "key" or next(tags) != key[3]:
                return None
            pair: dict[str, Any] = {
                "key": text_of_references(content) if has_references and "&" in content else content
            }
            pair_end = own_end
            tag, content = next(tags)  # noqa: PLW2901 - a pair is four elements
            entry = inner.entries.get(tag) or _entry(inner, tag)
            if entry is None or entry[1] != "value":
                return None
            code, name, read, own_end, deeper, type_name = entry
        else:
            pair = _NO_PAIR
            deeper = inner
        if code <= FRACTION:
            if has_references and "&" in content:
                content = text_of_references(content)  # noqa: PLW2901 - as it is meant
            if code == FEW:
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
            if next(tags) != own_end:
                return None
        elif content:
            return None
        elif code == NULL:
            made = None
        elif code == EMPTY:
            made = read()
        else:
            if len(stack) > DEEPEST:
                return None
            if pair is not _NO_PAIR:
                stack.append((here, target, add, "", end))
                here, target, add, name, end = inner, pair, None, "value", pair_end
            stack.append((here, target, add, name, end))
            here = deeper
            entries = here.entries
            end = own_end
            if here.is_object:
                target, add = ({} if type_name is None else {"__type": type_name}), None
            else:
                target = []
                add = target.append
            continue
        if pair is not _NO_PAIR:
            if next(tags) != pair_end:
                return None
            pair["value"] = made
            made = pair
        if add is not None:
            add(made)
        elif name in target:
            return None
        else:
            target[name] = made
    return None


_NO_PAIR: dict[str, Any] = {}
_END = ("/RemoteExecutionContext", "")


def _is_plain(body: bytes, text: str, *, has_references: bool) -> bool:
    """Whether the text holds no character that XML excludes, and only brackets and references that are expected."""
    marks = body.translate(None, _NO_MARKS)
    return (
        marks == b"<>" * (len(marks) // 2)
        and len(body.translate(None, _FORBIDDEN)) == len(body)
        and (text.isascii() or not ("\ufffe" in text or "\uffff" in text))
        and not (has_references and len(_REFERENCES.findall(text)) != text.count("&"))
    )


def _root(tag: str) -> SpelledSlot | None:
    match = _TAG.fullmatch(tag)
    if match is None or match[3] or match[1] != _END[0][1:] or _stand_twice(match[2]):
        return None
    here = spelled_slot(root_scope("", match[1], given_of(match[2], OUTSIDE)), CONTEXT)
    if len(_roots) >= _MOST_ROOTS:
        _roots.clear()
    _roots[tag] = here
    return here


def _stand_twice(attributes: str) -> bool:
    """Whether one of the attributes has the name of another, which XML forbids."""
    names = _ATTRIBUTE_NAME.findall(attributes)
    return len(set(names)) < len(names)


def _entry(here: SpelledSlot, tag: str) -> Entry | None:
    match = _TAG.fullmatch(tag)
    if match is None or _stand_twice(match[2]):
        return None
    name, attributes, is_empty = match.groups()
    scope = here.scope
    given = (scope.given.get(attributes) or given_of(attributes, scope)) if attributes else None
    prefix, _, local = name.rpartition(":")
    if prefix and (scope if given is None else given.inner).get(prefix) is None:
        return None
    entry = here.entry(local, given, is_empty=bool(is_empty), end=(f"/{name}", ""))
    if entry is not None:
        here.remember(tag, entry)
    return entry
