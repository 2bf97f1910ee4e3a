"""Where to post, and under which headers a key is sent: what nobody can mean is refused before anything is sent.

Sends nothing and reads no event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import parse_qsl

import httpx2

from cds_context import ArgumentError

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name. Source: RFC 9110, 5.6.2."""
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}\.?")
"""A host's name, with the underscores that names inside a network have. Source: RFC 1123, 2.1."""
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?")
"""What ends in a number is an address and no name. Source: WHATWG URL, "ends in a number checker"."""


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
    if not _is_host(parsed.raw_host.decode()) or not 1 <= port <= 65535:
        raise ArgumentError("a host of an address has a name, and a port from 1 to 65535")
    if parsed.fragment:  # which is not sent, and so cuts off what somebody meant to be
        raise ArgumentError("an address holds no `#`: in a key it is written %23")
    return parsed


def _is_host(host: str) -> bool:
    """Whether it is a name that can be asked for, or an address."""
    if ":" in host:
        return _is_address(IPv6Address, host) and "%" not in host
    return bool(_NAME.fullmatch(host)) and (not _NUMBER.fullmatch(host) or _is_address(IPv4Address, host))


def _is_address(kind: type[IPv4Address | IPv6Address], host: str) -> bool:
    try:
        kind(host)
    except ValueError:
        return False
    return True


def check_parameters(url: httpx2.URL, names: Iterable[str]) -> None:
    """Raise ArgumentError for an address with a parameter in which a key is sent: receivers take one or the other."""
    held = {name for name, _ in parse_qsl(url.query.decode("ascii"), keep_blank_values=True)}
    if not held.isdisjoint(names):
        raise ArgumentError("the address holds a key where another one is given: give it once")


def check_headers(headers: Mapping[str, str] | None) -> None:
    """Raise ArgumentError for headers that HTTP has no form for, and for those with which it frames the body."""
    for name, key in (headers or {}).items():
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING or not key.isprintable() or key != key.strip():
            raise ArgumentError(
                "a header with a key has a name of letters, digits and hyphens that is not HTTP's own, "
                "and its key is printable, without white space around it"
            )
