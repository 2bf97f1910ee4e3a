"""A body as something to point into: its text, the document in it, and what is said about a place there.

Knows how places are told, and not what is said about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from .findings import RULES, Finding
from .members import MEMBERS
from .places import Places, Step, Steps, unquote


class Sheet:
    """A body's text and the JSON document in it, which are two things if a relay put the one into the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        """All of it."""
        self._outer = text.removeprefix("\ufeff")
        inner = self._outer.strip(_BLANK)
        self._wrapper = Places(self._outer) if inner.startswith('"') else None
        self.is_wrapped: bool = self._wrapper is not None and self._wrapper.fault is None
        self.document: str = unquote(inner).removeprefix("\ufeff") if self.is_wrapped else self._outer

    @cached_property
    def places(self) -> Places:
        """The places in the document. Most bodies give no finding, and need none."""
        return Places(self.document)

    def finding(self, code: str, message: str, offset: int = 0, path: str | None = None) -> Finding:
        """What is said about the place at an offset in the document."""
        line, column = self._position(offset)
        rule = RULES[code]
        return Finding(
            code=code,
            severity=rule.severity,
            message=message,
            advice=rule.advice,
            path=tell_path(self.places.steps_at(offset)) if path is None else path,
            line=line,
            column=column,
        )

    def _position(self, offset: int) -> tuple[int, int]:
        if self._wrapper is None or not self.is_wrapped:
            return self.places.position(offset)
        return self._wrapper.position(self._origins[offset])

    @cached_property
    def _origins(self) -> list[int]:
        """Where in the text around it each character of the document stands, and its end."""
        start, end = self._outer.index('"') + 1, self._outer.rindex('"')
        origins = [match.start() for match in _CHARACTER.finditer(self._outer, start, end)]
        return [*origins[len(origins) - len(self.document) :], end]


_BLANK = " \t\r\n"
_CHARACTER = re.compile(r"(?s)\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.")


# Paths

KNOWN = {member.wire for members in MEMBERS.values() for member in members} | {"__type"}
"""The names that are no content."""

_STEP = re.compile(r"\.(\w+)|\[([0-9]+)\]|(\[…\])")


def tell_path(steps: Steps) -> str:
    """As in errors: a name that this package does not know could be content. What is deep is told as far as here."""
    return "$" + "".join(map(_spelled, steps[:_DEEPEST])) + ("…" if steps[_DEEPEST:] else "")


_DEEPEST = 100


def _spelled(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step in KNOWN else "[…]"


def read_path(path: str) -> Iterator[Step]:
    """The steps of an error's path, as far as they are known."""
    for name, index, unknown in _STEP.findall(path):
        if unknown:
            return
        yield name or int(index)
