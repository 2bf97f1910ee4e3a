"""What a command is given: files, folders, patterns, standard input and JSON Lines in, bodies out, one at a time.

Reads bytes and knows no contexts. A file that cannot be read is an input that says why, so that it stops no other.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import BinaryIO, NamedTuple

STANDARD_INPUT = "-"

_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (".json", *_LINES)


class Input(NamedTuple):
    """One body, and where it is from."""

    name: str
    """A path, or a path and the number of a line."""
    body: bytes
    problem: str = ""
    """Why there is no body."""


class Place(NamedTuple):
    """A file to be read, or a folder that cannot be."""

    path: str
    problem: str = ""


def places(arguments: Iterable[str]) -> Iterator[Place]:
    """The files that the arguments name, in order; those in a folder by name, with the folders in it.

    A folder stands for its files `.json`, `.jsonl` and `.ndjson`; a pattern that matches nothing for a file of its name.
    """
    for argument in arguments:
        if os.path.isdir(argument):
            yield from _inside(argument)
        elif argument == STANDARD_INPUT or os.path.lexists(argument) or not glob.has_magic(argument):
            yield Place(argument)
        else:
            yield from _matching(argument)


def _matching(pattern: str) -> Iterator[Place]:
    paths = sorted(glob.glob(pattern, recursive=True))
    for path in paths or [pattern]:
        if os.path.isdir(path):
            yield from _inside(path)
        else:
            yield Place(path)


def _inside(folder: str) -> Iterator[Place]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield Place(folder, _reason(error))
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if name.lower().endswith(_SUFFIXES):
            yield Place(path)
        elif os.path.isdir(path) and not os.path.islink(path):
            yield from _inside(path)


def read(place: Place) -> Iterator[Input]:
    """The bodies in a file: one, or one for each line that is not empty if it holds JSON Lines.

    That is told by its name, or by a first line that is a whole body and a second that begins another.
    """
    if place.problem:
        yield Input(place.path, b"", place.problem)
        return
    try:
        with nullcontext(sys.stdin.buffer) if place.path == STANDARD_INPUT else open(place.path, "rb") as stream:
            yield from _split(place.path, stream)
    except OSError as error:
        yield Input(place.path, b"", _reason(error))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _split(path: str, stream: BinaryIO) -> Iterator[Input]:
    head: list[bytes] = []
    if path.lower().endswith(_LINES) or _is_lines(head, stream):
        for number, line in enumerate(_chain(head, stream), 1):
            if line.strip():
                yield Input(f"{path}:{number}", line.rstrip(b"\r\n"))
    else:
        yield Input(path, b"".join([*head, stream.read()]))


def _chain(head: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from stream


def _is_lines(head: list[bytes], stream: BinaryIO) -> bool:
    """Whether a stream holds a body a line; the lines that were read to tell are added to `head`."""
    found: list[bytes] = []
    for line in stream:
        head.append(line)
        if text := line.removeprefix(b"\xef\xbb\xbf").strip():
            found.append(text)
        if len(found) == 2:
            first, second = found
            return (first[:1], first[-1:]) in _WHOLE and second[:1] == first[:1]
    return False


_WHOLE = {(b"{", b"}"), (b'"', b'"')}
