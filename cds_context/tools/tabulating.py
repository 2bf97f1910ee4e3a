"""One part of a table: its bodies read, and its files written. What each process of `write_table` does.

For rows, each part is read ahead, for the columns that it needs: all parts have equal columns.

What is made, and which parts there are, is decided in `exporting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from cds_context import CdsContextError, encode_context, parse_context, redact

from ..tables import Body, BodyError, Counts, Unreadable, changes_table, events_table
from ..tables.layouts import places_of, schema_of
from ..tables.rowmaking import Need, find_needs, lay_out
from ..tables.rows import RoutedRows
from ..tables.sources import FileBodies
from .choices import Conflict, Format, Kind, Partition
from .jobs import Counted
from .parts import NOTES, PartFolder
from .schema_files import Places
from .table_files import quoted, write, write_partitions

READ, BYTES, ERRORS, DONE = range(4)
"""What is counted while the work goes on: bodies, their bytes, errors, and the bytes of finished parts."""
COUNTS = 4
_OFTEN = 100


class Tabulation(Struct, frozen=True):
    """The making of one table, part by part; called with the number of a part."""

    kind: Kind
    parts: list[FileBodies]
    folder: Path
    form: Format
    by: tuple[Partition, ...]
    filters: dict[str, Any]
    """Arguments of the function that makes the table."""
    seed: str | None
    """The seed of redaction; None for no redaction."""
    places: Places
    """For rows: the columns of each table."""

    def __call__(self, number: int, counted: Counted) -> None:
        """Make the part of this number."""
        output = PartFolder(self.folder)
        aside = output.begin(number)
        bodies: Iterable[Body | Unreadable] = self.parts[number]
        bodies = _counted(bodies if self.seed is None else _redacted(bodies, self.seed), counted)
        errors = aside / NOTES / "errors"
        errors.mkdir(parents=True)
        with (errors / f"{number:06}.jsonl").open("wb") as file:

            def on_error(error: BodyError) -> None:
                file.write(msgspec.json.encode(_told(error)) + b"\n")
                _add(counted, ERRORS, 1)

            counts = self._write(bodies, aside, f"part-{number:06}", on_error)
        output.finish(number, {name: getattr(counts, name) for name in counts.__slots__})
        _add(counted, DONE, self.parts[number].size())

    def _write(self, bodies: Any, aside: Path, name: str, on_error: Any) -> Counts:
        if self.kind is Kind.ROWS:
            schemas = {table: schema_of(places) for table, places in self.places.items()}
            rows = RoutedRows(bodies, schemas, on_error=on_error, **self.filters)
            write_partitions((((quoted(table),), batch) for table, batch in rows), aside, name, self.form, self.by)
            return rows.counts
        make = events_table if self.kind is Kind.EVENTS else changes_table
        table = make(bodies, on_error=on_error, **self.filters)
        if self.by:
            write_partitions((((), batch) for batch in table), aside, name, self.form, self.by)
        else:
            write(table.schema, table, aside / f"{name}.{self.form.value}", self.form)
        return table.counts


class ReadAhead(Struct, frozen=True):
    """The reading of parts for the columns that their rows need; called with the number of a part."""

    parts: list[FileBodies]
    folder: Path
    seed: str | None
    is_strict: bool

    def __call__(self, number: int, counted: Counted) -> None:
        """Read the part of this number, and keep what it needs."""
        output = PartFolder(self.folder)
        output.begin_ahead(number)
        bodies: Iterable[Body | Unreadable] = self.parts[number]
        needs = find_needs(bodies if self.seed is None else _redacted(bodies, self.seed), is_strict=self.is_strict)
        output.finish_ahead(number, msgspec.json.encode([*needs]))
        _add(counted, DONE, self.parts[number].size())


def places_of_all(ahead: Mapping[int, bytes], known: Places, conflict: Conflict) -> Places:
    """The columns that are known, and those that the parts need beside, by what was found in each.

    Raises ColumnError for a conflict that is an error.
    """
    needs = (need for _, found in sorted(ahead.items()) for need in _decode_needs(found))
    schemas = {table: schema_of(places) for table, places in known.items()}
    return {table: places_of(schema) for table, schema in lay_out(needs, schemas, conflict.value).items()}


_decode_needs: Callable[[bytes], list[Need]] = msgspec.json.Decoder(list[Need]).decode


def _told(error: BodyError) -> dict[str, object]:
    told = {"source": error.source, "position": error.position, "reason": error.reason, "column": error.column}
    return {name: value for name, value in told.items() if value is not None}


def _add(counted: Counted, which: int, number: int) -> None:
    with counted[which].get_lock():
        counted[which].value += number


def _counted(bodies: Iterable[Body | Unreadable], counted: Counted) -> Iterator[Body | Unreadable]:
    read = size = 0
    for item in bodies:
        yield item
        read += 1
        size += len(item.data) if isinstance(item, Body) else 0
        if read == _OFTEN:
            _add(counted, READ, read)
            _add(counted, BYTES, size)
            read = size = 0
    _add(counted, READ, read)
    _add(counted, BYTES, size)


def _redacted(bodies: Iterable[Body | Unreadable], seed: str) -> Iterator[Body | Unreadable]:
    """The bodies without content. One that cannot be read cannot be redacted, and is told as an error without it."""
    for item in bodies:
        if isinstance(item, Body):
            try:
                context = redact(parse_context(item.data, parse_float=Decimal), seed=seed)
                yield item._replace(data=encode_context(context))
            except CdsContextError as error:
                yield Unreadable(item.source, item.position, str(error))
        else:
            yield item
