"""A delivery: a context, and the envelope's claims about it. Shared by webhooks and Service Bus.

No transport is known here.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import Struct, ValidationError, convert

from ..event.context import RemoteExecutionContext

MAX_BYTES = 1024 * 1024
"""The default bound of a body, in bytes.

Servers cut a webhook's body at 256 KB and a message's at 192 KB. Members that are never cut (shared variables, output
parameters) can still be long, and garbled text takes up to two and a half times its size; four times the larger cut
covers both.
"""


class Delivery(Struct, frozen=True, kw_only=True):
    """One event as it was received, by any transport."""

    context: RemoteExecutionContext
    """The event itself."""
    is_truncated: bool
    """Whether the server removed parameters, images and the parent, because the body was too large.

    The envelope always shows a cut, the body most often (`context.is_truncated`). The row can then be read from
    Dataverse, by `context.record`.
    """
    mismatches: tuple[str, ...]
    """Fields of the envelope, `entity_name` or `request_name`, that contradict the body."""

    def __repr__(self) -> str:
        # Deliveries end up in logs, and contexts hold personal data.
        cut = ", truncated" if self.is_truncated else ""
        return f"<{type(self).__name__}: {self.context.message_name} of {self.context.primary_entity_name}{cut}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # rich prints local variables in tracebacks, and would otherwise show every field of the Struct.
        about = self.context
        return [("message_name", about.message_name), ("primary_entity_name", about.primary_entity_name)]


def mismatches(
    context: RemoteExecutionContext, *, entity_name: str | None, request_name: str | None
) -> tuple[str, ...]:
    """The names of the envelope's fields that contradict the body; a field that is None contradicts nothing."""
    if entity_name == context.primary_entity_name and request_name == context.message_name:  # as in most posts
        return ()
    wrong: tuple[str, ...] = ()
    if not _agrees(entity_name, context.primary_entity_name):
        wrong = ("entity_name",)
    if not _agrees(request_name, context.message_name):
        wrong = (*wrong, "request_name")
    return wrong


def _agrees(said: str | None, found: str | None) -> bool:
    return said is None or said.casefold() == (found or "").casefold()


def is_set(mark: object) -> bool:
    """Whether the envelope carries a mark. Servers send marks only when true, with undocumented values."""
    return mark is not None and str(mark).casefold() != "false"


def as_id(text: object) -> UUID | None:
    """An id as envelopes write it, with or without braces; None for other text."""
    if not text:
        return None
    try:
        return convert(str(text).strip("{}"), UUID)
    except (ValidationError, UnicodeEncodeError):  # UnicodeEncodeError: half a surrogate pair
        return None
