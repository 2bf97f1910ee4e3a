"""The builders beside what real servers posted: what follows from message, mode and stage is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cds_context import Entity, RemoteExecutionContext, parse_context
from cds_context.testing import assign, create, delete, update

from ..test_conformance import captures

BUILDERS: dict[str, Any] = {"Assign": assign, "Create": create, "Delete": delete, "Update": update}


def shape(context: RemoteExecutionContext | None) -> dict[str, Any]:
    if context is None:
        return {}
    step, own = context.owning_extension, "AsynchronousStepPrimaryName"
    assert step
    return {
        "message": context.message_name,
        "where": (context.stage, context.mode, context.isolation_mode, context.is_in_transaction),
        "zone is UTC": context.operation_created_on.tzname() == "UTC",
        "step": (step.logical_name, step.name is None),
        "one id": context.operation_id == context.request_id,
        "own image": (own in context.pre_entity_images, own in context.post_entity_images),
        "answers": list(context.output_parameters),
        "secondary": context.secondary_entity_name,
    }


@pytest.mark.parametrize("path", captures())
def test_a_built_event_is_like_a_captured_one(path: Path) -> None:
    captured = parse_context(path.read_bytes())
    assert captured.message_name
    assert isinstance(captured.parent_context, RemoteExecutionContext)
    options: dict[str, Any] = {"asynchronous": captured.mode == 1, "primary_key": primary_key(captured)}
    if captured.message_name == "Assign":
        options["assignee"] = captured.input_parameters["Assignee"]
    built = BUILDERS[captured.message_name](captured.primary_entity_name, **options)
    assert shape(built) == shape(captured)
    assert shape(built.parent_context) == shape(captured.parent_context)
    ours, theirs = built.input_parameters["Target"], captured.input_parameters["Target"]
    assert type(ours) is type(theirs)
    if isinstance(ours, Entity) and isinstance(theirs, Entity):
        assert ours.keys() <= theirs.keys()


def primary_key(captured: RemoteExecutionContext) -> str:
    """The column that holds the row's id."""
    own = {**captured.pre_entity_images, **captured.post_entity_images}.get("AsynchronousStepPrimaryName")
    return list(own)[-1] if own else f"{captured.primary_entity_name}id"
