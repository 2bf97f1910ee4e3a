"""The room `tools.parts`: a part is there whole or not at all, and a run goes on with what another left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cds_context import ArgumentError
from cds_context.tools.parts import NOTES, SECRET, Note, PartFolder

PLAN = {"table": "events"}


def opened(path: Path) -> PartFolder:
    folder = PartFolder(path)
    assert folder.open(PLAN, {SECRET: "first", "kept": "ä"}) == {SECRET: "first", "kept": "ä"}
    return folder


def fill(folder: PartFolder, number: int, content: str = "x") -> None:
    aside = folder.begin(number)
    (aside / "a" / "b").mkdir(parents=True)
    (aside / "a" / "b" / f"{number}.txt").write_text(content)


def visible(path: Path) -> list[str]:
    found = [file.relative_to(path) for file in sorted(path.rglob("*")) if file.is_file()]
    return [file.as_posix() for file in found if file.parts[0] != NOTES]


def test_a_part_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    folder = opened(tmp_path / "new" / "out")
    fill(folder, 7)
    assert (visible(folder.path), folder.done(), folder.begun()) == ([], {}, 1)
    folder.finish(7, {"rows": 3})
    assert (visible(folder.path), folder.done(), folder.begun()) == (["a/b/7.txt"], {7: Note({"rows": 3})}, 0)


def test_the_same_plan_goes_on_with_the_same_secret(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    fill(folder, 1)
    folder.finish(1, {})
    fill(folder, 2)
    again = PartFolder(tmp_path)
    assert again.open(PLAN, {"kept": "ö", SECRET: "second"}) == {SECRET: "first", "kept": "ä"}
    assert ([*again.done()], again.begun()) == ([1], 1)
    fill(again, 2, "other")
    again.finish(2, {})
    again.close()
    assert visible(tmp_path) == ["a/b/1.txt", "a/b/2.txt"]
    assert (tmp_path / "a/b/2.txt").read_text() == "other"
    assert "first" not in (tmp_path / NOTES / "secret").read_text()
    assert not (tmp_path / NOTES / "aside").exists()


def test_what_a_killed_run_left_of_a_part_is_replaced(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    fill(folder, 1)
    aside = folder.begin(1)
    assert not [*aside.iterdir()]
    # It may have been killed between the renaming of files and the note.
    fill(folder, 1, "old")
    os.renames(aside / "a" / "b" / "1.txt", tmp_path / "a" / "b" / "1.txt")
    fill(folder, 1, "new")
    folder.finish(1, {})
    assert (tmp_path / "a/b/1.txt").read_text() == "new"


def test_what_was_found_ahead_is_kept_until_the_end(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.begin_ahead(0)
    folder.begin_ahead(1)
    folder.finish_ahead(1, b"found")
    again = PartFolder(tmp_path)
    assert (again.read_ahead(), again.begun(), again.done()) == ({1: b"found"}, 1, {})
    again.close()
    assert (again.read_ahead(), again.begun()) == ({}, 0)


def test_another_plan_is_refused(tmp_path: Path) -> None:
    opened(tmp_path)
    with pytest.raises(ArgumentError, match="other inputs or options"):
        PartFolder(tmp_path).open({"table": "changes"}, {})


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ArgumentError, match="holds other files"):
        PartFolder(tmp_path).open(PLAN, {})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_that_was_killed_before_it_had_a_plan_goes_on(tmp_path: Path) -> None:
    (tmp_path / NOTES).mkdir()
    (tmp_path / NOTES / "secret").write_text("lost")
    opened(tmp_path)
