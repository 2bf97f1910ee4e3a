"""`python -m cds_context [FILE]`: parse one body and print what is in it. Uses only public names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cds_context import DecodeError, RemoteExecutionContext, Value, parse_context

EXAMPLE = Path(__file__).with_name("example.json")


def describe(context: RemoteExecutionContext) -> Iterator[str]:
    """The lines that say what happened, when, and what was sent along."""
    yield f"{context.message_name} of {context.primary_entity_name} {context.primary_entity_id}"
    yield f"  stage {context.stage.name}, {context.mode.name}, depth {context.depth}, in {context.organization_name}"
    yield f"  operation created on {context.operation_created_on_utc.isoformat()}"
    yield f"  by user {context.initiating_user_id}"
    for title, collection in (
        ("input parameter", context.input_parameters),
        ("pre-image", context.pre_entity_images),
        ("post-image", context.post_entity_images),
        ("shared variable", context.shared_variables),
    ):
        for name, value in collection.items():
            yield f"{title} {name}:"
            yield from _lines(value)
    if context.parent_context:
        parent = context.parent_context
        yield f"caused by {parent.message_name} of {parent.primary_entity_name}, stage {parent.stage.name}"


def _lines(value: Value) -> Iterator[str]:
    attributes = getattr(value, "attributes", None)
    if attributes is None:
        yield f"  {value!r}"
        return
    for column, content in attributes.items():
        yield f"  {column} = {content!r}"


def main(arguments: list[str]) -> int:
    """Print one body; the example without an argument. Returns 1 for a body that is no context."""
    path = Path(arguments[0]) if arguments else EXAMPLE
    try:
        context = parse_context(path.read_bytes())
    except DecodeError as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return 1
    print("\n".join(describe(context)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
