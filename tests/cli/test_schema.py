"""The command `schema`."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from cds_context import json_schema

from ..command_line import run


@pytest.mark.parametrize("form", ["wire", "plain"])
def test_the_schema_is_printed(form: Literal["wire", "plain"]) -> None:
    result = run("schema", "--form", form)
    assert (result.exit_code, json.loads(result.stdout)) == (0, json_schema(form))


def test_it_is_that_of_the_wire_unless_another_is_asked_for() -> None:
    assert run("schema").stdout == run("schema", "--form", "wire").stdout
