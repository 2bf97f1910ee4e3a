"""A context in, bytes out: the server's own form, byte for byte (wire format, sections 1 to 5).

How it works: msgspec writes the document, in C, as the types' fields stand in the order of the wire. Before that, one
walk puts `Raw` JSON, or a text, in the place of what msgspec would write otherwise than the server does: a record where
its type is declared (without ``__type``), a fraction, a date. After it, the whole document is escaped once.

The walk trusts what the decoder made, and checks what was made by hand. It returns what it is given wherever it can:
`easy` holds the classes of values that need no look. It is empty in the second walk, which follows where msgspec gives
up: lone surrogates, integers beyond 64 bits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter, contains, is_
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType

from . import values as v
from .context import RemoteExecutionContext
from .dates import format_date
from .errors import EncodeError, Fault
from .members import CODE_KINDS, LIST_KINDS, MEMBERS, RECORD_KINDS, TAGS, Member
from .numbers import DoubleDecimal, format_decimal, format_double
from .records import NO_MEMBERS, Collection, Folded, is_decoded
from .text import end_of_string, finish, quote
from .tolerant import MAX_DEPTH

Easy: TypeAlias = frozenset[type[Any]]
Prepare: TypeAlias = Callable[[Any, int, Easy], Any]

_EASY: Easy = frozenset({type(None), bool, int, str, v.OptionSetValue, v.EntityReference, v.KeyValuePair})


def _ours(value: Any) -> Any:
    """What msgspec meets of ours: a reference's alternate key, after somebody has looked, and a number's spelling."""
    if value.__class__ is DoubleDecimal:
        return Raw(value.spelling.encode())
    if value.__class__ is v.KeyAttributeCollection and not (value or value.is_null or value.is_absent):
        return []
    raise NotImplementedError


_in_c = msgspec.json.Encoder(enc_hook=_ours, decimal_format="number").encode


def encode_context(context: RemoteExecutionContext, *, indent: int = 0) -> bytes:
    """The body that a server would post for `context`, in UTF-8.

    A context that was parsed with ``parse_float=Decimal`` gives the very bytes it was parsed from, if a server wrote
    them. `indent` spaces a level make the JSON readable, and no longer the server's; a document that would become many
    times as long, which only one made of brackets does, is not indented to its end.

    Raises EncodeError, with the place and the reason, for a value that the wire has no form for.
    """
    try:
        try:
            document = _in_c(_context(context, 1, _EASY)).decode()
        except (ValueError, TypeError, NotImplementedError, OverflowError):
            document = _in_c(_context(context, 1, frozenset())).decode("utf-8", "surrogatepass")
    except Fault as fault:
        raise EncodeError(fault.reason, fault.path) from None
    except RecursionError:
        raise EncodeError("nested deeper than the interpreter's stack has room for") from None
    document = finish(document)
    return _indented(document, indent) if indent > 0 else document.encode()


# A string or name with few escapes, or the quote that opens another one; brackets with nothing in them; other marks.
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*){0,40}":?|\[\]|\{\}|[\[\]{},:"]')
_LEVELS = {"[": 1, "{": 1, "]": -1, "}": -1, ",": 0}
_BLANKS = 32
"""How many blanks a document is indented with at most, for each of its characters, if they are more than a million."""


def _indented(document: str, indent: int) -> bytes:
    out = io.BytesIO()  # what is written there is not copied in the end
    out.writelines(piece.encode() for piece in _pieces(document, indent))
    return out.getvalue()


def _marks(document: str) -> Iterator[tuple[int, int]]:
    """Where brackets, colons and commas begin and end, and strings and names with their colons."""
    marks = _MARK.finditer(document)
    while found := next(marks, None):
        start, end = found.span()
        if start == end - 1 and document[start] == '"':
            end = end_of_string(document, start)
            marks = _MARK.finditer(document, end)
        yield start, end


def _pieces(document: str, indent: int) -> Iterator[str]:
    room = max(1_000_000, _BLANKS * len(document))
    level = done = 0
    for start, end in _marks(document):
        mark = document[end - 1]
        if mark == ":":
            yield f"{document[done:end]} "
            done = end
        elif start == end - 1:
            level += _LEVELS[mark]
            blanks = indent * level if room > 0 else 0
            room -= blanks
            until = start if mark in "]}" else end
            yield f"{document[done:until]}\n{' ' * blanks}"
            done = until
    yield document[done:]


def _expect(what: str, value: Any) -> Fault:
    return Fault(f"expected {what}, found {type(value).__name__}")


def _check(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Fault(f"nested deeper than {MAX_DEPTH} levels")


# Scalars


def _null(_: None, __: int, ___: Easy) -> None:
    return None


def _bool(value: Any, _: int, __: Easy) -> bool:
    if value.__class__ is not bool:
        raise _expect("bool", value)
    return bool(value)


def _int(value: Any, _: int, easy: Easy) -> int | Raw:
    if not isinstance(value, int) or value.__class__ is bool:
        raise _expect("int", value)
    if value.__class__ in easy:
        return value
    try:
        return Raw(int.__repr__(value).encode())
    except ValueError:
        raise Fault("an int with more digits than Python writes") from None


def _text(value: Any, _: int, easy: Easy) -> str | Raw | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _expect("str", value)
    return value if value.__class__ in easy else Raw(_quoted(value))


def _quoted(text: str) -> bytes:
    return quote(text).encode("utf-8", "surrogatepass")


def _name(key: Any, depth: int, easy: Easy) -> str | Raw | None:
    if not isinstance(key, str):
        raise _expect("str as a key", key)
    return _text(key, depth, easy)


def _uuid(value: Any, _: int, __: Easy) -> UUID:
    if not isinstance(value, UUID):
        raise _expect("UUID", value)
    return value


def _decimal(value: Decimal, _: int, __: Easy) -> Decimal | Raw:
    if value.__class__ is DoubleDecimal:
        return value
    if value.__class__ is Decimal and value.is_finite() and "E" not in str(value).upper():
        return value
    try:
        return Raw(format_decimal(value).encode())
    except ValueError as error:
        raise Fault(str(error)) from None


def _amount(value: Any, depth: int, easy: Easy) -> Decimal | Raw:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise _expect("a finite Decimal", value)
    return _decimal(value, depth, easy)


def _double(value: float, _: int, __: Easy) -> Raw:
    return Raw(format_double(value).encode())


def _date(value: Any, _: int, __: Easy) -> str:
    if not isinstance(value, datetime):
        raise _expect("datetime", value)
    try:
        return format_date(value)
    except (ValueError, OverflowError) as error:
        raise Fault(str(error)) from None


def _declared_date(value: Any, depth: int, easy: Easy) -> str:
    # A text: as it was parsed, and nobody has read it.
    return str.__str__(value) if isinstance(value, str) else _date(value, depth, easy)


# What holds others


def _value(value: Any, depth: int, easy: Easy) -> Any:
    """A value in an untyped slot."""
    prepare = VALUES.get(value.__class__) or _by_base(value)
    return prepare(value, depth, easy)


def _by_base(value: Any) -> Prepare:
    for cls in value.__class__.__mro__[1:]:
        if cls in VALUES:
            return VALUES[cls]
    raise Fault(f"the wire has no form for the type {type(value).__name__}")


def _list(items: Any, depth: int, easy: Easy, item: Prepare = _value) -> list[Any]:
    cls: Any = items.__class__
    if not issubclass(cls, list | tuple):
        raise _expect("list", items)
    _check(depth)
    # A list that is ready stays the one it is: a copy of each would take as much memory as the context.
    values: list[Any] = items if cls is list else [*items]
    prepared = values
    for index, value in enumerate(values):
        try:
            ready = item(value, depth + 1, easy)
        except Fault as fault:
            raise fault.within(f"[{index}]")  # noqa: B904 - the same fault, a step further out
        if ready is not value:
            if prepared is items:
                prepared = [*values]
            prepared[index] = ready
    return prepared


def _list_of(item: Prepare) -> Prepare:
    return lambda items, depth, easy: _list(items, depth, easy, item)


def _object(members: Iterable[tuple[str, Any]]) -> Raw:
    """A JSON object of members that are ready for msgspec."""
    return Raw(b"{" + b",".join([_quoted(name) + b":" + _in_c(ready) for name, ready in members]) + b"}")


def _items(mapping: Any, what: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(mapping, Mapping):
        raise _expect(what, mapping)
    return cast("Mapping[Any, Any]", mapping).items()  # type: ignore[redundant-cast] # pyright needs it


def _untyped(members: Any, depth: int, easy: Easy, known: Container[str] = ()) -> list[tuple[str, Any]]:
    """Members that no type declares, beside those that are known."""
    prepared: list[tuple[str, Any]] = []
    for name, value in _items(members, "a mapping of names"):
        if not isinstance(name, str):
            raise _expect("str as a name", name)
        if name in known:
            raise Fault("a name that a known member has")
        try:
            # Without `_value` in between: it would cost a frame a level.
            prepare = VALUES.get(value.__class__) or _by_base(value)
            prepared.append((name, prepare(value, depth + 1, easy)))
        except Fault as fault:
            raise fault.within("[…]")  # noqa: B904 - the same fault, a step further out
    return prepared


def _dict(members: Any, depth: int, easy: Easy) -> dict[str, Any] | Raw:
    """An object without a type."""
    _check(depth)
    if "__type" in members:
        raise Fault("a dict with a `__type`, which would be read as another type: UnknownValue stands for it")
    prepared = _untyped(members, depth, easy)
    is_ready = members.__class__ is dict and all(map(is_, members.values(), (ready for _, ready in prepared)))
    return members if easy and is_ready else _object(prepared)


def _tag(name: Any, depth: int, easy: Easy) -> tuple[str, Any]:
    """The member that says the type."""
    if not isinstance(name, str):
        raise _expect("str", name).within(".__type")
    return "__type", _text(name, depth, easy)


def _unknown_value(value: v.UnknownValue, depth: int, easy: Easy) -> Raw:
    _check(depth)
    members = _untyped(value.members, depth, easy, known=("__type",))
    return _object([_tag(value.type_name, depth, easy), *members])


def _is_easy(value: Any, easy: Easy) -> bool:
    """Whether what the decoder made needs no look."""
    if value.__class__ is list:
        return easy.issuperset([item.__class__ for item in value])
    return value.__class__ in easy


def _is_collection(value: Any) -> bool:
    # What was decoded is a list, which need not be asked whether it is an abstract class's: that takes long.
    return value.__class__ is not list and isinstance(value, Collection)


def _pairs(prepare_key: Prepare, prepare_item: Prepare) -> Prepare:
    """What makes a collection ready: one that the decoder made, that somebody has read, or that was made by hand."""

    def prepare(collection: Any, depth: int, easy: Easy) -> Any:
        pairs = collection
        if _is_collection(pairs):
            if pairs.is_null or pairs.is_absent:
                return None if pairs.is_null else UNSET
            pairs = pairs.pairs or pairs
        if pairs is None or pairs is UNSET:
            return pairs
        _check(depth)
        if is_decoded(pairs):
            if prepare_key is _name and easy.issuperset([pair.value.__class__ for pair in pairs]):
                return pairs
            return [
                pair if _is_easy(pair.value, easy) else one(index, pair.key, pair.value, depth, easy)
                for index, pair in enumerate(pairs)
            ]
        items = _items(pairs, "a mapping")
        return [one(index, key, value, depth, easy) for index, (key, value) in enumerate(items)]

    def one(index: int, key: Any, value: Any, depth: int, easy: Easy) -> v.Pair:
        step = ".key"
        try:
            ready = prepare_key(key, depth + 2, easy)
            step = ".value"
            return v.Pair(ready, prepare_item(value, depth + 2, easy))
        except Fault as fault:
            raise fault.within(step).within(f"[{index}]")  # noqa: B904 - the same fault, two steps further out

    return prepare


class _Part(NamedTuple):
    """One member of a type: how it is read from a record, made ready, and put into a copy."""

    step: str
    as_it_is: Easy
    """The classes of values that are ready."""
    if_empty: Easy
    """The classes of values that are ready if they are false."""
    may_be_absent: bool
    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]
    prepare: Prepare

    def of(self, value: Any, depth: int, easy: Easy) -> Any:
        """The member's value, ready for msgspec."""
        if not value and value.__class__ in self.if_empty:
            return value
        try:
            ready = self.prepare(value, depth + 1, easy)
            if ready is UNSET and not self.may_be_absent:
                raise Fault("a collection that servers always write must not be absent")
        except Fault as fault:
            raise fault.within(self.step)  # noqa: B904 - the same fault, a step further out
        return ready


class _Plan:
    """How a type is made ready: which members need but a look at their classes, and which a walk of their own."""

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.tag = TAGS.get(cls)
        self.cut = len(f'{{"__type":"{self.tag}",') if self.tag else len("{")

    def complete(self) -> None:
        """Plan the members, which may be of types that were not there before."""
        members = MEMBERS[self.cls]
        self.parts = {member.wire: _part(self.cls, member) for member in members}
        self.walked = [self.parts[member.wire] for member in members if member.kind.rstrip("?") not in _PLAIN]
        plain = [member for member in members if member.kind.rstrip("?") in _PLAIN]
        self.classes = [_PLAIN[member.kind.rstrip("?")] | _nothing(member) for member in plain]
        names = [member.field for member in plain]
        self.plain = attrgetter(*names) if len(names) > 1 else partial(_few, names)


def _few(names: list[str], record: Any) -> list[Any]:
    """As attrgetter, which gives no sequence for a single name."""
    return [getattr(record, name) for name in names]


def _part(cls: type[Any], member: Member) -> _Part:
    attribute = cls.__dict__[member.field]
    raw = f"_raw_{member.field}" if isinstance(attribute, Folded) else member.field
    bare = member.kind.rstrip("?")
    if bare in RECORD_KINDS:
        prepare = _DECLARED[RECORD_KINDS[bare]]
    elif bare in LIST_KINDS:
        prepare = _list_of(_DECLARED[LIST_KINDS[bare]])
    else:
        prepare = WRITERS[bare]
    return _Part(
        "." + member.wire,
        # A date as it was parsed, which nobody has read.
        frozenset({str} if bare == "date" else ()),
        _nothing(member) | (frozenset() if bare in _NO_ARRAYS else {list}),
        member.may_be_absent,
        attrgetter(raw),
        cls.__dict__[raw].__set__,
        prepare,
    )


def _nothing(member: Member) -> Easy:
    """What a member may be in place of a value of its kind."""
    return frozenset([type(None)] * (member.kind[-1] == "?") + [UnsetType] * member.may_be_absent)


def _record(plan: _Plan, *, tagged: bool) -> Prepare:
    """What makes a record ready, with its ``__type`` where the slot does not declare it, or without."""
    cls = plan.cls

    def prepare(record: Any, depth: int, easy: Easy) -> Any:
        if not isinstance(record, cls):
            raise _expect(cls.__name__, record)
        _check(depth)
        is_usual = record.__class__ is cls and record.unknown_members is NO_MEMBERS
        if not (easy and is_usual and all(map(contains, plan.classes, map(type, plan.plain(record))))):
            return _object(_by_member(plan, record, depth, easy, tagged=tagged))
        form = record
        for part in plan.walked:
            value = part.read(record)
            if value.__class__ in part.as_it_is or (not value and value.__class__ in part.if_empty):
                continue
            ready = part.of(value, depth, easy)
            if ready is not value:
                if form is record:
                    form = record.__copy__()
                part.write(form, ready)
        return form if tagged or plan.tag is None else Raw(b"{" + _in_c(form)[plan.cut :])

    return prepare


def _by_member(plan: _Plan, record: Any, depth: int, easy: Easy, *, tagged: bool) -> Iterable[tuple[str, Any]]:
    """A record member by member: with unknown ones in their places, or with something that msgspec must not see."""
    tag, unknown = _split(record, plan.tag if tagged else None)
    if tag is not None:
        yield _tag(tag, depth, easy)
    waiting = sorted(_untyped(unknown, depth, easy, plan.parts), reverse=True)
    for wire, part in plan.parts.items():
        while waiting and waiting[-1][0] < wire:
            yield waiting.pop()
        ready = part.of(part.read(record), depth, easy)
        if ready is not UNSET:
            yield wire, ready
    yield from reversed(waiting)


def _split(record: Any, usual: str | None) -> tuple[Any, dict[Any, Any]]:
    """What a record says its type is, and its other unknown members."""
    unknown = dict(_items(record.unknown_members, "a mapping of names"))
    return unknown.pop("__type", usual), unknown


def _key_value_pair(pair: v.KeyValuePair, depth: int, easy: Easy) -> Raw:
    _check(depth)
    tag, unknown = _split(pair, TAGS[v.KeyValuePair])
    texts = isinstance(pair.key, str | None) and isinstance(pair.value, str | None)
    if tag == TAGS[v.KeyValuePair] and not texts:
        tag = tag.replace("stringstring", "stringanyType")
    members = [_tag(tag, depth, easy)]
    for name in ("key", "value"):
        try:
            members.append((name, _value(getattr(pair, name), depth + 1, easy)))
        except Fault as fault:
            raise fault.within(f".{name}")  # noqa: B904 - the same fault, a step further out
    return _object(members + _untyped(unknown, depth, easy, known=("key", "value")))


def _image(row: Any, depth: int, easy: Easy) -> Any:
    return None if row is None else _DECLARED[v.Entity](row, depth, easy)


_PLAIN: dict[str, Easy] = {
    "uuid": frozenset({UUID}),
    "text": frozenset({str, type(None)}),
    "bool": frozenset({bool}),
    "int": frozenset({int}),
    **{kind: frozenset({code, int}) for kind, code in CODE_KINDS.items()},
}
"""The kinds of members that msgspec writes as the server does, if they are of these classes."""
_NO_ARRAYS = _PLAIN.keys() | RECORD_KINDS.keys() | {"decimal", "date"}

_PLANS = {cls: _Plan(cls) for cls in MEMBERS}
_DECLARED: dict[type[Any], Prepare] = {cls: _record(plan, tagged=False) for cls, plan in _PLANS.items()}
"""What makes a record ready in a slot that declares its type."""

WRITERS: dict[str, Prepare] = {
    "uuid": _uuid,
    "text": _text,
    "texts": _list_of(_text),
    "bool": _bool,
    "int": _int,
    **dict.fromkeys(CODE_KINDS, _int),
    "decimal": _amount,
    "date": _declared_date,
    "value": _value,
    "values": _list,
    "parameters": _pairs(_name, _value),
    "attributes": _pairs(_name, _value),
    "keys": _pairs(_name, _value),
    "formatted": _pairs(_name, _text),
    "images": _pairs(_name, _image),
    "related": _pairs(_DECLARED[v.Relationship], _DECLARED[v.EntityCollection]),
}
"""What makes a member ready, by kind."""

for _plan in _PLANS.values():
    _plan.complete()

_context = _DECLARED[RemoteExecutionContext]

VALUES: dict[type[Any], Prepare] = {
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
    dict: _dict,
    v.UnknownValue: _unknown_value,
    **{cls: _record(_PLANS[cls], tagged=True) for cls in TAGS},
    v.KeyValuePair: _key_value_pair,
}
"""What makes a value in an untyped slot ready, by class. An id may stand in one, and comes back as text."""
