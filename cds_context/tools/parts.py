"""A folder that is filled part by part, in which a run that was killed goes on. Knows no events and no tables.

How it works: the files of a part are written aside, brought to the disk and renamed; then a note says that the part is
done, and what was counted in it. A part without a note is made again, and its files take the place of any that are
there; so it must always come out the same. What the parts are made from is the plan of the folder: another plan is
refused, because its parts would be mixed with these.

If something must be known of all parts before the first is made, each part is read ahead, and what was found is kept.

The notes are in the folder `_cds_context`, which engines pass over, as all names that begin with `_`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from ..errors import ArgumentError

NOTES = "_cds_context"
SECRET = "secret"  # noqa: S105 - the name
"""What is kept by this name is removed in the end."""
_AHEAD = "ahead-"


class Note(Struct, frozen=True):
    """What was counted in a part."""

    counts: dict[str, int]


class PartFolder:
    """One folder, seen by one process; any number of them may see it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notes = path / NOTES

    def open(self, plan: Mapping[str, object], given: Mapping[str, str]) -> dict[str, str]:
        """Begin, or go on with what was begun by the same plan: with what it was given then, kept by name.

        Raises ArgumentError for a folder that holds something else, and OSError.
        """
        document = msgspec.json.encode(plan)
        kept = self._notes / "plan.json"
        if not kept.exists():
            if self.path.exists() and any(path.name != NOTES for path in self.path.iterdir()):
                raise ArgumentError("the folder for the output holds other files: name a new one, or an empty one")
            self._notes.mkdir(parents=True, exist_ok=True)
            for name, text in given.items():
                self._put(name, text.encode())
            self._put("plan.json", document)
        elif kept.read_bytes() != document:
            raise ArgumentError(
                "the folder for the output was begun with other inputs or options, or its inputs have changed: "
                "name another folder, or remove this one"
            )
        return {name: (self._notes / name).read_text("utf-8") for name in given}

    def done(self) -> dict[int, Note]:
        """The parts that are done."""
        return {
            int(path.stem): msgspec.json.decode(path.read_bytes(), type=Note)
            for path in self._notes.glob("[0-9]*.json")
        }

    def begun(self) -> int:
        """How many parts were begun, to be read ahead or to be made, and are not done."""
        return sum(not path.with_suffix(".json").exists() for path in self._notes.glob("*.begun"))

    def read_ahead(self) -> dict[int, bytes]:
        """What was kept of the parts that were read ahead."""
        return {int(path.stem[len(_AHEAD) :]): path.read_bytes() for path in self._notes.glob(f"{_AHEAD}*.json")}

    def begin_ahead(self, number: int) -> None:
        """Begin to read a part ahead."""
        (self._notes / f"{_AHEAD}{number:06}.begun").touch()

    def finish_ahead(self, number: int, content: bytes) -> None:
        """Keep what was found in a part, until the end."""
        self._put(f"{_AHEAD}{number:06}.json", content)
        (self._notes / f"{_AHEAD}{number:06}.begun").unlink(missing_ok=True)

    def begin(self, number: int) -> Path:
        """Begin a part, and give an empty folder for its files, in the places that they are to have."""
        (self._notes / f"{number:06}.begun").touch()
        aside = self._aside(number)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        return aside

    def finish(self, number: int, counts: Mapping[str, int]) -> None:
        """Put the files of a part in their places, and note that it is done."""
        aside = self._aside(number)
        for file in sorted(_files(aside)):
            _to_disk(file)
            target = self.path / file.relative_to(aside)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
        self._put(f"{number:06}.json", msgspec.json.encode(Note({**counts})))
        (self._notes / f"{number:06}.begun").unlink(missing_ok=True)
        shutil.rmtree(aside, ignore_errors=True)

    def close(self) -> None:
        """Remove what only a run that goes on needs. What is done stays noted."""
        shutil.rmtree(self._notes / "aside", ignore_errors=True)
        for path in self._notes.glob(f"{_AHEAD}*"):
            path.unlink(missing_ok=True)
        self._put(SECRET, b"")

    def _aside(self, number: int) -> Path:
        # A process that was killed may have left files, and one that is not yet gone may still write some.
        return self._notes / "aside" / f"{number:06}-{os.getpid()}"

    def _put(self, name: str, content: bytes) -> None:
        path = self._notes / f"{name}.{os.getpid()}.new"
        path.write_bytes(content)
        _to_disk(path)
        path.replace(self._notes / name)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
