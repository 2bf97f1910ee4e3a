"""The OpenAPI descriptions of FastAPI and Litestar: what a reader of them learns of the body and of the refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from cds_context import json_schema
from cds_context.testing import examples


def fastapi(page: Any) -> Any:
    return page.app.openapi()


def litestar(page: Any) -> Any:
    return page.app.openapi_schema.to_schema()


DESCRIBED = [fastapi, litestar]


@pytest.mark.parametrize("describe", DESCRIBED)
def test_the_description_has_the_schema_and_the_refusals(
    describe: Callable[[Any], Any], page: Callable[[str], Any]
) -> None:
    operation = describe(page(describe.__name__))["paths"]["/dataverse"]["post"]
    assert operation["requestBody"]["required"] is True
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema.items() <= json_schema("wire").items()
    assert set(json_schema("wire")) - set(schema) == {"examples"}
    assert set(operation["responses"]) == {"204", "400", "401", "413"}
    assert "parameters" not in operation


@pytest.mark.parametrize("describe", DESCRIBED)
def test_the_description_is_valid(describe: Callable[[Any], Any], page: Callable[[str], Any]) -> None:
    document = json.loads(json.dumps(describe(page(describe.__name__))))
    validate(document, cls=OpenAPIV31SpecValidator)
    operation = document["paths"]["/dataverse"]["post"]
    schema: Any = Draft202012Validator(operation["requestBody"]["content"]["application/json"]["schema"])
    for body in examples().values():
        schema.validate(json.loads(body))
    assert not schema.is_valid({})
