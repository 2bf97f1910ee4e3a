"""A context in, bytes out: the server's own form, byte for byte (wire format, sections 1 to 5).

How it works: one walk appends pieces of text to a list, each record by the order of its case table, and the whole is
escaped once at the end. Collections that nobody has read are written from the pairs they came as.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import UNSET

from . import values as v
from .context import RemoteExecutionContext
from .dates import format_date
from .errors import EncodeError, Fault
from .members import LIST_KINDS, MEMBERS, RECORD_KINDS, TAGS
from .numbers import format_decimal, format_double
from .records import Collection, Folded, UnknownMembers
from .text import finish, quote
from .tolerant import MAX_DEPTH


def _refuse(value: Any) -> Any:
    if value == {} and not isinstance(value, UnknownMembers):  # a collection that somebody has read
        return []
    raise NotImplementedError


# msgspec writes values whose form is the server's too: those made of text, integers, booleans and ids.
_in_c = msgspec.json.Encoder(enc_hook=_refuse).encode
# What it raises on others: an empty collection aside, they hold a collection, a lone surrogate or a huge int.
_NOT_IN_C = (NotImplementedError, ValueError, TypeError, RecursionError)

_Write = Callable[[list[str], Any, int], None]


def encode_context(context: RemoteExecutionContext, *, indent: int = 0) -> bytes:
    """The body that a server would post for `context`, in UTF-8.

    A context that was parsed with ``parse_float=Decimal`` gives the very bytes it was parsed from, if a server wrote
    them. `indent` spaces a level make the JSON readable, and no longer the server's.

    Raises EncodeError, with the place and the reason, for a value that the wire has no form for.
    """
    out: list[str] = []
    try:
        _DECLARED[RemoteExecutionContext](out, context, 1)
    except Fault as fault:
        raise EncodeError(fault.reason, fault.path) from None
    except RecursionError:
        raise EncodeError("nested deeper than the interpreter's stack has room for") from None
    document = finish("".join(out))
    return (_indented(document, indent) if indent > 0 else document).encode()


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\[\]|\{\}|[\[\]{},:]|[^\[\]{},:"]+')


def _indented(document: str, indent: int) -> str:
    level = 0
    out: list[str] = []
    for piece in _PIECE.findall(document):
        if piece in "]}":
            level -= 1
            out.append("\n" + " " * indent * level)
        out.append(piece)
        if piece in "[{":
            level += 1
        if piece in "[{,":
            out.append("\n" + " " * indent * level)
        elif piece == ":":
            out.append(" ")
    return "".join(out)


def _write_value(out: list[str], value: Any, depth: int) -> None:
    """A value in an untyped slot."""
    write = VALUES.get(value.__class__)
    if write is None:
        write = _by_base(value)
    write(out, value, depth)


def _by_base(value: Any) -> _Write:
    for cls in value.__class__.__mro__[1:]:
        if cls in VALUES:
            return VALUES[cls]
    raise Fault(f"the wire has no form for the type {type(value).__name__}")


def _expect(what: str, value: Any) -> Fault:
    return Fault(f"expected {what}, found {type(value).__name__}")


def _null(out: list[str], _: None, __: int) -> None:
    out.append("null")


def _bool(out: list[str], value: Any, _: int) -> None:
    if value.__class__ is not bool:
        raise _expect("bool", value)
    out.append("true" if value else "false")


def _int(out: list[str], value: Any, _: int) -> None:
    if not isinstance(value, int) or value.__class__ is bool:
        raise _expect("int", value)
    try:
        out.append(int.__repr__(value))
    except ValueError:
        raise Fault("an int with more digits than Python writes") from None


def _text(out: list[str], value: Any, _: int) -> None:
    if value is None:
        out.append("null")
    elif isinstance(value, str):
        out.append(quote(value))
    else:
        raise _expect("str", value)


def _uuid(out: list[str], value: Any, _: int) -> None:
    if not isinstance(value, UUID):
        raise _expect("UUID", value)
    out.append(_in_c(value).decode())


def _decimal(out: list[str], value: Any, _: int) -> None:
    try:
        out.append(format_decimal(value))
    except ValueError as error:
        raise Fault(str(error)) from None


def _amount(out: list[str], value: Any, depth: int) -> None:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise _expect("a finite Decimal", value)
    _decimal(out, value, depth)


def _date(out: list[str], value: Any, _: int) -> None:
    if not isinstance(value, datetime):
        raise _expect("datetime", value)
    try:
        out.append(f'"{format_date(value)}"')
    except (ValueError, OverflowError) as error:
        raise Fault(str(error)) from None


def _declared_date(out: list[str], value: Any, depth: int) -> None:
    if value.__class__ is str:  # as it was parsed, and nobody has read it
        out.append(quote(value))
    else:
        _date(out, value, depth)


def _double(out: list[str], value: Any, _: int) -> None:
    out.append(format_double(value))


def _list(out: list[str], items: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Fault(_TOO_DEEP)
    if items and items.__class__ is list and items[0].__class__ is v.KeyValuePair:
        # ChangedEntityTypes is in nearly every post, and long.
        texts = [item.__class__ is v.KeyValuePair and item.value.__class__ is str for item in items]
        if all(texts) and _written_in_c(out, items):
            return
    _items(out, items, depth, _write_value)


def _written_in_c(out: list[str], simple: list[Any]) -> bool:
    """Write what msgspec writes as the server does. False: it refused, and nothing was written."""
    try:
        out.append(_in_c(simple).decode())
    except _NOT_IN_C:
        return False
    return True


def _items(out: list[str], items: Any, depth: int, write: _Write) -> None:
    if not isinstance(items, list | tuple):
        raise _expect("list", items)
    separator = "["
    for index, item in enumerate(cast("list[Any]", items)):
        out.append(separator)
        separator = ","
        try:
            write(out, item, depth + 1)
        except Fault as fault:
            raise fault.within(f"[{index}]")  # noqa: B904 - the same fault, a step further out
    out.append("]" if items else "[]")


def _members(out: list[str], tag: str | None, members: Any, depth: int) -> None:
    """An object of untyped members: the rest of an unknown value, or an object without a type."""
    if depth > MAX_DEPTH:
        raise Fault(_TOO_DEEP)
    if tag is not None:
        members = {"__type": tag, **members}
    separator = "{"
    for name, value in members.items():
        if name.__class__ is not str:
            raise _expect("str as a name", name)
        out.append(f"{separator}{quote(name)}:")
        separator = ","
        try:
            _write_value(out, value, depth + 1)
        except Fault as fault:
            raise fault.within("[…]")  # noqa: B904 - the same fault, a step further out
    out.append("}" if members else "{}")


def _pairs(write_key: _Write, write_item: _Write) -> _Write:
    """The writer of a collection of pairs, read or not."""

    def write(out: list[str], collection: Any, depth: int) -> None:
        pairs = collection.pairs if collection.__class__ in _COLLECTIONS else collection
        decoded = pairs.__class__ is list
        if not decoded and (collection is None or getattr(collection, "is_null", False)):
            out.append("null")
            return
        if depth > MAX_DEPTH:
            raise Fault(_TOO_DEEP)
        if decoded and _SIMPLE.issuperset([pair.value.__class__ for pair in pairs]) and _written_in_c(out, pairs):
            return
        head = '[{"key":'
        for index, (key, value) in enumerate(_pairs_of(pairs) if decoded else _items_of(collection)):
            step = ".key"
            try:
                out.append(head)
                write_key(out, key, depth + 2)
                step = ".value"
                out.append(',"value":')
                write_item(out, value, depth + 2)
            except Fault as fault:
                raise fault.within(step).within(f"[{index}]")  # noqa: B904 - the same fault, two steps further out
            head = '},{"key":'
        out.append("[]" if head[0] == "[" else "}]")

    return write


def _pairs_of(pairs: Any) -> Iterable[tuple[Any, Any]]:
    return ((pair.key, pair.value) for pair in pairs)


def _items_of(collection: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(collection, Mapping):
        raise _expect("a mapping", collection)
    return cast("Mapping[Any, Any]", collection).items()  # type: ignore[redundant-cast] # pyright needs it


def _name(out: list[str], key: Any, _: int) -> None:
    if not isinstance(key, str):
        raise _expect("str as a key", key)
    out.append(quote(key))


def _optional(write: _Write) -> _Write:
    def write_optional(out: list[str], value: Any, depth: int) -> None:
        if value is None:
            out.append("null")
        else:
            write(out, value, depth)

    return write_optional


def _record(cls: type[Any], *, tagged: bool) -> _Write:
    """The writer of one type, with its ``__type`` where the slot does not declare it, or without."""
    plan = [(f",{quote(m.wire)}:", "." + m.wire, _raw(cls, m.field), _writer(m.kind)) for m in MEMBERS[cls]]
    opening = f'{{"__type":{quote(TAGS[cls])}' if tagged else "{"
    unknown_of = _raw(cls, "unknown_members")

    def write(out: list[str], record: Any, depth: int) -> None:
        if not isinstance(record, cls):
            raise _expect(cls.__name__, record)
        if depth > MAX_DEPTH:
            raise Fault(_TOO_DEEP)
        unknown = unknown_of(record)
        tag = unknown.get("__type") if unknown else None
        out.append(opening if tag is None else f'{{"__type":{quote(tag)}')
        start = len(out)
        for head, step, raw, write_member in _mixed(plan, unknown) if unknown else plan:
            value = raw(record)
            if value is UNSET or (value.__class__ in _COLLECTIONS and value.is_absent):
                continue
            out.append(head)
            try:
                write_member(out, value, depth + 1)
            except Fault as fault:
                raise fault.within(step)  # noqa: B904 - the same fault, a step further out
        if out[start - 1] == "{":
            out[start] = out[start][1:]
        out.append("}")

    return write


def _raw(cls: type[Any], field: str) -> Callable[[Any], Any]:
    attribute = cls.__dict__[field]
    raw: Callable[[Any], Any] = attribute.raw if isinstance(attribute, Folded) else attribute.__get__
    return raw


def _mixed(plan: list[_Step], unknown: Any) -> list[_Step]:
    """The plan with each unknown member before the first known one whose name is greater than its own."""
    waiting = sorted(name for name in unknown if name != "__type")
    mixed: list[_Step] = []
    for step in plan:
        while waiting and waiting[0] < step[1][1:]:
            mixed.append(_unknown_step(waiting.pop(0), unknown))
        mixed.append(step)
    return mixed + [_unknown_step(name, unknown) for name in waiting]


def _unknown_step(name: str, unknown: Any) -> _Step:
    return f",{quote(name)}:", "[…]", lambda _: unknown[name], _write_value


def _key_value_pair(out: list[str], pair: v.KeyValuePair, depth: int) -> None:
    tag = pair.type_name
    texts = isinstance(pair.key, str | None) and isinstance(pair.value, str | None)
    if tag == TAGS[v.KeyValuePair] and not texts:
        tag = tag.replace("stringstring", "stringanyType")
    rest = {name: value for name, value in pair.unknown_members.items() if name != "__type"}
    _members(out, tag, {"key": pair.key, "value": pair.value, **rest}, depth)


def _writer(kind: str) -> _Write:
    bare = kind.rstrip("?")
    if bare in RECORD_KINDS:
        return _declared(RECORD_KINDS[bare])
    if bare in LIST_KINDS:
        cls = LIST_KINDS[bare]
        write: _Write = lambda out, records, depth: _items(out, records, depth, _DECLARED[cls])  # noqa: E731 - looks it up late
    else:
        write = WRITERS[bare]
    return _optional(write) if bare != kind else write


def _declared(cls: type[Any]) -> _Write:
    """The writer of a record or None, looked up late, as types hold each other. One frame, for the sake of depth."""

    def write(out: list[str], record: Any, depth: int) -> None:
        if record is None:
            out.append("null")
        else:
            _DECLARED[cls](out, record, depth)

    return write


_Step = tuple[str, str, Callable[[Any], Any], _Write]

WRITERS: dict[str, _Write] = {
    "uuid": _uuid,
    "text": _text,
    "texts": lambda out, items, depth: _items(out, items, depth, _text),
    "bool": _bool,
    "int": _int,
    **dict.fromkeys(("stage", "mode", "isolation", "state", "role"), _int),
    "decimal": _amount,
    "date": _declared_date,
    "value": _write_value,
    "values": _list,
    "parameters": _pairs(_name, _write_value),
    "attributes": _pairs(_name, _write_value),
    "keys": _pairs(_name, _write_value),
    "formatted": _pairs(_name, _text),
    "images": _pairs(_name, _declared(v.Entity)),
    "related": _pairs(_declared(v.Relationship), _declared(v.EntityCollection)),
}
_DECLARED: dict[type[Any], _Write] = {cls: _record(cls, tagged=False) for cls in MEMBERS}

_COLLECTIONS: frozenset[type[Any]] = frozenset(cast("list[type[Any]]", Collection.__subclasses__()))
_SIMPLE: frozenset[type[Any]] = frozenset(
    {type(None), bool, int, str, v.OptionSetValue, v.EntityReference},
)


VALUES: dict[type[Any], _Write] = {
    type(None): _null,
    bool: _bool,
    int: _int,
    float: _double,
    Decimal: _decimal,
    str: _text,
    UUID: _uuid,
    datetime: _date,
    list: _list,
    tuple: _list,
    dict: lambda out, members, depth: _members(out, None, members, depth),
    v.UnknownValue: lambda out, value, depth: _members(out, value.type_name, value.members, depth),
    **{cls: _record(cls, tagged=True) for cls in TAGS},
    v.KeyValuePair: _key_value_pair,
}
"""The untyped slots' writers. An id may stand in one, as on the platform, and comes back as text."""
