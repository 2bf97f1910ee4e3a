"""What all tests stand on: they pass or fail alike however deep the runner's stack is, and however it was started."""

from __future__ import annotations

import ast
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from . import processes
from .batches import each
from .conftest import judged
from .processes import PIPE, printed, run, started
from .stack import room_for

TESTS = Path(__file__).parent

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


def test_no_test_starts_a_process_by_itself() -> None:
    for path in TESTS.rglob("*.py"):
        if path.name == "processes.py" or "parts" in path.parts:
            continue
        imports = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Import)]
        assert "subprocess" not in {alias.name for node in imports for alias in node.names}, path.name


def room() -> int:
    """How many functions can be called in each other from here."""
    try:
        return 1 + room()
    except RecursionError:
        return 1


@pytest.mark.parametrize("deep", [0, 1, 200])
def test_the_stack_has_the_room_that_was_asked_for(deep: int) -> None:
    def below(frames: int) -> int:
        if frames:
            return below(frames - 1)
        with room_for(500):
            return room()

    # Interpreters differ by a frame or two in what they count.
    assert 490 <= below(deep) <= 510


def test_a_test_finds_the_same_stack_however_deep_the_runner_is() -> None:
    assert 880 <= room() <= 910


@pytest.fixture(name="ignoring")
def ignored_interrupts() -> Generator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


WAIT = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(3600)"]


@posix
def test_a_child_can_be_interrupted_though_the_runner_cannot(ignoring: None) -> None:
    with started(WAIT, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate()[1]
    assert process.returncode == -signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_child_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError), started(WAIT, stdout=PIPE) as process:
        raise ZeroDivisionError
    assert process.returncode


def read(process: processes.Process) -> object:
    return process.stdout and process.stdout.read()


def wait(process: processes.Process) -> object:
    return process.wait()


@pytest.mark.parametrize("how", [read, wait])
def test_no_wait_for_a_child_is_without_end(
    how: Callable[[processes.Process], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    with pytest.raises(AssertionError, match="did not come to an end"), started(WAIT, stdout=PIPE) as process:
        how(process)


@posix
def test_what_a_child_started_ends_too() -> None:
    # The grandchild holds the pipe open: were it left alive, this would read without end.
    nested = f"import subprocess; subprocess.Popen({WAIT!r}); print('first', flush=True)"
    with started([sys.executable, "-c", nested], stdout=PIPE) as process:
        assert process.stdout
        assert {process.stdout.readline(), process.stdout.readline()} == {b"first\n", b"up\n"}
        process.wait()
        processes.end(process)
        assert process.stdout.read() == b""


def test_a_child_has_no_input_but_what_it_is_given() -> None:
    code = "import sys; print(sys.stdin.read())"
    assert printed([sys.executable, "-c", code]) == "\n"
    assert printed([sys.executable, "-c", code], given=b"abc") == "abc\n"


def test_a_child_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(AssertionError, match="broken"):
        printed([sys.executable, "-c", "raise SystemExit('broken')"])
    assert run([sys.executable, "-c", "raise SystemExit(3)"]).returncode == 3


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Skipped: missing: chromium and chromedriver", "failed"),
        ("Skipped: could not import 'flask': No module named 'flask'", "failed"),
        ("Skipped: Windows has other signals", "skipped"),
    ],
)
def test_what_is_missing_is_a_failure_with_ci_set(reason: str, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def report() -> pytest.TestReport:
        return pytest.TestReport("test", ("file", 1, "test"), {}, "skipped", ("file", 1, reason), "setup")

    monkeypatch.setenv("CI", "true")
    assert judged(report()).outcome == outcome
    monkeypatch.delenv("CI")
    assert judged(report()).outcome == "skipped"


def test_each_case_runs_though_others_fail() -> None:
    seen: list[int] = []

    @each("number", range(250))
    def test(number: int, spare: str) -> None:
        seen.append(number)
        assert number != 7
        if number == 9:
            pytest.fail(spare)

    (cases,) = (mark.args[1] for mark in test.pytestmark if mark.name == "parametrize")
    with pytest.raises(AssertionError, match=r"(?s)2 of 100 cases failed:\n7: AssertionError.*\n9: Failed: why"):
        test(cases[0], spare="why")
    for batch in cases[1:]:
        test(batch, spare="")
    assert seen == [*range(250)]
