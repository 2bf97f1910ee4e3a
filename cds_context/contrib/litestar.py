"""Litestar: a dependency, and its part of the OpenAPI description."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.spec import Operation

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint
from .openapi import operation

__all__ = ["Webhook", "WebhookOperation"]


class Webhook(Endpoint):
    """`Provide(webhook)` is the event of the request.

    Raises HTTPException, which holds only the status to answer.
    """

    _unreadable = (InternalServerException,)

    async def __call__(self, request: Request[Any, Any, Any]) -> WebhookDelivery:
        """The event of a request."""
        try:
            async with aclosing(request.stream()) as pieces:
                return await self._receive_stream(pieces, request.scope["headers"], request.scope["query_string"])
        except CdsContextError as error:
            raise HTTPException(status_code=error.status) from error


@dataclass
class WebhookOperation(Operation):
    """For the parameter `operation_class` of a route: the schema of the body, and the refusals."""

    def to_schema(self) -> dict[str, Any]:
        """The route's own description, with the request body and the refusals, which Litestar cannot infer."""
        known = super().to_schema()
        ours = operation()
        return known | ours | {"responses": known.get("responses", {}) | ours["responses"]}
