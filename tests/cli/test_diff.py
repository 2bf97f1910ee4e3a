"""The room `cli.diff`: the command, and the differences between two contexts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from msgspec import UNSET

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    ParameterCollection,
    Relationship,
    RemoteExecutionContext,
    UnknownValue,
    encode_context,
    parse_context,
)
from cds_context.cli.diff import Difference, differences
from cds_context.testing import update
from cds_context.testing.strategies import contexts

from ..command_line import ESCAPED, ESCAPES, EXAMPLE, EXAMPLES, run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An update, and one with another order, another name and a mark."""
    same = partial(update, "contact", before={"a": None}, operation_id=UUID(int=1), request_id=UUID(int=2))
    old = same(after={"a": 1, "b": ESCAPES}, shared_variables={"mark": None})
    new = same(after={"b": "y", "a": 1})
    paths = (tmp_path / "old.json", tmp_path / "new.json")
    for path, context in zip(paths, (old, new), strict=True):
        path.write_bytes(encode_context(context))
    return paths


def test_a_body_does_not_differ_from_itself_in_another_spelling(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(run("format", "--indent", "4", EXAMPLE).stdout_bytes)
    result = run("diff", EXAMPLE, other)
    assert (result.exit_code, result.output) == (0, "")


def test_differences_are_a_table(files: tuple[Path, Path]) -> None:
    result = run("diff", *files)
    assert result.exit_code == 1
    title, *cells = (re.split(" {2,}", line) for line in result.stdout.splitlines())
    assert title == ["at", "old", "new"]
    assert ['input_parameters["Target"].attributes["b"]', ESCAPED, "y"] in cells
    assert ['shared_variables["mark"]', "null", "absent"] in cells
    assert len(cells) == 4


def test_differences_are_lines_for_machines(files: tuple[Path, Path]) -> None:
    result = run("diff", "--json", *files)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert {"path": 'shared_variables["mark"]', "old": None} in lines
    assert len(lines) == 4


def test_what_is_named_is_passed_over_and_order_counts_if_asked_for(files: tuple[Path, Path]) -> None:
    ignored = ("--ignore", "b", "--ignore", "shared_variables")
    assert run("diff", *ignored, *files).exit_code == 0
    result = run("diff", *ignored, "--order", "--json", *files)
    assert json.loads(result.stdout.splitlines()[0])["path"] == 'input_parameters["Target"].attributes'
    assert result.exit_code == 1


def test_one_side_can_be_standard_input() -> None:
    assert run("diff", EXAMPLE, "-", stdin=EXAMPLE.read_bytes()).exit_code == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, " unreadable: no such file or directory\n"),
        (b"{}", " error\n  CDS103 error: "),
        (b"{}\n{}\n", ": expected a file with one body\n"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    result = run("diff", EXAMPLE, path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{path}{problem}")


def test_a_folder_is_not_one_body() -> None:
    assert run("diff", EXAMPLE, EXAMPLES).exit_code == 2


ID = UUID(int=7)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def holding(value: Any, name: str = "v") -> RemoteExecutionContext:
    """A context with a value as a shared variable."""
    return update("contact", shared_variables=ParameterCollection({name: value}))


def told(old: Any, new: Any, **options: Any) -> list[tuple[str, Any, Any]]:
    """What differs when a shared variable has the one value or the other, by the place in it."""
    found = differences(holding(old), holding(new), **options)
    return [(one.path.removeprefix('shared_variables["v"]'), one.old, one.new) for one in found]


ONE, TWO = OptionSetValue(1), OptionSetValue(2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, Decimal("1.0")),
        (Decimal("1.50"), Decimal("1.5")),
        (float("nan"), float("nan")),
        (Money(Decimal("1.50")), Money(Decimal("1.5"))),
        (NOON, NOON.astimezone(timezone(timedelta(hours=-7)))),
        ([ONE, TWO], [TWO, ONE]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_what_means_the_same_is_no_difference(old: Any, new: Any) -> None:
    assert told(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 2, ""),
        (1, True, ""),
        (True, False, ""),
        (1, "1", ""),
        (None, 0, ""),
        (ONE, 1, ""),
        (ONE, TWO, ""),
        ([ONE, ONE], [ONE, TWO], ""),
        ([ONE], [1], ""),
        (Money(Decimal(1)), Money(Decimal(2)), ""),
        (NOON, NOON + timedelta(milliseconds=1), ""),
        (EntityReference("account", ID, "a"), EntityReference("account", ID, "b"), ".name"),
        (UnknownValue("X:y", {"a": 1}), UnknownValue("X:y", {"a": 2}), '.members["a"]'),
        (UnknownValue("X:y", {}), UnknownValue("X:z", {}), ".type_name"),
        ([1, [2]], [1, [3]], "[1][0]"),
        ({"ä\n": 1}, {"ä\n": 2}, '["ä\\n"]'),
    ],
)
def test_a_difference_has_its_place_and_both_values(old: Any, new: Any, path: str) -> None:
    (found,) = told(old, new)
    assert found[0] == path
    assert found[1] is not found[2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {}, ('["a"]', 1, UNSET)),
        ({}, {"a": None}, ('["a"]', UNSET, None)),
        ([1], [1, 2], ("[1]", UNSET, 2)),
        (
            EntityReference("account", ID, key_attributes=None),
            EntityReference("account", ID, key_attributes=UNSET),
            (".key_attributes", None, UNSET),
        ),
    ],
)
def test_what_is_missing_is_told_from_null(old: Any, new: Any, expected: tuple[str, Any, Any]) -> None:
    assert told(old, new) == [expected]


def related(name: str) -> Mapping[Relationship, EntityCollection]:
    return {Relationship("contacts", None): EntityCollection([Entity("contact", ID, {"firstname": name})])}


def test_rows_within_rows_are_compared_by_column() -> None:
    old, new = (Entity("account", ID, related_entities=related(name)) for name in ("a", "b"))
    path = '.related_entities["contacts", None].entities[0].attributes["firstname"]'
    assert told(old, new) == [(path, "a", "b")]


def test_two_events_differ_in_columns_images_and_parents() -> None:
    old = update("contact", before={"firstname": "a"}, after={"firstname": "b"}, pre_image="P", depth=1)
    new = update("contact", before={"firstname": "a"}, after={"firstname": "c"}, post_image="P", depth=1)
    assert [found.path for found in differences(old, new, ignore=["operation_id", "request_id"])] == [
        'input_parameters["Target"].attributes["firstname"]',
        'parent_context.input_parameters["Target"].attributes["firstname"]',
        'post_entity_images["P"]',
        'pre_entity_images["P"]',
    ]


def test_the_order_of_columns_and_choices_counts_if_that_is_asked_for() -> None:
    assert told({"a": 1, "b": 2, "c": 3}, {"b": 2, "a": 1}, order=True) == [
        ("", ['["a"]', '["b"]', '["c"]'], ['["b"]', '["a"]']),
        ('["c"]', 3, UNSET),
    ]
    assert told([ONE, TWO], [TWO, ONE], order=True) == [("[0]", ONE, TWO), ("[1]", TWO, ONE)]
    assert told({"a": 1, "b": 2}, {"a": 1, "x": 0, "b": 2}, order=True) == [('["x"]', UNSET, 0)]


@pytest.mark.parametrize("name", ["shared_variables", "v", "attributes", "firstname"])
def test_what_is_named_is_passed_over(name: str) -> None:
    old, new = (Entity("contact", ID, {"firstname": name}) for name in ("a", "b"))
    assert told(old, new) != []
    assert told(old, new, ignore=[name]) == []


@given(contexts())
def test_a_context_does_not_differ_from_itself_however_it_was_read(context: RemoteExecutionContext) -> None:
    encoded = encode_context(context)
    again, exact = parse_context(encoded, parse_float=Decimal), parse_context(encoded, parse_float=Decimal)
    assert list(differences(again, exact, order=True)) == []


@given(contexts(), contexts())
def test_differences_are_the_same_from_both_sides(one: RemoteExecutionContext, other: RemoteExecutionContext) -> None:
    forth, back = list(differences(one, other)), list(differences(other, one))
    assert sorted((found.path, repr(found.old), repr(found.new)) for found in forth) == sorted(
        (found.path, repr(found.new), repr(found.old)) for found in back
    )


def test_depth_is_no_matter() -> None:
    old: Any = 1
    new: Any = 2
    for _ in range(5000):
        old, new = [old], [new]
    assert list(differences(holding(old), holding(new))) == [Difference(f'shared_variables["v"]{"[0]" * 5000}', 1, 2)]
