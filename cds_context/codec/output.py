"""A context in, a body out, in the message format that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import ArgumentError
from ..event.context import RemoteExecutionContext
from ..model.late import Late
from ..wire.formats import Format
from .encoding import encode_json

if TYPE_CHECKING:
    from . import documents
else:
    documents = Late(f"{__package__}.documents")  # the writers of the two other formats

MessageFormat: TypeAlias = Literal["json", "xml", "binary"]
"""A message format of the platform: JSON, XML, or .NET Binary."""


def encode_context(
    context: RemoteExecutionContext,
    *,
    format: MessageFormat = "json",  # noqa: A002 - the platform's term
    indent: int = 0,
) -> bytes:
    """The body that a server would post for `context`: JSON in UTF-8, or the message format that `format` names.

    A context that was parsed with ``parse_float=Decimal`` gives the very bytes it was parsed from, if a server wrote
    them. In XML and in .NET Binary it remembers the types that JSON does not have, of each value that is not replaced;
    other values have a type by their class ("Message formats"). `indent` spaces a level make JSON and XML readable, and
    no longer the server's; a document that would become many times as long, which only one made of brackets does, is
    not indented to its end.

    Raises EncodeError, with path and reason, for a value that the server's serializer cannot write, and ArgumentError
    for another `format`, or for .NET Binary with an `indent`.
    """
    if format == "json":
        return encode_json(context, indent=indent)
    form = _FORMATS.get(format)
    if form is None:
        raise ArgumentError('format: one of "json", "xml" and "binary"')
    if form is Format.BINARY and indent > 0:
        raise ArgumentError("indent: .NET Binary has no lines")
    encode_json(context)  # what JSON cannot hold, the others cannot either
    return documents.write_document(context, form, max(indent, 0))


_FORMATS: dict[str, Format] = {"xml": Format.XML, "binary": Format.BINARY}
