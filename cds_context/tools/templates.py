"""The page's templates, rendered. Every text of a payload is escaped by them. Knows no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

PREFIX = "/-"
"""Where the page's own addresses begin."""
FILES = Path(__file__).with_name("web")


def render(template: str, **values: Any) -> str:
    """The HTML of a template."""
    return printable(_ENVIRONMENT.get_template(template).render(values, prefix=PREFIX))


def printable(text: str) -> str:
    """The text with an escape in the place of half a surrogate pair, which has no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def size(count: int) -> str:
    """A number of bytes, for people."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FILES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["size"] = size
