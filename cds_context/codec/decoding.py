"""Bytes or text in, a context out. The pass is chosen here.

How it works: in the fast pass, msgspec decodes the whole body in C into the package's types; this is enough for nearly
every body that servers post. A body that the fast pass refuses goes to the tolerant pass (`refused`), which reads it or
names the fault and its path.

How depth is bounded: MAX_DEPTH holds for both passes, but msgspec counts no levels. In the fast pass only rows and
parents can nest deep, and each level takes many bytes. So a short body cannot be too deep, and a long one is walked
after it was decoded (`survey`); a body that may exceed the bound is left to the tolerant pass, which counts levels.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from ..event.context import ContextSummary, RemoteExecutionContext
from ..model.late import Late
from ..wire.body import Body, plain_body
from .fast import summary_decoder
from .native import REFUSED, may_hold_minus_zero, read_fast

if TYPE_CHECKING:
    from . import refused
else:
    refused = Late(f"{__package__}.refused")  # needed for a body that the fast pass refuses


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
    if not repair_text and (parse_float is float or (exact and not may_hold_minus_zero(body))):
        context = read_fast(body, exact=exact)
        if context is not None:
            return context
    return refused.read(body, parse_float, repair_text=repair_text)


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
