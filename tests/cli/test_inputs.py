"""The room `cli.inputs`: every way to name bodies gives them, and a file that cannot be read is told, not raised."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_context.cli.inputs import Input, Origin, origins, read
from cds_context.testing import examples


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test is run: a folder with these files."""
    names = ("b.json", "a.JSON", "lines.jsonl", "notes.txt", ".hidden.json", "deep/er/c.ndjson", "deep/d.xml")
    for name in (*names, ".git/d.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paths(*arguments: str) -> list[str]:
    return [origin.path.replace(os.sep, "/") for origin in origins(arguments)]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("b.json", ["b.json"]),
        ("./b.json", ["./b.json"]),
        ("notes.txt", ["notes.txt"]),
        ("missing.json", ["missing.json"]),
        ("-", ["-"]),
        (".", ["./a.JSON", "./b.json", "./deep/d.xml", "./deep/er/c.ndjson", "./lines.jsonl"]),
        ("deep", ["deep/d.xml", "deep/er/c.ndjson"]),
        ("*.json", ["b.json"]),
        ("de*", ["deep/d.xml", "deep/er/c.ndjson"]),
        ("**/*.ndjson", ["deep/er/c.ndjson"]),
        ("none-*.json", ["none-*.json"]),
        ("missing", ["missing"]),
    ],
)
def test_an_argument_names_files(folder: Path, argument: str, expected: list[str]) -> None:
    assert paths(argument) == expected


def test_what_names_no_file_may_name_a_shipped_example(folder: Path) -> None:
    assert list(origins(["update", "deep/update", "update.json", "up*", "updat"])) == [
        Origin("update", shipped=examples()["update"]),
        *(Origin(path) for path in ("deep/update", "update.json", "up*", "updat")),
    ]
    assert list(read(Origin("update", shipped=b"{}"))) == [Input("update", b"{}", is_shipped=True)]
    (folder / "update").mkdir()
    (folder / "update" / "own.json").write_bytes(b"{}")
    assert paths("update") == ["update/own.json"]


def test_arguments_keep_their_order(folder: Path) -> None:
    assert paths("notes.txt", "deep", "b.json") == ["notes.txt", "deep/d.xml", "deep/er/c.ndjson", "b.json"]


def test_a_file_whose_name_is_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "x[1].json").write_bytes(b"")
    assert paths("x[1].json") == ["x[1].json"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_to_folders_inside_a_folder_are_not_followed(folder: Path) -> None:
    (folder / "deep" / "loop").symlink_to(folder, target_is_directory=True)
    assert paths("deep") == ["deep/d.xml", "deep/er/c.ndjson"]


def test_a_folder_that_cannot_be_listed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert list(origins(["deep"])) == [Origin("deep", "permission denied")]
    assert list(read(Origin("deep", "permission denied"))) == [Input("deep", problem="permission denied")]


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    assert list(read(Origin("missing.json"))) == [Input("missing.json", problem="no such file or directory")]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(), "oserror"),
        (OSError(errno.EIO, "Input/output error"), "input/output error"),
        (OSError(errno.EBADF, "Bad file descriptor"), "it is closed"),
    ],
)
def test_an_error_is_told_in_words_or_by_its_kind(monkeypatch: pytest.MonkeyPatch, error: OSError, told: str) -> None:
    class Broken(io.BytesIO):
        def __iter__(self) -> Iterator[bytes]:
            raise error

    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": Broken()}))
    assert list(read(Origin("-"))) == [Input("-", problem=told)]


ONE, TWO = b'{"a":1}', b'{"b":2}'
WRAPPED = b'"{}"'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.json", ONE, [Input("x.json", ONE)]),
        ("x.json", ONE + b"\n", [Input("x.json", ONE + b"\n")]),
        ("x.json", b"\n" + ONE + b"\n\n", [Input("x.json", b"\n" + ONE + b"\n\n")]),
        ("x.json", b'{\n"a": 1\n}', [Input("x.json", b'{\n"a": 1\n}')]),
        ("x.json", b'{"a": {}\n,"b":1}', [Input("x.json", b'{"a": {}\n,"b":1}')]),
        ("x.json", b"", [Input("x.json", b"")]),
        ("x.json", ONE + b"\n" + TWO, [Input("x.json", ONE, 1), Input("x.json", TWO, 2)]),
        ("x.log", b"\n" + ONE + b"\r\n\n" + TWO + b"\n", [Input("x.log", ONE, 2), Input("x.log", TWO, 4)]),
        ("x", b"\xef\xbb\xbf" + ONE + b"\n" + TWO, [Input("x", b"\xef\xbb\xbf" + ONE, 1), Input("x", TWO, 2)]),
        ("x", WRAPPED + b"\n" + WRAPPED, [Input("x", WRAPPED, 1), Input("x", WRAPPED, 2)]),
        ("x.jsonl", ONE, [Input("x.jsonl", ONE, 1)]),
        ("x.NDJSON", b"{\n\noops\n", [Input("x.NDJSON", b"{", 1), Input("x.NDJSON", b"oops", 3)]),
        ("x.jsonl", b"", []),
    ],
)
def test_a_file_holds_one_body_or_one_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, expected: list[Input]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    assert list(read(Origin(name))) == expected


def test_lines_are_given_before_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = os.pipe()
    with os.fdopen(source, "rb") as stdin, os.fdopen(sink, "wb", buffering=0) as out:
        monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": stdin}))
        bodies = read(Origin("-"))
        out.write(ONE + b"\n" + TWO + b"\n")
        assert [next(bodies).body, next(bodies).body] == [ONE, TWO]


@pytest.mark.parametrize(
    ("given", "name", "file_name"),
    [
        (Input("a/b.json"), "a/b.json", "b.json"),
        (Input("a/b.jsonl", line=3), "a/b.jsonl:3", "b-3.json"),
        (Input("x", is_shipped=True), "x", "x.json"),
        (Input("-"), "<stdin>", "stdin.json"),
        (Input("-", line=12), "<stdin>:12", "stdin-12.json"),
    ],
)
def test_an_input_has_a_name_to_be_shown_and_one_for_a_file(given: Input, name: str, file_name: str) -> None:
    assert (given.name, given.file_name) == (name, file_name)
