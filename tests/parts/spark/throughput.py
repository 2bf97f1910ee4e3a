"""What Spark costs beside the same tables without it: `.venv-spark/bin/python -m tests.parts.spark.throughput`.

What counts is the processor time of all processes, Java's among them, because other work on a machine does not change
it much. What a query costs before it reads anything, which a file of one event shows, is taken off. Each way is run
several times, and the least counts; nothing is done with the rows. It needs `/proc`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cds_context.contrib import spark as events
from cds_context.tables import changes_table, events_table, read_bodies
from cds_context.testing import examples

from .sessions import session

_COPIES = 500
_ROUNDS = 2
_PART = 32 << 20
_TABLES: dict[str, Any] = {"events": events_table, "changes": changes_table}
_FRAMES: dict[str, Any] = {"events": events.events_frame, "changes": events.changes_frame}


def main() -> None:
    bodies = [*examples().values()]
    with tempfile.TemporaryDirectory() as folder, session("local[1]") as spark:
        one, many = Path(folder, "one.jsonl"), Path(folder, "many.jsonl")
        one.write_bytes(bodies[0])
        many.write_bytes((b"\n".join(bodies) + b"\n") * _COPIES)
        events.register(spark)
        size = many.stat().st_size / 1e6
        _say(f"{len(bodies) * _COPIES:,} events, {size:,.0f} MB")
        _say(f"{'MB a second':>28}{'beside no Spark':>18}")
        for name in _TABLES:
            least = 0.0
            for way, calls in _ways(spark, name, str(one), str(many)).items():
                begin, whole = (min(_spent(call) for _ in range(_ROUNDS)) for call in calls)
                seconds = whole - begin
                least = least or seconds
                _say(f"{name:<10}{way:<15}{size / seconds:>5.1f}{least / seconds:>16.2f}")


def _ways(spark: Any, name: str, *paths: str) -> dict[str, list[Callable[[], object]]]:
    options = {"table": name, "part_size": _PART}
    reads = [spark.read.format("cds_context").options(**options).load(path) for path in paths]
    columns = [_FRAMES[name](spark.read.text(path), "value") for path in paths]
    return {
        "without Spark": [partial(_read, _TABLES[name], path) for path in paths],
        "Data Source": [partial(_run, read) for read in reads],
        "mapInArrow": [partial(_run, column) for column in columns],
    }


def _read(make: Any, path: str) -> None:
    for _ in make(read_bodies(path)):
        pass


def _run(frame: Any) -> None:
    frame.write.format("noop").mode("overwrite").save()


def _spent(call: Callable[[], Any]) -> float:
    before = _processor_time()
    call()
    return _processor_time() - before


_seen: dict[int, int] = {}
"""The ticks of each process, also of one that ended: idle workers end while others work."""


def _processor_time() -> float:
    """The seconds of this process and of all that it started."""
    found: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:  # it ended
            continue
        numbers = text.rpartition(")")[2].split()
        found[int(path.parent.name)] = int(numbers[1]), int(numbers[11]) + int(numbers[12])
    ours = {os.getpid()}
    while more := {process for process, (parent, _) in found.items() if parent in ours} - ours:
        ours |= more
    _seen.update((process, found[process][1]) for process in ours)
    return sum(_seen.values()) / os.sysconf("SC_CLK_TCK")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
