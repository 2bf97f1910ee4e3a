"""Starlette: `delivery = await webhook(request)`.

Annotations are evaluated here, because FastAPI reads them, and some of its versions cannot resolve text.
"""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]


class Webhook(Endpoint):
    """`await webhook(request)` is the event of a request.

    Raises HTTPException, which holds only the status to answer.
    """

    _unreadable = (ClientDisconnect,)

    async def __call__(self, request: Request) -> WebhookDelivery:
        """The event of a request."""
        pieces = request.stream()
        try:
            return await self._receive_stream(pieces, request.scope["headers"], request.scope["query_string"])
        except CdsContextError as error:
            await pieces.aclose()  # the rest of a body that is too long is not read
            raise HTTPException(error.status) from error
