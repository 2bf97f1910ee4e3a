"""A body as a caller passes it: the types that are taken, its bounds, and the error for every other type.

No body is read here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import ArgumentTypeError

Body: TypeAlias = bytes | bytearray | memoryview | str

MAX_DEPTH = 320
"""How deep arrays and objects may nest. A level takes two to five Python frames, of which there are 1000."""


def plain_body(body: Body) -> bytes | str:
    """The body as exactly `bytes` or `str`: subclasses of str, and memory with gaps or wide items, are copied.

    Raises ArgumentTypeError for anything but bytes and text.
    """
    if type(body) is bytes or type(body) is str:
        return body
    return str.__str__(body) if isinstance(body, str) else bytes(_memory(body))


def is_longer(body: Body, most: int) -> bool:
    """Whether a body has more than `most` bytes; text counts as UTF-8. Raises as `plain_body`."""
    if body.__class__ is bytes:
        return len(body) > most
    if not isinstance(body, str):
        return _memory(body).nbytes > most
    # Every character takes at least one byte, so text with more than `most` characters need not be encoded.
    return len(body) > most or len(body.encode("utf-8", "surrogatepass")) > most


def _memory(body: Any) -> memoryview:
    try:
        return memoryview(body)
    except (TypeError, ValueError):  # ValueError: a memoryview that was released
        pass
    raise ArgumentTypeError(f"expected the body as bytes or text, found {_what(body)}")


_HOLDERS = ("get_data", "get_body", "body", "data", "content", "read", "read_bytes", "value")
"""The attributes in which requests, messages, files, paths and records of clients keep their bytes."""


def _what(value: object) -> str:
    """Words for a value passed as a body, and for where its body may be. Only the class is read: no property runs."""
    cls = type(value)
    if isinstance(value, dict | list):
        return (
            f"a {cls.__name__}: JSON that was parsed has lost how its numbers were spelled and which keys stood twice, "
            "so pass the bytes that it was parsed from"
        )
    for name in _HOLDERS:
        if hasattr(cls, name):
            return f"{cls.__name__}: pass what its `{name}{'()' if callable(getattr(cls, name)) else ''}` has"
    return "None" if value is None else cls.__name__
