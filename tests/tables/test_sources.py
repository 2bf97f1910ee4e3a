"""The room `tables.sources`: bodies out of files of every kind, each with its place, and nothing lost."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import fastavro
import pytest

from cds_context import parse_context
from cds_context.errors import ArgumentError
from cds_context.tables.bodies import Body, Unreadable
from cds_context.tables.sources import FileBodies, read_bodies
from cds_context.testing import examples, server_message, truncate, update

from .. import formats

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

write_avro = cast("Any", fastavro).writer

BODIES = [*examples().values()]
ONE, TWO, THREE = BODIES[:3]
LINES = b"\n".join(BODIES) + b"\n"


def offsets(lines: Iterable[bytes]) -> list[int]:
    at, found = 0, list[int]()
    for line in lines:
        found.append(at)
        at += len(line) + 1
    return found


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def data_of(bodies: FileBodies) -> list[bytes | str]:
    return [item.data for item in bodies if isinstance(item, Body)]


def reasons(bodies: FileBodies) -> list[tuple[int, str]]:
    return [(item.position, item.reason) for item in bodies if isinstance(item, Unreadable)]


def test_a_line_is_a_body_with_its_offset(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", LINES)
    assert [*read_bodies(path)] == [Body(body, str(path), at) for body, at in zip(BODIES, offsets(BODIES), strict=True)]


@pytest.mark.parametrize("name", ["a.json", "a", "a.JSONL", "a.ndjson"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
def test_lines_are_known_by_the_name_or_by_themselves(tmp_path: Path, name: str, end: bytes) -> None:
    path = written(tmp_path, name, b"\xef\xbb\xbf" + end.join(BODIES))
    assert data_of(read_bodies(path)) == BODIES
    assert data_of(read_bodies(path)) == BODIES


PACKINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress),
    (".zst", zstd.compress),
    # Writers that work in parallel begin with a frame to be skipped.
    (".zst", lambda data: b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zstd.compress(data)),
    (".gz", lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:])),
    (".zst", lambda data: zstd.compress(data[:999]) + zstd.compress(data[999:])),
    (".zst.gz", lambda data: gzip.compress(zstd.compress(data))),
]


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_packed_files_are_read_whatever_their_names(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    for name in (f"a.jsonl{suffix}", "b.json"):
        found = [*read_bodies(written(tmp_path, name, pack(LINES)))]
        assert [(item.data, item.position) for item in found if isinstance(item, Body)] == [
            *zip(BODIES, offsets(BODIES), strict=True)
        ]


def test_a_file_is_a_body_in_any_format(tmp_path: Path) -> None:
    members = json.loads(ONE)
    name = next(name for name in formats.names() if len(formats.bodies(name)) == 2)
    spelled = [
        ONE,
        json.dumps(members, indent=2).encode(),
        json.dumps(dict(reversed(members.items()))).encode(),
        *formats.bodies(name).values(),
    ]
    assert len(spelled) == 5
    for data in spelled:
        path = written(tmp_path, "a.bin", data)
        assert [*read_bodies(path)] == [Body(data, str(path), 0)]
        assert parse_context(data).message_name


def _array(bodies: list[bytes]) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


WRAPPED: dict[str, bytes] = {
    "array": _array([ONE, TWO]),
    "cloud events": _array([b'{"specversion":"1.0","data":' + body + b"}" for body in (ONE, TWO)]),
    "base64": base64.b64encode(_array([ONE, TWO])),
    "string": json.dumps(_array([ONE, TWO]).decode()).encode(),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrappings_are_taken_off(tmp_path: Path, name: str) -> None:
    whole = written(tmp_path, "a.json", WRAPPED[name])
    assert [*read_bodies(whole)] == [Body(ONE, str(whole), 0), Body(TWO, str(whole), 1)]
    lines = written(tmp_path, "a.jsonl", THREE + b"\n" + WRAPPED[name])
    at = len(THREE) + 1
    assert [*read_bodies(lines)] == [
        Body(THREE, str(lines), 0),
        Body(ONE, str(lines), at),
        Body(TWO, str(lines), at),
    ]


def test_every_broken_line_is_told_and_no_other_is_lost(tmp_path: Path) -> None:
    lines = [ONE, b"7", b'{"a":', b"\xff", TWO[:99], b'{"specversion":"1.0"}', b"[7]", THREE]
    path = written(tmp_path, "a.jsonl", b"\n".join(lines))
    found = [*read_bodies(path)]
    assert [item.position for item in found] == offsets(lines)
    # A line that begins as servers begin one is a body, which the parser judges.
    assert [type(item) for item in found] == [Body, *[Unreadable] * 3, Body, *[Unreadable] * 2, Body]
    assert found[3] == Unreadable(str(path), offsets(lines)[3], "not UTF-8, at byte 0 - at `$`")


def test_a_long_line_is_told_and_passed_over(tmp_path: Path) -> None:
    bound = max(map(len, BODIES))
    lines = [ONE, b"x" * bound, b" " * (3 * bound), TWO + b"\r", b"x" * (bound + 1), THREE, b"x" * (9 * bound)]
    path = written(tmp_path, "a.jsonl", b"\n".join(lines))
    bodies = read_bodies(path, max_bytes=bound)
    assert data_of(bodies) == [ONE, TWO, THREE]
    at = offsets(lines)
    long = f"a line of more than {bound} bytes"
    assert reasons(bodies)[1:] == [(at[2], long), (at[4], long), (at[6], long)]


def test_a_long_file_is_told(tmp_path: Path) -> None:
    written(tmp_path, "a.json", _array(BODIES))
    written(tmp_path, "b.json", b"{\n" + b" \n" * 5000)
    long = "a file of more than 4000 bytes that is not JSON Lines"
    assert reasons(read_bodies(tmp_path, max_bytes=4000)) == [(0, long), (0, long)]


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_an_empty_file_is_told_unless_its_name_says_lines(tmp_path: Path, data: bytes) -> None:
    written(tmp_path, "a.json", data)
    written(tmp_path, "b.jsonl", data)
    assert [*read_bodies(tmp_path)] == [Unreadable(str(tmp_path / "a.json"), 0, "an empty file")]


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS[:2])
def test_a_packed_file_that_is_cut_is_read_as_far_as_it_goes(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    noise = [json.dumps({"MessageName": os.urandom(700).hex()}).encode() for _ in range(2000)]
    packed = pack(b"\n".join(noise))
    path = written(tmp_path, f"a.jsonl{suffix}", packed[: len(packed) * 2 // 3])
    *good, last = read_bodies(path)
    assert good
    assert [item.data for item in good if isinstance(item, Body)] == noise[: len(good)]
    assert last == Unreadable(str(path), offsets(noise)[len(good)], "the file is damaged, cut, or closed")


@pytest.mark.parametrize("head", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"Obj\x01"])
def test_a_file_that_only_begins_like_a_packed_one_is_told(tmp_path: Path, head: bytes) -> None:
    path = written(tmp_path, "a.json", head + b"x" * 99)
    (only,) = read_bodies(path)
    assert isinstance(only, Unreadable)
    assert only.position == 0


VALUE = ["long", "double", "string", "bytes"]
CAPTURE: Any = {
    "type": "record",
    "name": "EventData",
    "fields": [
        {"name": "SequenceNumber", "type": "long"},
        {"name": "Properties", "type": {"type": "map", "values": [*VALUE, "null"]}},
        {"name": "Body", "type": ["null", "bytes"]},
    ],
}


def captured(*messages: Any) -> bytes:
    stream = io.BytesIO()
    rows = [
        {
            "SequenceNumber": number,
            "Properties": {name: str(value) for name, value in message.properties.items()},
            "Body": message.body,
        }
        for number, message in enumerate(messages)
    ]
    write_avro(stream, CAPTURE, rows, codec="deflate", sync_interval=2000)
    return stream.getvalue()


_CUT = server_message(truncate(update("account")))

MESSAGES = [
    server_message(update("contact")),
    _CUT._replace(properties={**_CUT.properties, "MessageMaxSizeExceeded": "True"}),
    server_message(update("lead"))._replace(body=cast("Any", None)),
    server_message(update("lead"))._replace(body=b"no event"),
    server_message(update("lead"))._replace(body=_array([ONE, TWO])),
    server_message(update("lead"))._replace(body=b"7" * 99_999),
]


def test_captured_messages_are_read_by_record(tmp_path: Path) -> None:
    path = written(tmp_path, "0.avro", captured(*MESSAGES))
    found = [*read_bodies(path, max_bytes=99_998)]
    assert [item.position for item in found] == [0, 1, 2, 3, 4, 4, 5]
    assert [getattr(item, "size_exceeded", None) for item in found] == [False, True, None, None, False, False, None]
    assert [getattr(item, "reason", None) for item in found if item.position in {2, 5}] == [
        "expected a message with bytes or text for its body, found nothing",
        "a message of more than 99998 bytes",
    ]
    assert [item.data for item in found if isinstance(item, Body)][2:] == [ONE, TWO]


def test_a_capture_that_is_cut_or_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = captured(*[server_message(update("contact"))] * 50)
    (tmp_path / "0.avro").write_bytes(data[: len(data) // 2])
    *good, last = read_bodies(tmp_path)
    assert isinstance(last, Unreadable)
    assert last.position == len(good) > 0
    for at in range(len(data) // 2, len(data), len(data) // 25):
        (tmp_path / "0.avro").write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        assert [*read_bodies(tmp_path)]


def test_records_of_avro_that_are_no_messages_are_told(tmp_path: Path) -> None:
    schema: Any = {"type": "record", "name": "A", "fields": [{"name": "a", "type": "long"}]}
    with (tmp_path / "a.avro").open("wb") as file:
        write_avro(file, schema, [{"a": 1}, {"a": 2}])
    assert reasons(read_bodies(tmp_path)) == [(at, "a record of Avro that is no message") for at in (0, 1)]
    data = (tmp_path / "a.avro").read_bytes()
    (tmp_path / "a.avro").write_bytes(data.replace(b"avro.schema", b"avro.schemb"))
    assert reasons(read_bodies(tmp_path)) == [(0, "the Avro file is damaged or cut")]


def test_bodies_can_be_read_again(tmp_path: Path) -> None:
    bodies = read_bodies(written(tmp_path, "a.jsonl", LINES))
    assert [*bodies] == [*bodies] != []


@pytest.mark.parametrize("size", [1, 999, 5000, len(LINES) // 2, len(LINES) + 1])
@pytest.mark.parametrize("text", [LINES, LINES.rstrip(), LINES.replace(b"\n", b"\r\n\r\n"), b"\n" * 99 + LINES])
def test_parts_together_are_the_whole(tmp_path: Path, size: int, text: bytes) -> None:
    written(tmp_path, "a.jsonl", text)
    written(tmp_path, "b.json", text)
    written(tmp_path, "c.jsonl.gz", gzip.compress(text))
    written(tmp_path, "d.json", ONE)
    written(tmp_path, "e.avro", captured(*MESSAGES))
    whole = read_bodies(tmp_path)
    parts = whole.split(max(size, 300))
    assert [item for part in parts for item in part] == [*whole]
    again: list[FileBodies] = pickle.loads(pickle.dumps(parts))
    assert [item for part in again for item in part] == [*whole]


def test_parts_of_a_part_are_parts(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", LINES)
    whole = read_bodies(path)
    halves = whole.split(len(LINES) // 2 + 1)
    assert len(halves) == 2
    assert [item for half in halves for part in half.split(500) for item in part] == [*whole]


def test_a_line_belongs_to_the_part_of_its_first_byte(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", ONE + b"\n" + TWO + b"\n")
    for size, expected in [
        (len(ONE), [[ONE], [TWO]]),
        (len(ONE) + 1, [[ONE], [TWO]]),
        (len(ONE) + 2, [[ONE, TWO], []]),
    ]:
        assert [data_of(part) for part in read_bodies(path).split(size)][:2] == expected


def test_small_files_share_a_part_and_packed_ones_stay_whole(tmp_path: Path) -> None:
    for number in range(10):
        written(tmp_path, f"{number}.json", ONE)
    written(tmp_path, "x.jsonl.gz", gzip.compress(LINES))
    written(tmp_path, "y.jsonl", b"")
    parts = read_bodies(tmp_path).split(len(ONE) * 4)
    assert [len([*part]) for part in parts][:3] == [4, 4, 2]
    assert sum(len([*part]) for part in parts) == 10 + len(BODIES)


def test_a_part_has_a_size_and_missing_files_are_in_one(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="at least one byte"):
        read_bodies(tmp_path).split(0)
    (part,) = read_bodies(tmp_path / "none.jsonl").split(9)
    assert reasons(part) == [(0, "no such file or directory")]


def test_a_part_of_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", LINES)
    parts = read_bodies(path).split(len(LINES) // 2)
    whole = read_bodies(path)
    path.unlink()
    assert [len(reasons(part)) for part in parts] == [1] * len(parts)
    path.mkdir()
    assert reasons(whole) == [(0, "is a directory")]
    assert len(whole.split(1)) == 1


def test_nothing_is_no_source() -> None:
    with pytest.raises(ArgumentError, match="at least one file"):
        read_bodies()


def test_reading_takes_one_line_of_memory(tmp_path: Path) -> None:
    import tracemalloc  # noqa: PLC0415 - it slows down whatever runs while it is on

    path = written(tmp_path, "a.jsonl.gz", gzip.compress(LINES * 60, 1))
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_bodies(path)) == 60 * len(BODIES)
        assert tracemalloc.get_traced_memory()[1] < len(LINES) * 30
    finally:
        tracemalloc.stop()


def test_a_job_that_tries_again_is_told_what_the_system_refuses(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", LINES)
    written(tmp_path, "b.jsonl.gz", gzip.compress(LINES)[:-9])
    written(tmp_path, "c.json", b"\x1f\x8b broken")
    damaged = read_bodies(tmp_path)
    demanding = read_bodies(tmp_path, raise_io_errors=True)
    assert len(reasons(damaged)) == 2
    assert [*demanding] == [*damaged]
    parts = demanding.split(len(LINES) // 2)
    path.unlink()
    for each in (demanding, parts[0], parts[1], read_bodies(path, raise_io_errors=True)):
        with pytest.raises(FileNotFoundError):
            list(each)
    assert len(reasons(damaged)) == 3
