"""The example bodies that the package ships."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("examples")


def examples() -> dict[str, bytes]:
    """A body for every message, and for the usual variations, by name: `update`, `update-asynchronous`, `win-quote`.

    Each body is spelled as a server spells it, byte for byte, and equal in every run; people and companies are
    invented.
    """
    return {path.stem: path.read_bytes() for path in sorted(_FOLDER.glob("*.json"), key=lambda path: path.stem)}
