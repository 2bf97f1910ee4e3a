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
from cds_context.webhook import UncheckedAuth

from ..validators import places, spots

NOBODY = UncheckedAuth(because="nothing is posted")


def fastapi(page: Any) -> Any:
    return page.app.openapi()


def litestar(page: Any) -> Any:
    return page.app.openapi_schema.to_schema()


@pytest.fixture(name="document", params=[fastapi, litestar])
def description_of_a_page(request: pytest.FixtureRequest, page: Callable[[str], Any]) -> Any:
    describe = request.param
    return json.loads(json.dumps(describe(page(describe.__name__))))


def test_the_description_has_the_body_and_the_refusals(document: Any) -> None:
    operation = document["paths"]["/dataverse"]["post"]
    assert operation["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DataverseRemoteExecutionContext"}}},
    }
    assert set(operation["responses"]) == {"204", "400", "401", "413"}
    assert "parameters" not in operation


def test_the_description_is_valid(document: Any) -> None:
    validate(document, cls=OpenAPIV31SpecValidator)


def test_the_schemas_are_components_that_a_pointer_into_the_document_finds(document: Any) -> None:
    # Tools that know no base address but that of the document find nothing below an `$id`, and nothing in `$defs`.
    schemas = document["components"]["schemas"]
    assert set(schemas) == {f"Dataverse{name}" for name in json_schema()["$defs"]}
    keys = [(key, holder[key]) for holder, key in spots(document) if holder.__class__ is dict]
    assert not {"$id", "$schema", "$defs", "$anchor"} & {key for key, _ in keys}
    assert {ref for key, ref in keys if key == "$ref"} == {f"#/components/schemas/{name}" for name in schemas}


@pytest.mark.repeats
def test_the_schemas_are_those_of_the_wire(document: Any) -> None:
    reference = document["paths"]["/dataverse"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator: Any = Draft202012Validator(reference | {"components": document["components"]})
    for body in examples().values():
        value = json.loads(body)
        assert places(validator, value) == set()
        value["OwningExtension"]["Id"] = 1
        assert places(validator, value) == {"$.OwningExtension.Id"}


def test_an_example_is_shown_with_its_nulls(document: Any) -> None:
    (example,) = document["components"]["schemas"]["DataverseRemoteExecutionContext"]["examples"]
    assert [example] == json_schema()["examples"]
    assert None in [holder[key] for holder, key in spots(example)]


def test_schemas_of_an_app_stay_in_fastapi() -> None:
    module = pytest.importorskip("fastapi")
    from pydantic import BaseModel  # noqa: PLC0415 # it comes with FastAPI

    from cds_context.contrib.fastapi import Webhook, add_schemas  # noqa: PLC0415

    class Entity(BaseModel):
        name: str

    app: Any = module.FastAPI()
    add_schemas(app)
    add_schemas(app)

    async def receive() -> None: ...

    extra = Webhook(NOBODY).openapi_extra
    app.add_api_route("/dataverse", receive, methods=["POST"], response_model=Entity, openapi_extra=extra)

    assert app.openapi() is app.openapi()
    schemas = app.openapi()["components"]["schemas"]
    assert schemas["Entity"]["properties"] == {"name": {"title": "Name", "type": "string"}}
    assert "DataverseEntity" in schemas


def test_components_of_an_app_stay_in_litestar() -> None:
    module = pytest.importorskip("litestar")
    from litestar.openapi import OpenAPIConfig  # noqa: PLC0415
    from litestar.openapi.spec import Components, Example  # noqa: PLC0415

    from cds_context.contrib.litestar import add_schemas  # noqa: PLC0415

    given = [Components(examples={"one": Example(value=1)}), Components(examples={"two": Example(value=2)})]
    config = OpenAPIConfig("Title", "1", components=given)
    app = module.Litestar(openapi_config=config, on_app_init=[add_schemas])
    components = app.openapi_schema.to_schema()["components"]
    assert set(components["examples"]) == {"one", "two"}
    assert "DataverseEntity" in components["schemas"]

    # The configuration that all apps share stays as it is.
    assert app.openapi_schema.components is not module.Litestar().openapi_schema.components
    assert "DataverseEntity" not in module.Litestar().openapi_schema.to_schema()["components"].get("schemas", {})


def test_an_app_without_a_description_gets_none_in_litestar() -> None:
    module = pytest.importorskip("litestar")
    from cds_context.contrib.litestar import add_schemas  # noqa: PLC0415

    assert module.Litestar(openapi_config=None, on_app_init=[add_schemas]).openapi_config is None
