"""The fast pass over XML: the JSON of a document that is spelled as servers spell it, or None.

How it works: the text is cut in C where the end of a tag's text begins; so each piece is a run of tags and the text
behind it. One loop looks up each run as it is spelled (see `spellings`). expat is not asked: what is no XML has a tag
that is not known, or an end where no end is expected, or a character that is looked for.
"""

from __future__ import annotations

import re
from itertools import repeat

from ..errors import Fault
from ..wire.escapes import quote
from .scopes import OUTSIDE, root_scope
from .spellings import (
    AS_IT_IS,
    CREATED_ON,
    END,
    FEW,
    OTHER,
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
_TAG = re.compile(rf"<(/?)((?:{_NAME}:)?{_NAME})((?:{_ATTRIBUTE})*)(/?)>")
_ATTRIBUTE_NAME = re.compile(' ([^ ="]+)="[^"]*"')
_REFERENCES = re.compile("&(?:lt|gt|amp|quot|apos|#x[0-9A-F]{1,4});")
_FORBIDDEN = bytes([*range(9), *range(11, 32)])
_NO_MARKS = bytes(set(range(256)) - set(b"<>"))

_MOST_ROOTS = 4
_roots: dict[str, Leaf] = {}
"""The beginnings of documents, by the spelling of their first tag."""


def splice(body: bytes) -> Spliced | None:
    """The JSON of a document, or None for one that another reader has to read."""
    try:
        return _splice(body, body.decode())
    except (Fault, UnusualError, ValueError):
        return None


def _splice(body: bytes, text: str) -> Spliced | None:  # noqa: C901, PLR0912 - one loop, as calls would cost more
    has_references = "&" in text
    if "\0" in text or (has_references and not _are_plain(body, text)):
        return None
    start, leaf = _beginning(text)
    out: list[str] = []
    append = out.append
    created_on = None
    code = AS_IT_IS
    # An end right behind a tag belongs to the run: with a NUL, which is in no document, it is not cut there.
    pieces = text[len(start) :].replace("></", _UNCUT).split("</")
    for run, _, content in map(str.rpartition, pieces, repeat(">")):
        json, code, read, leaf = leaf.runs.get(run) or _step(leaf, run)
        append(json)
        if has_references and "&" in content:
            content = text_of_references(content)  # noqa: PLW2901 - as it is meant
        if code == AS_IT_IS:
            append(content)
        elif code == FEW:
            append(read[content])
        elif code == UNTYPED_TEXT:
            append(read(content) if content[:1] == "/" else content)
        elif code == OTHER:
            append(read(content))
        elif code == CREATED_ON:
            date, created_on = read_created_on(content)
            append(date)
        elif content or len(out) < 2 * len(pieces) - 1:
            return None
    if code != END:
        return None
    texts = "".join(out[1::2])
    if "<" in texts and not has_references:
        return None
    if '"' in texts or "\\" in texts or not texts.isprintable():
        if not has_references and _has_forbidden(body, text):
            return None
        out[1::2] = [quote(content)[1:-1] for content in out[1::2]]
    return "".join(out).encode(), created_on


def _are_plain(body: bytes, text: str) -> bool:
    """Whether a text with references holds only expected ones, no bracket but those of tags, and nothing forbidden."""
    marks = body.translate(None, _NO_MARKS)
    return (
        marks == b"<>" * (len(marks) // 2)
        and len(_REFERENCES.findall(text)) == text.count("&")
        and not _has_forbidden(body, text)
    )


def _has_forbidden(body: bytes, text: str) -> bool:
    """Whether there is a character that XML excludes, or a carriage return, which it changes."""
    return len(body.translate(None, _FORBIDDEN)) != len(body) or "\ufffe" in text or "\uffff" in text


_UNCUT = ">\0/"


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
    text = f"{leaf.end and '</'}{spelling}>".replace(_UNCUT, "></")
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
