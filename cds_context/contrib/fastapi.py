"""FastAPI: a dependency, and its part of the OpenAPI description.

Requests and exceptions of FastAPI are Starlette's, so the Starlette receiver does the work.
"""

from __future__ import annotations

from typing import Any

from . import starlette
from .openapi import operation

__all__ = ["Webhook"]


class Webhook(starlette.Webhook):
    """`Depends(webhook)` is the event of the request.

    Raises HTTPException, which holds only the status to answer.
    """

    @property
    def openapi_extra(self) -> dict[str, Any]:
        """For the parameter `openapi_extra` of a route: the schema of the body, and the refusals."""
        return operation()
