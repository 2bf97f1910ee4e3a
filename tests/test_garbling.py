"""The room `garbling`: the repair of garbled text."""

import pytest

from cds_context.garbling import repair


def garble(text: str) -> str:
    """What the server does: UTF-8 bytes read as CP1252, its holes as control characters."""
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("text", ["€100.00", "Привет", "ā č ē", "a\U0001f600", "À\u0081", "plain"])
def test_repair_undoes_garbling(text: str) -> None:
    assert repair(garble(text)) == text


@pytest.mark.parametrize("text", ["", "plain", "é", "€", "Привет", "\x80", "Ã", "日本"])
def test_repair_leaves_what_was_never_garbled(text: str) -> None:
    assert repair(text) == text
