"""Bodies out of files: each with its source and its position, and an item for whatever could not be read.

Nothing is lost and nothing ends the reading: a line that is too long, a packed file that is cut, a wrapping with no
body in it become an `Unreadable`, and the next line or file is read.

How it works: the first bytes tell whether a file is packed, and whether it is Avro; its name, or its first two lines,
whether it has a body a line. One line is in memory at a time. Bodies are not parsed, only taken out of what relays put
around them.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import fastavro
import msgspec
from msgspec import Struct

from ..errors import ArgumentError, ArgumentTypeError, DecodeError
from ..transport.delivery import is_set
from ..transport.message import Properties, body_of
from ..wire.formats import WHITE
from ..wire.unwrapping import unwrap
from .bodies import Body, Unreadable
from .files import File, Source, files_of, unpacked

if sys.version_info >= (3, 14):  # pragma: no cover - where there is a Python 3.14
    from compression import zstd
if sys.version_info < (3, 14):  # pragma: no branch
    from backports import zstd

MAX_BYTES = 16 << 20
"""The default bound of a line, a whole file and a captured message: 16 MiB, many times what a server posts.

A whole file can hold an array of bodies, and a message a batch.
"""


Read: TypeAlias = Body | Unreadable


class Slice(Struct, frozen=True):
    """A file, or the lines of it whose first byte is in a range of bytes."""

    file: File
    start: int = 0
    end: int | None = None
    """None for all of the file, whatever it holds."""


class FileBodies:
    """The bodies of some sources, in order; made by `read_bodies`. Each iteration reads them anew."""

    def __init__(self, slices: Sequence[Slice], max_bytes: int, *, raise_io_errors: bool) -> None:
        self._slices = tuple(slices)
        self._max_bytes = max_bytes
        self._raise_io_errors = raise_io_errors

    def __iter__(self) -> Iterator[Read]:
        for part in self._slices:
            part.file.claim()
        return self._read()

    def _read(self) -> Iterator[Read]:
        for part in self._slices:
            yield from _Reader(part, self._max_bytes).read(raise_io_errors=self._raise_io_errors)

    def can_be_read_again(self) -> bool:
        """Whether no file is among them that gives its bytes only once, such as a pipe."""
        return all(part.file.can_go_back() for part in self._slices)

    def size(self) -> int:
        """How many bytes the files have, packed as they are; of those whose size is known."""
        return sum(_length(part) for part in self._slices)

    def version(self) -> list[tuple[str, int, int | None, str]]:
        """What is read, and of which state of the files: equal for what gives the same bodies."""
        return [(part.file.name, part.start, part.end, part.file.version()) for part in self._slices]

    def split(self, size: int) -> list[FileBodies]:
        """The same bodies in parts of about `size` bytes, in order, for processes that read side by side.

        JSON Lines that are not packed are cut; every other file is in one part. Parts can be pickled, unless they hold
        file objects.
        """
        if size < 1:
            raise ArgumentError("a part has at least one byte")
        parts: list[list[Slice]] = []
        room = 0
        for part in self._slices:
            for piece, length in _pieces(part, size, self._max_bytes):
                if room < length or not parts:
                    parts.append([])
                    room = size
                parts[-1].append(piece)
                room -= length
        return [FileBodies(part, self._max_bytes, raise_io_errors=self._raise_io_errors) for part in parts]


def read_bodies(
    *sources: Source,
    max_bytes: int = MAX_BYTES,
    storage_options: Mapping[str, Any] | None = None,
    raise_io_errors: bool = False,
) -> FileBodies:
    """The bodies in files: `Body` items, and an `Unreadable` for whatever could not be read, in order.

    A source is the path of a file or a folder, a pattern such as `capture/**/*.avro`, an address that fsspec knows
    (`abfss://…`, with `storage_options`), or a file object opened for bytes. A folder stands for its files `.json`,
    `.jsonl`, `.ndjson`, `.xml`, `.bin` and `.avro`, packed as `.gz` or `.zst` or not, with those of the folders in it,
    by name; names that begin with `.` or `_` are passed over. The files are listed when this is called.

    A file holds one body, or several in a wrapping that `unwrap` knows; a body a line, if its name ends in `.jsonl` or
    `.ndjson`, or if its first line is a whole object and its second begins another; or, in Avro, the messages of Event
    Hubs Capture. All three message formats are read.

    The result can be iterated again, and reads again. A file object that cannot go back is refused the second time,
    with an ArgumentError.

    A line, a whole file or a message of more than `max_bytes` is unreadable.

    A file that cannot be opened or read is `Unreadable` too; with `raise_io_errors` it raises OSError while the bodies
    are read, for a job that tries again. A file that is damaged is `Unreadable` all the same.

    Raises ArgumentError without a source, and for an address that fsspec cannot open; ArgumentTypeError for what names
    no source.
    """
    if not sources:
        raise ArgumentError("name at least one file, folder, pattern or address")
    slices = [Slice(file) for file in files_of(sources, storage_options)]
    return FileBodies(slices, max_bytes, raise_io_errors=raise_io_errors)


# What files, gzip, zstd and fsspec raise for bytes that cannot be had; ValueError: a file object that was closed.
_BROKEN = (OSError, EOFError, ValueError, zlib.error, zstd.ZstdError)

_GZIP, _ZSTD, _AVRO = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"Obj\x01"
_SKIPPABLE = b"\x2a\x4d\x18"
"""After a first byte of any value: a frame without content, with which some writers of zstd begin."""
_LAYERS = 2
"""The most packings around each other."""


class _Reader:
    """One pass over one slice. `_at` is the position of what is being read, for errors."""

    def __init__(self, part: Slice, max_bytes: int) -> None:
        self._part = part
        self._source = part.file.name
        self._max_bytes = max_bytes
        self._at = part.start

    def read(self, *, raise_io_errors: bool) -> Iterator[Read]:
        """The bodies, and what could not be read."""
        try:
            with self._part.file.open() as stream:
                yield from self._all(stream) if self._part.end is None else self._range(stream)
        except _BROKEN as error:
            if raise_io_errors and getattr(error, "errno", None) is not None:
                raise  # the operating system failed; what gzip finds wrong is an OSError without a number
            yield self._unreadable(_reason(error))

    def is_lines(self) -> bool:
        """Whether the file holds a body a line and is not packed, so that it can be cut."""
        try:
            with self._part.file.open() as stream:
                return not _packing(stream) and not _is_avro(stream) and self._has_lines(stream, [])
        except _BROKEN:
            return False

    def _unreadable(self, reason: str) -> Unreadable:
        return Unreadable(self._source, self._at, reason)

    def _all(self, stream: io.BufferedReader) -> Iterator[Read]:
        for _ in range(_LAYERS):
            stream = _unpacked(stream)
        if _is_avro(stream):
            yield from self._records(stream)
            return
        head: list[bytes] = []
        if self._has_lines(stream, head):
            yield from self._lines(stream, head, None)
        else:
            yield from self._whole(stream, head)

    def _range(self, stream: io.BufferedReader) -> Iterator[Read]:
        if self._at:
            # The line that the byte before the range is in belongs to the range before.
            stream.seek(self._at - 1)
            self._at += self._rest_of_line(stream) - 1
        yield from self._lines(stream, [], self._part.end)

    def _rest_of_line(self, stream: io.BufferedReader) -> int:
        size = 0
        while piece := stream.readline(self._max_bytes):
            size += len(piece)
            if piece.endswith(b"\n"):
                break
        return size

    def _has_lines(self, stream: io.BufferedReader, head: list[bytes]) -> bool:
        """Whether a stream holds a body a line; lines that were read to find out are added to `head`."""
        if unpacked(self._source).endswith((".jsonl", ".ndjson")):
            return True
        found: list[bytes] = []
        while line := stream.readline(self._max_bytes + _END):
            head.append(line)
            if text := _stripped(line):
                found.append(text)
            if len(found) == 2:
                first, second = found
                return (first[:1], first[-1:]) in _ENDS and second[:1] == first[:1]
            if sum(map(len, head)) > self._max_bytes:
                break
        return False

    def _lines(self, stream: io.BufferedReader, head: list[bytes], end: int | None) -> Iterator[Read]:
        pending = iter(head)
        while end is None or self._at < end:
            line = next(pending, b"") or stream.readline(self._max_bytes + _END)
            if not line:
                return
            size = len(line)
            if size > self._max_bytes and not line.endswith(b"\n"):
                size += self._rest_of_line(stream)
            text = _stripped(line)
            if size > self._max_bytes + _END or len(text) > self._max_bytes:
                yield self._unreadable(f"a line of more than {self._max_bytes} bytes")
            elif text:
                yield from self._item(text)
            self._at += size

    def _whole(self, stream: io.BufferedReader, head: list[bytes]) -> Iterator[Read]:
        room = self._max_bytes + 1 - sum(map(len, head))
        data = b"".join([*head, stream.read(max(room, 0))])
        if len(data) > self._max_bytes:
            yield self._unreadable(f"a file of more than {self._max_bytes} bytes that is not JSON Lines")
        elif not data.strip():
            yield self._unreadable("an empty file")
        else:
            for index, item in enumerate(self._item(data)):
                yield item._replace(position=index) if index else item

    def _records(self, stream: io.BufferedReader) -> Iterator[Read]:
        try:
            for record in fastavro.reader(cast("Any", stream)):
                try:
                    body = body_of(record)
                except (DecodeError, ArgumentTypeError) as error:
                    yield self._unreadable(getattr(error, "reason", None) or "a record of Avro that is no message")
                else:
                    yield from self._message(body, cast("Mapping[str, Any]", record))
                self._at += 1
        except _BROKEN:
            raise
        except Exception:  # noqa: BLE001 - of a damaged file, fastavro raises what its code happens to meet
            yield self._unreadable("the Avro file is damaged or cut")

    def _message(self, body: bytes, record: Mapping[str, Any]) -> Iterator[Read]:
        if len(body) > self._max_bytes:
            yield self._unreadable(f"a message of more than {self._max_bytes} bytes")
            return
        is_cut = _says_cut(record)
        for item in self._item(body):
            yield item._replace(size_exceeded=True) if is_cut and isinstance(item, Body) else item

    def _item(self, data: bytes) -> Iterator[Read]:
        if _is_bare(data):
            yield Body(data, self._source, self._at)
            return
        try:
            bodies = unwrap(data)
        except DecodeError as error:
            yield self._unreadable(str(error))
            return
        for body in bodies:
            yield Body(body, self._source, self._at)


_END = 2
"""The most bytes that end a line."""
_ENDS = {(b"{", b"}"), (b'"', b'"')}
_BOM = b"\xef\xbb\xbf"
_WHITE = WHITE.encode()


def _stripped(line: bytes) -> bytes:
    return line.removeprefix(_BOM).strip(_WHITE)


class _Marks(Struct):
    """Members by which a context is known, as in `wrappings`: whichever an object has, it is bare."""

    BusinessUnitId: msgspec.Raw = msgspec.Raw()
    InputParameters: msgspec.Raw = msgspec.Raw()
    MessageName: msgspec.Raw = msgspec.Raw()
    OrganizationId: msgspec.Raw = msgspec.Raw()
    PrimaryEntityName: msgspec.Raw = msgspec.Raw()


_marks = msgspec.json.Decoder(_Marks).decode
_NONE = _Marks()


def _is_bare(data: bytes) -> bool:
    """Whether JSON is certainly a context with nothing around it: `unwrap` finds out too, in ten times the time."""
    if data.startswith(b'{"BusinessUnitId":'):  # servers write this member first
        return True
    if not data.startswith(b"{"):
        return False
    try:
        return _marks(data) != _NONE
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False


def _says_cut(record: Mapping[str, Any]) -> bool:
    names = record.get("Properties") or ()
    # To compare names as forwarders may have changed them takes longer than to read the event.
    return any("exceeded" in str(name).lower() for name in names) and any(
        map(is_set, Properties(record).ending("MessageMaxSizeExceeded"))
    )


def _packing(stream: io.BufferedReader) -> bytes:
    head = stream.peek(4)[:4]
    if head.startswith(_GZIP):
        return _GZIP
    return _ZSTD if head == _ZSTD or head[1:] == _SKIPPABLE else b""


def _unpacked(stream: io.BufferedReader) -> io.BufferedReader:
    packing = _packing(stream)
    if not packing:
        return stream
    inner: Any = gzip.GzipFile(fileobj=stream) if packing is _GZIP else zstd.ZstdFile(stream)
    return io.BufferedReader(inner, 1 << 20)


def _is_avro(stream: io.BufferedReader) -> bool:
    return stream.peek(4)[:4] == _AVRO


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the file is damaged, cut, or closed"


def _length(part: Slice) -> int:
    if part.end is not None:
        return part.end - part.start
    try:
        return part.file.size()
    except OSError:
        return 0


def _pieces(part: Slice, size: int, max_bytes: int) -> Iterator[tuple[Slice, int]]:
    """A slice, cut into pieces of at most `size` bytes where that can be, each with its length."""
    length = _length(part)
    if length <= size or (part.end is None and not _Reader(part, max_bytes).is_lines()):
        yield part, length
        return
    end = part.start + length
    for at in range(part.start, end, size):
        yield Slice(part.file, at, min(at + size, end)), min(size, end - at)
