"""Real Spark with one core. It is a file of its own because a process has one session at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds_context.contrib import spark as events

from .checks import TABLES, check_rows, stored
from .sessions import session


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    with session("local[1]") as found:
        events.register(found)
        yield found


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_are_those_of_the_local_table(spark: Any, tmp_path: Path, name: str) -> None:
    check_rows(spark, stored(tmp_path), name)
