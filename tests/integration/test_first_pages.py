"""The pages that everybody reads first work word for word, with the frameworks that they name."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from ..pages import program, source
from ..processes import printed
from ..test_documentation import DOCS, ROOT

pytest.importorskip("fastapi")
pytest.importorskip("azure.functions")


def test_the_first_page_shows_what_the_code_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEBHOOK_KEY", "r4Vd-7mQz")
    page = ROOT / "README.md"
    shown = re.findall(r"^(context\.\S.*?)  # (.+)$", source(page), re.MULTILINE)
    assert shown
    monkeypatch.chdir(tmp_path)  # a reader does not sit in our folder
    names: dict[str, Any] = {}
    exec(program(page), names)  # noqa: S102
    assert [repr(eval(expression, names)) for expression, _ in shown] == [text for _, text in shown]  # noqa: S307
    assert {route.path for route in names["app"].routes} >= {"/dataverse"}


STEP = re.compile(
    r"^[^\n]*[Ss]ave this as `(?P<file>\w+\.py)`[^\n]*:\n\n```python\n(?P<code>.*?)^```"
    r"|^```console\n(?P<commands>.*?)^```(?:\n\nprints\n\n```text\n(?P<output>.*?)^```)?",
    re.MULTILINE | re.DOTALL,
)


def test_the_start_page_works_word_for_word_in_an_empty_folder(tmp_path: Path) -> None:
    text = (DOCS / "start.md").read_text("utf-8")
    steps = [*STEP.finditer(text)]
    files = {"read.py", "handler.py", "test_handler.py", "conftest.py"}
    files |= {"app.py", "test_app.py", "function_app.py", "test_function_app.py"}
    assert {step["file"] for step in steps} == {None, *files}
    for step in steps:
        if step["file"]:
            # A line has the number that it has in the page, so that an error points there.
            above = text.count("\n", 0, step.start("code"))
            (tmp_path / step["file"]).write_text("\n" * above + step["code"], "utf-8")
            continue
        for command in step["commands"].splitlines():
            program, *arguments = shlex.split(command)
            if program == ".venv/bin/python":  # the tests have an environment already
                output = printed([sys.executable, "-X", "utf8", *arguments], cwd=tmp_path)
                assert step["output"] in {None, output}
