"""The page "Test your handler": its first steps work in an empty folder, and print what the page says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .processes import PIPE, Completed, Process, run, started, text

PAGE = (Path(__file__).parent.parent / "docs" / "testing.md").read_text("utf-8")
FROM_HANDLER = "from handler import handle\n"


def blocks(file: str) -> list[str]:
    """The code that the page says to put in a file, as it is first and, if a fault is found, as it is later."""
    return re.findall(rf"in `{file}`[^\n]*:\n\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


STEPS = re.findall(r"```console\n\.venv/bin/cds-context (.+)\n```\n\n```text\n((?:.+\n)+?)```", PAGE)
"""Commands, each with the output that the page shows."""


def run_module(folder: Path, *command: str) -> Completed:
    # No byte code: a file that is changed within a second, to one of the same size, would not be read again.
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return run([sys.executable, "-m", *command], cwd=folder, env=environment)


@pytest.fixture(name="folder")
def folder_with_files(tmp_path: Path) -> Path:
    for file, head in (("handler.py", ""), ("test_handler.py", FROM_HANDLER), ("endpoint.py", FROM_HANDLER)):
        (tmp_path / file).write_text(head + blocks(file)[0], "utf-8")
    return tmp_path


@pytest.fixture(name="mended")
def folder_with_mended_files(folder: Path) -> Path:
    for file in ("handler.py", "test_handler.py"):
        [_, more] = blocks(file)
        with (folder / file).open("a", encoding="utf-8") as target:
            target.write(f"\n\n{more}")
    return folder


def test_the_test_is_green(folder: Path) -> None:
    result = run_module(folder, "pytest", "-q", "-p", "no:cacheprovider")
    assert b"3 passed" in result.stdout
    # And it can fail.
    handler = folder / "handler.py"
    handler.write_text(handler.read_text("utf-8").replace('"Update"', '"Create"'), "utf-8")
    assert run_module(folder, "pytest", "-q", "-p", "no:cacheprovider").returncode == 1


@contextmanager
def endpoint(folder: Path) -> Generator[tuple[str, Process]]:
    """The endpoint of the page, running on a port that is free."""
    environment = {**os.environ, "PORT": "0", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    with started([sys.executable, "endpoint.py"], cwd=folder, env=environment, stdout=PIPE) as process:
        assert process.stdout
        port = text(process.stdout.readline()).removeprefix("listening on port ").strip()
        yield f"http://localhost:{port}/", process


def shape(output: str) -> str:
    """The output without times, which differ from run to run."""
    return re.sub(r"[\d.,]+ (?=s|ms|a second)\b", "0 ", re.sub(r" +", " ", output))


def rehearse(folder: Path, steps: list[tuple[str, str]]) -> list[str]:
    """Take steps of the page; what the endpoint has printed by then."""
    with endpoint(folder) as (address, process):
        for command, said in steps:
            words = [word.strip("'") for word in command.replace("http://localhost:8000/", address).split()]
            assert shape(text(run_module(folder, "cds_context", *words).stdout)) == shape(said)
        process.kill()
        assert process.stdout
        return text(process.stdout.read()).splitlines()


def test_the_rehearsal_prints_what_the_page_says(folder: Path) -> None:
    assert rehearse(folder, STEPS[:3])[0] == "Amélie Brandt now has the address amelie.brandt@example.com"


def test_the_mended_handler_is_told_of_a_truncated_event(mended: Path) -> None:
    assert "4 passed" in text(run_module(mended, "pytest", "-q", "-p", "no:cacheprovider").stdout)
    printed = rehearse(mended, STEPS[3:])
    assert len([line for line in printed if re.fullmatch(r"read contact [-0-9a-f]{36} from Dataverse", line)]) == 1


def test_the_page_has_steps() -> None:
    assert [command.split()[:2] for command, _ in STEPS] == [
        ["send", "update"],
        ["send", "update"],
        ["send", "'*'"],
        ["send", "'*'"],
    ]
