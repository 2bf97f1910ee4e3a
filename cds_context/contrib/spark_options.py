"""The options of the format `cds_context`: what is read, and which table is made of it. PySpark is not imported."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import ArgumentError
from ..tables import FileBodies, read_bodies
from ..tables.sources import MAX_BYTES
from .spark_scan import Scan

PART_SIZE = 32 << 20
"""The default size of a partition: a second of work for a core."""

_LISTS = ("messages", "tables", "columns", "statuses")
_STORAGE = "storage."
_KNOWN = {
    *("table", "errors", "strict", "logical_name", "on_conflict", "only_submitted", *_LISTS),
    *("path", "paths", "part_size", "max_bytes"),
}


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """The files that hold bodies, and how they are cut into partitions."""

    paths: list[str]
    part_size: int
    max_bytes: int
    storage_options: dict[str, str]

    def __repr__(self) -> str:
        # The options of storage may hold keys.
        return f"Files(paths={self.paths!r})"

    def bodies(self) -> FileBodies:
        """The bodies. A file that cannot be opened or read is a failure of the task, which Spark tries again."""
        return read_bodies(
            *self.paths, max_bytes=self.max_bytes, storage_options=self.storage_options, raise_io_errors=True
        )

    def parts(self) -> list[FileBodies]:
        """The bodies of each partition."""
        return self.bodies().split(self.part_size)


def files_of(options: Mapping[str, str]) -> Files:
    """The files that options name. Raises ArgumentError."""
    paths: list[str] = json.loads(options.get("paths", "[]"))  # Spark has a list so
    if "path" in options:
        paths = [options["path"], *paths]
    if not paths:
        raise ArgumentError("name files, folders, patterns or addresses: load(path)")
    for path in paths:
        # Told at once, because a task that finds nothing is tried again.
        if "://" not in path and not os.path.lexists(path) and not any(glob.iglob(path, recursive=True)):
            raise ArgumentError(f"there is no file and no folder {path!r} on the driver")
    return Files(
        paths=paths,
        part_size=_size(options, "part_size", PART_SIZE),
        max_bytes=_size(options, "max_bytes", MAX_BYTES),
        storage_options={
            name.removeprefix(_STORAGE): text for name, text in options.items() if name.startswith(_STORAGE)
        },
    )


def scan_of(options: Mapping[str, str]) -> Scan:
    """The table that options ask for. Raises ArgumentError, also for an option that there is not."""
    for name in options:
        if name not in _KNOWN and not name.startswith(_STORAGE):
            raise ArgumentError(f"there is no option `{name}`; there are {', '.join(sorted(_KNOWN))} and storage.NAME")
    chosen: dict[str, Any] = {
        name: [text.strip() for text in options[name].split(",")] for name in _LISTS if name in options
    }
    chosen |= {name: _flag(options, name) for name in ("only_submitted", "strict") if name in options}
    table = options.get("table", "events")
    if table != "changes" and not chosen.keys() <= {"strict"}:
        raise ArgumentError(f"{', '.join(_LISTS)} and only_submitted choose among changes")
    if table != "rows" and not {"logical_name", "on_conflict"}.isdisjoint(options):
        raise ArgumentError("logical_name and on_conflict are for rows")
    scan = Scan(
        table=table,
        errors=options.get("errors", "false").lower(),
        logical_name=options.get("logical_name"),
        chosen=chosen,
    )
    scan.check()
    return scan


def scan_with_columns(options: Mapping[str, str]) -> Scan:
    """As `scan_of`, with the columns of the table. Those of rows are found by reading all bodies."""
    scan = scan_of(options)
    return scan.for_columns(files_of(options).bodies(), options.get("on_conflict", "variant"))


def _flag(options: Mapping[str, str], name: str) -> bool:
    text = options[name].lower()
    if text not in ("true", "false"):
        raise ArgumentError(f"the option `{name}` is true or false")
    return text == "true"


def _size(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentError(f"the option `{name}` is a number of bytes")
    return int(text)
