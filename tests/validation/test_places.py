"""The room `places`: where things stand in JSON text, and where it stops being JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context.codec.tolerant import parse_json
from cds_context.errors import Fault
from cds_context.validation.places import Lines, Path, Places, Steps, seek, tokens, unquote

_texts = st.text(max_size=6) | st.sampled_from(["key", "value", 'a"b\\c', "\ud83d", "a\U0001f600"])
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts
_json = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4))
_layouts = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False, "indent": "\t"}])


def walk(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    yield steps, value
    items: Any = ()
    if hasattr(value, "items"):
        items = value.items()
    elif hasattr(value, "append"):
        items = enumerate(value)
    for step, item in items:
        yield from walk(item, (*steps, step))


@given(_json, _layouts)
def test_a_path_leads_to_its_value_and_back(value: Any, layout: dict[str, Any]) -> None:
    text = json.dumps(value, **layout)
    places = Places(text)
    assert places.fault is None
    for steps, item in walk(value):
        start = places.find(steps)
        assert places.steps_at(start) == steps
        if steps and isinstance(steps[-1], str):
            name, end = json.JSONDecoder().raw_decode(text, start)
            assert name == steps[-1]
            start = text.index(":", end) + 1
            start += len(text[start:]) - len(text[start:].lstrip())
        found, end = json.JSONDecoder().raw_decode(text, start)
        assert json.dumps(found) == json.dumps(item)
        assert places.steps_at(end - 1)[: len(steps)] == steps


@given(_json, _layouts)
def test_tokens_are_the_document(value: Any, layout: dict[str, Any]) -> None:
    text = json.dumps(value, **layout)
    assert "".join(text[before:end] for before, _, end in tokens(text)) == text
    assert json.loads(" ".join(text[start:end] for _, start, end in tokens(text))) == value


@given(_texts, st.booleans())
def test_unquote_is_the_inverse_of_a_string(text: str, ascii: bool) -> None:  # noqa: A002 - as json names it
    assert unquote(json.dumps(text, ensure_ascii=ascii)) == text


@given(st.text(alphabet="a\n\r\u2028é"), st.data())
def test_a_position_is_a_line_and_a_column(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    line, column = Lines(text).position(offset)
    lines = text.split("\n")
    assert sum(len(each) + 1 for each in lines[: line - 1]) + column - 1 == offset
    assert column <= len(lines[line - 1]) + 1


# What is not JSON


def is_json(text: str) -> bool:
    try:
        parse_json(text)
    except Fault as fault:
        return "digits" in fault.reason
    return True


_noise = st.text(alphabet='{}[]:,"\\/ \n\x00.0123-+eEtrufalsnINFa\u00e9\u0661\u00a0\ud83d', min_size=1, max_size=4)


@given(_json, _layouts, st.data())
def test_takes_what_the_decoder_takes(value: Any, layout: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, **layout)
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 2)))
        text = text[:start] + data.draw(_noise | st.just("")) + text[end:]
    places = Places(text)
    assert (places.fault is None) == is_json(text)
    assert places.steps_at(places.fault or 0) is not None


@given(st.lists(_json, min_size=1) | st.dictionaries(_texts, _json), _layouts, st.data())
def test_a_document_that_was_cut_ends_early(value: Any, layout: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, **layout)
    places = Places(text[: data.draw(st.integers(0, len(text) - 1))])
    assert places.fault is not None
    assert places.ends_early


@pytest.mark.parametrize(
    ("text", "fault", "awaited", "ends_early"),
    [
        ("", 0, "a value", True),
        (" \n", 2, "a value", True),
        ("tru", 0, "a value", True),
        ("trx", 0, "a value", False),
        ("-", 0, "a value", True),
        ("Infinity", 0, "a value", False),
        ("'a'", 0, "a value", False),
        ("[", 1, "a value or `]`", True),
        ("[1", 2, "`,` or `]`", True),
        ("[1.", 2, "`,` or `]`", True),
        ("[1.5e+", 4, "`,` or `]`", True),
        ("[1 .", 3, "`,` or `]`", False),
        ("[01]", 2, "`,` or `]`", False),
        ("[1,]", 3, "a value", False),
        ("[1}", 2, "`,` or `]`", False),
        ("{", 1, "the name of a member or `}`", True),
        ("{1", 1, "the name of a member or `}`", False),
        ('{"a"', 4, "`:`", True),
        ('{"a":', 5, "a value", True),
        ('{"a":1,', 7, "the name of a member", True),
        ('{"a":1,}', 7, "the name of a member", False),
        ('{"a":1]', 6, "`,` or `}`", False),
        ('{"a":"b', 5, "a value", True),
        ('{"a":"b\\', 5, "a value", True),
        ('{"a":"b\\u00', 5, "a value", True),
        ('{"a":"b\n"}', 5, "a value", False),
        ('{"a":"b\\x"}', 5, "a value", False),
        ("{} {}", 3, "the end", False),
        ("1.", 1, "the end", False),
    ],
)
def test_where_it_stops_being_json(text: str, fault: int, awaited: str, ends_early: bool) -> None:
    places = Places(text)
    assert (places.fault, places.awaited, places.ends_early) == (fault, awaited, ends_early)


@pytest.mark.parametrize("number", ["NaN", "INF", "-INF", "1E+20", "-0"])
def test_takes_the_numbers_of_the_server(number: str) -> None:
    assert Places(f"[{number}]").fault is None


def test_a_path_that_ends_nowhere_leads_as_far_as_it_can() -> None:
    places = Places('{"a":[1,{"b":2}]}')
    assert places.find(["a", 1, "c"]) == places.find(["a", 1]) == 8
    assert places.find(["b"]) == 0
    assert places.find(["a", 1, "b"]) == 9


def path(*steps: str | int) -> Path:
    made = Path()
    for step in steps:
        made = Path(made, step)
    return made


def test_a_path_knows_its_steps() -> None:
    assert path().steps == ()
    assert path("a", 1, "c").steps == ("a", 1, "c")


@given(_json, _layouts, st.randoms(use_true_random=False))
def test_paths_are_followed_in_any_order(value: Any, layout: dict[str, Any], random: Random) -> None:
    text = json.dumps(value, **layout)
    places = Places(text)
    root = Path()
    paths: dict[Steps, Path] = {(): root}
    for steps, _ in walk(value):
        if steps:
            paths[steps] = Path(paths[steps[:-1]], steps[-1])
    asked = [*paths, *paths]
    random.shuffle(asked)
    for steps in asked:
        assert places.where(places.follow(paths[steps])) == (steps, places.find(steps))
        assert places.where(places.follow(path(*steps))) == (steps, places.find(steps))


def test_a_step_that_is_not_there_is_not_taken() -> None:
    places = Places('{"a":[1,{"b":2}]}')
    assert places.where(places.follow(path("a", 1, "c"))) == (("a", 1), 8)
    beyond: list[Steps] = [("a", 2), ("a", "b"), ("a", "b", 1)]
    for steps in beyond:
        assert places.where(places.follow(path(*steps))) == (("a",), 1)
    nowhere: list[Steps] = [(0,), ("b",), ("b", "a")]
    for steps in nowhere:
        assert places.where(places.follow(path(*steps))) == ((), 0)


@pytest.mark.parametrize(
    "rest",
    ['"a', '"', '"a\\', '"a\\\\', '"a\\u', '"a\\u0', '"a\\u00', '"a\\u00e', '"\\ud83d', '"\\ud83d\\ud', '"a\\"'],
)
def test_a_string_may_end_early_anywhere(rest: str) -> None:
    places = Places(f'{{"b":{rest}')
    assert (places.fault, places.awaited, places.ends_early) == (5, "a value", True)
    for ending in ("\x00", "\\x", "\\u00x", '\\"\n'):
        assert not Places(f'{{"b":"c{ending}').ends_early


def test_what_lies_between_two_members_is_in_the_object() -> None:
    assert Places('{"a":{"b":1}, "c":2}').steps_at(13) == ()
    assert Places('{"a":{"b":1}, "c":2}').steps_at(11) == ("a",)


def test_of_a_repeated_member_the_last_counts() -> None:
    assert Places('{"a":1,"a":2}').find(["a"]) == 7


def test_what_is_open_at_the_end_holds_the_end() -> None:
    text = '{"a":[{"b":1},{"c":'
    assert Places(text).steps_at(len(text)) == ("a", 1)


@pytest.mark.repeats
@pytest.mark.parametrize(("opening", "step"), [("[", 0), ('{"a":', "a")])
def test_no_document_is_too_deep(opening: str, step: str | int) -> None:
    places = Places(opening * 30_000)
    assert places.ends_early
    assert places.steps_at(len(places.text)) == (step,) * 29_999
    assert places.find((step,) * 29_999) == 29_999 * len(opening) if step == 0 else 29_998 * len(opening)


# One path, without all the places


@given(_json)
def test_what_is_sought_is_found_where_the_places_have_it(value: Any) -> None:
    text = json.dumps(value, separators=(",", ":"))
    places = Places(text)
    for steps, _ in walk(value):
        assert seek(text, steps) == places.find(steps)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("{}", ("a",)),
        ("[]", (0,)),
        ("[[1],2]", (0, 1)),
        ('{"a":{"b":1},"c":2}', ("a", "c")),
        ('{"a":1}', (0,)),
        ("[1]", ("a",)),
        ("1", ("a",)),
        ('{"a":INF,"b":1}', ("b",)),
        (f"[{'[' * 100_000}{']' * 100_000},1]", (1,)),
    ],
)
def test_what_leads_nowhere_or_is_not_passed_is_not_sought(text: str, steps: Steps) -> None:
    assert seek(text, steps) is None
