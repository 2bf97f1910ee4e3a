"""The script that builds a release refuses whatever would make a wrong one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .processes import run, text

SCRIPT = Path(__file__).parent.parent / ".ci" / "release"

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("bash") and SCRIPT.exists()), reason="the script needs git and bash"
)

GOOD = {
    "pyproject.toml": '[project]\nversion = "0.2.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## 0.2.0, 2030-01-31\n\n- All.\n\n## 0.1.0, 2030-01-01\n",
    # In place of what builds and tests, which takes a minute.
    ".ci/installed": '#!/bin/sh\nmkdir "$1"\n',
    ".gitignore": "dist\n",
}


def release(folder: Path, version: str, files: dict[str, str], *commands: str) -> tuple[int, str]:
    """What the script ends with and says, in a repository with these files, after these commands of git."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
        path.chmod(0o755)
    shutil.copy(SCRIPT, folder / ".ci" / "release")
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")
    for command in ("init --quiet", "add --all", "commit --quiet --message all", *commands):
        assert run(["git", *identity, *command.split()], cwd=folder).returncode == 0
    done = run(["bash", ".ci/release", version], cwd=folder)
    return done.returncode, text(done.stdout + done.stderr)


def test_a_release_is_built(tmp_path: Path) -> None:
    assert release(tmp_path, "0.2.0", GOOD) == (0, "dist has the release 0.2.0\n")
    assert (tmp_path / "dist").is_dir()


@pytest.mark.parametrize(
    ("version", "changed", "commands", "reason"),
    [
        pytest.param("0.2", {}, (), "a version is MAJOR.MINOR.PATCH", id="no version"),
        pytest.param("0.3.0", {}, (), "pyproject.toml has another version", id="another version"),
        pytest.param("0.2.0", {}, ("tag v0.2.0",), "there is a tag v0.2.0 already", id="tagged"),
        pytest.param("0.2.0", {}, ("rm --quiet --cached pyproject.toml",), "not committed", id="not committed"),
        pytest.param(
            "0.2.0",
            {"CHANGELOG.md": "# Changelog\n\n## Unreleased\n"},
            (),
            'begins with "## Unreleased"',
            id="changelog",
        ),
        pytest.param("0.2.0", {"CHANGELOG.md": "# Changelog\n"}, (), 'begins with ""', id="empty changelog"),
        pytest.param(
            "0.2.0",
            {"README.md": "There is no release yet.\n", "docs/cli.md": "Until there is a release, wait.\n"},
            (),
            "pages say that there is none: README.md docs/cli.md",
            id="pages before the first release",
        ),
    ],
)
def test_what_is_no_release_is_refused(
    tmp_path: Path, version: str, changed: dict[str, str], commands: tuple[str, ...], reason: str
) -> None:
    code, said = release(tmp_path, version, GOOD | changed, *commands)
    assert code == 1
    assert said.startswith(f"no release {version}: ")
    assert reason in said
