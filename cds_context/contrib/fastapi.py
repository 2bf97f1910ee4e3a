"""FastAPI: a dependency, and its part of the OpenAPI description.

Requests and exceptions of FastAPI are Starlette's, so the Starlette receiver does the work.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from . import starlette
from .openapi import operation, schemas

__all__ = ["Webhook", "add_schemas"]


class Webhook(starlette.Webhook):
    """`Depends(webhook)` is the event of the request.

    Raises HTTPException, which holds only the status to answer.
    """

    @property
    def openapi_extra(self) -> dict[str, Any]:
        """For the parameter `openapi_extra` of a route: the body, and the refusals.

        The body refers to the schemas that `add_schemas` adds.
        """
        return operation()


def add_schemas(app: FastAPI) -> None:
    """Add the schemas of an event to the OpenAPI description of an app, once for all of its receivers.

    They stand in `components/schemas`, under names that begin with `Dataverse`.
    """
    generate = app.openapi
    ours = schemas()

    def openapi() -> dict[str, Any]:
        document = generate()
        components = document.setdefault("components", {})
        components["schemas"] = components.get("schemas", {}) | ours
        return document

    # FastAPI documents this as the way to extend a description.
    app.openapi = openapi  # type: ignore[method-assign]
