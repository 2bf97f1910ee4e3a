"""The room `testing.values`: plain Python values as values of the wire."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

import pytest

from cds_context import (
    Entity,
    EntityReference,
    Money,
    OptionSetValue,
    ParameterCollection,
    UnknownMembers,
    UnknownValue,
    testing,
)
from cds_context.testing import BuildError, Formatted
from cds_context.testing.values import text_of, value_of, without_name

ROW_ID = UUID(int=7)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


class Contact(IntEnum):
    EMAIL = 2


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        ("text", "text"),
        (Decimal("1.50"), Decimal("1.50")),
        (ROW_ID, "00000000-0000-0000-0000-000000000007"),
        (Contact.EMAIL, OptionSetValue(2)),
        ([Contact.EMAIL, OptionSetValue(3)], [OptionSetValue(2), OptionSetValue(3)]),
        ((ROW_ID,), ["00000000-0000-0000-0000-000000000007"]),
        (date(1988, 11, 2), datetime(1988, 11, 2, tzinfo=timezone.utc)),
        (NOON, NOON),
        (NOON.replace(microsecond=1999), NOON.replace(microsecond=1000)),
        (Money(Decimal(1)), Money(Decimal(1))),
        (Entity("contact"), Entity("contact")),
        (UnknownValue("Colour:urn:x", {}), UnknownValue("Colour:urn:x", {})),
        ({"Red": 1}, {"Red": 1}),
        (Formatted(Contact.EMAIL, "Email"), OptionSetValue(2)),
    ],
)
def test_each_plain_value_has_one_form(plain: Any, value: Any) -> None:
    assert value_of(plain, "x") == value
    assert type(value_of(plain, "x")) is type(value)


def test_a_moment_elsewhere_is_the_same_moment_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert value_of(there, "x").tzinfo is timezone.utc
    assert value_of(there, "x") == NOON


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (datetime(2026, 3, 2, 12), "a datetime without a time zone"),  # noqa: DTZ001
        (object(), "the wire has no form for the type object"),
        ([{1}], "the wire has no form for the type set"),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(plain: Any, reason: str) -> None:
    with pytest.raises(BuildError) as caught:
        testing.update("contact", after={"new_thing": plain})
    assert str(caught.value) == f"column `new_thing`: {reason}"
    with pytest.raises(BuildError) as caught:
        testing.custom_api("new_Do", inputs={"Thing": plain})
    assert str(caught.value) == f"parameter `Thing`: {reason}"


@pytest.mark.parametrize(
    ("plain", "limit"),
    [
        (2**63, "Int64"),
        (OptionSetValue(2**31), "Int32"),
        ([OptionSetValue(1), OptionSetValue(2**31)], "Int32"),
        (Formatted(OptionSetValue(2**31), "Email"), "Int32"),
        (Money(Decimal(2**96)), "Decimal"),
        (Decimal("1E-29"), "Decimal"),
        (Entity("contact", attributes={"x": OptionSetValue(2**31)}), "Int32"),
        (UnknownValue("T:#n", {"x": 2**63}), "Int64"),
        ({"x": [2**63]}, "Int64"),
        (Money(Decimal(1), unknown_members=UnknownMembers({"x": 2**63})), "Int64"),
    ],
)
def test_a_number_that_no_server_can_hold_is_refused_with_its_place(plain: Any, limit: str) -> None:
    with pytest.raises(BuildError) as caught:
        testing.update("contact", after={"new_thing": plain})
    assert str(caught.value) == f"column `new_thing`: a number out of the range of {limit}"


def test_what_stands_as_given_is_not_looked_into() -> None:
    given = ParameterCollection({"Thing": 2**63})
    assert testing.custom_api("new_Do", shared_variables=given).shared_variables == given


def test_a_member_that_no_server_can_hold_is_refused() -> None:
    with pytest.raises(BuildError, match="`depth`: a number out of the range of Int32"):
        testing.update("contact", depth=2**31)
    assert testing.update("contact", depth=2**31 - 1).depth == 2**31 - 1


def test_only_lookups_lose_their_name() -> None:
    assert without_name(EntityReference("account", ROW_ID, "Fabrikam")) == EntityReference("account", ROW_ID)
    assert without_name("Fabrikam") == "Fabrikam"


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        (Formatted(Contact.EMAIL, "Email"), "Email"),
        (EntityReference("account", ROW_ID, "Fabrikam"), "Fabrikam"),
        (EntityReference("account", ROW_ID), None),
        (NOON, "2026-03-02T12:00:00-00:00"),
        (date(1988, 11, 2), "1988-11-02T00:00:00-00:00"),
        (Contact.EMAIL, None),
        ("text", None),
    ],
)
def test_texts_are_what_the_server_would_know(plain: Any, text: str | None) -> None:
    assert text_of(plain, value_of(plain, "x")) == text
