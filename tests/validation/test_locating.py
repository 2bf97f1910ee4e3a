"""The room `locating`: what is said about a place in a body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context.validation.locating import Locator, read_path, tell_path
from cds_context.validation.places import Lines, Steps

DOCUMENT = '{"Depth":1,\n"Attributes":[{"key":"é\U0001f600","value":"\\u000a"}]}'


def place(text: str, offset: int) -> tuple[str | None, int | None, int | None]:
    finding = Locator(text).about_place("CDS301", "white space", offset)
    return finding.path, finding.line, finding.column


def test_a_finding_has_what_its_code_says() -> None:
    finding = Locator(DOCUMENT).about_value("CDS301", "white space", ("Depth",), "$.Mode")
    assert str(finding) == "CDS301 info: white space - at `$.Mode`, line 1 column 2"
    assert finding.advice.startswith("Nothing")


@pytest.mark.parametrize("space", ["", " ", "\n "])
@pytest.mark.parametrize("steps", [(), ("Attributes", 0, "value"), ("Nothing",)])
def test_a_value_is_told_by_where_it_begins(steps: Steps, space: str) -> None:
    locator = Locator(space + DOCUMENT)
    finding = locator.about_value("CDS301", "white space", steps)
    assert finding == locator.about_place("CDS301", "white space", locator.places.find(steps)) or steps == ("Nothing",)
    assert (finding.line, finding.column) == Lines(space + DOCUMENT).position(locator.places.find(steps))


def test_a_place_is_told_by_path_line_and_column() -> None:
    assert place(DOCUMENT, 0) == ("$", 1, 1)
    assert place(DOCUMENT, DOCUMENT.index('"value"')) == ("$.Attributes[0].value", 2, 27)


def test_a_byte_order_mark_is_no_column() -> None:
    assert place("\ufeff" + DOCUMENT, 1) == ("$.Depth", 1, 2)


@given(st.text().map(lambda text: json.dumps({"Name": text})), st.booleans(), st.sampled_from(["", " ", "\n"]))
def test_in_a_wrapper_the_line_and_column_are_the_wrappers(document: str, ascii: bool, space: str) -> None:  # noqa: A002 - as json names it
    text = space + json.dumps(document, ensure_ascii=ascii) + space
    locator = Locator(text)
    assert locator.is_wrapped
    assert locator.document == document
    path, line, column = place(text, len(document) - 1)
    assert (path, line) == ("$", 2 if space == "\n" else 1)
    assert text.split("\n")[(line or 0) - 1][(column or 0) - 1 :] == '}"' + space.strip("\n")


def test_a_wrapped_document_may_have_a_byte_order_mark_too() -> None:
    text = json.dumps("\ufeff" + DOCUMENT, ensure_ascii=False)
    assert Locator(text).document == DOCUMENT
    assert place(text, 0) == ("$", 1, 3)


@pytest.mark.parametrize("text", ['"', '"a" 1', '["a"]', ""])
def test_what_is_no_json_string_is_not_wrapped(text: str) -> None:
    assert not Locator(text).is_wrapped
    assert Locator(text).document == text


def test_paths_name_only_what_this_package_knows() -> None:
    assert tell_path(("InputParameters", 0, "value", "secret", "__type")) == "$.InputParameters[0].value[…].__type"


def test_paths_end_somewhere() -> None:
    assert tell_path((0,) * 100) == "$" + "[0]" * 100
    assert tell_path((0,) * 101) == "$" + "[0]" * 100 + "…"


def test_an_errors_path_is_read_as_far_as_it_names_its_steps() -> None:
    assert read_path("$") == ()
    assert read_path("$.InputParameters[10].value.__type") == ("InputParameters", 10, "value", "__type")
    assert read_path("$.SharedVariables[0].value[…][1].Id") == ("SharedVariables", 0, "value")
