"""The command `show`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from cds_context import RemoteExecutionContext, redact, validate

from ..display.visible import text
from .findings import as_text
from .inputs import Input
from .options import Files, Repair, for_each
from .terminal import Screen
from .view import view


def show(
    files: Files = None,
    *,
    hide: Annotated[
        bool, typer.Option("--redact", help="Other words, ids, numbers and dates in place of content.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Do not cut long texts.")] = False,
    repair: Repair = False,
) -> None:
    """Show bodies to a person: the event, who and when, what changed, images, parameters, parents, findings.

    Colour and width are the terminal's; what goes to a file or a pipe is plain text.

    For example:

        cds-context show update
        cds-context show body.json
        cds-context show --redact captured/ | less
        kubectl logs receiver | cds-context show -
    """
    screen = Screen()

    def one(given: Input, context: RemoteExecutionContext) -> None:
        found = validate(given.body, repair_text=repair).findings
        screen.show(text(given.name, "reverse"), *view(redact(context) if hide else context, full=full))
        if found:
            screen.show(Text("findings", "bold blue"), *as_text(found))
        screen.show(Text())

    for_each(files, one, screen, repair=repair)
