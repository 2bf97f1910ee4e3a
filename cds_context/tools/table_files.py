"""Tables as files: Parquet, CSV, JSON Lines and Arrow IPC, one file or one for each partition.

How it works: a file is written batch by batch. With partitions, the rows of some batches are kept, by partition, until
they are many; then each partition gets a file. So memory is bounded by their size, whatever the number of partitions.
The tables of rows are partitions, too.

What a format cannot hold is written as the nearest that it can: nested values are JSON text in CSV, and words of which
there are few are plain text in Arrow IPC, whose files take only one dictionary a column.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from ..tables.arrow import (
    WRITERS,
    Fitting,
    RecordBatch,
    Schema,
    Values,
    fitting,
    is_nested,
    microseconds_of,
    rows_at,
    stream,
    text_by,
    values_of,
    without,
    without_dictionaries,
)
from .choices import Format, Partition


def write(schema: Schema, batches: Iterable[RecordBatch], path: Path, form: Format) -> None:
    """Write one file. Raises OSError, and whatever the batches raise."""
    schema, fit = _FITTED[form](schema)
    given = _Given(map(fit, batches))
    with path.open("wb") as file:
        sink = _Sink(file)
        WRITERS[form.value](stream(schema, given), sink)
    for error in (given.error, sink.error):
        if error is not None:
            raise error


class _Given:
    """Batches that end where they would raise: the library wraps some errors, and panics over others."""

    def __init__(self, batches: Iterator[RecordBatch]) -> None:
        self._batches = batches
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[RecordBatch]:
        try:
            yield from self._batches
        except BaseException as error:  # noqa: BLE001 - `write` raises it
            self.error = error


class _Sink(io.RawIOBase):
    """A file that takes everything after an error, for the same reason."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write, or keep the error."""
        if self.error is None:
            try:
                self._file.write(data)
            except OSError as error:
                self.error = error
        return len(data)


def write_partitions(
    batches: Iterable[tuple[tuple[str, ...], RecordBatch]],
    folder: Path,
    name: str,
    form: Format,
    by: Sequence[Partition],
) -> None:
    """Write files of that name into folders such as `table=contact/day=2026-11-28`, as engines know partitions.

    Each batch comes with the names of the folders above. The column `table` is in the name of the folder then, and not
    in the file. Null is `__HIVE_DEFAULT_PARTITION__`.
    """
    kept: dict[tuple[str, ...], list[RecordBatch]] = {}
    size = number = 0
    for above, batch in chain(batches, [((), None)]):
        if batch is not None:
            for key, rows in _divided(batch, by):
                kept.setdefault((*above, *key), []).append(rows)
            size += batch.nbytes
        if size >= _MOST_BYTES or batch is None:
            for key, some in sorted(kept.items()):
                place = folder.joinpath(*key)
                place.mkdir(parents=True, exist_ok=True)
                ending = f"-{number}" if number else ""
                write(some[0].schema, some, place / f"{name}{ending}.{form.value}", form)
            kept.clear()
            size, number = 0, number + 1


_MOST_BYTES = 48 << 20


def _divided(batch: RecordBatch, by: Sequence[Partition]) -> Iterator[tuple[tuple[str, ...], RecordBatch]]:
    if not by:
        yield (), batch
        return
    values = zip(*(_KEYS[each](batch) for each in by), strict=True)
    places: dict[tuple[Any, ...], list[int]] = {}
    for index, key in enumerate(values):
        places.setdefault(key, []).append(index)
    if Partition.TABLE in by:
        batch = without(batch, "table")
    for key, indices in places.items():
        names = tuple(f"{each.value}={_text(value)}" for each, value in zip(by, key, strict=True))
        yield names, rows_at(batch, indices)


def _tables(batch: RecordBatch) -> list[Any]:
    return values_of(batch.column("table"))


def _days(batch: RecordBatch) -> list[date | None]:
    moments = microseconds_of(batch, "moment")
    return [None if moment is None else _FIRST + timedelta(microseconds=moment) for moment in moments]


_FIRST = date(1970, 1, 1)
_KEYS: dict[Partition, Callable[[RecordBatch], list[Any]]] = {Partition.TABLE: _tables, Partition.DAY: _days}


def _text(value: object) -> str:
    return "__HIVE_DEFAULT_PARTITION__" if value is None else quoted(str(value))


def quoted(name: str) -> str:
    """A name that came in a body as the name of a folder: no path, and nothing that engines pass over.

    Capitals, which names of tables do not have, are encoded: some file systems know one folder for `a` and `A`.
    """
    text = _CAPITAL.sub(_encoded, quote(name, safe="", errors="backslashreplace"))
    return _encoded(text) + text[1:] if text[:1] in (".", "_") else text or "%"


_CAPITAL = re.compile("(?<!%)(?<!%[0-9A-F])[A-Z]")


def _encoded(text: str | re.Match[str]) -> str:
    return f"%{ord(text[0]):02X}"


def _as_json(values: Values) -> Values:
    return [value if value is None else json.dumps(value, ensure_ascii=False) for value in values]


def _as_it_is(schema: Schema) -> tuple[Schema, Fitting]:
    return schema, lambda batch: batch


_FITTED: dict[Format, Callable[[Schema], tuple[Schema, Fitting]]] = {
    Format.PARQUET: _as_it_is,
    Format.CSV: lambda schema: fitting(schema, is_nested, text_by(_as_json)),
    Format.JSONL: _as_it_is,
    Format.ARROW: without_dictionaries,
}
