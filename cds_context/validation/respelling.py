"""Where a document in XML or .NET Binary is spelled otherwise than the platform's serializer spells it.

The document is written again from its context, which remembers the types that came. Both are compared element by
element, so that records of .NET Binary which mean the same count as the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from ..codec.documents import READERS
from ..codec.output import encode_context
from ..errors import EncodeError
from ..event.context import RemoteExecutionContext
from ..wire.formats import Format
from .locating import KNOWN


def first_difference(body: bytes, context: RemoteExecutionContext, form: Format) -> str | None:
    """The path of the first element that differs; that of the document for a difference between elements.

    None for a document that the serializer spells so, and for one that cannot be written again.
    """
    try:
        written = encode_context(context, format="xml" if form is Format.XML else "binary")
    except EncodeError:
        return None
    if body == written:
        return None
    pairs = zip_longest(_elements(body, form), _elements(written, form), fillvalue=("$", None))
    for (path, found), (_, wanted) in pairs:
        if found != wanted:
            return path
    return "$" if form is Format.XML else None


def _elements(body: bytes, form: Format) -> Iterator[tuple[str, Any]]:
    """Each element, and each end of one, with its path."""
    above: list[tuple[str, int]] = []
    path, count = "$", 0
    for name, given, content, is_closed in READERS[form](body, with_namespaces=True):
        if name is None:
            yield path, None
            path, count = above.pop() if above else ("$", 0)
            continue
        step = f".{name[1]}" if name[1] in KNOWN or name[1] in _OF_PAIRS else f"[{count}]"
        attributes = given and (given.type_name, given.is_nil, given.declared)
        yield path + step, (name, attributes, repr(content), is_closed)
        count += 1
        if not is_closed:
            above.append((path, count))
            path, count = path + step, 0


_OF_PAIRS = frozenset({"key", "value"})
