"""The command `diff`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cds_context import encode_context
from cds_context.testing import update

from ..command_line import ESCAPED, ESCAPES, EXAMPLE, EXAMPLES, run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An update, and one with another order, another name and a mark."""
    old = update("contact", before={"a": None}, after={"a": 1, "b": ESCAPES}, shared_variables={"mark": None})
    new = update("contact", before={"a": None}, after={"b": "y", "a": 1})
    paths = (tmp_path / "old.json", tmp_path / "new.json")
    for path, context in zip(paths, (old, new), strict=True):
        path.write_bytes(encode_context(context))
    return paths


def test_a_body_does_not_differ_from_itself_in_another_spelling(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(run("format", "--indent", "4", EXAMPLE).stdout_bytes)
    result = run("diff", EXAMPLE, other)
    assert (result.exit_code, result.output) == (0, "")


def test_differences_are_a_table(files: tuple[Path, Path]) -> None:
    result = run("diff", *files)
    assert result.exit_code == 1
    title, *cells = (re.split(" {2,}", line) for line in result.stdout.splitlines())
    assert title == ["at", "old", "new"]
    assert ['input_parameters["Target"].attributes["b"]', ESCAPED, "y"] in cells
    assert ['shared_variables["mark"]', "null", "absent"] in cells
    assert len(cells) == 4


def test_differences_are_lines_for_machines(files: tuple[Path, Path]) -> None:
    result = run("diff", "--json", *files)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert {"path": 'shared_variables["mark"]', "old": None} in lines
    assert len(lines) == 4


def test_what_is_named_is_passed_over_and_order_counts_if_asked_for(files: tuple[Path, Path]) -> None:
    ignored = ("--ignore", "b", "--ignore", "shared_variables")
    assert run("diff", *ignored, *files).exit_code == 0
    result = run("diff", *ignored, "--order", "--json", *files)
    assert json.loads(result.stdout.splitlines()[0])["path"] == 'input_parameters["Target"].attributes'
    assert result.exit_code == 1


def test_one_side_can_be_standard_input() -> None:
    assert run("diff", EXAMPLE, "-", stdin=EXAMPLE.read_bytes()).exit_code == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, " unreadable: no such file or directory\n"),
        (b"{}", " error\n  CDS103 error: "),
        (b"{}\n{}\n", ": expected a file with one body\n"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    result = run("diff", EXAMPLE, path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{path}{problem}")


def test_a_folder_is_not_one_body() -> None:
    assert run("diff", EXAMPLE, EXAMPLES).exit_code == 2
