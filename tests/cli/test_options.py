"""The room `cli.options`: what commands have in common, seen through one of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import typer

from cds_context import Report, change_rows, encode_context, json_schema, parse_context, redact, tools, validate
from cds_context.cli.diff import differences
from cds_context.cli.options import named
from cds_context.testing import complete, examples, garble, server_request

from ..command_line import EXAMPLE, EXAMPLES, run


def test_files_are_taken_in_their_order() -> None:
    result = run("plain", "--lines", EXAMPLES / "update.json", EXAMPLES / "assign.json")
    assert [line.partition('"message_name": ')[2][:9] for line in result.stdout.splitlines()] == [
        '"Update",',
        '"Assign",',
    ]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read_if_it_is_named_or_nothing_is(arguments: list[str]) -> None:
    result = run("format", *arguments, stdin=EXAMPLE.read_bytes())
    assert (result.exit_code, result.stdout_bytes) == (0, EXAMPLE.read_bytes() + b"\n")


@pytest.mark.parametrize("command", ["show", "validate", "plain", "redact", "format", "diff", "send"])
def test_standard_input_is_not_read_twice(command: str) -> None:
    result = run(command, "-", "-", *["http://localhost"] * (command == "send"), stdin=EXAMPLE.read_bytes())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "can be read once" in result.stderr


def test_nobody_is_waited_for_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda: True}))
    with pytest.raises(typer.BadParameter, match="name a file"):
        named([])
    assert named(["-"]) == ["-"]


def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    bad, missing = tmp_path / "bad.json", tmp_path / "missing.json"
    bad.write_bytes(b"{}")
    result = run("format", bad, EXAMPLE, missing, EXAMPLE)
    assert result.exit_code == 1
    assert result.stdout_bytes == (EXAMPLE.read_bytes() + b"\n") * 2
    lines = result.stderr.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        f"{bad} error",
        f"{missing} unreadable: no such file or directory",
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00" * 9, b"", b"[" * 100_000, b'"\xd8', b"\x1b]0;x\x07"])
def test_content_that_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    for command in ("show", "plain", "format", "redact", "validate"):
        result = run(command, tmp_path / "x.json")
        assert result.exit_code == 1
        assert "\x1b" not in result.output
        assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"a":', b"[1", b"\xff", examples()["update"].replace(b"Depth", b"Death")]
)
def test_every_command_words_a_fault_as_validate_does(body: bytes) -> None:
    said = run("validate", stdin=body).stdout.removesuffix("1 checked, 1 error\n")
    assert said.startswith("<stdin> error\n  CDS10")
    for command in ("show", "plain", "redact", "format"):
        result = run(command, stdin=body)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
    assert run("diff", "-", EXAMPLE, stdin=body).stderr == said


def test_examples_are_shown_by_name() -> None:
    assert run("show", "update").stdout.startswith("update\nUpdate of contact\n")


def test_a_line_is_told_by_its_number() -> None:
    result = run("format", "-", stdin=EXAMPLE.read_bytes() + b"\n{}\n")
    assert result.stderr.startswith("<stdin>:2 error\n  CDS103 error: ")
    assert result.stdout_bytes == EXAMPLE.read_bytes() + b"\n"


def test_garbled_text_is_repaired_if_that_is_asked_for() -> None:
    body = examples()["update"]
    for command in ("show", "plain"):
        assert "Amélie" not in run(command, stdin=garble(body)).stdout
        assert "Amélie" in run(command, "--repair-text", stdin=garble(body)).stdout
    assert run("format", "--repair-text", stdin=garble(body)).stdout_bytes == body + b"\n"


CALLS: dict[str, list[Callable[..., Any]]] = {
    "show": [parse_context],
    "validate": [validate, Report.at_least],
    "plain": [parse_context, change_rows],
    "diff": [parse_context, differences],
    "redact": [parse_context, redact, encode_context],
    "format": [parse_context, encode_context],
    "complete": [complete, encode_context],
    "schema": [json_schema],
    "table": [tools.write_table],
    "send": [tools.send],
    "listen": [tools.listening, tools.Answers, server_request],
}
"""What each command calls: the options of the one are the parameters of the other."""
OWN = {
    "show": {"redact", "full"},
    "validate": {"at_least", "json", "quiet"},  # `at_least` is the method and not its parameter
    "plain": {"form", "lines"},
    "diff": {"json"},
    "redact": {"output"},
    "format": {"output", "to"},
    "complete": {"output"},
    "listen": {"replay"},
}
"""Options of the commands alone: which of several functions is called, and where its result goes."""


@pytest.mark.parametrize("command", CALLS)
def test_an_option_has_the_name_that_it_has_in_python(command: str) -> None:
    said = run(command, "--help", COLUMNS="200").stdout.partition("╭─ Options")[2]
    options = {name.replace("-", "_") for name in re.findall(r"^│ +--([a-z-]+)", said, re.MULTILINE)}
    assert "help" in options
    parameters = {name for call in CALLS[command] for name in signature(call).parameters}
    # An option that can be given several times names one of what the parameter takes.
    one_of_them = {name.removesuffix("es") for name in parameters} | {name.removesuffix("s") for name in parameters}
    assert options - {"help"} - parameters - one_of_them == OWN.get(command, set())
