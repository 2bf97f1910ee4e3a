"""The commands that turn bodies into others: `plain`, `redact`, `format`, `complete`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.text import Text

from cds_context import (
    ArgumentError,
    ChangeStatus,
    DecodeError,
    RemoteExecutionContext,
    change_rows,
    encode_context,
    parse_context,
    redact,
    to_plain,
    to_webapi,
)
from cds_context.testing import complete

from ..conversion.redaction import KEPT
from ..display.changes import snapshots
from ..display.complaints import reason
from ..display.visible import text
from .inputs import Input
from .options import Files, Repair, body_of, each, for_each
from .terminal import Screen


class To(str, Enum):
    """The message format that `format` writes."""

    JSON = "json"
    XML = "xml"
    BINARY = "binary"

    @property
    def suffix(self) -> str:
        """The end of the names of files in this format."""
        return ".bin" if self is To.BINARY else f".{self.value}"


_OTHER_SUFFIXES = frozenset({To.XML.suffix, To.BINARY.suffix})


class _Out:
    """Where bodies go: standard output, or files in a folder."""

    def __init__(self, screen: Screen, folder: Path | None) -> None:
        self._screen = screen
        self._folder = folder
        self._written: set[Path] = set()

    def put(self, given: Input, document: bytes, *, form: To = To.JSON) -> None:
        """Write one body; raises ArgumentError if it cannot be written."""
        if self._folder is None:
            self._screen.write(document, is_text=form is not To.BINARY)
            return
        name = Path(given.file_name)
        if form.suffix not in {".json", name.suffix} or (form is To.JSON and name.suffix in _OTHER_SUFFIXES):
            name = name.with_suffix(form.suffix)
        path = self._folder / name
        if path in self._written:
            raise ArgumentError(f"a file of the name {name} was written just now")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document)
        except OSError as error:
            raise ArgumentError(f"cannot be written: {reason(error)}") from None
        self._written.add(path)


class Form(str, Enum):
    """The output of `plain` for a context."""

    PLAIN = "plain"
    WEBAPI = "webapi"
    ROWS = "rows"


def plain(
    files: Files = None,
    *,
    form: Annotated[
        Form,
        typer.Option(
            help="plain: the whole context. webapi: the rows after the event, in the Web API's shape. "
            "rows: a row for each column that changed or may have, with old, new and status."
        ),
    ] = Form.PLAIN,
    status: Annotated[
        list[ChangeStatus], typer.Option(help="Of the rows, only those of this status. May be given again.")
    ] = [],  # noqa: B006 - typer copies it
    column: Annotated[
        list[str], typer.Option(metavar="NAME", help="Of the rows, only those of this column. May be given again.")
    ] = [],  # noqa: B006 - typer copies it
    lines: Annotated[bool, typer.Option("--lines", "-l", help="JSON Lines: everything on one line.")] = False,
    repair: Repair = False,
) -> None:
    """Turn bodies into plain JSON: typed values as text and numbers, names in snake_case.

    There is a document for each context, or for each row, one after the other.

    For example:

        cds-context plain body.json | jq .input_parameters.Target.attributes
        cds-context plain --form rows --lines captured/ > changes.jsonl
    """
    screen = Screen()
    if form is not Form.ROWS and (status or column):
        raise typer.BadParameter("--status and --column choose among the rows of --form rows")

    told: set[str] = set()

    def items(given: Input, context: RemoteExecutionContext) -> Iterable[Mapping[str, Any]]:
        if form is Form.PLAIN:
            return [to_plain(context, mode="json")]
        if form is Form.WEBAPI:
            return map(to_webapi, snapshots(context))
        found = change_rows(context, columns=column or None)
        told.update(row["column"] for row in found)
        kept = [row for row in found if not status or row["status"] in status]
        return ({"file": to_plain(given.name, mode="json"), **row} for row in kept)

    def one(given: Input, context: RemoteExecutionContext) -> None:
        for item in items(given, context):
            screen.write(json.dumps(item, ensure_ascii=False, indent=None if lines else 2).encode())

    def tell_untold() -> None:
        # One event cannot tell a misspelt column from one that was not submitted, so all events are read first.
        for name in sorted({*column} - told):
            screen.tell(text(f"no event tells anything of a column `{name}`", "yellow"))

    try:
        for_each(files, one, screen, repair=repair)
    except typer.Exit:
        tell_untold()
        raise
    tell_untold()


Indent: TypeAlias = Annotated[
    int, typer.Option(min=0, max=8, help="Spaces a level; 0 is the server's own form, a body a line.")
]

Output: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        file_okay=False,
        help="Write a file for each body into this folder, which is made if need be, under its own name.",
    ),
]


def format_(
    files: Files = None,
    *,
    to: Annotated[To, typer.Option(help="The message format to write: JSON, XML or .NET Binary.")] = To.JSON,
    indent: Indent = 0,
    output: Output = None,
    repair: Repair = False,
) -> None:
    """Write bodies anew: in the server's own form, byte for byte, or indented to be read, in any message format.

    Printed JSON and XML end in a newline, as no server's body does; what is written with --output does not.

    For example:

        cds-context format --indent 2 body.json | less
        cds-context format --to json queue.bin | jq .MessageName
        cds-context format --output fixtures/ edited-by-hand.json
    """
    screen = Screen()
    out = _Out(screen, output)
    if to is To.BINARY and indent:
        raise typer.BadParameter("--indent is for JSON and XML, as .NET Binary has no lines")
    if to is To.BINARY and output is None and screen.is_terminal:
        raise typer.BadParameter(".NET Binary would upset a terminal: redirect it, or name a folder with --output")

    def one(given: Input, context: RemoteExecutionContext) -> None:
        out.put(given, encode_context(context, format=to.value, indent=indent), form=to)

    for_each(files, one, screen, repair=repair)


def redact_(
    files: Files = None,
    *,
    keep: Annotated[
        list[str],
        typer.Option(
            metavar="NAME", help="A column, parameter, variable or member whose values stay. May be given again."
        ),
    ] = ["ChangedEntityTypes"],  # noqa: B006 - typer copies it
    seed: Annotated[
        str | None,
        typer.Option(
            envvar="CDS_CONTEXT_SEED",
            metavar="SECRET",
            help="Makes the result repeatable, and the same ids become the same in all files. A secret.",
        ),
    ] = None,
    indent: Indent = 0,
    output: Output = None,
    repair: Repair = False,
) -> None:
    """Make bodies fit to be shared: other words, ids, numbers and dates, but one to one, so that all still agree.

    Names of tables, columns, parameters, images, messages and types, your own too, stay as they are.

    So do choices, codes and counts; yes and no, null and zero; times of day; lengths and punctuation.

    Look at what comes out before you share it. Without a seed nobody can tell what comes out.

    For example:

        cds-context redact captured.json > fixture.json
        cds-context redact --keep organization_name --output fixtures/ captured/
    """
    screen = Screen()
    out = _Out(screen, output)
    is_any_redacted = False

    def one(given: Input, context: RemoteExecutionContext) -> None:
        nonlocal is_any_redacted
        out.put(given, encode_context(redact(context, keep=keep, seed=seed), indent=indent))
        is_any_redacted = True

    try:
        for_each(files, one, screen, repair=repair)
    finally:
        if is_any_redacted:
            screen.tell(text(f"kept as it was: {'; '.join([*KEPT, *(f'all of {name}' for name in keep)])}"))


def complete_(files: Files = None, *, indent: Indent = 0, output: Output = None) -> None:
    """Make bodies whole that somebody cut by hand, for tests: what every server writes is made up where it is missing.

    What was made up is told on standard error, member by member. Made-up ids begin with facade00.

    For example:

        cds-context complete cut.json > whole.json
        cds-context complete --output fixtures/ cut/
    """
    screen = Screen()
    out = _Out(screen, output)

    def one(given: Input) -> None:
        body = body_of(given)
        try:
            completion = complete(body)
        except DecodeError as error:
            # The error's own words are shown: `validate` would name missing members, which are no fault here.
            raise ArgumentError(str(error)) from None
        out.put(given, encode_context(parse_context(completion.body, parse_float=Decimal), indent=indent))
        if completion.made_up:
            screen.tell(Text.assemble(text(given.name, "bold"), ": made up: ", ", ".join(completion.made_up)))

    each(files, one, screen)
