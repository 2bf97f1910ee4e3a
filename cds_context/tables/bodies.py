"""What tables are made from: bodies, each with the place it comes from.

No body is read here, and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from ..errors import ArgumentError, ArgumentTypeError
from ..wire.body import plain_body


class Body(NamedTuple):
    """One body, and the place it comes from."""

    data: bytes | str
    """The body, as it was stored."""
    source: str = "stream"
    """The name of the file, or `stream`."""
    position: int = 0
    """The place in the source: the index of a record, or the offset of a line in bytes; `read_bodies` says which."""
    size_exceeded: bool = False
    """Whether the properties of a captured message say that the server cut the body."""


class Unreadable(NamedTuple):
    """A piece of a source in which no body could be found: an entry of the table of errors, and no row."""

    source: str
    """The name of the file, or `stream`."""
    position: int
    """The place in the source, as in `Body`."""
    reason: str
    """Why there is no body, without its content."""


Bodies: TypeAlias = "Iterable[Body | Unreadable | bytes | str]"
"""What every table takes. Plain bytes and text have their index as the position."""


def placed(bodies: Bodies) -> Iterator[Body | Unreadable]:
    """Each body with its place.

    Raises ArgumentTypeError for an item that is no body.
    """
    for index, item in enumerate(bodies):
        if isinstance(item, (Body, Unreadable)):
            yield item
        else:
            yield Body(plain_body(item), position=index)


def is_one_shot(bodies: object) -> bool:
    """Whether something can be iterated only once, as generators and open files can."""
    return isinstance(bodies, Iterator)


def require_again(bodies: Bodies, why: str) -> None:
    """Raise if bodies that are needed more than once can be iterated only once: a second pass would find nothing."""
    if is_one_shot(bodies):
        raise ArgumentError(f"{why} reads the bodies twice, and this iterator gives them once: pass a list")


def require_bodies(bodies: object) -> None:
    """Raise for one body in the place of many, each of whose bytes would be taken for a body."""
    if isinstance(bodies, bytes | bytearray | str) or not isinstance(bodies, Iterable):
        raise ArgumentTypeError(
            f"expected an iterable of bodies, found {type(bodies).__name__}: those in files are in `read_bodies(…)`"
        )
