"""The arguments and options that commands share, and the loop over their inputs.

A bad file does not stop the others: an error is printed for it, and the command ends with 1.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, TypeAlias

import typer

from cds_context import (
    ArgumentError,
    CdsContextError,
    DecodeError,
    RemoteExecutionContext,
    parse_context,
    validate,
)

from .findings import verdict
from .inputs import STANDARD_INPUT, Input, origins, read
from .terminal import Screen

Files: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="Files, folders, patterns, or - for standard input, which is read without any too. "
        "Each holds one body, or one a line (JSON Lines). Or names of shipped examples, such as update.",
        show_default=False,
    ),
]
Repair: TypeAlias = Annotated[
    bool, typer.Option("--repair-text", help="Undo the garbling of text that some servers do to webhooks.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="For machines.")]
WebhookKey: TypeAlias = Annotated[
    str | None,
    typer.Option("--webhook-key", envvar="CDS_CONTEXT_WEBHOOK_KEY", metavar="KEY", help="For WebhookKey: `?code=`."),
]
HttpHeader: TypeAlias = Annotated[
    list[str] | None, typer.Option("--http-header", metavar="NAME=KEY", help="For HttpHeader: a header with a key.")
]
Query: TypeAlias = Annotated[
    list[str] | None, typer.Option("--query", metavar="NAME=KEY", help="For HttpQueryString: a parameter with a key.")
]

_OF_THE_OUTPUT = (errno.EPIPE, errno.EBADF)
"""Errors of a standard output that is closed or no longer read: every command ends alike on these."""


def named(files: list[str] | None) -> list[str]:
    """The named files, else standard input, unless it is a terminal."""
    if not files and sys.stdin.isatty():
        raise typer.BadParameter("name a file, a folder, a pattern, or - for standard input", param_hint="FILE")
    return once(files or [STANDARD_INPUT])


def once(files: list[str]) -> list[str]:
    """The same files. Standard input twice is a usage error, because the second reading would be empty."""
    if files.count(STANDARD_INPUT) > 1:
        raise typer.BadParameter("- stands for standard input, which can be read once")
    return files


def pairs_of(options: list[str] | None) -> dict[str, str] | None:
    """The keys that were given as NAME=KEY, by name; None for no keys. Raises ArgumentError for any other form."""
    pairs: dict[str, str] = {}
    for option in options or []:
        name, _, key = option.partition("=")
        pairs[name] = key
    if "" in {*pairs, *pairs.values()}:
        raise ArgumentError("a header or parameter with a key is given as NAME=KEY")
    return pairs or None


def inputs(files: list[str] | None) -> Iterator[Input]:
    """Every body in the files."""
    for origin in origins(named(files)):
        yield from read(origin)


def body_of(given: Input) -> bytes:
    """The body of an input. Raises DecodeError if it could not be opened."""
    if given.problem:
        raise DecodeError(given.problem)
    return given.body


def parse(given: Input, *, repair: bool) -> RemoteExecutionContext:
    """The context of an input, its numbers exact. Raises DecodeError."""
    return parse_context(body_of(given), parse_float=Decimal, repair_text=repair)


def complain(given: Input, error: CdsContextError, screen: Screen, *, repair: bool) -> None:
    """Print the fault of a body in the words of `validate`; other errors are printed in their own words."""
    if given.problem:
        screen.tell(*verdict(given, None))
    elif isinstance(error, DecodeError) and not (report := validate(given.body, repair_text=repair)):
        screen.tell(*verdict(given, report))
    else:
        screen.complain(given.name, str(error))


@contextmanager
def faults(screen: Screen, extra: str = "tools") -> Generator[None]:
    """Print errors that a person can mend as one line; among these is that the command's extra is missing."""
    try:
        yield
    except CdsContextError as error:
        screen.complain("error", str(error))
        raise typer.Exit(2) from None
    except OSError as error:
        if error.errno in _OF_THE_OUTPUT:
            raise
        screen.complain("error", (error.strerror or type(error).__name__).lower())
        raise typer.Exit(1) from None
    except ModuleNotFoundError:
        screen.complain("error", f'this command comes with an extra: pip install "cds-context[{extra}]"')
        raise typer.Exit(2) from None


def for_each(
    files: list[str] | None,
    act: Callable[[Input, RemoteExecutionContext], None],
    screen: Screen,
    *,
    repair: bool,
) -> None:
    """Act on each context; raises Exit with 1 if any failed."""
    each(files, lambda given: act(given, parse(given, repair=repair)), screen, repair=repair)


def each(files: list[str] | None, act: Callable[[Input], None], screen: Screen, *, repair: bool = False) -> None:
    """Act on each body, readable or not; raises Exit with 1 if any failed."""
    failed = False
    for given in inputs(files):
        try:
            act(given)
        except CdsContextError as error:
            complain(given, error, screen, repair=repair)
            failed = True
    if failed:
        raise typer.Exit(1)
