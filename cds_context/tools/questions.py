"""What is asked about a body, and the answers. Answers nothing, and so costs nothing to have.

How it works: each question is a type that goes to another process as MessagePack, and has one type of answer.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ..display.summaries import Summary
from .posts import Post


class ReadBody(Struct, frozen=True, tag="read"):
    """Is it an event, and of what? Answered with a `Reading`."""

    body: bytes


class SumUp(Struct, frozen=True, tag="sum"):
    """What is to be said of it in a line? Answered with an `Overview`."""

    body: bytes


class ShowPost(Struct, frozen=True, tag="show"):
    """What is there to see of it? Answered with HTML."""

    post: Post


class Redact(Struct, frozen=True, tag="redact"):
    """How does it look with other names, numbers, ids and dates? Answered with a body, empty for what is no event."""

    body: bytes


Question: TypeAlias = ReadBody | SumUp | ShowPost | Redact


class Reading(Struct, frozen=True):
    """Whether a body is an event."""

    status: int | None = None
    """What to answer; None for an event, for which the rehearsal says it."""
    problem: str = ""
    message: str = ""
    table: str = ""


class Overview(Struct, frozen=True):
    """A post in a line."""

    summary: Summary | None = None
    findings: int = 0
    problem: str = ""
    """Why there is no summary."""
