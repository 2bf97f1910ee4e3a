"""Litestar: a dependency, and its part of the OpenAPI description."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.spec import Components, Operation

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint
from .openapi import operation, schemas

__all__ = ["Webhook", "WebhookOperation", "add_schemas"]


class Webhook(Endpoint):
    """`Provide(webhook)` is the event of the request.

    Raises HTTPException, which holds only the status to answer.
    """

    _unreadable = (InternalServerException,)

    async def __call__(self, request: Request[Any, Any, Any]) -> WebhookDelivery:
        """The event of a request."""
        pieces = request.stream()
        try:
            return await self._receive_stream(pieces, request.scope["headers"], request.scope["query_string"])
        except CdsContextError as error:
            await pieces.aclose()  # the rest of a body that is too long is not read
            raise HTTPException(status_code=error.status) from error


@dataclass
class WebhookOperation(Operation):
    """For the parameter `operation_class` of a route: the body, and the refusals.

    The body refers to the schemas that `add_schemas` adds.
    """

    def to_schema(self) -> dict[str, Any]:
        """The route's own description, with the request body and the refusals, which Litestar cannot infer."""
        known = super().to_schema()
        ours = operation()
        return known | ours | {"responses": known.get("responses", {}) | ours["responses"]}


def add_schemas(config: AppConfig) -> AppConfig:
    """For the parameter `on_app_init` of an app: adds the schemas of an event to its OpenAPI description.

    They stand in `components/schemas`, under names that begin with `Dataverse`.
    """
    if config.openapi_config is not None:
        known = config.openapi_config.to_openapi_schema().components
        # A copy, because without a configuration of its own an app has the one that all such apps share.
        config.openapi_config = copy(config.openapi_config)
        config.openapi_config.components = _WithSchemas(**vars(known))
    return config


class _WithSchemas(Components):
    """Components with the schemas of an event. They are added last, because Litestar drops schemas that it is given."""

    def to_schema(self) -> dict[str, Any]:
        known = super().to_schema()
        return known | {"schemas": known.get("schemas", {}) | schemas()}
