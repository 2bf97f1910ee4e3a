"""The pages of `docs/frameworks`, run as a reader would run them. Knows no framework."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..pages import program

FOLDER = Path(__file__).parent.parent.parent / "docs" / "frameworks"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))


def run_page(name: str) -> Any:
    """The module that the code of a page makes, all blocks as one file. Skips if its framework is not installed."""
    code = program(FOLDER / f"{name}.md")
    # Litestar and the host of Azure Functions look for a function's module where imported ones are.
    module = sys.modules[f"page_{name}"] = ModuleType(f"page_{name}")
    try:
        exec(code, module.__dict__)  # noqa: S102
    except ModuleNotFoundError as error:
        pytest.skip(f"missing: {error.name}")
    return module
