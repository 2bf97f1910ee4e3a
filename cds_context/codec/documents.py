"""A context from a document in XML or in .NET Binary, and such a document from a context.

Reading: the elements become the value that the event's JSON would give, by a fast pass if the document is spelled as
servers spell it, else by a reader of tokens and `building`. The passes for JSON read that value: first msgspec in C,
and the tolerant pass for what that refuses. So both formats have the same values, bounds and errors as JSON.
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
from .tolerant import NO_STACK, TolerantReader
from .writing import write_context
from .xml_elements import XmlElements

READERS = {Format.XML: xml_tokens.read_tokens, Format.BINARY: binary_tokens.read_tokens}

FAST = {Format.XML: xml_fast.read_tree, Format.BINARY: binary_fast.read_tree}


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
    keeps = parse_float is not float
    tree = FAST[form](body, keep_fractions=keeps) or build(READERS[form](body), keep_fractions=keeps)
    if not tree.has_fractions:
        with suppress(ValueError, RecursionError, MemoryError):
            return convert(tree.value, RemoteExecutionContext)
    return TolerantReader(parse_float).context(tree.value)


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
