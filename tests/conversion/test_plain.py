"""The room `plain`: what each type becomes, and that nothing is lost or left over."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET, UnsetType

import cds_context as c
from cds_context import parse_context, to_plain
from cds_context.codec.tolerant import parse_json
from cds_context.conversion.plain import ALWAYS
from cds_context.model.kinds import MEMBERS
from cds_context.testing.strategies import contexts, values
from cds_context.wire.dates import parse_date
from cds_context.wire.numbers import parse_decimal

from ..batches import each
from ..bodies import EXAMPLE, XRM, slot, typed
from ..conformance import serialized
from ..derived import VALUES, derived, derived_throughout

ID = UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")
MOMENT = datetime(2017, 9, 26, 7, 4, 8, tzinfo=timezone.utc)
EXTRA = c.UnknownMembers[Any]({"Extra": c.OptionSetValue(1)})


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


class Change(msgspec.Struct, frozen=True):
    """As a room above might have it."""

    column: str
    old: Any | UnsetType
    new: Any
    status: Colour


# value, in Python mode, in JSON mode
SCALARS: list[tuple[Any, Any, Any]] = [
    (None, None, None),
    (True, True, True),
    (7, 7, 7),
    (2**63 - 1, 2**63 - 1, 2**63 - 1),
    (-(2**63), -(2**63), -(2**63)),
    (2**63, 2**63, "9223372036854775808"),
    (1.5, 1.5, 1.5),
    (float("inf"), float("inf"), "INF"),
    (Decimal("1.50"), Decimal("1.50"), "1.50"),
    (Decimal("1E+3"), Decimal("1E+3"), "1000"),
    (Decimal("-Infinity"), Decimal("-Infinity"), "-INF"),
    (Decimal("1E+9999999"), Decimal("1E+9999999"), "1E+9999999"),
    (parse_decimal("1E-05"), Decimal("0.00001"), "1E-05"),
    ("Zoë", "Zoë", "Zoë"),
    ("cut \ud83d", "cut \ud83d", "cut \\ud83d"),
    (ID, ID, str(ID)),
    (MOMENT, MOMENT, "2017-09-26T07:04:08Z"),
    (parse_date("/Date(1506409448000-0700)/"), MOMENT, "2017-09-26T00:04:08-07:00"),
    (parse_date("/Date(1506409448123+0000)/"), MOMENT.replace(microsecond=123000), "2017-09-26T07:04:08.123000+00:00"),
    (date(2017, 9, 26), date(2017, 9, 26), "2017-09-26"),
    (c.Stage.POST_OPERATION, 40, 40),
    (Size.LARGE, 3, 3),
    (Colour.RED, "red", "red"),
    (UNSET, None, None),
]


@pytest.mark.parametrize(("value", "python", "in_json"), SCALARS)
def test_scalars(value: Any, python: Any, in_json: Any) -> None:
    assert to_plain(value) == python
    assert type(to_plain(value)) in (type(python), type(None))
    assert to_plain(value, mode="json") == in_json
    assert type(to_plain(value, mode="json")) is type(in_json)


def test_an_int_that_python_does_not_print_is_text() -> None:
    assert to_plain(10**5000, mode="json") == "1" + 5000 * "0"
    assert to_plain(10**5000) == 10**5000


def test_what_is_not_a_number_is_text() -> None:
    assert [to_plain(value, mode="json") for value in (float("nan"), Decimal("nan"))] == ["NaN", "NaN"]
    assert to_plain(Decimal("snan"), mode="json") == "sNaN"


# value, plain
RECORDS: list[tuple[Any, Any]] = [
    (c.OptionSetValue(2), 2),
    (
        c.OptionSetValue(2, unknown_members=EXTRA),
        {"__type": "OptionSetValue", "value": 2, "unknown_members": {"Extra": 1}},
    ),
    (c.Money(Decimal("15.00")), "15.00"),
    (c.Money(Decimal(1), unknown_members=EXTRA), {"__type": "Money", "value": "1", "unknown_members": {"Extra": 1}}),
    (c.EntityReference("account"), {"logical_name": "account", "id": str(UUID(int=0)), "name": None}),
    (
        c.EntityReference(
            "account", ID, "Fabrikam", key_attributes={"number": "A1"}, row_version="5", unknown_members=EXTRA
        ),
        {
            "logical_name": "account",
            "id": str(ID),
            "name": "Fabrikam",
            "key_attributes": {"number": "A1"},
            "row_version": "5",
            "unknown_members": {"Extra": 1},
        },
    ),
    (
        c.EntityReference("account", ID, key_attributes=UNSET, row_version=UNSET),
        {"logical_name": "account", "id": str(ID), "name": None},
    ),
    (
        c.EntityReference("account", ID, key_attributes=None),
        {"logical_name": "account", "id": str(ID), "name": None, "key_attributes": None},
    ),
    (
        c.Entity(
            "contact", ID, {"telephone1": None}, formatted_values={"x": None}, entity_state=c.EntityState.UNCHANGED
        ),
        {
            "logical_name": "contact",
            "id": str(ID),
            "attributes": {"telephone1": None},
            "formatted_values": {"x": None},
            "entity_state": 0,
        },
    ),
    (
        c.Entity("contact", ID, UNSET, formatted_values=None),
        {"logical_name": "contact", "id": str(ID), "formatted_values": None},
    ),
    (
        c.Entity(
            None,
            related_entities={c.Relationship("contact_accounts", c.EntityRole.REFERENCED): c.EntityCollection([])},
            key_attributes={"number": "A1"},
            row_version="5",
        ),
        {
            "logical_name": None,
            "id": str(UUID(int=0)),
            "attributes": {},
            "formatted_values": {},
            "key_attributes": {"number": "A1"},
            "related_entities": [
                {
                    "key": {"__type": "Relationship", "schema_name": "contact_accounts", "primary_entity_role": 1},
                    "value": {"entities": []},
                }
            ],
            "row_version": "5",
        },
    ),
    (
        c.EntityCollection([], "contact", more_records=True, total_record_count=0),
        {"entities": [], "entity_name": "contact", "more_records": True, "total_record_count": 0},
    ),
    (c.KeyValuePair("contact", "Update"), {"key": "contact", "value": "Update"}),
    (
        c.KeyValuePair("n", 1, unknown_members=c.UnknownMembers({"__type": "KeyValuePairOfstringint:#Some"})),
        {"key": "n", "value": 1, "unknown_members": {"__type": "KeyValuePairOfstringint:#Some"}},
    ),
    (
        c.AliasedValue("account", "name", "Fabrikam"),
        {
            "__type": "AliasedValue",
            "entity_logical_name": "account",
            "attribute_logical_name": "name",
            "value": "Fabrikam",
        },
    ),
    (
        c.UnknownValue("Parcel:#Post", {"logical_name": [1]}),
        {"__type": "Parcel:#Post", "members": {"logical_name": [1]}},
    ),
    ({"A": UNSET, "b": [UNSET]}, {"b": [None]}),
    ({"logical_name": 1}, {"__type": None, "logical_name": 1}),
    ({"entities": 1}, {"__type": None, "entities": 1}),
    ({"key": 1}, {"__type": None, "key": 1}),
    ({1: "one"}, [{"key": 1, "value": "one"}]),
    # Two keys that JSON cannot tell apart.
    ({"\ud83d": 1, "\\ud83d": 2}, [{"key": "\\ud83d", "value": 1}, {"key": "\\ud83d", "value": 2}]),
    ({}, {}),
    ((1, 2), [1, 2]),
    (c.AttributeCollection({"a": 1}), {"a": 1}),
    (c.AttributeCollection({}), {}),
    (c.AttributeCollection(None), None),
    (c.AttributeCollection(UNSET), None),
    (Change("a", UNSET, MOMENT, Colour.RED), {"column": "a", "new": "2017-09-26T07:04:08Z", "status": "red"}),
]


@pytest.mark.parametrize(("value", "plain"), RECORDS, ids=lambda value: repr(value)[:60])
def test_records_and_mappings(value: Any, plain: Any) -> None:
    found = to_plain(value, mode="json")
    assert found == plain
    if isinstance(plain, dict):
        assert list(found)[:2] == list(plain)[:2]  # pyright: ignore[reportUnknownArgumentType]


@pytest.mark.parametrize("mode", ["python", "json"])
@pytest.mark.parametrize("derive", [derived, derived_throughout])
@each("name", VALUES)
def test_a_derived_class_is_what_its_base_is(name: str, derive: Any, mode: Any) -> None:
    # The repr shows the classes, too.
    assert repr(to_plain(derive(VALUES[name]), mode=mode)) == repr(to_plain(VALUES[name], mode=mode))


def test_a_derived_day_is_a_day() -> None:
    assert type(to_plain(derived(MOMENT.date()))) is date


@pytest.mark.parametrize(
    "value", [{1}, b"x", object(), timedelta(1), [complex(1)]], ids=lambda value: type(value).__name__
)
def test_a_foreign_value_is_an_error(value: object) -> None:
    with pytest.raises(c.ArgumentError, match="which no context holds"):
        to_plain(value)


def test_a_value_that_holds_itself_is_an_error() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(c.ArgumentError, match="deeper"):
        to_plain(circle)


def test_another_mode_is_an_error() -> None:
    with pytest.raises(c.ArgumentError, match="the mode is"):
        to_plain(1, mode="JSON")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]


def test_a_context_has_its_members_by_their_names() -> None:
    context = parse_context(EXAMPLE)
    plain = to_plain(context)
    assert list(plain) == [name for name in type(context).__struct_fields__ if name != "unknown_members"]
    assert plain["stage"] == 40
    assert plain["primary_entity_id"] == context.primary_entity_id
    assert plain["input_parameters"]["Target"]["attributes"]["creditlimit"] == Decimal("15000.00")
    assert plain["parent_context"]["parent_context"] is None


UNLABELLED = {"old_label": None, "new_label": None}
CHANGED = {"status": "changed", "submitted": True, **UNLABELLED}
UNKNOWN = {"status": "unknown", "submitted": True, **UNLABELLED}


def test_changes_are_what_became_of_each_column() -> None:
    changes = parse_context(EXAMPLE).changes()
    plain = to_plain(changes, mode="json")
    assert list(plain) == list(changes.columns)
    assert plain["firstname"] == {"column": "firstname", "old": "Amelie", "new": "Amélie", **CHANGED}
    assert plain["birthdate"] == {"column": "birthdate", "new": "1988-11-02T00:00:00Z", **UNKNOWN}
    method = plain["preferredcontactmethodcode"]
    assert (method["old_label"], method["new_label"]) == ("Any", "Email")
    assert to_plain(changes.changed, mode="json") == {name: plain[name] for name in changes.changed}


def test_a_snapshot_is_a_row_that_says_where_it_is_from() -> None:
    plain = to_plain(parse_context(EXAMPLE).snapshot(), mode="json")
    assert list(plain) == ["logical_name", "id", "attributes", "formatted_values", "sources"]
    assert plain["sources"]["birthdate"] == "input"


@pytest.mark.parametrize("cls", MEMBERS, ids=lambda cls: cls.__name__)
def test_the_page_names_every_member_that_may_be_left_out(cls: Any) -> None:
    lines = (Path(__file__).parents[2] / "docs/plain.md").read_text("utf-8").splitlines()
    told = [line for line in lines if line.startswith(f"| `{cls.__name__}` | `")]
    named = set(re.findall(r"`(\w+)`", "".join(told))) - {cls.__name__}
    assert named == cls.shape.defaults.keys() - ALWAYS


def test_members_that_a_cut_post_lacks_are_left_out_and_null_is_kept() -> None:
    members = json.loads(EXAMPLE) | {"PreEntityImages": None}
    del members["InputParameters"]
    plain = to_plain(parse_context(json.dumps(members)))
    assert "input_parameters" not in plain
    assert plain["pre_entity_images"] is None


def _deep(level: str, end: str, depth: int) -> str:
    head, tail = level.split("@")
    return head * depth + end + tail * depth


_PAIR = '[{"key":"x","value":@}]'
_ROW = typed(
    "Entity", LogicalName="a", Id=str(ID), FormattedValues=[], RelatedEntities=[], EntityState=None, Attributes="@"
)
DEEP = {
    "array": _deep("[@]", "1", 317),
    "object": _deep('{"x":@}', "1", 317),
    "unknown": _deep('{"__type":"X:#x","x":@}', "1", 250),
    "row": _deep(_ROW.replace('"@"', _PAIR), "1", 105),
    "aliased": _deep(
        f'{{"__type":"AliasedValue:{XRM}","AttributeLogicalName":"a","EntityLogicalName":"b","Value":@}}', "1", 170
    ),
    "unknown member": _deep(f'{{"__type":"OptionSetValue:{XRM}","Value":1,"Extra":@}}', "1", 150),
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize("mode", ["python", "json"])
def test_whatever_is_as_deep_as_can_be_read_is_plain(body: str, mode: Any) -> None:
    plain = to_plain(parse_context(slot(body)), mode=mode)
    if mode == "json":
        assert json.loads(json.dumps(plain)) == plain


@each("name", serialized())
def test_every_text_that_the_platform_wrote_is_in_the_plain_form(name: str) -> None:
    _assert_complete(parse_context(serialized()[name], parse_float=Decimal))


@given(contexts())
def test_any_json_encoder_takes_the_json_form_and_no_text_is_lost(context: c.RemoteExecutionContext) -> None:
    plain = to_plain(context, mode="json")
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert msgspec.json.decode(msgspec.json.encode(plain)) == plain
    json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()
    _assert_complete(context)


def _assert_complete(context: c.RemoteExecutionContext) -> None:
    wire = parse_json(c.encode_context(context).decode())
    in_json = {text.encode("utf-8", "backslashreplace").decode() for text in _texts(wire, but=_WIRE_NAMES)}
    missing = in_json - set(_texts(to_plain(context, mode="json")))
    assert {text for text in missing if parse_date(text) is None} <= _TYPE_NAMES


# The encoder finds the second for an item that does not say its type.
_TYPE_NAMES = {str(cls.__struct_config__.tag) for cls in MEMBERS} | {
    "KeyValuePairOfstringanyType:#System.Collections.Generic"
}
_WIRE_NAMES = {"__type", "key", "value", *(member.wire for members in MEMBERS.values() for member in members)}


def _texts(value: Any, but: Collection[str] = ()) -> Iterator[str]:
    if type(value) is str:  # numbers have not become any yet
        yield value
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(item, but)
    elif isinstance(value, dict):
        for name, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in but:
                yield name
            yield from _texts(item, but)


@given(values())
def test_the_python_form_is_made_of_builtins_and_equal_for_equal_values(value: c.Value) -> None:
    plain = to_plain(value)
    _assert_builtin(plain)
    assert to_plain(copy.deepcopy(value)) == plain


def _assert_builtin(value: Any) -> None:
    assert type(value) in _BUILTINS
    if isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _assert_builtin(item)
    if isinstance(value, Mapping):
        for name, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            assert type(name) is str  # pyright: ignore[reportUnknownArgumentType]
            _assert_builtin(item)


_BUILTINS = (type(None), bool, int, float, Decimal, str, datetime, UUID, list, dict)


@given(contexts())
def test_every_column_is_there(context: c.RemoteExecutionContext) -> None:
    for parameters in (context.input_parameters, context.pre_entity_images):
        for row in parameters.values():
            if isinstance(row, c.Entity) and row.attributes:
                assert len(to_plain(row, mode="json")["attributes"]) == len(row)
                assert list(to_plain(row)["attributes"]) == list(row)
