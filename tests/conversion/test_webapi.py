"""The room `webapi`: what a column of each type is in the Web API's shape, and where the rest of it went."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from msgspec import UNSET

import cds_context as c
from cds_context import Entity, EntityCollection, EntityReference, to_plain, to_webapi
from cds_context.testing.strategies import entities

ID = UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")
ACCOUNT = EntityReference("account", ID, "Fabrikam")
LABEL = "@OData.Community.Display.V1.FormattedValue"
TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
EXTRA = c.UnknownMembers[Any]({"Extra": 1})
PARTY = Entity("activityparty", attributes={"participationtypemask": c.OptionSetValue(2)})
PARTY_JSON = {"@odata.type": "#Microsoft.Dynamics.CRM.activityparty", "participationtypemask": 2}

# value, all that the row says of the column `x`
COLUMNS: list[tuple[Any, dict[str, Any]]] = [
    (None, {"x": None}),
    ("text", {"x": "text"}),
    (True, {"x": True}),
    (5, {"x": 5}),
    (1.5, {"x": 1.5}),
    (float("-inf"), {"x": "-INF"}),
    (Decimal("0.50"), {"x": 0.5}),
    (Decimal(7), {"x": 7}),
    (Decimal("1E+400"), {"x": "1" + 400 * "0"}),
    (
        Decimal("0.1234567890123456789"),
        {"x": 0.12345678901234568, "x@cds_context.plain": "0.1234567890123456789"},
    ),
    (Decimal("NaN"), {"x": "NaN"}),
    (c.Money(Decimal("15000.0000")), {"x": 15000.0}),
    (
        c.Money(Decimal(1), unknown_members=EXTRA),
        {"x": 1, "x@cds_context.plain": {"__type": "Money", "value": "1", "unknown_members": {"Extra": 1}}},
    ),
    (c.OptionSetValue(3), {"x": 3}),
    ([c.OptionSetValue(3), c.OptionSetValue(5)], {"x": "3,5"}),
    ([], {"x": []}),
    ([255, 0, 1], {"x": "/wAB"}),
    ([256], {"x": [256]}),
    ([PARTY], {"x": [PARTY_JSON]}),
    (EntityCollection([PARTY], "activityparty"), {"x": [PARTY_JSON]}),
    (EntityCollection([]), {"x": []}),
    (
        EntityCollection([], "task"),
        {"x": [], "x@cds_context.plain": {"entities": [], "entity_name": "task"}},
    ),
    (
        EntityCollection([], total_record_count=0),
        {"x": [], "x@cds_context.plain": {"entities": [], "total_record_count": 0}},
    ),
    (PARTY, {"x": PARTY_JSON}),
    (datetime(2017, 9, 26, 1, 4, 8, tzinfo=timezone(timedelta(hours=2))), {"x": "2017-09-25T23:04:08Z"}),
    (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))), {"x": "0001-01-01T00:00:00+02:00"}),
    (datetime(2017, 9, 26), {"x": "2017-09-26T00:00:00"}),  # noqa: DTZ001 - a caller may err
    (
        c.BooleanManagedProperty(value=True),
        {"x": {"Value": True, "CanBeChanged": True, "ManagedPropertyLogicalName": None}},
    ),
    (c.UnknownValue("Parcel:#Post", {"a": 1}), {"x": {"__type": "Parcel:#Post", "members": {"a": 1}}}),
    (ACCOUNT, {"_x_value": str(ID), "_x_value" + TABLE: "account", "_x_value" + LABEL: "Fabrikam"}),
    (EntityReference(None, ID), {"_x_value": str(ID)}),
    (
        EntityReference("account", ID, row_version="7", key_attributes=UNSET),
        {
            "_x_value": str(ID),
            "_x_value" + TABLE: "account",
            "_x_value@cds_context.plain": {
                "logical_name": "account",
                "id": str(ID),
                "name": None,
                "row_version": "7",
            },
        },
    ),
    (
        c.AliasedValue("contact", "parentcustomerid", ACCOUNT),
        {
            "x": str(ID),
            "x" + TABLE: "account",
            "x" + LABEL: "Fabrikam",
            "x@cds_context.plain": {
                "__type": "AliasedValue",
                "entity_logical_name": "contact",
                "attribute_logical_name": "parentcustomerid",
                "value": {"logical_name": "account", "id": str(ID), "name": "Fabrikam"},
            },
        },
    ),
]


@pytest.mark.parametrize(("value", "properties"), COLUMNS)
def test_columns(value: Any, properties: dict[str, Any]) -> None:
    found = to_webapi(Entity(None, attributes={"x": value}))
    assert found == properties
    assert [type(member) for member in found.values()] == [type(member) for member in properties.values()]


def test_labels_stand_beside_their_columns_and_without_them() -> None:
    row = Entity(
        None, attributes={"a": c.OptionSetValue(1), "b": None}, formatted_values={"c": "C", "b": None, "a": "A"}
    )
    assert to_webapi(row) == {"a": 1, "a" + LABEL: "A", "b": None, "b" + LABEL: None, "c" + LABEL: "C"}


def test_a_lookup_has_its_label_and_where_that_differs_its_name_too() -> None:
    row = Entity(None, attributes={"a": ACCOUNT, "b": ACCOUNT}, formatted_values={"a": "Fabrikam", "b": "Other"})
    found = to_webapi(row)
    assert (found["_a_value" + LABEL], found["_b_value" + LABEL]) == ("Fabrikam", "Other")
    assert "_a_value@cds_context.plain" not in found
    assert found["_b_value@cds_context.plain"]["name"] == "Fabrikam"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (Entity("contact", ID), "contactid"),
        (Entity("task", ID), "activityid"),
        (Entity("new_visit", ID, {"activityid": str(ID)}), "activityid"),
        (Entity("systemform", ID), "formid"),
    ],
)
def test_the_id_stands_in_the_column_of_the_primary_key(row: Entity, column: str) -> None:
    assert to_webapi(row) == {"@odata.type": f"#Microsoft.Dynamics.CRM.{row.logical_name}", column: str(ID)}


def test_a_row_that_was_put_together_is_a_row_in_an_array_too() -> None:
    snapshot = c.Snapshot("task", attributes={"subject": "Call"}, sources={"subject": c.Source.INPUT})
    assert to_webapi(Entity(None, attributes={"x": [snapshot]}))["x"] == [to_webapi(snapshot)]


def test_a_row_that_nests_without_end_is_an_error() -> None:
    row = Entity("task", ID)
    for _ in range(1000):
        row = Entity("task", ID, {"x": row})
    limit = sys.getrecursionlimit()
    try:
        for more in range(20):  # wherever in a row the stack ends, the error is translated in one place
            sys.setrecursionlimit(limit + more)
            with pytest.raises(c.ArgumentError, match="deeper") as caught:
                to_webapi(row)
            assert caught.traceback[-1].name == "to_webapi"
    finally:
        sys.setrecursionlimit(limit)


def test_no_id_no_column() -> None:
    assert to_webapi(Entity("contact")) == {"@odata.type": "#Microsoft.Dynamics.CRM.contact"}


def test_what_a_row_says_besides_its_columns() -> None:
    row = Entity(
        "contact",
        ID,
        {"contactid": "another"},
        row_version="81052965",
        entity_state=c.EntityState.UNCHANGED,
        key_attributes={"number": "A1"},
        related_entities={c.Relationship("r"): EntityCollection([])},
        unknown_members=EXTRA,
    )
    found = to_webapi(row)
    assert found["@odata.etag"] == 'W/"81052965"'
    assert found["@cds_context.rest"] == {
        "id": str(ID),
        "entity_state": 0,
        "key_attributes": {"number": "A1"},
        "related_entities": [{"key": {"__type": "Relationship", "schema_name": "r"}, "value": {"entities": []}}],
        "unknown_members": {"Extra": 1},
    }


@given(entities())
def test_any_row_is_json_and_has_every_column(row: Entity) -> None:
    found = to_webapi(row)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for column in to_plain(row, mode="json").get("attributes") or ():
        assert column in found or f"_{column}_value" in found
