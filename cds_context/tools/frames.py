"""Frames on a pipe: a length in four bytes, and so many bytes. Knows nothing of what is in them."""

from __future__ import annotations

from typing import BinaryIO

_HEAD = 4


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end, also if that is amid a frame."""
    head = stream.read(_HEAD)
    length = int.from_bytes(head, "big")
    content = stream.read(length) if len(head) == _HEAD else b""
    return content if len(head) == _HEAD and len(content) == length else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write a frame."""
    stream.write(len(content).to_bytes(_HEAD, "big"))
    stream.write(content)
    stream.flush()
