"""Tables of stored events as files: `write_table`, which a killed run can go on with.

How it works: the sources are cut into parts, each of which becomes files of its own, in any order and in processes
side by side. The folder of the output keeps which parts are done.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ..errors import ArgumentError
from ..tables.files import Source
from ..tables.sources import read_bodies
from .choices import Format, Kind, Partition
from .jobs import side_by_side
from .parts import NOTES, PartFolder
from .tabulating import COUNTS, Tabulation

PART_SIZE = 64 << 20
"""The default size of a part: large enough for good files, small enough to be read again after a run was killed."""


class Progress(Struct, frozen=True):
    """What was done so far, by this run."""

    read: int
    """Bodies, and what could not be read."""
    errors: int
    """Errors so far."""
    bytes: int
    """The bytes of the bodies."""
    done: int
    """The bytes of the files that were read to their end, packed as they are."""
    total: int
    """The bytes of all files that this run is to read."""


class TableReport(Struct, frozen=True):
    """What became of all bodies, in this run and in those that it went on with."""

    read: int
    """Bodies, and what could not be read: as many as `events` and `errors` together."""
    events: int
    """Bodies that were read."""
    errors: int
    """Bodies that could not be read, and what could not be opened."""
    rows: int
    """Rows that were written."""
    truncated: int
    """Of the events, those that the server cut, which have no changes."""
    parts: int
    """How many parts the output has."""
    parts_before: int
    """Of these, how many an earlier run had done."""
    parts_again: int
    """How many parts an earlier run had begun, and this run read again."""


def write_table(
    kind: Kind | str,
    *sources: Source,
    output: str | os.PathLike[str],
    format: Format | str = Format.PARQUET,  # noqa: A002 - as the option
    errors: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    redact: bool = False,
    seed: int | str | None = None,
    partition_by: Sequence[Partition | str] = (),
    messages: str | Iterable[str] | None = None,
    tables: str | Iterable[str] | None = None,
    columns: str | Iterable[str] | None = None,
    statuses: str | Iterable[str] | None = None,
    only_submitted: bool = True,
    strict: bool = False,
    part_size: int = PART_SIZE,
    progress: Callable[[Progress], object] | None = None,
) -> TableReport:
    """Write a table of stored events as files into the folder `output`. Returns what became of the events.

    `kind` is `events` or `changes`, as the functions of `cds_context.tables`; sources are those of `read_bodies`.
    `partition_by` divides the files by `table`, by `day`, or by both, in folders as engines know them. `messages`,
    `tables`, `columns`, `statuses` and `only_submitted` are those of `changes_table`, and `strict` is that of each
    table.

    `errors` is a file in JSON Lines for whatever could not be read: source, position and reason, without content.

    The sources are read in parts of about `part_size` bytes, by `jobs` processes. A file of the output is there whole
    or not at all; if a run is killed, the same call goes on, and reads at most one part a process again. A folder that
    holds anything else is refused.

    `redact` replaces content as `cds_context.redact` does. Without a `seed` a random one is used for all parts, kept
    in the folder until the table is whole, and then removed.

    Raises ArgumentError for what has no meaning, and OSError for what cannot be written.
    """
    kind, form, by = _choices(kind, format, partition_by)
    if kind is Kind.CHANGES:
        chosen = {"messages": messages, "tables": tables, "columns": columns, "statuses": statuses}
        filters: dict[str, Any] = {
            name: None if value is None else sorted({value} if isinstance(value, str) else {*value})
            for name, value in chosen.items()
        }
        filters["only_submitted"] = only_submitted
    elif any(value is not None for value in (messages, tables, columns, statuses)) or not only_submitted:
        raise ArgumentError("messages, tables, columns and statuses choose among changes only")
    else:
        filters = {}
    if jobs > 1 and any(hasattr(source, "read") for source in sources):
        raise ArgumentError("a file that is open, such as standard input, is read by one process")
    if errors is not None:
        Path(errors).parent.mkdir(parents=True, exist_ok=True)
    parts = read_bodies(*sources).split(part_size)
    folder = PartFolder(Path(output))
    plan = {
        "table": kind,
        "format": form,
        "partition_by": by,
        "redact": redact,
        **filters,
        "strict": strict,
        "inputs": hashlib.sha256(msgspec.json.encode([part.version() for part in parts])).hexdigest(),
    }
    given = secrets.token_hex() if seed is None else str(seed)
    kept = folder.open(plan, given)
    done, begun = folder.done(), folder.begun()
    missing = [number for number in range(len(parts)) if number not in done]
    if missing and redact and seed is not None and kept != given:
        raise ArgumentError("the folder for the output was begun with another seed")
    work = Tabulation(kind, parts, folder.path, form, by, {**filters, "strict": strict}, kept if redact else None)
    total = sum(parts[number].size() for number in missing)
    for read, size, wrong, finished in side_by_side(work, missing, jobs, COUNTS):
        if progress is not None:
            progress(Progress(read, wrong, size, finished, total))
    if errors is not None:
        _join(folder.path / NOTES / "errors", Path(errors))
    folder.close()
    counts = Counter[str]()
    for note in folder.done().values():
        counts.update(note.counts)
    fields = {name: counts[name] for name in TableReport.__struct_fields__}
    fields |= {"parts": len(parts), "parts_before": len(done), "parts_again": len(begun)}
    return TableReport(**fields)


def _choices(
    kind: Kind | str, form: Format | str, by: Sequence[Partition | str]
) -> tuple[Kind, Format, tuple[Partition, ...]]:
    with suppress(ValueError):
        return Kind(kind), Format(form), tuple(map(Partition, by))
    raise ArgumentError(
        "a table is `events` or `changes`; a format `parquet`, `csv`, `jsonl` or `arrow`; a partition `table` or `day`"
    )


def _join(folder: Path, target: Path) -> None:
    """Join the files of a folder, in the order of their names, into one that is there whole or not at all."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    with aside.open("wb") as file:
        for path in sorted(folder.iterdir()):
            file.write(path.read_bytes())
    aside.replace(target)
