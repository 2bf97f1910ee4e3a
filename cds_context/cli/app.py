"""The commands, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..model.late import Late
from . import READER_GONE
from .convert import complete_, format_, plain, redact_
from .diff import diff
from .listen import listen
from .schema import schema
from .send import send
from .show import show
from .table import table
from .validate import validate_

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = Late("importlib.metadata")  # which takes a sixth of the time that a command takes to start


class _Commands(TyperGroup):
    """All commands. If the output is no longer read, they end with 141; typer's own group would end with 1."""

    def invoke(self, ctx: Any) -> Any:  # a context of click's, which typer has or brings, by its version
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(READER_GONE) from None


app: typer.Typer = typer.Typer(
    name="cds-context",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # which would show local variables, and so payloads
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _options(*, version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False) -> None:
    """Look at the events that Dataverse posts to webhooks and Service Bus: read, check, compare and share them.

    Exit codes: 0 well; 1 a file is unreadable, has findings, or differs; 2 not understood; 130 interrupted; 141 unread.
    """
    if version:
        typer.echo(f"cds-context {metadata.version('cds-context')}")
        raise typer.Exit


app.command()(show)
app.command("validate")(validate_)
app.command()(plain)
app.command()(diff)
app.command("redact")(redact_)
app.command("format")(format_)
app.command("complete")(complete_)
app.command()(schema)
app.command()(table)
app.command()(send)
app.command(context_settings={"allow_extra_args": True})(listen)
