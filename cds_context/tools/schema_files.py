"""The file that keeps the columns of rows from one run to the next: read, and extended, never reordered.

It is JSON: for each table its columns behind those that every row has, in order.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..errors import ArgumentError
from ..tables.layouts import Place, schema_of

Places: TypeAlias = dict[str, list[Place]]
"""The columns of each table."""


def read(path: str | os.PathLike[str] | None) -> str:
    """The content of the file; that of one without tables if it is not there. Raises ArgumentError and OSError."""
    text = Path(path).read_text("utf-8", "surrogateescape") if path is not None and Path(path).exists() else "{}"
    decode(text)
    return text


def decode(text: str) -> Places:
    """The columns that a file has. Raises ArgumentError for other content."""
    try:
        places = msgspec.json.decode(text, type=Places)
        for columns in places.values():
            schema_of(columns)
    except (ValueError, RecursionError) as error:  # those of msgspec and of Unicode are ValueErrors
        raise ArgumentError(f"the file of schemas is not one that an earlier run wrote: {error}") from None
    return places


def extend(path: str | os.PathLike[str] | None, places: Places) -> None:
    """Write the columns into the file, if there is to be one and it lacks some. Raises OSError.

    Raises ArgumentError if it has others, which another run has put there since it was read.
    """
    if path is None:
        return
    there = decode(read(path))
    if _begins_with(there, places):
        return
    if not _begins_with(places, there):
        raise ArgumentError("the file of schemas has other columns by now: give the same command with a new folder")
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(places), indent=1) + b"\n")
    aside.replace(target)


def _begins_with(places: Places, others: Places) -> bool:
    return all(places.get(table, [])[: len(columns)] == columns for table, columns in others.items())
