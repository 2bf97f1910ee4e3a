"""The room `testing.files`: bodies in files, yours and the examples that the package ships."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from cds_context import ArgumentError, Finding, Severity, encode_context, parse_context
from cds_context.event.messages import MESSAGES
from cds_context.testing import examples, find_faulty, garble, update

from ..shipped_examples import EXAMPLES

GOOD = encode_context(update("contact", after={"fullname": "Amélie"}))
BAD = GOOD[:100]


def codes(faulty: Mapping[str, tuple[Finding, ...]]) -> dict[str, list[str]]:
    return {name: [finding.code for finding in findings] for name, findings in faulty.items()}


def test_good_bodies_are_not_faulty(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_bytes(GOOD)
    assert not find_faulty(tmp_path)
    assert not find_faulty(str(tmp_path))


def test_faulty_bodies_are_told_by_their_path_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "good.json").write_bytes(GOOD)
    (tmp_path / "sub" / "bad.json").write_bytes(BAD)
    (tmp_path / "garbled.json").write_bytes(garble(GOOD))
    (tmp_path / "notes.txt").write_bytes(BAD)
    (tmp_path / "folder.json").mkdir()
    assert codes(find_faulty(tmp_path)) == {"garbled.json": ["CDS202"], "sub/bad.json": ["CDS102"]}


def test_in_json_lines_by_the_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b"\r\n".join([GOOD, b"", BAD, GOOD, b" " + BAD, b""]))
    assert codes(find_faulty(tmp_path)) == {"events.jsonl:3": ["CDS102"], "events.jsonl:5": ["CDS102"]}


def test_what_counts_is_the_callers_choice(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(garble(GOOD) + b"\n")
    assert codes(find_faulty(tmp_path)) == {"a.json": ["CDS202"]}
    assert codes(find_faulty(tmp_path, at_least=Severity.INFO)) == {"a.json": ["CDS202", "CDS301"]}
    assert codes(find_faulty(tmp_path, at_least=Severity.INFO, ignore={"CDS202"})) == {"a.json": ["CDS301"]}
    assert not find_faulty(tmp_path, at_least=Severity.ERROR)
    assert not find_faulty(tmp_path, ignore=["CDS202"])


def test_the_pattern_says_which_files(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(BAD)
    (tmp_path / "good.json").write_bytes(GOOD)
    assert codes(find_faulty(tmp_path, pattern="*.txt")) == {"bad.txt": ["CDS102"]}


def test_a_folder_without_bodies_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no file matches"):
        find_faulty(tmp_path)
    with pytest.raises(ArgumentError, match="no file matches"):
        find_faulty(tmp_path / "nowhere")


def test_files_are_left_as_they_are(tmp_path: Path) -> None:
    for name, body in examples().items():
        (tmp_path / f"{name}.json").write_bytes(body)
    assert codes(find_faulty(tmp_path)) == {"update-too-large.json": ["CDS201"]}
    assert {path.stem: path.read_bytes() for path in tmp_path.iterdir()} == examples()


def test_examples_are_current() -> None:
    # If this fails: python -m tests.shipped_examples
    assert examples() == {name: encode_context(context) for name, context in sorted(EXAMPLES.items())}
    assert list(examples()) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_comes_back_as_it_was_built(name: str) -> None:
    assert parse_context(examples()[name]) == EXAMPLES[name]
    assert encode_context(parse_context(examples()[name], parse_float=Decimal)) == examples()[name]


def test_there_is_one_for_every_message() -> None:
    assert {context.message_name for context in EXAMPLES.values()} >= MESSAGES.keys()
