"""Tests of very many cases, as few tests: what pytest does for a test takes longer than most of these cases do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from itertools import islice
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

_SIZE = 100


def each(parameter: str, cases: Iterable[T], ids: Callable[[T], str] = str) -> Callable[[Callable[..., None]], Any]:
    """Mark a test that is to hold for each case. It repeats, and all cases run, though some of them fail.

    The function of one case is `__wrapped__` of the test.
    """
    remaining = iter([(ids(case), case) for case in cases])
    batches = list(iter(lambda: list(islice(remaining, _SIZE)), []))

    def decorate(test: Callable[..., None]) -> Any:
        @wraps(test)
        def run(batch: Collection[tuple[str, T]], **fixtures: Any) -> None:
            failed: dict[str, BaseException] = {}
            for name, case in batch:
                try:
                    test(**{parameter: case}, **fixtures)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told below, with the others
                    failed[name] = error
            if failed:
                told = "\n".join(f"{name}: {type(error).__name__}: {error}" for name, error in failed.items())
                raise AssertionError(f"{len(failed)} of {len(batch)} cases failed:\n{told}") from next(
                    iter(failed.values())
                )

        others = [one for one in inspect.signature(test).parameters.values() if one.name != parameter]
        asked: Any = run
        asked.__signature__ = inspect.Signature(
            [inspect.Parameter("batch", inspect.Parameter.POSITIONAL_OR_KEYWORD), *others]
        )
        names = [f"{batch[0][0]}-{batch[-1][0]}" for batch in batches]
        return pytest.mark.repeats(pytest.mark.parametrize("batch", batches, ids=names)(run))

    return decorate
