"""The OpenAPI 3.1 document of a webhook's endpoint: what the server sends, and what each answer does to it.

Writes no file; `published_schemas` does. Source: "Use webhooks" and "Register a webhook" in Microsoft's documentation,
and the pages "Receive" and "Run it safely".
"""

from __future__ import annotations

import json
from typing import Any

from cds_context import json_schema

_ABOUT = """\
Microsoft Dataverse posts an event to each webhook that is registered for it. It looks at the status of the answer
alone, and waits 60 seconds.

There is no signature: the key of the registration is all that tells the server from others, and the endpoint is the
only one to refuse a request without it. Choose one of the three authentication options, and remove the others from
this document. Events can arrive more than once, and in another order."""

_HEADERS = [
    ("x-ms-dynamics-organization", "The host name of the environment.", "contoso.crm.dynamics.com"),
    ("x-ms-dynamics-entity-name", "The table.", "contact"),
    ("x-ms-dynamics-request-name", "The message that the step is registered for.", "Update"),
    (
        "x-ms-correlation-request-id",
        "For Microsoft's support.",
        "c3b9de1a-7712-4f11-9f89-6045bd8c5a10",
    ),
    ("x-request-id", "An id of the request; in older documentation.", "0e0f1a2b-7712-4f11-9f89-6045bd8c5a10"),
    (
        "x-ms-dynamics-msg-size-exceeded",
        (
            "Stands where the post passed 256 KB. ParentContext, InputParameters, PreEntityImages and PostEntityImages "
            "are then missing, or null and empty. Its value is not documented."
        ),
        "true",
    ),
]

_FAILED = "Nobody tries again. An asynchronous step fails; in a synchronous one, what the user did is rolled back."
_RETRIED = "The server tries once more, and then takes it for failed."
_ANSWERS = {
    "2XX": "The server takes the event for handled. Answer so for events that you do not want, too.",
    "400": f"The body is no RemoteExecutionContext. {_FAILED}",
    "401": f"A key is missing or wrong. {_FAILED}",
    "413": f"The body is larger than the endpoint takes. {_FAILED}",
    "502": f"A gateway got no good answer. {_RETRIED}",
    "503": f"Answer so if a second try may help: a database is away, a queue is full. {_RETRIED}",
    "504": f"A gateway got no answer in time. {_RETRIED}",
    "default": f"The server takes it for failed, as it does when there is no answer for 60 seconds. {_FAILED}",
}

_KEYS = {
    "WebhookKey": ("query", "code", "The option WebhookKey. Query strings end up in access logs."),
    "HttpHeader": (
        "header",
        "x-webhook-key",
        (
            "The option HttpHeader: one or more headers with names of your choice. Make one of these for each, and "
            "name them together in `security`."
        ),
    ),
    "HttpQueryString": (
        "query",
        "key",
        (
            "The option HttpQueryString: one or more parameters with names of your choice, as for HttpHeader. Query "
            "strings end up in access logs."
        ),
    ),
}


_TAG = "Events"


def openapi(examples: dict[str, bytes]) -> dict[str, Any]:
    """The document; the first example stands in it, the others beside it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Endpoint of a Dataverse webhook",
            "summary": "Receives the events of Microsoft Dataverse.",
            "description": _ABOUT.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n"),
            "version": "1",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "https://example.com", "description": "Where the endpoint is."}],
        "tags": [{"name": _TAG, "description": "What Dataverse posts."}],
        "paths": {"/events": {"post": _post()}},
        "components": {
            "schemas": _schemas(),
            "parameters": {name: _header(name, about, value) for name, about, value in _HEADERS},
            "requestBodies": {"Event": _body(examples)},
            "securitySchemes": {
                scheme: {"type": "apiKey", "in": place, "name": name, "description": about}
                for scheme, (place, name, about) in _KEYS.items()
            },
        },
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "receiveEvent",
        "summary": "An event.",
        "description": "One event of a table or of an action, as the steps of the webhook are registered for it.",
        "tags": [_TAG],
        "security": [{scheme: []} for scheme in _KEYS],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name, *_ in _HEADERS],
        "requestBody": {"$ref": "#/components/requestBodies/Event"},
        "responses": {status: {"description": about} for status, about in _ANSWERS.items()},
    }


def _header(name: str, about: str, value: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": about, "schema": {"type": "string"}, "example": value}


def _body(examples: dict[str, bytes]) -> dict[str, Any]:
    first = next(iter(examples))
    shown = {
        name: {"value": json.loads(body)} if name == first else {"externalValue": f"examples/{name}.json"}
        for name, body in examples.items()
    }
    schema = {"$ref": "#/components/schemas/RemoteExecutionContext"}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": shown}}}


def _schemas() -> dict[str, Any]:
    parts = json.dumps(json_schema()["$defs"])
    schemas: dict[str, Any] = json.loads(parts.replace('"#/$defs/', '"#/components/schemas/'))
    return schemas
