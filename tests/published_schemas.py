"""What the folder `schemas` holds besides its README: `python -m tests.published_schemas` writes it.

`test_published_schemas` holds the files to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cds_context import json_schema, parse_context, to_plain
from cds_context.testing import examples

from .openapi import openapi

FOLDER = Path(__file__).parents[1] / "schemas"

EXAMPLES = (
    *("update-too-large", "create", "update", "update-asynchronous", "delete", "assign", "set-state", "associate"),
    *("update-multiple", "close-incident", "custom-api"),
)
"""The smallest first, which is shown in the OpenAPI document."""


def published() -> dict[str, bytes]:
    """The files, by their path in the folder."""
    bodies = {name: examples()[name] for name in EXAMPLES}
    return {
        "remote-execution-context.schema.json": _pretty(json_schema()),
        "plain-context.schema.json": _pretty(json_schema("plain")),
        "openapi.json": _pretty(openapi(bodies)),
        **{f"examples/{name}.json": body for name, body in bodies.items()},
        **{f"examples/{name}.plain.json": _pretty(_plain(body)) for name, body in bodies.items()},
    }


def found() -> dict[str, bytes]:
    """The files that are there."""
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.json")}


def _plain(body: bytes) -> dict[str, Any]:
    return to_plain(parse_context(body), mode="json")


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def main() -> None:
    """Write every file anew; one that is published no more goes."""
    for name in found():
        (FOLDER / name).unlink()
    (FOLDER / "examples").mkdir(exist_ok=True)
    for name, content in published().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
