"""What goes wrong in the server of a listener, in a line each. Its own words are for who runs it, and so not shown.

How it works: the server and its event loop log. A record without an error is dropped, but for what is not HTTP; of one
with an error the kind is told, and the place in the code. No message, which could hold what somebody sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from ..display.complaints import reason

_LOGGERS = ("uvicorn", "asyncio")
_NO_HTTP = "Invalid HTTP request received."


class _Complaints(logging.Handler):
    """Says each thing once, until something else goes wrong."""

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._say = say
        self._said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Say what went wrong."""
        words = _words(record)
        if words and words != self._said:
            self._said = words
            self._say(words)


def _words(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError):
        return reason(error)
    if error is not None:
        return f"{type(error).__name__}{_place(error.__traceback__)}"
    return "what came is not HTTP; perhaps it is meant for https" if record.msg == _NO_HTTP else ""


def _place(traceback: TracebackType | None) -> str:
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f" in {Path(traceback.tb_frame.f_code.co_filename).name}, line {traceback.tb_lineno}"


@contextmanager
def complained(say: Callable[[str], object]) -> Generator[None]:
    """Have `say` called with what goes wrong while the block runs, and nothing else said of it."""
    handler = _Complaints(say)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
