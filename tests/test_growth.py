"""What takes a body takes time and memory in proportion to it, whatever somebody put in it.

How it works: a case is a function and a group of adversarial bodies, which are made at the sizes 1 and 16. The
processor time for the largest may be 32 times the time for the smallest, which is repeated until it takes 20 ms. Time
of the processor does not depend on what else runs on a machine. Each time is the best of five, without the garbage
collector; as the best of more runs is never worse, no run follows one that is good enough. The peak of the memory is
taken for each body at a size between, as small as what does not grow allows: it takes as long as all the rest.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache
from time import process_time
from typing import Any

import pytest

from cds_context import (
    CdsContextError,
    encode_context,
    parse_context,
    peek_context,
    redact,
    to_plain,
    to_webapi,
    unwrap,
    validate,
)
from cds_context.cli.show import view
from cds_context.cli.terminal import Screen
from cds_context.display.changes import changes_by_row, snapshots
from cds_context.display.summaries import summarize
from cds_context.tools.details import detail_of
from cds_context.tools.inbox import Post

from .adversarial import GROUPS

pytestmark = pytest.mark.repeats

RUNS = 5
LEAST = 0.02
"""Seconds that the smallest bodies take."""
TIMES = 32
"""How many times as long the largest may take."""
MEMORY = 60
"""Bytes of memory for a byte of a body."""
FREE = 256 * 1024
"""Bytes of memory for what does not grow."""


def read(body: bytes) -> None:
    for take in (parse_context, peek_context):
        with suppress(CdsContextError):
            take(body)


def read_exactly(body: bytes) -> None:
    with suppress(CdsContextError):
        parse_context(body, parse_float=Decimal)
    parse_context(body, repair_text=True)


def look(body: bytes) -> None:
    """What the page of `listen` shows."""
    now = datetime.now(timezone.utc)
    detail_of(Post(number=1, received_on=now, path="/", query="", headers={}, body=body, status=200))


def show(body: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        patch.setattr(sys, "stdout", nowhere)
        patch.setenv("COLUMNS", "80")
        Screen().show(*view(parse_context(body)))


def answer(body: bytes) -> None:
    context = parse_context(body)
    summarize(context)
    asked: list[Callable[[], object]] = [
        context.require_complete,
        context.changes,
        context.snapshot,
        lambda: (context.record, context.records, context.idempotency_key),
        lambda: [*changes_by_row(context)],
    ]
    for ask in asked:
        with suppress(CdsContextError):
            ask()


def write(body: bytes) -> None:
    context = parse_context(body)
    encode_context(context)
    encode_context(context, indent=2)


def transform(body: bytes) -> None:
    context = parse_context(body)
    to_plain(context, mode="json")
    for row in snapshots(context):
        to_webapi(row)


FUNCTIONS: dict[str, Callable[[bytes], Any]] = {
    "parse_context and peek_context": read,
    "parse_context, exact and repaired": read_exactly,
    "unwrap": unwrap,
    "validate": validate,
    "the page": look,
    "encode_context": write,
    "to_plain and to_webapi": transform,
    "redact": lambda body: redact(parse_context(body), seed=1),
    "answers": answer,
    "show": show,
}
OF_BYTES = ["parse_context and peek_context", "parse_context, exact and repaired", "unwrap", "validate", "the page"]
CASES = [
    *((name, "white space, or no JSON") for name in OF_BYTES),
    *((name, "wrappings") for name in OF_BYTES),
    *((name, group) for name in FUNCTIONS for group in ("arrays", "numbers", "texts", "rows", "collections")),
]


@cache
def bodies(group: str, times: int) -> dict[str, bytes]:
    return {name: make(times * SIZES.get(group, 2_000)) for name, make in GROUPS[group].items()}


SIZES = {"rows": 8_000}
"""Bytes of the smallest body, for groups that need more of them to begin with."""


def middle(name: str, group: str) -> int:
    """The size at which memory is taken; a large one for the page, which shows so many rows and values of any body."""
    return 4 if group == "rows" and name != "the page" else 12


def called(function: Callable[[bytes], Any], body: bytes) -> None:
    with suppress(CdsContextError):
        function(body)


@pytest.fixture(autouse=True)
def without_collector() -> Generator[None]:
    """Have the garbage collector find what the test makes, when it is told to, and none of what was there before."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def seconds(function: Callable[[bytes], Any], made: Iterable[bytes], times: int) -> float:
    gc.collect()
    start = process_time()
    for body in made:
        for _ in range(times):
            called(function, body)
    return process_time() - start


def peak(function: Callable[[bytes], Any], body: bytes) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        called(function, body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "group"), CASES)
def test_time_and_memory_grow_as_the_body(name: str, group: str) -> None:
    function = FUNCTIONS[name]
    small, large = bodies(group, 1), bodies(group, 16)
    seconds(function, small.values(), 1)  # what is loaded at first use is not the body's
    between = bodies(group, middle(name, group))
    used = {kind: round((peak(function, body) - FREE) / len(body)) for kind, body in between.items()}
    assert {kind: share for kind, share in used.items() if share > MEMORY} == {}
    times = 1
    while (least := seconds(function, small.values(), times)) < LEAST:
        times = 1 + int(1.2 * times * LEAST / least)
    least = min(least, *(seconds(function, small.values(), times) for _ in range(RUNS - 1)))
    ratios: list[float] = []
    while not ratios or (min(ratios) > TIMES and len(ratios) < RUNS):
        ratios.append(seconds(function, large.values(), times) / least)
    assert min(ratios) <= TIMES, {
        kind: round(seconds(function, [large[kind]], 1) / seconds(function, [small[kind]], 1)) for kind in small
    }
