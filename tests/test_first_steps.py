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


def block(file: str) -> str:
    """The code that the page says to put in a file."""
    found = re.search(rf"in `{file}`.*?```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


STEPS = re.findall(r"```console\n\.venv/bin/cds-context (.+)\n```\n\n```text\n((?:.+\n)+?)```", PAGE)
"""Commands, each with the output that the page shows."""


def run_module(folder: Path, *command: str) -> Completed:
    # No byte code: a file that is changed within a second, to one of the same size, would not be read again.
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return run([sys.executable, "-m", *command], cwd=folder, env=environment)


@pytest.fixture(name="folder")
def folder_with_files(tmp_path: Path) -> Path:
    for file, head in (("handler.py", ""), ("test_handler.py", FROM_HANDLER), ("endpoint.py", FROM_HANDLER)):
        (tmp_path / file).write_text(head + block(file), "utf-8")
    return tmp_path


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


def test_the_rehearsal_prints_what_the_page_says(folder: Path) -> None:
    with endpoint(folder) as (address, process):
        for command, said in STEPS:
            words = [word.strip("'") for word in command.replace("http://localhost:8000/", address).split()]
            assert shape(text(run_module(folder, "cds_context", *words).stdout)) == shape(said)
        process.kill()
        assert process.stdout
        assert text(process.stdout.readline()) == "Amélie Brandt now has the address amelie.brandt@example.com\n"


def test_the_page_has_steps() -> None:
    assert [command.split()[:2] for command, _ in STEPS] == [["send", "update"], ["send", "update"], ["send", "'*'"]]
