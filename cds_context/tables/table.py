"""A table: a stream of record batches that is made while it is read, and what became of each body.

No type of the platform is known here. A table is given a `Reader` for each pass, which turns bodies into rows.

How it works: each pass reads the bodies from the start. The rows of some bodies are kept until they make a batch, by
their number or by the size of their bodies, so memory is bounded whatever the input is. A body that cannot be read
becomes a `BodyError` and no row; the pass goes on. The table `errors` is a pass of its own, in which only the errors
are kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from ..errors import CdsContextError, DecodeError
from ..wire.unwrapping import unwrap
from .arrow import BINARY, INT64, TEXT, WORD, Columns, RecordBatch, Schema, make_schema, stream
from .bodies import Bodies, Body, Unreadable, placed, require_again, require_bodies
from .reading import spell


class BodyError(NamedTuple):
    """A body that gives no row, or a value that a row could not hold."""

    source: str
    """As in `Body`."""
    position: int
    """As in `Body`."""
    reason: str
    """What is wrong, and its path in the body; never the content."""
    column: str | None = None
    """The column whose value is missing from the row; None if the whole body gave no row."""
    body: bytes | str | None = None
    """The body, if it was asked for: it holds personal data."""


class Counts:
    """What became of the bodies of one pass so far: `read` equals `events` and `errors` together."""

    __slots__ = ("errors", "events", "read", "rowless", "rows", "truncated", "unplaced", "values")

    def __init__(self) -> None:
        self.read: int = 0
        """Bodies, with those in wrappings of relays, and pieces of sources that could not be read."""
        self.events: int = 0
        """Bodies that were read, whatever number of rows they gave."""
        self.errors: int = 0
        """Bodies that could not be read, or in which a tool damaged what names the row."""
        self.truncated: int = 0
        """Of the events, those that the server cut because they were too large."""
        self.rows: int = 0
        """Rows of the table."""
        self.rowless: int = 0
        """Of the events, those that gave no row: cut ones, and those that tell nothing that the table has."""
        self.values: int = 0
        """Values that a row could not hold, each with an error of its own."""
        self.unplaced: int = 0
        """Values for which the given schema has no column, kept in `unplaced`."""

    def __repr__(self) -> str:
        return f"Counts({', '.join(f'{name}={getattr(self, name)}' for name in self.__slots__)})"


T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Reader(Protocol[T_co]):
    """Turns bodies into rows, in one pass over them."""

    lost: list[tuple[str, str]]
    """The column and the reason for each value that a row of the last body could not hold; emptied by the pass."""
    cells: int
    """How many values the rows hold that were read since the last batch."""

    def read(self, body: Body, counts: Counts) -> None:
        """Read one body. Raises CdsContextError for one that gives no row."""

    def batch(self) -> T_co:
        """A batch of all rows that were read since the last one; of a reader for several tables, one for each."""
        ...


_MOST_CELLS = 400_000
_MOST_BYTES = 16 << 20
_MOST_ROWS = 10_000

_PLACE = {"source": WORD, "position": INT64, "reason": TEXT, "column": TEXT}
_COLUMNS = {False: Columns(make_schema(_PLACE)), True: Columns(make_schema({**_PLACE, "body": BINARY}))}
"""The columns of errors, without their bodies and with them."""


class _Stream(ABC):
    """What reads as a stream of Arrow record batches."""

    schema: Schema
    """The columns, as a schema of arro3; whatever takes Arrow schemas takes it."""

    @abstractmethod
    def __iter__(self) -> Iterator[RecordBatch]:
        """Record batches of arro3, each made when it is asked for."""

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return stream(self.schema, iter(self)).__arrow_c_stream__(requested_schema)


class Table(_Stream):
    """A stream of Arrow record batches, made while it is read.

    Whatever reads Arrow streams takes it: ``polars.DataFrame(table)``, ``pyarrow.table(table)``, DuckDB by the name of
    the variable, ``arro3.io.write_parquet(table, path)``. Iterating gives record batches of arro3. Each time it is
    consumed, the bodies are read again from the start.
    """

    def __init__(
        self,
        bodies: Bodies,
        schema: Schema,
        reader: Callable[[], Reader[RecordBatch]],
        on_error: Callable[[BodyError], object] | None,
    ) -> None:
        require_bodies(bodies)
        self.schema: Schema = schema
        self.counts: Counts = Counts()
        """What became of the bodies in the pass that was begun last."""
        self._bodies = bodies
        self._reader = reader
        self._on_error = on_error
        self._is_spent = False

    def __iter__(self) -> Iterator[RecordBatch]:
        for item in self._pass():
            if not isinstance(item, BodyError):
                yield item
            elif self._on_error is not None:
                self._on_error(item)

    @property
    def errors(self) -> Errors:
        """The bodies that gave no row, and the values that no row could hold, as a table of its own.

        It reads the bodies once more. To get the errors of the same pass, give the function that makes the table an
        `on_error`.
        """
        return Errors(self._pass)

    def _pass(self) -> Iterator[RecordBatch | BodyError]:
        if self._is_spent:
            require_again(self._bodies, "a table that is consumed again, or its errors,")
        self._is_spent = True
        self.counts = Counts()
        yield from read_through(self._bodies, self._reader(), self.counts)


def read_through(bodies: Bodies, reader: Reader[T], counts: Counts) -> Iterator[T | BodyError]:
    """The batches that a reader makes of bodies, and the errors, in one pass; what became of the bodies is counted."""
    size = 0
    for body in placed(bodies):
        counts.read += 1
        if isinstance(body, Unreadable):
            counts.errors += 1
            yield BodyError(*body)
            continue
        rows = counts.rows
        try:
            reader.read(body, counts)
        except CdsContextError as error:
            yield from _read_inside(reader, body, counts, error)
        else:
            counts.events += 1
            counts.rowless += counts.rows == rows
            if reader.lost:
                yield from _lost(reader, body, counts)
        size += len(body.data)
        if size >= _MOST_BYTES or reader.cells >= _MOST_CELLS:
            if reader.cells:
                yield reader.batch()
            size = 0
    if reader.cells:
        yield reader.batch()


def _lost(reader: Reader[Any], body: Body, counts: Counts) -> Iterator[BodyError]:
    counts.values += len(reader.lost)
    lost, reader.lost = reader.lost, []
    for column, reason in lost:
        yield BodyError(body.source, body.position, reason, column)


def _read_inside(reader: Reader[Any], body: Body, counts: Counts, error: CdsContextError) -> Iterator[BodyError]:
    """Read the bodies in the wrapping of a relay; without a wrapping, the error stands."""
    inside = _unwrapped(body) if isinstance(error, DecodeError) else []
    if not inside:
        counts.errors += 1
        yield BodyError(body.source, body.position, str(error), body=body.data)
        return
    counts.read += len(inside) - 1
    for data in inside:
        part = body._replace(data=data)
        rows = counts.rows
        try:
            reader.read(part, counts)
        except CdsContextError as found:
            counts.errors += 1
            yield BodyError(part.source, part.position, str(found), body=data)
        else:
            counts.events += 1
            counts.rowless += counts.rows == rows
            yield from _lost(reader, part, counts)


def _unwrapped(body: Body) -> list[bytes]:
    """The bodies in the wrapping of a relay; none if there is no wrapping."""
    try:
        found = unwrap(body.data)
    except CdsContextError:
        return []
    return [] if len(found) == 1 and len(found[0]) == len(body.data) else found


class Errors(_Stream):
    """A table of errors: source, position, reason and column, as in `BodyError`; the body only if asked for."""

    def __init__(self, run: Callable[[], Iterator[RecordBatch | BodyError]], *, with_bodies: bool = False) -> None:
        self._run = run
        self._columns = _COLUMNS[with_bodies]
        self.schema: Schema = self._columns.schema

    def with_bodies(self) -> Errors:
        """The same table with a column for the body, which holds personal data."""
        return Errors(self._run, with_bodies=True)

    def __iter__(self) -> Iterator[RecordBatch]:
        rows: list[tuple[Any, ...]] = []
        size = 0
        width = len(self.schema)
        for item in self._run():
            if isinstance(item, BodyError):
                body = item.body
                octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
                # A file can have a name that is no Unicode.
                place = (spell(item.source), item.position, spell(item.reason), item.column)
                rows.append((*place, octets)[:width])
                size += len(octets or b"")
                if size >= _MOST_BYTES or len(rows) >= _MOST_ROWS:
                    yield self._columns.batch_of_rows(rows)
                    rows, size = [], 0
        if rows:
            yield self._columns.batch_of_rows(rows)
