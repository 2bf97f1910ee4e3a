"""Namespaces in scope, and what the attributes of an element say: the part that XML and .NET Binary share.

A prefix means nothing by itself, so every prefix is resolved where it stands, also that of a name inside `i:type`.
Three attributes count: `i:type` names the type of a value, `i:nil` makes it null, `z:Ref` points to another object,
which servers never write and is refused. All other attributes are passed over.

How it is fast: the same few attributes stand on hundreds of elements. A scope remembers what it made of them, by their
raw spelling; and the scope of a usual root outlives its document.
"""

from __future__ import annotations

from typing import Any

from ..errors import Fault
from ..model.kinds import XRM
from ..wire.formats import WHITE
from .typed import SERIALIZATION, Slot, slot_of

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"

_MOST = 1 << 20
_EACH = 300
"""How much all scopes of a root remember of the spellings, which a body chooses: their characters, and so much for
each of them."""
_LONGEST = 1000

ROOT_NAME = "RemoteExecutionContext"


class Given:
    """What the attributes of an element say."""

    __slots__ = ("declared", "inner", "is_nil", "raw", "slot", "type_name")

    def __init__(  # noqa: PLR0913 - the last two are for writers
        self,
        slot: Slot,
        *,
        is_nil: bool,
        inner: Scope,
        raw: Any,
        type_name: tuple[str, str] | None = None,
        declared: tuple[str, ...] = (),
    ) -> None:
        self.slot: Slot = slot
        """The slot that the type names; None without a type."""
        self.type_name: tuple[str, str] | None = type_name
        """The type's namespace and name."""
        self.declared: tuple[str, ...] = declared
        """The namespaces that the element declares."""
        self.is_nil: bool = is_nil
        self.inner: Scope = inner
        """The scope inside the element."""
        self.raw: Any = raw
        """The attributes as they are spelled."""


class Scope:
    """The namespaces that prefixes stand for; a scope without its own asks the one around it."""

    __slots__ = ("bindings", "given", "has_usual_nil", "outer", "remembered", "slots")

    def __init__(self, outer: Scope | None, bindings: dict[str, str]) -> None:
        self.outer: Scope | None = outer
        self.bindings: dict[str, str] = bindings
        # All scopes of a document count together what they remember. A usual root outlives its document, and its count
        # goes on with it.
        self.remembered: list[int] = [0] if outer is None or outer.outer is None else outer.remembered
        self.given: dict[Any, Given] = {}
        """What attributes said in this scope, by their spelling, or by a piece of it."""
        self.slots: dict[Any, Any] = {}
        """The slots of the fast passes in this scope, by their shape."""
        self.has_usual_nil: bool = self.get("i") == INSTANCE
        """Whether `i:nil` is the attribute that makes a value null."""

    def get(self, prefix: str) -> str | None:
        """The namespace of a prefix, None if there is none."""
        scope: Scope | None = self
        while scope is not None:
            if prefix in scope.bindings:
                return scope.bindings[prefix]
            scope = scope.outer
        return _XML if prefix == "xml" else None

    def remember(self, key: Any, given: Given) -> None:
        """Remember what attributes said, unless the scopes of the document remember too much already."""
        if self.may_remember(given.raw):
            self.given[key] = given

    def may_remember(self, raw: Any) -> bool:
        """Whether one more spelling may be remembered, which counts at once."""
        if self is OUTSIDE or self.remembered[0] >= _MOST or len(raw) > _LONGEST:
            return False
        self.remembered[0] += len(raw) + _EACH
        return True

    @property
    def is_usual(self) -> bool:
        """Whether the scope is that of a context as servers write it."""
        return self.bindings == {"": XRM, "i": INSTANCE}

    @property
    def is_full(self) -> bool:
        """Whether nothing more is remembered."""
        return self.remembered[0] >= _MOST

    def read(self, declared: dict[str, str], attributes: list[tuple[str, str, Any]], raw: Any) -> Given:
        """What attributes say: `declared` are prefixes with their namespaces, the others stand with prefix and name."""
        inner = Scope(self, declared) if declared else self
        type_name: tuple[str, str] | None = None
        is_nil = False
        seen: set[tuple[str, str]] = set()
        for prefix, name, value in attributes:
            namespace = inner.namespace_of(prefix) if prefix else ""
            if (namespace, name) in seen:
                raise Fault("malformed: an attribute that stands twice")
            seen.add((namespace, name))
            if namespace == INSTANCE and name == "type":
                type_name = inner.type_of(value)
            elif namespace == INSTANCE and name == "nil":
                is_nil = _is_true(value)
            elif namespace == SERIALIZATION and name == "Ref":
                raise Fault("a reference to another object, which servers do not write")
        slot = type_name and slot_of(*type_name)
        namespaces = tuple(declared.values())
        return Given(slot, is_nil=is_nil, inner=inner, raw=raw, type_name=type_name, declared=namespaces)

    def type_of(self, value: Any) -> tuple[str, str]:
        """The namespace and the name of the type that the value of `i:type` names."""
        if not isinstance(value, str):
            raise Fault("a type whose name is no text")
        prefix, _, name = value.strip(WHITE).rpartition(":")
        if not name:
            raise Fault("a type without a name")
        return self.namespace_of(prefix), name

    def namespace_of(self, prefix: str) -> str:
        """The namespace of a prefix, empty for none. Raises Fault for a prefix that nobody declared."""
        namespace = self.get(prefix)
        if namespace is None and prefix:
            raise Fault("a prefix without a namespace")
        return namespace or ""


def _is_true(value: Any) -> bool:
    text = value.strip(WHITE) if isinstance(value, str) else {True: "true", False: "false"}.get(value)
    if text not in _TRUE and text not in _FALSE:
        raise Fault("`nil` that is neither true nor false")
    return text in _TRUE


OUTSIDE = Scope(None, {})
"""The scope around every document. It remembers nothing, because whatever it held would outlive the document."""

_TRUE = ("true", "1")
_FALSE = ("false", "0")


_MOST_ROOTS = 4
_roots: dict[Any, Scope] = {}
"""The scopes inside of usual first elements, by the spelling of their attributes."""


def root_scope(prefix: str, name: str, given: Given) -> Scope:
    """The scope inside a document's first element, which must be a context."""
    scope = given.inner
    if name != ROOT_NAME or scope.get(prefix) != XRM:
        raise Fault("expected the element RemoteExecutionContext, found another one")
    if given.is_nil:
        raise Fault("expected an object, found null")
    known = _roots.get(given.raw) if scope.is_usual else None
    if known is not None and not known.is_full:
        return known
    if scope.is_usual and len(given.raw) <= _LONGEST:
        if len(_roots) >= _MOST_ROOTS:
            _roots.clear()
        _roots[given.raw] = scope
    return scope
