"""The conformance files of XML and .NET Binary: bodies, their object graphs, and hostile bodies.

Reads `data/formats.tar.xz`, once; `data/README.md` says where the files come from. Graphs and JSON twins that the files
of the JSON set have as well are taken from there.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cds_context import DecodeError, RemoteExecutionContext
from cds_context.codec.building import build
from cds_context.codec.documents import READERS
from cds_context.codec.tolerant import TolerantReader
from cds_context.errors import Fault
from cds_context.wire.formats import Format, format_of

from . import conformance, graphs
from .conformance import Node

ARCHIVE = Path(__file__).parent / "data" / "formats.tar.xz"
TABLE = Path(__file__).parents[1] / "docs" / "formats.md"

FOLDERS = {"XML": "xml/{}.xml", ".NET Binary": "bin/{}.bin", ".NET Binary of .NET Core": "bin-core/{}.bin"}

_CUT = 200
"""What the platform's reader saw was written down up to this many characters."""
_SHORT = {b"b": b"\\u0008", b"f": b"\\u000c", b"n": b"\\u000a", b"r": b"\\u000d", b"t": b"\\u0009"}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_TICKS = 621355968000000000


class HostileBody(NamedTuple):
    """One hostile body, and what the platform's readers made of it."""

    name: str
    body: bytes
    verdicts: frozenset[str]
    """`accepts`, `rejects` or `HANGS`; of .NET Framework, and of .NET Core where it differs."""
    seen: list[Node]
    """Members that differ from the defaults; `ext` is the type of those that the reader does not know."""


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE, "r:xz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None, member.name
            files[member.name] = file.read()
    return files


@lru_cache(maxsize=1)
def names() -> list[str]:
    """The names of all events; each has a body in XML, and nearly each one in .NET Binary."""
    lines = _files()["index.tsv"].decode().rstrip("\n").split("\n")[1:]
    return [line.partition("\t")[0] for line in lines]


def bodies(name: str) -> dict[str, bytes]:
    """The bodies of an event, by format."""
    found = {form: _files().get(place.format(name)) for form, place in FOLDERS.items()}
    return {form: body for form, body in found.items() if body is not None}


def graph(name: str) -> list[Node]:
    """The object graph that the bodies were written from."""
    text = _files().get(f"graphs/{name}.canon")
    if text is None:
        return conformance.graph(name)
    return [Node(*line.split("\t")) for line in text.decode().rstrip("\n").split("\n")]


def twin(name: str) -> bytes | None:
    """The event in JSON, as servers spell it; None if it was not written in JSON."""
    body = conformance.serialized().get(name) or _files().get(f"json/{name}.json")
    # .NET Core wrote some of them, which escapes control characters in a shorter form than servers.
    return body and re.sub(rb"\\(.)", lambda match: _SHORT.get(match[1], match[0]), body)


@lru_cache(maxsize=1)
def hostile() -> list[HostileBody]:
    """The hostile bodies, by the order of their table."""
    found: list[HostileBody] = []
    for line in _files()["hostile.tsv"].decode().rstrip("\n").split("\n")[1:]:
        name, framework, core, seen = line.split("\t")
        nodes = conformance.seen_nodes(seen, _CUT) if framework == "accepts" else []
        verdicts = frozenset(filter(None, [framework, core]))
        found.append(HostileBody(name, _files()[f"hostile/{name}"], verdicts, nodes))
    return found


_SIZES = {0x88: 1, 0x8A: 2, 0x8C: 4, 0x8E: 8, 0x90: 4, 0x92: 8, 0x94: 16, 0x96: 8, 0xB4: 1}
_COUNTS = {0x98: 1, 0x9A: 2, 0x9C: 4, 0x9E: 1, 0xA0: 2, 0xA2: 4, 0xB6: 1, 0xB8: 2, 0xBA: 4}
_NAMES = {0x40: 1, 0x41: 2, 0x08: 1, 0x09: 2, 0x04: 1, 0x05: 2}


def records(body: bytes) -> list[bytes]:
    """The records of a body in .NET Binary. An odd one, which ends an element, is two, as if its end stood apart."""
    found: list[bytes] = []
    at = 0
    is_array = False
    while at < len(body):
        start, record = at, body[at]
        if record >= 0x80:
            at += 1
            at += _SIZES.get(record & 0xFE, 0)
            if count := _COUNTS.get(record & 0xFE):
                at += count + int.from_bytes(body[at : at + count], "little")
            found.append(bytes([record & 0xFE]) + body[start + 1 : at])
            found += [b"\x01"] * (record & 1)
            continue
        at += 1
        names = 0 if record in {0x01, 0x03} else _NAMES.get(record, 1)
        for _ in range(names):
            length, at = _length(body, at)
            at += length
        if record == 0x01 and is_array:  # the end of the item that stands for all, and behind it the values
            count, at = _length(body, at + 1)
            at += count * _SIZES[body[start + 1] & 0xFE]
        is_array = record == 0x03 or (is_array and record != 0x01)
        found.append(body[start:at])
    return found


def _length(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (body[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if body[at - 1] < 0x80:
            return number, at


def differences(context: object, nodes: list[Node], *, partial: bool = False) -> list[str]:
    """As `graphs.differences`, to the microsecond, and with local dates of servers in any zone."""
    return graphs.differences(context, nodes, partial=partial, scalars=_SCALARS)


def _is_moment(value: str, actual: object) -> bool:
    if not isinstance(actual, datetime) or actual.tzinfo is None:
        return False
    ticks, kind, _, *rest = value.split(" ")
    utc = actual.tzinfo is timezone.utc
    if kind == "Utc":
        return utc and _microseconds(actual) == _since(int(ticks))
    clock = actual.replace(tzinfo=timezone.utc)
    if kind == "Unspecified":
        return not utc and _microseconds(clock) == _since(int(ticks))
    # XML has the clock and the offset, .NET Binary the instant alone.
    instant = rest[0].removeprefix("utc=")[:26]
    return not utc and (
        _microseconds(clock) == _since(int(ticks))
        or _microseconds(actual) == _microseconds(datetime.fromisoformat(instant).replace(tzinfo=timezone.utc))
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _since(ticks: int) -> int:
    return (ticks - _EPOCH_TICKS) // 10


def _is_character(value: str, actual: object) -> bool:
    return bool(actual == json.loads(f'"{value}"'))


_SCALARS: Mapping[str, Any] = {**graphs.SCALARS, "DateTime": _is_moment, "Char": _is_character}


@cache
def _whole() -> dict[str, Any]:
    return _tree(bodies("context_minimal")["XML"])


def _tree(body: bytes) -> dict[str, Any]:
    form = format_of(body)
    if form is Format.JSON:
        raise Fault("neither XML nor .NET Binary")
    return build(READERS[form](body), keep_fractions=False).value


def read_cut(body: bytes) -> RemoteExecutionContext:
    """The context of a body of which all but a few members were cut; what it lacks is made up. Raises DecodeError."""
    try:
        return TolerantReader(float).context({**_whole(), **_tree(body)})
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path, fault.missing) from None


def verdict(case: HostileBody) -> str:
    """`accepts`, `rejects`, or `other value` where the platform accepts too and reads something else."""
    try:
        context = read_cut(case.body)
    except DecodeError:
        return "rejects"
    kept = [node.path.removeprefix("$.!") for node in case.seen if node.type == "ext"]
    seen = [node for node in case.seen if node.type != "ext"]
    same = all(name in context.unknown_members for name in kept) and not differences(context, seen, partial=True)
    return "accepts" if same else "other value"
