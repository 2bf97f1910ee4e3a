"""The inputs of commands: files, folders, patterns, examples, standard input and JSON Lines in, bodies out one by one.

Bytes are read here; no context is known. A file that cannot be read becomes an input with the reason, so the other
inputs are still read.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import BinaryIO, NamedTuple

from cds_context.testing import examples

from ..display.complaints import reason

STANDARD_INPUT = "-"

_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (".json", ".xml", ".bin", *_LINES)


class Input(NamedTuple):
    """One body, and where it comes from."""

    path: str
    body: bytes = b""
    line: int = 0
    """The number of its line in JSON Lines."""
    problem: str = ""
    """Why there is no body."""
    is_shipped: bool = False
    """Whether it is an example that the package ships; the path is its name."""

    @property
    def name(self) -> str:
        """Where the body comes from, for people."""
        path = "<stdin>" if self.path == STANDARD_INPUT else self.path
        return f"{path}:{self.line}" if self.line else path

    @property
    def file_name(self) -> str:
        """The name for a file that holds only this body."""
        if self.is_shipped:
            return f"{self.path}.json"
        name = "stdin.json" if self.path == STANDARD_INPUT else os.path.basename(self.path)
        return f"{os.path.splitext(name)[0]}-{self.line}.json" if self.line else name


class Origin(NamedTuple):
    """Where inputs come from: a file to be read, a folder that cannot be, or a shipped example by its name."""

    path: str
    problem: str = ""
    shipped: bytes | None = None


def origins(arguments: Iterable[str]) -> Iterator[Origin]:
    """The files that the arguments name, in order; those in a folder by name, with the folders in it.

    A folder stands for its files `.json`, `.xml`, `.bin`, `.jsonl` and `.ndjson`. What names no file may name a shipped
    example; a pattern without matches stands for a file of its name.
    """
    for argument in arguments:
        if os.path.isdir(argument):
            yield from _inside(argument)
        elif argument == STANDARD_INPUT or os.path.lexists(argument):
            yield Origin(argument)
        elif glob.has_magic(argument):
            yield from _matching(argument)
        else:
            yield _shipped(argument) or Origin(argument)


def _shipped(name: str) -> Origin | None:
    # Names of examples have no dot, so the names of most files need no look-up.
    body = None if "." in name else examples().get(name)
    return None if body is None else Origin(name, shipped=body)


def _matching(pattern: str) -> Iterator[Origin]:
    paths = sorted(glob.glob(pattern, recursive=True))
    for path in paths or [pattern]:
        if os.path.isdir(path):
            yield from _inside(path)
        else:
            yield Origin(path)


def _inside(folder: str) -> Iterator[Origin]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield Origin(folder, reason(error))
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if name.lower().endswith(_SUFFIXES):
            yield Origin(path)
        elif os.path.isdir(path) and not os.path.islink(path):
            yield from _inside(path)


def read(origin: Origin) -> Iterator[Input]:
    """The bodies in a file: one, or one for each line that is not empty if it holds JSON Lines.

    A file holds JSON Lines if its name says so, or if its first line is a whole body and its second begins another.
    """
    path, problem, shipped = origin
    if problem or shipped:
        yield Input(path, shipped or b"", problem=problem, is_shipped=shipped is not None)
        return
    try:
        # Standard input was not opened here, so it is not closed here.
        with nullcontext(sys.stdin.buffer) if path == STANDARD_INPUT else open(path, "rb") as stream:
            yield from _split(path, stream)
    except OSError as error:
        yield Input(path, problem=reason(error))


def _split(path: str, stream: BinaryIO) -> Iterator[Input]:
    head: list[bytes] = []
    if path.lower().endswith(_LINES) or _is_lines(head, stream):
        for number, line in enumerate(_chain(head, stream), 1):
            if line.strip():
                yield Input(path, line.rstrip(b"\r\n"), number)
    else:
        yield Input(path, b"".join([*head, stream.read()]))


def _chain(head: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from stream


def _is_lines(head: list[bytes], stream: BinaryIO) -> bool:
    """Whether a stream holds a body a line; lines that were read to find out are added to `head`."""
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
