"""Flask: `delivery = webhook()` in a view."""

from __future__ import annotations

from typing import Any

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
        # The request itself, because `request` looks it up at each access.
        proxy: Any = request
        current = proxy._get_current_object()  # noqa: SLF001 - as Flask documents it
        environ = current.environ

        def read(size: int) -> bytes:
            # The stream is accessed only after the key was checked: beyond MAX_CONTENT_LENGTH, access itself raises.
            piece: bytes = current.stream.read(size)
            return piece

        try:
            return self._receive(read, environ, current.query_string, environ.get("CONTENT_LENGTH", ""))
        except CdsContextError as error:
            abort(error.status)
