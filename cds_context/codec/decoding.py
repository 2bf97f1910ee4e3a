"""Bytes or text in, a context out. The pass is chosen here.

How it works: in the fast pass, msgspec decodes the whole body in C into the package's types; this is enough for nearly
every body that servers post. A body that the fast pass refuses goes to the tolerant pass (`refused`), which reads it or
names the fault and its path.

How depth is bounded: MAX_DEPTH holds for both passes, but msgspec counts no levels. In the fast pass only rows and
parents can nest deep, and each level takes many bytes. So a short body cannot be too deep, and a long one is walked
after it was decoded (`survey`); a body that may exceed the bound is left to the tolerant pass, which counts levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from ..event.context import ContextSummary, RemoteExecutionContext
from ..model.late import Late
from ..wire.body import Body, plain_body
from .fast import decode_context, summary_decoder

if TYPE_CHECKING:
    from . import refused, survey
else:
    # Needed for a body that is long or must be exact, and for one that the fast pass refuses.
    survey = Late(f"{__package__}.survey")
    refused = Late(f"{__package__}.refused")

REFUSED = (ValueError, RecursionError, MemoryError)
"""The errors of msgspec for a body that it refuses. Its own errors and UnicodeError are ValueErrors."""

# The two characters come first, because `re` looks for the beginning of a pattern much faster than for all else.
_MINUS_ZERO = rb"-0(?<=[:,\[ \t\r\n]-0)"
"""A sign that a body may hold `-0`. The fast pass would read it as the int 0 and lose the sign."""

SHALLOW = 24_000
"""A nested row needs at least 78 bytes, so a shorter body cannot exceed MAX_DEPTH and is not walked."""


def parse_context(
    body: Body, *, parse_float: Callable[[str], float | Decimal] = float, repair_text: bool = False
) -> RemoteExecutionContext:
    """The context in the body of a webhook or a Service Bus message.

    `body` is one JSON object in UTF-8; a byte order mark, white space, and a JSON string around the JSON are accepted.
    A body in XML or in .NET Binary is told by its first bytes, and gives the context that the event's JSON would give
    ("Message formats" has what differs).
    `parse_float` makes the numbers with a point or an exponent in untyped slots, as in `json.loads`: `float`, or
    `Decimal` for exact numbers. With `Decimal`, a context that a server wrote encodes to its original bytes.
    `repair_text` undoes the garbling that some servers do to webhooks (wire format, "Garbled text"); it does nothing to
    the other formats, which are never garbled.

    Raises DecodeError, with path and reason, for a body that is no RemoteExecutionContext, and ArgumentTypeError for
    anything but bytes and text, such as parsed JSON.
    """
    body = plain_body(body)
    exact = parse_float is Decimal
    if not repair_text and (parse_float is float or (exact and not _may_hold_minus_zero(body))):
        context = read_fast(body, exact=exact)
        if context is not None:
            return context
    return refused.read(body, parse_float, repair_text=repair_text)


def read_fast(body: bytes | str, *, exact: bool = False) -> RemoteExecutionContext | None:
    """What the fast pass makes of a body, or None if the tolerant pass has to read it.

    For a caller that must not wait: this takes milliseconds for a megabyte, whatever the body holds.
    """
    try:
        context = decode_context(body)
    except REFUSED:
        return None
    may_be_deep = len(body) >= SHALLOW
    if not (may_be_deep or exact):
        return context
    is_shallow, holds_floats = survey.survey(context, may_be_deep=may_be_deep)
    if not is_shallow:
        return None
    if exact and holds_floats:
        try:
            survey.make_exact(context, body)
        except REFUSED:  # the stack, which had room for the types, ends at a number
            return None
    return context


def peek_context(body: Body) -> ContextSummary:
    """The few members of a body that routing needs; all others are neither built nor checked.

    A body in XML or in .NET Binary is read like `parse_context`, whole.

    Raises the errors of `parse_context`: DecodeError if one of these members is missing.
    """
    body = plain_body(body)
    with suppress(*REFUSED):
        return summary_decoder()(body)
    # Outside of the handler, because msgspec's error as `__context__` could hold the body.
    context = parse_context(body)
    return ContextSummary(**{name: getattr(context, name) for name in ContextSummary.__struct_fields__})


def _may_hold_minus_zero(body: bytes | str) -> bool:
    return isinstance(body, str) or re.search(_MINUS_ZERO, body) is not None
