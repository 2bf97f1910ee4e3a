"""The room `testing.shipped`: the example bodies are what the builders make, and what a server would send."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_context import encode_context, parse_context
from cds_context.event.messages import MESSAGES
from cds_context.testing import examples

from ..shipped_examples import EXAMPLES


def test_examples_are_current() -> None:
    # If this fails: python -m tests.shipped_examples
    assert examples() == {name: encode_context(context) for name, context in sorted(EXAMPLES.items())}
    assert list(examples()) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_comes_back_as_it_was_built(name: str) -> None:
    assert parse_context(examples()[name]) == EXAMPLES[name]
    assert encode_context(parse_context(examples()[name], parse_float=Decimal)) == examples()[name]


def test_there_is_one_for_every_message() -> None:
    assert {context.message_name for context in EXAMPLES.values()} >= MESSAGES.keys()
