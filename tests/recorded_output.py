"""The pictures of a terminal in the documentation: `python -m tests.recorded_output` makes them anew.

What is in them is what the commands print; `test_recorded_output` holds them to it.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from .command_line import run

FOLDER = Path(__file__).parent.parent / "docs" / "terminal"

WIDTH = 120

RECORDED: dict[str, tuple[str, ...]] = {
    "show": ("show", "update-asynchronous"),
    "validate": ("validate", "update", "update-too-large", "upsert-multiple", "missing.json"),
    "diff": ("diff", "update", "update-asynchronous"),
}
"""The commands, which read shipped examples."""


def printed(name: str) -> Text:
    """What a command prints on a terminal, its complaints too."""
    result = run(*RECORDED[name], FORCE_COLOR="1", COLUMNS=str(WIDTH), TERM="xterm-256color", COLORTERM="truecolor")
    return Text.from_ansi(result.output)


def picture(name: str) -> str:
    """The SVG of a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(printed(name))
    svg = console.export_svg(title=f"cds-context {' '.join(RECORDED[name])}", unique_id=name)
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # the reader's own font: nothing is fetched


def main() -> None:
    """Write every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in RECORDED:
        (FOLDER / f"{name}.svg").write_text(picture(name), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
