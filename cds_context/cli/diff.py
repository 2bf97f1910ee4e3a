"""The command `diff`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from msgspec import UNSET
from rich.text import Text

from cds_context import DecodeError, RemoteExecutionContext, to_plain

from ..display.values import cell
from ..display.visible import text
from .comparison import Comparison
from .differences import Difference, differences
from .inputs import places, read
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
    given = [given for place in places([path]) for given in read(place)]
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
