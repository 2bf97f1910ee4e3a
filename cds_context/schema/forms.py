"""JSON Schema of a context, as servers post it and as plain data. The page "Schema" explains its use.

The documents are assembled here, from the schemas in `wire` and `plain`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

from ..codec.decoding import parse_context
from ..conversion.plain import to_plain
from ..errors import ArgumentError
from ..event.context import RemoteExecutionContext
from .parts import Schema, ref
from .plain import plain_schemas
from .wire import wire_schemas

_EXAMPLE = Path(__file__).parents[1] / "example.json"


def json_schema(form: Literal["wire", "plain"] = "wire") -> dict[str, Any]:
    """The JSON Schema (2020-12) of a RemoteExecutionContext, as a dict that `json.dumps` takes.

    `form` "wire" describes the body that servers post; it is valid for every body that `parse_context` reads, as far as
    a schema can tell. "plain" describes the result of ``to_plain(context, mode="json")``.

    Raises ArgumentError for another form.
    """
    if form not in _FORMS:
        raise ArgumentError('the form is "wire" or "plain"')
    title, about, schemas, example = _FORMS[form]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cds-context:schema:{form}",
        "title": title,
        "description": about,
        **ref(RemoteExecutionContext.__name__),
        "$defs": schemas(),
        "examples": [example(_EXAMPLE.read_bytes())],
    }
    # The copy shares no object between two parts, so a caller may change any part.
    return cast("dict[str, Any]", json.loads(json.dumps(schema)))


def _plain(body: bytes) -> dict[str, Any]:
    return to_plain(parse_context(body), mode="json")


_FORMS: dict[str, tuple[str, str, Callable[[], dict[str, Schema]], Callable[[bytes], Any]]] = {
    "wire": (
        "RemoteExecutionContext",
        "What Microsoft Dataverse posts to a webhook or a Service Bus endpoint about one event.",
        wire_schemas,
        json.loads,
    ),
    "plain": (
        "Plain RemoteExecutionContext",
        'The JSON that `to_plain(context, mode="json")` of the Python package cds-context makes of an event.',
        plain_schemas,
        _plain,
    ),
}
