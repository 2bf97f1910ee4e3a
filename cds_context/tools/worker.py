"""The process in which a listener looks into bodies: questions in, answers out, and an end to what takes too much.

How it works: whatever may take long runs here, and so the process that answers posts and signals never waits for it.
Standard input has a frame for each question, standard output one for its answer, in MessagePack. A question that takes
more processor time or memory than there is for one ends the process, and the listener begins another one. The system
sees to that: no code that hangs can keep it from doing so, and no process stays behind when the listener is gone.
"""

from __future__ import annotations

import signal
import sys
from decimal import Decimal
from typing import BinaryIO

import msgspec
from msgspec.structs import asdict, replace

from cds_context import CdsContextError, DecodeError, encode_context, parse_context, redact, validate

from ..display.summaries import cut, summarize
from .details import as_meant, detail_of
from .processes import read_frame, write_frame
from .questions import Overview, Question, ReadBody, Reading, ShowPost, SumUp
from .templates import printable, render

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


def answer(question: Question) -> Reading | Overview | bytes:
    """Answer a question, however long it takes."""
    if isinstance(question, ReadBody):
        return _read(question.body)
    if isinstance(question, SumUp):
        return _sum_up(question.body)
    if isinstance(question, ShowPost):
        return render("detail.html", detail=detail_of(question.post)).encode()
    return _redact(question.body)


def _read(body: bytes) -> Reading:
    try:
        context = parse_context(body)
    except DecodeError as error:
        # In the words of the reader: a post waits for this answer, and `validate` has more to do.
        return Reading(error.status, _problem(str(error)))
    message, table = (printable(cut(name)) for name in (context.message_name, context.primary_entity_name))
    return Reading(message=message, table=table, mode=int(context.mode))


def _sum_up(body: bytes) -> Overview:
    report = validate(body)
    context, _ = as_meant(body, report)
    if context is None:
        fault = report.findings[0]
        problem = f"{fault.message} - at `{fault.path}`" if fault.path else fault.message
        return Overview(findings=len(report.findings), problem=_problem(problem))
    line = summarize(context)
    texts = {name: printable(text) for name, text in asdict(line).items() if isinstance(text, str)}
    return Overview(replace(line, **texts), len(report.findings))


def _problem(text: str) -> str:
    return printable(cut(text, 600))  # which holds the names of all members that can be missing


def _redact(body: bytes) -> bytes:
    try:
        return encode_context(redact(parse_context(body, parse_float=Decimal)))
    except CdsContextError:
        return b""
