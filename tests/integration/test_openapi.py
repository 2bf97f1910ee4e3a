"""The OpenAPI descriptions of FastAPI and Litestar: what a reader of them learns of the body and of the refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cds_context import json_schema


def fastapi(page: Any) -> Any:
    return page.app.openapi()


def litestar(page: Any) -> Any:
    return page.app.openapi_schema.to_schema()


@pytest.mark.parametrize("describe", [fastapi, litestar])
def test_the_description_has_the_schema_and_the_refusals(
    describe: Callable[[Any], Any], page: Callable[[str], Any]
) -> None:
    operation = describe(page(describe.__name__))["paths"]["/dataverse"]["post"]
    assert operation["requestBody"]["required"] is True
    # Its references are to its own parts, which its `$id` makes possible in the midst of another document.
    assert operation["requestBody"]["content"]["application/json"]["schema"] == json_schema("wire")
    assert set(operation["responses"]) == {"204", "400", "401", "413"}
    assert "parameters" not in operation
