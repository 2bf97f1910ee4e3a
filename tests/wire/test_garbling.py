"""The room `garbling`: the repair of garbled text."""

import pytest

from cds_context.testing import garble
from cds_context.wire.garbling import repair


@pytest.mark.parametrize("text", ["€100.00", "Привет", "ā č ē", "a\U0001f600", "À\u0081", "plain"])
def test_repair_undoes_garbling(text: str) -> None:
    assert repair(garble(text.encode()).decode()) == text


@pytest.mark.parametrize("text", ["", "plain", "é", "€", "Привет", "\x80", "Ã", "日本"])
def test_repair_leaves_what_was_never_garbled(text: str) -> None:
    assert repair(text) == text
