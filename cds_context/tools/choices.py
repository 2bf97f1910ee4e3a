"""What can be chosen about a table that is written, in words. Loads nothing, because every command does."""

from __future__ import annotations

from enum import Enum


class Kind(str, Enum):
    """A table of `cds_context.tables`."""

    EVENTS = "events"
    CHANGES = "changes"
    ROWS = "rows"


class Format(str, Enum):
    """A format of files; the value is the ending of their names."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"


class Conflict(str, Enum):
    """What becomes of a column of rows that has values of several kinds."""

    VARIANT = "variant"
    JSON = "json"
    ERROR = "error"


class Partition(str, Enum):
    """What files can be divided by."""

    TABLE = "table"
    DAY = "day"
