"""The room `targets`: what parameters hold that they should not, and in which order places are looked at.

The messages themselves are the table of `test_context`.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from cds_context import Entity, EntityCollection, EntityReference, Value
from cds_context.targets import (
    MESSAGES,
    find_record,
    find_submission,
    find_targets,
    has_several_targets,
    is_creation,
)

ONE, TWO, NIL = UUID(int=1), UUID(int=2), UUID(int=0)
ACCOUNT = EntityReference("account", ONE)
NOBODY = EntityReference("none", NIL)


@pytest.mark.parametrize(
    ("message", "inputs"),
    [
        ("Update", {"Target": "text"}),
        ("Update", {"Target": None}),
        ("Send", {"EmailId": "not an id"}),
        ("Send", {"EmailId": 7}),
        ("Lose", {"OpportunityClose": Entity("opportunityclose", TWO)}),
        ("Lose", {"OpportunityClose": Entity("opportunityclose", TWO, {"opportunityid": None})}),
        ("UpdateMultiple", {"Targets": EntityCollection([])}),
        ("DeleteMultiple", {"Targets": ["text"]}),
        ("DeleteMultiple", {}),
        ("new_Send", {"EmailId": str(ONE), "LeadId": ACCOUNT, "Targets": [ACCOUNT]}),
        (None, {"LeadId": ACCOUNT}),
    ],
)
def test_no_target_where_none_is_named(message: str | None, inputs: dict[str, Value]) -> None:
    assert find_targets(message, inputs) == ()
    assert find_record(message, inputs, {}, NOBODY) is None
    assert not has_several_targets(message, inputs)


@pytest.mark.parametrize(
    ("message", "inputs"),
    [
        ("Update", {"Target": ACCOUNT}),
        ("UpdateMultiple", {"Targets": EntityCollection([Entity("account", ONE)])}),
        ("UpdateMultiple", {"Targets": EntityCollection([Entity("account", ONE), Entity("account", TWO)])}),
        ("DeleteMultiple", {"Targets": [ACCOUNT]}),
        ("DeleteMultiple", {"Targets": [1, ACCOUNT, "text"]}),
        ("DeleteMultiple", {"Targets": [1, ACCOUNT, Entity("account", TWO), ACCOUNT]}),
        ("new_DeleteMultiple", {"Targets": [ACCOUNT, ACCOUNT]}),
        (None, {"Target": ACCOUNT, "Targets": [ACCOUNT, ACCOUNT]}),
    ],
)
def test_whether_there_are_several_targets(message: str | None, inputs: dict[str, Value]) -> None:
    assert has_several_targets(message, inputs) is (len(find_targets(message, inputs)) > 1)


def test_a_closing_activity_may_be_a_reference_to_the_row() -> None:
    assert find_targets("Lose", {"OpportunityClose": ACCOUNT}) == (ACCOUNT,)


def test_a_parameter_that_names_no_row_does_not_hide_one_that_does() -> None:
    assert find_targets("Close", {"Target": None, "IncidentResolution": str(ONE)}) == (
        EntityReference("incident", ONE),
    )


KEYED = Entity("account", NIL, {"name": "A"}, key_attributes={"accountnumber": "7"})


@pytest.mark.parametrize(
    ("message", "target", "outputs", "primary", "record"),
    [
        # The target's id, then the answer, then the primary row, then the alternate key.
        ("Create", Entity("account", ONE), {"id": str(TWO)}, EntityReference("lead", TWO), ACCOUNT),
        ("Create", Entity("account", NIL), {"id": str(ONE)}, EntityReference("account", TWO), ACCOUNT),
        ("Create", Entity("account", NIL), {"id": "no id"}, EntityReference("account", ONE), ACCOUNT),
        ("Create", Entity("account", NIL), {"id": str(NIL)}, EntityReference("account", ONE), ACCOUNT),
        ("Create", Entity("account", NIL), {"id": str(NIL)}, EntityReference("account", NIL), None),
        ("Upsert", KEYED, {"Target": ACCOUNT, "id": str(TWO)}, EntityReference("account", TWO), ACCOUNT),
        ("Upsert", KEYED, {}, EntityReference("account", ONE), ACCOUNT),
        ("Upsert", KEYED, {}, NOBODY, KEYED.reference),
        ("Upsert", Entity("account", NIL), {}, NOBODY, None),
        # The target knows the table, where the primary name does not.
        ("Upsert", KEYED, {}, EntityReference("none", ONE), ACCOUNT),
        # What a custom action answers is its own affair.
        ("new_Copy", Entity("account", NIL), {"id": str(TWO)}, EntityReference("account", ONE), ACCOUNT),
        ("new_Copy", None, {"Target": ACCOUNT}, NOBODY, None),
        ("new_Copy", None, {}, EntityReference("account", ONE), ACCOUNT),
        ("new_Copy", None, {}, EntityReference(None, ONE), None),
        ("new_Copy", None, {}, EntityReference("", ONE), None),
    ],
)
def test_places_of_the_record_have_an_order(
    message: str, target: Value, outputs: dict[str, Value], primary: EntityReference, record: EntityReference | None
) -> None:
    assert find_record(message, {"Target": target}, outputs, primary) == record


@pytest.mark.parametrize("message", ["RetrieveMultiple", "UpdateMultiple"])
def test_a_message_about_many_rows_that_was_cut_is_not_about_the_primary_row(message: str) -> None:
    assert find_record(message, {}, {}, ACCOUNT) is None
    assert find_record("Update", {}, {}, ACCOUNT) == ACCOUNT


def test_parameters_of_another_message_outweigh_the_name() -> None:
    lead = EntityReference("lead", ONE)
    wrong = EntityReference("lead", TWO)
    assert find_record("Assign", {"LeadId": lead, "CreateAccount": True}, {}, wrong) == lead
    assert find_record("Update", {"EntityMoniker": ACCOUNT}, {}, wrong) == ACCOUNT
    assert find_record("Create", {"Query": None}, {}, wrong) is None


def test_only_messages_of_the_platform_submit_by_parameter() -> None:
    inputs: dict[str, Value] = {"Assignee": ACCOUNT, "UpdateContent": Entity("account", NIL, {"name": "A"})}
    assert find_submission("new_Assign", inputs, ACCOUNT).columns == {}
    assert find_submission("Merge", inputs, ACCOUNT).columns == {"name": "A"}


def test_labels_come_with_the_columns_that_were_submitted() -> None:
    row = Entity("account", ONE, {"name": "A"}, formatted_values={"name": "a"})
    assert find_submission("Update", {}, row).labels == {"name": "a"}


def test_a_row_is_created_by_a_message_that_says_so() -> None:
    row = Entity("account", ONE)
    assert is_creation("Create", {}, row)
    assert is_creation("Upsert", {"RecordCreated": True}, row)
    assert not is_creation("Upsert", {"RecordCreated": False}, row)
    assert not is_creation("Upsert", {}, row)
    assert not is_creation("Update", {"RecordCreated": True}, row)
    # The parent of a Create can hold the parameters of another message.
    assert not is_creation("Create", {}, ACCOUNT)


def test_the_table_of_messages_is_that_of_the_documentation() -> None:
    assert len(MESSAGES) == 32
