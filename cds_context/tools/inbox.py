"""The posts that a listener received: each one as it is kept, without keys, and the last ones in memory.

Knows no network and no page.

How it works: a dict in the order of arrival, which gives up its oldest posts when there are too many or they take too
much memory. Threads wait for a number; so whoever reads slowly costs no memory, and misses what was given up. Users get
an inbox, which can be read; the listener and the page know that it is a store, which can be filled.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property
from itertools import takewhile

from msgspec import Struct

from cds_context import CdsContextError, Finding, RemoteExecutionContext, parse_context, validate

from ..display.summaries import Summary, summarize
from .outcomes import Sent

MEMORY = 64 * 1024 * 1024
"""Bytes of posts that are kept."""


class Answer(Struct, frozen=True):
    """What came of passing on a post."""

    turn: int
    """From 1, in the order of the answers."""
    number: int
    """The number of the post."""
    sent: Sent


class Inbox:
    """What was posted. `url` is where to post to."""

    def __init__(self, url: str) -> None:
        self.url: str = url
        self._posts: OrderedDict[int, Post] = OrderedDict()
        self._received: int = 0
        self._handed_out: int = 0
        self._answers: dict[int, Answer] = {}
        self._changed = threading.Condition()

    @property
    def received(self) -> int:
        """How many posts came, those that are no longer kept too."""
        return self._received

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts that are kept, the oldest first."""
        with self._changed:
            return tuple(self._posts.values())

    def wait(self, timeout: float = 10.0) -> Post:
        """The next post that `wait` has not returned yet; waits for it if it has not come.

        Raises TimeoutError after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._received > self._handed_out, timeout):
                raise TimeoutError(f"no post within {timeout:g} s")
            post = self._posts.get(self._handed_out + 1) or next(iter(self._posts.values()))
            self._handed_out = post.number
            return post

    def forwarded(self, post: Post, timeout: float = 10.0) -> Sent:
        """What came of passing a post on, where the listener has an address for that; waits for it.

        Raises TimeoutError after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: post.number in self._answers, timeout):
                raise TimeoutError(f"no answer to what was passed on within {timeout:g} s")
            return self._answers[post.number].sent


class Store(Inbox):
    """An inbox that can be filled: `keep` posts are kept, and no more than `memory` bytes of them but for one."""

    def __init__(self, url: str, *, keep: int = 1000, memory: int = MEMORY) -> None:
        super().__init__(url)
        self._keep = keep
        self._memory = memory
        self._used = 0
        self._answered = 0
        self._callbacks: set[Callable[[], None]] = set()

    @property
    def first(self) -> int:
        """The number of the oldest post that is kept; of the next one if there is none."""
        with self._changed:
            return next(iter(self._posts), self._received + 1)

    def find(self, number: int) -> Post | None:
        """The post of that number, if it is still kept."""
        with self._changed:
            return self._posts.get(number)

    def after(self, number: int) -> list[Post]:
        """The posts that came after that one and are kept, the oldest first."""
        with self._changed:
            newer: list[Post] = []
            for post in reversed(self._posts.values()):
                if post.number <= number:
                    break
                newer.append(post)
            return newer[::-1]

    def add(self, make: Callable[[int, datetime], Post]) -> Post:
        """Keep a post, which is made once its number and its time are known."""
        with self._changed:
            self._received += 1
            post = make(self._received, datetime.now(timezone.utc))
            self._posts[post.number] = post
            self._used += post.size
            while len(self._posts) > self._keep or (self._used > self._memory and len(self._posts) > 1):
                _, oldest = self._posts.popitem(last=False)
                self._used -= oldest.size
                self._answers.pop(oldest.number, None)
        self._tell()
        return post

    def note(self, number: int, answer: Sent) -> None:
        """Keep what came of passing on the post of that number, as long as the post is kept."""
        with self._changed:
            if number in self._posts:
                self._answered += 1
                self._answers[number] = Answer(self._answered, number, answer)
        self._tell()

    def answers_after(self, turn: int) -> list[Answer]:
        """What came of passing posts on after that turn, the earliest first."""
        with self._changed:
            newer = takewhile(lambda answer: answer.turn > turn, reversed(self._answers.values()))
            return [*newer][::-1]

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
            callbacks = [*self._callbacks]
        for callback in callbacks:
            callback()

    @contextmanager
    def watched(self, callback: Callable[[], None]) -> Generator[None]:
        """Have `callback` called after each post and each answer, by the thread that keeps it."""
        with self._changed:
            self._callbacks.add(callback)
        try:
            yield
        finally:
            with self._changed:
                self._callbacks.discard(callback)


HIDDEN = "•••"

_SHOWN = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "connection", "content-encoding", "content-length"),
        *("content-type", "date", "expect", "forwarded", "host", "request-id", "traceparent", "tracestate"),
        *("transfer-encoding", "user-agent", "via", "x-correlation-id", "x-forwarded-for", "x-forwarded-host"),
        *("x-forwarded-port", "x-forwarded-proto", "x-ms-correlation-request-id", "x-ms-dynamics-entity-name"),
        *("x-ms-dynamics-msg-size-exceeded", "x-ms-dynamics-organization", "x-ms-dynamics-request-name"),
        *("x-ms-request-id", "x-request-id"),
    }
)
"""The headers whose values are shown: those that senders and proxies write by themselves."""
_WORDS = frozenset(
    {
        *("", "api", "crm", "dataverse", "dynamics", "event", "events", "hook", "hooks", "webhook", "webhooks"),
        *(f"v{number}" for number in range(1, 10)),
    }
)
"""The parts of a path that are shown. A key cannot be told from a name, so these are words that nobody has as a key."""
_MOST_PARTS = 20
"""Parts of a path, and of a query string, of which something is shown."""

_MOST = 100
_OBJECT, _OBJECTS = 1_000, 150
"""Bytes that a post and one of its headers take besides their text."""


class Post(Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """One post, whether it was accepted or not. Its repr shows no content."""

    number: int
    """From 1, in the order of arrival."""
    received_on: datetime
    """When it had arrived, in UTC."""
    path: str
    """The path of the address to which it was posted; all of it is hidden but a few words such as `api` and `hook`."""
    query: str
    """The query string; all of it is hidden but the names of keys: `code`, and those that the listener asks for."""
    headers: Mapping[str, str]
    """By lower-case name; values of headers that may hold a key are hidden."""
    body: bytes
    """As it came; empty if it did not come whole, or was refused unread, for its size or for want of a key."""
    status: int
    """What was answered."""
    message: str = ""
    """The message of the event; empty if the body is none."""
    table: str = ""
    """The table of the event."""
    problem: str = ""
    """Why it was refused, or why the body is no context."""
    unsaved: str = ""
    """Why the body is in no file, where it should be."""

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, or a little less: of its body, its headers and all else."""
        head = sum(len(name) + len(value) + _OBJECTS for name, value in self.headers.items())
        texts = (self.path, self.query, self.message, self.table, self.problem, self.unsaved)
        return _OBJECT + len(self.body) + head + sum(map(len, texts))

    @property
    def context(self) -> RemoteExecutionContext:
        """The event, read anew each time. Raises DecodeError."""
        return parse_context(self.body)

    @cached_property
    def summary(self) -> Summary | None:
        """What it is in a line; None if it is no event."""
        try:
            return summarize(self.context)
        except CdsContextError:
            return None

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What `cds_context.validate` finds in the body, the first hundred; nothing in one that was not read."""
        return validate(self.body).findings[:_MOST] if self.body else ()

    def __repr__(self) -> str:
        return f"<Post {self.number}: {len(self.body)} bytes, {self.status}>"


def shown_headers(headers: Iterable[tuple[bytes, bytes]], keys: Container[str] = ()) -> dict[str, str]:
    """The headers of a request, by lower-case name, without the values that may be keys; repeated ones are joined.

    `keys` are the headers that are known to hold one.
    """
    shown: dict[str, list[str]] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if name in _SHOWN and name not in keys:
            shown.setdefault(name, []).append(raw_value.decode("utf-8", "replace"))
        else:
            shown[name] = [HIDDEN]
    return {name: ", ".join(values) for name, values in shown.items()}


def shown_path(path: str) -> str:
    """A path, as it was sent, without its parts that may be keys.

    The escapes stay: ``a%2Fb`` is one part of a path, and none of it is shown.
    """
    return _joined("/", [part if part in _WORDS else HIDDEN for part in path.split("/", _MOST_PARTS)])


def shown_query(query: str, names: Container[str] = ()) -> str:
    """A query string, as it was sent, without all that may be a key: values, and names but `code` and `names`."""
    parts = (part.partition("=") for part in query.split("&", _MOST_PARTS) if part)
    return _joined(
        "&",
        [
            f"{name}{sign}{HIDDEN if value else ''}" if name == "code" or name in names else HIDDEN
            for name, sign, value in parts
        ],
    )


def _joined(sign: str, parts: list[str]) -> str:
    return sign.join(parts if len(parts) <= _MOST_PARTS else [*parts[:_MOST_PARTS], HIDDEN])
