"""The comparison of a parsed context with the object graph that the platform wrote it from, or read in it.

How it works: the lines of the graph become a tree of branches, which is walked together with the parsed values.
The wire does not tell all types: a Guid, a TimeSpan or a character in an untyped slot is a string there, bytes are a
list of numbers, an enum is a number. Where the wire tells it, the value, its type, scale, kind and order must agree.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeAlias, cast
from urllib.parse import unquote
from uuid import UUID

from msgspec import UNSET, Struct

from cds_context import UnknownValue

from .conformance import Node

_LAST_STEP = re.compile(r"\.@ext\[\d+:(?P<extra>[^\[\]]*) after -?\d+\]$|\.(?P<member>[^.\[\]]+)$|\[(?P<item>\d+)\]$")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ENUM = re.compile(r".*\((-?\d+)\)")
_WIRE_DATE = re.compile(r"/Date\((-?\d+)(?:([+-])(\d\d)(\d\d))?\)/")
_DAYS = re.compile(r"(?P<sign>-?)(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)")
_DURATION = re.compile(r"(?P<sign>-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_TICKS = 621355968000000000
_TICKS_A_MILLISECOND = 10_000
_INTEGERS = ("Byte", "SByte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64")
_Scalars: TypeAlias = Mapping[str, Callable[[str, object], bool]]

_DEFAULTS = {"0", "false", "count=0", str(UUID(int=0))}


@dataclass
class _Branch:
    """One node of the graph with what hangs on it."""

    node: Node
    members: dict[str, _Branch] = field(default_factory=dict[str, "_Branch"])
    extras: list[tuple[str, _Branch]] = field(default_factory=list[tuple[str, "_Branch"]])
    items: list[_Branch] = field(default_factory=list["_Branch"])

    @property
    def is_default(self) -> bool:
        """Whether a server may leave the member out."""
        _, kind, value = self.node
        enum = _ENUM.fullmatch(value)
        return kind == "null" or value in _DEFAULTS or (enum is not None and enum[1] == "0")


def differences(
    context: object, nodes: Iterable[Node], *, partial: bool = False, scalars: _Scalars | None = None
) -> list[str]:
    """Every disagreement between a parsed context and its graph, each beginning with its path.

    `partial` is for what the platform's reader saw, which leaves out defaults and may end early:
    what it does not list is not compared. `scalars` has the comparisons of scalars, by .NET type.
    """
    walk = _Walk(partial, SCALARS if scalars is None else scalars)
    walk.compare(_tree(nodes), context)
    return walk.found


def _tree(nodes: Iterable[Node]) -> _Branch:
    root = _Branch(Node("$", "RemoteExecutionContext", ""))
    branches = {"$": root}
    for node in nodes:
        if node.path == "$":
            root.node = node
        else:
            branches[node.path] = _grow(branches, node)
    return root


def _grow(branches: dict[str, _Branch], node: Node) -> _Branch:
    step = _LAST_STEP.search(node.path)
    assert step is not None, node.path
    branch = _Branch(node)
    parent = branches[node.path[: step.start()]]
    if step["item"]:
        parent.items.append(branch)
    elif step["member"]:
        parent.members[step["member"]] = branch
    else:
        parent.extras.append((step["extra"], branch))
    return branch


class _Walk:
    """The walk over both trees; what it finds is in `found`."""

    def __init__(self, partial: bool, scalars: _Scalars) -> None:
        self.partial = partial
        self.scalars = scalars
        self.found: list[str] = []

    def report(self, branch: _Branch, actual: object) -> None:
        """Write down that a node and a value disagree."""
        path, kind, value = branch.node
        self.found.append(f"{path}: {kind} {value[:80]} is {type(actual).__name__} {actual!r:.80}")

    def compare(self, branch: _Branch, actual: object) -> None:
        """One node, and all below it."""
        _, kind, value = branch.node
        if actual is UNSET:
            self.check(branch.is_default, branch, actual)
        elif kind in self.scalars:
            agrees = self.scalars[kind](value, actual) or (
                self.partial and kind in _INTEGERS and _is_whole(value, actual)
            )
            self.check(agrees, branch, actual)
        elif value.startswith("count=") or kind == "ext-array":
            self.compare_items(branch, actual)
        elif enum := _ENUM.fullmatch(value):
            self.check(_is_int(enum[1], actual), branch, actual)
        else:
            self.compare_object(branch, actual)

    def check(self, agrees: bool, branch: _Branch, actual: object) -> None:
        """Report the value unless it agrees."""
        if not agrees:
            self.report(branch, actual)

    def compare_items(self, branch: _Branch, actual: Any) -> None:
        """A list, or a collection of pairs."""
        if actual is None and self.partial and branch.is_default:
            return
        values: Any = actual
        if not isinstance(actual, list | Mapping) or not self.has_length(branch, len(values)):
            self.report(branch, values)
        elif isinstance(actual, list):
            for item, value in zip(branch.items, values, strict=not self.partial):
                self.compare(item, value)
        else:
            for item, pair in zip(branch.items, values.items(), strict=not self.partial):
                self.compare_pair(item, pair)

    def has_length(self, branch: _Branch, length: int) -> bool:
        """Whether a collection is as long as the graph says; an array in extension data does not say."""
        count = branch.node.value.removeprefix("count=")
        if count:
            return length == int(count)
        return length == len(branch.items) or self.partial

    def compare_pair(self, branch: _Branch, pair: tuple[object, object]) -> None:
        """One item of a mapping."""
        for name, actual in zip(("key", "value"), pair, strict=True):
            if name in branch.members:
                self.compare(branch.members[name], actual)

    def compare_object(self, branch: _Branch, actual: object) -> None:
        """An object with members: of a known type, of an unknown one, or without a type."""
        if not _has_type(branch.node, actual):
            self.report(branch, actual)
            return
        for name, child in branch.members.items():
            self.compare(child, _member(actual, name))
        self.compare_extras(branch, actual)
        if not self.partial:
            self.find_surplus(branch, actual)

    def compare_extras(self, branch: _Branch, actual: object) -> None:
        """Extension data: what the platform's reader did not know, and the package may."""
        for name, child in branch.extras:
            member = _extras(actual).get(name, UNSET)
            if member is UNSET:
                member = _member(actual, name)
            if member is UNSET:
                self.report(child, member)
            else:
                self.compare(child, member)

    def find_surplus(self, branch: _Branch, actual: object) -> None:
        """What was parsed and is not in the graph."""
        expected = {*branch.members, *(_snake(name) for name in branch.members)}
        for name in _present(actual):
            if name not in expected:
                self.found.append(f"{branch.node.path}: {branch.node.type} has no {name}")


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _member(actual: Any, name: str) -> object:
    """A member by its name on the wire, UNSET if there is none."""
    if isinstance(actual, UnknownValue):
        return actual.members.get(name, UNSET)
    if isinstance(actual, Mapping):
        mapping: Mapping[str, object] = cast("Any", actual)
        return mapping.get(name, UNSET)
    return getattr(actual, _snake(name), _extras(actual).get(name, UNSET))


def _extras(actual: Any) -> Mapping[str, object]:
    """The members that the graph has as extension data: those no type declares."""
    if isinstance(actual, UnknownValue):
        return actual.members
    if isinstance(actual, Mapping):
        mapping: Mapping[str, object] = cast("Any", actual)
        return mapping
    members: Mapping[str, object] = getattr(actual, "unknown_members", {})
    return members


def _present(actual: Any) -> list[str]:
    """The names of the members that a parsed object has."""
    if isinstance(actual, UnknownValue):
        return list(actual.members)
    if isinstance(actual, Mapping):
        names: list[str] = list(cast("Any", actual))
        return [name for name in names if name != "__type"]
    assert isinstance(actual, Struct)
    fields = [name for name in actual.__struct_fields__ if name != "unknown_members"]
    written = [name for name in fields if not _is_absent(getattr(actual, name))]
    return [*written, *(name for name in _extras(actual) if name != "__type")]


def _is_absent(value: object) -> bool:
    return value is UNSET or getattr(value, "is_absent", False) is True


def _has_type(node: Node, actual: object) -> bool:
    """Whether the type's name agrees, as far as the value says it."""
    if node.type in ("Object", "ext-object"):
        return isinstance(actual, Mapping | Struct)
    if isinstance(actual, UnknownValue):
        return _same_name(node.type, actual.type_name.partition(":")[0])
    if isinstance(actual, Struct):
        return _same_name(node.type, type(actual).__name__)
    return isinstance(actual, Mapping)


def _same_name(expected: str, actual: str) -> bool:
    if expected.startswith("KeyValuePair<"):
        return actual.startswith("KeyValuePair")
    # The replica stands in for an SDK type that could not be loaded; the package drops the prefix of the other.
    return actual in (expected, expected.removesuffix("Replica"), expected.removeprefix("Xrm"))


def _is_null(_: str, actual: object) -> bool:
    return actual is None or getattr(actual, "is_null", False) is True


def _is_bool(value: str, actual: object) -> bool:
    return isinstance(actual, bool) and actual is (value == "true")


def _is_int(value: str, actual: object) -> bool:
    return isinstance(actual, int) and not isinstance(actual, bool) and actual == int(value)


def _is_whole(value: str, actual: object) -> bool:
    """An integer that was spelled with an exponent, which only a reader meets."""
    return isinstance(actual, float | Decimal) and actual == int(value)


def _is_text(value: str, actual: object) -> bool:
    text: str = json.loads(value, strict=False)
    if isinstance(actual, datetime):
        return _spells(text, actual)
    return isinstance(actual, str) and actual == text


def _spells(text: str, moment: datetime) -> bool:
    """Whether a text that looks like a date is that date: the wire does not tell the two apart."""
    match = _WIRE_DATE.fullmatch(text)
    if match is None:
        return False
    milliseconds, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    same_zone = moment.utcoffset() == (-offset if sign == "-" else offset)
    return same_zone and _has_offset(moment) == bool(sign) and _milliseconds(moment) == int(milliseconds)


def _has_offset(moment: datetime) -> bool:
    """Whether the wire had an offset: `+0000` is one, and is not UTC."""
    return moment.tzinfo is not timezone.utc


def _milliseconds(moment: datetime) -> int | None:
    whole, rest = divmod(moment - _EPOCH, timedelta(milliseconds=1))
    return None if rest else whole


def _is_moment(value: str, actual: object) -> bool:
    if not isinstance(actual, datetime) or actual.tzinfo is None:
        return False
    ticks, kind, *_ = value.split(" ")
    return _has_offset(actual) == (kind != "Utc") and _milliseconds(_instant(kind, actual)) == _wire_milliseconds(ticks)


def _instant(kind: str, moment: datetime) -> datetime:
    """What the ticks count: the wall clock if unspecified, else the instant (the files' local time is UTC)."""
    return moment.replace(tzinfo=timezone.utc) if kind == "Unspecified" else moment


def _wire_milliseconds(ticks: str) -> int:
    """Ticks as the serializer writes them: cut off toward 1970."""
    since = int(ticks) - _EPOCH_TICKS
    whole = abs(since) // _TICKS_A_MILLISECOND
    return whole if since >= 0 else -whole


def _is_guid(value: str, actual: object) -> bool:
    return isinstance(actual, UUID | str) and str(actual) == value


def _is_decimal(value: str, actual: object) -> bool:
    digits, scale, _ = value.split(" ")
    exact = Decimal(digits)
    if isinstance(actual, Decimal):
        exponent = actual.as_tuple().exponent
        same_scale = exponent == -int(scale.removeprefix("scale="))
        # 1E+2 has no scale, and no server writes it.
        return actual == exact and (same_scale or (isinstance(exponent, int) and exponent > 0))
    if isinstance(actual, float):
        return actual == float(exact)
    return isinstance(actual, int) and not isinstance(actual, bool) and actual == exact


def _is_double(value: str, actual: object) -> bool:
    text, _, bits = value.partition(" bits=")
    exact: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    # .NET's shortest spelling is now and then another double; its graph spells -0.0 as 0, the wire does not.
    return _is_same_number(exact, actual) or (exact != 0 and _is_same_number(float(text), actual))


def _is_single(value: str, actual: object) -> bool:
    return _is_same_number(float(value), actual)


def _is_same_number(expected: float, actual: object) -> bool:
    """By value and sign; `repr` tells -0.0 from 0.0, and NaN is itself."""
    if not isinstance(actual, int | float | Decimal) or isinstance(actual, bool):
        return False
    return repr(float(actual)) == repr(expected)


def _is_bytes(value: str, actual: object) -> bool:
    return isinstance(actual, list) and actual == list(bytes.fromhex(value))


def _is_character(value: str, actual: object) -> bool:
    return isinstance(actual, str) and actual == value


def _is_address(value: str, actual: object) -> bool:
    return isinstance(actual, str) and unquote(actual) == unquote(value)


def _is_xml(_: str, actual: object) -> bool:
    return isinstance(actual, str) and actual.startswith("<")


def _is_span(value: str, actual: object) -> bool:
    if not isinstance(actual, str):
        return False
    expected, found = _DAYS.fullmatch(value), _DURATION.fullmatch(actual)
    return expected is not None and found is not None and _span(expected) == _span(found)


def _span(match: re.Match[str]) -> Decimal:
    days, hours, minutes, seconds = (Decimal(part or 0) for part in match.groups()[1:])
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return -total if match["sign"] else total


SCALARS: _Scalars = {
    "null": _is_null,
    "Boolean": _is_bool,
    "String": _is_text,
    "Guid": _is_guid,
    "DateTime": _is_moment,
    "Decimal": _is_decimal,
    "Double": _is_double,
    "Single": _is_single,
    "Byte[]": _is_bytes,
    "Char": _is_character,
    "Uri": _is_address,
    "TimeSpan": _is_span,
    "DataSet": _is_xml,
    **dict.fromkeys(_INTEGERS, _is_int),
}
