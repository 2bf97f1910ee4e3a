"""The rooms of other messages than those of one row; and all builders beside what the platform wrote."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    FetchExpression,
    Money,
    OptionSetValue,
    PrincipalAccess,
    Relationship,
    RemoteExecutionContext,
    UnknownValue,
    encode_context,
    parse_context,
    testing,
)
from cds_context.testing import BuildError, Options, RowOptions

from ..conformance import serialized

ROW, OTHER = UUID(int=7), UUID(int=8)
LEAD = EntityReference("lead", UUID(int=9))
INES = EntityReference("systemuser", UUID(int=10), "Ines Marchetti")


def test_the_page_names_every_builder() -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    table = page.partition("| Builder | Message |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"\w+", cell)]
    builders = {
        name for name in testing.__all__ if getattr(getattr(testing, name), "__module__", "").endswith("_messages")
    }
    assert sorted(named) == sorted(builders)


ID = "00000000-0000-0000-0000-000000000007"
BUILDERS: dict[str, Any] = {
    name: getattr(testing, name)
    for name in testing.__all__
    if getattr(getattr(testing, name), "__module__", "").endswith("_messages")
}
NEEDED: dict[str, Any] = {
    "table": "account",
    "target": LEAD,
    "name": "new_Do",
    "assignee": INES,
    "principal": INES,
    "access_mask": 1,
    "relationship": "account_parent_account",
    "related": [LEAD],
    "state": 1,
    "status": 2,
    "after": [{}],
    "rows": [{}],
    "ids": [ROW],
}
"""What the parameters of a builder can be, for those that need them."""


def id_parameters(name: str) -> set[str]:
    """The parameters of a builder that take an id, by their annotations."""
    own: dict[str, Any] = inspect.get_annotations(BUILDERS[name])
    options: Any = RowOptions if "RowOptions" in own["options"] else Options
    annotations = {**options.__annotations__, **own}
    return {parameter for parameter, annotation in annotations.items() if "UUID" in str(annotation)}


@pytest.mark.parametrize("name", BUILDERS)
def test_an_id_is_no_text(name: str) -> None:
    assert id_parameters(name) > {"user_id", "initiating_user_id", "organization_id"}
    needed = {each: value for each, value in NEEDED.items() if each in inspect.signature(BUILDERS[name]).parameters}
    if not name.endswith("_multiple"):
        needed.pop("after", None)
    BUILDERS[name](**needed)
    for parameter in id_parameters(name):
        text = [ID] if parameter == "ids" else ID
        with pytest.raises(BuildError, match=f"^`{parameter}`: expected UUID, found str$"):
            BUILDERS[name](**{**needed, parameter: text})


def test_an_id_that_may_be_null_or_absent_can_be_so() -> None:
    context = testing.update("account", request_id=None, user_azure_active_directory_object_id=UNSET)
    assert context.request_id is None
    assert context.user_azure_active_directory_object_id is UNSET
    for name, value in [("user_id", None), ("request_id", UNSET), ("id", None), ("user_id", UNSET)]:
        with pytest.raises(BuildError, match=f"^`{name}`: expected UUID, found "):
            testing.update("account", **{name: value})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def rows(value: Any) -> list[Entity]:
    assert isinstance(value, EntityCollection)
    return value.entities


def test_create_multiple_holds_all_rows_and_their_ids() -> None:
    context = testing.create_multiple("account", after=[{"name": "A"}, {"name": "B"}], ids=[ROW, OTHER])
    targets = rows(context.input_parameters["Targets"])
    assert [(target.id, target["name"], target["accountid"]) for target in targets] == [
        (ROW, "A", str(ROW)),
        (OTHER, "B", str(OTHER)),
    ]
    assert all("createdon" in target for target in targets)
    assert context.output_parameters == {"Ids": [str(ROW), str(OTHER)]}
    assert context.primary_entity_id.int == 0
    assert context.parent_context
    assert "createdon" not in rows(context.parent_context.input_parameters["Targets"])[0]


def test_update_multiple_says_who_modified_each_row() -> None:
    context = testing.update_multiple("new_visit", after=[{"name": "A"}, {}], primary_key="activityid")
    first, second = rows(context.input_parameters["Targets"])
    assert first.id != second.id
    assert list(second) == ["activityid", "modifiedon", "modifiedby", "modifiedonbehalfby"]
    assert context.output_parameters == {}


def test_upsert_multiple_answers_for_each_row() -> None:
    context = testing.upsert_multiple("account", after=[{}, {}], created=[True, False], ids=[ROW, OTHER])
    results: Any = context.output_parameters["Results"]
    assert [result.type_name.partition(":")[0] for result in results] == ["UpsertResponse"] * 2
    assert results[1].members["Results"] == [
        {"key": "RecordCreated", "value": False},
        {"key": "Target", "value": EntityReference("account", OTHER)},
    ]
    created: Any = testing.upsert_multiple("account", after=[{}]).output_parameters["Results"]
    assert created[0].members["Results"][0]["value"] is True


def test_delete_multiple_names_the_rows() -> None:
    context = testing.delete_multiple("account", ids=[ROW, OTHER])
    assert context.input_parameters == {
        "Targets": [EntityReference("account", ROW), EntityReference("account", OTHER)],
    }


def test_as_many_ids_and_flags_as_rows() -> None:
    with pytest.raises(BuildError, match="`ids`: one for each row"):
        testing.create_multiple("account", after=[{}], ids=[])
    with pytest.raises(BuildError, match="`created`: one for each row"):
        testing.upsert_multiple("account", after=[{}], created=[])


def test_retrieve_multiple_answers_a_query() -> None:
    context = testing.retrieve_multiple("account", rows=[{"name": "A", "fax": None}], ids=[ROW])
    assert context.input_parameters == {
        "Query": FetchExpression(query='<fetch><entity name="account"><all-attributes/></entity></fetch>')
    }
    found = context.output_parameters["BusinessEntityCollection"]
    assert isinstance(found, EntityCollection)
    assert found.entity_name == "account"
    assert [dict(entity) for entity in found.entities] == [{"name": "A", "accountid": str(ROW)}]
    query = FetchExpression(query="<fetch/>")
    assert testing.retrieve_multiple("account", query=query).input_parameters == {"Query": query}


@pytest.mark.parametrize(
    ("build", "message"), [(testing.associate, "Associate"), (testing.disassociate, "Disassociate")]
)
def test_a_tie_names_both_sides_and_no_primary_entity(build: Any, message: str) -> None:
    context = build("account", id=ROW, relationship="accountleads_association", related=(LEAD,))
    assert context.message_name == message
    assert context.input_parameters == {
        "Target": EntityReference("account", ROW),
        "Relationship": Relationship("accountleads_association"),
        "RelatedEntities": [LEAD],
    }
    assert (context.primary_entity_name, context.primary_entity_id.int) == ("", 0)
    given = Relationship("account_parent_account")
    assert build("account", relationship=given, related=[]).input_parameters["Relationship"] == given


@pytest.mark.parametrize(
    ("build", "message"), [(testing.grant_access, "GrantAccess"), (testing.modify_access, "ModifyAccess")]
)
def test_a_row_is_shared(build: Any, message: str) -> None:
    context = build("account", id=ROW, principal=INES, access_mask=3)
    assert context.message_name == message
    assert context.input_parameters == {
        "Target": EntityReference("account", ROW),
        "PrincipalAccess": PrincipalAccess(access_mask=3, principal=INES),
    }
    assert (context.primary_entity_name, context.primary_entity_id) == ("account", ROW)


@pytest.mark.parametrize(
    ("build", "message"), [(testing.add_member, "AddMember"), (testing.remove_member, "RemoveMember")]
)
def test_a_list_has_members(build: Any, message: str) -> None:
    context = build(id=ROW, member_id=OTHER)
    assert context.message_name == message
    assert context.input_parameters == {"ListId": str(ROW), "EntityId": str(OTHER)}
    assert (context.primary_entity_name, context.primary_entity_id) == ("list", ROW)
    assert build().input_parameters["EntityId"] != build(seed=1).input_parameters["EntityId"]


def test_a_row_goes_into_a_queue_and_to_somebody() -> None:
    queued = testing.add_to_queue(LEAD, id=ROW, source_queue_id=OTHER, properties={"priority": 1})
    assert queued.input_parameters["Target"] == LEAD
    assert queued.input_parameters["SourceQueueId"] == str(OTHER)
    assert queued.input_parameters["DestinationQueueId"] == str(ROW)
    assert queued.input_parameters["QueueItemProperties"] == Entity("queueitem", attributes={"priority": 1})
    assert (queued.primary_entity_name, queued.primary_entity_id) == ("queue", ROW)
    routed = testing.route_to(INES, id=ROW)
    assert routed.input_parameters == {"Target": INES, "QueueItemId": str(ROW)}
    assert (routed.primary_entity_name, routed.primary_entity_id) == ("queueitem", ROW)


def test_qualifying_a_lead_makes_what_was_asked_for() -> None:
    context = testing.qualify_lead(id=ROW, create_account=False)
    assert context.input_parameters["LeadId"] == EntityReference("lead", ROW)
    assert context.input_parameters["CreateAccount"] is False
    assert context.input_parameters["Status"] == OptionSetValue(3)
    made: Any = context.output_parameters["CreatedEntities"]
    assert [reference.logical_name for reference in made] == ["contact", "opportunity"]
    assert made[0].id == testing.create("contact").primary_entity_id
    assert testing.qualify_lead(created=[INES]).output_parameters == {"CreatedEntities": [INES]}


@pytest.mark.parametrize(
    ("build", "message", "table", "parameter", "status"),
    [
        (testing.win, "Win", "opportunity", "OpportunityClose", 3),
        (testing.lose, "Lose", "opportunity", "OpportunityClose", 4),
        (testing.win_quote, "Win", "quote", "QuoteClose", 4),
        (testing.close_quote, "Close", "quote", "QuoteClose", 5),
        (testing.close_incident, "Close", "incident", "IncidentResolution", 5),
        (testing.cancel_order, "Cancel", "salesorder", "OrderClose", 4),
        (testing.fulfill_order, "Fulfill", "salesorder", "OrderClose", 100001),
    ],
)
def test_closing_hands_on_the_activity_that_names_the_row(
    build: Any, message: str, table: str, parameter: str, status: int
) -> None:
    context = build(id=ROW, activity={"actualrevenue": Money(Decimal(1))})
    assert (context.message_name, context.primary_entity_name) == (message, table)
    assert context.primary_entity_id.int == (0 if message == "Close" else 7)
    assert list(context.input_parameters) == [parameter, "Status"]
    activity = context.input_parameters[parameter]
    assert activity.logical_name == parameter.lower()
    assert dict(activity) == {
        f"{table}id": EntityReference(table, ROW),
        "actualrevenue": Money(Decimal(1)),
    }
    assert context.input_parameters["Status"] == OptionSetValue(status)
    assert build(status=9).input_parameters["Status"] == OptionSetValue(9)


def test_an_email_and_a_fax_are_sent() -> None:
    named = {"subject": "Angebot"}
    email = testing.send_email(id=ROW, subject="Angebot", tracking_token="T:1", before=named, pre_image="Old")  # noqa: S106
    assert email.message_name == "Send"
    assert email.input_parameters == {"EmailId": str(ROW), "IssueSend": True, "TrackingToken": "T:1"}
    assert email.output_parameters == {"Subject": "Angebot"}
    assert email.pre_entity_images["Old"] == Entity("email", ROW, {"subject": "Angebot", "activityid": str(ROW)})
    fax = testing.send_fax(id=ROW, issue_send=False)
    assert fax.input_parameters == {"FaxId": str(ROW), "IssueSend": False}
    assert fax.output_parameters == {}


def test_a_custom_api_has_the_parameters_it_is_given() -> None:
    context = testing.custom_api("new_Score", inputs={"Lead": LEAD, "Key": ROW}, outputs={"Score": 87})
    assert context.input_parameters == {"Lead": LEAD, "Key": str(ROW)}
    assert context.output_parameters == {"Score": 87}
    assert (context.message_name, context.primary_entity_name) == ("new_Score", "none")
    assert context.primary_entity_id.int == 0
    bound = testing.custom_api("new_Archive", bound_to=LEAD, stage=20, outputs={"Done": True})
    assert bound.input_parameters == {"Target": LEAD}
    assert bound.output_parameters == {}
    assert (bound.primary_entity_name, bound.primary_entity_id) == ("lead", LEAD.id)


ONE: dict[str, Any] = {"name": "A"}
LIKE_THE_PLATFORMS: dict[str, RemoteExecutionContext] = {
    "msg_addtoqueue": testing.add_to_queue(EntityReference("email")),
    "msg_assign": testing.assign("account", assignee=INES),
    "msg_associate": testing.associate("account", relationship="accountleads_association", related=[LEAD]),
    "msg_create": testing.create("account", after=ONE),
    "msg_createmultiple": testing.create_multiple("account", after=[ONE]),
    "msg_delete": testing.delete("account", parameters={"ConcurrencyBehavior": 2}),
    "msg_disassociate": testing.disassociate("account", relationship="a", related=[]),
    "msg_grantaccess": testing.grant_access("account", principal=INES, access_mask=7),
    "msg_merge": testing.merge("account", content=ONE),
    "msg_retrieve": testing.retrieve("account", row=ONE),
    "msg_retrievemultiple_fetch": testing.retrieve_multiple("account"),
    "msg_setstate": testing.set_state("account", state=1, status=2),
    "msg_update": testing.update("contact", parameters={"ConcurrencyBehavior": 0}),
    "msg_updatemultiple": testing.update_multiple("account", after=[ONE], parameters={"ConcurrencyBehavior": 0}),
    "msg_upsert": testing.upsert("account", after=ONE),
    "msg_win": testing.win(),
}
# Parameters that only some clients send.
OPTIONAL = {"SuppressDuplicateDetection", "RelatedEntitiesQuery", "ReturnNotifications"}
# What the files leave out of the answers.
ANSWERS = {"QueueItemId", "BusinessEntityCollection"}


def kinds(parameters: Any) -> dict[str, object]:
    """The kind of each parameter, and the table that it is of."""
    return {name: kind(value) for name, value in parameters.items() if name not in OPTIONAL | ANSWERS}


def kind(value: Any) -> object:
    if isinstance(value, list):
        items: list[Any] = [*value]
        return sorted({str(kind(item)) for item in items})
    return type(value).__name__, getattr(value, "logical_name", None), getattr(value, "entity_name", None)


@pytest.mark.parametrize("name", LIKE_THE_PLATFORMS)
def test_parameters_are_those_that_the_platform_writes(name: str) -> None:
    theirs = parse_context(serialized()[name])
    ours = LIKE_THE_PLATFORMS[name]
    if name == "msg_setstate":
        assert theirs.message_name == "SetStateDynamicEntity"
    else:
        assert ours.message_name == theirs.message_name
    assert kinds(ours.input_parameters) == kinds(theirs.input_parameters)
    assert kinds(ours.output_parameters) == kinds(theirs.output_parameters)
    assert (ours.primary_entity_name or None) == (theirs.primary_entity_name or None)


def test_an_upsert_response_comes_back_as_it_was_built() -> None:
    context = testing.upsert_multiple("account", after=[{}])
    results: Any = context.output_parameters["Results"]
    assert isinstance(results[0], UnknownValue)
    assert parse_context(encode_context(context)) == context
