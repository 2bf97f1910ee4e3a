"""The command line, run in this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import typer
from typer import testing
from typer.testing import CliRunner, Result

import cds_context
from cds_context.cli.app import app

# The runner makes all commands anew for each call, which takes ten times as long as what is called.
_runner: Any = testing
_runner._get_command = cache(typer.main.get_command)

EXAMPLE = Path(cds_context.__file__).with_name("example.json")
EXAMPLES = Path(cds_context.__file__).parent / "testing" / "examples"

ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b1m[bold]x[/bold] :smile:\u202ertl\r\nשלום 👩\u200d👧 \ud83d"
"""What a terminal would obey, what rich would, and what is just text."""
ESCAPED = "\\u001b[31mred\\u001b]0;title\\u0007\\u009b1m[bold]x[/bold] :smile:\\u202ertl\\r\\nשלום 👩\u200d👧 \\ud83d"


def run(*arguments: str | Path, stdin: bytes | None = None, **environment: str) -> Result:
    """What a command prints and ends with; on a terminal of some width, if the environment says so."""
    around = dict.fromkeys(("COLUMNS", "FORCE_COLOR", "NO_COLOR"))
    return CliRunner(env=around | environment).invoke(app, [str(argument) for argument in arguments], stdin)
