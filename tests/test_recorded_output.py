"""The pictures of a terminal show what the commands print today, and fetch nothing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from .recorded_output import FOLDER, RECORDED, printed

_TEXT = "{http://www.w3.org/2000/svg}text"


def test_there_is_a_picture_for_each_command() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_pictures_are_current(name: str) -> None:
    # If this fails: python -m tests.recorded_output
    # Text is compared, not the SVG around it, which is another in every version of rich.
    pieces = ET.parse(FOLDER / f"{name}.svg").iter(_TEXT)  # noqa: S314 - made by this project
    shown = "".join(piece.text or "" for piece in pieces if "clip-path" in piece.attrib)
    assert "".join(shown.split()) == "".join(printed(name).plain.split())


@pytest.mark.parametrize("name", RECORDED)
def test_pictures_fetch_nothing(name: str) -> None:
    svg = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert "url(http" not in svg
    assert 'url("' not in svg
