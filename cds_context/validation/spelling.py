"""How the spelling of a body differs from what a server would write: white space, escapes, and the first other token.

Compares two well-formed documents token by token; knows nothing of what they say.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from ..wire.escapes import finish, quote
from ..wire.formats import WHITE
from .places import tokens, unquote


class Difference(NamedTuple):
    """The first place where the two documents differ in more than their spelling."""

    offset: int
    found: str
    """The token there, as the server would spell it; empty at the end."""
    wanted: str
    """The token that the server would write."""
    in_members: bool
    """Whether the two continue with different members, rather than with different values."""


class Spelling(NamedTuple):
    """The offsets of white space and of escapes that the server would not write, and the first difference."""

    spaces: Sequence[int]
    escapes: Sequence[int]
    difference: Difference | None


def compare(body: str, written: str) -> Spelling:
    """How `body` differs from `written`, which is in the server's form."""
    spaces, escapes = array("I"), array("I")  # of four bytes an item: white space may stand before each token
    difference: Difference | None = None
    theirs = (written[start:end] for _, start, end in tokens(written))
    for before, start, end in tokens(body):
        if before < start:
            spaces.append(before)
        token = body[start:end]
        spelled = _as_server(token)
        if spelled != token:
            escapes.append(start)
        if difference is None and (wanted := next(theirs, "")) != spelled:
            is_name = body[end:].lstrip(WHITE).startswith(":")
            difference = Difference(start, spelled, wanted, is_name or {spelled, wanted} == {",", "}"})
    if body[-1:].isspace():
        spaces.append(len(body.rstrip()))
    return Spelling(spaces, escapes, difference)


def _as_server(token: str) -> str:
    if token[0] != '"' or (token.isascii() and "\\" not in token and "/" not in token):
        return token
    return finish(quote(unquote(token)))


_KINDS = {'"': "text", "{": "an object", "[": "an array", "t": "a boolean", "f": "a boolean", "n": "null"}


def kind(token: str) -> str:
    """What the value is that begins with a token, without its content."""
    return _KINDS.get(token[:1], "a number")
