"""A context from a document in XML or in .NET Binary.

The elements become the value that the event's JSON would give, and the passes for JSON read it: first msgspec in C, and
the tolerant pass for what that refuses. So both formats have the same values, bounds and errors as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from msgspec import convert

from ..errors import DecodeError, Fault
from ..event.context import RemoteExecutionContext
from ..wire.formats import Format
from . import binary_tokens, xml_tokens
from .building import build
from .tolerant import TolerantReader

READERS = {Format.XML: xml_tokens.read_tokens, Format.BINARY: binary_tokens.read_tokens}


def read_document(
    body: bytes, form: Format, parse_float: Callable[[str], float | Decimal] = float
) -> RemoteExecutionContext:
    """The context of a document. Raises DecodeError."""
    try:
        tree = build(READERS[form](body), keep_fractions=parse_float is not float)
        if not tree.has_fractions:
            with suppress(ValueError, RecursionError, MemoryError):
                return convert(tree.value, RemoteExecutionContext)
        return TolerantReader(parse_float).context(tree.value)
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path, fault.missing) from None
