"""The room `__main__`: the command line runs, or says how to get it."""

from __future__ import annotations

import errno
import runpy
import sys
from pathlib import Path

import pytest

from cds_context import __main__ as room


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
        "the command line comes with an extra: pip install 'cds-context[cli]'\n",
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


def test_a_stream_that_is_closed_is_the_null_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        with sys.stdin, sys.stdout, sys.stderr:
            assert sys.stdin.buffer.read() == b""
            sys.stdout.buffer.write(b"lost")
            sys.stderr.write("lost")

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    monkeypatch.setattr(room, "_run", run)
    room.main()


def test_a_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "_run", fail)
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit, match="1"):
            room.main()
        out.write("lost")
    assert capfd.readouterr().err == "cds-context: No space left on device\n"
    assert (tmp_path / "out").read_bytes() == b""
