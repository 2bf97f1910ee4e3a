"""The answers to questions about a body. All of it may take long, and so it runs in a process of its own.

Knows no processes.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import asdict, replace

from cds_context import CdsContextError, DecodeError, encode_context, parse_context, redact, validate

from ..display.summaries import cut, summarize
from .details import detail_of
from .questions import Overview, Question, ReadBody, Reading, ShowPost, SumUp
from .templates import printable, render


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
    return Reading(message=printable(cut(context.message_name)), table=printable(cut(context.primary_entity_name)))


def _sum_up(body: bytes) -> Overview:
    report = validate(body)
    if report.context is None:
        fault = report.findings[0]
        problem = f"{fault.message} - at `{fault.path}`" if fault.path else fault.message
        return Overview(findings=len(report.findings), problem=_problem(problem))
    line = summarize(report.context)
    texts = {name: printable(text) for name, text in asdict(line).items() if isinstance(text, str)}
    return Overview(replace(line, **texts), len(report.findings))


def _problem(text: str) -> str:
    return printable(cut(text, 600))  # which holds the names of all members that can be missing


def _redact(body: bytes) -> bytes:
    try:
        return encode_context(redact(parse_context(body, parse_float=Decimal)))
    except CdsContextError:
        return b""
