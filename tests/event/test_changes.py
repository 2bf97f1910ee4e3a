"""The room `changes`: which values are the same, and what the difference between two views of a row tells."""

from __future__ import annotations

import copy
import pickle
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cds_context import (
    AttributeCollection,
    Change,
    ChangeStatus,
    Entity,
    EntityCollection,
    EntityReference,
    KeyValuePair,
    Money,
    OptionSetValue,
    UnknownValue,
    Value,
    parse_context,
)
from cds_context.event.changes import (
    _form,  # pyright: ignore[reportPrivateUsage] # its size is measured
    compare,
    compare_rows,
    same_value,
)
from cds_context.testing.strategies import values

from ..bodies import slot

ONE, TWO, NIL = UUID(int=1), UUID(int=2), UUID(int=0)
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)


def choices(*numbers: int) -> list[Value]:
    return [OptionSetValue(number) for number in numbers]


def nested_parties(levels: int) -> Value:
    """Parties who are parties, as no server writes them and anybody can post them."""
    value: Value = "ada@example.com"
    for _ in range(levels):
        value = EntityCollection([Entity("activityparty", attributes={"partyid": value})])
    return value


def party(who: str | UUID, **columns: Value) -> Entity:
    """A party of an activity: a contact, or an address that belongs to nobody."""
    if isinstance(who, UUID):
        return Entity("activityparty", attributes={"partyid": EntityReference("contact", who), **columns})
    return Entity("activityparty", attributes={"addressused": who, **columns})


def by_key(number: str) -> EntityReference:
    return EntityReference("account", key_attributes={"accountnumber": number})


# Groups of values: the same within a group, different across the groups of one list.
GROUPS: list[list[list[Value]]] = [
    [
        [
            EntityReference("contact", ONE),
            EntityReference("contact", ONE, "Ada"),
            EntityReference("contact", ONE, "A."),
        ],
        [EntityReference("contact", TWO)],
        [EntityReference("account", ONE)],
        [None],
        [str(ONE)],
    ],
    [
        [Money(Decimal("1.5")), Money(Decimal("1.50")), Decimal("1.500"), 1.5],
        [Money(Decimal("1.51"))],
        [Money(Decimal(0)), 0, 0.0, -0.0, Decimal("-0")],
        [None],
    ],
    [
        [0.1, Decimal("0.1")],
        [Decimal("0.1000000000000001")],
        [float("inf")],
        [float("nan"), Decimal("NaN"), Money(Decimal("NaN"))],
        ["NaN"],
    ],
    [[OptionSetValue(1)], [OptionSetValue(2)], [None]],
    [
        [choices(1, 2), choices(2, 1), choices(1, 2, 1)],
        [choices(1)],
        [choices()],
    ],
    [[choices(1)], [None]],
    [["Ada"], ["ada"], ["Ada "], [""]],
    [["Ada"], [None]],
    [[NOON, NOON.astimezone(timezone(timedelta(hours=2)))], [NOON + timedelta(milliseconds=1)], [None]],
    [[True], [False], [None], [1, OptionSetValue(1)], [0, OptionSetValue(0)], [[True]], [[1]]],
    [[[1, 2]], [[2, 1]]],  # a byte array
    [
        [
            [party(ONE), party("ada@example.com")],
            [party("ada@example.com"), party(ONE, ispartydeleted=False)],
            EntityCollection([party(ONE), party("ada@example.com")], "activityparty"),
        ],
        [EntityCollection([party(ONE)])],
        [EntityCollection([party(ONE, addressused="bo@example.com")] * 2)],
        [EntityCollection([party(TWO), party("ada@example.com")])],
        [EntityCollection([])],
    ],
    [
        [
            EntityCollection([Entity("task", ONE, {"a": Money(Decimal("1.0"))})]),
            [Entity("task", ONE, {"a": Money(Decimal(1))}, formatted_values={"a": "€1"})],
        ],
        [[Entity("task", ONE, {"a": Money(Decimal(2))})]],
        [[Entity("task", TWO, {"a": Money(Decimal("1.0"))})]],
    ],
    [[{"a": True, "b": [0.1]}, {"b": [Decimal("0.10")], "a": True}], [{"a": 1, "b": [0.1]}], [{"a": True}]],
    [
        [UnknownValue("T:#n", {"a": 0.1}), UnknownValue("T:#n", {"a": Decimal("0.1")})],
        [UnknownValue("U:#n", {"a": 0.1})],
    ],
    [[KeyValuePair("a", "b")], [KeyValuePair("a", "c")]],
    # What a form is made of is none itself.
    [[choices(1)], [True], [[True]], [UnknownValue("choices", {})], [["choices", [1]]], ["choices"]],
    [[by_key("7"), by_key("7")]],
]


@pytest.mark.parametrize("groups", GROUPS, ids=lambda groups: type(groups[0][0]).__name__)
def test_values_are_the_same_within_a_group_and_differ_across(groups: list[list[Value]]) -> None:
    for group in groups:
        assert all(same_value(one, other) is True for one in group for other in group)
    for group, other_group in permutations(groups, 2):
        assert all(same_value(one, other) is False for one in group for other in other_group)


@pytest.mark.parametrize("empty", ["", [], EntityCollection([])])
def test_null_and_what_is_empty_may_be_the_same(empty: Any) -> None:
    assert same_value(None, empty) is None
    assert same_value(empty, None) is None
    created = compare({"a": empty, "b": None, "c": "x"}, None, is_new=True)
    assert [str(change.status) for change in created.columns.values()] == ["unknown", "unchanged", "changed"]
    assert list(created.cleared) == ["a"]


def test_a_column_is_cleared_with_null_or_with_text_without_characters() -> None:
    before = Entity("contact", attributes={"a": "x", "b": "x", "c": "x", "d": None})
    changes = compare({"a": "", "b": None, "c": "y", "d": None, "e": "", "f": OptionSetValue(0)}, before)
    assert list(changes.cleared) == ["a", "b", "e"]
    assert (changes["a"].new, changes["b"].new) == ("", None)


def test_lookups_by_alternate_key_may_be_the_same() -> None:
    by_id = EntityReference("account", ONE)
    for one, other in permutations([by_key("7"), by_key("8"), by_id], 2):
        assert same_value(one, other) is None
    before = Entity("contact", attributes={"parentcustomerid": by_id})
    assert compare({"parentcustomerid": by_key("7")}, before).unknown
    assert same_value(by_key("7"), EntityReference("contact", ONE)) is False  # whichever it is, it is another table's


@given(values())
def test_every_value_is_the_same_as_itself(value: Value) -> None:
    assert same_value(value, copy.deepcopy(value))


def test_values_that_nest_as_deep_as_can_be_read_leave_room_for_the_caller() -> None:
    def deep() -> Value:
        value: Value = 1
        for _ in range(318):
            value = [value]
        return value

    def called_from(frames: int) -> bool | None:
        return called_from(frames - 1) if frames else same_value(deep(), deep())

    assert called_from(250)


def test_values_are_the_same_however_a_body_was_read() -> None:
    body = slot('[0.1,1.50,{"__type":"Money:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts","Value":1.0}]')
    one, other = parse_context(body), parse_context(body, parse_float=Decimal)
    assert same_value(one.shared_variables["v"], other.shared_variables["v"])


BEFORE = Entity("contact", ONE, {"a": 1, "b": 2, "c": None, "f": "x"})
SUBMITTED: dict[str, Any] = {"f": None, "a": 1, "b": 3, "c": None, "d": 4, "e": None, "g": UNSET}
CHANGED, UNCHANGED, UNKNOWN = ChangeStatus.CHANGED, ChangeStatus.UNCHANGED, ChangeStatus.UNKNOWN


def test_a_column_has_its_old_and_new_value_and_a_status() -> None:
    changes = compare(SUBMITTED, BEFORE)
    assert list(changes.submitted.values()) == [
        Change("f", "x", None, CHANGED),
        Change("a", 1, 1, UNCHANGED),
        Change("b", 2, 3, CHANGED),
        Change("c", None, None, UNCHANGED),
        Change("d", UNSET, 4, UNKNOWN),
        Change("e", UNSET, None, UNKNOWN),
        Change("g", UNSET, UNSET, UNKNOWN),
    ]
    assert list(changes.changed) == ["f", "b"]
    assert list(changes.unchanged) == ["a", "c"]
    assert list(changes.unknown) == ["d", "e", "g"]
    assert list(changes.cleared) == ["f", "e"]


def test_a_new_row_was_null() -> None:
    changes = compare({"a": 1, "b": None, "c": UNSET}, None, is_new=True)
    assert list(changes.submitted.values()) == [
        Change("a", None, 1, CHANGED),
        Change("b", None, None, UNCHANGED),
        Change("c", None, UNSET, UNKNOWN),
    ]
    assert not changes.cleared


def test_two_images_decide_in_the_columns_that_both_hold() -> None:
    before = Entity("contact", ONE, {"a": 1, "b": 1, "c": 1, "rollup": 1, "same": 1, "old": 1})
    after = Entity("contact", ONE, {"a": 2, "b": 1, "d": 4, "rollup": 2, "same": 1, "new": 1})
    changes = compare({"a": 1, "b": 2, "c": 3, "d": 3, "e": UNSET}, before, after, along=["e", "f", "rollup"])
    assert list(changes.columns.values()) == [
        Change("a", 1, 2, CHANGED),  # a plug-in wrote another value than was submitted
        Change("b", 1, 1, UNCHANGED),
        Change("c", 1, 3, CHANGED),
        Change("d", UNSET, 4, UNKNOWN),
        Change("e", UNSET, UNSET, UNKNOWN),
        Change("f", UNSET, UNSET, UNKNOWN, submitted=False),
        Change("rollup", 1, 2, CHANGED, submitted=False),
        Change("same", 1, 1, UNCHANGED, submitted=False),
    ]
    assert list(changes) == ["a", "c", "d", "e", "f", "rollup"]
    assert list(changes.submitted) == ["a", "b", "c", "d", "e"]


def test_what_changes_along_is_unknown_and_has_its_old_value() -> None:
    changes = compare({"a": 1}, BEFORE, along=["f", "z"])
    assert changes["f"] == Change("f", "x", UNSET, UNKNOWN, submitted=False)
    assert changes["z"] == Change("z", UNSET, UNSET, UNKNOWN, submitted=False)
    assert (list(changes), list(changes.unknown), len(changes), bool(changes)) == (["f", "z"], ["f", "z"], 2, True)
    assert (list(changes.submitted), list(changes.cleared)) == (["a"], [])
    assert pickle.loads(pickle.dumps(changes)) == changes
    assert changes != compare({"a": 1}, BEFORE)
    after = Entity("contact", ONE, {"f": "y"})
    assert compare({}, None, after, along=["f"])["f"] == Change("f", UNSET, "y", UNKNOWN, submitted=False)


def test_a_new_row_was_null_in_what_its_image_shows() -> None:
    after = Entity("contact", ONE, {"a": 1, "number": 7})
    changes = compare({"a": 1}, None, after, along=["by"], is_new=True)
    assert changes["number"] == Change("number", None, 7, CHANGED, submitted=False)
    assert changes["by"] == Change("by", None, UNSET, UNKNOWN, submitted=False)


def test_two_views_of_a_row_are_compared_as_such() -> None:
    before = Entity("contact", ONE, {"a": 1, "b": EntityReference("account", ONE), "c": 3})
    after = Entity("contact", ONE, {"d": 4, "b": EntityReference("account", ONE, "Fabrikam"), "a": 2})
    assert list(compare_rows(before, after).columns.values()) == [
        Change("a", 1, 2, CHANGED, submitted=False),
        Change("b", before["b"], after["b"], UNCHANGED, submitted=False, old_label="Fabrikam", new_label="Fabrikam"),
        Change("c", 3, UNSET, UNKNOWN, submitted=False),
        Change("d", UNSET, 4, UNKNOWN, submitted=False),
    ]


def test_changes_are_a_mapping_of_what_changed_or_may_have() -> None:
    changes = compare(SUBMITTED, BEFORE)
    assert list(changes) == ["f", "b", "d", "e", "g"]
    assert len(changes) == 5
    assert ("b" in changes, "d" in changes, "a" in changes, "z" in changes) == (True, True, False, False)
    assert changes["b"] is changes.submitted["b"]
    assert changes.get("a") is None
    assert list(changes.keys()) == list(changes)
    assert list(changes.values()) == [changes[column] for column in changes]
    assert list(changes.items()) == [(column, changes[column]) for column in changes]
    with pytest.raises(KeyError):
        changes["a"]
    assert changes == {**changes.changed, **changes.unknown} | {"f": changes["f"]}
    assert changes != {}


def test_truth_is_whether_anything_changed_or_may_have() -> None:
    assert compare({"b": 3}, BEFORE)
    assert compare({"z": 3}, BEFORE)
    assert not compare({"a": 1}, BEFORE)
    assert not compare({}, None)


def test_changes_are_read_only_and_equal_by_content() -> None:
    changes = compare(SUBMITTED, BEFORE)
    for same in (copy.copy(changes), copy.deepcopy(changes), pickle.loads(pickle.dumps(changes))):
        assert same == changes
        assert list(same.submitted) == list(changes.submitted)
    assert compare({"a": 1}, BEFORE) != compare({}, BEFORE)
    assert repr(compare({"z": 1}, None)).startswith("Changes({'z': Change(column='z', old=UNSET, new=1, ")
    with pytest.raises(TypeError):
        changes.changed["a"] = changes["b"]  # type: ignore[index]
    with pytest.raises(TypeError):
        hash(changes)


def test_a_status_is_its_name() -> None:
    assert [f"{CHANGED}", str(CHANGED), CHANGED] == ["changed"] * 3


columns = st.dictionaries(st.sampled_from("abcdef"), values(), max_size=6)


@given(columns, columns, st.booleans())
def test_a_column_is_in_exactly_one_group(submitted: dict[str, Value], before: dict[str, Value], is_new: bool) -> None:
    changes = compare(submitted, Entity("contact", attributes=before), is_new=is_new)
    groups = [changes.changed, changes.unchanged, changes.unknown]
    assert list(changes.submitted) == list(submitted)
    assert sorted(column for group in groups for column in group) == sorted(submitted)
    assert set(changes) == {*changes.changed, *changes.unknown}
    assert set(changes.cleared) <= set(changes)
    if not is_new:
        assert submitted.keys() - before.keys() <= changes.unknown.keys()


def calls(count: int) -> int:
    """How many functions run to compare a row of that many columns with its image, half of them changed."""
    attributes: dict[str, Value] = {f"c{number}": [OptionSetValue(number)] for number in range(count)}
    before = Entity(
        "contact", attributes={column: choices(index % 2 * index) for index, column in enumerate(attributes)}
    )
    seen = 0

    def count_call(*_: object) -> None:
        nonlocal seen
        seen += 1

    sys.setprofile(count_call)
    try:
        changes = compare(attributes, before)
        assert len([*changes.changed, *changes.unchanged]) == count
    finally:
        sys.setprofile(None)
    return seen


def test_the_work_grows_with_the_number_of_columns() -> None:
    base = calls(0)
    assert calls(600) - base == pytest.approx(2 * (calls(300) - base), rel=0.05)


def test_the_work_does_not_double_with_each_level_of_parties() -> None:
    small, large = (len(repr(_form(nested_parties(levels)))) for levels in (10, 20))
    assert large < 3 * small


def test_parties_of_parties_tell_nothing() -> None:
    assert same_value(nested_parties(60), nested_parties(60)) is None


class _OwnCollection(AttributeCollection):
    """As a caller may derive one."""


def test_a_collection_of_a_callers_own_class_is_kept_and_read() -> None:
    row = Entity("contact", attributes=_OwnCollection({"a": 1}))
    assert type(row.attributes) is _OwnCollection
    assert compare({"a": 2}, None, row).columns["a"].new == 1
