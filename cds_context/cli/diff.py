"""The command `diff`: the differences between two contexts, by value.

How it works: both contexts are walked together, with a list of pairs yet to be compared instead of recursion. A value
is taken apart into inner values, each with its step of the path, spelled as in Python: `.depth`, `["Target"]`, `[0]`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import typer
from msgspec import UNSET, Struct
from rich.text import Text

from cds_context import DecodeError, Money, OptionSetValue, Relationship, RemoteExecutionContext, Value, to_plain

from ..display.values import cell
from ..display.visible import text
from .inputs import origins, read
from .layout import Comparison
from .options import Json, Repair, complain, once, parse
from .terminal import Screen


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A file with one body, a shipped example, or -.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another.")],
    *,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A member, column, parameter or image to pass over. May be given again."),
    ] = None,
    order: Annotated[
        bool, typer.Option("--order", help="The order of columns, of parameters and of several choices counts too.")
    ] = False,
    as_json: Json = False,
    repair: Repair = False,
) -> None:
    """Say what differs between two contexts, by value. Ends with 1 if they differ, with 2 if one cannot be read.

    Dates are equal if they are one moment, whatever their offset; numbers and amounts if they are worth the same.

    For example:

        cds-context diff create.json update.json
        cds-context diff --ignore operation_id --order first.json second.json
    """
    screen = Screen()
    contexts = [_only(path, screen, repair=repair) for path in once([old, new])]
    found = list(differences(*contexts, order=order, ignore=ignore or ()))
    if as_json:
        for difference in found:
            screen.write(_line(difference))
    elif found:
        screen.show(_compared(found))
    raise typer.Exit(1 if found else 0)


def _only(path: str, screen: Screen, *, repair: bool) -> RemoteExecutionContext:
    given = [given for origin in origins([path]) for given in read(origin)]
    if len(given) != 1:
        screen.complain(path, "expected a file with one body")
        raise typer.Exit(2)
    try:
        return parse(given[0], repair=repair)
    except DecodeError as error:
        complain(given[0], error, screen, repair=repair)
        raise typer.Exit(2) from None


def _line(difference: Difference) -> bytes:
    members: dict[str, Any] = {"path": difference.path, "old": difference.old, "new": difference.new}
    said = {name: to_plain(value, mode="json") for name, value in members.items() if value is not UNSET}
    return json.dumps(said, ensure_ascii=False).encode()


def _compared(found: list[Difference]) -> Comparison:
    comparison = Comparison("at", "old", "new")
    for difference in found:
        comparison.add(text(difference.path, "bold"), _side(difference.old), _side(difference.new))
    return comparison


def _side(value: Any) -> Text:
    return Text("absent", "dim italic") if value is UNSET else cell(value)


_Walked: TypeAlias = Value | RemoteExecutionContext | Mapping[Any, Any]


class Difference(Struct, frozen=True):
    """A path at which two contexts differ. UNSET: one of them has no value there."""

    path: str
    old: Any
    new: Any


def differences(
    old: RemoteExecutionContext, new: RemoteExecutionContext, *, order: bool = False, ignore: Iterable[str] = ()
) -> Iterator[Difference]:
    """The differences, in the order of the wire.

    Dates are equal if they are the same moment, numbers and amounts if their values are equal, several choices if they
    are the same set. The order of columns, parameters and several choices counts only with `order`. Members, columns,
    parameters and images named in `ignore` are skipped, inner values included.
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
    """The inner values of a value, by their steps; None for a value that is compared as a whole."""
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
    """None or UNSET for a collection that is null or absent on the wire; any other value unchanged."""
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
