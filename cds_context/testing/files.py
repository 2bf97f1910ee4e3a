"""Files that hold bodies: the examples that the package ships, and a check of a folder of your own. None is written."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from cds_context import Finding, Severity, validate

from ..errors import ArgumentError

_FOLDER = Path(__file__).with_name("examples")


def examples() -> dict[str, bytes]:
    """A body for every message, and for the usual variations, by name: `update`, `update-asynchronous`, `win-quote`.

    Each body is spelled as a server spells it, byte for byte, and equal in every run; people and companies are
    invented.
    """
    return {path.stem: path.read_bytes() for path in sorted(_FOLDER.glob("*.json"), key=lambda path: path.stem)}


def find_faulty(
    folder: str | os.PathLike[str],
    *,
    pattern: str = "**/*.json*",
    at_least: Severity = Severity.WARNING,
    ignore: Collection[str] = (),
) -> dict[str, tuple[Finding, ...]]:
    """The bodies in a folder with findings of `validate`, each with its findings: empty if all are well.

    ``assert not find_faulty("tests/bodies")`` is a test. A key is the file's path in the folder; for a `.jsonl` file,
    with a body a line, the key ends in the line, as `events.jsonl:3`. Findings below `at_least`, and findings with
    codes in `ignore`, do not count.

    Raises ArgumentError if no file matches, because a test of no body should not pass.
    """
    root = Path(folder)
    paths = sorted(path for path in root.glob(pattern) if path.is_file())
    if not paths:
        raise ArgumentError(f"no file matches {root / pattern}")
    faulty: dict[str, tuple[Finding, ...]] = {}
    for path in paths:
        for suffix, body in _bodies(path):
            found = validate(body).at_least(at_least)
            if counted := tuple(finding for finding in found if finding.code not in ignore):
                faulty[path.relative_to(root).as_posix() + suffix] = counted
    return faulty


def _bodies(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bodies in a file, each with what tells it from the others there."""
    if path.suffix != ".jsonl":
        yield "", path.read_bytes()
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f":{number}", line.rstrip(b"\r\n")
