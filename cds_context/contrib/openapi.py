"""What an OpenAPI description says of a receiver's operation. Knows no framework."""

from __future__ import annotations

from typing import Any

from cds_context import json_schema


def operation() -> dict[str, Any]:
    """The request body and the refusals of an Operation Object of OpenAPI 3.1."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": json_schema("wire")}}},
        "responses": {
            "400": {"description": "The body is no RemoteExecutionContext"},
            "401": {"description": "A key is missing or wrong"},
            "413": {"description": "The body is too large"},
        },
    }
