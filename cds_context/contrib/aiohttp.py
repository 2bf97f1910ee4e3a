"""aiohttp's server: `delivery = await webhook(request)`."""

from __future__ import annotations

from aiohttp import web

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]


class Webhook(Endpoint):
    """`await webhook(request)` is the event of a request.

    Raises aiohttp's HTTPException, which holds only the status to answer.
    """

    _unreadable = (web.RequestPayloadError, ConnectionResetError)

    async def __call__(self, request: web.BaseRequest) -> WebhookDelivery:
        """The event of a request."""
        # The raw query is needed, because yarl's own query was decoded and encoded again.
        query = request.raw_path.partition("?")[2]
        try:
            return await self._receive_stream(request.content.iter_any(), request.headers, query)
        except CdsContextError as error:
            raise _Refusal(error.status) from error


class _Refusal(web.HTTPException):
    def __init__(self, status: int) -> None:
        self.status_code = status
        super().__init__()
