"""`cds-context` and `python -m cds_context`: the command line, or the line that says how to get it.

Everything else is in `cli`; its libraries come with the extra of the same name. This file decides how a command ends
when its standard streams are closed, full, or no longer read.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from .cli import READER_GONE
from .cli.signals import at_once

# The libraries take a good part of a second to load. Until then no command can handle an interrupt.
with at_once():
    try:
        from .cli.app import app
    except ModuleNotFoundError:
        _run: Callable[[], object] | None = None
    else:
        _run = app


def main() -> None:
    """Run the command line, and end with its exit code."""
    _open_closed()
    try:
        try:
            _run_or_say_how()
        finally:
            # Streams are flushed here, because an error at the interpreter's end could not change the exit code.
            sys.stdout.flush()
            sys.stderr.flush()
    except OSError as error:  # files have their own complaints: this is about a standard stream
        is_unread = isinstance(error, BrokenPipeError)
        if not is_unread:
            with suppress(OSError):
                print(f"cds-context: {_reason(error)}", file=sys.stderr, flush=True)
        _drop_the_rest()
        raise SystemExit(READER_GONE if is_unread else 1) from None


def _run_or_say_how() -> None:
    if _run is None:
        print('the command line comes with an extra: pip install "cds-context[cli]"', file=sys.stderr)
        raise SystemExit(2)
    _run()


def _open_closed() -> None:
    """Open a file for each stream that the calling process closed, as by `>&-`: Python has None for such a stream.

    The files for standard input and standard output refuse to be read and written, so a command that needs one of them
    fails instead of losing its input or result. Messages to a closed standard error are lost.
    """
    for name, mode, access in (
        ("stdin", "r", os.O_WRONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, access)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end


def _reason(error: OSError) -> str:
    if error.errno == errno.EBADF:  # from the file that stands for a closed standard output
        return "standard output is closed, so nothing was written"
    return f"cannot write: {(error.strerror or type(error).__name__).lower()}"


def _drop_the_rest() -> None:
    """Redirect buffered output to the null device: the interpreter would write it at its end, and fail again."""
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
