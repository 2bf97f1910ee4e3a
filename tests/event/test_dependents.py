"""The room `dependents`: which columns the platform sets along with those that were submitted."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import EntityReference, Money, OptionSetValue
from cds_context.event.dependents import _TELLING as TELLING  # pyright: ignore[reportPrivateUsage]
from cds_context.event.dependents import find_dependents
from cds_context.event.messages import MESSAGES

STAMP = {"modifiedon", "modifiedby", "modifiedonbehalfby", "versionnumber"}
INES, OTTO = EntityReference("systemuser", UUID(int=1)), EntityReference("systemuser", UUID(int=2))
OWNERS = {"owninguser", "owningteam", "owningbusinessunit"}
EURO, DOLLAR = EntityReference("transactioncurrency", UUID(int=3)), EntityReference("transactioncurrency", UUID(int=4))
ONE, TWO = OptionSetValue(1), OptionSetValue(2)
ADDRESSES = {"line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country"}
AMOUNT = Money(Decimal(5))


def dependents(
    columns: dict[str, Any], before: dict[str, Any], table: str = "contact", name: str = "Update"
) -> set[str]:
    found = find_dependents(MESSAGES.get(name), table, columns, before)
    assert len(found) == len(set(found))
    return set(found)


CASES: list[tuple[dict[str, Any], dict[str, Any], set[str]]] = [
    ({}, {}, set()),
    ({"jobtitle": "x"}, {}, set()),
    # A state without a status gets its default status, also if it is the state that the row had.
    ({"statecode": ONE}, {"statecode": ONE, "statuscode": TWO}, {"statuscode"}),
    ({"statecode": ONE, "statuscode": TWO}, {}, set()),
    ({"statuscode": TWO}, {}, set()),
    # The owner.
    ({"ownerid": INES}, {}, OWNERS),
    ({"ownerid": INES}, {"ownerid": OTTO}, OWNERS),
    ({"ownerid": EntityReference("systemuser", UUID(int=1), "Ines")}, {"ownerid": INES}, set()),
    ({"ownerid": INES, "owninguser": INES}, {}, OWNERS - {"owninguser"}),
    # Amounts: the rate is taken anew.
    ({"creditlimit": AMOUNT}, {"creditlimit": AMOUNT}, {"creditlimit_base", "exchangerate"}),
    ({"creditlimit": None}, {"creditlimit": AMOUNT}, {"creditlimit_base", "exchangerate"}),
    ({"creditlimit": None}, {}, set()),
    ({"creditlimit_base": AMOUNT}, {}, {"exchangerate"}),
    ({"transactioncurrencyid": EURO}, {"a_base": AMOUNT, "b": AMOUNT}, {"a_base", "exchangerate"}),
    ({"exchangerate": Decimal(2)}, {"a_base": AMOUNT}, {"a_base"}),
    # Columns of certain tables.
    ({"lastname": "B"}, {}, {"fullname"}),
    ({"lastname": "B"}, {"lastname": "B"}, set()),
    ({"lastname": "B", "firstname": "A"}, {"lastname": "B", "firstname": "a"}, {"fullname"}),
    ({"lastname": UNSET}, {"lastname": "B"}, {"fullname"}),
    ({"yomilastname": "B"}, {}, {"yomifullname"}),
    ({"address2_city": "Lund", "address2_line1": None}, {}, {"address2_composite"}),
]


@pytest.mark.parametrize(("columns", "before", "along"), CASES)
def test_columns_change_along(columns: dict[str, Any], before: dict[str, Any], along: set[str]) -> None:
    assert dependents(columns, before) == along | STAMP


def test_names_and_addresses_are_put_together_in_tables_that_have_them() -> None:
    assert dependents({"lastname": "B", "billto_city": "Lund"}, {}, "new_project") == STAMP
    assert dependents({"billto_city": "Lund"}, {}, "quote") == {"billto_composite", *STAMP}
    assert dependents({"city": "Lund"}, {}, "customeraddress") == {"composite", *STAMP}
    assert dependents({"address1_city": "Lund", "firstname": "A"}, {}, "account") == {"address1_composite", *STAMP}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_sets_its_columns_whatever_was_submitted(name: str) -> None:
    message = MESSAGES[name]
    assert dependents({}, {}, name=name) == set(message.sets_along)
    assert dependents(dict.fromkeys(message.sets_along), {}, name=name) == set()


@pytest.mark.parametrize("name", ["OnExternalUpdated", "new_Update", "Delete", "Associate"])
def test_what_the_platform_does_not_write_sets_nothing(name: str) -> None:
    assert dependents({"statecode": ONE, "ownerid": INES, "amount": AMOUNT}, {}, name=name) == set()


def test_the_documentation_has_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "answers.md").read_text("utf-8")
    section = page.partition("## What changes along?")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ") and "`" in line]
    documented = {name for row, _ in rows for name in re.findall(r"`(\w+)`", row)} - {"Money"}
    assert documented - TELLING == set()
    assert {name for name in TELLING if "_" not in name or "yomi" in name} - documented <= ADDRESSES
    for row, along in rows:
        for name in set(re.findall(r"`(\w+)`", row)) & TELLING:
            table = "quote" if name.startswith("billto_") else "contact"
            found = dependents({name: UNSET}, {"a_base": AMOUNT}, table) - STAMP
            listed = set(re.findall(r"`(\w+)`", along))
            assert {"_base" if column.endswith("_base") else column for column in found} - {"exchangerate"} <= listed
