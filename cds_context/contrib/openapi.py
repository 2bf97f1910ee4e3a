"""A receiver's operation in an OpenAPI description. No framework is known here."""

from __future__ import annotations

from typing import Any

from cds_context import json_schema


def operation() -> dict[str, Any]:
    """The request body and the refusals of an Operation Object of OpenAPI 3.1.

    The schema refers to its own parts; its `$id` makes this possible inside another document. Its example is left out,
    because FastAPI would drop the nulls in it.
    """
    schema = json_schema("wire")
    del schema["examples"]
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "400": {"description": "The body is no RemoteExecutionContext"},
            "401": {"description": "A key is missing or wrong"},
            "413": {"description": "The body is too large"},
        },
    }
