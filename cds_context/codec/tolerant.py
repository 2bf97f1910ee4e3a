"""The tolerant pass: JSON text to a context, or to a fault with its path.

Slower, and complete: types and members that nobody knows, arrays in arrays, objects without a type, numbers that
must stay exact, text with lone surrogates, `NaN` and `INF`. Its answers are equal to the fast pass's wherever that has
one. JSON text goes in, values come out; nothing here knows of bytes.

This file is long because reading and explaining are one walk: what reads a kind also says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import UNSET, Raw

from ..errors import Fault
from ..event.context import RemoteExecutionContext
from ..event.messages import HOLDING_ROWS
from ..model.codes import Code
from ..model.kinds import CODES, CONTEXT_TAG, MEMBERS, PAIRS, RECORDS, TAGS, Member
from ..model.parameters import KeyValuePair
from ..model.records import NO_MEMBERS, UnknownMembers, UntaggedMembers, read_value
from ..model.rows import Entity, EntityCollection, EntityReference
from ..model.values import UnknownValue
from ..wire.body import MAX_DEPTH
from ..wire.dates import Ready, is_iso_date, parse_date
from ..wire.escapes import end_of_string
from ..wire.numbers import Fraction, parse_decimal, read_whole
from ..wire.rewriting import CAPITAL_PAIR, ISO_DATE, NO_NULL, SMALL_LETTERS, WHOLE_FRACTION

# Patterns are compiled on first use, because most programs never need the tolerant pass.
_KVP = r"KeyValuePairOf\w+:(?:#|http://schemas\.datacontract\.org/2004/07/)System\.Collections\.Generic"
_BARE = r'"|-?INF\b|Infinity\b'
UUID_PATTERN = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}"


def _parse_int(text: str) -> Any:
    return Fraction(text) if text == "-0" else int(text)


def _constant(text: str) -> Any:
    return Fraction({"Infinity": "INF", "-Infinity": "-INF"}.get(text, text))


_JSON = json.JSONDecoder(parse_float=Fraction, parse_int=_parse_int, parse_constant=_constant)


def parse_json(text: str) -> Any:
    """Standard JSON with bare `NaN`, `INF` and `-INF`, to builtins; fractions stay text."""
    if "INF" in text or "Infinity" in text:
        text = _spell_infinity(text)
    try:
        return _JSON.decode(text)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno} column {error.colno}"
        reason = f"malformed JSON: {error.msg.lower()}, {where}" if text.strip() else "the body is empty"
    except RecursionError:
        reason = NO_STACK
    except ValueError:
        reason = "an integer with more digits than Python converts"
    raise Fault(reason)  # outside of the handlers, because the decoder's error as `__context__` would hold the body


def _spell_infinity(text: str) -> str:
    """The text with each `INF` that stands outside of strings as Python's decoder wants it."""
    parts: list[str] = []
    done = at = 0
    pattern = re.compile(_BARE)
    while word := pattern.search(text, at):
        at = word.end()
        if word[0] == "Infinity":
            raise Fault("malformed JSON: `Infinity`, which the wire spells `INF`")
        if word[0] == '"':
            try:
                at = end_of_string(text, word.start())
            except ValueError:
                break  # at which the decoder stops, too
        else:
            parts += text[done : word.start()], word[0].replace("INF", "Infinity")
            done = at
    return "".join([*parts, text[done:]])


_REFUSED = object()
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
NO_STACK = "nested deeper than the interpreter's stack has room for"


def _found(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", Fraction: "a fraction", str: "text", list: "an array"}
    return kinds.get(value.__class__, "an object")


def _expected(what: str, value: Any) -> Fault:
    return Fault(f"expected {what}, found {_found(value)}")


def _missing(cls: type[Any], members: dict[str, Any]) -> Fault:
    names = [member.wire for member in MEMBERS[cls] if not (member.may_be_absent or member.wire in members)]
    *most, last = [f"`{name}`" for name in names]
    reason = f"the members {', '.join(most)} and {last} are missing" if most else f"the member {last} is missing"
    if is_camel_case(cls, members):
        reason += f", found {SMALL_LETTERS.words}"
    elif not set(names) - may_be_null(cls):
        reason += f", found {NO_NULL.words}"
    return Fault(reason, missing=tuple(names))


def in_camel_case(name: str) -> str:
    """A member's name as some tools write it."""
    return name[:1].lower() + name[1:]


def is_camel_case(cls: type[Any], members: dict[str, Any]) -> bool:
    """Whether the members of an object are known in camelCase, and none of them as the wire writes it."""
    names = [member.wire for member in MEMBERS[cls] if member.wire[0].isupper()]
    return any(in_camel_case(name) in members for name in names) and members.keys().isdisjoint(names)


def may_be_null(cls: type[Any]) -> frozenset[str]:
    """The names of the members that servers write as null, so that a tool may have left them out."""
    return frozenset(
        member.wire
        for member in MEMBERS[cls]
        if (member.is_nullable or member.kind == "Value") and member.wire not in _NEVER_NULL
    )


_NEVER_NULL = frozenset(
    {"LogicalName", "MessageName", "OrganizationName", "PrimaryEntityName", "SchemaName", "SecondaryEntityName"}
)
"""The names that say what a body is about: without them it is not known, and null would be a guess."""


class TolerantReader:
    """One reading of one body: `parse_float` makes the numbers with a point or an exponent in untyped slots.

    It owns the JSON values that it is given, and puts what it reads in untyped slots into the arrays and objects where
    it stood: a second tree beside the first would take as much memory again.
    """

    def __init__(self, parse_float: Callable[[str], Any]) -> None:
        self._parse_float = parse_decimal if parse_float is Decimal else parse_float
        self._depth = 0

    def context(self, value: Any) -> RemoteExecutionContext:
        """The context of a body's JSON value. Raises Fault."""
        try:
            context: RemoteExecutionContext = self.record(RemoteExecutionContext, value)
        except RecursionError:
            raise Fault(NO_STACK) from None
        return context

    def record(self, cls: type[Any], members: Any, *, is_untagged: bool = False) -> Any:
        """A record from an object in a slot with a declared type, or from an object with telling members."""
        if members.__class__ is not dict:
            raise _expected("an object", members)
        self._enter()
        given: dict[str, Any] = {}
        known = 0
        for member in MEMBERS[cls]:
            if member.wire in members:
                known += 1
                given[member.field] = self._member(member, members[member.wire])
            elif member.may_be_absent:
                given[member.field] = UNSET
            else:
                raise _missing(cls, members)
        unknown = NO_MEMBERS if known == len(members) else self._unknown(cls, members)
        given["unknown_members"] = UntaggedMembers(unknown) if is_untagged else unknown
        self._depth -= 1
        return cls(**given)

    def _unknown(self, cls: type[Any], members: dict[str, Any]) -> UnknownMembers[Any]:
        known = {member.wire for member in MEMBERS[cls]}
        unknown: dict[str, Any] = {}
        for name, value in members.items():
            if name == "__type":
                if value.__class__ is not str:
                    raise _expected("text", value).within(".__type")
                if value == TAGS.get(cls) or (cls is RemoteExecutionContext and value == CONTEXT_TAG):
                    continue
                if value in _BY_TAG or value == CONTEXT_TAG:
                    raise Fault("`__type` names another type than the declared one").within(".__type")
                unknown[name] = value
            elif name not in known:
                unknown[name] = self.at("[…]", self.value, value)
        return UnknownMembers(unknown) if unknown else NO_MEMBERS

    def _member(self, member: Member, value: Any) -> Any:
        kind = member.kind
        if value is None and member.is_nullable:
            return None
        try:
            # Records are read without a function in between, because it would cost a stack frame a level.
            return self.record(RECORDS[kind], value) if kind in RECORDS else READERS[kind](self, value)
        except Fault as fault:
            raise fault.within("." + member.wire)  # noqa: B904 - the same fault, a step further out

    def at(self, step: str, read: Callable[[Any], Any], value: Any) -> Any:
        """The value as `read` returns it; a fault gets `step` added to its path."""
        try:
            return read(value)
        except Fault as fault:
            raise fault.within(step)  # noqa: B904 - the same fault, a step further out

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Fault(TOO_DEEP)

    def value(self, value: Any) -> Any:
        """A value in an untyped slot."""
        kind = value.__class__
        if kind is str:
            return read_value(value)
        if kind is dict:
            # Objects are read without a function in between, because it would cost a stack frame a level.
            return self._object(value) if "__type" in value else self._untyped(value)
        if kind is list:
            self._enter()
            for index, item in enumerate(value):
                try:
                    value[index] = self.value(item)
                except Fault as fault:
                    raise fault.within(f"[{index}]")  # noqa: B904 - the same fault, a step further out
            self._depth -= 1
            return value
        if kind is Fraction:
            return self._fraction(value)
        return value.value if kind is Ready else value

    def _fraction(self, text: str) -> Any:
        if text == "-0" and self._parse_float is float:
            return 0
        try:
            number = self._parse_float(text)
        except (ValueError, ArithmeticError):
            number = _REFUSED
        if number is _REFUSED:  # outside of the handler, because the error as `__context__` may quote the number
            raise Fault("a number that `parse_float` does not take")
        if number.__class__ is float and number in {float("inf"), float("-inf")} and text[-1] != "F":
            _exact(text)
            raise Fault("a number out of the range of a float; parse_float=Decimal reads it")
        return number

    def _object(self, members: dict[str, Any]) -> Any:
        tag: Any = members["__type"]
        if tag.__class__ is not str:
            raise _expected("text", tag).within(".__type")
        cls = _BY_TAG.get(tag)
        if cls is not None:
            return self.record(cls, members)
        if members.keys() == {"__type", "key", "value"} and re.fullmatch(_KVP, tag):
            return self._key_value_pair(tag, members)
        rest = self._untyped(members)
        del rest["__type"]
        return UnknownValue(tag, rest)

    def _untyped(self, members: dict[str, Any]) -> dict[str, Any]:
        self._enter()
        for name, value in members.items():
            try:
                members[name] = self.value(value)
            except Fault as fault:
                raise fault.within("[…]")  # noqa: B904 - the same fault, a step further out
        self._depth -= 1
        return members

    def _key_value_pair(self, tag: str, members: dict[str, Any]) -> KeyValuePair:
        self._enter()
        read: Any = partial(_maybe_text, self) if "Ofstringstring:" in tag else self.value
        key = self.at(".key", read, members["key"])
        value = self.at(".value", read, members["value"])
        self._depth -= 1
        return KeyValuePair(key, value, unknown_members=UnknownMembers({"__type": tag}))

    def row(self, value: Any) -> Any:
        """A value in a parameter that holds rows: there an object without `__type` gets its type from its members."""
        if value.__class__ is list:
            self._enter()
            items = [self.at(f"[{index}]", self._one_row, item) for index, item in enumerate(value)]
            self._depth -= 1
            return items
        return self._one_row(value)

    def _one_row(self, value: Any) -> Any:
        if value.__class__ is dict and "__type" not in value:
            for cls, telling in TOLD_BY.items():
                if telling <= value.keys():
                    return self.record(cls, value, is_untagged=True)
        return self.value(value)

    def collection(
        self, read_key: _Read, read_item: _Read, pairs: Any, *, rows: frozenset[str] = frozenset()
    ) -> dict[Any, Any] | None:
        """A collection of key/value pairs, each key of which stands once; `rows` are keys of items that hold rows."""
        if pairs is None:
            return None
        if pairs.__class__ is not list:
            raise _expected("an array", pairs)
        if self._depth >= MAX_DEPTH:
            raise Fault(TOO_DEEP)
        self._depth += 2
        result: dict[Any, Any] = {}
        for index, pair in enumerate(pairs):
            try:
                if pair.__class__ is not dict:
                    raise _expected("an object", pair)
                if pair.keys() != {"key", "value"}:
                    raise _no_pair(pair)
                key = self.at(".key", partial(read_key, self), pair["key"])
                if key in result:
                    raise Fault("a key that stands before in the same collection").within(".key")
                read = self.row if key in rows else partial(read_item, self)
                result[key] = self.at(".value", read, pair["value"])
            except Fault as fault:
                raise fault.within(f"[{index}]")  # noqa: B904 - the same fault, a step further out
        self._depth -= 2
        return result

    def list_of(self, cls: type[Any], items: Any) -> list[Any]:
        """An array of records."""
        if items.__class__ is not list:
            raise _expected("an array", items)
        self._depth += 1
        records = [self.at(f"[{index}]", partial(self.record, cls), item) for index, item in enumerate(items)]
        self._depth -= 1
        return records


def _no_pair(members: dict[str, Any]) -> Fault:
    found = _MISSPELLED.get(frozenset(members))
    reason = "expected the members `key` and `value`, and no others"
    return Fault(reason if found is None else f"{reason}, found {found.words}")


_MISSPELLED = {frozenset({"Key", "Value"}): CAPITAL_PAIR, frozenset({"Key"}): CAPITAL_PAIR, frozenset({"key"}): NO_NULL}


def _text(_: TolerantReader, value: Any) -> str:
    if value.__class__ is not str:
        raise _expected("text", value)
    return value


def _maybe_text(_: TolerantReader, value: Any) -> str | None:
    if value is not None and value.__class__ is not str:
        raise _expected("text", value)
    return value


def _texts(reader: TolerantReader, value: Any) -> list[str | None]:
    if value.__class__ is not list:
        raise _expected("an array", value)
    return [reader.at(f"[{index}]", partial(_maybe_text, reader), item) for index, item in enumerate(value)]


def _values(reader: TolerantReader, value: Any) -> Any:
    if value.__class__ is not list:
        raise _expected("an array", value)
    return reader.value(value)


def _uuid(_: TolerantReader, value: Any) -> UUID:
    if value.__class__ is not str:
        raise _expected("an id", value)
    if not re.fullmatch(UUID_PATTERN, value):
        raise Fault("expected an id, found other text")
    return UUID(value)


def _int(_: TolerantReader, value: Any) -> int:
    if value.__class__ is Fraction and value == "-0":
        return 0
    if value.__class__ is not int:
        if value.__class__ is Fraction and read_whole(value) is not None:
            raise Fault(f"expected an integer, found {WHOLE_FRACTION.words}")
        raise _expected("an integer", value)
    return value


def _code(cls: type[Code], reader: TolerantReader, value: Any) -> Code:
    return cls(_int(reader, value))


def _bool(_: TolerantReader, value: Any) -> bool:
    if value.__class__ is not bool:
        raise _expected("a boolean", value)
    return value


def _decimal(_: TolerantReader, value: Any) -> Decimal:
    if value.__class__ is int:
        return Decimal(value)
    if value.__class__ is Fraction and value[-1] not in "NF":
        return _exact(value)
    if value.__class__ is Raw:  # of another format than JSON, where it was checked
        return _exact(bytes(value).decode())
    raise _expected("a number", value)


def _exact(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError:
        raise Fault("a number that no Decimal can hold") from None


def _date(_: TolerantReader, value: Any) -> Any:
    if value.__class__ is Ready:
        return value.value
    if value.__class__ is not str:
        raise _expected("a date", value)
    moment = parse_date(value)
    if moment is None:
        if is_iso_date(value):
            raise Fault(f"expected a date as `/Date(…)/`, found {ISO_DATE.words}")
        raise Fault("expected a date as `/Date(…)/` within the years 1 to 9999, found other text")
    return moment


_BY_TAG = {tag: cls for cls, tag in TAGS.items()}
TOLD_BY: dict[type[Any], frozenset[str]] = {
    Entity: frozenset({"Attributes"}),
    EntityReference: frozenset({"Id", "LogicalName"}),
    EntityCollection: frozenset({"Entities"}),
}
"""The types of rows, each with the members that tell it from other values of a parameter."""

_Read: TypeAlias = Callable[[TolerantReader, Any], Any]
READERS: dict[str, _Read] = {
    "UUID": _uuid,
    "str": _text,
    "bool": _bool,
    "int": _int,
    "Decimal": _decimal,
    "datetime": _date,
    "Value": TolerantReader.value,
    "list[Value]": _values,
    "list[str | None]": _texts,
    **{name: partial(_code, cls) for name, cls in CODES.items()},
}
"""The function that reads a member, by kind. Records are read directly; null was handled before, where allowed."""

_ITEMS: dict[tuple[str, bool], _Read] = {
    ("Value", False): TolerantReader.value,
    ("str", False): _text,
    ("str", True): _maybe_text,
}
"""The function that reads a key or an item of a collection, by kind and whether it may be null."""


def _reads_list(cls: type[Any]) -> _Read:
    return lambda reader, value: reader.list_of(cls, value)


def _reads_record(cls: type[Any], *, is_nullable: bool) -> _Read:
    return lambda reader, value: None if is_nullable and value is None else reader.record(cls, value)


def _reads_collection(key: _Read, item: _Read) -> _Read:
    return lambda reader, value: reader.collection(key, item, value)


for _name, _cls in RECORDS.items():
    READERS[f"list[{_name}]"] = _reads_list(_cls)
    _ITEMS[_name, False] = _reads_record(_cls, is_nullable=False)
    _ITEMS[_name, True] = _reads_record(_cls, is_nullable=True)
for _name, _pairs in PAIRS.items():
    READERS[_name] = _reads_collection(_ITEMS[_pairs.key, False], _ITEMS[_pairs.item, _pairs.item_is_nullable])
READERS["ParameterCollection"] = lambda reader, value: reader.collection(
    _text, TolerantReader.value, value, rows=HOLDING_ROWS
)
