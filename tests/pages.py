"""The Python of a page of the documentation, so that an error in it is told under the page's own file and line."""

from __future__ import annotations

from pathlib import Path
from types import CodeType


def source(page: Path) -> str:
    """All code blocks as one file; where the page has something else, there are empty lines."""
    lines: list[str] = []
    is_code = False
    for line in page.read_text("utf-8").split("\n"):
        is_end = is_code and line.startswith("```")
        lines.append(line if is_code and not is_end else "")
        is_code = not is_end if is_code else line == "```python"
    return "\n".join(lines)


def program(page: Path) -> CodeType:
    """All code blocks, compiled as in a file of their own: without the `from __future__` of this one."""
    return compile(source(page), page, "exec", dont_inherit=True)
