"""A finished JSON document with line breaks and indentation; no type in it is known here."""

from __future__ import annotations

import re

_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\[\]|\{\}|[\[\]{},:]|[^\[\]{},:"]+')


def indented(document: str, indent: int) -> str:
    """The document with each member and item on a line of its own, `indent` spaces a level."""
    level = 0
    out: list[str] = []
    for piece in _PIECE.findall(document):
        if piece in "]}":
            level -= 1
            out.append("\n" + " " * indent * level)
        out.append(piece)
        if piece in "[{":
            level += 1
        if piece in "[{,":
            out.append("\n" + " " * indent * level)
        elif piece == ":":
            out.append(" ")
    return "".join(out)
