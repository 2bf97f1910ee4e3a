"""What integration tests share: the pages, and the search for keys and content in all that a test shows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from io import StringIO
from logging.handlers import QueueHandler
from time import monotonic, sleep
from typing import Any

import pytest

from ..patience import PATIENCE
from .cases import CANARIES, KEY
from .pages import run_page

_LOG_OF_CLIENTS = ("asyncio", "httpcore", "httpx", "httpcore2", "httpx2")
"""What posts knows the key, and says it."""


def _set(levels: dict[logging.Logger, int]) -> None:
    for logger, level in levels.items():
        logger.setLevel(level)


def found_in(text: str) -> list[str]:
    """The canaries that a text shows."""
    return [word for word in CANARIES if word.casefold() in text.casefold()]


def _take_out_queues() -> None:
    """Take out the handlers that Litestar sets, once their threads have written all they have.

    They write to the standard error of the test that made them, which is closed when that test ends.
    """
    end = monotonic() + PATIENCE
    for logger in (logging.getLogger(), logging.getLogger("litestar")):
        for handler in [handler for handler in logger.handlers if isinstance(handler, QueueHandler)]:
            queue: Any = handler.queue
            while queue.unfinished_tasks:
                assert monotonic() < end
                sleep(0.001)
            logger.removeHandler(handler)
        logger.propagate = True


@pytest.fixture(scope="session")
def page() -> Iterator[Callable[[str], Any]]:
    """The modules of the pages, each run once."""
    pages: dict[str, Any] = {}

    def get(name: str) -> Any:
        if name not in pages:
            pages[name] = run_page(name)
        return pages[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBHOOK_KEY", KEY)
        yield get


@pytest.fixture(autouse=True)
def shown(capfd: pytest.CaptureFixture[str]) -> Iterator[StringIO]:
    """All that is logged, and what a test adds; afterwards neither that nor what was printed shows keys or content."""
    everything = StringIO()
    handler = logging.StreamHandler(everything)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    levels = {root: logging.DEBUG} | {logging.getLogger(name): logging.WARNING for name in _LOG_OF_CLIENTS}
    before = {logger: logger.level for logger in levels}
    root.addHandler(handler)
    _set(levels)
    yield everything
    _take_out_queues()
    _set(before)
    root.removeHandler(handler)
    assert found_in("".join([everything.getvalue(), *capfd.readouterr()])) == []
