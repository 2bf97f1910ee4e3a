"""The process in which a listener looks into bodies: questions in, answers out, and an end to what takes too much.

How it works: whatever may take long runs here, and so the process that answers posts and signals never waits for it.
Standard input has a frame for each question, standard output one for its answer, in MessagePack. A question that takes
more processor time or memory than there is for one ends the process, and the listener begins another one. The system
sees to that: no code that hangs can keep it from doing so, and no process stays behind when the listener is gone.
"""

from __future__ import annotations

import signal
import sys
from typing import BinaryIO

import msgspec

from .frames import read_frame, write_frame
from .jobs import answer
from .questions import Question

try:
    import resource
except ImportError:  # pragma: no cover - on Windows, where the listener's own clock has to do
    resource = None  # type: ignore[assignment]

SECONDS = 10.0
"""Processor time for one question: a server's post takes hundredths of a second, the worst mebibyte some seconds."""
MEMORY = 512 * 1024 * 1024
"""Bytes of address space: the worst mebibyte takes a fifth of it."""


def main() -> None:
    """Answer until standard input ends."""
    limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)


def limit_memory() -> None:
    """Take no more than there is for a question, where the system can see to it."""
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question."""
    while (frame := read_frame(questions)) is not None:
        limit_time(SECONDS)
        made = msgspec.msgpack.encode(answer(_decode(frame)))
        limit_time(0)
        write_frame(answers, made)


def limit_time(seconds: float) -> None:
    """End this process once it has computed for so long, where the system can see to it; 0 is no limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


_decode = msgspec.msgpack.Decoder(Question).decode
