"""A context from a document in XML or in .NET Binary, and such a document from a context.

Reading: a document that is spelled as servers spell it becomes the event's JSON, by a fast pass, and the passes for
JSON read that. Any other one becomes the value that the JSON would give, by a reader of tokens and `building`; msgspec
reads that value, and the tolerant pass what msgspec refuses. So both formats have the same values, bounds and errors as
JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from msgspec import convert

from ..errors import DecodeError, EncodeError, Fault
from ..event.context import RemoteExecutionContext
from ..wire.formats import Format
from ..wire.wrappings import DECODED_BINARY, name_of_text, no_context
from . import binary_fast, binary_tokens, xml_fast, xml_tokens
from .binary_elements import BinaryElements
from .building import build
from .memory import Memory, Past, Remembering, read_node, remember
from .native import REFUSED, may_hold_minus_zero, read_fast
from .spellings import Spliced
from .tolerant import NO_STACK, TolerantReader, parse_json
from .writing import write_context
from .xml_elements import XmlElements

READERS = {Format.XML: xml_tokens.read_tokens, Format.BINARY: binary_tokens.read_tokens}

FAST = {Format.XML: xml_fast.splice, Format.BINARY: binary_fast.splice}


def read_document(
    body: bytes, form: Format, parse_float: Callable[[str], float | Decimal] = float
) -> RemoteExecutionContext:
    """The context of a document. Raises DecodeError."""
    try:
        context = _read(body, form, parse_float)
    except Fault as fault:
        error = DecodeError(fault.reason, fault.path, fault.missing)
    else:
        remember(context, Memory(body, form, parse_float))
        return context
    # Raised outside of the handler, because a UnicodeDecodeError as `__context__` would hold the body.
    found = _in_other_characters(body, form)
    raise error if found is None else DecodeError(no_context(found))


def _in_other_characters(body: bytes, form: Format) -> str | None:
    """A name for a document that a tool on the way has spelled in other characters; None if none did."""
    if form is Format.XML:
        return name_of_text(body)
    # What a server wrote is no UTF-8: the byte of the first text's record follows a letter, and begins no character.
    with suppress(UnicodeDecodeError):
        return None if body.decode().isascii() else DECODED_BINARY
    return None


def _read(body: bytes, form: Format, parse_float: Callable[[str], float | Decimal]) -> RemoteExecutionContext:
    spliced = FAST[form](body)
    context = None if spliced is None else read_spliced(spliced, parse_float)
    if context is not None:
        return context
    return read_complete(body, form, parse_float)


def read_complete(body: bytes, form: Format, parse_float: Callable[[str], float | Decimal]) -> RemoteExecutionContext:
    """The context of a document, without the fast pass. Raises Fault."""
    tree = build(READERS[form](body), keep_fractions=parse_float is not float)
    if not tree.has_fractions:
        with suppress(*REFUSED):
            return convert(tree.value, RemoteExecutionContext)
    return TolerantReader(parse_float).context(tree.value)


def read_spliced(spliced: Spliced, parse_float: Callable[[str], float | Decimal]) -> RemoteExecutionContext | None:
    """The context of a document's JSON; None for one that is refused, whose fault the complete pass names."""
    json, created_on = spliced
    exact = parse_float is Decimal
    context = None
    if parse_float is float or (exact and not may_hold_minus_zero(json)):
        context = read_fast(json, exact=exact)
    if context is None:
        try:
            context = TolerantReader(parse_float).context(parse_json(json.decode()))
        except (Fault, UnicodeDecodeError):
            return None
    if created_on is not None:
        _set_created_on(context, created_on)
    return context


_set_created_on: Any = vars(RemoteExecutionContext)["_raw_operation_created_on"].__set__


def write_document(context: RemoteExecutionContext, form: Format, indent: int) -> bytes:
    """The document of a context that JSON can hold. Raises EncodeError."""
    try:
        out = XmlElements(indent) if form is Format.XML else BinaryElements()
        members: Any = context.unknown_members
        memory = members.memory if isinstance(members, Remembering) else None
        past = None if memory is None else _past(memory)
        write_context(context, out, past, is_from_xml=memory is not None and memory.form is Format.XML)
        return out.finish()
    except Fault as fault:
        raise EncodeError(fault.reason, fault.path) from None
    except RecursionError:
        raise EncodeError(NO_STACK) from None


def _past(memory: Memory) -> Past:
    """The document once more: its values and its elements."""
    body, form, parse_float, parents = memory
    value: Any = _read(body, form, parse_float)
    node: Any = read_node(READERS[form](body, with_namespaces=True))
    for _ in range(parents):
        value, node = value.parent_context, node.child("ParentContext")
    return Past(node, value)
