"""What the tests of the schemas share: the tools from npm, the commands of the page, the examples in both forms."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from cds_context import parse_context, to_plain
from cds_context.testing import examples

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "schema-tools.md").read_text("utf-8")
SECONDS = 240
SCHEMAS = {"wire": "remote-execution-context.schema.json", "plain": "plain-context.schema.json"}


def commands(heading: str) -> list[str]:
    """The commands in the first block below a heading of the page."""
    _, found, below = PAGE.partition(f"\n## {heading}\n")
    block = re.search(r"^```console\n(.*?)^```", below, re.MULTILINE | re.DOTALL)
    assert found
    assert block
    return block[1].splitlines()


class Files(NamedTuple):
    """The examples of one form."""

    paths: list[str]
    told: str
    """What a program prints that has read them: message and table of each, a line each."""


@pytest.fixture(scope="session", name="examples_of")
def files_of_both_forms(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Files]:
    folder = tmp_path_factory.mktemp("examples")
    files: dict[str, Files] = {"wire": Files([], ""), "plain": Files([], "")}
    for name, body in examples().items():
        context = parse_context(body)
        plain = json.dumps(to_plain(context, mode="json")).encode()
        for form, content in (("wire", body), ("plain", plain)):
            path = folder / f"{name}.{form}.json"
            path.write_bytes(content)
            told = f"{files[form].told}{context.message_name} {context.primary_entity_name}\n"
            files[form] = Files([*files[form].paths, str(path)], told)
    return files


@pytest.fixture(scope="session", name="tools")
def tools_from_npm() -> Path:
    """The folder with the tools of `package.json`, installed into the environment of this part, once."""
    folder = Path(sys.prefix) / "npm"
    wanted = (HERE / "package.json").read_bytes()
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "package.json").write_bytes(wanted)
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        subprocess.run(install, cwd=folder, check=True, timeout=SECONDS)
        # The stamp is written last: an install that was broken off is done again.
        stamp.write_bytes(wanted)
    for path in (HERE / "programs").glob("*.mjs"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="session", name="run")
def runner_with_the_tools_on_the_path(tools: Path) -> Callable[[str, Path], str]:
    """Runs a command line in a folder and gives what it prints; what it says when it fails is told."""
    path = os.pathsep.join([str(tools / "node_modules" / ".bin"), str(Path(sys.executable).parent), os.environ["PATH"]])

    def run(line: str, folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-c", line],  # noqa: S607 # a line of the page is for a shell
            cwd=folder,
            env={**os.environ, "PATH": path, "GOFLAGS": "-mod=mod", "GOCACHE": str(tools / "go")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        printed = done.stdout.decode()
        assert done.returncode == 0, f"{line}\n{printed}"
        return printed

    return run
