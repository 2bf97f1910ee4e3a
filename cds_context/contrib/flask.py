"""Flask: `delivery = webhook()` in a view."""

from __future__ import annotations

from flask import abort, request

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]


class Webhook(Endpoint):
    """`webhook()` in a view is the event of its request.

    Raises HTTPException, as `flask.abort` does, which holds only the status to answer.
    """

    def __call__(self) -> WebhookDelivery:
        """The event of the request that is being answered."""

        def read(size: int) -> bytes:
            # The stream is accessed only after the key was checked: beyond MAX_CONTENT_LENGTH, access itself raises.
            return request.stream.read(size)

        try:
            return self._receive(read, request.environ, request.query_string)
        except CdsContextError as error:
            abort(error.status)
