"""What users rely on is what the folder `promises` records. If one of these fails: is the change meant?

Then `python -m tests.promises` records it, and CHANGELOG.md tells it.
"""

from __future__ import annotations

import pytest

from .promises import EXIT_CODES, FOLDER, TABLES, names, text
from .test_documentation import DOORS, RECEIVERS

WRITE = "if this is meant, write it anew: python -m tests.promises"


def test_there_is_a_list_for_each_promise() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*DOORS, *TABLES}


@pytest.mark.parametrize("door", sorted(DOORS - {f"cds_context.contrib.{room}" for room in RECEIVERS}))
def test_names_are_as_promised(door: str) -> None:
    assert text(names(door)) == (FOLDER / f"{door}.txt").read_text("utf-8"), WRITE


@pytest.mark.parametrize("table", TABLES)
def test_commands_and_findings_are_as_promised(table: str) -> None:
    assert text(TABLES[table]()) == (FOLDER / f"{table}.txt").read_text("utf-8"), WRITE


def test_each_command_line_ends_as_its_table_says() -> None:
    recorded = (FOLDER / "exit-codes.txt").read_text("utf-8").splitlines()
    assert recorded == [f"{code} {' '.join(line)}" for line, code in EXIT_CODES.items()]
