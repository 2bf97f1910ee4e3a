"""Work in processes side by side. Knows no events.

How it works: each process is begun anew and is told the work once; then it is given numbers. It ends with the process
that began it, however that ends: the two are joined by a pipe, which the system closes. So nobody writes on after a
run was killed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process
from multiprocessing.sharedctypes import Synchronized
from threading import Thread
from typing import Any, TypeAlias

Counted: TypeAlias = "list[Synchronized[int]]"
"""Numbers that all processes add to."""

Work: TypeAlias = Callable[[int, Counted], None]
"""What is done for a number. Pickled, unless all is done in this process."""

_GLANCE = 0.2
"""Seconds between looks at what was counted."""


def side_by_side(work: Work, numbers: Iterable[int], jobs: int, counted: int) -> Iterator[list[int]]:
    """Do the work for each number, in `jobs` processes; in this one if that is 1. What was counted, now and then.

    Whatever the work raises ends all of it.
    """
    spawning = get_context("spawn")
    counts: Counted = [spawning.Value("q", 0) for _ in range(counted)]
    if jobs == 1:
        for number in numbers:
            work(number, counts)
            yield _values(counts)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=spawning, initializer=begin, initargs=(work, counts))
    try:
        waiting: set[Future[None]] = {pool.submit(do, number) for number in numbers}
        while waiting:
            finished, waiting = wait(waiting, _GLANCE, FIRST_COMPLETED)
            for each in finished:
                each.result()
            yield _values(counts)
    finally:
        pool.shutdown(cancel_futures=True)


def _values(counts: Counted) -> list[int]:
    return [count.value for count in counts]


_told: list[Any] = []
"""The work and the counts of this process, which was begun for nothing else."""


def begin(work: Work, counts: Counted) -> None:
    """Be told the work, in a new process."""
    _told[:] = [work, counts]
    Thread(target=end_with_parent, daemon=True).start()


def do(number: int) -> None:
    """Do the work for a number, in a process that was told it."""
    work, counts = _told
    work(number, counts)


def end_with_parent() -> None:
    """Wait for the end of the process that began this one, and end then."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
