"""Tables of stored events as files: `write_table`, which a killed run can go on with.

How it works: the sources are cut into parts, each of which becomes files of its own, in any order and in processes
side by side. The folder of the output keeps which parts are done.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from ..errors import ArgumentError
from ..tables import Counts
from ..tables.files import Source
from ..tables.sources import FileBodies, read_bodies
from . import schema_files
from .choices import Conflict, Format, Kind, Partition
from .jobs import side_by_side
from .parts import NOTES, SECRET, PartFolder
from .tabulating import COUNTS, ReadAhead, Tabulation, places_of_all

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
    rowless: int
    """Of the events, those that gave no row: cut ones, and those that tell nothing that the table has."""
    truncated: int
    """Of the events, those that the server cut, which have no changes and no rows of tables."""
    values: int
    """Values that a row could not hold, each told among the errors: text with half a surrogate pair."""
    unplaced: int
    """Values for which there is no column, because the inputs changed during the run: JSON in the column `unplaced`."""
    first_errors: tuple[str, ...]
    """The first few errors: source, position and reason, without content."""
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
    on_conflict: Conflict | str = Conflict.VARIANT,
    messages: str | Iterable[str] | None = None,
    tables: str | Iterable[str] | None = None,
    columns: str | Iterable[str] | None = None,
    statuses: str | Iterable[str] | None = None,
    only_submitted: bool = True,
    strict: bool = False,
    schemas: str | os.PathLike[str] | None = None,
    part_size: int = PART_SIZE,
    progress: Callable[[Progress], object] | None = None,
) -> TableReport:
    """Write a table of stored events as files into the folder `output`. Returns what became of the events.

    `kind` is `events`, `changes` or `rows`, as the functions of `cds_context.tables`; sources are those of
    `read_bodies`. Rows are written into a folder for each table of Dataverse; the sources are read twice for that, so
    what can be read only once is refused.

    `partition_by` divides the files by `table`, by `day`, or by both, in folders as engines know them; rows by `day`.
    `messages`, `tables`, `columns`, `statuses` and `only_submitted` are those of `changes_table`, `on_conflict` is that
    of `rows_tables`, and `strict` is that of each table.

    `schemas` is a file that keeps the columns of rows from one run to the next. If it is there, its tables have its
    columns first, in its order; then it is written with the columns that were new.

    `errors` is a file in JSON Lines for whatever could not be read: source, position and reason, without content.

    The sources are read in parts of about `part_size` bytes, by `jobs` processes. A file of the output is there whole
    or not at all; if a run is killed, the same call goes on, and reads at most one part a process again. A folder that
    holds anything else is refused.

    `redact` replaces content as `cds_context.redact` does. Without a `seed` a random one is used for all parts, kept
    in the folder until the table is whole, and then removed.

    Raises ArgumentError for what has no meaning, ColumnError for a conflict if `on_conflict` is `error`, and OSError
    for what cannot be written.
    """
    chosen = _choices(kind, format, partition_by, on_conflict, has_schemas=schemas is not None)
    kind = chosen.kind
    names = {"messages": messages, "tables": tables, "columns": columns, "statuses": statuses}
    options = {**_filters(kind, names, only_submitted=only_submitted), "strict": strict}
    bodies = _bodies(kind, sources, jobs)
    if errors is not None:
        Path(errors).parent.mkdir(parents=True, exist_ok=True)
    parts = bodies.split(part_size)
    folder = PartFolder(Path(output))
    plan = {
        "table": kind,
        "format": chosen.form,
        "partition_by": chosen.by,
        "on_conflict": chosen.conflict,
        "redact": redact,
        **options,
        "schemas": schemas is not None,
        "inputs": hashlib.sha256(msgspec.json.encode([part.version() for part in parts])).hexdigest(),
    }
    given = {
        SECRET: secrets.token_hex() if seed is None else str(seed),
        # A run that goes on begins with these, too, whatever the file has by then.
        "schemas": schema_files.read(schemas),
    }
    kept = folder.open(plan, given)
    done, begun = folder.done(), folder.begun()
    missing = [number for number in range(len(parts)) if number not in done]
    if missing and redact and seed is not None and kept[SECRET] != given[SECRET]:
        raise ArgumentError("the folder for the output was begun with another seed")
    secret = kept[SECRET] if redact else None
    is_laid_out = kind is not Kind.ROWS or not missing
    ahead = [] if is_laid_out else [number for number in range(len(parts)) if number not in folder.read_ahead()]
    bar = _Bar(progress, sum(parts[number].size() for number in (*ahead, *missing)))
    bar.follow(side_by_side(ReadAhead(parts, folder.path, secret, strict), ahead, jobs, COUNTS))
    places: schema_files.Places = {}
    if not is_laid_out:
        places = places_of_all(folder.read_ahead(), schema_files.decode(kept["schemas"]), chosen.conflict)
        schema_files.extend(schemas, places)
    work = Tabulation(kind, parts, folder.path, chosen.form, chosen.by, options, secret, places)
    bar.follow(side_by_side(work, missing, jobs, COUNTS))
    found = sorted(folder.path.glob(f"{NOTES}/errors/*"))
    if errors is not None:
        _join(found, Path(errors))
    folder.close()
    counts = Counter[str]()
    for note in folder.done().values():
        counts.update(note.counts)
    return TableReport(
        **{name: counts[name] for name in Counts.__slots__},
        first_errors=_first(found),
        parts=len(parts),
        parts_before=len(done),
        parts_again=begun,
    )


class _Choices(NamedTuple):
    kind: Kind
    form: Format
    by: tuple[Partition, ...]
    conflict: Conflict


def _choices(
    kind: Kind | str, form: Format | str, by: Sequence[Partition | str], conflict: Conflict | str, *, has_schemas: bool
) -> _Choices:
    try:
        chosen = _Choices(Kind(kind), Format(form), tuple(map(Partition, by)), Conflict(conflict))
    except ValueError:
        raise ArgumentError(
            "a table is `events`, `changes` or `rows`; a format `parquet`, `csv`, `jsonl` or `arrow`; a partition "
            "`table` or `day`; and `on_conflict` is `variant`, `json` or `error`"
        ) from None
    if chosen.kind is Kind.ROWS and Partition.TABLE in chosen.by:
        raise ArgumentError("rows are in a folder for each table as it is: divide them by day")
    if chosen.kind is not Kind.ROWS and has_schemas:
        raise ArgumentError("schemas are those of rows: other tables have the same columns in each run")
    return chosen


def _bodies(kind: Kind, sources: Sequence[Source], jobs: int) -> FileBodies:
    bodies = read_bodies(*sources)
    if jobs > 1 and any(hasattr(source, "read") for source in sources):
        raise ArgumentError("a file that is open, such as standard input, is read by one process")
    if kind is Kind.ROWS and not bodies.can_be_read_again():
        raise ArgumentError("rows take two passes over their sources, and a pipe gives its bytes once: name a file")
    return bodies


def _filters(kind: Kind, names: Mapping[str, str | Iterable[str] | None], *, only_submitted: bool) -> dict[str, Any]:
    """The arguments of `changes_table` that choose rows, as a plan can hold them; none for another table."""
    if kind is Kind.CHANGES:
        return {
            **{
                name: None if of is None else sorted({of} if isinstance(of, str) else {*of})
                for name, of in names.items()
            },
            "only_submitted": only_submitted,
        }
    if any(of is not None for of in names.values()) or not only_submitted:
        raise ArgumentError("messages, tables, columns and statuses choose among changes only")
    return {}


class _Bar:
    """Tells what was done, over the passes of a run."""

    def __init__(self, tell: Callable[[Progress], object] | None, total: int) -> None:
        self._tell = tell
        self._total = total
        self._before = [0] * COUNTS

    def follow(self, counts: Iterable[list[int]]) -> None:
        """Do the work of a pass, and tell what was counted."""
        now = self._before
        for counted in counts:
            now = [*map(add, self._before, counted)]
            if self._tell is not None:
                read, size, wrong, done = now
                self._tell(Progress(read, wrong, size, done, self._total))
        self._before = now


def _join(files: list[Path], target: Path) -> None:
    """Join files into one that is there whole or not at all."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    with aside.open("wb") as joined:
        for path in files:
            with path.open("rb") as file:
                shutil.copyfileobj(file, joined)
    aside.replace(target)


_FEW = 3


def _first(files: list[Path]) -> tuple[str, ...]:
    """The first few errors, each as a line."""
    found: list[str] = []
    for path in files:
        with path.open("rb") as file:
            found += map(_line, islice(file, _FEW - len(found)))
    return tuple(found)


def _line(error: bytes) -> str:
    told = msgspec.json.decode(error)
    column = f" - in column `{told['column']}`" if "column" in told else ""
    return f"{told['source']}, at {told['position']}: {told['reason']}{column}"
