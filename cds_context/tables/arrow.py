"""Arrow: columns of Python values in, arrays, record batches and streams out. The only room that imports the library.

The library is arro3, by measurement: of those that write Parquet it is the smallest (33 MB installed, pyarrow takes
170), the quickest to import, and it makes columns of text from Python four times as fast. nanoarrow is smaller and
writes no Parquet.

How it works: arro3 makes arrays of plain scalars. The others are put together from these here: a date, for one, is
cast from its microseconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import Any, TypeAlias

try:
    from arro3 import io
    from arro3.core import (
        Array,
        DataType,
        Field,
        RecordBatch,
        RecordBatchReader,
        Schema,
        list_array,  # pyright: ignore[reportUnknownVariableType] # as to the buffers that it also takes
        struct_array,  # pyright: ignore[reportUnknownVariableType] # as above
    )
except ModuleNotFoundError as _error:
    how = 'cds_context.tables comes with an extra: pip install "cds-context[tables]"'
    raise ModuleNotFoundError(how, name=_error.name) from None

__all__ = ["DataType", "Field", "RecordBatch", "Schema"]
"""What other rooms name."""

Values: TypeAlias = Sequence[Any]

TEXT = DataType.utf8()
BINARY = DataType.binary()
BOOL = DataType.bool()
INT32 = DataType.int32()
INT64 = DataType.int64()
FRACTION = DataType.decimal128(38, 10)
MOMENT = DataType.timestamp("us", tz="UTC")
WORD = DataType.dictionary(INT32, TEXT)
"""A text of which there are few different ones."""
TEXTS = DataType.list(Field("item", TEXT, nullable=True))
CHOICES = DataType.list(Field("item", INT32, nullable=True))
_LOOKUP = [Field(name, TEXT, nullable=True) for name in ("id", "table", "name")]
LOOKUP = DataType.struct(_LOOKUP)


def _plain(kind: DataType) -> Callable[[Values], Array]:
    return lambda values: Array(values, kind)


def _cast(plain: DataType, kind: DataType) -> Callable[[Values], Array]:
    return lambda values: Array(values, plain).cast(kind)


def _words(values: Values) -> Array:
    # To make a dictionary here takes half the time of a cast.
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return words([*places], [*map(places.__getitem__, values)])


def words(known: Values, places: Sequence[int]) -> Array:
    """Words of which there are few: the known one at each of the places."""
    return _take(Array(known, TEXT).cast(WORD), Array(places, INT32))


def _take(array: Any, indices: Array) -> Array:
    taken: Array = array.take(indices)
    return taken


def _nulls(values: Values) -> Array:
    return Array([value is None for value in values], BOOL)


def _lists(item: DataType, kind: DataType) -> Callable[[Values], Array]:
    def make(values: Values) -> Array:
        offsets = [0, *accumulate(len(value) if value else 0 for value in values)]
        items = list(chain.from_iterable(value for value in values if value))
        return list_array(Array(offsets, INT32), Array(items, item), type=kind, mask=_nulls(values))

    return make


def _lookups(values: Values) -> Array:
    parts = zip(*(value or (None, None, None) for value in values), strict=True)
    return struct_array([Array(part, TEXT) for part in parts], fields=_LOOKUP, mask=_nulls(values))


_MAKERS: list[tuple[DataType, Callable[[Values], Array]]] = [
    *((kind, _plain(kind)) for kind in (TEXT, BINARY, BOOL, INT32, INT64)),
    (MOMENT, _cast(INT64, MOMENT)),
    (FRACTION, _cast(TEXT, FRACTION)),
    (WORD, _words),
    (TEXTS, _lists(TEXT, TEXTS)),
    (CHOICES, _lists(INT32, CHOICES)),
    (LOOKUP, _lookups),
]
"""What makes an array of each type: of scalars, of microseconds since 1970, of digits, of lists, of triples."""


def maker_of(kind: DataType) -> Callable[[Values], Array]:
    """What makes an array of this type from values, of which None is null."""
    return next(make for known, make in _MAKERS if known == kind)


class Columns:
    """Makes record batches of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._makers = [maker_of(field.type) for field in fields_of(schema)]

    def batch(self, columns: Iterable[Values | Array]) -> RecordBatch:
        """A batch of columns of equal length, in the order of the schema, some of which may be arrays."""
        arrays = [
            values if isinstance(values, Array) else make(values)
            for make, values in zip(self._makers, columns, strict=True)
        ]
        make: Any = RecordBatch.from_arrays  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        batch: RecordBatch = make(arrays, schema=self.schema)
        return batch

    def batch_of_rows(self, rows: Sequence[Values]) -> RecordBatch:
        """A batch of rows."""
        return self.batch(zip(*rows, strict=True) if rows else [[] for _ in self._makers])


def repeating(times: Sequence[int]) -> Callable[[DataType, Values], Array]:
    """What makes arrays of values, in which each stands so many times."""
    indices = Array([*chain.from_iterable(map(repeat, range(len(times)), times))], INT32)
    return lambda kind, values: _take(maker_of(kind)(values), indices)


def make_schema(fields: Mapping[str, DataType]) -> Schema:
    """A schema of columns that may be null."""
    return Schema([Field(name, kind, nullable=True) for name, kind in fields.items()])


def fields_of(schema: Schema) -> list[Field]:
    """The fields of a schema, in order."""
    return [schema.field(index) for index in range(len(schema))]


_IS_LAZY = sys.version_info >= (3, 11)
"""The last arro3 for Python 3.10 takes no iterator, so there all batches of a stream are made before it is read."""


def stream(schema: Schema, batches: Iterable[RecordBatch]) -> RecordBatchReader:
    """Batches as a stream in which each batch is made when it is asked for."""
    return RecordBatchReader.from_batches(schema, batches if _IS_LAZY else [*batches])


def values_of(column: Any) -> list[Any]:
    """The values of a column."""
    values: list[Any] = column.to_pylist()
    return values


def microseconds_of(batch: RecordBatch, name: str) -> list[int | None]:
    """A column of moments, as microseconds since 1970."""
    return values_of(batch.column(name).cast(INT64))


def rows_at(batch: RecordBatch, indices: Sequence[int]) -> RecordBatch:
    """Some rows of a batch."""
    some: Any = batch
    return RecordBatch.from_arrow(some.take(Array(indices, INT32)))


def without(batch: RecordBatch, name: str) -> RecordBatch:
    """A batch without a column."""
    return batch.select([each for each in batch.schema.names if each != name])


Fitting: TypeAlias = Callable[[RecordBatch], RecordBatch]


def fitting(
    schema: Schema, replaces: Callable[[DataType], bool], text_of: Callable[[Any], Any]
) -> tuple[Schema, Fitting]:
    """A schema in which columns of some types are text, and what makes batches of it; `text_of` makes a column text."""
    odd = [replaces(field.type) for field in fields_of(schema)]
    pairs = zip(fields_of(schema), odd, strict=True)
    fitted = Schema([field.with_type(TEXT) if is_odd else field for field, is_odd in pairs])

    def fit(given: RecordBatch) -> RecordBatch:
        columns: list[Any] = [
            text_of(column) if is_odd else column for column, is_odd in zip(given.columns, odd, strict=True)
        ]
        make: Any = RecordBatch.from_arrays  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        batch: RecordBatch = make(columns, schema=fitted)
        return batch

    return fitted, fit


def text_by(values: Callable[[Values], Values]) -> Callable[[Any], Any]:
    """What makes a column text of which `values` gives the values."""
    return lambda column: Array(values(values_of(column)), TEXT)


def without_dictionaries(schema: Schema) -> tuple[Schema, Fitting]:
    """As `fitting`: words of which there are few are plain text."""
    return fitting(schema, DataType.is_dictionary, lambda column: column.cast(TEXT))


is_nested: Callable[[DataType], bool] = DataType.is_nested


def _write_parquet(batches: RecordBatchReader, file: Any) -> None:
    io.write_parquet(batches, file, compression="zstd(1)", max_row_group_size=1 << 17)


WRITERS: dict[str, Callable[[RecordBatchReader, Any], None]] = {
    "parquet": _write_parquet,
    "csv": io.write_csv,
    "jsonl": io.write_ndjson,
    "arrow": io.write_ipc,
}
"""What writes a stream to a file, by the ending of its name."""
