"""The room `parties`: who takes part in an activity, and when two lists name the same."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from cds_context import Entity, EntityCollection, EntityReference, OptionSetValue
from cds_context.event.changes import compare, same_value
from cds_context.event.parties import parties_of

ONE, TWO = EntityReference("contact", UUID(int=1)), EntityReference("contact", UUID(int=2))
KEYED = EntityReference("contact", key_attributes={"emailaddress1": "ada@example.com"})


def party(who: Any = None, **columns: Any) -> Entity:
    return Entity("activityparty", attributes={"partyid": who, **columns})


def role(number: int) -> OptionSetValue:
    return OptionSetValue(number)


SAME: list[tuple[list[Entity], list[Entity]]] = [
    ([party(ONE), party(TWO)], [party(TWO), party(ONE)]),
    ([party(EntityReference("contact", UUID(int=1), "Ada"))], [party(ONE)]),
    # The platform fills in the address; the row is who it is.
    ([party(ONE)], [party(ONE, addressused="ada@example.com")]),
    ([party(ONE, addressused="ada@example.org")], [party(ONE, addressused="ada@example.com")]),
    ([party(None, addressused="a@example.com")], [party(addressused="a@example.com", unresolvedpartyname="A")]),
    ([party(unresolvedpartyname="Ada")], [party("", addressused="", unresolvedpartyname="Ada")]),
    # The role counts where both lists say it.
    ([party(ONE, participationtypemask=role(2))], [party(ONE)]),
    ([party(ONE, participationtypemask=role(2))], [party(ONE, participationtypemask=2)]),
    ([party(KEYED)], [party(KEYED)]),
    ([party(str(ONE.id))], [party(str(ONE.id))]),
]
DIFFERENT: list[tuple[list[Entity], list[Entity]]] = [
    ([party(ONE)], [party(TWO)]),
    ([party(ONE)], [party(ONE), party(ONE)]),
    ([party(ONE)], [party(EntityReference("lead", UUID(int=1)))]),
    ([party(addressused="a@example.com")], [party(addressused="b@example.com")]),
    ([party(addressused="a@example.com")], [party(ONE, addressused="b@example.com")]),
    ([party(addressused="a@example.com")], [party(ONE, addressused="a@example.com"), party(TWO, addressused="b")]),
    ([party(ONE, addressused="a"), party(addressused="b")], [party(TWO, addressused="a"), party(addressused="c")]),
    ([party(KEYED), party(ONE)], [party(KEYED)]),
    ([party(KEYED), party(ONE)], [party(TWO), party(EntityReference("lead", UUID(int=3)))]),
    ([party(unresolvedpartyname="Ada")], [party(unresolvedpartyname="Bo")]),
    ([party(ONE, participationtypemask=role(2))], [party(ONE, participationtypemask=role(3))]),
]
UNKNOWN: list[tuple[list[Entity], list[Entity]]] = [
    ([party()], [party()]),
    ([party(addressused="")], [party(ONE)]),
    ([party(ONE), party()], [party(ONE), party()]),
    ([party(KEYED)], [party(ONE)]),
    # The platform may find the row of an address or of a name.
    ([party(addressused="a@example.com")], [party(ONE, addressused="a@example.com")]),
    ([party(addressused="a@example.com")], [party(ONE)]),
    ([party(addressused="a"), party(TWO)], [party(TWO), party(ONE, addressused="a")]),
    ([party(unresolvedpartyname="Ada")], [party(ONE, addressused="a@example.com")]),
    ([party(addressused="Ada")], [party(unresolvedpartyname="Ada")]),
    # An id does not say its table.
    ([party(str(ONE.id))], [party(ONE)]),
    # What no platform writes tells nothing, not even that it is the same.
    ([party(7)], [party(7)]),
    ([party({"Id": "7"}, addressused="a")], [party({"Id": "7"}, addressused="a")]),
    ([party({})], [party({})]),
    ([party(addressused=["a"])], [party(addressused=["a"])]),
]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        *((*lists, True) for lists in SAME),
        *((*lists, False) for lists in DIFFERENT),
        *((*lists, None) for lists in UNKNOWN),
    ],
)
def test_lists_of_parties_are_compared(one: list[Any], other: list[Any], same: bool | None) -> None:
    for first, second in permutations([one, other]):
        assert same_value(first, second) is same
        assert same_value(EntityCollection(first), second) is same


def test_no_party_is_unchanged_that_nothing_tells() -> None:
    before = Entity("email", attributes={"to": EntityCollection([party()])})
    assert compare({"to": [party()]}, before).unknown


def test_no_list_and_a_list_differ() -> None:
    empties: list[Any] = [[], EntityCollection([]), None]
    for empty in empties:
        assert same_value(empty, [party(ONE)]) is False
        assert same_value([party()], empty) is False
    assert same_value([], EntityCollection([])) is True


@pytest.mark.parametrize("value", [None, "text", [], [Entity("contact")], [party(ONE), Entity("contact")], ["text"]])
def test_other_values_are_no_parties(value: Any) -> None:
    assert parties_of(value) is None
