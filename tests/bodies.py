"""Bodies for tests: the shipped example, and a small one to be changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import cds_context
from cds_context import Entity, EntityImageCollection, ParameterCollection, RemoteExecutionContext, Value

EXAMPLE = (Path(cds_context.__file__).parent / "example.json").read_bytes()

_ID = "75c2dd85-e89e-e711-8122-000d3aa2331c"
SMALL: dict[str, Any] = {
    "BusinessUnitId": _ID,
    "CorrelationId": _ID,
    "Depth": 1,
    "InitiatingUserId": _ID,
    "InputParameters": [],
    "IsExecutingOffline": False,
    "IsInTransaction": False,
    "IsOfflinePlayback": False,
    "IsolationMode": 1,
    "MessageName": "Update",
    "Mode": 0,
    "OperationCreatedOn": "/Date(1506384247000)/",
    "OperationId": _ID,
    "OrganizationId": _ID,
    "OrganizationName": "org",
    "OutputParameters": [],
    "OwningExtension": None,
    "ParentContext": None,
    "PostEntityImages": [],
    "PreEntityImages": [],
    "PrimaryEntityId": _ID,
    "PrimaryEntityName": "contact",
    "RequestId": None,
    "SecondaryEntityName": "none",
    "SharedVariables": [],
    "Stage": 40,
    "UserId": _ID,
}
_ALWAYS = [
    f"`{name}`"
    for name in SMALL
    if name not in {"InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages"}
]
ALL_MISSING = f"the members {', '.join(_ALWAYS[:-1])} and {_ALWAYS[-1]} are missing"
"""What is wrong with `{}`."""
XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"


def body(**members: Any) -> bytes:
    """The small body with some members changed."""
    return json.dumps(SMALL | members, separators=(",", ":")).replace("/", "\\/").encode()


def slot(text: str) -> bytes:
    """The small body with a JSON text as the shared variable `v`."""
    return body(SharedVariables=[{"key": "v", "value": "@"}]).replace(b'"@"', text.encode("utf-8", "surrogatepass"))


def typed(name: str, **members: Any) -> str:
    """The JSON text of an object with a `__type` of the platform."""
    return json.dumps({"__type": f"{name}:{XRM}", **members})


def event(
    message: str,
    inputs: Mapping[str, Value],
    outputs: Mapping[str, Value] | None = None,
    *,
    pre: Mapping[str, Entity | None] | None = None,
    post: Mapping[str, Entity | None] | None = None,
    **members: Any,
) -> RemoteExecutionContext:
    """A context of the small body with a message, as it reads after a way over the wire."""
    context = replace(
        cds_context.parse_context(body()),
        message_name=message,
        input_parameters=ParameterCollection(inputs),
        output_parameters=ParameterCollection(outputs or {}),
        pre_entity_images=EntityImageCollection(pre or {}),
        post_entity_images=EntityImageCollection(post or {}),
        **members,
    )
    return cds_context.parse_context(cds_context.encode_context(context))
