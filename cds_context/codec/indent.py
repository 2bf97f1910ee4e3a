"""A finished JSON document with line breaks and indentation; no type in it is known here."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from ..wire.escapes import end_of_string

# A string or name with few escapes, or the quote that opens another one; brackets with nothing in them; other marks.
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*){0,40}":?|\[\]|\{\}|[\[\]{},:"]')
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1, ",": 0}
_BLANKS = 32
"""How many blanks a document is indented with at most, for each of its characters, if they are more than a million."""


def indented(document: str, indent: int) -> bytes:
    """The document in UTF-8, with each member and item on a line of its own, `indent` spaces a level.

    A document made of brackets would become many times as long: beyond 32 blanks a character it is not indented.
    """
    out = io.BytesIO()  # what is written there is not copied in the end
    out.writelines(piece.encode() for piece in _pieces(document, indent))
    return out.getvalue()


def _marks(document: str) -> Iterator[tuple[int, int]]:
    """Where brackets, colons and commas begin and end, and strings and names with their colons."""
    marks = _MARK.finditer(document)
    while found := next(marks, None):
        start, end = found.span()
        if start == end - 1 and document[start] == '"':
            end = end_of_string(document, start)
            marks = _MARK.finditer(document, end)
        yield start, end


def _pieces(document: str, indent: int) -> Iterator[str]:
    budget = max(1_000_000, _BLANKS * len(document))
    level = done = 0
    for start, end in _marks(document):
        mark = document[end - 1]
        if mark == ":":
            yield f"{document[done:end]} "
            done = end
        elif start == end - 1:
            level += _LEVELS[mark]
            blanks = indent * level if budget > 0 else 0
            budget -= blanks
            until = start if mark in "]}" else end
            yield f"{document[done:until]}\n{' ' * blanks}"
            done = until
    yield document[done:]
