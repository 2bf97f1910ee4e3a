"""The fast pass over XML: the JSON of a document that is spelled as servers spell it, or None.

How it works: the document is cut in C around each text that is alone in an element. Between two of them stands a run of
tags, which one loop looks up as it is spelled (see `spellings`). expat is not asked: what is no XML has a tag
that is not known, or an end where no end is expected, or a character that is looked for.
"""

from __future__ import annotations

import re

from ..errors import Fault
from ..wire.escapes import quote
from .scopes import OUTSIDE, root_scope
from .spellings import (
    CREATED_ON,
    END,
    FEW,
    UNTYPED_TEXT,
    Beginning,
    Leaf,
    Run,
    Spliced,
    Step,
    UnusualError,
    read_created_on,
)
from .xml_tokens import given_of, text_of_references

_NAME = "[A-Za-z_][A-Za-z0-9_.-]*"
_ATTRIBUTE = (
    # A namespace is not empty, and none of those that XML reserves.
    rf' xmlns(?::(?!xml){_NAME})?="(?!http://www\.w3\.org/(?:XML|2000/xmlns))[ !#-%\'-;=?-~]+"'
    rf'| (?!xmlns[:=])(?:{_NAME}:)?{_NAME}="[^"<>&\0-\x1f\ufffe\uffff]*"'
)
_split = re.compile(">([^<]+)</").split
_TAG = re.compile(rf"<(/?)((?:{_NAME}:)?{_NAME})((?:{_ATTRIBUTE})*)(/?)>")
_ATTRIBUTE_NAME = re.compile(' ([^ ="]+)="[^"]*"')
_REFERENCES = re.compile("&(?:lt|gt|amp|quot|apos|#x[0-9A-F]{1,4});")
_FORBIDDEN = bytes([*range(9), *range(11, 32)])
_USUAL = bytes(set(range(256)) - set(b"<>") - set(_FORBIDDEN))

_APART = "\uffff"
"""Stands between texts while they are quoted: no document may hold it."""

_MOST_ROOTS = 4
_roots: dict[str, Leaf] = {}
"""The beginnings of documents, by the spelling of their first tag."""


def splice(body: bytes) -> Spliced | None:
    """The JSON of a document, or None for one that another reader has to read."""
    try:
        return _splice(body, body.decode())
    except (Fault, UnusualError, ValueError):
        return None


def _splice(body: bytes, text: str) -> Spliced | None:  # noqa: C901 - one loop, as calls would cost more
    has_references = "&" in text
    if "\0" in text or text[-1:] != ">" or (has_references and not _are_plain(body, text)):
        return None
    start, leaf = _beginning(text)
    out: list[str] = []
    append = out.append
    created_on = None
    pieces = _split(text[len(start) : -1])
    for run, content in zip(pieces[::2], pieces[1::2], strict=False):
        json, code, read, leaf = leaf.runs.get(run) or _step(leaf, run)
        append(json)
        if has_references and "&" in content:
            content = text_of_references(content)  # noqa: PLW2901 - as it is meant
        if code:
            if code == FEW:
                content = read[content]  # noqa: PLW2901 - from here on, the JSON of the text
            elif code == CREATED_ON:
                content, created_on = read_created_on(content)  # noqa: PLW2901 - as above
            elif code != UNTYPED_TEXT or content[:1] == "/":
                content = read(content)  # noqa: PLW2901 - as above
        append(content)
    json, code, _, _ = leaf.runs.get(pieces[-1]) or _step(leaf, pieces[-1])
    if code != END:
        return None
    texts = "".join(out[1::2])
    if ">" in texts and not has_references:
        return None
    if '"' in texts or "\\" in texts or not texts.isprintable():
        if not has_references and _has_forbidden(body, text):
            return None
        out[1::2] = quote(_APART.join(out[1::2]))[1:-1].split(_APART)  # a ValueError where a reference stands for it
    append(json)
    return "".join(out).encode(), created_on


def _are_plain(body: bytes, text: str) -> bool:
    """Whether a text with references holds only expected ones, no bracket but those of tags, and nothing forbidden."""
    marks = body.translate(None, _USUAL)
    return (
        marks == b"<>" * (len(marks) // 2)
        and len(_REFERENCES.findall(text)) == text.count("&")
        and not _has_wide_forbidden(text)
    )


def _has_forbidden(body: bytes, text: str) -> bool:
    """Whether there is a character that XML excludes, or a carriage return, which it changes."""
    return len(body.translate(None, _FORBIDDEN)) != len(body) or _has_wide_forbidden(text)


def _has_wide_forbidden(text: str) -> bool:
    return "\ufffe" in text or "\uffff" in text


def _beginning(text: str) -> tuple[str, Leaf]:
    """The tag of the first element, and the beginning inside of it."""
    tag = text[: text.index(">") + 1]
    leaf = _roots.get(tag)
    if leaf is not None and not leaf.branch.scope.is_full:
        return tag, leaf
    match = _TAG.fullmatch(tag)
    if match is None or match[1] or match[4] or _stand_twice(match[3]):
        raise UnusualError
    leaf = Beginning(root_scope("", match[2], given_of(match[3], OUTSIDE)), f"</{match[2]}>")
    if len(_roots) >= _MOST_ROOTS:
        _roots.clear()
    _roots[tag] = leaf
    return tag, leaf


def _stand_twice(attributes: str) -> bool:
    """Whether one of the attributes has the name of another, which XML forbids."""
    names = _ATTRIBUTE_NAME.findall(attributes)
    return len(set(names)) < len(names)


def _step(leaf: Leaf, spelling: str) -> Step:
    """What a new run of tags means; it stands between the mark of an end and the last mark of a tag."""
    run = Run(leaf)
    text = f"{leaf.end and '</'}{spelling}>"
    if not text.startswith(leaf.end):
        raise UnusualError
    at = len(leaf.end)
    while at < len(text):
        match = _TAG.match(text, at)
        if match is None:
            raise UnusualError
        at = match.end()
        if match[1]:
            run.end(match[0])
        else:
            _start(run, match)
    step = run.step()
    if leaf.branch.scope.may_remember(spelling):
        leaf.runs[spelling] = step
    return step


def _start(run: Run, match: re.Match[str]) -> None:
    tag, _, tagged, attributes, is_empty = match.group(0, 1, 2, 3, 4)
    prefix, _, name = tagged.rpartition(":")
    branch = run.inside
    member = branch.kept.get(tag)
    if member is None:
        scope = branch.scope
        if _stand_twice(attributes):
            raise UnusualError
        given = (scope.given.get(attributes) or given_of(attributes, scope)) if attributes else None
        if prefix and (scope if given is None else given.inner).get(prefix) is None:
            raise UnusualError
        member = branch.member(tag, name, given, is_empty=bool(is_empty), end=f"</{tagged}>")
    run.start(name, member)
