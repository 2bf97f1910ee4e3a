"""The room `targets`: what parameters hold that they should not, and in which order places are looked at.

The messages themselves are the table of `test_context`.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID

import pytest

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    ParameterError,
    UnknownValue,
    Value,
)
from cds_context.event.targets import find_record, find_row, find_submission, find_targets, find_written, is_creation

ONE, TWO, NIL = UUID(int=1), UUID(int=2), UUID(int=0)
ACCOUNT = EntityReference("account", ONE)
NOBODY = EntityReference("none", NIL)


def record_of(
    message: str | None, inputs: Mapping[str, Value], outputs: Mapping[str, Value], primary: EntityReference
) -> EntityReference | None:
    return find_record(message, inputs, outputs, primary.logical_name, primary.id)


@pytest.mark.parametrize(
    ("message", "inputs"),
    [
        ("UpdateMultiple", {"Targets": EntityCollection([])}),
        ("RetrieveMultiple", {"query": None}),
        ("Create", {"Query": None}),  # the parameters of another message
        ("DeleteMultiple", {}),  # cut by the server
        ("Close", {}),
        ("AddToQueue", {}),
        ("new_Send", {"EmailId": str(ONE), "LeadId": ACCOUNT, "Targets": [ACCOUNT]}),
        ("new_Send", {"Target": "text"}),
        (None, {"LeadId": ACCOUNT}),
    ],
)
def test_no_target_where_none_is_named(message: str | None, inputs: dict[str, Value]) -> None:
    assert find_targets(message, inputs, None) == ()
    assert record_of(message, inputs, {}, NOBODY) is None


def test_the_primary_row_of_a_cut_message_may_be_another() -> None:
    queue = EntityReference("queue", ONE)
    assert record_of("AddToQueue", {}, {}, queue) is None
    assert record_of("Delete", {}, {}, ACCOUNT) == ACCOUNT


CLOSING = Entity("opportunityclose", TWO, {"subject": "Done", "opportunityid": None})


@pytest.mark.parametrize(
    ("message", "inputs", "parameter", "path", "words"),
    [
        ("Update", {"Target": '{"Id":"secret"}'}, "Target", "[0].value", "is text: a tool turned it into text"),
        ("Update", {"a": 1, "Target": None}, "Target", "[1].value", "is null: a tool"),
        ("Update", {"Target": []}, "Target", "[0].value", "is an array: a tool wrote an empty array"),
        ("Update", {"Target": ["secret"]}, "Target", "[0].value", "is an array"),
        ("Update", {"Target": 7.5}, "Target", "[0].value", "is a number"),
        ("Update", {"Target": Decimal(7)}, "Target", "[0].value", "is a number"),
        ("Update", {"Target": True}, "Target", "[0].value", "is a boolean"),
        ("Update", {"Target": str(ONE)}, "Target", "[0].value", "is text: a tool put an id"),
        ("Update", {"Target": {"id": "secret"}}, "Target", "[0].value", "an object without a type: a tool dropped"),
        ("Update", {"Target": UnknownValue("secret:#x", {})}, "Target", "[0].value", "an object of an unknown type"),
        ("Update", {"Target": Money(Decimal(1))}, "Target", "[0].value", "is another value"),
        ("Update", {"target": ACCOUNT}, "Target", "", "there is no `Target`: a tool wrote its name in another case"),
        ("Update", {"secret": 1}, "Target", "", "there is no `Target`"),
        ("Update", {"EntityMoniker": "secret"}, "EntityMoniker", "[0].value", "is text"),
        ("Associate", {"Target": None, "RelatedEntities": []}, "Target", "[0].value", "is null"),
        ("Send", {"EmailId": "secret"}, "EmailId", "[0].value", "the id of the row, and is text"),
        ("Send", {"EmailId": 7}, "EmailId", "[0].value", "is a number"),
        ("AddMember", {"ListId": EntityReference("contact", ONE)}, "ListId", "[0].value", "is a reference to a row"),
        ("Close", {"IncidentResolution": str(ONE)}, "IncidentResolution", "[0].value", "is text"),
        ("Lose", {"OpportunityClose": ACCOUNT}, "OpportunityClose", "[0].value", "is a reference"),
        ("Lose", {"OpportunityClose": Entity("a", TWO)}, "OpportunityClose", "[0].value.Attributes", "does not say"),
        ("Lose", {"OpportunityClose": CLOSING}, "OpportunityClose", "[0].value.Attributes[1].value", "is null"),
        ("CreateMultiple", {"Targets": []}, "Targets", "[0].value", "is an array: a tool"),
        ("CreateMultiple", {"Targets": "[]"}, "Targets", "[0].value", "is text: a tool turned it into text"),
        ("DeleteMultiple", {"Targets": [ACCOUNT, "secret"]}, "Targets", "[0].value[1]", "is text"),
        ("Update", {"Target": Entity(None, ONE)}, "Target", "[0].value.LogicalName", "of which table its row is: a"),
        ("Update", {"Target": Entity("", ONE)}, "Target", "[0].value.LogicalName", "of which table its row is: a"),
        ("Delete", {"Target": EntityReference(None, ONE)}, "Target", "[0].value.LogicalName", "of which table"),
        ("DeleteMultiple", {"Targets": [ACCOUNT, EntityReference(None, ONE)]}, "Targets", "[0].value[1].Log", "which"),
        (
            "CreateMultiple",
            {"Targets": EntityCollection([Entity("a"), Entity(None)])},
            "Targets",
            "[0].value.Entities[1].LogicalName",
            "which table",
        ),
    ],
)
def test_a_parameter_that_names_no_row_is_an_error(
    message: str, inputs: dict[str, Value], parameter: str, path: str, words: str
) -> None:
    questions: list[Callable[[], object]] = [
        lambda: find_targets(message, inputs, None),
        lambda: record_of(message, inputs, {}, NOBODY),
    ]
    for ask in questions:
        with pytest.raises(ParameterError) as caught:
            ask()
        error = caught.value
        assert error.parameter == parameter
        assert error.path.startswith(f"$.InputParameters{path}")
        assert words in str(error)
        assert "secret" not in str(error)
        assert error.reason in str(error)
        assert error.cause in str(error)
        assert error.status == 400
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.parameter, again.cause) == (str(error), error.parameter, error.cause)


@pytest.mark.parametrize(
    ("message", "inputs", "target", "parameter", "words"),
    [
        (
            "Assign",
            {"Target": ACCOUNT, "Assignee": '{"Id":1}'},
            ACCOUNT,
            "Assignee",
            "a reference to a row, and is text",
        ),
        ("Assign", {"Target": ACCOUNT, "Assignee": None}, ACCOUNT, "Assignee", "is null"),
        ("Assign", {"Target": ACCOUNT}, ACCOUNT, "Assignee", "there is no `Assignee`"),
        ("SetState", {"EntityMoniker": ACCOUNT, "Status": OptionSetValue(1)}, ACCOUNT, "State", "there is no `State`"),
        ("SetState", {"EntityMoniker": ACCOUNT, "State": 1}, ACCOUNT, "State", "should be a choice, and is a number"),
        ("Lose", {"OpportunityClose": 1, "Status": '{"Value":1}'}, ACCOUNT, "Status", "a choice, and is text"),
        (
            "Merge",
            {"Target": ACCOUNT, "UpdateContent": "{}"},
            ACCOUNT,
            "UpdateContent",
            "columns of a row, and is text",
        ),
        ("Update", {"Target": ACCOUNT}, ACCOUNT, "Target", "the row with its columns, and is a reference to a row"),
        ("UpdateMultiple", {"Targets": [ACCOUNT]}, ACCOUNT, "Targets", "the row with its columns"),
    ],
)
def test_a_parameter_that_is_written_and_is_not_of_its_kind_is_an_error(
    message: str, inputs: dict[str, Value], target: EntityReference, parameter: str, words: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        find_written(message, inputs, target)
    assert caught.value.parameter == parameter
    assert words in str(caught.value)


def test_what_may_be_missing_is_no_error() -> None:
    assert find_written("Merge", {"Target": ACCOUNT, "UpdateContent": None}, ACCOUNT) == {}
    assert find_written("Merge", {"Target": ACCOUNT}, ACCOUNT) == {}
    assert find_written("Cancel", {"OrderClose": 1, "Status": None}, ACCOUNT) == {}
    # The parent of an Assign with the parameters of QualifyLead has no Assignee.
    status = OptionSetValue(3)
    assert find_written("Assign", {"LeadId": ACCOUNT, "Status": status}, ACCOUNT) == {"statuscode": status}
    # And the parent of an Update with those of AddMember has no Target.
    assert find_written("Update", {"ListId": str(ONE), "EntityId": str(TWO)}, EntityReference("list", ONE)) == {}
    assert find_written("UpdateMultiple", {"Target": ACCOUNT}, ACCOUNT) == {}
    assert find_written("Update", {"Target": ACCOUNT, "Assignee": ACCOUNT}, ACCOUNT) == {"ownerid": ACCOUNT}


def test_a_custom_action_that_is_bound_to_a_table_has_a_row() -> None:
    assert find_targets("new_Send", {"Target": ACCOUNT}, "account") == (ACCOUNT,)
    assert find_targets("new_Send", {"Subject": "text"}, "account") == ()
    for inputs in ({"Target": "text"}, {"target": ACCOUNT}, {"Target": EntityReference(None, ONE)}):
        with pytest.raises(ParameterError):
            find_targets("new_Send", inputs, "account")
        assert find_targets("new_Send", inputs, "none") == ()


def test_the_record_is_told_by_what_is_whole() -> None:
    broken: dict[str, Value] = {"Target": "text"}
    assert record_of("Update", broken, {}, ACCOUNT) == ACCOUNT
    assert record_of("Create", broken, {"id": str(ONE)}, EntityReference("account", NIL)) == ACCOUNT
    assert record_of("Upsert", broken, {"Target": ACCOUNT}, NOBODY) == ACCOUNT
    assert record_of("Upsert", {"Target": Entity(None, ONE)}, {}, ACCOUNT) == ACCOUNT
    assert record_of("Upsert", {"Target": KEYED}, {"Target": EntityReference(None, TWO)}, ACCOUNT) == ACCOUNT
    # The primary row of these is another, or one of many.
    for message, inputs in (("AddToQueue", broken), ("DeleteMultiple", {"Targets": None})):
        with pytest.raises(ParameterError):
            record_of(message, inputs, {}, ACCOUNT)
    queued: dict[str, Value] = {"Target": EntityReference("queue", TWO), "QueueItemId": None}
    item = EntityReference("queueitem", ONE)
    assert record_of("RouteTo", queued, {}, item) == item
    with pytest.raises(ParameterError, match="`QueueItemId` should be the id"):
        record_of("RouteTo", queued, {}, NOBODY)
    assert record_of("RouteTo", {"LeadId": ACCOUNT}, {}, NOBODY) == ACCOUNT


def test_a_closing_activity_may_be_a_reference_to_the_row() -> None:
    row = EntityReference("opportunity", ONE)
    assert find_targets("Lose", {"OpportunityClose": row}, None) == (row,)


def test_a_parameter_that_names_no_row_does_not_hide_one_that_does() -> None:
    assert find_targets("Close", {"Target": None, "EntityMoniker": ACCOUNT}, None) == (ACCOUNT,)


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
    assert record_of(message, {"Target": target}, outputs, primary) == record


@pytest.mark.parametrize("message", ["RetrieveMultiple", "UpdateMultiple"])
def test_a_message_about_many_rows_that_was_cut_is_not_about_the_primary_row(message: str) -> None:
    assert record_of(message, {}, {}, ACCOUNT) is None
    assert record_of("Update", {}, {}, ACCOUNT) == ACCOUNT


def test_parameters_of_another_message_outweigh_the_name() -> None:
    lead = EntityReference("lead", ONE)
    wrong = EntityReference("lead", TWO)
    assert record_of("Assign", {"LeadId": lead, "CreateAccount": True}, {}, wrong) == lead
    assert record_of("Update", {"EntityMoniker": ACCOUNT}, {}, wrong) == ACCOUNT
    assert record_of("Create", {"Query": None}, {}, wrong) is None


def test_only_messages_of_the_platform_submit_by_parameter() -> None:
    inputs: dict[str, Value] = {"Assignee": ACCOUNT, "UpdateContent": Entity("account", NIL, {"name": "A"})}
    assert find_written("new_Assign", inputs, ACCOUNT) == {}
    assert find_written("Merge", inputs, ACCOUNT) == inputs["UpdateContent"]


def test_a_row_that_is_written_brings_its_columns() -> None:
    row = Entity("account", ONE, {"name": "A"}, formatted_values={"name": "a"})
    for name in ("Update", "new_Update"):
        submission = find_submission(name, {"Target": row}, "account", None)
        assert submission == find_submission(name, {"Target": row}, "account", row)
        assert submission.columns == {"name": "A"}
        assert submission.row is submission.target is row
        assert submission.targets == (row,)


def _is_creation(name: str, outputs: dict[str, Value], target: Entity) -> bool:
    return is_creation(find_submission(name, {"Target": target}, "account", target), outputs)


def test_a_row_is_created_by_a_message_that_says_so() -> None:
    row = Entity("account", ONE)
    assert _is_creation("Create", {}, row)
    assert _is_creation("Upsert", {"RecordCreated": True}, row)
    assert not _is_creation("Upsert", {"RecordCreated": False}, row)
    assert not _is_creation("Upsert", {}, row)
    assert not _is_creation("Update", {"RecordCreated": True}, row)
    assert not _is_creation("new_Create", {"RecordCreated": True}, row)
    # The parent of a Create can hold the parameters of another message.
    submission = find_submission("Create", {"Assignee": ACCOUNT, "Target": ACCOUNT}, "account", None)
    assert not is_creation(submission, {})


def test_the_row_of_a_message_about_one_has_the_id_that_it_answered() -> None:
    target = Entity("account", NIL, {"name": "A"})
    assert find_row("Create", {"id": str(ONE)}, (target,), target) == ACCOUNT
