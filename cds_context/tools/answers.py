"""What a listener answers, so that failures can be rehearsed. Waits for nothing and receives nothing."""

from __future__ import annotations

from msgspec import Struct

from cds_context import ArgumentError


class Answers(Struct, frozen=True, kw_only=True):
    """The answers to events that hold the right keys and can be read; others get the status of their error.

    Raises ArgumentError for what nobody can mean.
    """

    statuses: tuple[int, ...] = (200,)
    """One for each post in turn; the last one from then on. ``(503, 200)`` fails once, so that a retry succeeds."""
    fail_share: float = 0.0
    """The share of posts, from 0 to 1, that are answered with `fail_status` instead, at random."""
    fail_status: int = 503
    delay: float = 0.0
    """Seconds before each answer."""

    def __post_init__(self) -> None:
        if not self.statuses or not all(200 <= status <= 599 for status in (*self.statuses, self.fail_status)):
            raise ArgumentError("`statuses` are one or more from 200 to 599, and so is `fail_status`")
        if not 0 <= self.fail_share <= 1 or not 0 <= self.delay < float("inf"):
            raise ArgumentError("`fail_share` is from 0 to 1, and `delay` not below 0")

    def status(self, turn: int, luck: float) -> int:
        """The status for a post: the `turn`-th, from 0, with `luck` from 0 to 1."""
        return self.fail_status if luck < self.fail_share else self.statuses[min(turn, len(self.statuses) - 1)]
