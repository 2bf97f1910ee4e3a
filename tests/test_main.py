"""The room `__main__`: the command line runs, or says how to get it."""

from __future__ import annotations

import errno
import runpy
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_context import __main__ as room

from .command_line import EXAMPLE, EXAMPLES


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("cds_context.cli.", "cds_context.__main__"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    main = runpy.run_module("cds_context.__main__")["main"]
    with pytest.raises(SystemExit, match="2"):
        main()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (
        "",
        'the command line comes with an extra: pip install "cds-context[cli]"\n',
    )


def test_without_the_extra_a_closed_stream_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "_run", None)
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit, match="2"):
        room.main()
    sys.stderr.close()
    assert capsys.readouterr().out == ""


def test_with_the_extra_it_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["cds-context", "--version"])
    with pytest.raises(SystemExit) as end:
        room.main()
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("cds-context ")


@contextmanager
def closed_streams() -> Generator[None]:
    """The standard streams as Python has them when they were closed by whoever began it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, name, None)
        yield
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.close()


def test_closed_streams_stop_no_command_that_does_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_run", lambda: sys.stderr.write("lost"))
    with closed_streams():
        room.main()


def read_input() -> object:
    return sys.stdin.buffer.read()


def write_output() -> object:
    return sys.stdout.write("not lost")


@pytest.mark.parametrize("needs", [read_input, write_output])
def test_a_command_that_needs_a_closed_stream_fails(
    monkeypatch: pytest.MonkeyPatch, needs: Callable[[], object]
) -> None:
    monkeypatch.setattr(room, "_run", needs)
    with closed_streams(), pytest.raises(SystemExit, match="1"):
        room.main()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "cds-context: cannot write: no space left on device\n"),
        (
            OSError(errno.EBADF, "Bad file descriptor"),
            1,
            "cds-context: standard output is closed, so nothing was written\n",
        ),
        (OSError(), 1, "cds-context: cannot write: oserror\n"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, ""),
    ],
    ids=["full", "closed", "unknown", "unread"],
)
def test_output_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: OSError,
    code: int,
    said: str,
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(room, "_run", fail)
    with (tmp_path / "out").open("w", encoding="utf-8") as out, (tmp_path / "err").open("w", encoding="utf-8") as err:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as end:
            room.main()
        out.write("what was still buffered")
    assert (end.value.code, (tmp_path / "err").read_text("utf-8"), (tmp_path / "out").read_bytes()) == (code, said, b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["show", EXAMPLE],
        ["validate", EXAMPLE],
        ["plain", EXAMPLE],
        ["diff", EXAMPLE, EXAMPLES / "update.json"],
        ["redact", EXAMPLE],
        ["format", EXAMPLE],
        ["schema"],
        ["schema", "--help"],
    ],
    ids=lambda arguments: " ".join(str(argument) for argument in arguments[:1]),
)
def test_no_command_loses_its_output(monkeypatch: pytest.MonkeyPatch, arguments: list[str | Path]) -> None:
    monkeypatch.setattr(sys, "argv", ["cds-context", *map(str, arguments)])
    with closed_streams(), pytest.raises(SystemExit, match="1"):
        room.main()
