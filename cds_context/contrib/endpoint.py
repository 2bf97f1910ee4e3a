"""What the receivers of all frameworks do alike: in which order a request is looked at, and how much of it is read.

Knows no framework; `receive` does the work, once the body is there.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from decimal import Decimal
from typing import ClassVar

from ..errors import DecodeError
from ..transport.request import Headers, Text, header_pairs
from ..webhook import MAX_BYTES, Authentication, UncheckedAuth, WebhookDelivery, receive
from ..wire.body import Body

_CHECKED = UncheckedAuth(because="the key was checked before the body was read")
_BROKEN = "the body breaks off"


class Endpoint:
    """How requests to one address are received. Make one when the program starts; it can serve any number of requests.

    `auth` says which keys a request must hold; the other options are those of `cds_context.webhook.receive`.

    The key is checked before anything of the body is read, and no more is read than `max_bytes` and what the server
    hands over in one piece. A body that breaks off, because the client leaves or sends another than its headers say, is
    refused as one that cannot be read.
    """

    _unreadable: ClassVar[tuple[type[Exception], ...]] = ()
    """What the framework raises where a body breaks off; it may hold what came until then."""

    def __init__(
        self,
        auth: Authentication,
        *,
        max_bytes: int = MAX_BYTES,
        parse_float: Callable[[str], float | Decimal] = float,
        repair_text: bool = False,
    ) -> None:
        self._auth = auth
        self._max_bytes = max_bytes
        self._parse_float = parse_float
        self._repair_text = repair_text

    def _receive(self, read: Callable[[int], bytes], headers: Headers, query: Text) -> WebhookDelivery:
        """The event of a request whose body is a file; `read` may give less than it is asked for."""
        headers = header_pairs(headers)
        self._auth.verify(headers, query)
        body = bytearray()
        with suppress(*self._unreadable):
            # Asked for nothing, Werkzeug says that the client has gone.
            while (room := self._max_bytes + 1 - len(body)) and (piece := read(room)):
                body += piece
            return self._parse(body, headers)
        raise DecodeError(_BROKEN)

    async def _receive_stream(self, pieces: AsyncIterable[bytes], headers: Headers, query: Text) -> WebhookDelivery:
        """The event of a request whose body comes in pieces."""
        headers = header_pairs(headers)
        self._auth.verify(headers, query)
        body = bytearray()
        with suppress(*self._unreadable):
            async for piece in pieces:
                body += piece
                if len(body) > self._max_bytes:
                    break
            return self._parse(body, headers)
        raise DecodeError(_BROKEN)

    def _parse(self, body: Body, headers: Headers) -> WebhookDelivery:
        return receive(
            body,
            headers,
            auth=_CHECKED,
            max_bytes=self._max_bytes,
            parse_float=self._parse_float,
            repair_text=self._repair_text,
        )
