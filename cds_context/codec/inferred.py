"""The types of values that remember none: what the writers of XML and .NET Binary say in `i:type`.

A scalar has its type by its class, and a text also by its spelling; a list has one by its items, and an object by its
`__type`. The page "Message formats" has the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from xml.parsers import expat

from ..errors import Fault
from ..model.kinds import TAGS, XRM
from ..model.parameters import KeyValuePair
from ..model.values import UnknownValue
from ..wire.numbers import DoubleDecimal, format_decimal
from ..wire.spelled import double
from .elements import Name
from .typed import ARRAYS, DICTIONARY, OF_PAIRS, SCHEMA, SERIALIZATION, Shape, name_of, slot_of

_XRM_9_0 = "http://schemas.microsoft.com/xrm/9.0/Contracts"

OF_TEXTS = frozenset({"string", "guid"})
"""The types of items that .NET never writes in one record."""

_guid = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch
_is_plain_name = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*").fullmatch
_is_name = re.compile(r"[^\W\d][\w.\-\u00b7]*").fullmatch
_is_namespace = re.compile(r"[^\0-\x20\ud800-\udfff\ufffe\uffff]+").fullmatch


def tagged_class(value: Any) -> Any:
    """The model's class of a value; None for what has none."""
    return next((cls for cls in value.__class__.__mro__ if cls in TAGS), None)


def checked_name(name: str) -> str:
    """The name of a member or a type. Raises Fault for one that no element can have."""
    if _is_plain_name(name) or (_is_name(name) and _is_taken(name)):
        return name
    raise Fault("a name that XML cannot hold")


def _is_taken(name: str) -> bool:
    try:
        expat.ParserCreate("utf-8").Parse(f"<{name}/>", True)  # noqa: FBT003 - expat takes it by position only
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


def type_of_unknown(value: UnknownValue) -> Name:
    """The name of an unknown type. A reader must take it for unknown, too."""
    type_name = name_of(value.type_name)
    if not _is_namespace(type_name[0]):
        raise Fault("a type whose name XML cannot hold").within(".__type")
    slot = slot_of(type_name[0], checked_name(type_name[1]))
    if not isinstance(slot, Shape) or slot.tag != value.type_name or slot.is_pair or slot.is_list:
        raise Fault("a type that the other formats have for other values").within(".__type")
    return type_name


def _text_type(value: str) -> Name:
    return (SERIALIZATION, "guid") if _guid(value) else (SCHEMA, "string")


def _int_type(value: int) -> Name:
    bits = value.bit_length() if value >= 0 else (~value).bit_length()
    if bits < 64:
        return (SCHEMA, "int" if bits < 32 else "long")
    return (SCHEMA, "unsignedLong" if bits == 64 and value > 0 else "decimal")


def _decimal_type(value: Decimal) -> Name:
    return (SCHEMA, "double" if _is_double(value) else "decimal")


def _is_double(value: Decimal) -> bool:
    """Whether no .NET decimal is spelled like the number: it has an exponent, is infinite, or is zero with a sign."""
    return isinstance(value, DoubleDecimal) or not value.is_finite() or str(value) == "-0"


_TYPES: dict[type[Any], Callable[[Any], Name]] = {
    bool: lambda _: (SCHEMA, "boolean"),
    int: _int_type,
    float: lambda _: (SCHEMA, "double"),
    Decimal: _decimal_type,
    str: _text_type,
    UUID: lambda _: (SERIALIZATION, "guid"),
    datetime: lambda _: (SCHEMA, "dateTime"),
}
"""The type of a scalar that has no other, by its class."""


def typed_scalar(value: Any) -> tuple[Name, Any]:
    """The type of a scalar, and what is written for it."""
    cls = next(cls for cls in value.__class__.__mro__ if cls in _TYPES)
    return _TYPES[cls](value), content_of(value)


def content_of(value: Any) -> Any:
    """A scalar without what its class adds to it."""
    if isinstance(value, Decimal) and _is_double(value):
        return str(double(format_decimal(value)))
    if isinstance(value, UUID | str):
        return str.__str__(value) if isinstance(value, str) else str(value)
    if isinstance(value, int) and value.__class__ is not bool:
        return int(value)
    return value


def kind_of_items(items: Sequence[Any]) -> str | None:
    """The type of all items of a list, if they are scalars of one type, of which .NET has arrays."""
    if items and all(item is None or isinstance(item, str) for item in items):
        return "guid" if all(item and _guid(item) for item in items) else "string"
    classes = {item.__class__ for item in items}
    if len(classes) != 1 or not classes <= _TYPES.keys():
        return None
    kinds = {typed_scalar(item)[0][1] for item in items}
    kind = "long" if kinds == {"int", "long"} else next(iter(kinds))
    return kind if kinds <= {kind, "int"} and kind != "unsignedLong" else None


def names_of_items(items: Sequence[Any]) -> tuple[Name, Name]:
    """The name of a list's type and of its items, by the type of the objects in it."""
    found = {_tag_of(item) for item in items if item is not None}
    tag = found.pop() if len(found) == 1 else ""
    namespace, name = name_of(tag)
    if not name or len(name) > _LONGEST or (tag.endswith(OF_PAIRS) and not (DICTIONARY.fullmatch(name) and all(items))):
        return (ARRAYS, "ArrayOfanyType"), (ARRAYS, "anyType")
    if tag.endswith(OF_PAIRS):
        name = name.replace("KeyValuePairOf", "KeyValueOf", 1)
        namespace = ARRAYS
    elif tag in _COLLECTIONS and None not in items:
        return _COLLECTIONS[tag], (_COLLECTIONS[tag][0], name)
    return (namespace, f"ArrayOf{name}"), (namespace, name)


_LONGEST = 180
_COLLECTIONS: dict[str, Name] = {
    f"OptionSetValue:{XRM}": (_XRM_9_0, "OptionSetValueCollection"),
    f"EntityReference:{XRM}": (XRM, "EntityReferenceCollection"),
}
"""The platform's own collections, by the type of their items."""


def _tag_of(item: Any) -> str:
    """The type of an object; empty for what is no object of a type."""
    if isinstance(item, KeyValuePair):
        return item.type_name
    if isinstance(item, UnknownValue):
        try:
            namespace, _ = type_of_unknown(item)
        except Fault:  # which the item itself gives again, with its path
            return ""
        return item.type_name if namespace != ARRAYS else ""
    cls = tagged_class(item)
    return TAGS[cls] if cls is not None else ""
