"""FastAPI: a dependency, and what it needs in the OpenAPI description.

FastAPI is Starlette here: its requests and its exceptions are.
"""

from __future__ import annotations

from typing import Any

from . import starlette
from .openapi import operation

__all__ = ["Webhook"]


class Webhook(starlette.Webhook):
    """`Depends(webhook)` is the event of the request.

    Raises HTTPException with the status to answer, and nothing else in it.
    """

    @property
    def openapi_extra(self) -> dict[str, Any]:
        """For the parameter `openapi_extra` of a route: the schema of the body, and the refusals."""
        return operation()
