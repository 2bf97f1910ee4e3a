"""The room `tools.answers`: failures to rehearse."""

from __future__ import annotations

from typing import Any

import pytest

from cds_context import ArgumentError
from cds_context.tools import Answers


def test_all_is_well_unless_told_otherwise() -> None:
    assert [Answers().status(turn, 0.0) for turn in range(3)] == [200, 200, 200]


def test_statuses_are_given_in_turn_and_the_last_one_from_then_on() -> None:
    answers = Answers(statuses=(503, 202))
    assert [answers.status(turn, 0.99) for turn in range(4)] == [503, 202, 202, 202]


def test_a_share_fails_by_luck() -> None:
    answers = Answers(fail_share=0.2, fail_status=500)
    assert [answers.status(0, luck) for luck in (0.0, 0.19, 0.2, 0.9)] == [500, 500, 200, 200]
    assert Answers(fail_share=1).status(0, 0.999) == 503


@pytest.mark.parametrize(
    "options",
    [
        *({"statuses": ()}, {"statuses": (200, 99)}, {"statuses": (600,)}, {"fail_status": 100}),
        *({"fail_share": 1.1}, {"fail_share": -0.1}, {"delay": -1}, {"delay": float("inf")}, {"delay": float("nan")}),
    ],
    ids=str,
)
def test_what_nobody_can_mean_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Answers(**options)
