"""JSON that msgspec decodes whole, in C: what of it is final, and what another pass has to read.

How depth is bounded stands in `decoding`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..event.context import RemoteExecutionContext
from ..model.late import Late
from .fast import decode_context

if TYPE_CHECKING:
    from . import survey
else:
    survey = Late(f"{__package__}.survey")  # needed for a body that is long or must be exact

REFUSED = (ValueError, RecursionError, MemoryError)
"""The errors of msgspec for a body that it refuses. Its own errors and UnicodeError are ValueErrors."""

# The two characters come first, because `re` looks for the beginning of a pattern much faster than for all else.
_MINUS_ZERO = rb"-0(?<=[:,\[ \t\r\n]-0)"
"""A sign that a body may hold `-0`. The fast pass would read it as the int 0 and lose the sign."""

SHALLOW = 24_000
"""A nested row needs at least 78 bytes, so a shorter body cannot exceed MAX_DEPTH and is not walked."""


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


def may_hold_minus_zero(body: bytes | str) -> bool:
    """Whether a body may hold `-0`."""
    return isinstance(body, str) or re.search(_MINUS_ZERO, body) is not None
