"""The room `tools.files`: whole files, or none."""

from __future__ import annotations

import errno
import os
import signal
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from cds_context.tools.files import Folder, file_name

from ..processes import PIPE, started

MOMENT = datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Update", "contact"), "update-contact.json"),
        (("new_Do", ""), "new_do.json"),
        (("", ""), "post.json"),
        (("../../etc", "a/b\\c\0\n"), "etc-a_b_c.json"),
        (("日本", "x" * 100), f"{'x' * 60}.json"),
    ],
)
def test_a_name_holds_no_path(parts: tuple[str, str], name: str) -> None:
    assert file_name(*parts) == name


def test_a_body_is_saved_as_it_came(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "deep" / "down")
    saved = [folder.save(b"one", MOMENT, "Update", "contact"), folder.save(b"two", MOMENT, "Update", "contact")]
    assert [path.name for path in saved] == [
        "20260302T090000.000005Z-000001-update-contact.json",
        "20260302T090000.000005Z-000002-update-contact.json",
    ]
    assert [path.read_bytes() for path in saved] == [b"one", b"two"]
    assert sorted((tmp_path / "deep" / "down").iterdir()) == saved


def test_what_an_earlier_listener_left_unfinished_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".cds-context-abc.part").write_bytes(b"half")
    (tmp_path / "mine.part").write_bytes(b"whole")
    Folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.part"]


def test_what_cannot_be_saved_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = Folder(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        folder.save(b"one", MOMENT, "Update", "contact")
    assert list(tmp_path.iterdir()) == []


SAVE_FOR_EVER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from cds_context.tools.files import Folder

folder, body = Folder(Path(sys.argv[1])), b"x" * 500_000
for number in range(10**9):
    folder.save(body, datetime.now(timezone.utc), "Update", "contact")
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_a_listener_that_is_killed_leaves_whole_files(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVE_FOR_EVER, str(tmp_path)]
    for _ in range(3):
        with started(command, stdout=PIPE) as process:
            assert process.stdout
            for _ in range(5):
                process.stdout.readline()
            process.kill()
            assert process.wait() == -signal.SIGKILL
    bodies = {path.stat().st_size for path in tmp_path.glob("*.json")}
    assert bodies == {500_000}
    assert len(list(tmp_path.glob("*.json"))) >= 15
    Folder(tmp_path)
    assert all(path.suffix == ".json" for path in tmp_path.iterdir())
