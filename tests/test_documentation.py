"""The documentation: every page can be found, every public name has an entry, the first page works word for word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from .command_line import run

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

RECEIVERS = {
    path.stem for path in ROOT.glob("cds_context/contrib/*.py") if "\nclass Webhook(" in path.read_text("utf-8")
}
"""The files for one framework each; others in that folder are what they share."""
CLIENTS = {"azure_eventhub", "azure_servicebus", "fastavro", "kafka_python"}
"""What has a page too, and needs no room: `receive_message` takes what these hand over."""
DOORS = {
    "cds_context",
    *(f"cds_context.contrib.{room}" for room in RECEIVERS),
    "cds_context.contrib.spark",
    "cds_context.queries",
    "cds_context.router",
    "cds_context.servicebus",
    "cds_context.tables",
    "cds_context.testing",
    "cds_context.testing.strategies",
    "cds_context.tools",
    "cds_context.webhook",
}
"""What users import from."""


def test_every_page_stands_in_the_navigation_once() -> None:
    # The build takes a page that is missing here, and one that is missing there, without a word.
    listed = re.findall(r'= "([\w/-]+\.md)" }', (ROOT / "zensical.toml").read_text("utf-8"))
    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def exported(door: str) -> list[str]:
    """The names in `__all__`, read and not imported: a receiver needs its framework, which may not be there."""
    room = ROOT.joinpath(*door.split("."))
    path = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    lists = re.findall(r"^__all__ = (\[.*?\])$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: list[str] = ast.literal_eval(lists[0])
    return names


def test_the_reference_has_an_entry_for_every_public_name() -> None:
    pages = [path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md")]
    entries = [name for page in pages for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)]
    names = [f"{door}.{name}" for door in DOORS for name in exported(door)]
    assert sorted(entries) == sorted(names)


def test_the_promise_names_every_door() -> None:
    page = (DOCS / "compatibility.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(cds_context[\w.]*)` \|", page, re.MULTILINE)) == DOORS


def test_every_receiver_has_a_page_of_its_framework() -> None:
    pages = {path.stem.replace("-", "_") for path in (DOCS / "frameworks").glob("*.md")}
    assert pages - CLIENTS == RECEIVERS, "docs/frameworks has a page for each framework"


@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_what_show_prints_is_what_the_page_says(page: str) -> None:
    blocks = re.findall(r"^```text\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (shown,) = [block for block in blocks if "\nchanged\n" in f"\n{block}"]
    assert f"\n{shown}" in run("show", "update", COLUMNS="80").output


INSTALLS = [
    pytest.param(extra, rest, id=f"{path.name}-{extra}")
    for path in sorted(DOCS.rglob("*.md"))
    for extra, rest in re.findall(
        r"""^```console\n(?:.*\n)*?.*pip install "cds-context\[(.+?)\](?:.*\n)*?```\n\n(.*)$""",
        path.read_text("utf-8"),
        re.MULTILINE,
    )
]


@pytest.mark.skipif(
    "There is no release yet" not in (ROOT / "README.md").read_text("utf-8"), reason="pip finds the package"
)
@pytest.mark.parametrize(("extra", "rest"), INSTALLS)
def test_while_there_is_no_release_each_install_line_says_what_to_write(extra: str, rest: str) -> None:
    assert rest == f'Until there is a release, write `"CLONE[{extra}]"`: see [Install](start.md#install).'


def test_pictures_are_there() -> None:
    # Nor does the build miss a picture.
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"!\[[^\]]*\]\(([^)\s#]+)", page.read_text("utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def linked(page: Path) -> set[str]:
    """The files that a page links to by a path from its own folder."""
    targets = re.findall(r"\]\(([^)\s#]+)", page.read_text("utf-8"))
    return {target for target in targets if "://" not in target}


def test_no_link_of_the_first_page_dies_on_a_package_index() -> None:
    assert linked(ROOT / "README.md") == set()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_source_distribution_holds_what_pages_link_to(page: str) -> None:
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (listed,) = re.findall(r"^include = (\[\s*\"/.*?\])$", settings, re.MULTILINE | re.DOTALL)
    included: list[str] = ast.literal_eval(listed)
    links = {target.partition("#")[0] for target in linked(ROOT / page)}
    assert links
    for link in links:
        assert (ROOT / link).is_file()
        assert any(f"/{link}/".startswith(f"{entry}/") for entry in included), link


def test_docstrings_point_to_sections_that_exist() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "cds_context").rglob("*.py")]
    named = {match for text in texts for match in re.findall(r'\((wire format|answers), "([^"]+)"\)', text)}
    assert named
    for page, section in named:
        assert f"# {section}\n" in (DOCS / f"{page.replace(' ', '-')}.md").read_text("utf-8")
