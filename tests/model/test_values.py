"""The rooms `records`, `values` and `context`: mappings, equality, copies, what is made by hand."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cds_context import (
    AliasedValue,
    AttributeCollection,
    ColumnError,
    DecodeError,
    Entity,
    EntityReference,
    EntityRole,
    KeyValuePair,
    Mode,
    Money,
    OptionSetValue,
    ParameterCollection,
    Relationship,
    UnknownMembers,
    encode_context,
    parse_context,
    redact,
    to_plain,
)
from cds_context.model.rows import Entity as EntityClass
from cds_context.testing import examples

from ..bodies import EXAMPLE, body, event, slot, typed
from ..test_conformance import captures

ID = UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")


def test_a_row_reads_like_a_mapping() -> None:
    row = Entity("contact", ID, {"firstname": "James", "telephone1": None})
    assert (row["firstname"], row.get("telephone1", 1), row.get("x"), row.get("x", 2)) == ("James", None, None, 2)
    assert ("telephone1" in row, "x" in row, list(row), len(row)) == (True, False, ["firstname", "telephone1"], 2)
    assert dict(row) == {"firstname": "James", "telephone1": None}
    assert (*row.keys(),) == ("firstname", "telephone1")
    assert (*row.values(),) == ("James", None)
    assert (*row.items(),) == (("firstname", "James"), ("telephone1", None))
    assert row.items() >= {("telephone1", None)}
    with pytest.raises(KeyError):
        row["x"]
    assert Entity("contact")


CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
BODIES = {**examples(), **{path.name: path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))}}


@pytest.mark.parametrize("name", BODIES)
def test_rows_of_every_example_and_capture_have_their_columns_in_pairs(name: str) -> None:
    context = parse_context(BODIES[name])
    rows = [row for row in (*context.targets, *context.pre_entity_images.values()) if isinstance(row, Entity)]
    for row in [*rows, *([context.snapshot()] if len(context.targets) == 1 and not context.is_truncated else [])]:
        assert dict(row.items()) == dict(zip(row.keys(), row.values(), strict=True)) == row.attributes


def test_collections_are_mappings_in_order() -> None:
    parameters = parse_context(EXAMPLE).input_parameters
    assert "Target" in parameters
    assert next(iter(parameters.items()))[0] == "Target"
    target = parameters["Target"]
    assert isinstance(target, Entity)
    assert list(target)[:3] == ["firstname", "emailaddress1", "telephone1"]
    assert target == dict(parameters)["Target"]


@pytest.mark.parametrize("name", ["Entity", "EntityReference"])
def test_of_a_row_and_of_a_reference_only_id_and_table_are_required(name: str) -> None:
    bare = slot(
        typed(name, Id=str(ID), LogicalName="contact").replace("/", "\\/").replace(", ", ",").replace(": ", ":")
    )
    value: Any = parse_context(bare).shared_variables["v"]
    assert (value.id, value.logical_name) == (ID, "contact")
    assert encode_context(parse_context(bare)) == bare
    for missing in ("Id", "LogicalName"):
        members = {"Id": str(ID), "LogicalName": "contact"}
        del members[missing]
        with pytest.raises(DecodeError, match=f"the member `{missing}` is missing"):
            parse_context(slot(typed(name, **members)))


def test_a_reference_without_its_name_reads_as_one_without_a_name_and_keeps_to_it() -> None:
    nameless = EntityReference("contact", ID)
    absent = msgspec.structs.replace(nameless, name=msgspec.UNSET)
    for same in (absent, copy.copy(absent), copy.deepcopy(absent), pickle.loads(pickle.dumps(absent))):
        assert same.name is None
        assert same == nameless
        assert repr(same) == repr(nameless)
        context = event("Delete", {"Target": same})
        assert b'"Name"' not in encode_context(context)
        assert b'"Name"' not in encode_context(redact(context))
        assert to_plain(same)["name"] is None
    assert b'"Name":null' in encode_context(event("Delete", {"Target": nameless}))


def test_what_the_caller_does_later_does_not_reach_the_row() -> None:
    columns: dict[str, Any] = {"a": 1}
    row = Entity("contact", ID, columns)
    columns["a"] = 2
    assert row["a"] == 1


def test_a_collection_is_made_of_a_mapping() -> None:
    with pytest.raises(TypeError):
        Entity("contact", ID, [1])  # type: ignore[arg-type]


def test_records_are_equal_by_content_and_immutable() -> None:
    assert EntityReference("a", ID) == EntityReference("a", ID)
    assert EntityReference("a", ID) != EntityReference("a", ID, "name")
    assert OptionSetValue(1) != Money(Decimal(1))
    assert OptionSetValue(1) != 1
    assert len({OptionSetValue(1), OptionSetValue(1), Relationship("x"), Relationship("x")}) == 2
    assert len({EntityReference("a", ID), EntityReference("a", ID)}) == 1
    with pytest.raises(AttributeError):
        OptionSetValue(1).value = 2  # type: ignore[misc]


def role(number: int) -> Relationship:
    return Relationship("r", EntityRole(number))


def reference(number: int) -> EntityReference:
    return EntityReference("a", UUID(int=number))


@pytest.mark.parametrize("make", [OptionSetValue, role, reference])
def test_nobody_can_choose_numbers_of_which_the_records_have_one_hash(make: Callable[[int], Any]) -> None:
    numbers = range(1, 10_000 * sys.hash_info.modulus, sys.hash_info.modulus)
    assert {hash(number) for number in numbers} == {1}
    assert len({hash(make(number)) for number in numbers}) > 9_900


def test_equal_records_have_one_hash() -> None:
    assert len({Relationship("r", EntityRole.REFERENCED), Relationship("r", 1)}) == 1  # type: ignore[arg-type]
    assert len({Relationship("r"), Relationship("r", None)}) == 1
    assert len({OptionSetValue(1), OptionSetValue(EntityRole.REFERENCED)}) == 1


def test_collections_compare_with_mappings_and_by_form() -> None:
    assert AttributeCollection({"a": 1}) == {"a": 1}
    assert AttributeCollection({}) == {}
    assert AttributeCollection(None) != {}
    assert AttributeCollection(None) != AttributeCollection({})
    assert AttributeCollection(msgspec.UNSET) != AttributeCollection(None)
    assert repr(AttributeCollection(None)) == "AttributeCollection(None)"
    assert repr(AttributeCollection()) == "AttributeCollection(UNSET)"
    with pytest.raises(TypeError):
        hash(AttributeCollection({}))


@pytest.mark.parametrize("value", [None, msgspec.UNSET, {"a": [1]}])
def test_collections_copy_and_pickle_in_their_form(value: Any) -> None:
    collection = ParameterCollection(value)
    assert pickle.loads(pickle.dumps(collection)) == copy.deepcopy(collection) == collection


def test_a_context_copies_and_pickles() -> None:
    context = parse_context(EXAMPLE)
    for same in (copy.copy(context), copy.deepcopy(context), pickle.loads(pickle.dumps(context))):
        assert same == context


def test_repr_shows_what_was_set() -> None:
    assert repr(EntityReference("account", ID)) == f"EntityReference(logical_name='account', id={ID!r})"
    assert eval(repr(OptionSetValue(3)), {"OptionSetValue": OptionSetValue}) == OptionSetValue(3)  # noqa: S307


def test_members_are_given_once() -> None:
    with pytest.raises(TypeError, match="each once"):
        EntityReference("a", logical_name="b")  # type: ignore[misc]
    with pytest.raises(TypeError, match="each once"):
        OptionSetValue(*range(5))


def test_a_call_past_the_metaclass_makes_no_wrong_record() -> None:
    def call(cls: Any, given: Any) -> Any:
        return cls(given)

    for _ in range(1000):
        call(set, "")
    # CPython from 3.11 on calls the class as it called `set`, and passes the metaclass over.
    try:
        made = call(EntityReference, "contact")
    except TypeError:
        made = EntityReference("contact")
    assert made == EntityReference("contact")
    assert call(OptionSetValue, 3) == OptionSetValue(3)


def test_annotations_are_shown_on_the_class() -> None:
    assert EntityClass.attributes is EntityClass.__dict__["attributes"]


def test_dictionary_item_says_its_type() -> None:
    assert KeyValuePair("a", "b").type_name.startswith("KeyValuePairOfstringstring")


def test_time_of_an_asynchronous_operation_is_its_wall_clock() -> None:
    context = parse_context(body(Mode=1, OperationCreatedOn="/Date(1506409448000-0700)/"))
    assert context.operation_created_on.utcoffset() == timedelta(hours=-7)
    assert context.operation_created_on_utc.isoformat() == "2017-09-26T00:04:08+00:00"
    synchronous = msgspec.structs.replace(context, mode=Mode.SYNCHRONOUS)
    assert synchronous.operation_created_on_utc == context.operation_created_on
    assert synchronous.operation_created_on_utc.tzinfo is timezone.utc


def test_threads_may_read_at_once() -> None:
    context = parse_context(EXAMPLE)
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(dict(context.input_parameters))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(items == seen[0] for items in seen)


def test_copies_write_no_member_that_does_not_exist() -> None:
    choice = OptionSetValue(1)
    unknown = UnknownMembers({"x": 1})
    for same, others in (
        (copy.copy(choice), copy.copy(unknown)),
        (copy.deepcopy(choice), copy.deepcopy(unknown)),
        pickle.loads(pickle.dumps((choice, unknown))),
    ):
        assert same.unknown_members is choice.unknown_members
        assert others == unknown


def test_a_row_has_a_reference() -> None:
    assert Entity("contact", ID, {"firstname": "James"}, row_version="7").reference == EntityReference("contact", ID)
    by_key = Entity("contact", key_attributes={"employeeid": "E7"})
    assert by_key.reference == EntityReference("contact", key_attributes={"employeeid": "E7"})
    assert Entity("contact", ID, key_attributes=msgspec.UNSET).reference == EntityReference("contact", ID)


def test_a_column_is_formatted_by_its_label_or_the_name_of_its_lookup() -> None:
    owner = EntityReference("systemuser", ID, "Ines Falk")
    row = Entity(
        "contact",
        ID,
        {
            "statuscode": OptionSetValue(1),
            "ownerid": owner,
            "createdby": owner,
            "a.ownerid": AliasedValue("account", "ownerid", owner),
            "gendercode": OptionSetValue(2),
            "firstname": "James",
        },
        formatted_values={"statuscode": "Active", "createdby": "Falk, Ines", "gendercode": None},
    )
    assert row.formatted("statuscode") == "Active"
    assert row.formatted("ownerid") == "Ines Falk"
    assert row.formatted("createdby") == "Falk, Ines"
    assert row.formatted("a.ownerid") == "Ines Falk"
    assert [row.formatted(column) for column in ("gendercode", "firstname", "x")] == [None, None, None]
    assert Entity("contact", attributes=None, formatted_values=None).formatted("x") is None


MOMENT = datetime(2024, 5, 17, 8, 30, 15, 123_000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("label", "clock"),
    [
        ("2024-05-17T10:30:15+02:00", "2024-05-17T10:30:15.123000+02:00"),
        ("2024-05-17T01:00:15-07:30", "2024-05-17T01:00:15.123000-07:30"),
        ("2024-05-17T08:30:15-00:00", "2024-05-17T08:30:15.123000+00:00"),
        # Another moment, by a second, an hour, or the clock of another kind of column.
        ("2024-05-17T10:30:14+02:00", None),
        ("2024-05-17T10:30:16+02:00", None),
        ("2024-05-17T08:30:15+02:00", None),
        ("2024-05-17T10:30:15", None),
        ("2024-05-17T08:30:15Z", None),
        ("2024-05-17T10:30:15.123+02:00", None),
        ("2024-05-17T10:30:15+02:60", None),
        ("2024-02-30T10:30:15+02:00", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("5/17/2024 10:30 AM", None),
        ("", None),
        (None, None),
    ],
)
def test_the_clock_of_the_user_is_told_by_a_label_of_the_same_moment(label: str | None, clock: str | None) -> None:
    for value in (MOMENT, MOMENT.astimezone(timezone(timedelta(hours=3))), AliasedValue("account", "a", MOMENT)):
        row = Entity("contact", ID, {"a": value}, formatted_values={"a": label})
        local = row.local("a")
        assert (local and local.isoformat()) == clock
        assert local is None or local == MOMENT
    assert Entity("contact", ID, {"a": MOMENT}).local("a") is None
    assert Entity("contact", ID, {"a": None}, formatted_values={"a": label}).local("a") is None
    assert Entity("contact", ID, formatted_values={"a": label}).local("a") is None


@pytest.mark.parametrize("value", ["2024-05-17T08:30:15Z", 7, OptionSetValue(1)])
def test_only_a_date_has_a_clock(value: Any) -> None:
    row = Entity("contact", ID, {"a": value}, formatted_values={"a": "2024-05-17T10:30:15+02:00"})
    with pytest.raises(ColumnError, match=f"expected datetime, found {type(value).__name__}"):
        row.local("a")


def test_the_first_and_the_last_moment_have_a_clock() -> None:
    for moment, label in (
        (datetime(1, 1, 1, tzinfo=timezone.utc), "0001-01-01T02:00:00+02:00"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc), "9999-12-31T12:59:59-11:00"),
    ):
        local = Entity("contact", ID, {"a": moment}, formatted_values={"a": label}).local("a")
        assert local
        assert local.isoformat() == label


@pytest.mark.parametrize("path", captures())
def test_every_label_of_a_captured_date_tells_the_clock(path: Path) -> None:
    context = parse_context(path.read_bytes())
    rows = [context.target, *context.pre_entity_images.values(), *context.post_entity_images.values()]
    for row in rows:
        if not isinstance(row, Entity):
            continue
        for column, value in row.items():
            if isinstance(value, datetime) and row.formatted(column):
                local = row.local(column)
                assert local
                assert local == value
                assert local.isoformat().replace("+00:00", "-00:00") == row.formatted(column)
