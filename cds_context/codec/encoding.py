"""A context in, bytes out: the server's own spelling, byte for byte (wire format, sections 1 to 5).

How it works: msgspec writes the document in C; the fields of the types stand in the order of the wire. First, one walk
replaces each value that msgspec would write differently from the server by finished JSON or by text: a record in a slot
with a declared type (written without ``__type``), a fraction, a date. Last, the whole document is escaped.

The walk has two modes. In the mode IN_C, values that msgspec writes like the server stay unchanged: values of the
decoder are trusted, values made by hand are checked, and objects are copied only if something in them is replaced.
msgspec raises on lone surrogates and on integers beyond 64 bits. Then a second walk follows, in the mode IN_PYTHON: it
writes every record member by member, and spells every text and integer itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from ..errors import EncodeError, Fault
from ..event.context import RemoteExecutionContext
from ..event.messages import HOLDING_ROWS
from ..model.kinds import CODES, PAIRS, RECORDS, TAGS
from ..model.parameters import KeyValuePair
from ..model.records import NO_MEMBERS, UntaggedMembers, as_twin, pairs_of
from ..model.rows import Entity
from ..model.values import UnknownValue
from ..wire.body import MAX_DEPTH
from ..wire.dates import Ready
from ..wire.escapes import finish_bytes
from .fast import REFERENCE, ROW, Pair
from .indent import indented
from .plans import PLANS, Part, Plan
from .scalars import (
    IN_C,
    IN_PYTHON,
    Mode,
    Prepare,
    expected,
    quoted,
    ready_amount,
    ready_bool,
    ready_date,
    ready_decimal,
    ready_declared_date,
    ready_double,
    ready_given_date,
    ready_int,
    ready_maybe_text,
    ready_name,
    ready_null,
    ready_text,
    ready_uuid,
)
from .untouched import DECLARED_ROWS, ROWS_ANYWHERE, are_left, decoded_pairs, is_collection, is_left

# The walk leaves only collections that were folded from the decoder's pairs, and has looked at these.
_in_c = msgspec.json.Encoder(enc_hook=pairs_of, decimal_format="number").encode


def encode_json(context: RemoteExecutionContext, *, indent: int = 0) -> bytes:
    """The JSON that a server would post for `context`. Raises EncodeError."""
    try:
        try:
            document = _in_c(_context(context, 1, IN_C))
        except (ValueError, TypeError, NotImplementedError, OverflowError):
            document = _in_c(_context(context, 1, IN_PYTHON))
    except Fault as fault:
        raise EncodeError(fault.reason, fault.path) from None
    except RecursionError:
        raise EncodeError("nested deeper than the interpreter's stack has room for") from None
    document = finish_bytes(document)
    return indented(document.decode(), indent) if indent > 0 else document


def _check(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Fault(f"nested deeper than {MAX_DEPTH} levels")


def _value(value: Any, depth: int, mode: Mode) -> Any:
    """A value in an untyped slot."""
    prepare = VALUES.get(value.__class__) or _by_base(value)
    return prepare(value, depth, mode)


def _by_base(value: Any) -> Prepare:
    for cls in value.__class__.__mro__[1:]:
        if cls in VALUES:
            return VALUES[cls]
    raise Fault(f"the wire has no form for the type {type(value).__name__}")


def _list(items: Any, depth: int, mode: Mode, item: Prepare = _value) -> list[Any]:
    if not isinstance(items, list | tuple):
        raise expected("list", items)
    _check(depth)
    # A list that is ready stays the one it is: a copy of each would take as much memory as the context.
    given = cast("list[Any]", items)
    prepared = given if given.__class__ is list else [*given]
    for index, value in enumerate(prepared):
        try:
            ready = item(value, depth + 1, mode)
        except Fault as fault:
            raise fault.within(f"[{index}]")  # noqa: B904 - the same fault, a step further out
        if ready is not value:
            if prepared is given:
                prepared = [*prepared]
            prepared[index] = ready
    return prepared


def _list_of(item: Prepare) -> Prepare:
    return lambda items, depth, mode: _list(items, depth, mode, item)


def _object(members: Iterable[tuple[str, Any]]) -> Raw:
    """A JSON object from members that are ready for msgspec."""
    return Raw(b"{" + b",".join([quoted(name) + b":" + _in_c(ready) for name, ready in members]) + b"}")


def _items(mapping: Any, what: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(mapping, Mapping):
        raise expected(what, mapping)
    return cast("Mapping[Any, Any]", mapping).items()  # type: ignore[redundant-cast] # pyright needs it


def _untyped(members: Any, depth: int, mode: Mode, known: Container[str] = ()) -> list[tuple[str, Any]]:
    """Members that no type declares; none may have a name in `known`."""
    prepared: list[tuple[str, Any]] = []
    for name, value in _items(members, "a mapping of names"):
        if not isinstance(name, str):
            raise expected("str as a name", name)
        if name in known:
            raise Fault("a name that a known member has")
        try:
            # Values are prepared without `_value` in between, because it would cost a stack frame a level.
            prepare = VALUES.get(value.__class__) or _by_base(value)
            prepared.append((name, prepare(value, depth + 1, mode)))
        except Fault as fault:
            raise fault.within("[…]")  # noqa: B904 - the same fault, a step further out
    return prepared


def _dict(members: Any, depth: int, mode: Mode) -> Raw:
    """An object without a type."""
    _check(depth)
    if "__type" in members:
        raise Fault("a dict with a `__type`, which would be read as another type: UnknownValue stands for it")
    return _object(_untyped(members, depth, mode))


def _tag(name: Any, depth: int, mode: Mode) -> tuple[str, Any]:
    """The member `__type`."""
    if not isinstance(name, str):
        raise expected("str", name).within(".__type")
    return "__type", ready_text(name, depth, mode)


def _unknown_value(value: UnknownValue, depth: int, mode: Mode) -> Raw:
    _check(depth)
    members = _untyped(value.members, depth, mode, known=("__type",))
    return _object([_tag(value.type_name, depth, mode), *members])


def _row(value: Any, depth: int, mode: Mode) -> Any:
    """A value in a parameter that holds rows: a record that was read without `__type` is written without it."""
    if value.__class__ is list:
        return _list(value, depth, mode, _row)
    declared = _DECLARED.get(value.__class__)
    if declared and isinstance(value.unknown_members, UntaggedMembers):
        return declared(value, depth, mode)
    return _value(value, depth, mode)


_DEEPEST_ROW = MAX_DEPTH - 5
"""How deep a collection may stand for the rows in it to be left to msgspec, which counts no levels."""


def _pairs(  # noqa: C901 - three short functions that share its arguments
    prepare_key: Prepare, prepare_item: Prepare, *, rows: frozenset[str] = frozenset()
) -> Prepare:
    """A function that makes a collection ready, be it still the decoder's pairs, folded, or made by hand.

    `rows` are the keys of items that hold rows.
    """
    is_named = prepare_key is ready_name
    rows_left = ROWS_ANYWHERE if prepare_item is _value else DECLARED_ROWS

    def by_hand(collection: Any, depth: int, mode: Mode) -> Any:
        if collection is None or collection is UNSET:
            return collection
        if is_collection(collection) and (collection.is_null or collection.is_absent):
            return None if collection.is_null else UNSET
        items = _items(collection, "a mapping")
        return [one(index, key, value, depth, mode) for index, (key, value) in enumerate(items)]

    def prepare(collection: Any, depth: int, mode: Mode) -> Any:
        pairs = decoded_pairs(collection)
        may_leave = is_named and depth <= _DEEPEST_ROW
        if may_leave and pairs is not None and are_left(pairs, mode.left, rows_left):
            return collection
        _check(depth)
        if pairs is None:
            return by_hand(collection, depth, mode)
        prepared = pairs
        for index, pair in enumerate(pairs):
            if may_leave and is_left(pair.value, mode.left, rows_left):
                continue
            ready = one(index, pair.key, pair.value, depth, mode)
            if ready.key is pair.key and ready.value is pair.value:
                continue
            if prepared is pairs:
                prepared = [*pairs]
            prepared[index] = ready
        return collection if prepared is pairs else prepared

    def one(index: int, key: Any, value: Any, depth: int, mode: Mode) -> Pair:
        step = ".key"
        try:
            ready = prepare_key(key, depth + 2, mode)
            step = ".value"
            prepare = _row if key in rows else prepare_item
            return Pair(ready, prepare(value, depth + 2, mode))
        except Fault as fault:
            raise fault.within(step).within(f"[{index}]")  # noqa: B904 - the same fault, two steps further out

    return prepare


def _member(part: Part, value: Any, depth: int, mode: Mode) -> Any:
    """One member of a record, ready for msgspec."""
    try:
        ready = WRITERS[part.kind](value, depth + 1, mode)
        if ready is UNSET and not part.may_be_absent:
            raise Fault("a collection that servers always write must not be absent")
    except Fault as fault:
        raise fault.within(part.step)  # noqa: B904 - the same fault, a step further out
    return ready


def _record(plan: Plan, *, tagged: bool) -> Prepare:
    """A function that makes a record ready: with ``__type`` if `tagged`, for slots that declare no type."""
    cls = plan.cls

    def prepare(record: Any, depth: int, mode: Mode) -> Any:
        kind = record.__class__
        if kind is not cls and not isinstance(record, cls):
            raise expected(cls.__name__, record)
        is_usual = (kind is cls or kind in _TWINS) and record.unknown_members is NO_MEMBERS
        _check(depth)
        values = plan.slots(record)
        doubtful = plan.doubtful(values) if mode is IN_C and is_usual else None
        if doubtful is None:
            return _object(_by_member(plan, record, depth, mode, tagged=tagged))
        written = record
        for index, part in doubtful:
            value = values[index]
            if value.__class__ in part.ready_if_empty and not value:
                continue
            ready = _member(part, value, depth, mode)
            if ready is not value:
                if written is record:
                    written = record.__copy__()
                part.write(written, ready)
        return written if tagged or plan.tag is None or kind in _TWINS else as_twin(written)

    return prepare


_TWINS = frozenset({ROW, REFERENCE})


def _by_member(plan: Plan, record: Any, depth: int, mode: Mode, *, tagged: bool) -> Iterable[tuple[str, Any]]:
    """A record member by member, for unknown members in their places and for values that msgspec must not see."""
    tag, unknown = _split(record, plan.tag if tagged else None)
    if tag is not None:
        yield _tag(tag, depth, mode)
    waiting = sorted(_untyped(unknown, depth, mode, plan.parts), reverse=True)
    for wire, part in plan.parts.items():
        while waiting and waiting[-1][0] < wire:
            yield waiting.pop()
        value = part.read(record)
        if value.__class__ not in part.ready_if_empty or value:
            value = _member(part, value, depth, mode)
        if value is not UNSET:
            yield wire, value
    yield from reversed(waiting)


def _split(record: Any, usual: str | None) -> tuple[Any, dict[Any, Any]]:
    """The `__type` to write for a record, and its other unknown members."""
    unknown = dict(_items(record.unknown_members, "a mapping of names"))
    return unknown.pop("__type", usual), unknown


def _key_value_pair(pair: KeyValuePair, depth: int, mode: Mode) -> Raw:
    _check(depth)
    tag, unknown = _split(pair, TAGS[KeyValuePair])
    texts = isinstance(pair.key, str | None) and isinstance(pair.value, str | None)
    if tag == TAGS[KeyValuePair] and not texts:
        tag = tag.replace("stringstring", "stringanyType")
    members = [_tag(tag, depth, mode)]
    for name in ("key", "value"):
        try:
            members.append((name, _value(getattr(pair, name), depth + 1, mode)))
        except Fault as fault:
            raise fault.within(f".{name}")  # noqa: B904 - the same fault, a step further out
    return _object(members + _untyped(unknown, depth, mode, known=("key", "value")))


def _image(row: Any, depth: int, mode: Mode) -> Any:
    return None if row is None else _DECLARED[Entity](row, depth, mode)


_DECLARED: dict[type[Any], Prepare] = {cls: _record(plan, tagged=False) for cls, plan in PLANS.items()}
"""The function that makes a record ready in a slot with a declared type, by class."""

WRITERS: dict[str, Prepare] = {
    "UUID": ready_uuid,
    "str": ready_text,
    "bool": ready_bool,
    "int": ready_int,
    "Decimal": ready_amount,
    "datetime": ready_declared_date,
    "Value": _value,
    "list[Value]": _list,
    "list[str | None]": _list_of(ready_maybe_text),
    **dict.fromkeys(CODES, ready_int),
    **{name: _DECLARED[cls] for name, cls in RECORDS.items()},
    **{f"list[{name}]": _list_of(_DECLARED[cls]) for name, cls in RECORDS.items()},
}
"""The function that makes a member ready, by kind."""

_ITEMS: dict[tuple[str, bool], Prepare] = {
    **{(kind, False): prepare for kind, prepare in WRITERS.items()},
    ("str", True): ready_maybe_text,
    ("Entity", True): _image,
}
"""The function that makes an item of a collection ready, by kind and whether it may be null."""

for _kind, _collection in PAIRS.items():
    _key = ready_name if _collection.key == "str" else WRITERS[_collection.key]
    WRITERS[_kind] = _pairs(_key, _ITEMS[_collection.item, _collection.item_is_nullable])
WRITERS["ParameterCollection"] = _pairs(ready_name, _value, rows=HOLDING_ROWS)

_context = _DECLARED[RemoteExecutionContext]

VALUES: dict[type[Any], Prepare] = {
    type(None): ready_null,
    bool: ready_bool,
    int: ready_int,
    float: ready_double,
    Decimal: ready_decimal,
    str: ready_text,
    UUID: ready_uuid,
    datetime: ready_date,
    Ready: ready_given_date,
    list: _list,
    tuple: _list,
    dict: _dict,
    UnknownValue: _unknown_value,
    **{cls: _record(PLANS[cls], tagged=True) for cls in TAGS},
    KeyValuePair: _key_value_pair,
}
"""The function that makes a value in an untyped slot ready, by class. An id is read back as text."""
