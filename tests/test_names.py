"""The page "What is it called here?": what it names is there, and what people guess is not."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

import cds_context
from cds_context import Change, Changes, Entity, EntityReference, RemoteExecutionContext, servicebus, testing, webhook

PAGE = (Path(__file__).parents[1] / "docs" / "names.md").read_text("utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in PAGE.splitlines() if line.startswith("| `")
]
OWNERS: dict[str, type | ModuleType] = {
    "context": RemoteExecutionContext,
    "changes": Changes,
    "change": Change,
    "row": Entity,
    "lookup": EntityReference,
    "cds_context": cds_context,
    "webhook": webhook,
    "servicebus": servicebus,
    "testing": testing,
}
NAMED = [tuple(name.split(".")) for _, here in ROWS for name in re.findall(r"`(\w+\.\w+)`", here)]
GUESSED = ["entity_name", "primary_entity", "to_dict", "old_value", "old_formatted"]


@pytest.mark.parametrize(("owner", "name"), NAMED)
def test_what_the_page_names_is_there(owner: str, name: str) -> None:
    assert hasattr(OWNERS[owner], name)


def test_every_row_names_something() -> None:
    assert len(ROWS) > 40
    for _, here in ROWS:
        assert "`" in here


def test_what_was_guessed_is_on_the_page_once() -> None:
    looked_for = [name for sought, _ in ROWS for name in re.findall(r"`(\w+)`", sought)]
    assert set(GUESSED) <= set(looked_for)
    assert len(looked_for) == len(set(looked_for))


def test_nobody_is_sent_elsewhere_from_a_name_that_is_there() -> None:
    answers = {"context": RemoteExecutionContext, "change": Change, "row": Entity}
    for sought, here in ROWS:
        for owner, cls in answers.items():
            if f"`{owner}." in here:
                assert not [name for name in re.findall(r"`(\w+)`", sought) if hasattr(cls, name)]
