"""The posts that a listener received, the last ones, in memory. Knows no network.

How it works: a dict in the order of arrival, which gives up its oldest posts when there are too many or they take too
much room. Threads wait for a number; so whoever reads slowly costs no memory, and misses what was given up. Users get
an inbox, which can be read; the listener and the page know that it is a store, which can be filled.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timezone

from .posts import Post

MEMORY = 64 * 1024 * 1024
"""Bytes of posts that are kept."""


class Inbox:
    """What was posted. `url` is where to post to."""

    def __init__(self, url: str) -> None:
        self.url: str = url
        self._posts: OrderedDict[int, Post] = OrderedDict()
        self._received: int = 0
        self._handed_out: int = 0
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


class Store(Inbox):
    """An inbox that can be filled: `keep` posts are kept, and no more than `memory` bytes of them but for one."""

    def __init__(self, url: str, *, keep: int = 1000, memory: int = MEMORY) -> None:
        super().__init__(url)
        self._keep = keep
        self._memory = memory
        self._used = 0
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
            self._changed.notify_all()
            callbacks = [*self._callbacks]
        for callback in callbacks:
            callback()
        return post

    @contextmanager
    def watched(self, callback: Callable[[], None]) -> Generator[None]:
        """Have `callback` called after each post, by the thread that keeps it."""
        with self._changed:
            self._callbacks.add(callback)
        try:
            yield
        finally:
            with self._changed:
                self._callbacks.discard(callback)
