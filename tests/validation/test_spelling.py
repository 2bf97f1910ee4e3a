"""The room `spelling`: how JSON text differs from the server's form of the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from cds_context import encode_context
from cds_context.testing.strategies import contexts
from cds_context.validation.places import tokens
from cds_context.validation.spelling import Difference, Spelling, compare, kind


@given(contexts())
def test_what_is_in_the_servers_form_does_not_differ_from_itself(context: object) -> None:
    text = encode_context(context).decode()  # type: ignore[arg-type]
    assert compare(text, text) == Spelling([], [], None)


@given(contexts())
def test_a_layout_makes_no_difference(context: object) -> None:
    text = encode_context(context).decode()  # type: ignore[arg-type]
    spelling = compare(" ".join(f"\t{token[1]}\r\n" for token in tokens(text)), text)
    assert spelling.difference is None
    assert len(spelling.spaces) == sum(1 for _ in tokens(text)) + 1


@pytest.mark.parametrize(
    ("body", "spaces"),
    [("[1]", []), (" [1]", [0]), ("[1 ]", [2]), ("[ 1,\r\n\t2]\n", [1, 4, 9]), ('[1,"a b"]', [])],
)
def test_white_space_is_told_by_where_it_begins(body: str, spaces: list[int]) -> None:
    assert compare(body, body).spaces == spaces


@pytest.mark.parametrize(
    "body", [r'"\/"', r'"\u000a"', r'"\""', r'"\\"', '"é"', r'"\ud83d\ude00"', r'"\u0085"', r'"\ud83d"']
)
def test_the_servers_escapes(body: str) -> None:
    assert compare(body, body).escapes == []


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ('"/"', r'"\/"'),
        (r'"\n"', r'"\u000a"'),
        (r'"\u00e9"', '"é"'),
        (r'"\u0041"', '"A"'),
        (r'"\uD83D"', r'"\ud83d"'),
        ('"\U0001f600"', r'"\ud83d\ude00"'),
        ('"\x85"', r'"\u0085"'),
    ],
)
def test_other_escapes_are_no_difference(body: str, written: str) -> None:
    assert json.loads(body) == json.loads(written)
    assert compare(f"[{body},{body}]", f"[{written},{written}]") == Spelling([], [1, len(body) + 2], None)


@pytest.mark.parametrize(
    ("body", "written", "difference"),
    [
        ('{"a":1,"b":2}', '{"b":2,"a":1}', Difference(1, '"a"', '"b"', in_members=True)),
        ('{"a":1, "a":1}', '{"a":1}', Difference(6, ",", "}", in_members=True)),
        ('{"a":1}', '{"a":1,"b":1}', Difference(6, "}", ",", in_members=True)),
        ('{"a":1,"a":2}', '{"a":2}', Difference(5, "1", "2", in_members=False)),
        ('{"a":"A"}', '{"a":"a"}', Difference(5, '"A"', '"a"', in_members=False)),
        ("[1.0]", "[1]", Difference(1, "1.0", "1", in_members=False)),
        ("[1,2]", "[1]", Difference(2, ",", "]", in_members=False)),
        ("[]", "", Difference(0, "[", "", in_members=False)),
    ],
)
def test_the_first_other_token(body: str, written: str, difference: Difference) -> None:
    assert compare(body, written).difference == difference


@pytest.mark.parametrize(
    ("token", "what"),
    [
        ('"a"', "text"),
        ("-1", "a number"),
        ("NaN", "a number"),
        ("true", "a boolean"),
        ("false", "a boolean"),
        ("null", "null"),
        ("{", "an object"),
        ("[", "an array"),
    ],
)
def test_the_kind_of_a_token_tells_no_content(token: str, what: str) -> None:
    assert kind(token) == what
