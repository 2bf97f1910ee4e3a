"""The room `cli.logs`: what goes wrong in the server of a listener."""

from __future__ import annotations

import errno
import logging
import re

from cds_context.cli.logs import complained

ERRORS = logging.getLogger("uvicorn.error")
LOOP = logging.getLogger("asyncio")


def test_what_goes_wrong_is_one_line_without_content() -> None:
    said: list[str] = []
    with complained(said.append):
        for _ in range(3):
            ERRORS.warning("Invalid HTTP request received.")
        ERRORS.warning("Unsupported upgrade request.")
        ERRORS.info("Invalid HTTP request received.")
        try:
            raise ValueError("s3cret")
        except ValueError:
            ERRORS.exception("Exception in ASGI application\n")
        for _ in range(2):
            LOOP.error("socket.accept() out of system resource", exc_info=OSError(errno.EMFILE, "Too many open files"))
        LOOP.error("never raised", exc_info=RuntimeError("s3cret"))
    ERRORS.warning("Invalid HTTP request received.")
    first, second, *others = said
    assert first == "what came is not HTTP; perhaps it is meant for https"
    assert re.fullmatch(r"ValueError in test_logs\.py, line \d+", second)
    assert others == ["too many open files", "RuntimeError"]


def test_what_is_deep_is_told_where_it_was_raised() -> None:
    said: list[str] = []

    def deep() -> None:
        raise KeyError("s3cret")

    with complained(said.append):
        try:
            deep()
        except KeyError:
            LOOP.exception("s3cret")
    (only,) = said
    assert only == f"KeyError in test_logs.py, line {deep.__code__.co_firstlineno + 1}"
