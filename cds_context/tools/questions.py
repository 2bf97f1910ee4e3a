"""What can be asked about the body of a post, and the inbox that asks it in other processes. Answers nothing itself.

How it works: each question is a type that goes to another process as MessagePack, and has one type of answer. There
are three lanes, so that nobody waits for a body that somebody else sent or looks at: answers to posts have one, lines
of the list another, and what a person asks about one post the third.
"""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TypeAlias

from msgspec import Struct

from ..display.summaries import Summary
from .inbox import Post, Store
from .processes import Lane, answered


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
    mode: int = 0


class Overview(Struct, frozen=True):
    """A post in a line."""

    summary: Summary | None = None
    findings: int = 0
    problem: str = ""
    """Why there is no summary."""


TOO_MUCH = "it takes more time or memory to look into it than there is"


class AskableInbox(Store):
    """The inbox of a listener, which can be asked about its posts, from any thread.

    An answer is a future; it is None where looking into the body takes more time or memory than there is.
    """

    def __init__(self, url: str, *, keep: int = 1000) -> None:
        super().__init__(url, keep=keep)
        self._reading, self._listing, self._showing = Lane("read"), Lane("list"), Lane("show")
        self._overviews: dict[int, Future[Overview | None]] = {}
        self._lock = Lock()

    def close(self) -> None:
        """End all that is asked."""
        for lane in (self._reading, self._listing, self._showing):
            lane.close()

    def read(self, body: bytes) -> Future[Reading | None]:
        """Whether a body is an event."""
        return self._reading.ask(ReadBody(body), Reading)

    def overview(self, post: Post) -> Future[Overview | None]:
        """A post in a line; asked once for each post."""
        with self._lock:
            known = self._overviews.get(post.number)
            if known is None:
                self._forget()
                known = self._overview(post)
                self._overviews[post.number] = known
            return known

    def _overview(self, post: Post) -> Future[Overview | None]:
        return self._listing.ask(SumUp(post.body), Overview) if post.body else answered(None)

    def _forget(self) -> None:
        """Forget what is known of posts that are no longer kept, now and then."""
        first = self.first
        if len(self._overviews) > 2 * (self.received - first) + 100:
            self._overviews = {number: known for number, known in self._overviews.items() if number >= first}

    def page(self, post: Post) -> Future[bytes | None]:
        """All there is to see of a post, as HTML."""
        return self._showing.ask(ShowPost(post), bytes)

    def fixture(self, post: Post) -> Future[bytes | None]:
        """The body with other names, numbers, ids and dates, in the server's own form; empty for what is no event."""
        return self._showing.ask(Redact(post.body), bytes)


def or_else(overview: Overview | None, post: Post) -> Overview:
    """The overview; if there is none, what a post says of itself."""
    return overview or Overview(problem=post.problem or f"{post.message} {post.table}: {TOO_MUCH}")
