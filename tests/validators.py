"""The schemas as validators, and the places that they find at fault, told as `parse_context` tells them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, ValidationError

from cds_context import json_schema

Validator: TypeAlias = Any
"""A validator of jsonschema, whose stubs are unknown in part."""

WIRE: Validator = Draft202012Validator(json_schema())
PLAIN: Validator = Draft202012Validator(json_schema("plain"))


def as_json(body: bytes | str) -> Any:
    """The JSON of a body, `INF` as Python spells it."""
    text = body if isinstance(body, str) else body.decode()
    return json.loads(re.sub(r"(?<=[:,\[])(-?)INF(?=[,\]}])", r"\1Infinity", text))


def places(validator: Validator, value: Any) -> set[str]:
    """Where the value is not valid, innermost places only."""
    with _room_on_the_stack():
        return {_place(error) for fault in validator.iter_errors(value) for error in _innermost(fault)}


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and item, however deep, as what holds it and its key there; outer ones first."""
    pending = [value]
    while pending:
        holder = pending.pop()
        keys: list[Any] = []
        if holder.__class__ is dict:
            keys = list(holder)
        elif holder.__class__ is list:
            keys = list(range(len(holder)))
        for key in keys:
            yield holder, key
            pending.append(holder[key])


def agrees(path: str, found: set[str]) -> bool:
    """Whether the path of a DecodeError, in which `[…]` stands for any name, is among the places."""
    pattern = re.escape(path).replace(re.escape("[…]"), r"\.[^.\[]*")
    return any(re.fullmatch(pattern, place) for place in found)


def _innermost(error: ValidationError) -> Iterator[ValidationError]:
    # Of something or null, what is wrong inside the something.
    inside = [other for other in error.context or () if other.validator != "type" or other.relative_path]
    if not inside:
        yield error
    for other in inside:
        yield from _innermost(other)


def _place(error: ValidationError) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return "$" + "".join(steps)


@contextmanager
def _room_on_the_stack() -> Generator[None]:
    """The validator takes some twelve frames for each of the 320 levels that `parse_context` reads."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
