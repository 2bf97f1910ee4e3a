"""The room `display.values`: every kind of value is one readable piece of text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import (
    AliasedValue,
    BooleanManagedProperty,
    Entity,
    EntityCollection,
    EntityReference,
    KeyValuePair,
    Money,
    OptionSetValue,
    Stage,
    UnknownValue,
)
from cds_context.display.values import cell, moment, row
from cds_context.wire.dates import parse_date

from ..command_line import ESCAPED, ESCAPES

ID = UUID(int=7)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
WEST = timezone(timedelta(hours=-7))
ACCOUNT = EntityReference("account", ID)
PARTY = Entity("activityparty", UUID(int=9), {"partyid": ACCOUNT})
SENDER = Entity("activityparty", UUID(int=9), {"addressused": "a@example.com"})


@pytest.mark.parametrize(
    ("value", "label", "expected"),
    [
        (None, None, "null"),
        (UNSET, None, "not told"),
        (True, "Yes", "true (Yes)"),
        (7, None, "7"),
        (7, "7", "7"),
        (Stage.PRE_OPERATION, None, "20 pre-operation"),
        (Stage(77), None, "77"),
        (2.5, None, "2.5"),
        (Decimal("1.50"), None, "1.50"),
        ("a b", None, "a b"),
        ("", None, '""'),
        ("null", None, '"null"'),
        (" a", None, '" a"'),
        (ESCAPES, None, ESCAPED),
        ("x", ESCAPES, f"x ({ESCAPED})"),
        (NOON, None, "2026-03-02 12:00:00 UTC"),
        (NOON, "2026-03-02T12:00:00-00:00", "2026-03-02 12:00:00 UTC"),
        (NOON.replace(microsecond=7000), "2026-03-02T12:00:00+00:00", "2026-03-02 12:00:00.007 UTC"),
        (NOON, "2026-03-02T13:00:00+01:00", "2026-03-02 12:00:00 UTC (2026-03-02T13:00:00+01:00)"),
        (NOON, "2026-03-02T13:00:00-00:00", "2026-03-02 12:00:00 UTC (2026-03-02T13:00:00-00:00)"),
        (AliasedValue("a", "b", NOON), "2026-03-02T12:00:00-00:00", "2026-03-02 12:00:00 UTC"),
        (NOON, "2.3.2026 13:00", "2026-03-02 12:00:00 UTC (2.3.2026 13:00)"),
        (OptionSetValue(1), "Any", "1 (Any)"),
        (Money(Decimal("1.50")), "€1.50", "1.50 (€1.50)"),
        ([OptionSetValue(1), OptionSetValue(2)], "A; B", "1, 2 (A; B)"),
        ([], None, "[]"),
        ([[1], "x"], None, '[[1], "x"]'),
        ({"a": "ä"}, None, '{"a": "ä"}'),
        (ACCOUNT, None, f"account {ID}"),
        (ACCOUNT, "Fabrikam", f"Fabrikam (account {ID})"),
        (EntityReference("account", ID, "Fabrikam"), "Fabrikam", f"Fabrikam (account {ID})"),
        (EntityReference("account", ID, ESCAPES), None, f"{ESCAPED} (account {ID})"),
        (EntityReference("account", key_attributes={"code": "A"}), None, 'account with {"code": "A"}'),
        (Entity("account", ID, {"name": "x"}), None, f"account {ID}"),
        (EntityCollection([PARTY, SENDER]), None, f"account {ID}, a@example.com"),
        (AliasedValue("account", "name", "Fabrikam"), None, "Fabrikam"),
        (BooleanManagedProperty(True), None, '{"__type": "BooleanManagedProperty", "value": true}'),
        (KeyValuePair("a", "b"), None, '{"key": "a", "value": "b"}'),
        (UnknownValue("X:y", {"a": 1}), None, '{"__type": "X:y", "members": {"a": 1}}'),
    ],
)
def test_a_value_is_one_text(value: Any, label: str | None, expected: str) -> None:
    assert cell(value, label).plain == expected


def test_long_text_is_cut_unless_all_is_asked_for() -> None:
    assert cell("x" * 2000).plain == "x" * 200 + "… 2,000 characters"
    assert cell("x" * 2000, full=True).plain == "x" * 2000
    assert cell(1, "y" * 201).plain == f"1 ({'y' * 200}… 201 characters)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOON, "2026-03-02 12:00:00 UTC"),
        (NOON.replace(microsecond=7000), "2026-03-02 12:00:00.007 UTC"),
        (NOON.astimezone(WEST), "2026-03-02 05:00:00 -07:00"),
        (parse_date("/Date(0+0000)/"), "1970-01-01 00:00:00 +00:00"),
    ],
)
def test_a_moment_says_its_offset(value: datetime, expected: str) -> None:
    assert moment(value) == expected


def test_a_row_is_told_by_table_id_and_name() -> None:
    assert row(EntityReference("account", ID, "Fabrikam")) == f"account {ID} Fabrikam"
    assert row(EntityReference(None, ID)) == str(ID)
    assert row(Entity("new_reading", key_attributes={"new_sensor": "T"})) == 'new_reading with {"new_sensor": "T"}'
