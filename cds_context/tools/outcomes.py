"""What became of events that were sent: what an answer means to the server, each delivery, and all of them together.

Sends nothing and waits for nothing. Source of what an answer means: "Use webhooks" in Microsoft's documentation; the
page "Run it safely" has it as a table.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum

from msgspec import Struct

from cds_context import Mode

PATIENCE = 60.0
"""Seconds that a server waits for an answer."""

_RETRIED = (502, 503, 504)


class Outcome(str, Enum):
    """What became of the step, and so of what the user did."""

    SUCCESS = "success"
    """The server takes the event for delivered."""
    FAILED_JOB = "failed job"
    """The step's system job failed, with status 31; nobody tries again."""
    ROLLED_BACK = "rolled back"
    """The user sees `Endpoint unavailable`, and what the user did is undone: the step was synchronous."""

    __str__ = str.__str__  # or formatting would depend on the Python version


def is_retried(status: int | None) -> bool:
    """Whether the server tries once more after this answer; None is no answer, which it takes as final."""
    return status in _RETRIED


def judge(status: int | None, mode: Mode) -> Outcome:
    """What the last answer to an event means; None is no answer within `PATIENCE`, or no connection."""
    if status is not None and 200 <= status < 300:
        return Outcome.SUCCESS
    return Outcome.FAILED_JOB if mode == Mode.ASYNCHRONOUS else Outcome.ROLLED_BACK


class Sent(Struct, frozen=True, kw_only=True):
    """One event that was posted, with its retry if it had one."""

    event: int
    """The position of the event among those that were given, from 0."""
    status: int | None
    """The status of the last answer; None if there was none."""
    attempts: int
    """1, or 2 if the server would have tried again."""
    seconds: float
    """From the first byte of the first attempt to the last answer."""
    outcome: Outcome
    """What the server makes of it."""
    problem: str = ""
    """Why there was no answer."""


class SendReport(Struct, frozen=True, kw_only=True):
    """All that was sent. True if all of it was a success, so that a test can assert it."""

    sent: tuple[Sent, ...]
    """In the order of the answers."""
    seconds: float
    """From the first post to the last answer."""

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many there are of each outcome."""
        return dict(Counter(each.outcome for each in self.sent))

    @property
    def statuses(self) -> dict[int | None, int]:
        """How many there are of each status."""
        return dict(Counter(each.status for each in self.sent))

    @property
    def retries(self) -> int:
        """How many posts were second attempts."""
        return sum(each.attempts - 1 for each in self.sent)

    def latency(self, share: float) -> float:
        """The seconds within which this share of the events was answered: 0.5 for the median, 1 for the slowest.

        0 if nothing was sent.
        """
        ordered = sorted(each.seconds for each in self.sent)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

    def __bool__(self) -> bool:
        return all(each.outcome is Outcome.SUCCESS for each in self.sent)
