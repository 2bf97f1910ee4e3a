"""An inbox that tells more of its posts than they hold: what is asked in other processes.

How it works: there are three lanes, so that nobody waits for a body that somebody else sent or looks at: answers to
posts have one, lines of the list another, and what a person asks about one post the third.
"""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock

from .inbox import Store
from .lanes import Lane, answered
from .posts import Post
from .questions import Overview, ReadBody, Reading, Redact, ShowPost, SumUp

TOO_MUCH = "it takes more time or memory to look into it than there is"


class Desk(Store):
    """The inbox of a listener. Answers from any thread; with None where an answer would take too much."""

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
