"""The room `cli.signals`: what signals do to a command."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from subprocess import TimeoutExpired
from threading import enumerate as enumerate_threads
from time import sleep

import pytest

from cds_context.cli import signals
from cds_context.cli.signals import at_once, ended_by_signals, interrupted_once
from cds_context.testing import examples
from cds_context.tools import send

from ..patience import PATIENCE
from ..processes import PIPE, Process, started, text

if sys.platform != "win32":
    import fcntl
    import termios

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


@pytest.fixture(name="exits", autouse=True)
def no_exit(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[int]:
    """What this process was to end with."""
    exits: SimpleQueue[int] = SimpleQueue()
    monkeypatch.setattr(os, "_exit", exits.put)
    return exits


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_is_the_systems(
    number: signal.Signals, exits: SimpleQueue[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "GRACE", PATIENCE)
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    with ended_by_signals() as ending:
        assert not ending.is_asked_for()
        signal.raise_signal(number)
        assert ending.is_asked_for()
        assert [signal.getsignal(each) for each in before] == [signal.SIG_DFL] * 2
    assert {each: signal.getsignal(each) for each in before} == before
    assert exits.empty()


def test_a_block_that_is_not_left_after_a_signal_is_the_end_of_the_process(
    exits: SimpleQueue[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "GRACE", 0.01)
    with ended_by_signals():
        signal.raise_signal(signal.SIGTERM)
        assert exits.get(timeout=PATIENCE) == 1


def test_without_a_signal_a_block_may_take_as_long_as_it_likes(
    exits: SimpleQueue[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "GRACE", 0.01)
    with ended_by_signals():
        sleep(0.1)
    assert exits.empty()
    assert "end what hangs" not in {thread.name for thread in enumerate_threads()}


def test_an_interrupt_that_was_ignored_is_not() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ended_by_signals() as ending:
            signal.raise_signal(signal.SIGINT)
            assert ending.is_asked_for()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_interrupts_and_the_second_is_the_systems() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interrupted_once():
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with at_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
            with interrupted_once(), pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with at_once(), interrupted_once():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_signals_stay_as_they_are() -> None:
    def inside() -> object:
        with at_once(), interrupted_once():
            return signal.getsignal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(inside).result() is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


_LOADS = """
import builtins, runpy, sys, time

load = builtins.__import__

def hanging(name, *arguments, **options):
    if name == "typer":
        print("ready", file=sys.stderr, flush=True)
        time.sleep(3600)
    return load(name, *arguments, **options)

builtins.__import__ = hanging
runpy.run_module("cds_context", run_name="__main__")
"""
_LISTENS = """
import contextlib, sys, time
from cds_context import tools
from cds_context.cli import signals

listen = tools.listening

@contextlib.contextmanager
def hanging(**options):
    with listen(**options) as inbox:
        print("ready", file=sys.stderr, flush=True)
        yield inbox
        time.sleep(3600)

tools.listening = hanging
signals.GRACE = {grace}
sys.argv = ["cds-context", "listen", "--port", "0"]
from cds_context.__main__ import main
main()
"""
_SENDS = """
import socket, sys, time

def hanging(*_, **__):
    print("ready", file=sys.stderr, flush=True)
    time.sleep(3600)

socket.getaddrinfo = hanging
sys.argv = ["cds-context", "send", "update", "http://host.example/"]
from cds_context.__main__ import main
main()
"""


@contextmanager
def running(code: str) -> Generator[Process]:
    """A command that says when it is ready."""
    with started([sys.executable, "-c", code], stdout=PIPE, stderr=PIPE) as process:
        assert process.stderr
        assert text(process.stderr.readline()) == "ready\n"
        yield process


def test_an_interrupt_while_libraries_load_prints_nothing() -> None:
    with running(_LOADS) as process:
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("code", [_LISTENS.format(grace=3600), _SENDS], ids=["listen", "send"])
def test_a_second_interrupt_ends_what_hangs(code: str) -> None:
    with running(code) as process:
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(TimeoutExpired):
                process.wait(0.1)
        assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_hangs_ends_itself_after_a_while(number: signal.Signals) -> None:
    with running(_LISTENS.format(grace=0.5)) as process:
        process.send_signal(number)
        assert process.wait() == 1


_SMALL = 4096
"""Bytes of the smallest pipe."""


def held(pipe: int) -> int:
    """The bytes that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pipes that can be made small")
def test_a_pipe_that_nobody_reads_cannot_hold_it() -> None:
    read, write = os.pipe()
    try:
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _SMALL)
        with started([sys.executable, "-m", "cds_context", "listen", "--port", "0"], stdout=write) as process:
            url = os.read(read, 1000).rpartition(b" ")[2].strip().decode()
            assert send([examples()["update"]], url, repeat=300)
            while held(read) < _SMALL - 100 and process.poll() is None:  # until no more lines fit in
                sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert process.wait() in {0, 1}  # by itself, if the last words still fit in
    finally:
        os.close(read)
        os.close(write)
