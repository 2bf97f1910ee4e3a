"""Elements going out: the part that the writers of XML and .NET Binary share, which is namespaces and their prefixes.

A prefix means nothing by itself, but servers choose it by a rule, and so does this file: an element without a prefix is
in the default namespace; where its namespace has no prefix, it becomes the default. Types in `i:type`, and namespaces
that an element declares for what is in it, get the first letter that is free.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from string import ascii_lowercase
from typing import Any, NamedTuple, TypeAlias

from ..model.kinds import XRM
from .scopes import INSTANCE

Name: TypeAlias = tuple[str, str]
"""A namespace, and a name in it."""


class Tag(NamedTuple):
    """The beginning of an element, with its prefixes."""

    prefix: str
    name: str
    type_name: str
    """What `i:type` says, empty without one."""
    is_nil: bool
    declared: dict[str, str]
    """The namespaces that are declared here, by prefix."""


class Elements(ABC):
    """A document that is written from its beginning to its end."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, str]] = []

    def begin(self, name: str) -> None:
        """Begin the first element, which declares what servers declare there."""
        scope = {"": XRM, "i": INSTANCE}
        self._begin(Tag("", name, "", is_nil=False, declared=scope))
        self._scopes.append(scope)

    def open(self, name: Name, type_name: Name | None = None, declares: Sequence[str] = ()) -> None:
        """Begin an element that holds elements, or nothing."""
        tag, scope = self._tag(name, type_name, declares, is_nil=False)
        self._begin(tag)
        self._scopes.append(scope)

    def close(self) -> None:
        """End the element that was begun last."""
        self._scopes.pop()
        self._end()

    def leaf(
        self, name: Name, value: Any, type_name: Name | None = None, declares: Sequence[str] = (), *, kind: str = ""
    ) -> None:
        """An element that holds a scalar; `kind` is the name of the scalar's type."""
        tag, _ = self._tag(name, type_name, declares, is_nil=False)
        self._scalar(tag, value, kind)

    def null(self, name: Name, declares: Sequence[str] = ()) -> None:
        """An element that holds null."""
        tag, _ = self._tag(name, None, declares, is_nil=True)
        self._scalar(tag, "", "")

    def row(self, name: Name, values: Sequence[Any], kind: str) -> None:
        """Elements of one name that hold a scalar each."""
        for value in values:
            self.leaf(name, value, kind=kind)

    def _tag(
        self, name: Name, type_name: Name | None, declares: Sequence[str], *, is_nil: bool
    ) -> tuple[Tag, dict[str, str]]:
        scope = self._scopes[-1]
        declared: dict[str, str] = {}
        if name[0] not in scope.values():
            scope = {**scope, "": name[0]}
            declared[""] = name[0]
        prefix = _prefix(scope, name[0])
        for namespace in (*([type_name[0]] if type_name else []), *declares):
            if namespace not in scope.values():
                free = next(letter for letter in _letters() if letter not in scope) if namespace else ""
                scope = {**scope, free: namespace}
                declared[free] = namespace
        qualified = ""
        if type_name:
            of_type = _prefix(scope, type_name[0])
            qualified = f"{of_type}:{type_name[1]}" if of_type else type_name[1]
        return Tag(prefix, name[1], qualified, is_nil, declared), scope

    @abstractmethod
    def _begin(self, tag: Tag) -> None: ...

    @abstractmethod
    def _end(self) -> None: ...

    @abstractmethod
    def _scalar(self, tag: Tag, value: Any, kind: str) -> None: ...

    @abstractmethod
    def finish(self) -> bytes:
        """The whole document."""


def _prefix(scope: dict[str, str], namespace: str) -> str:
    return next(prefix for prefix, bound in scope.items() if bound == namespace)


def _letters() -> Iterator[str]:
    yield from (letter for letter in ascii_lowercase if letter != "i")
    number = 0
    while True:
        number += 1
        yield f"a{number}"
