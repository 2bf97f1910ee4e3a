"""The folder `schemas`: its files are current, valid, and small."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

import cds_context
from cds_context import webhook
from cds_context.errors import CdsContextError

from .published_schemas import FOLDER, found, published
from .validators import PLAIN, WIRE, places

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_bytes())


def test_files_are_current() -> None:
    shipped, current = found(), published()
    stale = {name for name in shipped | current if shipped.get(name) != current.get(name)}
    assert stale == set(), "write them anew: python -m tests.published_schemas"
    assert all(len(content) < 150_000 for content in found().values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("examples/*.json")), ids=lambda path: path.stem)
def test_examples_are_valid(path: Path) -> None:
    validator = PLAIN if path.name.endswith(".plain.json") else WIRE
    assert places(validator, json.loads(path.read_bytes())) == set()


def test_openapi_document_is_valid() -> None:
    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)


def test_openapi_document_holds_the_schema_of_the_wire() -> None:
    schema = {"$ref": "#/components/schemas/RemoteExecutionContext", "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema)
    body = json.loads((Path(cds_context.__file__).with_name("example.json")).read_bytes())
    assert places(validator, body) == set()
    body["InputParameters"][0]["value"]["Id"] = None
    assert places(validator, body) == {"$.InputParameters[0].value.Id"}


def test_examples_of_the_openapi_document_are_there() -> None:
    shown = DOCUMENT["components"]["requestBodies"]["Event"]["content"]["application/json"]["examples"]
    files = {path.stem for path in FOLDER.glob("examples/*.json") if not path.name.endswith(".plain.json")}
    assert set(shown) == files
    for name, example in shown.items():
        path = FOLDER / example.get("externalValue", f"examples/{name}.json")
        assert example.get("value", json.loads(path.read_bytes())) == json.loads(path.read_bytes())


def test_headers_are_those_that_are_read() -> None:
    named = dict.fromkeys(DOCUMENT["components"]["parameters"], "x")
    ids = {name: "75c2dd85-e89e-e711-8122-000d3aa2331c" for name in named if name.endswith("-id")}
    read = webhook.WebhookHeaders.parse({**named, **ids})
    assert all(getattr(read, name) for name in read.__struct_fields__)
    assert len(named) == len(read.__struct_fields__)


def test_options_of_authentication_are_those_that_are_checked() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert set(schemes) == {
        name.removesuffix("Auth") for name in webhook.__all__ if name.endswith("Auth") and name != "UncheckedAuth"
    }
    webhook.WebhookKeyAuth("k").verify({}, f"{schemes['WebhookKey']['name']}=k")
    operation = DOCUMENT["paths"]["/events"]["post"]
    assert operation["security"] == [{name: []} for name in schemes]


def test_answers_have_every_status_of_an_error() -> None:
    told = DOCUMENT["paths"]["/events"]["post"]["responses"]
    errors = [error for error in vars(cds_context).values() if isinstance(error, type)]
    statuses = {error.status for error in errors if issubclass(error, CdsContextError)}
    assert {str(status) for status in statuses - {HTTPStatus.INTERNAL_SERVER_ERROR}} <= set(told)
    assert {"2XX", "502", "503", "504", "default"} <= set(told)
