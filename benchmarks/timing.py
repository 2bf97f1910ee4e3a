"""Whether the time of a check tells about the key: `python -m benchmarks.timing`.

What a caller guesses is always as long; it differs from the key in its first byte, in its last, in all, or the key is
longer or shorter. These are checked in turns, in an order that is shuffled each time. In each round all are made anew,
in another order, as objects that lie elsewhere in memory take some nanoseconds more or less, whatever they hold. What
is printed is how far one lies from the first in the mean of all rounds, and how often that is its standard error.
Beyond 4.5 times (as usual in tests of this kind) time tells something. A comparison that stops at the first difference
is measured in the same way, to prove that the method finds what it looks for.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import NamedTuple

from cds_context import AuthenticationError
from cds_context.webhook import AnyOf, Authentication, HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

_KEY = "7mQz-r4Vd-9xLp-2sWn" * 4
_ROUNDS = 200
_SAMPLES = 100
"""Of each case in a round."""
_SLOWEST = 0.1
"""The share of samples that is left out, because something else ran meanwhile."""
_THRESHOLD = 4.5

_CASES = {
    "the first byte differs": (_KEY, f"_{_KEY[1:]}"),
    "the last byte differs": (_KEY, f"{_KEY[:-1]}_"),
    "every byte differs": (_KEY, "_" * len(_KEY)),
    "the key is a byte longer": (f"{_KEY}_", _KEY),
    "the key is a byte shorter": (_KEY[:-1], _KEY),
    "the key is one byte": (_KEY[0], _KEY),
}
"""Key and guess."""
_FIRST = next(iter(_CASES))

_shuffle = random.Random(1).shuffle  # noqa: S311 - an order, no secret

Check = Callable[[], object]


class Difference(NamedTuple):
    """How the time of one case lies to that of the first."""

    kind: str
    case: str
    nanoseconds: float
    errors: float
    """The same in standard errors."""


def measure() -> Iterator[Difference]:
    """Each kind of check with each case."""
    for kind, make in _KINDS.items():
        rounds = [_round(make) for _ in range(_ROUNDS)]
        for case in list(_CASES)[1:]:
            yield Difference(kind, case, *_mean([times[case] - times[_FIRST] for times in rounds]))


def _in_header(key: str, guess: str) -> Check:
    return _refusal(HttpHeaderAuth({"X-Key": key}), {"x-key": guess}, "")


def _in_query(key: str, guess: str) -> Check:
    return _refusal(HttpQueryStringAuth({"key": key}), {}, f"key={guess}")


def _as_code(key: str, guess: str) -> Check:
    return _refusal(WebhookKeyAuth(key), {}, f"code={guess}")


def _in_rotation(key: str, guess: str) -> Check:
    auth = AnyOf(HttpHeaderAuth({"X-Key": key}), HttpHeaderAuth({"X-Key": key[::-1]}))
    return _refusal(auth, {"x-key": guess}, "")


def _refusal(auth: Authentication, headers: dict[str, str], query: str) -> Check:
    def check() -> None:
        try:
            auth.verify(headers, query)
        except AuthenticationError:
            return
        raise AssertionError

    return check


def _stops_early(key: str, guess: str) -> Check:
    return lambda: len(key) == len(guess) and all(map(str.__eq__, key, guess))


_KINDS: dict[str, Callable[[str, str], Check]] = {
    "HttpHeaderAuth": _in_header,
    "HttpQueryStringAuth": _in_query,
    "WebhookKeyAuth": _as_code,
    "AnyOf": _in_rotation,
    "one that stops early": _stops_early,
}


def _round(make: Callable[[str, str], Check]) -> dict[str, float]:
    """What the check of each case takes, in nanoseconds."""
    times: dict[str, list[int]] = {case: [] for case in _CASES}
    cases = list(_CASES.items())
    _shuffle(cases)
    order = [(case, make(*key_and_guess)) for case, key_and_guess in cases]
    gc.disable()
    for _ in range(_SAMPLES):
        _shuffle(order)
        for case, check in order:
            start = perf_counter_ns()
            check()
            taken = perf_counter_ns() - start  # before anything is looked up by the name of the case
            times[case].append(taken)
    gc.enable()
    kept = int(_SAMPLES * (1 - _SLOWEST))
    return {case: statistics.fmean(sorted(found)[:kept]) for case, found in times.items()}


def _mean(differences: list[float]) -> tuple[float, float]:
    """The mean, also in standard errors."""
    mean = statistics.fmean(differences)
    return mean, mean / (statistics.stdev(differences) / len(differences) ** 0.5)


def main() -> None:
    print(f"keys of {len(_KEY)} bytes, {_ROUNDS * _SAMPLES:,} samples of each; beside a guess where {_FIRST}")
    print()
    print(f"{'check':<24}{'case':<28}{'ns':>8}{'errors':>10}")
    for found in measure():
        mark = "  tells" if abs(found.errors) > _THRESHOLD else ""
        print(f"{found.kind:<24}{found.case:<28}{found.nanoseconds:>8.0f}{found.errors:>10.1f}{mark}")


if __name__ == "__main__":
    main()
