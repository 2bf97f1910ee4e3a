"""A body that a tool rewrote, as a server would write it; what the tool lost is not guessed.

The signs are those of `wire.rewriting`; each is something that no server writes. JSON text goes in, bytes come out.

How it works: a walk over the parsed JSON, by the types of the members. It renames members, fills in nulls and respells
numbers and dates where they stand; the tolerant pass then reads the tree, and the context is written as a server would.
Values in untyped slots that are no objects are left alone, because nothing tells what they were.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ..errors import ArgumentError, DecodeError, Fault
from ..event.context import RemoteExecutionContext
from ..event.messages import HOLDING_ROWS
from ..model.codes import Mode
from ..model.kinds import CODES, MEMBERS, PAIRS, RECORDS, TAGS, item_of
from ..model.parameters import KeyValuePair
from ..model.rows import Entity, EntityReference
from ..wire.body import Body, plain_body
from ..wire.dates import format_date, is_iso_date, parse_iso_date
from ..wire.numbers import read_whole
from .encoding import encode_json
from .tolerant import NO_STACK, TOLD_BY, TolerantReader, in_camel_case, is_camel_case, may_be_null, parse_json


def mend(body: Body, *, server_offset: timedelta | None = None) -> bytes:
    """A body that a tool rewrote on its way, as a server would write it; any other JSON is returned unchanged.

    Undone are changes that lose nothing, or nothing that is needed: a context's dates in ISO 8601, as Newtonsoft's
    `JObject` writes them; integers as ``1.0``, as Gson does; nulls that were left out; members in camelCase; pairs with
    `Key` and `Value`; objects that became text in the parameters of the platform's messages, as Spark does.

    `server_offset` is the offset of the server's clock. The moment of an asynchronous step needs it if the date was
    rewritten, because it is wrong by that offset (wire format, "Dates"), and the tool removed it.

    Not undone, because nothing tells what they were: dates in columns, which stay text in ISO 8601, labels of dates in
    another offset, and whole numbers in columns, which stay ``1.0``. The page "Errors" has the list.

    Raises DecodeError, with path and reason, for a body that cannot be read, and where what the tool lost is needed:
    the moment of an asynchronous step without `server_offset`, amounts and integers that may have been rounded, and
    names in objects of unknown types.
    Raises ArgumentError for an offset that no server can have.
    """
    body = plain_body(body)
    if server_offset is not None and (abs(server_offset) >= timedelta(days=1) or server_offset % timedelta(minutes=1)):
        raise ArgumentError("`server_offset` is whole minutes, and less than a day")
    try:
        members = _members(body)
        mender = _Mender(server_offset)
        mender.record(RemoteExecutionContext, members)
        if not mender.has_mended:
            return body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        if mender.rounded and mender.has_numbers_rewritten:
            raise mender.rounded
        if mender.unknown and mender.has_names_rewritten:
            raise mender.unknown
        return encode_json(TolerantReader(Decimal).context(members))
    except RecursionError:
        raise DecodeError(NO_STACK) from None
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path, fault.missing) from None


def _members(body: bytes | str) -> Any:
    try:
        text = body if isinstance(body, str) else body.decode()
    except UnicodeDecodeError as error:
        start = error.start
    else:
        value = parse_json(text.removeprefix("\ufeff"))
        return parse_json(value.removeprefix("\ufeff")) if type(value) is str else value
    raise Fault(f"not UTF-8, at byte {start}")  # outside of the handler, because the error holds the body


_BY_TAG = {tag: cls for cls, tag in TAGS.items()}
_HOLDING_OBJECTS = HOLDING_ROWS | {"ColumnSet", "PrincipalAccess", "Query", "Relationship", "State", "Status"}
"""The parameters of the platform's messages that hold objects, and no text."""

_PAIR_NAMES = {"Key": "key", "Value": "value"}
_LATER: dict[type[Any], tuple[tuple[str, str], ...]] = {
    # A member that servers write since some year, and one of the same year that is never null.
    Entity: (("RowVersion", "KeyAttributes"), ("EntityState", "Id")),
    EntityReference: (("RowVersion", "KeyAttributes"), ("Name", "Id")),
    # Servers take the parent out of a large post only along with the parameters.
    RemoteExecutionContext: (("ParentContext", "InputParameters"),),
}
"""Members that may be absent, and were null if the other member is there."""


class _Mender:
    """One walk over one body, which it changes in place."""

    def __init__(self, server_offset: timedelta | None) -> None:
        self._server_offset = server_offset
        self._steps: list[str] = []
        self.has_mended = False
        self.has_numbers_rewritten = False
        self.has_names_rewritten = False
        self.rounded: Fault | None = None
        """The first number that may have been rounded, if numbers were rewritten."""
        self.unknown: Fault | None = None
        """The first object whose names are not known, in case that names were rewritten."""

    def record(self, cls: type[Any], members: Any) -> None:
        """Mend an object of a known type; the reader says what is wrong with any other value."""
        if members.__class__ is not dict:
            return
        self._complete(cls, members)
        for member in MEMBERS[cls]:
            if member.wire in members:
                self._at(f".{member.wire}", member.kind, members, member.wire)
        if cls is KeyValuePair:
            for name in members.keys() & {"key", "value"}:
                self._at(f".{name}", "Value", members, name)
        if cls is RemoteExecutionContext:
            self._mend_moment(members)

    def _complete(self, cls: type[Any], members: dict[str, Any]) -> None:
        """Give the members their own names, and null to those that were left out."""
        if is_camel_case(cls, members):
            self._rename(members, {in_camel_case(member.wire): member.wire for member in MEMBERS[cls]})
        if cls is KeyValuePair and members.keys() & _PAIR_NAMES.keys():
            self._rename(members, _PAIR_NAMES)
        for name in may_be_null(cls):
            if name not in members and _was_null(cls, name, members):
                self._put(members, name, None)

    def _at(self, step: str, kind: str, holder: Any, key: Any) -> None:
        """Mend the value of a kind in a dict or a list; `step` leads to it."""
        self._steps.append(step)
        value = holder[key]
        if kind in RECORDS:
            self.record(RECORDS[kind], value)
        elif kind in PAIRS:
            self._pairs(kind, value)
        elif kind == "Value":
            self._untyped(holder, key)
        elif (item := item_of(kind)) and value.__class__ is list:
            for index in range(len(value)):
                self._at(f"[{index}]", item, value, index)
        elif kind in _NUMBERS and _is_fraction(value):
            _NUMBERS[kind](self, holder, key)
        self._steps.pop()

    def _fault(self, reason: str, step: str = "") -> Fault:
        """A fault here, or a step further."""
        fault = Fault(reason).within(step)
        for outer in reversed(self._steps):
            fault = fault.within(outer)
        return fault

    def _pairs(self, kind: str, pairs: Any) -> None:
        of = PAIRS[kind]
        for index, pair in enumerate(pairs if pairs.__class__ is list else ()):
            if pair.__class__ is not dict:
                continue
            if pair.keys() <= _PAIR_NAMES.keys():
                self._rename(pair, _PAIR_NAMES)
            if pair.keys() == {"key"} and (of.item == "Value" or of.item_is_nullable):
                self._put(pair, "value", None)
            if pair.keys() != {"key", "value"}:
                continue
            if of.key in RECORDS:
                self._at(f"[{index}].key", of.key, pair, "key")
            if kind == "ParameterCollection" and pair["key"].__class__ is str and pair["key"] in _HOLDING_OBJECTS:
                self._objects(pair)
            self._at(f"[{index}].value", of.item, pair, "value")

    def _objects(self, pair: dict[str, Any]) -> None:
        """Read objects that became text, and mend rows that lost their type."""
        text = pair["value"]
        if text.__class__ is str and text.lstrip()[:1] in {"{", "["}:
            try:
                self._put(pair, "value", parse_json(text))
            except Fault:
                return  # other text
        rows = pair["value"]
        for row in rows if rows.__class__ is list else (rows,):
            if row.__class__ is dict and "__type" not in row and (cls := _told(row)):
                self.record(cls, row)

    def _untyped(self, holder: Any, key: Any) -> None:
        value = holder[key]
        if value.__class__ is list:
            for index in range(len(value)):
                self._at(f"[{index}]", "Value", value, index)
        elif value.__class__ is dict:
            cls = _type_of(value.get("__type"))
            if cls is not None:
                self.record(cls, value)
                return
            if value.keys() - {"__type"}:
                self.unknown = self.unknown or self._fault(_UNKNOWN)
            for name in value:
                self._at("[…]", "Value", value, name)
        elif _is_fraction(value) and _is_rounded(value):
            self._doubt()

    def integer(self, holder: Any, key: Any) -> None:
        """Mend a declared integer that has a point."""
        number = read_whole(holder[key])
        if number is not None:
            self._put(holder, key, number)
            self.has_numbers_rewritten = True

    def amount(self, holder: Any, key: Any) -> None:
        """Doubt an amount with more digits than a double keeps."""
        digits = holder[key].partition("E")[0].replace(".", "").strip("-0")
        if len(digits) > _EXACT:
            self._doubt()

    def _doubt(self) -> None:
        self.rounded = self.rounded or self._fault("a number of many digits, which the tool may have rounded")

    def _mend_moment(self, context: dict[str, Any]) -> None:
        text: Any = context.get("OperationCreatedOn")
        if text.__class__ is not str or not is_iso_date(text):
            return
        moment = parse_iso_date(text)
        if moment is None:
            raise self._fault("a date in ISO 8601 without an offset", _MOMENT)
        if context.get("Mode") == Mode.ASYNCHRONOUS:
            if self._server_offset is None:
                raise self._fault(_LOST_OFFSET, _MOMENT)
            moment = self._on_clock(moment, self._server_offset)
        self._put(context, "OperationCreatedOn", format_date(moment))
        self.has_numbers_rewritten = True

    def _on_clock(self, moment: datetime, offset: timedelta) -> datetime:
        try:
            return moment.astimezone(timezone(offset, "local"))  # the name keeps an offset of zero apart from UTC
        except OverflowError:
            fault = self._fault("a date outside the years 1 to 9999 on the server's clock", _MOMENT)
        raise fault

    def _rename(self, members: dict[str, Any], names: dict[str, str]) -> None:
        renamed = {names.get(name, name): value for name, value in members.items()}
        members.clear()
        members.update(renamed)
        self.has_mended = self.has_names_rewritten = True

    def _put(self, holder: Any, key: Any, value: Any) -> None:
        holder[key] = value
        self.has_mended = True


_EXACT = 15
"""The significant digits that every double keeps."""

_MOMENT = ".OperationCreatedOn"
_UNKNOWN = "an object of an unknown type, whose names the tool may have changed"
_LOST_OFFSET = (
    "the date of an asynchronous step in ISO 8601: the true moment needs the offset that a tool removed; "
    "pass `server_offset` if you know it"
)

_NUMBERS: dict[str, Callable[[_Mender, Any, Any], None]] = {
    "int": _Mender.integer,
    **dict.fromkeys(CODES, _Mender.integer),
    "Decimal": _Mender.amount,
}
"""What mends a number with a point or an exponent, by kind."""


def _is_fraction(value: Any) -> bool:
    return value.__class__ is not str and isinstance(value, str)


def _is_rounded(text: str) -> bool:
    """Whether a number may have been an integer that a double cannot hold."""
    return "E+" not in text and "E-" not in text and "N" not in text and abs(Decimal(text)) >= 2**53


def _was_null(cls: type[Any], name: str, members: dict[str, Any]) -> bool:
    member = next(member for member in MEMBERS[cls] if member.wire == name)
    return not member.may_be_absent or any(late == name and mark in members for late, mark in _LATER.get(cls, ()))


def _told(members: dict[str, Any]) -> type[Any] | None:
    """The type of a row by its members, in camelCase or not."""
    for cls, telling in TOLD_BY.items():
        if telling <= members.keys() or {in_camel_case(name) for name in telling} <= members.keys():
            return cls
    return None


def _type_of(tag: Any) -> type[Any] | None:
    if tag.__class__ is not str:
        return None
    return KeyValuePair if tag.startswith("KeyValuePairOf") else _BY_TAG.get(tag)
