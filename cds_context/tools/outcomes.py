"""What an endpoint's answer means to the server that posted an event. Sends nothing and waits for nothing.

Source: "Use webhooks" in Microsoft's documentation; the page "Run it safely" has it as a table.
"""

from __future__ import annotations

from enum import Enum

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
