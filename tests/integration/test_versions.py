"""The table of the page Receive: each framework's page has a row, with the versions that the tests run with."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version

import pytest
from packaging.version import Version

from .pages import FOLDER, PAGES

ROW = re.compile(r"\| \[[^]]+\]\(frameworks/([\w-]+)\.md\) \| [^|]+ \| ([\d.]+) \| ([\d.]+) \|")
ROWS = {
    name: (lowest, tested) for name, lowest, tested in ROW.findall((FOLDER.parent / "receive.md").read_text("utf-8"))
}


def test_every_page_has_a_row() -> None:
    assert sorted(ROWS) == PAGES


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the newest releases are for newer Pythons")
@pytest.mark.parametrize("name", PAGES)
def test_versions_are_those_that_tests_run_with(name: str) -> None:
    pytest.importorskip({"kafka-python": "kafka"}.get(name, name.replace("-", ".")))
    lowest, tested = map(Version, ROWS[name])
    # A newer release than the table has is no fault of the table.
    assert lowest <= tested <= Version(version(name)), f"the page says {tested}, the tests ran with {version(name)}"
