"""What was posted to a listener, as it is kept: body, headers and address without keys, and what was answered.

Knows no network and no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from cds_context import CdsContextError, Finding, RemoteExecutionContext, parse_context, validate

from ..display.summaries import Summary, summarize

HIDDEN = "•••"

_SHOWN = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "connection", "content-encoding", "content-length"),
        *("content-type", "date", "expect", "forwarded", "host", "request-id", "traceparent", "tracestate"),
        *("transfer-encoding", "user-agent", "via", "x-correlation-id", "x-forwarded-for", "x-forwarded-host"),
        *("x-forwarded-port", "x-forwarded-proto", "x-ms-correlation-request-id", "x-ms-request-id", "x-request-id"),
    }
)
_SHOWN_PREFIX = "x-ms-dynamics-"
_WORD = re.compile(r"|[A-Za-z][A-Za-z._-]{0,31}|v?[0-9]{1,4}")
"""The parts of a path that are shown; a key that looks like a word is one of them."""

_MOST = 100


class Post(Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """One post, whether it was accepted or not. Its repr shows no content."""

    number: int
    """From 1, in the order of arrival."""
    received_on: datetime
    """When it had arrived, in UTC."""
    path: str
    """The path of the address to which it was posted; what is neither a word nor a short number is hidden."""
    query: str
    """The query string, without all that may be a key: values, and names without one."""
    headers: Mapping[str, str]
    """By lower-case name; values of headers that may hold a key are hidden."""
    body: bytes
    """As it came; empty if it did not come whole, or was refused unread, for its size or for want of a key."""
    status: int
    """What was answered."""
    problem: str = ""
    """Why it was refused, or why the body is no context."""
    unsaved: str = ""
    """Why the body is in no file, where it should be."""

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


def shown_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of a request, by lower-case name, without the values that may be keys; repeated ones are joined."""
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        is_shown = name in _SHOWN or name.startswith(_SHOWN_PREFIX)
        value = raw_value.decode("utf-8", "replace") if is_shown else HIDDEN
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def shown_path(path: str) -> str:
    """A path without its parts that may be keys."""
    return "/".join(part if _WORD.fullmatch(part) else HIDDEN for part in path.split("/"))


def shown_query(query: str) -> str:
    """A query string without its values; what has no value may be one."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return "&".join(f"{name}={HIDDEN}" if value.strip("=") else HIDDEN for name, _, value in parts)
