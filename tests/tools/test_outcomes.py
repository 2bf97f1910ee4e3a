"""The room `tools.outcomes`: what the server makes of answers, one and all."""

from __future__ import annotations

import pytest

from cds_context import Mode
from cds_context.tools import Outcome, SendReport, Sent
from cds_context.tools.outcomes import is_retried, judge


@pytest.mark.parametrize("status", [200, 202, 204, 299])
@pytest.mark.parametrize("mode", Mode)
def test_any_2xx_is_a_success(status: int, mode: Mode) -> None:
    assert judge(status, mode) is Outcome.SUCCESS


@pytest.mark.parametrize("status", [None, 100, 199, 300, 307, 400, 401, 404, 413, 500, 502, 503, 504])
def test_all_else_fails_the_job_or_rolls_back(status: int | None) -> None:
    assert judge(status, Mode.ASYNCHRONOUS) is Outcome.FAILED_JOB
    assert judge(status, Mode.SYNCHRONOUS) is Outcome.ROLLED_BACK


def test_only_three_statuses_are_retried() -> None:
    assert [status for status in range(100, 600) if is_retried(status)] == [502, 503, 504]
    assert not is_retried(None)


def sent(seconds: float, status: int | None = 200, attempts: int = 1) -> Sent:
    outcome = judge(status, Mode.ASYNCHRONOUS)
    return Sent(event=0, status=status, attempts=attempts, seconds=seconds, outcome=outcome)


def test_a_report_counts() -> None:
    report = SendReport(sent=(sent(1), sent(2, 503, 2), sent(3, None), sent(4)), seconds=5)
    assert report.outcomes == {Outcome.SUCCESS: 2, Outcome.FAILED_JOB: 2}
    assert report.statuses == {200: 2, 503: 1, None: 1}
    assert report.retries == 1
    assert not report


@pytest.mark.parametrize(("share", "seconds"), [(0, 1), (0.5, 3), (0.95, 4), (1, 4)])
def test_latency_is_that_of_a_share(share: float, seconds: float) -> None:
    assert SendReport(sent=(sent(4), sent(1), sent(3), sent(2)), seconds=4).latency(share) == seconds


def test_nothing_was_sent() -> None:
    nothing = SendReport(sent=(), seconds=0)
    assert nothing
    assert nothing.latency(0.5) == 0
    assert nothing.outcomes == {}
