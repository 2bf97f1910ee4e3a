"""The command `validate`, and `cli.findings`, which it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cds_context.testing import examples, garble

from ..bodies import ALL_MISSING
from ..command_line import run

GOOD = examples()["update"]
WARNED = examples()["update-too-large"]
TOLD = json.dumps(json.loads(GOOD), indent=1).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where `error.json`, `good.json`, `info.json` and `warning.json` are."""
    for name, body in {"error": b"{}", "good": GOOD, "info": TOLD, "warning": WARNED}.items():
        (tmp_path / f"{name}.json").write_bytes(body)
    return tmp_path


def test_each_body_has_a_line_and_its_findings_under_it(folder: Path) -> None:
    result = run("validate", folder, folder / "none.json")
    lines = result.stdout.splitlines()
    assert [line.removeprefix(f"{folder}/") for line in lines if not line.startswith(" ")] == [
        "error.json error",
        "good.json ok",
        "info.json info",
        "warning.json warning",
        "none.json unreadable: no such file or directory",
        "5 checked, 1 unreadable, 1 error, 1 warning, 1 info, 1 ok",
    ]
    at = lines.index(f"{folder}/error.json error")
    assert lines[at + 1] == f"  CDS103 error: {ALL_MISSING}, at 1:1 $"
    assert lines[at + 2].startswith("    Check that it is the body")


@pytest.mark.parametrize(
    ("name", "severity", "code"),
    [
        ("error", "error", 1),
        ("good", "info", 0),
        ("info", "info", 1),
        ("info", "warning", 0),
        ("warning", "warning", 1),
        ("warning", "error", 0),
        ("none", "error", 1),
    ],
)
def test_the_exit_code_follows_the_severity(folder: Path, name: str, severity: str, code: int) -> None:
    assert run("validate", "--at-least", severity, folder / f"{name}.json").exit_code == code


def test_errors_alone_end_with_1_unless_something_else_is_asked_for(folder: Path) -> None:
    assert run("validate", folder / "warning.json").exit_code == 0
    assert run("validate", folder).exit_code == 1


def test_bodies_without_findings_can_be_left_out(folder: Path) -> None:
    result = run("validate", "--quiet", folder)
    assert "good.json" not in result.stdout
    assert "info.json info" in result.stdout
    assert result.stdout.endswith("4 checked, 1 error, 1 warning, 1 info, 1 ok\n")


def test_machines_get_a_line_for_each_body(folder: Path) -> None:
    result = run("validate", "--json", folder, folder / "none.json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(Path(line["file"]).stem, line["ok"], line["problem"]) for line in lines] == [
        ("error", False, None),
        ("good", True, None),
        ("info", True, None),
        ("warning", True, None),
        ("none", False, "no such file or directory"),
    ]
    assert lines[1]["findings"] == lines[4]["findings"] == []
    (finding,) = lines[0]["findings"]
    assert finding.pop("advice")
    assert finding == {
        "code": "CDS103",
        "severity": "error",
        "message": ALL_MISSING,
        "path": "$",
        "line": 1,
        "column": 1,
    }


def test_the_text_is_repaired_first_if_that_is_asked_for() -> None:
    assert "CDS202" in run("validate", stdin=garble(GOOD)).stdout
    assert run("validate", "--repair-text", stdin=garble(GOOD)).stdout == "<stdin> ok\n1 checked, 1 ok\n"


def test_nothing_to_validate_is_nothing_wrong(tmp_path: Path) -> None:
    result = run("validate", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "0 checked\n")


def test_no_file_is_taken_for_a_terminal_that_shows_a_bar(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.json").write_bytes(GOOD)
    result = run("validate", tmp_path, FORCE_COLOR="1", COLUMNS="1000", TERM="xterm-256color")
    assert result.stderr == ""
    assert result.stdout.count(".json ") == 30
