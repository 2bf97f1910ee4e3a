"""What a context remembers of the XML or the .NET Binary that it was read from: the types of untyped values.

How it works: the memory is the document itself. It stands beside the values, in the collection of unknown members,
where neither equality nor repr nor hash nor pickle sees it. Reading pays nothing for it, and JSON has none. When the
context is written in one of the two formats, the document is read once more, as elements, and beside them as the values
that it gave; a value that is still the one of the document is written by its element, and every other forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from ..event.context import RemoteExecutionContext
from ..model.records import UnknownMembers
from ..wire.formats import Format
from .elements import Name
from .typed import ARRAYS, SCHEMA, SERIALIZATION


class Node:
    """An element of the document."""

    __slots__ = ("children", "content", "declares", "is_nil", "name", "type_name")

    def __init__(
        self, name: Name, content: Any, *, type_name: Name | None, is_nil: bool, declares: tuple[str, ...]
    ) -> None:
        self.name: Name = name
        self.content: Any = content
        """Text, or what a binary record holds."""
        self.type_name: Name | None = type_name
        self.is_nil: bool = is_nil
        self.declares: tuple[str, ...] = declares
        self.children: list[Node] = []

    def child(self, name: str) -> Node | None:
        """The element in this one that has the name."""
        return next((child for child in self.children if child.name[1] == name), None)

    @property
    def kind(self) -> str:
        """The name of the type of a scalar; `enum` for a type that the schema of XML does not have."""
        if self.type_name is None:
            return self.name[1] if self.name[0] == ARRAYS else ""
        return self.type_name[1] if self.type_name[0] in {SCHEMA, SERIALIZATION} else "enum"


class Memory(NamedTuple):
    """The document that a context came in."""

    body: bytes
    form: Format
    parse_float: Callable[[str], float | Decimal]
    parents: int = 0
    """How many contexts stand around this one in the document."""


class Remembering(UnknownMembers[Any]):
    """The unknown members of a context that remembers its document. Only the memory makes the class another one."""

    __slots__ = ("memory",)
    memory: Memory

    def __repr__(self) -> str:
        return super().__repr__().replace(type(self).__name__, UnknownMembers.__name__, 1)

    def __reduce__(self) -> Any:
        # NO_MEMBERS is recognized by identity, and stands under this name.
        return (UnknownMembers, (dict(self),)) if self else (getattr, (UnknownMembers, "_none"))


_write: Any = vars(RemoteExecutionContext)["unknown_members"].__set__


def remember(context: RemoteExecutionContext, memory: Memory) -> None:
    """Let a context, which nobody else has yet, and its parents remember their document."""
    parent: Any = context
    parents = 0
    while isinstance(parent, RemoteExecutionContext):
        members = Remembering(parent.unknown_members)
        members.memory = memory._replace(parents=parents) if parents else memory
        _write(parent, members)
        parent = parent.parent_context
        parents += 1


class Past(NamedTuple):
    """An element of the document, and the value that it gave."""

    node: Node
    value: Any

    def member(self, wire: str, value: Any) -> Past | None:
        """What the document had for a member."""
        node = self.node.child(wire)
        return None if node is None else Past(node, value)

    def pairs(self) -> dict[Any, tuple[Past, Past]]:
        """What the document had for the pairs of a collection, by key."""
        found: dict[Any, tuple[Past, Past]] = {}
        for node, (key, value) in zip(self.node.children, self.value.items(), strict=True):
            found[key] = (Past(node.children[0], key), Past(node.children[1], value))
        return found

    def gave(self, value: Any) -> bool:
        """Whether the value is the one of the document, down to the zone of a date and the scale of a number."""
        return value.__class__ is self.value.__class__ and repr(value) == repr(self.value)


def read_node(tokens: Iterable[Any]) -> Node:
    """The elements of a document, as they stand."""
    node = Node(("", ""), "", type_name=None, is_nil=False, declares=())
    stack: list[Node] = []
    for name, given, content, is_closed in tokens:
        if name is None:
            node = stack.pop() if stack else node
            continue
        if given is None:
            made = Node(name, content, type_name=None, is_nil=False, declares=())
        else:
            made = Node(name, content, type_name=given.type_name, is_nil=given.is_nil, declares=given.declared)
        node.children.append(made)
        if not is_closed:
            stack.append(node)
            node = made
    return node
