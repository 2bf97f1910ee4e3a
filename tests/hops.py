"""What tools do to a body on its way: each hop rewrites one, as a tool was seen to do.

The bodies that come out are read by `parse_context` or refused; `test_hops` holds what they then answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

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


HOPS: dict[str, Hop] = {
    "rows as text": rows_as(json.dumps),
    "null for a row": rows_as(lambda _: None),
    "an empty array for a row": rows_as(lambda _: []),
    "a number for a row": rows_as(lambda _: 7),
    "an id for a row": rows_as(lambda row: row["Id"]),
    "objects as text": objects_as_text,
    "keys in lower case": keys_in_lower_case,
}


def through(hop: str, body: bytes) -> bytes:
    """The body as the tool hands it on."""
    return json.dumps(HOPS[hop](json.loads(body)), ensure_ascii=False).encode()
