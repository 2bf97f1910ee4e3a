"""The room `tables.files`: folders, patterns, addresses and file objects, and what cannot be opened."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from cds_context.errors import ArgumentError, ArgumentTypeError
from cds_context.tables.bodies import Body, Unreadable
from cds_context.tables.files import RemoteFile
from cds_context.tables.sources import read_bodies
from cds_context.testing import examples

ONE, TWO = [*examples().values()][:2]
LINES = ONE + b"\n" + TWO + b"\n"


def _fill(folder: Path) -> None:
    for name in (
        "b.json",
        "a/2.XML",
        "a/1.json.gz",
        "c.txt",
        ".h.json",
        "_delta_log/0.json",
        "z.jsonl.zst",
        ".a/1.json",
    ):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(ONE)


def sources(*arguments: str | Path) -> list[str]:
    return [item.source for item in read_bodies(*arguments)]


def test_a_folder_is_its_files_by_name(tmp_path: Path) -> None:
    _fill(tmp_path)
    names = ["a/1.json.gz", "a/2.XML", "b.json", "z.jsonl.zst"]
    assert sources(tmp_path) == [str(tmp_path / name) for name in names]


def test_a_pattern_is_what_matches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert sources("*.json") == ["b.json"]
    assert sources("**/*.json.gz", "c.txt", "./b.json") == [str(Path("a", "1.json.gz")), "c.txt", "./b.json"]
    assert sources("[ab]") == [str(Path("a", "1.json.gz")), str(Path("a", "2.XML"))]
    (tmp_path / "[ab]").write_bytes(ONE)
    assert sources("[ab]") == ["[ab]"]
    assert [*read_bodies("*.nothing")] == [Unreadable("*.nothing", 0, "no such file or directory")]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    listed = os.listdir

    def refuse(folder: str) -> list[str]:
        if folder.endswith("a"):
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "listdir", refuse)
    first, *others = read_bodies(tmp_path)
    assert first == Unreadable(str(tmp_path / "a"), 0, "permission denied")
    assert len(others) == 2
    assert read_bodies(tmp_path / "none").version()[0][3] == ""
    assert [place[3] != "" for place in read_bodies(tmp_path).version()] == [False, True, True]
    assert [len([*part]) for part in read_bodies(tmp_path).split(len(ONE))] == [2, 1]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(ONE)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(sources(tmp_path)) == 1


@pytest.mark.parametrize("source", [b"a.json", 7, None, io.StringIO("{}"), [b"{}"]])
def test_other_things_are_no_sources(source: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=f"found {type(source).__name__}$"):
        read_bodies(source)


def test_a_file_object_is_read_from_where_it_stands_and_left_open(tmp_path: Path) -> None:
    file = io.BytesIO(b"head" + LINES)
    file.seek(4)
    bodies = read_bodies(file)
    for _ in range(2):
        assert [*bodies] == [Body(ONE, "<file>", 0), Body(TWO, "<file>", len(ONE) + 1)]
    # Two passes side by side do not disturb each other.
    assert all(one == two for one, two in zip(bodies, bodies, strict=True))
    assert [len([*part]) for part in bodies.split(1)] == [2]
    assert not file.closed
    file.close()
    assert [type(item) for item in bodies] == [Unreadable]
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    with path.open("rb") as opened:
        assert [item.source for item in read_bodies(opened)] == [str(path)] * 2


class Pipe:
    """What can be read once, and has no more than it needs."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._inner.read(min(size, 7))


@pytest.mark.parametrize("is_early", [True, False])
def test_a_pipe_is_read_once_and_refused_then(is_early: bool) -> None:
    bodies = read_bodies(cast("Any", Pipe(LINES)))
    first = iter(bodies)
    if not is_early:
        assert len([*first]) == 2
    with pytest.raises(ArgumentError, match="cannot go back"):
        iter(bodies)


class Broken(Pipe):
    def read(self, size: int) -> bytes:
        raise RuntimeError("a secret")


def test_what_a_file_object_raises_is_told_without_its_text() -> None:
    (only,) = read_bodies(cast("Any", Broken(b"")))
    assert only == Unreadable("<file>", 0, "input/output error")


fsspec: Any = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Any:
    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("lake/b.jsonl", "lake/a/1.json", "lake/_delta_log/0.json", "lake/.x.json", "lake/c.txt"):
        system.pipe(f"/{name}", LINES)
    yield system
    system.store.clear()


def test_addresses_are_folders_patterns_and_files(memory: Any) -> None:
    one, two = "memory:///lake/a/1.json", "memory:///lake/b.jsonl"
    for address in ("memory://lake", "memory://lake/"):
        assert sources(address) == [one, one, two, two]
    assert sources("memory://lake/*.jsonl") == [two] * 2
    assert sources("memory://lake/a/1.json") == [one] * 2
    whole = read_bodies("memory://lake", storage_options={"key": "secret"})
    assert whole.version() == read_bodies("memory://lake").version()
    before = whole.version()
    memory.pipe("/lake/b.jsonl", LINES + LINES)
    assert before != whole.version()
    assert [item for part in whole.split(len(ONE)) for item in part] == [*whole]
    assert "secret" not in repr(RemoteFile("memory://lake", {"key": "secret"}))


def test_an_address_without_a_file_is_told(memory: Any) -> None:
    for address in ("memory://none.json", "memory://none/*.json"):
        (only,) = read_bodies(address)
        assert isinstance(only, Unreadable)
        assert only.reason == "no such file or directory"
        assert len(read_bodies(address).split(1)) == 1
        assert read_bodies(address).version()[0][3] == ""


def test_what_a_file_system_raises_is_told_without_its_text(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    whole = read_bodies("memory://lake/b.jsonl")
    with monkeypatch.context() as patched:
        patched.setattr(memory.__class__, "open", fail)
        assert (
            [[*part] for part in whole.split(1)]
            == [[*whole]]
            == [[Unreadable("memory:///lake/b.jsonl", 0, "input/output error")]]
        )
    monkeypatch.setattr(memory.__class__, "isdir", fail)
    assert [*read_bodies("memory://lake")] == [Unreadable("memory://lake", 0, "input/output error")]


def test_an_address_needs_fsspec_and_a_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="fsspec cannot open"):
        read_bodies("nowhere://a.json")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ArgumentError, match="pip install fsspec"):
        read_bodies("memory://a.json")
