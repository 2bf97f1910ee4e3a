"""Bytes or text in, a context out. The pass is chosen here, and the errors of both passes are translated here.

How it works: in the fast pass, msgspec decodes the whole body in C into the package's types; this is enough for nearly
every body that servers post. A body that the fast pass refuses goes to the tolerant pass, which reads it or names the
fault and its path.

How depth is bounded: MAX_DEPTH holds for both passes, but msgspec counts no levels. In the fast pass only rows and
parents can nest deep, and each level takes many bytes. So a short body cannot be too deep, and a long one is walked
after it was decoded (`survey`); a body that may exceed the bound is left to the tolerant pass, which counts levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from importlib import import_module
from typing import Any, cast

from ..errors import DecodeError, Fault
from ..event.context import ContextSummary, RemoteExecutionContext
from ..wire.body import Body, plain_body
from ..wire.formats import Format, format_of
from ..wire.garbling import repair
from ..wire.wrappings import is_context, name_of_text, name_of_value, no_context
from .fast import decode_context, decode_summary
from .survey import make_exact, survey
from .tolerant import TolerantReader, parse_json

REFUSED = (ValueError, RecursionError, MemoryError)
"""The errors of msgspec for a body that it refuses. Its own errors and UnicodeError are ValueErrors."""

# The two characters come first, because `re` looks for the beginning of a pattern much faster than for all else.
_minus_zero = re.compile(rb"-0(?<=[:,\[ \t\r\n]-0)").search
"""Finds a sign that a body may hold `-0`. The fast pass would read it as the int 0 and lose the sign."""

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
    form = format_of(body)
    if form is not Format.JSON:
        return _read_document(body, form, parse_float)
    try:
        return TolerantReader(parse_float).context(_json(body, repair_text=repair_text))
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path, fault.missing) from None


def _read_document(
    body: bytes | str, form: Format, parse_float: Callable[[str], float | Decimal]
) -> RemoteExecutionContext:
    # The readers of the other formats are loaded when the first such body comes: most programs never get one.
    documents: Any = import_module(".documents", __package__)
    octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    context: RemoteExecutionContext = documents.read_document(octets, form, parse_float)
    return context


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
    is_shallow, holds_floats = survey(context, may_be_deep=may_be_deep)
    if not is_shallow:
        return None
    if exact and holds_floats:
        try:
            make_exact(context, body)
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
        return decode_summary(body)
    # Outside of the handler, because msgspec's error as `__context__` could hold the body.
    context = parse_context(body)
    return ContextSummary(**{name: getattr(context, name) for name in ContextSummary.__struct_fields__})


def _may_hold_minus_zero(body: bytes | str) -> bool:
    return isinstance(body, str) or _minus_zero(body) is not None


def _json(body: bytes | str, *, repair_text: bool) -> dict[str, Any]:
    text = _opened(body if isinstance(body, str) else _text(body), repair_text=repair_text)
    value = _parsed(text)
    if type(value) is str:
        if format_of(value) is Format.XML:
            raise Fault(no_context("XML in a JSON string: `cds_context.unwrap` takes it out"))
        # Some relays send the JSON inside a JSON string. If the string is ASCII, garbled text was escaped in it, and so
        # was not repaired before.
        value = _parsed(_opened(value, repair_text=repair_text and text.isascii()))
    is_object = value.__class__ is dict
    if not (is_object and is_context(value)):
        found = name_of_value(value)
        if not is_object or found is not None:  # for any other object, the reader names its missing members
            raise Fault(no_context(found))
    return cast("dict[str, Any]", value)


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except Fault:
        if (found := name_of_text(text)) is None:
            raise
        raise Fault(no_context(found)) from None


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        start = error.start
    # Raised outside of the handler, because the UnicodeDecodeError as `__context__` would hold the body.
    found = name_of_text(body)
    raise Fault(f"not UTF-8, at byte {start}" if found is None else no_context(found))


def _opened(text: str, *, repair_text: bool) -> str:
    """The text without a byte order mark, which may be garbled like the rest."""
    text = text.removeprefix("\ufeff")
    return repair(text).removeprefix("\ufeff") if repair_text else text
