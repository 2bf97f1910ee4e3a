"""A body, as a caller has it: what is taken for one, how large it is, and what is said of anything else.

Reads none.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import ArgumentTypeError

Body: TypeAlias = bytes | bytearray | memoryview | str


def plain_body(body: Body) -> bytes | str:
    """The body as readers take it: no text of a class of its own, no memory with gaps or of wide items.

    Raises ArgumentTypeError for what is neither bytes nor text.
    """
    if type(body) is bytes or type(body) is str:
        return body
    return str.__str__(body) if isinstance(body, str) else bytes(_memory(body))


def is_longer(body: Body, most: int) -> bool:
    """Whether a body has more than so many bytes; text has those of its UTF-8. Raises as `plain_body`."""
    if not isinstance(body, str):
        return _memory(body).nbytes > most
    # A character is a byte or more, so that text which is certainly too long is not encoded.
    return len(body) > most or len(body.encode("utf-8", "surrogatepass")) > most


def _memory(body: Any) -> memoryview:
    try:
        return memoryview(body)
    except (TypeError, ValueError):  # the latter for a memoryview that was released
        pass
    raise ArgumentTypeError(f"expected the body as bytes or text, found {_what(body)}")


_HOLDERS = ("get_data", "get_body", "body", "data", "content", "read", "value")
"""Where requests, messages, files and records have their bytes."""


def _what(value: object) -> str:
    """What is in the place of a body, and where the body may be. Looks at the class alone, and so calls nothing."""
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
