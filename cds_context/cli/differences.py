"""What differs between two contexts, by value.

Values in, places and values out; knows no files and no terminal.

How it works: both are walked together, with a list of pairs yet to be compared in place of recursion. A value is taken
into its parts, each with the step that leads to it, spelled as in Python: `.depth`, `["Target"]`, `[0]`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import UNSET, Struct

from cds_context import Money, OptionSetValue, Relationship, RemoteExecutionContext, Value

_Walked: TypeAlias = Value | RemoteExecutionContext | Mapping[Any, Any]


class Difference(Struct, frozen=True):
    """A place at which two contexts differ. UNSET: one of them has nothing there."""

    path: str
    old: Any
    new: Any


def differences(
    old: RemoteExecutionContext, new: RemoteExecutionContext, *, order: bool = False, ignore: Iterable[str] = ()
) -> Iterator[Difference]:
    """What differs, in the order of the wire.

    Dates are equal if they are one moment, numbers and amounts if they are worth the same, several choices if they are
    the same ones. The order of columns and parameters, and of several choices, counts only with `order`. What `ignore`
    names, a member, a column, a parameter or an image, is passed over with all that is in it.
    """
    ignored = {step for name in ignore for step in (f".{name}", _key(name))}
    pending = [Difference("", old, new)]
    while pending:
        pair = pending.pop()
        parts, others = _parts(pair.old, order=order), _parts(pair.new, order=order)
        if parts is None or others is None or type(pair.old) is not type(pair.new):
            if not _is_same(pair.old, pair.new):
                yield pair
            continue
        if order and _is_moved(parts, others):
            yield Difference(pair.path, [*parts], [*others])
        steps = [step for step in {**parts, **others} if step not in ignored]
        pending += [
            Difference(f"{pair.path}{step}".lstrip("."), parts.get(step, UNSET), others.get(step, UNSET))
            for step in reversed(steps)
        ]


def _parts(value: _Walked, *, order: bool) -> dict[str, Any] | None:
    """What a value consists of, by the step that leads there; None if it is compared as a whole."""
    if isinstance(value, Money | OptionSetValue) or (_is_choices(value) and not order):
        return None
    if isinstance(value, Struct):
        return {f".{name}": _present(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {_key(key): item for key, item in value.items()}
    if isinstance(value, list):
        return {f"[{index}]": item for index, item in enumerate(value)}
    return None


def _present(value: Any) -> Any:
    """A collection that is null or absent on the wire as None or UNSET; all else as it is."""
    return None if getattr(value, "is_null", False) else UNSET if getattr(value, "is_absent", False) else value


def _key(key: Any) -> str:
    if isinstance(key, Relationship):
        return f"[{json.dumps(key.schema_name)}, {key.primary_entity_role}]"
    return f"[{json.dumps(key, ensure_ascii=False)}]"


def _is_choices(value: _Walked) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, OptionSetValue) for item in value)


def _is_moved(parts: dict[str, Any], others: dict[str, Any]) -> bool:
    return [step for step in parts if step in others] != [step for step in others if step in parts]


def _is_same(old: Any, new: Any) -> bool:
    if _is_choices(old) and _is_choices(new):
        return Counter(old) == Counter(new)
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    return bool(old == new) or (old != old and new != new)  # noqa: PLR0124 - as a NaN is
