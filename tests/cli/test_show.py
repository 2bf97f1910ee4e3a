"""The command `show`."""

from __future__ import annotations

from ..command_line import EXAMPLE, EXAMPLES, run


def test_a_body_is_shown_under_its_name() -> None:
    result = run("show", EXAMPLE)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [str(EXAMPLE), "Update of contact"]
    assert "  telephone1                  +49 30 555 0134" in result.stdout
    assert lines[-1] == ""


def test_every_body_of_a_folder_is_shown() -> None:
    result = run("show", EXAMPLES)
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line.startswith(str(EXAMPLES))] == [
        *map(str, sorted(EXAMPLES.iterdir()))
    ]


def test_what_is_shown_in_a_file_is_plain() -> None:
    assert "\x1b" not in run("show", EXAMPLE).stdout


def test_a_terminal_gets_colour_and_no_line_is_wider_than_it() -> None:
    shown = run("show", EXAMPLE, FORCE_COLOR="1", COLUMNS="70", TERM="xterm-256color").stdout
    assert "\x1b[1mUpdate of contact" in shown
    narrow = run("show", EXAMPLE, COLUMNS="70").stdout
    assert max(map(len, narrow.splitlines()[3:])) <= 70


def test_findings_stand_at_the_end() -> None:
    result = run("show", EXAMPLES / "update-too-large.json")
    assert result.exit_code == 0
    at = result.stdout.splitlines().index("findings")
    assert result.stdout.splitlines()[at + 1].startswith("  CDS201 warning: ")
    assert "findings" not in run("show", EXAMPLES / "update.json").stdout


def test_content_is_hidden_if_that_is_asked_for() -> None:
    shown = run("show", "--redact", EXAMPLE).stdout
    assert "emailaddress1" in shown
    assert "Brandt" not in shown
    assert "c9a1d5e4" not in shown


def test_long_text_is_shown_if_that_is_asked_for() -> None:
    body = EXAMPLE.read_bytes().replace(b"amelie.brandt@example.com", b"x" * 300)
    assert "x" * 300 not in run("show", stdin=body).stdout
    assert "x" * 300 in run("show", "--full", stdin=body).stdout
