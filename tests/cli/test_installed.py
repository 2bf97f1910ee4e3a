"""The command as it is installed: beside this interpreter, or where CDS_CONTEXT_COMMAND says (`.ci/installed`).

What only a process of its own shows: pipes, signals, terminals, names of files that are no text.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from cds_context.testing import examples

from .. import processes
from ..command_line import EXAMPLE, EXAMPLES
from ..processes import DEVNULL, PIPE, started

COMMAND = os.environ.get("CDS_CONTEXT_COMMAND") or str(Path(sys.executable).with_name("cds-context"))

posix = pytest.mark.skipif(sys.platform == "win32", reason="what is tested is POSIX's")


# Not the C library's, in which readline, which pytest loads, leaves the size of a terminal.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "FORCE_COLOR", "NO_COLOR"}}


def run(
    *arguments: str | bytes | Path, stdin: int = DEVNULL, given: bytes | None = None, **environment: str
) -> processes.Completed:
    return processes.run([COMMAND, *arguments], env=ENVIRONMENT | environment, given=given, stdin=stdin)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--version"], 0, b"cds-context "),
        (["show", EXAMPLE], 0, b"Update of contact\n"),
        (["validate", EXAMPLES], 0, b"46 checked, 1 warning, 1 info, 44 ok"),
        (["plain", "--lines", EXAMPLE], 0, b'"emailaddress1": "amelie.brandt@example.com"'),
        (["plain", "--form", "rows", "--lines", EXAMPLE], 0, b'"column": "emailaddress1"'),
        (["plain", "--form", "webapi", "--lines", EXAMPLE], 0, b'"_parentcustomerid_value"'),
        (["schema"], 0, b"https://json-schema.org/draft/2020-12/schema"),
        (["diff", EXAMPLE, EXAMPLES / "update.json"], 1, b'input_parameters["Target"]'),
        (["redact", EXAMPLE], 0, b'"MessageName":"Update"'),
        (["format", EXAMPLE], 0, EXAMPLE.read_bytes()),
        (["nonsense"], 2, b""),
    ],
)
def test_each_command_runs(arguments: list[str | Path], code: int, said: bytes) -> None:
    result = run(*arguments)
    assert result.returncode == code
    assert said in result.stdout.replace(b"\r\n", b"\n")


@pytest.mark.skipif("CDS_CONTEXT_COMMAND" in os.environ, reason="the command is another interpreter's")
def test_the_module_runs_the_same() -> None:
    command: list[str | Path] = [sys.executable, "-m", "cds_context", "show", EXAMPLE]
    module = processes.run(command, env=ENVIRONMENT)
    assert module.stdout == run("show", EXAMPLE).stdout


def test_a_pipe_of_bodies_is_read() -> None:
    lines = b"\n".join(examples().values())
    result = run("plain", "--lines", "-", given=lines)
    assert result.stdout.count(b"\n") == len(examples())


outputs = pytest.mark.parametrize(
    "arguments", [["--help"], ["show", EXAMPLE], ["plain", EXAMPLE]], ids=lambda arguments: arguments[0]
)
"""One for each way to print: help is typer's, text for people is rich's, JSON is bytes."""


def redirected(how: str, *arguments: str | Path, **environment: str) -> tuple[int, bytes]:
    """How the command ends in a shell that redirects its streams so, and what it prints on standard error."""
    done = processes.run(
        ["sh", "-c", f'"$@" {how}', "sh", COMMAND, *arguments],
        env=ENVIRONMENT | environment,
    )
    return done.returncode, done.stderr


@posix
@pytest.mark.parametrize(("command", "colour"), [("show", ""), ("show", "1"), ("validate", ""), ("plain", "")])
def test_a_reader_that_stops_early_is_no_fault_of_a_body(command: str, colour: str) -> None:
    # More than a pipe holds, so that the command is writing when the reader goes.
    arguments: list[str | Path] = [COMMAND, command, *[EXAMPLES] * 20]
    with started(arguments, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT | {"FORCE_COLOR": colour}) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


@posix
@outputs
def test_closed_output_is_told(arguments: list[str | Path]) -> None:
    assert redirected(">&-", *arguments) == (1, b"cds-context: standard output is closed, so nothing was written\n")


@posix
def test_closed_output_is_no_matter_for_who_writes_files(tmp_path: Path) -> None:
    assert redirected(">&-", "format", "--output", tmp_path, EXAMPLE) == (0, b"")
    assert (tmp_path / EXAMPLE.name).read_bytes() == EXAMPLE.read_bytes()


@posix
def test_closed_input_is_told() -> None:
    assert redirected("<&-", "plain") == (1, b"<stdin> unreadable: it is closed\n")


@posix
def test_closed_complaints_are_no_matter() -> None:
    assert redirected("2>&-", "plain", EXAMPLE)[0] == 0
    assert redirected("2>&- >&- <&-", "plain", EXAMPLE)[0] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@outputs
def test_a_full_disk_is_told(arguments: list[str | Path]) -> None:
    assert redirected(">/dev/full", *arguments) == (1, b"cds-context: cannot write: no space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_complaints_that_cannot_be_written_end_without_a_traceback() -> None:
    assert redirected("2>/dev/full", "show", "missing.json") == (1, b"")


@posix
def test_an_interrupt_is_no_error() -> None:
    source, sink = os.pipe()
    with (
        os.fdopen(source) as stdin,
        os.fdopen(sink, "wb", buffering=0) as bodies,
        started([COMMAND, "format", "-"], stdin=stdin, stdout=PIPE, stderr=PIPE) as process,
    ):
        assert process.stdout
        bodies.write((EXAMPLE.read_bytes() + b"\n") * 2)
        assert process.stdout.readline()  # it is up, and waits for more
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == b""
        assert process.returncode == 130


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_a_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\x1b[31m.json"
    Path(os.fsdecode(name)).write_bytes(EXAMPLE.read_bytes())
    result = run("validate", name, name + b"x")
    assert result.stdout.startswith(os.fsencode(tmp_path) + rb"/\udcff\u001b[31m.json ok")
    assert b"Traceback" not in result.stderr
    assert run("show", name + b"x").stderr.endswith(
        rb"/\udcff\u001b[31m.jsonx unreadable: no such file or directory" + b"\n"
    )


@posix
def test_a_locale_without_unicode_is_no_matter() -> None:
    result = run("show", EXAMPLE, LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"")
    assert rb"Am\xe9lie" in result.stdout


@posix
@pytest.mark.parametrize("command", ["show", "validate", "plain"])
def test_a_terminal_gets_colour_and_no_commands_from_a_payload(tmp_path: Path, command: str) -> None:
    body = tmp_path / "x.json"
    title = b'"new_source\\u001b]0;evil\x9b'.replace(b"\x9b", "\x9b\x7f\u202e".encode())
    body.write_bytes(EXAMPLE.read_bytes().replace(b'"new_source', title))
    ours, theirs = os.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "100"}
    with started([COMMAND, command, body], stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        printed = _all(ours).decode()
    assert "\x1b]" not in printed
    assert not re.search("[\x7f-\x9f\u202e]", printed)
    if command in {"show", "validate"}:
        assert "\x1b[" in printed
    if command != "validate":
        assert "\\u009b\\u007f\\u202e" in printed


def _all(terminal: int) -> bytes:
    """Everything up to the end, which Linux tells as an error."""
    printed = b""
    try:
        while chunk := os.read(terminal, 65536):
            printed += chunk
    except OSError:
        pass
    os.close(terminal)
    return printed


@posix
def test_many_files_are_counted_on_a_terminal() -> None:
    ours, theirs = os.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "100"}
    with started([COMMAND, "validate", EXAMPLES], stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        assert b"46/46" in _all(ours)


@posix
def test_somebody_at_a_terminal_is_told_to_name_a_file() -> None:
    ours, theirs = os.openpty()
    result = run("show", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert result.returncode == 2
    assert b"name a file" in result.stderr
