"""What tools do to a body on its way: each hop rewrites one, as a tool was seen to do.

The bodies that come out are read by `parse_context` or refused; `test_hops` holds what they then answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Hop = Callable[[Any], Any]
"""A parsed body in, and what the tool makes of it."""


def rows_as(make: Callable[[dict[str, Any]], Any]) -> Hop:
    """Each row in an input parameter is replaced."""

    def hop(body: Any) -> Any:
        for pair in _parameters(body):
            pair["value"] = _replaced(pair["value"], make)
        return body

    return hop


def _parameters(body: Any) -> Iterator[dict[str, Any]]:
    while body:
        yield from body.get("InputParameters") or ()
        body = body.get("ParentContext")


def _replaced(value: Any, make: Callable[[dict[str, Any]], Any]) -> Any:
    if isinstance(value, list):
        items: list[Any] = [*value]
        return [_replaced(item, make) for item in items]
    return make(value) if value.__class__ is dict and "Id" in value else value


def objects_as_text(body: Any) -> Any:
    """Spark's `read.json`: values of several types in one column become text."""
    for pair in _parameters(body):
        if isinstance(pair["value"], dict | list):
            pair["value"] = json.dumps(pair["value"])
    return body


def keys_in_lower_case(body: Any) -> Any:
    """A tool for JavaScript, which begins names with a small letter."""
    for pair in _parameters(body):
        pair["key"] = pair["key"][:1].lower() + pair["key"][1:]
    return body


def without_types(body: Any) -> Any:
    """Rows in parameters lose `__type`, as in JSON that went through a schema."""
    for pair in _parameters(body):
        value: Any = pair["value"]
        rows: list[Any] = value if value.__class__ is list else [value]
        for row in rows:
            if row.__class__ is dict:
                row.pop("__type", None)
    return body


def _inside(value: Any, hop: Hop) -> Any:
    """An object or an array after the hop of what is in it; None for any other value."""
    if isinstance(value, list):
        items: list[Any] = [*value]
        return [hop(item) for item in items]
    if isinstance(value, dict):
        members: dict[str, Any] = {**value}
        return {name: hop(member) for name, member in members.items()}
    return None


def everywhere(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Hop:
    """Each object is replaced, from the inside outward."""

    def hop(value: Any) -> Any:
        inside = _inside(value, hop)
        return change(inside) if inside.__class__ is dict else value if inside is None else inside

    return hop


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _pair_in_capitals(members: dict[str, Any]) -> dict[str, Any]:
    return {name.capitalize(): value for name, value in members.items()} if _is_pair(members) else members


def _is_pair(members: dict[str, Any]) -> bool:
    return members.keys() - {"__type"} == {"key", "value"}


without_nulls = everywhere(lambda members: {name: value for name, value in members.items() if value is not None})
in_camel_case = everywhere(lambda members: {_small(name): value for name, value in members.items()})
in_capitals = everywhere(_pair_in_capitals)


def as_doubles(body: Any) -> Any:
    """Gson, into a tree or a map: every number is a double."""
    if isinstance(body, int | float) and not isinstance(body, bool):
        return _Java(body)
    inside = _inside(body, as_doubles)
    return body if inside is None else inside


class _Java(float):
    """A float that is spelled as Java does: `8.0729E8` from ten million on."""

    def __repr__(self) -> str:
        if abs(self) < 10**7:
            return float.__repr__(self)
        digits, exponent = f"{float(self):.16e}".split("e")
        return f"{float(digits)!r}E{int(exponent)}"


_TICKS = re.compile(r"/Date\((-?[0-9]+)([+-][0-9]{4})?\)/")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})?")


def as_j_object(body: Any) -> Any:
    """Newtonsoft's JObject, on a machine in UTC: every text that is a date is read and written anew."""
    if isinstance(body, str):
        return _redated(body)
    inside = _inside(body, as_j_object)
    return body if inside is None else inside


def _redated(text: str) -> str:
    if ticks := _TICKS.fullmatch(text):
        moment = EPOCH + timedelta(milliseconds=int(ticks[1]))
        return _newtonsoft(moment, "+00:00" if ticks[2] else "Z")
    if (iso := _ISO.fullmatch(text)) and iso[1]:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
        return _newtonsoft(moment, "Z" if iso[1] == "Z" else "+00:00")
    return text


def _newtonsoft(moment: datetime, zone: str) -> str:
    fraction = f".{moment.microsecond:06}".rstrip("0").rstrip(".")
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}{fraction}{zone}"


HOPS: dict[str, Hop] = {
    "rows as text": rows_as(json.dumps),
    "null for a row": rows_as(lambda _: None),
    "an empty array for a row": rows_as(lambda _: []),
    "a number for a row": rows_as(lambda _: 7),
    "an id for a row": rows_as(lambda row: row["Id"]),
    "objects as text": objects_as_text,
    "keys in lower case": keys_in_lower_case,
}
"""Hops after which the row is gone from the parameters."""

OTHERS: dict[str, Hop] = {
    "no types": without_types,
    "no nulls": without_nulls,
    "camelCase": in_camel_case,
    "Key and Value": in_capitals,
    "Gson": as_doubles,
    "Gson, no nulls": lambda body: without_nulls(as_doubles(body)),
    "JObject": as_j_object,
    "Spark": lambda body: without_nulls(objects_as_text(body)),
    "JObject, camelCase, no nulls": lambda body: in_camel_case(without_nulls(as_j_object(body))),
}
"""Hops after which the rest differs, too."""


def through(hop: str, body: bytes) -> bytes:
    """The body as the tool hands it on."""
    return json.dumps((HOPS | OTHERS)[hop](json.loads(body)), ensure_ascii=False).encode("utf-8", "surrogatepass")
