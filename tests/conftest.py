"""How property tests run, which tests repeat what others do once, and the stack that a test finds.

`HYPOTHESIS_PROFILE=long` looks further, and elsewhere on each run; without it, each run is the same.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from .stack import room_for

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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Give each test as much of the stack as any other run gives it: runners, debuggers and plugins take their own."""
    with room_for(_FRAMES):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that repeat: properties, and tests with more than 100 cases.

    Coverage is not measured in them: tracing makes them take twice as long, and a line that only a drawn example
    reaches would be covered by the luck of the draw.
    """
    functions = [getattr(item, "obj", None) for item in items]
    cases = Counter(functions)
    for item, function in zip(items, functions, strict=True):
        if is_hypothesis_test(function) or cases[function] > _MANY:
            item.add_marker("repeats")
            item.add_marker("no_cover")
