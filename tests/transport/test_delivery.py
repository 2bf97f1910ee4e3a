"""The room `delivery`: what an envelope says of a context."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from rich.pretty import pretty_repr

from cds_context.testing import update
from cds_context.transport.delivery import Delivery, as_id, is_set, mismatches

ID = UUID("75c2dd85-e89e-e711-8122-000d3aa2331c")


@pytest.mark.parametrize(
    ("entity_name", "request_name", "found"),
    [
        ("contact", "Update", ()),
        ("CONTACT", "update", ()),
        (None, None, ()),
        ("account", "Update", ("entity_name",)),
        ("contact", "Create", ("request_name",)),
        ("", "", ("entity_name", "request_name")),
    ],
)
def test_names_are_compared_without_case(entity_name: Any, request_name: Any, found: Any) -> None:
    assert mismatches(update("contact"), entity_name=entity_name, request_name=request_name) == found


def test_a_name_that_the_context_lacks_is_a_mismatch() -> None:
    context = replace(update("contact"), message_name=None, primary_entity_name=None)
    assert mismatches(context, entity_name="contact", request_name=None) == ("entity_name",)
    assert mismatches(context, entity_name="", request_name="") == ()


def test_what_is_shown_of_a_delivery_is_its_message_and_its_table() -> None:
    delivery = Delivery(context=update("contact"), is_truncated=True, mismatches=())
    assert repr(delivery) == f"{delivery}" == "<Delivery: Update of contact, truncated>"
    assert pretty_repr(delivery) == "Delivery(message_name='Update', primary_entity_name='contact')"


@pytest.mark.parametrize(
    ("mark", "meaning"), [("true", True), ("", True), (True, True), ("False", False), (None, False)]
)
def test_a_mark_counts_unless_it_says_false(mark: object, meaning: bool) -> None:
    assert is_set(mark) is meaning


@pytest.mark.parametrize("text", [str(ID), f"{{{str(ID).upper()}}}", ID])
def test_ids_with_and_without_braces(text: object) -> None:
    assert as_id(text) == ID


@pytest.mark.parametrize("text", [None, "", "1-abc", "{}", 7, "\ud800"])
def test_what_is_no_id_is_none(text: object) -> None:
    assert as_id(text) is None


def test_a_delivery_shows_no_content() -> None:
    context = update("contact", shared_variables={"v": "confidential"})
    whole = Delivery(context=context, is_truncated=False, mismatches=())
    assert repr(whole) == str(whole) == "<Delivery: Update of contact>"
    assert (
        repr(Delivery(context=context, is_truncated=True, mismatches=())) == "<Delivery: Update of contact, truncated>"
    )
