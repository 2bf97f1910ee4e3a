"""Where to post, and under which headers a key is sent: what nobody can mean is refused before anything is sent.

Sends nothing and reads no event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx2

from cds_context import ArgumentError

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name. Source: RFC 9110, 5.6.2."""
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})


def checked(url: str) -> httpx2.URL:
    """The address. Raises ArgumentError, without the address, for one that is not http or https, or leads nowhere."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        parsed = httpx2.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ArgumentError("an address begins with http:// or https:// and a host")
    if parsed.userinfo:  # which is not a way of the platform to authenticate
        raise ArgumentError("an address holds no user and password: a key is an option of its own")
    port = 80 if parsed.port is None else parsed.port
    if not _is_name(parsed.raw_host.decode()) or not 1 <= port <= 65535:
        raise ArgumentError("a host of an address has a name, and a port from 1 to 65535")
    return parsed


def _is_name(host: str) -> bool:
    """Whether no part of a name is empty or too long for it to be asked for."""
    try:
        return len(host.encode("idna")) <= 253
    except UnicodeError:
        return False


def check_headers(headers: Mapping[str, str] | None) -> None:
    """Raise ArgumentError for headers that HTTP has no form for, and for those with which it frames the body."""
    for name, key in (headers or {}).items():
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING or not key.isprintable() or key != key.strip():
            raise ArgumentError(
                "a header with a key has a name of letters, digits and hyphens that is not HTTP's own, "
                "and its key is printable, without white space around it"
            )
