"""The room `dispatch`: a class, a base, a stranger."""

from __future__ import annotations

import pytest

from cds_context import ArgumentError, Stage
from cds_context.conversion.dispatch import ByClass


def test_the_nearest_base_stands_for_a_class() -> None:
    table = ByClass[str]({object: "anything", int: "a number", bool: "yes or no"})
    assert (table[bool], table[int], table[Stage], table[str]) == ("yes or no", "a number", "a number", "anything")


def test_a_class_without_a_base_is_an_error_that_names_it() -> None:
    with pytest.raises(ArgumentError, match="the type complex, which"):
        ByClass[str]({int: "a number"})[complex]
