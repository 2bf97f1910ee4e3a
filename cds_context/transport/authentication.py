"""Whether a request comes from the environment: the keys that its headers or its query string must hold.

No body is read here.

The platform signs no request, and leaves it to the endpoint to refuse wrong keys; the classes below are its three
authentication options. Source: "Register a webhook" in Microsoft's documentation.

How it works: an object keeps only a hash of each key, keyed with a salt of its own, so no dump of the object shows a
key. Values of a request are hashed in the same way and compared in constant time, so timing reveals neither where two
keys differ nor how long the right key is. Every comparison is made before the request is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2s
from hmac import compare_digest
from typing import NoReturn, Protocol

from ..errors import ArgumentError, AuthenticationError
from .request import Headers, Text, header_pairs, octets, query_pairs


class Authentication(Protocol):
    """The type of `auth` in `receive`. Implement it for a check of your own."""

    def verify(self, headers: Headers, query: Text = "") -> None:
        """Raise AuthenticationError unless the request passes the check."""
        ...


class _Shared:
    """An object that is made once and shared: copies are the object itself, and pickling is refused."""

    __slots__ = ()

    @property
    def key_names(self) -> frozenset[str]:
        """The names of the headers or parameters that hold keys: whoever shows a request hides what they hold."""
        return frozenset()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled: make it where it is used")

    def __copy__(self) -> _Shared:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> _Shared:
        return self


class _Keyed(_Shared):
    """Names, each of which must stand once in a request, with its key.

    The platform sends each name once. A repeated name is refused, whatever it holds, so that the outcome is the same
    with every web server: one reads the first value, another one the last, and some join repeated headers.
    """

    __slots__ = ("_expected", "_salted")

    def __init__(self, keys: Iterable[tuple[Text, Text]]) -> None:
        self._salted = blake2s(key=os.urandom(16), digest_size=32)
        self._expected: dict[Text, list[bytes]] = {}
        for name, key in keys:
            if not name or name in self._expected:
                raise ArgumentError("a name is empty, or stands twice")
            self._expected[name] = [self._hash(form) for form in _forms(key)]
        if not self._expected:
            raise ArgumentError("there is no key, so that everybody would be let in")

    @property
    def key_names(self) -> frozenset[str]:
        """The names of the headers or parameters that hold keys: whoever shows a request hides what they hold."""
        return frozenset(name if isinstance(name, str) else name.decode("utf-8", "replace") for name in self._expected)

    def _hash(self, value: bytes) -> bytes:
        salted = self._salted.copy()
        salted.update(value)
        return salted.digest()

    def _compare(self, found: Iterable[tuple[Text, bytes] | tuple[Text, bytes, bytes]]) -> None:
        """Raise unless each name is found once, with its key as one of the readings that follow the name."""
        expected = self._expected
        seen: set[Text] = set()
        repeated = wrong = False
        for pair in found:
            hashes = expected.get(pair[0])
            if hashes is None:
                continue
            repeated |= pair[0] in seen
            seen.add(pair[0])
            matches = False
            for reading in pair[1:]:
                digest = self._hash(reading)
                for other in hashes:
                    matches |= compare_digest(digest, other)
            wrong |= not matches
        if len(seen) < len(expected):
            raise AuthenticationError("the request lacks a key")
        if repeated:
            raise AuthenticationError("a key stands twice in the request")
        if wrong:
            raise AuthenticationError("the request holds a wrong key")


def _forms(key: Text) -> set[bytes]:
    """The bytes that a sender can make of a key: text beyond ASCII is sent as UTF-8 or, in headers, as Latin-1."""
    if not key or key != key.strip():
        raise ArgumentError("a key is empty, or has white space around it")
    return {key} if isinstance(key, bytes) else {key.encode("utf-8", "surrogatepass"), octets(key)}


class HttpHeaderAuth(_Keyed):
    """The option `HttpHeader`: each of these headers must be present once, with its key. Names match in any case.

    A header that stands twice is refused, also if it holds the key both times.

    Raises ArgumentError for a configuration that would let everybody in, or nobody: no header, an empty name or key,
    white space around a key, a name twice.
    """

    __slots__ = ()

    def __init__(self, keys: Mapping[str, Text]) -> None:
        super().__init__((name.lower(), key) for name, key in keys.items())

    def verify(self, headers: Headers, query: Text = "") -> None:  # noqa: ARG002 - one signature for all options
        """Raise AuthenticationError unless each header is present, once, and holds its key."""
        self._compare(header_pairs(headers))


class HttpQueryStringAuth(_Keyed):
    """The option `HttpQueryString`: each of these parameters must be present once, with its key.

    Names match in exact case. A parameter that stands twice is refused, also if it holds the key both times.

    Raises ArgumentError as `HttpHeaderAuth` does.
    """

    __slots__ = ()

    def __init__(self, keys: Mapping[str, Text]) -> None:
        super().__init__((name.encode("utf-8", "surrogatepass"), key) for name, key in keys.items())

    def verify(self, headers: Headers, query: Text = "") -> None:  # noqa: ARG002 - one signature for all options
        """Raise AuthenticationError unless each parameter is present, once, and holds its key."""
        self._compare(query_pairs(query))


class WebhookKeyAuth(HttpQueryStringAuth):
    """The option `WebhookKey`: the query string must hold the key as `code`, once.

    Raises ArgumentError for a key that is empty or has white space around it.
    """

    __slots__ = ()

    def __init__(self, key: Text) -> None:
        super().__init__({"code": key})


class AnyOf(_Shared):
    """One of several options must accept the request. For key rotation, while the old and the new key are both valid.

    Raises ArgumentError if there is no option, or if an option accepts everybody.
    """

    __slots__ = ("_options",)

    def __init__(self, *options: Authentication) -> None:
        if not options or any(isinstance(option, UncheckedAuth) for option in options):
            raise ArgumentError("there is nothing to choose from, or a choice that lets everybody in")
        self._options = options

    @property
    def key_names(self) -> frozenset[str]:
        """The names of the headers or parameters that hold keys, of all the options."""
        return frozenset(name for option in self._options for name in getattr(option, "key_names", ()))

    def verify(self, headers: Headers, query: Text = "") -> None:
        """Raise AuthenticationError unless one of the options accepts the request; every option is asked."""
        headers = header_pairs(headers)  # an iterator of pairs can be read only once, and every option reads them
        accepted = [_accepts(option, headers, query) for option in self._options]
        if not any(accepted):
            raise AuthenticationError("the request holds none of the accepted keys")


def _accepts(option: Authentication, headers: Headers, query: Text) -> bool:
    try:
        option.verify(headers, query)
    except AuthenticationError:
        return False
    return True


class UncheckedAuth(_Shared):
    """No check here, because something in front of this code checks; `because` tells readers of the code what does.

    For a gateway, or the key that the host of Azure Functions asks for. Raises ArgumentError for an empty reason.
    """

    __slots__ = ("because",)

    def __init__(self, *, because: str) -> None:
        if not because.strip():
            raise ArgumentError("the reason for not checking is empty")
        self.because: str = because

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.because}>"

    def verify(self, headers: Headers, query: Text = "") -> None:
        """Accept every request."""
