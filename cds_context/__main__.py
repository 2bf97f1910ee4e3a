"""`cds-context` and `python -m cds_context`: the command line, or the line that says how to get it.

Everything else is in `cli`, whose libraries come with the extra of that name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

try:
    from .cli.app import app
except ModuleNotFoundError:
    _run: Callable[[], object] | None = None
else:
    _run = app


def main() -> None:
    """Run the command line, and end with its exit code."""
    _open_closed()
    if _run is None:
        print("the command line comes with an extra: pip install 'cds-context[cli]'", file=sys.stderr)
        raise SystemExit(2)
    try:
        _run()
    except OSError as error:  # files have their own complaints: this is a full disk behind standard output
        print(f"cds-context: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be written at the end
        raise SystemExit(1) from None


def _open_closed() -> None:
    """Give a stream that was closed by whoever began this, as by `>&-`, to the null device: Python has None for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end


if __name__ == "__main__":
    main()
