"""The room `codes`: names for known numbers, and unknown numbers kept."""

import copy
import pickle

import pytest

from cds_context import EntityState, Mode, Stage


def test_known_number_has_its_name() -> None:
    assert Stage(40) is Stage.POST_OPERATION


def test_unknown_number_is_kept() -> None:
    stage = Stage(99)
    assert (stage, stage.name, isinstance(stage, Stage)) == (99, "99", True)
    assert pickle.loads(pickle.dumps(stage)) == copy.deepcopy(stage) == stage


def test_what_is_no_number_is_no_code() -> None:
    with pytest.raises(ValueError, match="Mode"):
        Mode("x")  # type: ignore[arg-type]


def test_codes_are_numbers() -> None:
    assert EntityState.CHANGED + 0 == 2
