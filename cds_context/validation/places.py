"""Where things stand in a JSON document: offset to path, path to offset, offset to line and column.

Works on text; makes no values, and knows nothing of what the document says.

How it works: one pass over the tokens, with a stack of its own instead of Python's, so that no document is too deep.
Each value is a node, and its number is its turn in the document; four arrays say of each node what holds it, which item
it is, where it begins and where it ends. A member begins at its name. A document can be nothing but brackets, so a node
is no object: it takes 16 bytes.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ..wire.escapes import end_of_string
from ..wire.formats import WHITE

Step: TypeAlias = str | int
Steps: TypeAlias = tuple[Step, ...]

_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
# The decoder's tokens: those of JSON, and the numbers that the server writes bare. A string is matched by its quote.
_TOKEN = re.compile(rf'[ \t\r\n]*([{{}}\[\]:,"]|{_NUMBER}|true|false|null|NaN|-?INF)')
# The beginnings of tokens: a text that ends in one may have been cut there.
_CUT = re.compile(r"(?:-|-?IN?|Na?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)?\Z")
_CUT_NUMBER = re.compile(r"[0-9](?:\.|[eE][-+]?)\Z")
# A string that was cut becomes whole with one of these endings, also if the cut is inside an escape.
_CLOSINGS = ('"', '\\"', '0"', '00"', '000"', '0000"')

# The tokens that may come next, each by its first character; `v` stands for numbers, `true`, `false` and `null`.
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

_MEMBER = 2**32 - 1
"""The position of a member, which has a name and no index."""


def tokens(text: str) -> Iterator[tuple[int, int, int]]:
    """The tokens, as far as there are any: where the white space before each begins, where it begins and ends."""
    before = 0
    while found := _TOKEN.match(text, before):
        start, end = found.span(1)
        if text[start] == '"':
            try:
                end = end_of_string(text, start)
            except ValueError:
                return
        yield before, start, end
        before = end


def unquote(token: str) -> str:
    """The text that a JSON string spells."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


class Lines:
    """The lines of a text. A carriage return ends none."""

    def __init__(self, text: str) -> None:
        self._ends = array("I", (match.start() for match in re.finditer("\n", text)))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1, in characters."""
        line = bisect_left(self._ends, offset)
        return line + 1, offset - (self._ends[line - 1] if line else -1)


class Path:
    """The way to a value: the way to what holds it, and the last step. Ways that begin alike share their beginning."""

    __slots__ = ("above", "found", "step")

    def __init__(self, above: Path | None = None, step: Step = "") -> None:
        self.above: Path | None = above
        """None for the document itself."""
        self.step: Step = step
        self.found: _Found | None = None
        """The value at the end of the path, once `Places.follow` has found it."""

    @property
    def steps(self) -> Steps:
        """All steps, from the document on."""
        steps: list[Step] = []
        path = self
        while path.above is not None:
            steps.append(path.step)
            path = path.above
        return tuple(reversed(steps))


_skip = json.JSONDecoder().raw_decode


def seek(document: str, steps: Steps) -> int | None:
    """The offset at the end of a path, in a document without white space in which no name stands twice.

    The offset is that of an item, or of a member's name. For a few paths this is faster than `Places`, because the
    values before it are skipped in C. None if the document lacks the path, or if the decoder cannot skip a value, such
    as `INF` or a deep one.
    """
    begin = at = 0
    try:
        for step in steps:
            begin, at = _member(document, at, step) if isinstance(step, str) else _item(document, at, step)
    except (ValueError, RecursionError):
        return None
    return begin


def _member(document: str, at: int, wanted: str) -> tuple[int, int]:
    """The offsets of a member's name and of its value, in the object at the offset `at`."""
    opening = "{"
    while True:
        begin = at = _after(document, at, opening)
        name, at = _skip(document, at)
        at = _after(document, at, ":")
        if name == wanted:
            return begin, at
        at, opening = _skip(document, at)[1], ","


def _item(document: str, at: int, position: int) -> tuple[int, int]:
    """The offset of an item in the array at the offset `at`; twice, as an item has no name."""
    at = _after(document, at, "[")
    for _ in range(position):
        at = _after(document, _skip(document, at)[1], ",")
    if document[at : at + 1] == "]":
        raise ValueError
    return at, at


def _after(document: str, at: int, mark: str) -> int:
    if document[at : at + 1] != mark:
        raise ValueError
    return at + 1


class Places:
    """The places of one document; if it is not well-formed, those before the fault.

    A node is the number of a value, in the order of the document; 0 is the whole document.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.fault: int | None = None
        """Where the text stops being JSON, if it does."""
        self.awaited: str = ""
        """The tokens that could follow instead, in words."""
        self.ends_early: bool = False
        """Whether the fault is the end of the text, so that the text may have been cut."""
        # Four bytes an item are enough: no document has four billion characters.
        self._holders = array("I")
        self._positions = array("I")
        self._starts = array("I")
        self._ends = array("I")
        self._end(*self._scan())

    def find(self, steps: Iterable[Step]) -> int:
        """The offset at the end of a path, or of the last value on the way that the document has."""
        path = Path()
        for step in steps:
            path = Path(path, step)
        return self._starts[self.follow(path)]

    def follow(self, path: Path) -> int:
        """The node at the end of a path, or the last one on the way that the document has.

        Each node on the way is noted in its path, for other paths that begin alike. So a walk that asks for one value
        after another takes time in proportion to the document.
        """
        ahead: list[Path] = []
        while path.found is None and path.above is not None:
            ahead.append(path)
            path = path.above
        found = path.found = path.found or _Found(self, 0)
        while ahead:
            path = ahead.pop()
            node = found.child(path.step)
            if node is None:
                break
            found = path.found = _Found(self, node)
        return found.node

    def where(self, node: int) -> tuple[Steps, int]:
        """The path of a node, and its offset."""
        return self._steps(node), self._starts[node]

    def steps_at(self, offset: int) -> Steps:
        """The path of the innermost value around an offset."""
        node = bisect_right(self._starts, offset) - 1
        while node > 0 and self._ends[node] <= offset:
            node = self._holders[node]
        return self._steps(node)

    def _steps(self, node: int) -> Steps:
        steps: list[Step] = []
        while node > 0:
            position = self._positions[node]
            steps.append(self.name(node) if position == _MEMBER else position)
            node = self._holders[node]
        return tuple(reversed(steps))

    def items(self, node: int) -> Iterator[int]:
        """The nodes of the items or members of an array or object, without those inside them."""
        child = node + 1
        while child < len(self._holders) and self._holders[child] == node:
            yield child
            child = bisect_left(self._starts, self._ends[child], child + 1)

    def is_member(self, node: int) -> bool:
        """Whether a node is a member of an object, and not an item of an array."""
        return self._positions[node] == _MEMBER

    def name(self, node: int) -> str:
        """The name of a member."""
        start = self._starts[node]
        return unquote(self.text[start : end_of_string(self.text, start)])

    def repeated(self) -> int | None:
        """The first member whose name stands in the same object before; None if there is none."""
        seen: set[tuple[int, str]] = set()
        for node, holder in enumerate(self._holders):
            if self.is_member(node):
                member = holder, self.name(node)
                if member in seen:
                    return node
                seen.add(member)
        return None

    def _scan(self) -> tuple[str, int]:
        """Read the text up to its fault or its end; the tokens awaited there, and the offset."""
        text, awaited, offset, name = self.text, _VALUE, 0, 0
        opened, next_positions = array("I"), array("I")
        for _, start, end in tokens(text):
            kind = text[start] if text[start] in _KINDS else "v"
            if kind not in awaited:
                break
            offset = end
            if kind == ":":
                awaited = _VALUE
                continue
            if kind == ",":
                awaited = _NAME if next_positions[-1] == _MEMBER else _VALUE
                continue
            if kind == '"' and awaited in {_NAME, _FIRST_NAME}:
                name, awaited = start, _COLON
                continue
            if kind in "]}":
                self._ends[opened.pop()] = end
                next_positions.pop()
            else:
                position = next_positions[-1] if opened else 0
                if position != _MEMBER and opened:
                    next_positions[-1] += 1
                self._holders.append(opened[-1] if opened else 0)
                self._positions.append(position)
                self._starts.append(name if position == _MEMBER else start)
                self._ends.append(end)
                if kind in "[{":
                    opened.append(len(self._starts) - 1)
                    next_positions.append(_MEMBER if kind == "{" else 0)
                    awaited = _FIRST_NAME if kind == "{" else _FIRST_ITEM
                    continue
            awaited = _NOTHING if not opened else _NEXT_MEMBER if next_positions[-1] == _MEMBER else _NEXT_ITEM
        for node in opened:
            self._ends[node] = len(text) + 1
        return awaited, offset

    def _end(self, awaited: str, offset: int) -> None:
        rest = self.text[offset:].lstrip(WHITE)
        if rest or awaited:
            kind = rest[:1] if rest[:1] in _KINDS else "v"
            self.fault, self.awaited = len(self.text) - len(rest), _AWAITED[awaited]
            is_cut = kind in awaited and (_CUT.match(rest) or _is_cut_string(rest))
            self.ends_early = bool(awaited and (is_cut or _CUT_NUMBER.match(self.text, self.fault - 1)))


class _Found:
    """A node, with the items and members inside it that were asked for so far."""

    __slots__ = ("_items", "_last", "_names", "_places", "_position", "node")

    def __init__(self, places: Places, node: int) -> None:
        self._places = places
        self.node: int = node
        self._names: dict[str, int] | None = None
        self._items: Iterator[int] = iter(())
        self._position = -1
        self._last = node

    def child(self, step: Step) -> int | None:
        """The node of one item or member."""
        return self._member(step) if isinstance(step, str) else self._item(step)

    def _member(self, name: str) -> int | None:
        if self._names is None:
            places = self._places
            # If a name stands twice, the last member counts.
            self._names = {places.name(node): node for node in places.items(self.node) if places.is_member(node)}
        return self._names.get(name)

    def _item(self, position: int) -> int | None:
        """The node of one item. A walk asks for the same item or the next one, so the search goes on from there."""
        if not 0 <= self._position <= position:
            self._items = (node for node in self._places.items(self.node) if not self._places.is_member(node))
            self._position = -1
        while self._position < position:
            node = next(self._items, None)
            if node is None:
                return None
            self._last = node
            self._position += 1
        return self._last


def _is_cut_string(rest: str) -> bool:
    return rest[:1] == '"' and any(_is_string(rest + closing) for closing in _CLOSINGS)


def _is_string(text: str) -> bool:
    try:
        return end_of_string(text, 0) == len(text)
    except ValueError:
        return False
