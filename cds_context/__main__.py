"""`cds-context` and `python -m cds_context`: the command line, or the line that says how to get it.

Everything else is in `cli`, whose libraries come with the extra of that name.
"""

from __future__ import annotations

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
    if _run is None:
        print("the command line comes with an extra: pip install 'cds-context[cli]'", file=sys.stderr)
        raise SystemExit(2)
    _run()


if __name__ == "__main__":
    main()
