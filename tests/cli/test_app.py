"""The room `cli.app`: the commands are there, explain themselves, and say what was not understood."""

from __future__ import annotations

import errno
import re
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest

from ..command_line import EXAMPLE, run

COMMANDS = ["show", "validate", "plain", "diff", "redact", "format", "complete", "schema", "table", "send", "listen"]


def test_help_names_every_command_and_the_exit_codes() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert re.findall(r"^│ (\w+) ", result.stdout, re.MULTILINE) == COMMANDS
    codes = result.stdout.partition("Exit codes:")[2].partition("╭")[0]
    assert re.findall(r"\d+", codes) == ["0", "1", "2", "130", "141"]


def test_the_page_of_the_command_line_names_every_command() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
    table = page.partition("| Command | Does |")[2].partition("\n\n")[0]
    named = [name for cell in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"\w+", cell)]
    assert named == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples(command: str) -> None:
    result = run(command, "-h")
    assert result.exit_code == 0
    assert "For example:" in result.stdout
    assert f"    cds-context {command} " in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_lines_of_help_break_only_where_the_terminal_ends(command: str) -> None:
    prose = run(command, "-h", COLUMNS="200").stdout.partition("For example:")[0]
    assert all(not before.strip() or not after.strip() for before, after in pairwise(prose.splitlines()))


@pytest.mark.parametrize("command", COMMANDS)
def test_no_example_is_broken_on_a_terminal_of_80_columns(command: str) -> None:
    lines = run(command, "-h", COLUMNS="80").stdout.partition("For example:")[2].partition("╭")[0].split("\n")
    assert all(line.startswith("     ") for line in lines if line.strip())


def test_version() -> None:
    assert run("--version").stdout == f"cds-context {version('cds-context')}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["shew"], ["show", "--nope"], ["diff", "one"], ["plain", "--form", "xml"], ["format", "--indent", "x"]],
)
def test_what_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_completion_can_be_installed() -> None:
    assert "--install-completion" in run("--help", COLUMNS="100").stdout


def test_a_reader_that_is_gone_is_told_by_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("cds_context.cli.terminal.Screen.show", closed)
    result = run("show", EXAMPLE)
    assert (result.exit_code, result.output) == (141, "")
