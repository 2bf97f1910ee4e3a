"""What stands in each slot of XML and .NET Binary: made from the model's table of members, and from names of types.

JSON has numbers, lists and objects; these two formats have elements with text, and say only for values of untyped slots
what the text is. So the readers of both need to know the kind of each member, and what a name of a type means. Nothing
is described here twice: members come from `model.kinds`, names of enums from `model.enums`.

A slot is one of these: TEXT; a function that reads a scalar; a `Shape`, for an element that holds elements; UNTYPED,
for a value that names its type itself; GUESS, for a value of which nothing is known.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from msgspec import Raw

from ..errors import Fault
from ..event.context import RemoteExecutionContext
from ..model.enums import MEMBER_NAMES, TYPE_NAMES, Names, names_of, number_of
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, TAGS, XRM, Member, item_of
from ..wire import spelled
from ..wire.formats import WHITE
from ..wire.spelled import Read, text_of

SCHEMA = "http://www.w3.org/2001/XMLSchema"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
CLR = "http://schemas.datacontract.org/2004/07/"
GENERIC = f"{CLR}System.Collections.Generic"
OF_PAIRS = ":#System.Collections.Generic"

Slot: TypeAlias = Any

TEXT = None
"""A member that is declared as text."""
UNTYPED = object()
"""A value that names its type itself."""
GUESS = object()
"""A value of which nothing says what it is: it is text, or what its elements look like."""


class Shape:
    """An element that holds elements: an object with members, an array, or something unknown."""

    __slots__ = ("is_array", "is_known", "is_list", "is_object", "is_pair", "item", "names_itself", "slots", "tag")

    def __init__(  # noqa: PLR0913 - all but the first two are rare
        self,
        slots: dict[str, Slot] | None = None,
        item: Slot = GUESS,
        *,
        tag: str | None = None,
        is_array: bool = False,
        is_pair: bool = False,
        is_object: bool = False,
        names_itself: bool = False,
    ) -> None:
        self.slots: dict[str, Slot] | None = slots
        """The members of an object, by name; None for all others."""
        self.item: Slot = item
        """What an array holds."""
        self.tag: str | None = tag
        """The `__type` of an object in an untyped slot."""
        self.is_array: bool = is_array
        self.is_known: bool = is_array or slots is not None
        self.is_list: bool = tag is not None and "Collection:" in tag
        """Whether something unknown is called a collection, and so holds items."""
        self.is_object: bool = is_object
        """Whether what is not known is an object without a type, and neither text nor a list."""
        self.is_pair: bool = is_pair
        """Whether a key and a value must stand in this order, and nothing else."""
        self.names_itself: bool = names_itself
        """Whether the element's own name is the name of its type."""


def _array(item: Slot) -> Shape:
    return Shape(item=item, is_array=True)


def _pairs(key: Slot, value: Slot, *, names_itself: bool = False) -> Shape:
    return _array(Shape({"key": key, "value": value}, is_pair=True, names_itself=names_itself))


_declared: dict[type[Any], Shape] = {cls: Shape({}) for cls in MEMBERS}
_tagged: dict[type[Any], Shape] = {cls: Shape({}, tag=tag) for cls, tag in TAGS.items()}


def declared_id(value: Any) -> str:
    """The id of a member that is declared as one."""
    # What reads the tree refuses text that is no id; here, only other spellings of ids are brought to the usual one.
    return value if value.__class__ is str and len(value) == 36 else spelled.guid(value)


def amount(value: Any) -> Raw:
    """The number of a Money, in its digits."""
    return Raw(spelled.decimal_text(value).encode())


def _named(names: Names, read: Read, value: Any) -> Any:
    if value.__class__ is not str or not value.strip(WHITE)[:1].isalpha():
        return read(value)
    number = number_of(value, names)
    if number is None:
        raise Fault("a name that this package does not know for a number")
    return number


def _number_or_name(names: Names) -> Read:
    return lambda value: _named(names, _INT, value)


_INT = spelled.signed(32)
_SCALARS: dict[str, Slot] = {
    "UUID": declared_id,
    "str": TEXT,
    "bool": spelled.boolean,
    "int": _INT,
    "Decimal": amount,
    "datetime": spelled.moment,
    "Value": UNTYPED,
    "list[Value]": _array(UNTYPED),
    "list[str | None]": _array(TEXT),
    **{name: _number_or_name(names_of(cls)) for name, cls in CODES.items()},
}


def _slot(kind: str) -> Slot:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind in RECORDS:
        return _declared[RECORDS[kind]]
    if kind in PAIRS:
        return _pairs(_slot(PAIRS[kind].key), _slot(PAIRS[kind].item))
    return _array(_slot(item_of(kind)))


def _slot_of(member: Member) -> Slot:
    if member.kind == "int" and member.wire in MEMBER_NAMES:
        return _number_or_name(MEMBER_NAMES[member.wire])
    return _slot(member.kind)


for _cls, _members in MEMBERS.items():
    _slots = {member.wire: _slot_of(member) for member in _members}
    for _shapes in (_declared, _tagged):
        if _cls in _shapes:
            _shapes[_cls].slots = _slots

CONTEXT = _declared[RemoteExecutionContext]

_OF_SCHEMA: dict[str, Slot] = {
    "string": spelled.untyped_text,
    "int": _INT,
    "long": spelled.signed(64),
    "short": spelled.signed(16),
    "byte": spelled.signed(8),
    "unsignedByte": spelled.unsigned(8),
    "unsignedShort": spelled.unsigned(16),
    "unsignedInt": spelled.unsigned(32),
    "unsignedLong": spelled.unsigned(64),
    "boolean": spelled.boolean,
    "decimal": spelled.decimal,
    "double": spelled.double,
    "float": spelled.single,
    "dateTime": spelled.moment,
    "base64Binary": spelled.octets,
    "anyURI": spelled.untyped_text,
    "QName": spelled.untyped_text,
}
_OF_SERIALIZATION: dict[str, Slot] = {
    "guid": spelled.guid,
    "char": spelled.character,
    "duration": spelled.untyped_text,
}
_ITEMS: dict[str, Slot] = {**_OF_SCHEMA, **_OF_SERIALIZATION, "anyType": UNTYPED}
_BY_TAG = {tag: _tagged[cls] for cls, tag in TAGS.items()}
_XRM_2012 = "http://schemas.microsoft.com/xrm/2012/Contracts"
_REQUEST = {"Parameters": _slot("ParameterCollection"), "RequestId": declared_id, "RequestName": TEXT}
_RESPONSE = {"ResponseName": TEXT, "Results": _slot("ParameterCollection")}
_RESPONSE_ITEM = {"Fault": GUESS, "RequestIndex": _INT, "Response": Shape(_RESPONSE)}
_SETTINGS = {"ContinueOnError": spelled.boolean, "ReturnResponses": spelled.boolean}
_OF_EXECUTE_MULTIPLE: dict[str, Shape] = {
    f"OrganizationRequest:{XRM}": Shape(_REQUEST, tag=f"OrganizationRequest:{XRM}"),
    f"OrganizationResponse:{XRM}": Shape(_RESPONSE, tag=f"OrganizationResponse:{XRM}"),
    f"ExecuteMultipleSettings:{_XRM_2012}": Shape(_SETTINGS, tag=f"ExecuteMultipleSettings:{_XRM_2012}"),
}
_REQUESTS: dict[str, Shape] = {
    **_OF_EXECUTE_MULTIPLE,
    f"OrganizationRequestCollection:{_XRM_2012}": _array(_OF_EXECUTE_MULTIPLE[f"OrganizationRequest:{XRM}"]),
    f"OrganizationResponseCollection:{_XRM_2012}": _array(
        Shape(_RESPONSE_ITEM, tag=f"ExecuteMultipleResponseItem:{_XRM_2012}")
    ),
    "OrganizationResponseCollection:http://schemas.microsoft.com/xrm/7.1/Contracts": _array(
        _OF_EXECUTE_MULTIPLE[f"OrganizationResponse:{XRM}"]
    ),
}
"""The types of ExecuteMultiple: a reader gets them as unknown values, but their members are no guess."""


def _enum(names: Names) -> Read:
    def read(value: Any) -> int | str:
        text = text_of(value)
        number = number_of(text, names)
        return text if number is None else number

    return read


def _collection(kind: str) -> Shape:
    """A collection in an untyped slot, whose pairs are tagged with their own names."""
    return _pairs(_slot(PAIRS[kind].key), _slot(PAIRS[kind].item), names_itself=True)


_NAMED: dict[str, Slot] = {
    **{name: _enum(names) for name, names in TYPE_NAMES.items()},
    **{name: _collection(name) for name in PAIRS if name != "KeyAttributeCollection"},
    # The key of an alternate key is written as an item of any dictionary.
    "KeyAttributeCollection": _collection("ParameterCollection"),
    "EntityAttributeCollection": _pairs(TEXT, _array(UNTYPED), names_itself=True),
    "RelationshipQueryCollection": _pairs(_declared[RECORDS["Relationship"]], UNTYPED, names_itself=True),
    "EntityReferenceCollection": _array(_BY_TAG[f"EntityReference:{XRM}"]),
    "OptionSetValueCollection": _array(_BY_TAG[f"OptionSetValue:{XRM}"]),
}
"""Types that one namespace or another has."""

_TYPES: dict[str, Slot] = {
    **{f"{name}:{SCHEMA}": slot for name, slot in _OF_SCHEMA.items()},
    **{f"{name}:{SERIALIZATION}": slot for name, slot in _OF_SERIALIZATION.items()},
    f"anyType:{SCHEMA}": Shape(is_object=True),
    **_BY_TAG,
    **_REQUESTS,
}
"""Types by name and namespace."""

_LONGEST = 200
"""How long the name of an array may be: arrays of arrays have long names."""
DICTIONARY = re.compile(rf"KeyValue(?:Pair)?Of({'|'.join(sorted(_ITEMS, key=len, reverse=True))})(.*)")


def slot_of(namespace: str, name: str) -> Slot:
    """The slot that a name of a type stands for; a shape with nothing known in it for a type that nobody knows."""
    slot = _TYPES.get(f"{name}:{namespace}") or _NAMED.get(name)
    if slot is not None:
        return slot
    if name.startswith("ArrayOf") and len(name) <= _LONGEST:
        return _array(_item_slot(namespace, name[len("ArrayOf") :]))
    if name.startswith("KeyValuePairOf") and namespace == GENERIC:
        return _pair_slot(name)
    return _unknown(namespace, name)


def _unknown(namespace: str, name: str) -> Shape:
    short = namespace.replace(CLR, "#", 1) if namespace.startswith(CLR) else namespace
    return Shape(tag=f"{name}:{short}")


def name_of(tag: str) -> tuple[str, str]:
    """The namespace and the name of the type that a `__type` names."""
    name, _, namespace = tag.partition(":")
    return CLR + namespace[1:] if namespace.startswith("#") else namespace, name


def _item_slot(namespace: str, name: str) -> Slot:
    if namespace == ARRAYS and name in _ITEMS:
        return _ITEMS[name]
    if namespace == ARRAYS and name.startswith("KeyValueOf"):
        return _pair_slot(name)
    return slot_of(namespace, name)


def _pair_slot(name: str) -> Shape:
    """A pair of a dictionary; its name is made of the names of its two types."""
    match = DICTIONARY.fullmatch(name)
    key, value = (GUESS, GUESS) if match is None else (_ITEMS[match[1]], _ITEMS.get(match[2], GUESS))
    if match is not None and match[1] == match[2] == "string":
        key = value = TEXT  # which is never a date in JSON either
    return Shape(
        {"key": key, "value": value, "Key": key, "Value": value},
        tag=name.replace("KeyValueOf", "KeyValuePairOf", 1) + OF_PAIRS,
        is_pair=True,
    )


def tag_of(name: str) -> str:
    """The `__type` of a pair whose element has the name of its type."""
    return name + OF_PAIRS
