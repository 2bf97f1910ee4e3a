"""The writer of both formats beside JSON: a context in, elements out. The mirror of `building`.

How it works: one walk over the context calls the writer of a format, element by element. What the model knows is
written by the model's table, in the order of the wire. A value in an untyped slot also needs the name of a type. If the
context came in one of these formats, and the value is still what its document had, the document's element is written
again; else `inferred` has the type.

All values were checked before, because the context was written in JSON first: what JSON cannot hold is never seen here,
and nothing nests deeper than there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from ..errors import Fault
from ..event.context import RemoteExecutionContext
from ..model.enums import MEMBER_NAMES, TYPE_NAMES, Names, names_of, spelled
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, TAGS, XRM, Member, item_of
from ..model.parameters import KeyValuePair
from ..model.records import is_absent
from ..model.values import UnknownValue
from ..wire import written
from .elements import Elements, Name
from .inferred import (
    OF_TEXTS,
    checked_name,
    content_of,
    kind_of_items,
    names_of_items,
    tagged_class,
    type_of_unknown,
    typed_scalar,
)
from .memory import Node, Past
from .scopes import ROOT_NAME
from .typed import ARRAYS, GENERIC, SCHEMA, name_of, slot_of

_METADATA = "http://schemas.microsoft.com/xrm/2011/Metadata"
_XRM_7_1 = "http://schemas.microsoft.com/xrm/7.1/Contracts"
_OF_METADATA = frozenset({"MetadataId", "HasChanged"})
"""Members that come from another type of the platform, and so stand in its namespace."""

_KEY, _VALUE = (GENERIC, "key"), (GENERIC, "value")

_ENUMS = frozenset(MEMBER_NAMES) | {
    member.wire for members in MEMBERS.values() for member in members if member.kind in TYPE_NAMES
}
"""The members that are declared as enums."""

_PAIR_NAMES: dict[str, Name] = {
    "ParameterCollection": (XRM, "KeyValuePairOfstringanyType"),
    "AttributeCollection": (XRM, "KeyValuePairOfstringanyType"),
    "KeyAttributeCollection": (_XRM_7_1, "KeyValuePairOfstringanyType"),
    "FormattedValueCollection": (XRM, "KeyValuePairOfstringstring"),
    "EntityImageCollection": (XRM, "KeyValuePairOfstringEntitygUGIFE1S"),
    "RelatedEntityCollection": (XRM, "KeyValuePairOfRelationshipEntityCollectionX_PsK4FkN"),
}
"""The name of a pair's element, by the kind of the collection. .NET makes a part of some names by a hash."""

_DECLARES: dict[str, tuple[str, ...]] = {
    **{kind: tuple(dict.fromkeys([namespace, GENERIC])) for kind, (namespace, _) in _PAIR_NAMES.items()},
    "list[Value]": (ARRAYS,),
    "list[str | None]": (ARRAYS,),
}
"""The namespaces that the element of a member declares for what is in it, by the member's kind."""


def write_context(
    context: RemoteExecutionContext, out: Elements, past: Past | None, *, is_from_xml: bool = False
) -> None:
    """Write a context that JSON can hold; `is_from_xml` tells where `past` was read. Raises Fault, with its path."""
    walk = _Walk(out, is_from_xml=is_from_xml)
    try:
        out.begin(ROOT_NAME)
        walk.members(RemoteExecutionContext, context, past)
        out.close()
    except Fault as fault:
        for step in reversed(walk.steps):
            fault.within(step)
        raise


class _Walk:
    """The walk over one context. `steps` is the path to where it is, and so to what is wrong."""

    def __init__(self, out: Elements, *, is_from_xml: bool) -> None:
        self.out: Elements = out
        self.is_from_xml: bool = is_from_xml
        self.steps: list[str] = []

    # What the model knows

    def record(self, name: Name, record: Any, past: Past | None, type_name: Name | None = None) -> None:
        """A record, with its type if the slot declares none."""
        cls = _class_of(record)
        if record.unknown_members.get("__type") is not None:
            self.steps.append(".__type")
            raise Fault("a type in a slot that declares another one, which only JSON can hold")
        self.out.open(name, type_name)
        self.members(cls, record, past if past and past.value.__class__ is record.__class__ else None)
        self.out.close()

    def members(self, cls: Any, record: Any, past: Past | None) -> None:
        """The members of a record, unknown ones among the known in the order of their names."""
        namespace = name_of(TAGS[cls])[0] if cls in TAGS else XRM
        waiting = sorted(record.unknown_members.items(), reverse=True)
        for member in MEMBERS[cls]:
            while waiting and waiting[-1][0] < member.wire:
                self.unknown_member(namespace, waiting.pop(), past)
            if not is_absent(record, member.field):
                self.steps.append(f".{member.wire}")
                value = getattr(record, member.field)
                before = past and past.member(member.wire, getattr(past.value, member.field))
                name = (_METADATA if member.wire in _OF_METADATA else namespace, member.wire)
                if member.kind in RECORDS and value is not None:
                    # Records are written without a function in between, because it would cost a stack frame a level.
                    self.record(name, value, before)
                else:
                    self.member(name, member, value, before)
                self.steps.pop()
        while waiting:
            self.unknown_member(namespace, waiting.pop(), past)

    def unknown_member(self, namespace: str, member: tuple[str, Any], past: Past | None) -> None:
        """A member that the model does not know."""
        name, value = member
        self.steps.append("[…]")
        before = past and name in past.value.unknown_members and past.member(name, past.value.unknown_members[name])
        if before and before.gave(value):
            self.again(before.node)
        else:
            self.value((namespace, checked_name(name)), value, is_guess=True)
        self.steps.pop()

    def member(self, name: Name, member: Member, value: Any, past: Past | None) -> None:
        """A member of a known kind."""
        kind = member.kind
        declares = _DECLARES.get(kind, ())
        if value is None or getattr(value, "is_null", False) is True:
            self.out.null(name, declares)
        elif kind in PAIRS:
            self.pairs(name, kind, value, past)
        elif kind == "Value":
            self.value(name, value, past)
        elif item := item_of(kind):
            self.out.open(name, None, declares)
            self.items(item, value, past)
            self.out.close()
        elif past and (kind == "datetime" or member.wire in _ENUMS) and past.gave(value):
            self.again(past.node, "dateTime" if kind == "datetime" else "enum")
        else:
            self.out.leaf(name, _SCALARS[kind](value, member.wire))

    def items(self, kind: str, values: Sequence[Any], past: Past | None) -> None:
        """The items of a list whose items have a kind."""
        befores: list[Past | None] = [None] * len(values)
        if past and past.value.__class__ is list and len(past.value) == len(values):
            befores = [Past(node, value) for node, value in zip(past.node.children, past.value, strict=True)]
        for index, (value, before) in enumerate(zip(values, befores, strict=True)):
            self.steps.append(f"[{index}]")
            if kind == "Value":
                self.value((ARRAYS, "anyType"), value, before)
            elif kind in RECORDS:
                self.record((name_of(TAGS[RECORDS[kind]])[0], kind), value, before)
            elif value is None:
                self.out.null((ARRAYS, "string"))
            else:
                self.out.leaf((ARRAYS, "string"), value)
            self.steps.pop()

    def pairs(self, name: Name, kind: str, items: Any, past: Past | None) -> None:
        """A collection of key/value pairs."""
        befores = past.pairs() if past and past.value else {}
        self.out.open(name, None, _DECLARES[kind])
        for index, (key, value) in enumerate(items.items()):
            before_key, before = befores.get(key, (None, None))
            self.out.open(_PAIR_NAMES[kind])
            self.steps.append(f"[{index}].key")
            if PAIRS[kind].key == "str":
                self.out.leaf(_KEY, key)
            else:
                self.record(_KEY, key, before_key)
            self.steps[-1] = f"[{index}].value"
            if PAIRS[kind].item == "Value":
                self.value(_VALUE, value, before)
            elif value is None:
                self.out.null(_VALUE)
            elif PAIRS[kind].item == "str":
                self.out.leaf(_VALUE, value)
            else:
                self.record(_VALUE, value, before)
            self.steps.pop()
            self.out.close()
        self.out.close()

    # Values of untyped slots

    def value(self, name: Name, value: Any, past: Past | None = None, *, is_guess: bool = False) -> None:
        """A value that names its type itself; where a reader has to guess, text needs no type."""
        cls = tagged_class(value)
        if value is None:
            self.out.null(name)
        elif cls is not None and cls is not KeyValuePair:
            self.record(name, value, past, name_of(TAGS[cls]))
        elif past and past.gave(value):
            self.again(past.node)
        elif cls is KeyValuePair:
            self.key_value_pair(name, value, name_of(value.type_name))
        elif isinstance(value, list | tuple):
            self.items_of(name, cast("Any", value))
        elif isinstance(value, UnknownValue):
            type_name = type_of_unknown(value)
            if slots := slot_of(*type_name).slots:
                self.request(name, value, type_name, slots)
            else:
                self.object(name, value.members, type_name)
        elif isinstance(value, dict):
            self.object(name, cast("Any", value), (SCHEMA, "anyType") if value or is_guess else None)
        elif is_guess and isinstance(value, str):
            self.out.leaf(name, value)
        else:
            type_name, content = typed_scalar(value)
            self.out.leaf(name, content, type_name, kind=type_name[1])

    def object(self, name: Name, members: Mapping[str, Any], type_name: Name | None) -> None:
        """An object whose members nobody knows, in the namespace of its type."""
        namespace = name[0] if type_name is None or type_name[0] == SCHEMA else type_name[0]
        self.out.open(name, type_name)
        for member, value in members.items():
            self.steps.append("[…]")
            self.value((namespace, checked_name(member)), value, is_guess=True)
            self.steps.pop()
        self.out.close()

    def request(self, name: Name, value: UnknownValue, type_name: Name, slots: Mapping[str, Any]) -> None:
        """An object of a type that the model does not know, while `typed` knows its members."""
        self.out.open(name, type_name)
        for member, item in value.members.items():
            self.steps.append("[…]")
            inner = (type_name[0], checked_name(member))
            if getattr(slots.get(member), "is_array", False) and _are_pairs(item):
                pairs: Any = item
                self.pairs(inner, "ParameterCollection", {pair["key"]: pair["value"] for pair in pairs}, None)
            else:
                self.value(inner, item, is_guess=True)
            self.steps.pop()
        self.out.close()

    def key_value_pair(self, name: Name, pair: KeyValuePair, type_name: Name | None) -> None:
        """An item of a dictionary: in a list of them, the element's name says the type."""
        namespace, members = (ARRAYS, ("Key", "Value")) if type_name is None else (GENERIC, ("key", "value"))
        self.out.open(name, type_name)
        is_text = pair.type_name.startswith("KeyValuePairOfstringstring")
        for member, value in zip(members, (pair.key, pair.value), strict=True):
            self.steps.append(f".{member.lower()}")
            if isinstance(value, str) and (is_text or member.lower() == "key"):
                self.out.leaf((namespace, member), value)
            else:
                self.value((namespace, member), value)
            self.steps.pop()
        self.out.close()

    def items_of(self, name: Name, items: Any) -> None:
        """A list, with a type by its items."""
        kind = kind_of_items(items)
        if kind is not None and kind not in OF_TEXTS:
            self.out.open(name, (ARRAYS, f"ArrayOf{kind}"))
            self.out.row((ARRAYS, kind), [content_of(item) for item in items], kind)
            self.out.close()
            return
        names = ((ARRAYS, f"ArrayOf{kind}"), (ARRAYS, kind)) if kind else names_of_items(items)
        self.out.open(name, names[0])
        for index, item in enumerate(items):
            self.steps.append(f"[{index}]")
            if names[1][1] == "anyType":
                self.value(names[1], item)
            else:
                self.declared(names[1], item)
            self.steps.pop()
        self.out.close()

    def declared(self, name: Name, item: Any) -> None:
        """An item of a list that says the type of all of them."""
        if item is None:
            self.out.null(name)
        elif isinstance(item, str):
            self.out.leaf(name, content_of(item))
        elif isinstance(item, KeyValuePair):
            self.key_value_pair(name, item, None)
        elif isinstance(item, UnknownValue):
            self.object(name, item.members, None)
        else:
            self.record(name, item, None)

    # What the document had

    def again(self, node: Node, kind: str = "") -> None:
        """An element of the document, with all that is in it; `kind` is the type of a scalar that the slot declares."""
        if node.is_nil:
            self.out.null(node.name, node.declares)
        elif not node.children:
            content = node.content
            kind = kind or node.kind
            if isinstance(content, str) and kind == "enum":
                content = int(content) if _ENUM_NUMBER.fullmatch(content) else written.flags(content)
            elif isinstance(content, str) and not self.is_from_xml and kind != "QName":
                kind = ""  # a text record stays one
            self.out.leaf(node.name, "" if content is None else content, node.type_name, node.declares, kind=kind)
        else:
            self.out.open(node.name, node.type_name, node.declares)
            if _is_row(node.children):
                first = node.children[0]
                self.out.row(first.name, [child.content for child in node.children], first.kind)
            else:
                for child in node.children:
                    self.again(child)
            self.out.close()


_ENUM_NUMBER = re.compile("-?[0-9]{1,19}")


def _is_row(nodes: list[Node]) -> bool:
    first = nodes[0]
    return first.name[0] == ARRAYS and all(
        node.name == first.name and not (node.is_nil or node.type_name or node.declares or node.children)
        for node in nodes
    )


def _class_of(record: Any) -> Any:
    return next(cls for cls in record.__class__.__mro__ if cls in MEMBERS)


def _are_pairs(items: Any) -> bool:
    return items.__class__ is list and all(
        item.__class__ is dict and item.keys() == {"key", "value"} and isinstance(item["key"], str) for item in items
    )


# Scalars of declared kinds


def _declared_text(value: Any, _: str) -> Any:
    return str(value)


def _declared_int(value: Any, wire: str) -> Any:
    if not -(1 << 31) <= value < 1 << 31:
        raise Fault("an integer of more than 32 bits, which only JSON can hold")
    return _named(int(value), MEMBER_NAMES[wire]) if wire in MEMBER_NAMES else int(value)


def _declared_amount(value: Any, _: str) -> Any:
    return Decimal(format(Decimal(value), "f"))


def _as_it_is(value: Any, _: str) -> Any:
    return value


def _code(names: Names | None) -> Callable[[Any, str], Any]:
    def write(value: Any, wire: str) -> Any:
        number = _declared_int(value, wire)
        return number if names is None else _named(number, names)

    return write


def _named(number: int, names: Names) -> Any:
    name = spelled(number, names)
    return written.flags(name) if isinstance(name, str) else name


_SCALARS: dict[str, Callable[[Any, str], Any]] = {
    "UUID": _declared_text,
    "str": _as_it_is,
    "bool": _as_it_is,
    "int": _declared_int,
    "Decimal": _declared_amount,
    "datetime": _as_it_is,
    **{name: _code(names_of(cls) if name in TYPE_NAMES else None) for name, cls in CODES.items()},
}
"""What is written for a member that is declared as a scalar, by its kind. Enums are spelled by name."""
