"""A receiver's part of an OpenAPI description: its operation, and the schemas to which that refers.

The schemas stand in `components/schemas`, because most tools find a schema only by a pointer from the root of the
document: they find nothing in `$defs`, nor below an `$id`. No framework is known here.
"""

from __future__ import annotations

import json
from typing import Any

from cds_context import json_schema

_PREFIX = "Dataverse"
"""What the names in `components/schemas` begin with, because an app may well have an `Entity` or a `Value` itself."""

_BODY = f"{_PREFIX}RemoteExecutionContext"


def operation() -> dict[str, Any]:
    """The request body and the refusals of an Operation Object of OpenAPI 3.1."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{_BODY}"}}},
        },
        "responses": {
            "400": {"description": "The body is no RemoteExecutionContext"},
            "401": {"description": "A key is missing or wrong"},
            "413": {"description": "The body is too large"},
        },
    }


def schemas() -> dict[str, Any]:
    """The schemas of the wire, for `components/schemas`; that of the body has an example."""
    schema = json_schema("wire")
    definitions = json.dumps(schema["$defs"]).replace('"#/$defs/', f'"#/components/schemas/{_PREFIX}')
    found: dict[str, Any] = {f"{_PREFIX}{name}": part for name, part in json.loads(definitions).items()}
    found[_BODY]["examples"] = schema["examples"]
    return found
