"""Work in another process that can be ended: a lane takes questions, one after the other. Knows no question.

How it works: a thread of the lane writes a question to the process and reads the answer, each in a frame: a length in
four bytes, and so many bytes. The process begins with the first question. It ends when a question takes too much, and
another one begins with the next question. A thread that waits for a pipe holds no lock of the interpreter, so however
long a question takes, it slows down nothing here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Timer
from typing import BinaryIO, TypeVar, cast

import msgspec

T = TypeVar("T")

BEGIN = "from cds_context.tools.worker import main; main()"
PATIENCE = 60.0
"""Seconds of a clock for one question, where the system does not end a process by its processor time."""

_PATHS = "import sys; sys.path[:] = sys.argv[1:]; "
"""The process finds what this one finds, and nothing in the folder in which it happens to begin."""


class Lane:
    """Answers questions in the order in which they come. Costs nothing before the first."""

    def __init__(self, name: str, *, code: str = BEGIN, patience: float = PATIENCE) -> None:
        self._code = code
        self._patience = patience
        self._process: _Process | None = None
        self._lock = Lock()
        self._is_closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"cds-context {name}")

    def ask(self, question: object, kind: type[T]) -> Future[T | None]:
        """The answer, of this type; None if the question takes too much, or if there is no process to be had."""
        with self._lock:
            if not self._is_closed:
                return self._thread.submit(self._ask, question, kind)
        return answered(None)

    def close(self) -> None:
        """End the process, whatever it does. What is asked and not answered yet is answered with None."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
        self._thread.shutdown()
        self._give_up()

    def _ask(self, question: object, kind: type[T]) -> T | None:
        answer = None
        with suppress(OSError):  # no process could begin, or it went away
            answer = self._alive().exchange(msgspec.msgpack.encode(question), self._patience)
        if answer is None:
            self._give_up()
            return None
        return msgspec.msgpack.decode(answer, type=kind)

    def _alive(self) -> _Process:
        """The process; a new one if there is none, or if somebody else has ended it."""
        if self._process is not None and not self._process.is_alive:
            self._give_up()
        with self._lock:
            if self._is_closed:
                raise OSError("closed")
            if self._process is None:
                self._process = _Process(self._code)
            return self._process

    def _give_up(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()


def answered(answer: T) -> Future[T]:
    """A future with its answer."""
    future: Future[T] = Future()
    future.set_result(answer)
    return future


class _Process:
    """Another interpreter, which gets no signals from the terminal and prints nothing."""

    def __init__(self, code: str) -> None:
        self._popen = subprocess.Popen(  # noqa: S603 - this interpreter, and code of this package
            [sys.executable, "-c", _PATHS + code, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Keys can come in our variables, and whoever looks into bodies needs none.
            env={name: value for name, value in os.environ.items() if not name.startswith("CDS_CONTEXT_")},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._questions = cast("BinaryIO", self._popen.stdin)
        self._answers = cast("BinaryIO", self._popen.stdout)

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def exchange(self, question: bytes, patience: float) -> bytes | None:
        """The answer to a question; None if the process ended. Raises OSError if it had ended before."""
        timer = Timer(patience, self.kill)
        timer.daemon = True
        timer.start()
        try:
            write_frame(self._questions, question)
            return read_frame(self._answers)
        finally:
            timer.cancel()

    def kill(self) -> None:
        self._popen.kill()

    def end(self) -> None:
        """End the process, and close the pipes to it."""
        self.kill()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # what was to be written is not
                pipe.close()
        self._popen.wait()


_HEAD = 4


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end, also if that is amid a frame."""
    head = stream.read(_HEAD)
    length = int.from_bytes(head, "big")
    content = stream.read(length) if len(head) == _HEAD else b""
    return content if len(head) == _HEAD and len(content) == length else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write a frame."""
    stream.write(len(content).to_bytes(_HEAD, "big"))
    stream.write(content)
    stream.flush()
