"""The room `text`: the server's escapes, and the repair of garbled text."""

import json

import pytest

from cds_context.text import finish, quote, repair


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a/b", '"a\\/b"'),
        ('say "x" \\n', '"say \\"x\\" \\\\n"'),
        ("\b\f\n\r\t\x00\x1f", '"\\u0008\\u000c\\u000a\\u000d\\u0009\\u0000\\u001f"'),
        ("\x7f\xa0\ufeff\u20ac", '"\x7f\xa0\ufeff\u20ac"'),
        ("\x85\u2028\u2029\ufffe\uffff", '"\\u0085\\u2028\\u2029\\ufffe\\uffff"'),
        ("a\U0001f600b", '"a\\ud83d\\ude00b"'),
        ("\ud83d", '"\\ud83d"'),
    ],
)
def test_escapes(text: str, written: str) -> None:
    assert finish(quote(text)) == written
    assert json.loads(written) == text


def garble(text: str) -> str:
    """What the server does: UTF-8 bytes read as CP1252, its holes as control characters."""
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("text", ["€100.00", "Привет", "ā č ē", "a\U0001f600", "À\u0081", "plain"])
def test_repair_undoes_garbling(text: str) -> None:
    assert repair(garble(text)) == text


@pytest.mark.parametrize("text", ["", "plain", "é", "€", "Привет", "\x80", "Ã", "日本"])
def test_repair_leaves_what_was_never_garbled(text: str) -> None:
    assert repair(text) == text
