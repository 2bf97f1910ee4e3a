"""How much of the interpreter's stack there is left, whatever the runner of the tests has taken of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def room_for(frames: int) -> Generator[None]:
    """Let the block call so many functions in each other, and no more."""
    frame, taken = inspect.currentframe(), 0
    while frame:
        frame, taken = frame.f_back, taken + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(taken + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
