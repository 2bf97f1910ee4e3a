"""A body as something to point into: its text, the document in it, and what is said about a place there.

Knows how places are told, and not what is said about them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import cached_property

from ..model.kinds import MEMBERS
from ..wire.escapes import WHITE
from .findings import RULES, Finding
from .places import Lines, Path, Places, Step, Steps, seek, unquote


class Locator:
    """A body's text and the JSON document in it, which are two things if a relay put the one into the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        """All of it."""
        self._outer = text.removeprefix("\ufeff")
        inner = self._outer.strip(WHITE)
        self.is_wrapped: bool = inner.startswith('"') and Places(self._outer).fault is None
        self.is_as_written: bool = False
        """Whether it is known to be just as a server writes it."""
        self.document: str = unquote(inner).removeprefix("\ufeff") if self.is_wrapped else self._outer

    @cached_property
    def places(self) -> Places:
        """The places in the document. Most bodies have no finding but about the whole, and need none."""
        return Places(self.document)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._outer)

    def about_place(self, code: str, message: str, offset: int) -> Finding:
        """What is said about the place at an offset in the document."""
        return self._finding(code, message, tell_path(self.places.steps_at(offset)), offset)

    def about_path(self, code: str, message: str, path: Path) -> Finding:
        """What is said about the value to which a path leads, in a document that is as a server writes it."""
        offset = seek(self.document, path.steps) if path.above else None
        if offset is None:
            return self.about_node(code, message, self.places.follow(path) if path.above else 0)
        return self._finding(code, message, tell_path(path.steps), offset)

    def about_node(self, code: str, message: str, node: int) -> Finding:
        """What is said about a value, by its number among the places; 0 is the document."""
        if not node:
            return self.about_value(code, message, ())
        steps, offset = self.places.where(node)
        return self._finding(code, message, tell_path(steps), offset)

    def about_value(
        self, code: str, message: str, steps: Steps, path: str | None = None, advice: str | None = None
    ) -> Finding:
        """What is said about what a path leads to.

        `path` is how it is told, where it is told already; `advice` takes the place of the code's.
        """
        offset = self.places.find(steps) if steps else len(self.document) - len(self.document.lstrip(WHITE))
        return self._finding(code, message, tell_path(steps) if path is None else path, offset, advice)

    def _finding(self, code: str, message: str, path: str, offset: int, advice: str | None = None) -> Finding:
        line, column = self._lines.position(self._origins[offset] if self.is_wrapped else offset)
        rule = RULES[code]
        return Finding(
            code=code,
            severity=rule.severity,
            message=message,
            advice=rule.advice if advice is None else advice,
            path=path,
            line=line,
            column=column,
        )

    @cached_property
    def _origins(self) -> Sequence[int]:
        """Where in the text around it each character of the document stands, and its end."""
        start, end = self._outer.index('"') + 1, self._outer.rindex('"')
        origins = array("I", (match.start() for match in _CHARACTER.finditer(self._outer, start, end)))
        origins.append(end)
        return origins[len(origins) - 1 - len(self.document) :]


_CHARACTER = re.compile(r"(?s)\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.")


# Paths

KNOWN = {member.wire for members in MEMBERS.values() for member in members} | {"__type"}
"""The names that are no content."""

_STEP = re.compile(r"\.(\w+)|\[([0-9]+)\]")


def tell_path(steps: Steps) -> str:
    """As in errors: a name that this package does not know could be content. What is deep is told as far as here."""
    return "$" + "".join(map(_spelled, steps[:_DEEPEST])) + ("…" if steps[_DEEPEST:] else "")


_DEEPEST = 100


def _spelled(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step in KNOWN else "[…]"


def read_path(path: str) -> Steps:
    """The steps of an error's path, as far as they are known."""
    known = _STEP.findall(path.partition("[…]")[0])
    return tuple(name or int(index) for name, index in known)
