"""How time, imports and memory are measured."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter, process_time
from typing import NamedTuple, TypeAlias

Task: TypeAlias = Callable[[], object]

_BATCH_SECONDS = 0.0002


def seconds(*tasks: Task, rounds: int = 800) -> list[float]:
    """What each task takes at its fastest. They take turns, so that a slow moment of the machine hits all of them."""
    counts = [_batch(task) for task in tasks]
    best = [float("inf")] * len(tasks)
    for _ in range(rounds):
        for index, (task, count) in enumerate(zip(tasks, counts, strict=True)):
            best[index] = min(best[index], _time(task, count) / count)
    return best


def seconds_kept(task: Task, count: int, *, rounds: int = 5) -> float:
    """What a call takes at its fastest where the results of `count` calls are all kept, and so lie in fresh memory."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        start = perf_counter()
        kept = [task() for _ in range(count)]
        best = min(best, perf_counter() - start)
        del kept
    return best / count


def _batch(task: Task) -> int:
    """How many calls make a batch long enough for the clock; also warms up."""
    task()  # what is loaded late is loaded now, and no call is taken for a long one because of it
    count = 1
    while _time(task, count) < _BATCH_SECONDS:
        count *= 2
    return count


def _time(task: Task, count: int) -> float:
    # The processor's time, in which what else runs on the machine counts less than in that of the clock.
    start = process_time()
    for _ in range(count):
        task()
    return process_time() - start


def import_microseconds(*modules: str, rounds: int = 15) -> list[float]:
    """The median time of importing each module in a fresh interpreter, with all that it imports."""
    for module in modules:
        _import(module)  # writes the byte code
    times: list[list[int]] = [[] for _ in modules]
    for _ in range(rounds):
        for module, found in zip(modules, times, strict=True):
            found.append(_import(module))
    return [statistics.median(found) for found in times]


def _import(module: str) -> int:
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    # As users import: from byte code.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    report = subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stderr
    # import time: self [us] | cumulative | imported package
    rows = [line.split("|") for line in report.splitlines()]
    return next(int(row[1]) for row in rows if len(row) == 3 and row[2].strip() == module)


class Memory(NamedTuple):
    """Bytes that Python's allocators gave out."""

    peak: int
    held: int


def memory(task: Task) -> Memory:
    """What a task needs at its peak, and what its result holds afterwards."""
    task()  # caches that outlive the result
    gc.collect()
    tracemalloc.start()
    result = task()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return Memory(peak, held)
