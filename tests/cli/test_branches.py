"""The room `cli.branches`: what has values in it is opened, what has not is a leaf, and there is an end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    OptionSetValue,
    PrincipalAccess,
    Relationship,
    UnknownValue,
)
from cds_context.cli.branches import Branches
from cds_context.cli.trees import Tree

ID = UUID(int=7)
ACCOUNT = Entity("account", ID, {"name": "Fabrikam", "kind": OptionSetValue(1)}, formatted_values={"kind": "Big"})
FABRIKAM = [f"account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]


def drawn(tree: Tree) -> list[Any]:
    """The labels of a tree, each followed by the list of what is under it."""
    lines: list[Any] = []
    for child in tree.children:
        lines.append(str(child.label))
        if child.children:
            lines.append(drawn(child))
    return lines


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, ["v: 1"]),
        (None, ["v: null"]),
        ({}, ["v: {}"]),
        ([1, 2], ["v: 1, 2"]),
        ([[1, 2], []], ["v: 2", ["0: 1, 2", "1: []"]]),
        ({"a": {"b": "c"}}, ["v: ", ["a: ", ["b: c"]]]),
        (EntityReference("account", ID), [f"v: account {ID}"]),
        ([EntityReference("account", ID)], [f"v: account {ID}"]),
        (ACCOUNT, [f"v: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]),
        ([ACCOUNT], ["v: 1", [f"0: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]]),
        (EntityCollection([ACCOUNT]), ["v: 1", [f"0: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]]),
        (UnknownValue("X:y", {"a": 1}), ["v: X:y", ["a: 1"]]),
        (UnknownValue("X:y", {}), ["v: X:y"]),
        (
            PrincipalAccess(access_mask=3, principal=EntityReference("team", ID)),
            ["v: PrincipalAccess", ["access_mask: 3", f"principal: team {ID}"]],
        ),
        (
            Entity("account", ID, related_entities={Relationship("contacts"): EntityCollection([])}),
            [f"v: account {ID}", ["contacts: 0"]],
        ),
    ],
)
def test_a_value_grows_as_far_as_it_has_others_in_it(value: Any, expected: list[Any]) -> None:
    assert drawn(Branches().tree("title", {"v": value})) == expected


def test_rows_that_are_shown_elsewhere_are_only_named() -> None:
    assert drawn(Branches(told=[ACCOUNT]).tree("title", {"v": ACCOUNT})) == [f"v: account {ID}, see above"]


def test_long_text_is_cut_unless_all_is_asked_for() -> None:
    assert "… 300 characters" in drawn(Branches().tree("title", {"v": "x" * 300}))[0]
    assert drawn(Branches(full=True).tree("title", {"v": ["x" * 300]})) == [f"v: {'x' * 300}"]


def test_what_is_deep_is_a_leaf() -> None:
    value: Any = "end"
    for _ in range(300):
        value = {"in": value}
    lines = drawn(Branches().tree("title", {"v": value}))
    depth = 0
    while len(lines) == 2:
        lines, depth = lines[1], depth + 1
    assert depth == 7
    assert lines[0].startswith('in: {"in": {"in": ')
