"""The room `model.late`: a module is loaded when something in it is first asked for."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from cds_context.model.late import Late

from ..patience import PATIENCE


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that nobody has loaded."""
    (tmp_path / "seldom_needed.py").write_text("import time\ntime.sleep(0.01)\ndef answer():\n    return 42\n", "utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "seldom_needed", raising=False)
    return "seldom_needed"


def test_a_module_is_loaded_when_something_in_it_is_asked_for(module: str) -> None:
    late = Late(module)
    assert module not in sys.modules
    assert late.answer() == 42
    assert late.answer is sys.modules[module].answer


def test_what_was_asked_for_is_kept(module: str) -> None:
    late = Late(module)
    assert late.answer() == 42
    assert "answer" in vars(late)


def test_what_is_not_in_the_module_is_an_attribute_error(module: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'question'"):
        _ = Late(module).question


def test_threads_that_ask_at_once_get_one_answer(module: str) -> None:
    late, start = Late(module), Barrier(4)

    def ask() -> object:
        start.wait(PATIENCE)
        return late.answer

    with ThreadPoolExecutor(4) as threads:
        answers = {found.result(PATIENCE) for found in [threads.submit(ask) for _ in range(4)]}
    assert answers == {sys.modules[module].answer}
