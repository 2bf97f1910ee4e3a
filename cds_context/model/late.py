"""Rooms that are loaded when something in them is first asked for, so that nobody else waits for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a module until then.

    Type checkers, and the test of the house, read an import in its place:

        if TYPE_CHECKING:
            from . import columns
        else:
            columns = Late(f"{__package__}.columns")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        # Several threads may come here at once: the import waits for that of another thread, and all find one item.
        item = getattr(import_module(self._name), name)
        setattr(self, name, item)  # from now on it is found without this method
        return item
