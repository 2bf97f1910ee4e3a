"""The room `tools.worker`: questions in, answers out."""

from __future__ import annotations

import signal
import sys
from datetime import datetime, timezone
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from cds_context import encode_context, parse_context
from cds_context.testing import examples, update
from cds_context.tools import Post, worker
from cds_context.tools.processes import read_frame, write_frame
from cds_context.tools.questions import Overview, Question, ReadBody, Reading, Redact, ShowPost, SumUp
from cds_context.tools.worker import answer

BODY = examples()["update"]
HALF = encode_context(update("contact", after={"fullname": "half \ud800"}, message_name="\ud800"))
POST = Post(
    number=1,
    received_on=datetime(2026, 3, 2, tzinfo=timezone.utc),
    path="/",
    query="",
    headers={"a": "b"},
    body=BODY,
    status=200,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [(ReadBody(HALF), Reading), (SumUp(HALF), Overview), (ShowPost(POST), bytes), (Redact(BODY), bytes)],
    ids=lambda value: type(value).__name__,
)
def test_a_question_is_answered_through_a_pipe(question: Question, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []
    monkeypatch.setattr(worker, "limit_time", limits.append)
    asked, answered = BytesIO(), BytesIO()
    for _ in range(2):
        write_frame(asked, msgspec.msgpack.encode(question))
    asked.seek(0)
    worker.serve(asked, answered)
    assert limits == [worker.SECONDS, 0, worker.SECONDS, 0]
    answered.seek(0)
    first, second = read_frame(answered), read_frame(answered)
    for content in (first, second):
        assert content is not None
        assert isinstance(msgspec.msgpack.decode(content, type=kind), kind)


def test_the_process_answers_from_standard_input_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "limit_memory", lambda: None)
    answered = BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO()))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=answered))
    worker.main()
    assert answered.getvalue() == b""


@pytest.mark.parametrize(("most", "expected"), [(-1, worker.MEMORY), (1_000, 1_000)])
def test_memory_is_limited(monkeypatch: pytest.MonkeyPatch, most: int, expected: int) -> None:
    limits: list[Any] = []

    def getrlimit(_: int) -> tuple[int, int]:
        return most, most

    def setrlimit(*limit: Any) -> None:
        limits.append(limit)

    fake = SimpleNamespace(RLIMIT_AS=9, RLIM_INFINITY=-1, getrlimit=getrlimit, setrlimit=setrlimit)
    monkeypatch.setattr(worker, "resource", fake)
    worker.limit_memory()
    assert limits == [(9, (expected, most))]


def test_a_system_without_limits_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "resource", None)
    monkeypatch.delattr(signal, "setitimer", raising=False)
    worker.limit_memory()
    worker.limit_time(1)


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[Any] = []

    def setitimer(*limit: Any) -> None:
        limits.append(limit)

    monkeypatch.setattr(signal, "ITIMER_PROF", "processor", raising=False)
    monkeypatch.setattr(signal, "setitimer", setitimer, raising=False)
    worker.limit_time(3)
    assert limits == [("processor", 3)]


def test_a_body_is_read() -> None:
    assert answer(ReadBody(BODY)) == Reading(message="Update", table="contact")
    assert answer(ReadBody(HALF)) == Reading(message="\\ud800", table="contact")


@pytest.mark.parametrize(
    ("body", "read", "shown"),
    [
        (
            BODY.replace(b'"Depth":1,', b""),
            "the member `Depth` is missing - at `$`",
            "the member `Depth` is missing - at `$`",
        ),
        (b'{"a":1', "malformed JSON: ", "the text ends where `,` or `}` should follow - at `$`"),
        (b"\xff", "not UTF-8, at byte 0 - at `$`", "not UTF-8, at byte 0 - at `$`"),
    ],
)
def test_a_fault_is_shown_as_validate_words_it(body: bytes, read: str, shown: str) -> None:
    reading = answer(ReadBody(body))
    assert isinstance(reading, Reading)
    assert reading.status == 400
    assert reading.problem.startswith(read)
    assert answer(SumUp(body)) == Overview(findings=1, problem=shown)


def test_all_that_is_missing_is_told() -> None:
    read = answer(ReadBody(b"{}"))
    assert isinstance(read, Reading)
    assert read.problem.endswith(" - at `$`")
    assert answer(SumUp(b"{}")) == Overview(findings=1, problem=read.problem)


def test_a_fault_is_not_long() -> None:
    read = answer(
        ReadBody(BODY.replace(b'"InputParameters":[', b'"InputParameters":[{"key":"%s","value":01},' % (b"k" * 9_000)))
    )
    assert isinstance(read, Reading)
    assert 0 < len(read.problem) <= 600


def test_a_body_is_redacted() -> None:
    redacted = answer(Redact(BODY))
    assert isinstance(redacted, bytes)
    assert "Amélie".encode() not in redacted
    assert parse_context(redacted).message_name == "Update"
    assert answer(Redact(b"{}")) == b""


def test_a_post_is_shown() -> None:
    shown = answer(ShowPost(POST))
    assert isinstance(shown, bytes)
    assert "Amélie Brandt".encode() in shown
