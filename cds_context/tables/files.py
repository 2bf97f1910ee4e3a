"""Where bytes are: files of this machine, files at an address, files that a caller opened. No body is known here.

How it works: what a caller names is resolved once, to a list of files. A file can be opened again and again, and
gives its bytes from the beginning each time. Only a file object that cannot go back, such as a pipe, is opened once.
"""

from __future__ import annotations

import errno
import glob
import io
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, BinaryIO, TypeAlias, cast
from uuid import uuid4

from msgspec import Struct

from ..errors import ArgumentError, ArgumentTypeError

Source: TypeAlias = str | os.PathLike[str] | BinaryIO
"""What can be read: a file, a folder, a pattern, an address, or a file opened for bytes."""

_BUFFER = 1 << 20
_PACKED = (".gz", ".zst")
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".xml", ".bin", ".avro")


class _Kept(Struct, frozen=True):
    """A file that can be read as often as one likes."""

    name: str
    """The source, as tables tell it."""

    def claim(self) -> None:
        """Nothing to do."""

    def can_go_back(self) -> bool:
        """Whether it can be read again."""
        return True


class NoFile(_Kept, frozen=True):
    """What cannot be read."""

    problem: int
    """The number of the error, as in `errno`."""

    def open(self) -> io.BufferedReader:
        """Raise OSError."""
        raise OSError(self.problem, os.strerror(self.problem))

    def size(self) -> int:
        """Nothing."""
        return 0

    def version(self) -> str:
        """What changes with the content."""
        return ""


class LocalFile(_Kept, frozen=True):
    """A file of this machine, whose name is its path."""

    def open(self) -> io.BufferedReader:
        """The bytes from the beginning. Raises OSError."""
        # A path stays as it was given, also below: `./a.json` is not told as `a.json`.
        return io.BufferedReader(io.FileIO(self.name), _BUFFER)

    def size(self) -> int:
        """How many bytes there are; 0 if that is not known."""
        return os.stat(self.name).st_size if os.path.isfile(self.name) else 0

    def version(self) -> str:
        """What changes with the content."""
        try:
            found = os.stat(self.name)
        except OSError:
            return ""
        return f"{found.st_size} {found.st_mtime_ns}"


class RemoteFile(_Kept, frozen=True):
    """A file at an address, whose name is the address."""

    options: Mapping[str, Any] = {}
    """What its file system is opened with, keys among it."""

    def __repr__(self) -> str:
        # The options may hold keys.
        return f"RemoteFile({self.name!r})"

    def open(self) -> io.BufferedReader:
        """The bytes from the beginning. Raises OSError."""
        system, path = _file_system(self.name, self.options)
        return _buffered(_translated(lambda: system.open(path, "rb")), is_ours=True)

    def size(self) -> int:
        """How many bytes there are; 0 if that is not known."""
        system, path = _file_system(self.name, self.options)
        return _translated(lambda: system.size(path)) or 0

    def version(self) -> str:
        """What changes with the content."""
        system, path = _file_system(self.name, self.options)
        try:
            return str(_translated(lambda: system.ukey(path)))
        except OSError:
            return ""


class OpenFile:
    """A file that a caller opened; it is left open. Each pass begins where the file stood when it was handed over."""

    def __init__(self, file: Any) -> None:
        name = getattr(file, "name", None)
        self.name: str = name if isinstance(name, str) else "<file>"
        self._file = file
        self._start = _position(file)
        self._is_read = False

    def claim(self) -> None:
        """Say that a pass over the file begins. Raises ArgumentError if there can be no further one."""
        if self._is_read and self._start is None:
            raise ArgumentError("the file object was read and cannot go back: pass the path of a file")
        self._is_read = True

    def can_go_back(self) -> bool:
        """Whether it can be read again."""
        return self._start is not None

    def open(self) -> io.BufferedReader:
        """The bytes from where the file stood. Raises OSError."""
        return _buffered(self._file, is_ours=False, start=self._start)

    def size(self) -> int:
        """Nothing is known."""
        return 0

    def version(self) -> str:
        """Never the same, because nothing is known."""
        return str(uuid4())


File: TypeAlias = NoFile | LocalFile | RemoteFile | OpenFile


def _position(file: Any) -> int | None:
    """Where a file stands; None if it cannot go back there."""
    try:
        return cast("int", file.tell()) if file.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None


def files_of(sources: tuple[Source, ...], options: Mapping[str, Any] | None) -> Iterator[File]:
    """The files that the sources name, in order; those in a folder by name, with the folders in it.

    Raises ArgumentTypeError for what names no file, and ArgumentError for an address where fsspec is missing.
    """
    for source in sources:
        if isinstance(source, str | os.PathLike):
            text = os.fspath(source)
            yield from _at_address(text, options or {}) if "://" in text else _on_this_machine(text)
        elif hasattr(source, "read") and not isinstance(cast("object", source), io.TextIOBase):
            yield OpenFile(source)
        else:
            found = type(source).__name__
            raise ArgumentTypeError(f"expected a path, a pattern, an address or a file opened for bytes, found {found}")


def _on_this_machine(text: str) -> Iterator[File]:
    if os.path.isdir(text):
        yield from _inside(text)
    elif glob.has_magic(text) and not os.path.lexists(text):
        # A pattern without matches stands for a file of its name, so that it shows among what cannot be read.
        for path in sorted(glob.glob(text, recursive=True)) or [text]:
            yield from _inside(path) if os.path.isdir(path) else (LocalFile(path),)
    else:
        yield LocalFile(text)


def _inside(folder: str) -> Iterator[File]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield NoFile(folder, error.errno or errno.EIO)
        return
    for name in names:
        path = os.path.join(folder, name)
        if is_hidden(name):
            continue
        if is_readable(name):
            yield LocalFile(path)
        elif os.path.isdir(path) and not os.path.islink(path):
            yield from _inside(path)


def is_hidden(name: str) -> bool:
    """Whether a file or folder within a folder is passed over: by a point as shells do, by `_` as engines do."""
    return name.startswith((".", "_"))


def is_readable(name: str) -> bool:
    """Whether a file within a folder is read, by its name."""
    return unpacked(name).endswith(_SUFFIXES)


def unpacked(name: str) -> str:
    """The name in lower case, without the endings of packed files."""
    name = name.lower()
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    return name


def _at_address(address: str, options: Mapping[str, Any]) -> Iterator[File]:
    system, path = _file_system(address, options)
    try:
        paths: list[str]
        if _translated(lambda: system.isdir(path)):
            root = path.rstrip("/")
            paths = [
                found
                for found in _translated(lambda: sorted(system.find(path)))
                if is_readable(found) and not any(map(is_hidden, found.removeprefix(root).strip("/").split("/")))
            ]
        else:
            # A `?` is no pattern here, because addresses have queries.
            paths = (_translated(lambda: sorted(system.glob(path))) if "*" in path else []) or [path]
        for found in paths:
            yield RemoteFile(system.unstrip_protocol(found), options)
    except OSError as error:
        yield NoFile(address, error.errno or errno.EIO)


def _file_system(address: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    try:
        core = import_module("fsspec.core")
    except ModuleNotFoundError:
        raise ArgumentError("an address is read by fsspec, which is not installed: pip install fsspec") from None
    try:
        return cast("tuple[Any, str]", core.url_to_fs(address, **options))
    except (ValueError, ImportError) as error:  # an unknown protocol, or one whose package is missing
        raise ArgumentError(f"fsspec cannot open addresses of this kind: {type(error).__name__}") from None


def _translated(call: Any) -> Any:
    """What a call of a foreign file gives. Whatever it raises becomes an OSError without its text, which may hold keys.

    An error of the operating system keeps its number.
    """
    try:
        return call()
    except OSError as error:
        problem = error.errno or (errno.ENOENT if isinstance(error, FileNotFoundError) else errno.EIO)
    except Exception:  # noqa: BLE001 - file systems raise the errors of their clients
        problem = errno.EIO
    raise OSError(problem, os.strerror(problem))


def _buffered(file: Any, *, is_ours: bool, start: int | None = None) -> io.BufferedReader:
    return io.BufferedReader(_Raw(file, is_ours=is_ours, start=start), _BUFFER)


class _Raw(io.RawIOBase):
    """A foreign file with the one method that all have, `read`."""

    def __init__(self, file: Any, *, is_ours: bool, start: int | None) -> None:
        super().__init__()
        self._file = file
        self._is_ours = is_ours
        self._at = start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._is_ours

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return cast("int", _translated(lambda: self._file.seek(offset, whence)))

    def tell(self) -> int:
        return cast("int", _translated(self._file.tell))

    def readinto(self, into: Any, /) -> int:
        def read() -> int:
            if self._at is not None:
                # Another pass over the same file may have moved it.
                self._file.seek(self._at)
            found: bytes = self._file.read(len(into))
            into[: len(found)] = found
            return len(found)

        size = cast("int", _translated(read))
        if self._at is not None:
            self._at += size
        return size

    def close(self) -> None:
        if self._is_ours and not self.closed:
            _translated(self._file.close)
        super().close()
