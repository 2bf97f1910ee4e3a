"""`cds-context` and `python -m cds_context`: the command line, or the line that says how to get it.

Everything else is in `cli`, whose libraries come with the extra of that name.
"""

from __future__ import annotations

import sys

try:
    from .cli.app import app
except ModuleNotFoundError as missing:
    if missing.name not in {"rich", "typer"}:
        raise
    app = None


def main() -> None:
    """Run the command line; it ends the process."""
    if app is None:
        sys.exit(_without_extra())
    app()


def _without_extra() -> int:
    print("the command line comes with an extra: pip install 'cds-context[cli]'", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
