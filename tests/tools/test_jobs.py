"""The room `tools.jobs`: the same work in one process and in several, and no process that outlives the run."""

from __future__ import annotations

import os
from typing import Any

import pytest

from cds_context.tools import jobs
from cds_context.tools.jobs import Counted, side_by_side


def add(number: int, counted: Counted) -> None:
    for count, by in zip(counted, (1, number), strict=True):
        with count.get_lock():
            count.value += by


def fail(number: int, counted: Counted) -> None:
    raise OSError(28, "No space left on device")


def test_one_process_does_all_in_order() -> None:
    assert [*side_by_side(add, [3, 4, 5], 1, 2)] == [[1, 3], [2, 7], [3, 12]]
    assert [*side_by_side(add, [], 1, 2)] == []
    with pytest.raises(OSError, match="No space left"):
        list(side_by_side(fail, [3], 1, 2))


def test_several_processes_do_all_once() -> None:
    assert [*side_by_side(add, range(10), 2, 2)][-1] == [10, 45]


def test_what_the_work_raises_in_a_process_ends_all() -> None:
    with pytest.raises(OSError, match="No space left"):
        list(side_by_side(fail, range(10), 2, 2))


class Parent:
    def join(self) -> None:
        pass


def test_a_process_is_told_the_work_and_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def work(number: int, counted: Any) -> None:
        done.append(number)

    jobs.begin(work, [])  # in a process without a parent that is one of ours
    jobs.do(3)
    assert done == [3]
    codes: list[int] = []
    monkeypatch.setattr(jobs, "parent_process", Parent)
    monkeypatch.setattr(os, "_exit", codes.append)
    jobs.end_with_parent()
    assert codes == [1]
