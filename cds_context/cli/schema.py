"""The command `schema`."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated

import typer

from cds_context import json_schema

from .terminal import Screen


class Form(str, Enum):
    """The form that a schema describes."""

    WIRE = "wire"
    PLAIN = "plain"


def schema(
    form: Annotated[
        Form, typer.Option(help="wire: what servers post. plain: what the command `plain` gives.")
    ] = Form.WIRE,
) -> None:
    """Print the JSON Schema (2020-12) of a body.

    It is made from the types of this package, as they are in this version.

    For example:

        cds-context schema > context.schema.json
        check-jsonschema --schemafile context.schema.json body.json
        cds-context schema --form plain > plain.schema.json
    """
    Screen().write(json.dumps(json_schema(form.value), ensure_ascii=False, indent=2).encode())
