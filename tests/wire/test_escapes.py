"""The room `escapes`: the server's escapes."""

import json

import pytest

from cds_context.wire.escapes import finish, quote


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
