"""The faults of servers: cutting large bodies, and garbling text. No builder is known here."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from cds_context import EntityImageCollection, ParameterCollection, RemoteExecutionContext

# CP1252 has no characters for five bytes; the server keeps each as the control character of its number.
_CP1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}


def truncate(context: RemoteExecutionContext, *, absent: bool = True) -> RemoteExecutionContext:
    """The context as it is sent when the body passes 256 KB: without parent, input parameters and images.

    Microsoft's documentation says that the members are removed; the server's code sends null for the parent and
    empty arrays for the others, which is what `absent=False` gives. Expect both (answers, "Is it all here?").
    """
    return replace(
        context,
        parent_context=UNSET if absent else None,
        input_parameters=ParameterCollection(UNSET if absent else {}),
        pre_entity_images=EntityImageCollection(UNSET if absent else {}),
        post_entity_images=EntityImageCollection(UNSET if absent else {}),
    )


def garble(body: bytes) -> bytes:
    """The body as some servers send it to webhooks: its UTF-8 taken for CP1252 and encoded once more.

    ``parse_context(garble(body), repair_text=True)`` undoes it (wire format, "Garbled text").
    """
    return body.decode("latin-1").translate(_CP1252).encode()
