"""Where things stand in a JSON document: offset to path, path to offset, offset to line and column.

Works on text; makes no values, and knows nothing of what the document says.

How it works: one pass over the tokens, with a stack of its own instead of Python's, so that no document is too deep.
Each value is a node, and its number is its turn in the document; four lists say of each node what holds it, under which
step, where it begins and where it ends. A member begins at its name.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Step: TypeAlias = str | int
Steps: TypeAlias = tuple[Step, ...]

_STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
# What the decoder takes: JSON, and the numbers that the server writes bare.
_TOKEN = re.compile(rf'[ \t\r\n]*([{{}}\[\]:,]|{_STRING}"|{_NUMBER}|true|false|null|NaN|-?INF)')
# What may be the first part of a token.
_CUT = re.compile(rf"(?:{_STRING}(?:\\(?:u[0-9a-fA-F]{{0,3}})?)?|-|-?IN?|Na?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)?\Z")
_CUT_NUMBER = re.compile(r"[0-9](?:\.|[eE][-+]?)\Z")

# What may come next, by the first character of a token; `v` stands for all that is not in here.
_VALUE, _FIRST_ITEM, _FIRST_NAME, _NAME, _COLON = '{["v', '{["v]', '"}', '"', ":"
_KINDS = '{}[]:,"'
_NEXT_ITEM, _NEXT_MEMBER, _NOTHING = ",]", ",}", ""
_AWAITED = {
    _VALUE: "a value",
    _FIRST_ITEM: "a value or `]`",
    _FIRST_NAME: "the name of a member or `}`",
    _NAME: "the name of a member",
    _COLON: "`:`",
    _NEXT_ITEM: "`,` or `]`",
    _NEXT_MEMBER: "`,` or `}`",
    _NOTHING: "the end",
}


def tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a well-formed document, each with the white space before it; group 1 is without."""
    return _TOKEN.finditer(text)


def unquote(token: str) -> str:
    """The text that a JSON string spells."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


class Lines:
    """The lines of a text. A carriage return ends none."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1, in characters."""
        line = bisect_left(self._ends, offset)
        return line + 1, offset - (self._ends[line - 1] if line else -1)


class _Holder:
    """An array or object that is open, and the place of what comes next in it."""

    __slots__ = ("is_object", "node", "start", "step")

    def __init__(self, node: int, *, is_object: bool) -> None:
        self.node = node
        self.is_object = is_object
        self.step: Step = 0
        self.start = 0

    @property
    def after_value(self) -> str:
        return _NEXT_MEMBER if self.is_object else _NEXT_ITEM

    @property
    def after_comma(self) -> str:
        return _NAME if self.is_object else _VALUE


_ROOT = _Holder(-1, is_object=False)


class Places:
    """The places of one document; of one that is not well-formed, as far as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fault: int | None = None
        """Where the text stops being JSON, if it does."""
        self.awaited: str = ""
        """What should stand there."""
        self.ends_early: bool = False
        """Whether the text may be JSON as far as it goes."""
        self._holders: list[int] = []
        self._steps: list[Step] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._nodes: dict[tuple[int, Step], int] = {}
        self._end(*self._scan())

    def find(self, steps: Iterable[Step]) -> int:
        """Where the thing begins to which the path leads, or the last on the way that is there."""
        node = 0
        for step in steps:
            if (node, step) not in self._nodes:
                break
            node = self._nodes[node, step]
        return self._starts[node]

    def steps_at(self, offset: int) -> Steps:
        """The path of the innermost thing that stands there."""
        node = bisect_right(self._starts, offset) - 1
        while node >= 0 and self._ends[node] <= offset:
            node = self._holders[node]
        steps: list[Step] = []
        while node > 0:
            steps.append(self._steps[node])
            node = self._holders[node]
        return tuple(reversed(steps))

    def _scan(self) -> tuple[str, int]:
        """Read on while it is JSON; what is awaited then, and where."""
        text, awaited, offset = self.text, _VALUE, 0
        opened: list[_Holder] = []
        while found := _TOKEN.match(text, offset):
            at, end = found.span(1)
            kind = text[at] if text[at] in _KINDS else "v"
            if kind not in awaited:
                break
            offset = end
            if kind in ":,":
                awaited = _VALUE if kind == ":" else opened[-1].after_comma
                continue
            if kind == '"' and awaited in {_NAME, _FIRST_NAME}:
                opened[-1].step, opened[-1].start, awaited = unquote(found[1]), at, _COLON
                continue
            if kind in "]}":
                self._ends[opened.pop().node] = end
            else:
                node = self._add(opened, at, end)
                if kind in "[{":
                    opened.append(_Holder(node, is_object=kind == "{"))
                    awaited = _FIRST_NAME if kind == "{" else _FIRST_ITEM
                    continue
            awaited = opened[-1].after_value if opened else _NOTHING
        for holder in opened:
            self._ends[holder.node] = len(text) + 1
        return awaited, offset

    def _add(self, opened: list[_Holder], at: int, end: int) -> int:
        node = len(self._starts)
        holder = opened[-1] if opened else _ROOT
        self._holders.append(holder.node)
        self._steps.append(holder.step)
        self._starts.append(holder.start if holder.is_object else at)
        self._ends.append(end)
        self._nodes[holder.node, holder.step] = node
        if opened and isinstance(holder.step, int):
            holder.step += 1
        return node

    def _end(self, awaited: str, offset: int) -> None:
        rest = self.text[offset:].lstrip(" \t\r\n")
        if rest or awaited:
            kind = rest[:1] if rest[:1] in _KINDS else "v"
            self.fault, self.awaited = len(self.text) - len(rest), _AWAITED[awaited]
            is_cut = kind in awaited and _CUT.match(rest)
            self.ends_early = bool(awaited and (is_cut or _CUT_NUMBER.match(self.text, self.fault - 1)))
