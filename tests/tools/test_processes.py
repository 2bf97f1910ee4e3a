"""The room `tools.processes`: questions for another process, whatever becomes of it."""

from __future__ import annotations

import sys
from concurrent.futures import wait
from io import BytesIO
from pathlib import Path

import pytest

from cds_context.testing import examples
from cds_context.tools.processes import Lane, read_frame, write_frame
from cds_context.tools.questions import Overview, ReadBody, Reading, SumUp

from ..patience import PATIENCE

BODY = examples()["update"]
WORKER = "from cds_context.tools import worker; "
HANGS = WORKER + "import re; worker.answer = lambda _: re.match('(a+)+$', 'a' * 99 + 'b'); "
"""A process whose answers take for ever, in C, and without letting go of the interpreter's lock."""


@pytest.mark.parametrize("content", [b"", b"a", b"a" * 100_000])
def test_a_frame_is_read_as_it_was_written(content: bytes) -> None:
    stream = BytesIO()
    write_frame(stream, content)
    write_frame(stream, b"next")
    stream.seek(0)
    assert [read_frame(stream), read_frame(stream), read_frame(stream)] == [content, b"next", None]


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_frame_that_breaks_off_is_none(cut: int) -> None:
    stream = BytesIO()
    write_frame(stream, b"abcd")
    assert read_frame(BytesIO(stream.getvalue()[:cut])) is None


def test_questions_are_answered_in_order() -> None:
    lane = Lane("test")
    read, summed = lane.ask(ReadBody(BODY), Reading), lane.ask(SumUp(BODY), Overview)
    overview = summed.result(PATIENCE)
    assert read.done()
    assert read.result() == Reading(message="Update", table="contact")
    assert overview is not None
    assert overview.summary is not None
    assert overview.summary.record == "Amélie Brandt"
    lane.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not end a process by its processor time")
def test_what_takes_too_much_time_has_no_answer() -> None:
    lane = Lane("test", code=HANGS + "worker.SECONDS = 0.2; worker.main()")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) is None
    lane.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_what_takes_too_much_memory_has_no_answer() -> None:
    lane = Lane("test", code=WORKER + "worker.answer = lambda _: bytes(2**40); worker.main()")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) is None
    lane.close()


def test_a_clock_ends_what_only_waits() -> None:
    lane = Lane(
        "test", code=WORKER + "import time; worker.answer = lambda _: time.sleep(3600); worker.main()", patience=1
    )
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) is None
    lane.close()


def test_another_process_answers_the_next_question(tmp_path: Path) -> None:
    once = f"import pathlib, os; mark = pathlib.Path({str(tmp_path / 'mark')!r}); "
    once += "mark.exists() or mark.touch() or os._exit(1); "
    lane = Lane("test", code=once + WORKER + "worker.main()")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) is None
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) == Reading(message="Update", table="contact")
    lane.close()


def test_a_process_that_somebody_ended_is_replaced() -> None:
    lane = Lane("test")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE)
    process = lane._process  # pyright: ignore[reportPrivateUsage]
    assert process
    process.kill()
    process._popen.wait(PATIENCE)  # pyright: ignore[reportPrivateUsage]
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE)
    lane.close()


def test_without_a_process_there_is_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    lane = Lane("test")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE) is None
    lane.close()


def test_closing_waits_for_nothing() -> None:
    lane = Lane("test", code=HANGS + "worker.main()")
    asked = [lane.ask(ReadBody(BODY), Reading) for _ in range(3)]
    lane.close()
    assert wait(asked, PATIENCE).not_done == set()
    assert [each.result() for each in asked] == [None] * 3
    assert lane.ask(ReadBody(BODY), Reading).result() is None
    lane.close()


def test_a_process_is_told_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_CONTEXT_WEBHOOK_KEY", "s3cret")
    told = "import os; worker.answer = lambda _: worker.answer_of(str(os.environ)); "
    code = (
        WORKER
        + "from cds_context.tools.questions import Reading; worker.answer_of = lambda text: Reading(problem=text); "
    )
    lane = Lane("test", code=code + told + "worker.main()")
    read = lane.ask(ReadBody(BODY), Reading).result(PATIENCE)
    assert read is not None
    assert "PATH" in read.problem
    assert "s3cret" not in read.problem
    lane.close()


def test_a_process_finds_what_this_one_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cds_context.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path / "here")
    lane = Lane("test")
    assert lane.ask(ReadBody(BODY), Reading).result(PATIENCE)
    lane.close()
