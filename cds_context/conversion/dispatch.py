"""A table of functions by class, for files that walk all values of a context.

No class of the package is known here.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..errors import ArgumentError

T = TypeVar("T")

TOO_DEEP = "a value that nests deeper than the interpreter's stack has room for"
"""The reason of the error for a walk that exceeds the interpreter's stack."""


class ByClass(dict[type[Any], T]):
    """The table's entry for a class, else for the nearest of its bases."""

    def __missing__(self, cls: type[Any]) -> T:
        for base in cls.__mro__:
            if base in self:
                return self[base]
        raise ArgumentError(f"a value of the type {cls.__name__}, which no context holds")
