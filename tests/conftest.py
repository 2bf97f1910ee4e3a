"""How tests are run: how far properties look, what repeats, what `--quick` leaves out, and what may be missing.

`HYPOTHESIS_PROFILE=long` looks further, and elsewhere on each run; without it, what is drawn depends on nothing but the
code that is loaded by then, whose constants Hypothesis takes.
"""

from __future__ import annotations

import gc
import os
import re
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from . import processes
from .stack import room_for

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)

_ALWAYS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}
settings.register_profile("short", max_examples=25, derandomize=True, database=None, **_ALWAYS)
settings.register_profile("long", max_examples=3000, **_ALWAYS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

_FRAMES = 900
"""Of the thousand that Python gives a program; web frameworks take some, too."""
_MANY = 100
_FEW = 4
"""So many cases of a test give an answer."""
_HERE = Path(__file__).parent
_SLOW = {
    *(_HERE / "browser", _HERE / "integration"),
    # These run a listener or processes in each test; `tools/test_sending.py` has enough of them for an answer.
    *(_HERE / "tools" / f"test_{room}.py" for room in ("exporting", "forwarding", "listener", "page", "processes")),
    _HERE / "cli" / "test_listen.py",
    # These search for the least example.
    _HERE / "testing" / "test_strategies.py",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help="leave out tests that repeat, that start a process, or that need a listener, a framework or a browser, "
        f"and of tests with more than {_FEW} cases all but so many",
    )


def pytest_configure(config: pytest.Config) -> None:
    processes.are_allowed = not config.getoption("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if config.getoption("quick") and collection_path in _SLOW else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without the garbage collector, which takes a quarter of that time and finds nothing.

    What was loaded stays to the end, so the collector need not go through it again and again while tests run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that repeat: properties, and tests with more than 100 cases.

    Tests that go through as much by themselves, such as all examples or a body of a hundred thousand levels, carry the
    mark in their files. `make test` measures no coverage in them: tracing makes them take twice as long, and a line
    that only a drawn example reaches would be covered by the luck of the draw.
    """
    functions = [getattr(item, "obj", None) for item in items]
    cases = Counter(functions)
    for item, function in zip(items, functions, strict=True):
        if is_hypothesis_test(function) or cases[function] > _MANY:
            item.add_marker("repeats")
    if config.getoption("quick"):
        chosen = _chosen(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]


def _chosen(items: list[pytest.Item]) -> set[pytest.Item]:
    """The tests of `--quick`. Cases that are left out lie evenly between those that run."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        if not item.get_closest_marker("repeats"):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return {
        cases[at * len(cases) // count]
        for cases in tests.values()
        for count in [min(len(cases), _FEW)]
        for at in range(count)
    }


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Give each test as much of the stack as any other run gives it: runners, debuggers and plugins take their own."""
    with room_for(_FRAMES):
        return (yield)


# With CI set in the environment, nothing is skipped because it is missing: who reads the result takes it for tested.
# Whatever else is skipped is of no use there, such as what is for another system.

_MISSING = re.compile("(Skipped: )?(missing: |could not import )")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped for want of something."""
    return judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that was skipped for want of something."""
    return judged((yield))


def judged(report: _Report) -> _Report:
    """The report, as a failure if something is missing that must be there."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    if os.environ.get("CI") and report.skipped and _MISSING.match(reason):
        report.outcome = "failed"
        report.longrepr = f"{reason}; with CI set, it must be there"
    return report
