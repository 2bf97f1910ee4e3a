"""Who may see the page: not other web sites, not who comes by way of a proxy or tunnel, not who lacks the key.

Reads headers and nothing else.

How it works: a browser says in headers which site a request is for and from which it comes. A site whose name was
bound to this machine's address (DNS rebinding) shows in `host`; a form or script of another site shows in `origin`
and `sec-fetch-site`. A tunnel that is open for webhooks adds headers that say so; one that does not is noticed by the
address it is called by, unless it hides that too.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from hmac import compare_digest

from msgspec import Struct

_FORWARDED = ("forwarded", "via", "cf-connecting-ip", "x-original-host", "x-real-ip")
_FORWARDED_PREFIX = "x-forwarded-"
_SAME = ("same-origin", "none")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound to this name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Guard(Struct, frozen=True):
    """What the page asks of a request. `host` is what the listener is bound to."""

    host: str
    page_key: str | None

    def refusal(self, headers: Mapping[str, str], *, writes: bool) -> tuple[int, str] | None:
        """The status and the reason with which to refuse; None for a request that may be answered.

        `writes` says that the request does something, which only the page itself may ask for.
        """
        host = headers.get("host", "")
        if not self._is_known(host):
            return 421, "the page is not known by this name: use localhost or the address it was given"
        if any(name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name in headers):
            return 403, "the page is not shown through proxies and tunnels"
        if not _is_own(headers) or (writes and headers.get("origin") != f"http://{host}"):
            return 403, "the page is not for other sites"
        if self.page_key is not None and not _holds(headers.get("authorization", ""), self.page_key):
            return 401, "the page asks for its key, as password"
        return None

    def _is_known(self, host: str) -> bool:
        name = (host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host).strip("[]").lower()
        if is_loopback(name) or (name and name == self.host.lower()):
            return True
        # A site is called by a name, and what is not has none that could be bound anew.
        return _is_address(name) and not is_loopback(self.host)


def _is_own(headers: Mapping[str, str]) -> bool:
    """Whether the page itself asks, or a person who follows a link to it, which tells the linking site nothing."""
    return headers.get("sec-fetch-site", "none") in _SAME or headers.get("sec-fetch-dest") == "document"


def _holds(authorization: str, key: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        _, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and compare_digest(password, key.encode("utf-8", "surrogatepass"))
