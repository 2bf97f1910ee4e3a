"""What a task of Spark does: bodies in, record batches of a table out. PySpark is not imported here.

How it works: a `Scan` says which table is made of bodies, and holds nothing but values that can be pickled, so that it
is sent with each task. Nothing is kept between tasks: one that failed is tried again from the start of its bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ..errors import ArgumentError, ArgumentTypeError
from ..tables import Body, Table, Unreadable, changes_table, events_table, row_schemas, rows_tables
from ..tables.arrow import RecordBatch, without_dictionaries
from ..tables.bodies import Bodies
from ..tables.rows import row_errors
from ..tables.table import Errors
from ..wire.body import plain_body
from .spark_schema import StructJson, shape, to_schema, to_struct

_MAKERS: dict[str, Callable[..., Table]] = {"changes": changes_table, "events": events_table}


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A table to be made of bodies."""

    table: str
    """`events`, `changes` or `rows`."""
    errors: str = "false"
    """`true` for the table of errors in the place of the table, `with_bodies` for that with the bodies."""
    logical_name: str | None = None
    """The table of Dataverse whose rows are made."""
    struct: StructJson | None = None
    """The columns of the rows, as Spark has them; None as long as they are not known."""
    chosen: dict[str, Any] = {}
    """What else the function that makes the table is given."""

    def check(self) -> None:
        """Raise ArgumentError or ArgumentTypeError for what makes no table, before anything is read."""
        if self.table not in (*_MAKERS, "rows"):
            raise ArgumentError("the table is events, changes or rows")
        if self.errors not in ("false", "true", "with_bodies"):
            raise ArgumentError("errors is true, false or with_bodies")
        if self.table == "rows" and self.errors == "false" and not self.logical_name:
            raise ArgumentError("rows are of one table: give its logical_name")
        if not self._needs_columns():
            self.of([])

    def for_columns(self, bodies: Bodies, on_conflict: Any = "variant") -> Scan:
        """The same with the columns of rows, which are found by reading the bodies, or those of every such table."""
        if not self._needs_columns():
            return msgspec.structs.replace(self, struct=to_struct(self.of([]).schema))
        found = row_schemas(bodies, on_conflict=on_conflict, **self.chosen)
        if self.logical_name not in found:
            raise ArgumentError(f"no event tells of a row of {self.logical_name!r}, so its columns are unknown")
        return self.for_struct(to_struct(found[self.logical_name]))

    def for_struct(self, struct: StructJson) -> Scan:
        """The same with columns that are given. Raises ArgumentError for columns that the table does not have."""
        scan = msgspec.structs.replace(self, struct=struct)
        if shape(to_struct(scan.of([]).schema)) != shape(struct):
            raise ArgumentError("the schema is not that of the table: give one of an earlier run, or none")
        return scan

    def of(self, bodies: Bodies) -> Table | Errors:
        """The table of some bodies."""
        if self.errors == "false":
            return self._rows_of(bodies)
        errors = row_errors(bodies, **self.chosen) if self.table == "rows" else self._rows_of(bodies).errors
        return errors.with_bodies() if self.errors == "with_bodies" else errors

    def _rows_of(self, bodies: Bodies) -> Table:
        if self.table != "rows":
            return _MAKERS[self.table](bodies, **self.chosen)
        name, struct = str(self.logical_name), self.struct or {}
        return rows_tables(bodies, schemas={name: to_schema(struct)}, **self.chosen)[name]

    def batches(self, bodies: Bodies) -> Iterator[RecordBatch]:
        """The table, in types that Spark has."""
        table = self.of(bodies)
        _, fit = without_dictionaries(table.schema)
        return map(fit, table)

    def _needs_columns(self) -> bool:
        return self.table == "rows" and self.errors == "false" and self.struct is None


def bodies_in(
    batches: Iterable[Any], *, has_source: bool = False, has_position: bool = False
) -> Iterator[Body | Unreadable]:
    """The bodies in the first column of batches; the next columns tell their source and position.

    Without these, the source is `stream`, and the position the number of the row among those of the task.

    Raises ArgumentTypeError for a column of other types.
    """
    number = 0
    for batch in batches:
        columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            source = row[1] if has_source else None
            position = row[-1] if has_position else None
            if not isinstance(position, int | None):
                raise ArgumentTypeError("a position is an integer")
            place = ("stream" if source is None else str(source), number if position is None else position)
            number += 1
            yield Unreadable(*place, "null, and no body") if row[0] is None else Body(plain_body(row[0]), *place)
