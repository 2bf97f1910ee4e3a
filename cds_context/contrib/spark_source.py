"""The classes of a Data Source, and what else needs PySpark and pyarrow: all decisions are made in `spark_scan`.

No filter is pushed down. PySpark, up to 4.3 at least, keeps the reader that took the filters of a query for later
queries of the same frame, which then lack rows without a word. Options choose rows before Spark does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from .spark_options import Files, files_of, scan_of, scan_with_columns
from .spark_scan import Scan, bodies_in
from .spark_schema import StructJson

# The type checkers run where PySpark is not: it is as large as Spark.
_arrow: Any = import_module("pyarrow")
_spark: Any = import_module("pyspark.sql.datasource")
_types: Any = import_module("pyspark.sql.types")
if TYPE_CHECKING:
    _DataSource: TypeAlias = object
    _DataSourceReader: TypeAlias = object
else:
    _DataSource, _DataSourceReader = _spark.DataSource, _spark.DataSourceReader


class EventSource(_DataSource):
    """The format `cds_context`."""

    options: Mapping[str, str]

    @classmethod
    def name(cls) -> str:
        """What `format` is given."""
        return "cds_context"

    def schema(self) -> Any:
        """The columns, if the user gives none."""
        return struct_type(scan_with_columns(self.options).struct)

    def reader(self, schema: Any) -> EventReader:
        """What reads for one query."""
        return EventReader(scan_of(self.options).for_struct(schema.jsonValue()), files_of(self.options))


class EventReader(_DataSourceReader):
    """Reads for one query: finds the partitions on the driver, reads each in a task."""

    def __init__(self, scan: Scan, files: Files) -> None:
        self._scan = scan
        self._files = files

    def partitions(self) -> list[Any]:
        """The files, cut where that can be."""
        return [_spark.InputPartition(part) for part in self._files.parts()]

    def read(self, partition: Any) -> Iterator[Any]:
        """The record batches of a partition. Spark makes one without a value where there is none."""
        return map(_arrow.record_batch, self._scan.batches(partition.value or ()))


def struct_type(struct: StructJson | None) -> Any:
    """A `StructType`."""
    return _types.StructType.fromJson(struct)


def mapper(scan: Scan, **places: bool) -> Any:
    """What `mapInArrow` takes, for columns as `bodies_in` has them."""
    return partial(_map, scan, places)


def _map(scan: Scan, places: Mapping[str, bool], batches: Iterable[Any]) -> Iterator[Any]:
    return map(_arrow.record_batch, scan.batches(bodies_in(batches, **places)))
