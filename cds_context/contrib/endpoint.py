"""The common part of all receivers: the key is checked first, then a bounded body is read, and a refusal is logged.

No framework is known here; `cds_context.webhook.receive` handles the body once it was read.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Callable
from decimal import Decimal
from typing import Any, ClassVar

from ..errors import CdsContextError, DecodeError
from ..transport.request import Headers, Text, header_pairs
from ..webhook import MAX_BYTES, Authentication, UncheckedAuth, WebhookDelivery, receive
from ..wire.body import Body

_CHECKED = UncheckedAuth(because="the key was checked before the body was read")

_log = logging.getLogger("cds_context.contrib")
"""Named as users import the receivers, because users configure it: one logger for all frameworks."""

_PIECE = 64 * 1024
"""The most bytes that are asked for at once."""

_LONGEST = 20
"""A length of as many digits is no length."""


def _joined(body: bytes | bytearray, piece: bytes) -> bytes | bytearray:
    """The body with one more piece. Most bodies come in a single piece, which is not copied."""
    if not body or not piece:
        return body or piece
    body = body if isinstance(body, bytearray) else bytearray(body)
    body += piece
    return body


def _log_refusal(error: CdsContextError) -> None:
    # Without the traceback: it would show the framework's own error, which may hold a part of the body.
    _log.warning("refused with %s: %s", error.status, error)


class Endpoint:
    """A receiver of requests to one address. Make one when the program starts; it can serve any number of requests.

    `auth` checks the keys of a request; the other options are as in `cds_context.webhook.receive`.

    The key is checked before the body is read. At most `max_bytes` are read, plus one piece as the server hands it
    over. A body that breaks off, because the client leaves or its headers give another length, is refused as one that
    cannot be read.

    The answer to a refused request has only a status. The reason, which holds no key and no content of the body, goes
    to the logger `cds_context.contrib`, as a warning.
    """

    _unreadable: ClassVar[tuple[type[Exception], ...]] = ()
    """The framework's errors for a body that breaks off; such an error may hold a part of the body."""

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

    def _receive(
        self, read: Callable[[int], bytes], headers: Headers, query: Text, length: str = ""
    ) -> WebhookDelivery:
        """The event of a request whose body is a file; `read` may return fewer bytes than were asked for.

        `length` is what the request says of the body's length: nothing can follow, and a read in vain takes time.
        """
        try:
            headers = header_pairs(headers)
            self._auth.verify(headers, query)
            body: Any = b""
            most = self._max_bytes + 1
            if length.isdecimal() and len(length) < _LONGEST:
                most = min(most, int(length))
            try:
                # Werkzeug takes a read of zero bytes for a client that has gone, and memory for all that is asked for.
                while (left := most - len(body)) and (piece := read(min(left, _PIECE))):
                    body = _joined(body, piece)
            except self._unreadable:
                body = None
            return self._parse(body, headers)
        except CdsContextError as error:
            _log_refusal(error)
            raise

    async def _receive_stream(self, pieces: AsyncIterable[bytes], headers: Headers, query: Text) -> WebhookDelivery:
        """The event of a request whose body comes in pieces."""
        try:
            headers = header_pairs(headers)
            self._auth.verify(headers, query)
            body: Any = b""
            try:
                async for piece in pieces:
                    body = _joined(body, piece)
                    if len(body) > self._max_bytes:
                        break
            except self._unreadable:
                body = None
            return self._parse(body, headers)
        except CdsContextError as error:
            _log_refusal(error)
            raise

    def _parse(self, body: Body | None, headers: Headers) -> WebhookDelivery:
        if body is None:
            # It is raised outside of the handler, because the framework's error may hold a part of the body.
            raise DecodeError("the body breaks off")
        return receive(
            body,
            headers,
            auth=_CHECKED,
            max_bytes=self._max_bytes,
            parse_float=self._parse_float,
            repair_text=self._repair_text,
        )
