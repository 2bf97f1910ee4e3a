"""SIGINT and SIGTERM for commands that run long: the first one asks for an end, the second one is the end.

How it works: after the first signal the system itself ends the process at the next one, and Python is not asked. So
nothing that hangs can hold a command, such as a terminal that takes no more text, or a name that is being looked up.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread, current_thread, main_thread

GRACE = 5.0
"""Seconds for an orderly end."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Whether an end was asked for."""

    def __init__(self) -> None:
        self._is_asked_for = False

    def ask(self) -> None:
        """Ask for it."""
        self._is_asked_for = True

    def is_asked_for(self) -> bool:
        """Whether it was; no attribute, which type checkers would not take for something that changes meanwhile."""
        return self._is_asked_for


@contextmanager
def ended_by_signals() -> Generator[Ending]:
    """Tell whether a signal came while the block runs, also one that was ignored before. For the main thread.

    The block ends in its own time after the first, but for what hangs: after `GRACE` seconds the process ends itself.
    """
    ending = Ending()
    news: SimpleQueue[bool] = SimpleQueue()

    def take_note(*_: object) -> None:
        ending.ask()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        news.put(item=False)

    # A thread that a handler of signals starts may wait for a lock that the interrupted code holds; it runs before.
    watch = Thread(target=_end_what_hangs, args=[news], name="end what hangs", daemon=True)
    watch.start()
    before = {number: signal.signal(number, take_note) or signal.SIG_DFL for number in _SIGNALS}
    try:
        yield ending
    finally:
        news.put(item=True)
        watch.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_what_hangs(news: SimpleQueue[bool]) -> None:
    """End the process if the block is not left soon after an end was asked for. The news are whether it is left."""
    try:
        is_left = news.get()
        while not is_left:
            is_left = news.get(timeout=GRACE)
    except Empty:
        os._exit(1)


@contextmanager
def at_once() -> Generator[None]:
    """Have SIGINT end the process while the block runs, for code that leaves nothing behind.

    An exception could get lost where modules are loaded, or leave a lock behind that nobody opens again. In a thread
    other than the main thread, which alone can handle signals, nothing changes.
    """
    with _interrupt(signal.SIG_DFL):
        yield


@contextmanager
def interrupted_once() -> Generator[None]:
    """Have the first SIGINT interrupt the block, and the second one end the process. Threads are as in `at_once`."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    with _interrupt(interrupt):
        yield


@contextmanager
def _interrupt(handler: Callable[..., object] | signal.Handlers) -> Generator[None]:
    before = signal.getsignal(signal.SIGINT)
    # An interrupt that is ignored, or that somebody else handles, is left alone.
    if before not in {signal.default_int_handler, signal.SIG_DFL} or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
