"""The facts of an event besides its values: what happened, when and where it ran, who did it, and its collections.

Every fact has one label, which the terminal and the page share. Texts only; `cli` and `tools` lay them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cds_context import Entity, RemoteExecutionContext, UnknownMomentError

from .changes import record_of, targets_of
from .values import cell, moment, row, worded

SERVERS_IMAGE = "AsynchronousStepPrimaryName"
"""The image that the server adds to asynchronous steps, unregistered: the row's primary name and id."""


def title(context: RemoteExecutionContext) -> str:
    """What happened, and to which table: `Update of contact`."""
    table = "" if context.primary_entity_name in (None, "", "none") else f" of {context.primary_entity_name}"
    return f"{context.message_name or 'no message'}{table}"


def step(context: RemoteExecutionContext) -> str:
    """When in the pipeline it ran: `stage 40 post-operation, asynchronous, depth 1`."""
    mode = worded(context.mode) or f"mode {int(context.mode)}"
    return f"stage {cell(context.stage).plain}, {mode}, depth {context.depth}"


def moment_of(context: RemoteExecutionContext) -> datetime | None:
    """When the operation was created; None if the body does not tell."""
    try:
        return context.operation_created_on_utc
    except UnknownMomentError:
        return None


def when(context: RemoteExecutionContext) -> str:
    """When the operation was created, in words."""
    known = moment_of(context)
    return "unknown: the body leaves out the offset" if known is None else moment(known)


def facts(context: RemoteExecutionContext) -> Iterator[tuple[str, str]]:
    """The facts of a context, by label; a fact that the context lacks is left out."""
    yield "step", step(context)
    if context.owning_extension:
        yield "registered as", row(context.owning_extension)
    if record := record_of(context):
        yield "record", f"{row(record)}{_server_name(context)}"
    elif targets := targets_of(context):
        yield "records", f"{len(targets):,}"
    known = moment_of(context)
    yield "when", when(context)
    if context.operation_created_on != known:
        yield "as written", f"{moment(context.operation_created_on)}, off by its offset as in all asynchronous steps"
    yield "by user", str(context.initiating_user_id)
    if context.user_id != context.initiating_user_id:
        yield "running as", str(context.user_id)
    if context.initiating_user_agent:
        yield "with", context.initiating_user_agent
    yield "in", f"{context.organization_name} {context.organization_id}"
    yield "operation", str(context.operation_id)
    yield "correlation", str(context.correlation_id)


def _server_name(context: RemoteExecutionContext) -> str:
    """The row's primary name, as the server adds it to asynchronous steps."""
    image = context.post_image(SERVERS_IMAGE) or context.pre_image(SERVERS_IMAGE)
    record = record_of(context)
    names = [value for value in image.attributes.values() if value != str(image.id)] if image else []
    return f" {names[0]}" if len(names) == 1 and record and not record.name else ""


def images(context: RemoteExecutionContext) -> dict[str, Entity]:
    """The registered images, by moment and name: `before: PreImage`."""
    times = (("before", context.pre_entity_images), ("after", context.post_entity_images))
    return {
        f"{when}: {name}": image
        for when, registered in times
        for name, image in registered.items()
        if image and name != SERVERS_IMAGE
    }


def sections(context: RemoteExecutionContext) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The collections of a context, by title; empty collections are left out."""
    named: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("input parameters", context.input_parameters),
        ("output parameters", context.output_parameters),
        ("shared variables", context.shared_variables),
        ("unknown members", context.unknown_members),
    )
    return ((name, items) for name, items in named if items)


def causes(context: RemoteExecutionContext) -> Iterator[str]:
    """The operations that led to this one, a line each, from the first."""
    for parent in reversed(context.parents):
        about = record_of(parent)
        record = f" {about.id}" if about else ""
        yield f"{title(parent)}{record}, {step(parent)}"
