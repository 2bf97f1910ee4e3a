"""What arrived: a context, and what its envelope says of it. Shared by webhooks and Service Bus.

Knows no transport.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import Struct, ValidationError, convert

from ..event.context import RemoteExecutionContext

MAX_BYTES = 1024 * 1024
"""Bytes of a body that are read unless the caller says otherwise.

Servers cut a webhook's body at 256 KB and a message's at 192 KB. What is not cut (shared variables, output parameters)
can still be long, and a garbled text takes up to two and a half times its room; four times the cut holds both.
"""


class Delivery(Struct, frozen=True, kw_only=True):
    """One event as it was received, however it came."""

    context: RemoteExecutionContext
    """What happened."""
    is_truncated: bool
    """Whether the server removed parameters, images and the parent, because the whole was too large.

    The envelope tells it of every message, the body of most (`context.is_truncated`). The row can then be read from
    Dataverse, by `context.record`.
    """
    mismatches: tuple[str, ...]
    """Fields of the envelope, `entity_name` or `request_name`, in which it says something else than the body."""

    def __repr__(self) -> str:
        # Deliveries end up in logs, and contexts hold personal data.
        cut = ", truncated" if self.is_truncated else ""
        return f"<{type(self).__name__}: {self.context.message_name} of {self.context.primary_entity_name}{cut}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # So that rich shows no more, whose tracebacks can hold local variables: a Struct would show it everything.
        about = self.context
        return [("message_name", about.message_name), ("primary_entity_name", about.primary_entity_name)]


def mismatches(
    context: RemoteExecutionContext, *, entity_name: str | None, request_name: str | None
) -> tuple[str, ...]:
    """The names of what the envelope says differently; what it does not say matches."""
    pairs = (
        ("entity_name", entity_name, context.primary_entity_name),
        ("request_name", request_name, context.message_name),
    )
    return tuple(
        name for name, said, found in pairs if said is not None and said.casefold() != (found or "").casefold()
    )


def is_set(mark: object) -> bool:
    """Whether the envelope carries a mark that servers send only when it is true; its value is not documented."""
    return mark is not None and str(mark).casefold() != "false"


def as_id(text: object) -> UUID | None:
    """An id as envelopes write it, with or without braces; None for what is no id."""
    try:
        return convert(str(text).strip("{}"), UUID) if text else None
    except (ValidationError, UnicodeEncodeError):  # the latter for half a surrogate pair
        return None
