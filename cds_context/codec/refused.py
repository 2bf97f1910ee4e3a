"""A body that the fast pass refused: read by the reader of its format, or called what it is.

Bytes or text in, a context out; the errors of the tolerant pass are translated here. This room is loaded when the first
such body comes, with the readers that it imports: most programs never get one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from ..errors import DecodeError, Fault
from ..event.context import RemoteExecutionContext
from ..model.late import Late
from ..wire.formats import Format, format_of
from ..wire.garbling import repair
from ..wire.wrappings import is_context, name_of_text, name_of_value, no_context
from .tolerant import TolerantReader, parse_json

if TYPE_CHECKING:
    from . import documents
else:
    documents = Late(f"{__package__}.documents")  # the readers of the two other formats


def read(
    body: bytes | str, parse_float: Callable[[str], float | Decimal], *, repair_text: bool
) -> RemoteExecutionContext:
    """The context in a body of any format. The parameters and errors are those of `parse_context`."""
    form = format_of(body)
    if form is not Format.JSON:
        octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return documents.read_document(octets, form, parse_float)
    try:
        return TolerantReader(parse_float).context(_json(body, repair_text=repair_text))
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path, fault.missing) from None


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
