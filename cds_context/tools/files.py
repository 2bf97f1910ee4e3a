"""Files that are there whole or not at all, whatever happens while they are written. Knows no events."""

from __future__ import annotations

import itertools
import os
import re
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_PREFIX, _SUFFIX = ".cds-context-", ".part"
_ODD = re.compile(r"[^A-Za-z0-9_]+")


def file_name(*parts: str) -> str:
    """A name for a body, of parts that may hold anything: `update-contact.json`."""
    words = [_ODD.sub("_", part)[:60].strip("_").lower() for part in parts]
    return ("-".join(filter(None, words)) or "post") + ".json"


class Folder:
    """A folder to which one listener saves.

    How it works: a body is written to a file of another name, brought to the disk, and then renamed.
    """

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        for leftover in path.glob(f"{_PREFIX}*{_SUFFIX}"):
            leftover.unlink(missing_ok=True)
        self._path = path
        self._numbers = itertools.count(1)

    def save(self, content: bytes, moment: datetime, *parts: str) -> Path:
        """Save a body under a name that sorts by time, is its own, and tells what it is.

        Raises OSError, and leaves nothing then that can be removed.
        """
        target = self._path / f"{moment:%Y%m%dT%H%M%S.%fZ}-{next(self._numbers):06}-{file_name(*parts)}"
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=self._path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise
        return target
