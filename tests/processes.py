"""Processes that tests start: with the signals of a fresh shell, a bound on every wait, and an end whatever happens.

A child inherits what its parent ignores: a script ignores SIGINT for what it starts in the background, `nohup` SIGHUP.
A test that interrupts a child would then wait for ever. Tests start children here and nowhere else.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Timer
from typing import IO, Any, TypeAlias

import pytest

from .patience import PATIENCE

Command: TypeAlias = Sequence[str | bytes | Path]
Stream: TypeAlias = int | IO[Any]
Process: TypeAlias = subprocess.Popen[bytes]
Completed: TypeAlias = subprocess.CompletedProcess[bytes]

PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL

are_allowed = True
"""False for `--quick`, which skips a test when it comes to start a process."""


def run(
    command: Command,
    *,
    given: bytes | None = None,
    stdin: Stream = DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Completed:
    """What a command prints and ends with; it reads what it is given, or else finds the end of its input."""
    source = stdin if given is None else PIPE
    with started(command, stdin=source, stdout=PIPE, stderr=PIPE, cwd=cwd, env=env) as process:
        out, err = process.communicate(given)
    return Completed(command, process.returncode, out, err)


def printed(command: Command, *, given: bytes | None = None, cwd: Path | None = None) -> str:
    """The text that a command prints; it must end well."""
    done = run(command, given=given, cwd=cwd)
    assert done.returncode == 0, done.stderr.decode()
    return text(done.stdout)


def text(output: bytes) -> str:
    """What was printed, with the line ends of Python."""
    return output.decode().replace("\r\n", "\n")


@contextmanager
def started(
    command: Command,
    *,
    stdin: Stream = DEVNULL,
    stdout: Stream = DEVNULL,
    stderr: Stream = DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Generator[Process]:
    """A process that runs while the block does. It is killed after that, or out of patience, with all that it started.

    So no wait for it in the block is without a bound: reading what it prints comes to an end when it is killed.
    """
    if not are_allowed:
        pytest.skip("starts a process")
    with _default_signals():
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=env,
            start_new_session=True,  # which makes it the leader of a group, so that all of it can be killed
        )
    is_late = Event()

    def lose_patience() -> None:
        is_late.set()
        end(process)

    timer = Timer(PATIENCE, lose_patience)
    timer.daemon = True
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        end(process)
        process.wait()
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):  # what was not yet written to a process that is gone
                stream.close()
        assert not is_late.is_set(), f"{command} did not come to an end in {PATIENCE:g} s"


def end(process: Process) -> None:
    """Kill a process and what it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):  # it is gone
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _pass(number: int, frame: object) -> None:
    pass


@contextmanager
def _default_signals() -> Generator[None]:
    """Handle what is ignored: to a child, handlers are not passed on, and what is ignored is.

    Python itself ignores two signals, which `subprocess` restores.
    """
    found = [number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN]
    ignored = [number for number in found if signal.Signals(number).name not in {"SIGPIPE", "SIGXFSZ"}]
    try:
        for number in ignored:
            signal.signal(number, _pass)
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
