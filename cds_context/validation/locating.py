"""Findings at their places in a body: each gets the path, the line and the column of the value that it is about.

Codes and messages are passed in; none is known here.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import cached_property

from ..model.kinds import MEMBERS
from ..wire.formats import WHITE
from .findings import RULES, Finding
from .places import Lines, Path, Places, Step, Steps, seek, unquote


class Locator:
    """A body's text and the JSON document in it, which are two things if a relay put the one into the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        """The whole body."""
        self._outer = text.removeprefix("\ufeff")
        inner = self._outer.strip(WHITE)
        self.is_wrapped: bool = inner.startswith('"') and Places(self._outer).fault is None
        self.is_as_written: bool = False
        """Whether the body is known to be exactly as a server writes it."""
        self.document: str = unquote(inner).removeprefix("\ufeff") if self.is_wrapped else self._outer

    @cached_property
    def places(self) -> Places:
        """The places in the document, found only when needed: most findings are about the whole body."""
        return Places(self.document)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._outer)

    def about_place(self, code: str, message: str, offset: int) -> Finding:
        """A finding about an offset in the document."""
        return self._finding(code, message, tell_path(self.places.steps_at(offset)), offset)

    def about_path(self, code: str, message: str, path: Path) -> Finding:
        """A finding about the value at the end of a path, in a document that is as a server writes it."""
        offset = seek(self.document, path.steps) if path.above else None
        if offset is None:
            return self.about_node(code, message, self.places.follow(path) if path.above else 0)
        return self._finding(code, message, tell_path(path.steps), offset)

    def about_node(self, code: str, message: str, node: int) -> Finding:
        """A finding about a node; node 0 is the document."""
        if not node:
            return self.about_value(code, message, ())
        steps, offset = self.places.where(node)
        return self._finding(code, message, tell_path(steps), offset)

    def about_value(
        self, code: str, message: str, steps: Steps, path: str | None = None, advice: str | None = None
    ) -> Finding:
        """A finding about the value at the end of a path.

        `path` is the path as text, if an error has it already; `advice` replaces that of the code.
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
        """For each character of a wrapped document, and for its end, the offset in the text around it."""
        start, end = self._outer.index('"') + 1, self._outer.rindex('"')
        origins = array("I", (match.start() for match in _CHARACTER.finditer(self._outer, start, end)))
        origins.append(end)
        return origins[len(origins) - 1 - len(self.document) :]


_CHARACTER = re.compile(r"(?s)\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.")


# Paths

KNOWN = {member.wire for members in MEMBERS.values() for member in members} | {"__type"}
"""The platform's names. Only these are shown in a path, because an unknown name could be content."""

_STEP = re.compile(r"\.(\w+)|\[([0-9]+)\]")


def tell_path(steps: Steps) -> str:
    """The path as text, as errors have it: unknown names are hidden, and a deep path is cut."""
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
