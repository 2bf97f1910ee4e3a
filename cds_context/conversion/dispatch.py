"""A table from classes to what is done with their values, for rooms that walk whatever a context holds.

Knows no class itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..errors import ArgumentError

T = TypeVar("T")

TOO_DEEP = "a value that nests deeper than the interpreter's stack has room for"
"""Why such a walk did not come to its end."""


class ByClass(dict[type[Any], T]):
    """What stands for a class, or else for the nearest of its bases that the table has."""

    def __missing__(self, cls: type[Any]) -> T:
        for base in cls.__mro__:
            if base in self:
                return self[base]
        raise ArgumentError(f"a value of the type {cls.__name__}, which no context holds")
