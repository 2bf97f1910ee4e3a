"""The command `table`: options and printing; `tools.exporting` does the work.

Only the extra `cli` is needed to load this file: the Arrow library is loaded when the command runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cds_context import ArgumentError, ChangeStatus, tools

from ..tools.choices import Conflict, Format, Kind
from .inputs import STANDARD_INPUT
from .options import faults, once
from .signals import at_once
from .terminal import Screen

_MEGABYTE = 1 << 20


def table(
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="events|changes|rows",
            help="A row for each event, or for each change; or a table for each of Dataverse, with typed columns.",
        ),
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="IN",
            help="Files, folders, patterns or addresses, packed or not, or - for standard input: JSON Lines, Avro of "
            "Event Hubs Capture, or a body a file, in any message format.",
        ),
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="The folder for the files: a new one, or one begun.")
    ],
    format: Annotated[Format, typer.Option(help="Of the files.")] = Format.PARQUET,  # noqa: A002 - as the option
    errors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON Lines that tell what could not be read, and why.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=61, help="So many processes.")] = 1,
    hide: Annotated[bool, typer.Option("--redact", help="Other words, ids, numbers and dates as content.")] = False,
    seed: Annotated[str | None, typer.Option(help="With --redact: the same replacements each time. Secret.")] = None,
    partition_by: Annotated[
        str | None, typer.Option(metavar="table,day", help="Divide the files by these, in folders.")
    ] = None,
    on_conflict: Annotated[
        Conflict, typer.Option(help="Of rows: what becomes of a column whose values are of several kinds.")
    ] = Conflict.VARIANT,
    schemas: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of rows: keeps the columns for the next run, which are then only extended."),
    ] = None,
    message: Annotated[list[str] | None, typer.Option(help="Of changes, only those of this message.")] = None,
    table_: Annotated[list[str] | None, typer.Option("--table", help="Of changes, only those of this table.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="Of changes, only those of this column.")] = None,
    status: Annotated[list[ChangeStatus] | None, typer.Option(help="Of changes, only those of this status.")] = None,
    only_submitted: Annotated[bool, typer.Option(help="Of changes, only what the message submitted.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Check also what the table does not need.")] = False,
    part_size: Annotated[int, typer.Option(min=1, help="Megabytes of input for each file of output.")] = 64,
) -> None:
    """Make a table of stored events: Parquet files, or others, in a folder that a killed run can go on filling.

    Whatever could not be read is counted and told; the command ends with 1 then.

    For example:

        cds-context table events capture/ -o events
        cds-context table changes 'capture/**/*.avro' -o changes --jobs 4
        cds-context table changes dump.jsonl.zst -o out --column statuscode
        cds-context table rows capture/ -o rows --schemas columns.json
    """
    screen = Screen()
    with faults(screen, extra="tables"), at_once():
        if seed is not None and not hide:
            raise ArgumentError("--seed is for --redact")
        with screen.throughput() as progress:
            report = tools.write_table(
                kind,
                *(sys.stdin.buffer if source == STANDARD_INPUT else source for source in once(sources)),
                output=output,
                format=format,
                errors=errors,
                jobs=jobs,
                redact=hide,
                seed=seed,
                partition_by=_partitions(partition_by),
                on_conflict=on_conflict,
                messages=message or None,
                tables=table_ or None,
                columns=column or None,
                statuses=status or None,
                only_submitted=only_submitted,
                strict=strict,
                schemas=schemas,
                part_size=part_size * _MEGABYTE,
                progress=lambda now: progress(now.done, now.total, now.read, now.errors, now.bytes),
            )
    for line in _lines(report, output):
        screen.say(line)
    if errors is None:
        for line in report.first_errors:
            screen.complain("error", line)
        more = report.errors + report.values - len(report.first_errors)
        if more:
            screen.complain("error", f"{more:,} more: the same with --errors FILE tells all of them")
    if report.errors or report.values:
        raise typer.Exit(1)


def _partitions(text: str | None) -> list[str]:
    return text.split(",") if text else []


def _lines(report: tools.TableReport, output: Path) -> list[str]:
    lines = [f"read {report.read:,}: {_several(report.events, 'event')}, {_several(report.errors, 'error')}"]
    if report.truncated:
        lines.append(f"cut by the server: {report.truncated:,} of the events, without columns")
    if report.rowless:
        lines.append(f"without a row: {report.rowless:,} of the events")
    if report.values:
        lines.append(f"left out: {_several(report.values, 'value')} that no row can hold")
    if report.unplaced:
        lines.append(f"without a column, and so in `unplaced`: {_several(report.unplaced, 'value')}")
    if report.parts_before or report.parts_again:
        lines.append(f"went on: {_several(report.parts_before, 'part')} done before, {report.parts_again:,} read again")
    return [*lines, f"wrote {_several(report.rows, 'row')} in {_several(report.parts, 'part')}: {output}"]


def _several(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
