"""Spark: stored events as data frames, read from files, or made of a column of bodies. For PySpark 4.1.

    from cds_context.contrib import spark as events

    events.register(spark)
    changes = spark.read.format("cds_context").option("table", "changes").load("/lake/capture")
    changes = events.changes_frame(kafka, "value")

PySpark is imported when one of these is called, by `spark_source`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from ..tables.arrow import Schema
from .spark_scan import Scan
from .spark_schema import to_struct

__all__ = ["changes_frame", "events_frame", "register", "rows_frame", "spark_schema"]


class _Frame(Protocol):
    """A `pyspark.sql.DataFrame`."""

    @property
    def mapInArrow(self) -> Any: ...  # noqa: N802 - as Spark calls it

    @property
    def select(self) -> Any: ...


class _Session(Protocol):
    """A `pyspark.sql.SparkSession`."""

    @property
    def dataSource(self) -> Any: ...  # noqa: N802 - as Spark calls it


Frame = TypeVar("Frame", bound=_Frame)
Names: TypeAlias = str | Iterable[str] | None
Errors: TypeAlias = bool | Literal["with_bodies"]


def register(spark: _Session) -> None:
    """Let a session read the format `cds_context`.

    Its options are those of the page "Spark"; `messages`, `tables`, `columns` and `statuses` choose among changes
    before Spark gets them, which a filter of a query does not.
    """
    spark.dataSource.register(_source().EventSource)


def events_frame(
    frame: Frame,
    column: str,
    *,
    source: str | None = None,
    position: str | None = None,
    errors: Errors = False,
    strict: bool = False,
) -> Frame:
    """The table of events of the bodies in a column, which holds bytes or text, wrapped by a relay or not.

    The columns are those of `cds_context.tables.events_table`. `source` and `position` name columns that tell where a
    body is from, such as a topic and an offset; without them, they are `stream`, and the number of the row in its task.

    With `errors` the frame has a row for each body that the table leaves out: its source, its position, the reason, and
    with "with_bodies" the body, which holds personal data. A null in the column is an error, too.

    Raises ArgumentError for options without meaning, when it is called; the bodies are read when Spark runs.
    """
    scan = Scan(table="events", errors=_errors(errors), chosen={"strict": strict})
    return _framed(frame, scan, column, source, position)


def changes_frame(
    frame: Frame,
    column: str,
    *,
    source: str | None = None,
    position: str | None = None,
    errors: Errors = False,
    messages: Names = None,
    tables: Names = None,
    columns: Names = None,
    statuses: Names = None,
    only_submitted: bool = True,
    strict: bool = False,
) -> Frame:
    """The table of changes of the bodies in a column; see `events_frame`.

    The columns, and what chooses rows, are those of `cds_context.tables.changes_table`.
    """
    named = {"messages": messages, "tables": tables, "columns": columns, "statuses": statuses}
    chosen: dict[str, Any] = {
        # Some iterables can be read only once, and others cannot be pickled.
        name: names if names is None or isinstance(names, str) else [*names]
        for name, names in named.items()
    }
    chosen |= {"only_submitted": only_submitted, "strict": strict}
    return _framed(frame, Scan(table="changes", errors=_errors(errors), chosen=chosen), column, source, position)


def rows_frame(
    frame: Frame,
    column: str,
    logical_name: str,
    *,
    schema: Any,
    source: str | None = None,
    position: str | None = None,
    errors: Errors = False,
    strict: bool = False,
) -> Frame:
    """The table of rows of one table of Dataverse, of the bodies in a column; see `events_frame`.

    `schema` has the columns: one of those that `cds_context.tables.row_schemas` finds in some bodies, or the schema of
    such a frame. A value for which it has no column is in `unplaced`. With `errors`, there are those of all tables.
    """
    scan = Scan(table="rows", errors=_errors(errors), logical_name=logical_name, chosen={"strict": strict})
    if not errors:
        scan = scan.for_struct(schema.jsonValue() if hasattr(schema, "jsonValue") else _struct(schema))
    return _framed(frame, scan, column, source, position)


def spark_schema(schema: Any) -> Any:
    """A schema of `row_schemas`, or any Arrow schema of a table, as the `StructType` that `schema` of Spark takes."""
    return _source().struct_type(_struct(schema))


def _struct(schema: Any) -> Any:
    return to_struct(Schema.from_arrow(schema))


def _errors(errors: Errors) -> str:
    return errors if isinstance(errors, str) else str(errors).lower()


def _framed(frame: Frame, scan: Scan, column: str, source: str | None, position: str | None) -> Frame:
    scan.check()
    if scan.struct is None:
        scan = scan.for_columns(())
    room = _source()
    mapper = room.mapper(scan, has_source=source is not None, has_position=position is not None)
    wanted = [name for name in (column, source, position) if name is not None]
    found: Frame = frame.select(*wanted).mapInArrow(mapper, room.struct_type(scan.struct))
    return found


def _source() -> Any:
    return import_module(".spark_source", __package__)
