"""The rooms `testing.row_messages` and `testing.events`: messages about one row, and what is sent of it."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cds_context import (
    ColumnSet,
    Entity,
    EntityReference,
    KeyValuePair,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
)
from cds_context.testing import Formatted, assign, create, delete, merge, retrieve, set_state, update, upsert

ROW = UUID(int=7)
USER = UUID(int=8)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
FABRIKAM = EntityReference("account", UUID(int=9), "Fabrikam")
INES = EntityReference("systemuser", UUID(int=10), "Ines Marchetti")
BEFORE: dict[str, Any] = {
    "firstname": "Amelie",
    "fullname": "Amelie Brandt",
    "telephone1": "0134",
    "parentcustomerid": FABRIKAM,
    "preferredcontactmethodcode": Formatted(OptionSetValue(1), "Any"),
    "fax": None,
}
AFTER: dict[str, Any] = {
    "firstname": "Amélie",
    "telephone1": None,
    "preferredcontactmethodcode": Formatted(OptionSetValue(2), "Email"),
}
STAMP = {"modifiedon": NOON, "modifiedby": EntityReference("systemuser", USER), "modifiedonbehalfby": None}


def row(context: Any, name: str = "Target") -> Entity:
    assert isinstance(context, RemoteExecutionContext)
    found = context.input_parameters[name]
    assert isinstance(found, Entity)
    return found


def image(images: Any, name: str) -> Entity:
    found = images[name]
    assert isinstance(found, Entity)
    return found


def test_update_sends_what_was_submitted_the_key_and_who_modified_it() -> None:
    context = update("contact", id=ROW, at=NOON, user_id=USER, before=BEFORE, after=AFTER)
    target = row(context)
    submitted = {"firstname": "Amélie", "telephone1": None, "preferredcontactmethodcode": OptionSetValue(2)}
    assert dict(target) == {**submitted, "contactid": str(ROW), **STAMP}
    assert (target.logical_name, target.id) == ("contact", ROW)
    assert len(target.formatted_values) == 0
    assert (context.primary_entity_name, context.primary_entity_id) == ("contact", ROW)
    assert list(context.input_parameters) == ["Target"]
    assert context.output_parameters == {}


def test_updates_parent_holds_what_the_client_sent() -> None:
    context = update("contact", id=ROW, after={"firstname": "Amélie"})
    assert dict(row(context.parent_context)) == {"firstname": "Amélie", "contactid": str(ROW)}
    parent = context.parent_context
    assert parent
    assert parent.input_parameters["SuppressDuplicateDetection"] is False
    assert parent.shared_variables["ChangedEntityTypes"] == [KeyValuePair("contact", "Update")]
    assert "ChangedEntityTypes" not in context.shared_variables


def test_before_stage_20_the_platform_has_written_nothing() -> None:
    context = update("contact", id=ROW, after={"firstname": "Amélie"}, stage=10)
    assert list(row(context)) == ["firstname", "contactid"]
    assert "SuppressDuplicateDetection" in context.input_parameters
    assert "modifiedon" in row(update("contact", stage=20))


def test_a_pre_image_is_the_row_before_without_nulls_but_with_names_and_texts() -> None:
    context = update("contact", id=ROW, before=BEFORE, after=AFTER, pre_image="Old")
    old = image(context.pre_entity_images, "Old")
    assert sorted(old) == sorted([*BEFORE.keys() - {"fax"}, "contactid"])
    assert old["parentcustomerid"] == FABRIKAM
    assert old.formatted_values == {"parentcustomerid": "Fabrikam", "preferredcontactmethodcode": "Any"}
    assert len(context.post_entity_images) == 0


def test_a_post_image_is_the_row_before_with_target_laid_over_it() -> None:
    context = update("contact", id=ROW, at=NOON, before=BEFORE, after=AFTER, post_image="New")
    new = image(context.post_entity_images, "New")
    assert new["firstname"] == "Amélie"
    assert new["fullname"] == "Amelie Brandt"
    assert "telephone1" not in new
    assert new["modifiedon"] == NOON
    assert new.formatted_values["preferredcontactmethodcode"] == "Email"
    assert new.formatted_values["modifiedon"] == "2026-03-02T12:00:00-00:00"


def test_an_image_holds_the_columns_registered_for_it() -> None:
    context = update("contact", before=BEFORE, pre_image={"Name": ["firstname", "fax"], "Phone": ["telephone1"]})
    assert {name: dict(image(context.pre_entity_images, name)) for name in context.pre_entity_images} == {
        "Name": {"firstname": "Amelie"},
        "Phone": {"telephone1": "0134"},
    }


def test_the_server_adds_its_own_image_to_asynchronous_steps() -> None:
    own = "AsynchronousStepPrimaryName"
    context = update("contact", id=ROW, before=BEFORE, after=AFTER, pre_image="Old", asynchronous=True)
    assert list(context.pre_entity_images) == ["Old"]
    assert dict(image(context.post_entity_images, own)) == {"fullname": "Amelie Brandt", "contactid": str(ROW)}
    assert context.parent_context
    assert len(context.parent_context.post_entity_images) == 0
    assert list(image(create("new_project", asynchronous=True).post_entity_images, own)) == ["new_projectid"]
    assert list(image(delete("contact", before=BEFORE, asynchronous=True).pre_entity_images, own)) == [
        "fullname",
        "contactid",
    ]
    assert list(assign("account", assignee=INES, asynchronous=True).pre_entity_images) == [own]
    assert len(upsert("account", asynchronous=True).post_entity_images) == 0


def test_key_and_name_columns_can_be_given() -> None:
    context = update(
        "new_visit",
        id=ROW,
        primary_key="activityid",
        primary_name="new_place",
        before={"new_place": "Jena"},
        asynchronous=True,
    )
    assert row(context)["activityid"] == str(ROW)
    assert dict(image(context.post_entity_images, "AsynchronousStepPrimaryName")) == {
        "new_place": "Jena",
        "activityid": str(ROW),
    }


def test_columns_that_are_given_stand() -> None:
    context = update("contact", after={"contactid": str(USER), "modifiedon": NOON})
    assert row(context)["contactid"] == str(USER)
    assert row(context)["modifiedon"] == NOON


def test_create_sends_the_row_with_who_created_it_and_its_id() -> None:
    context = create("contact", id=ROW, at=NOON, user_id=USER, after=BEFORE, post_image="New")
    target = row(context)
    assert target["contactid"] == str(ROW)
    assert (target["createdon"], target["createdby"]) == (NOON, STAMP["modifiedby"])
    assert {column: target[column] for column in STAMP} == STAMP
    assert target["parentcustomerid"] == EntityReference("account", FABRIKAM.id)
    assert target.formatted_values["preferredcontactmethodcode"] == "Any"
    assert "parentcustomerid" not in target.formatted_values
    assert context.output_parameters == {"id": str(ROW)}
    assert context.shared_variables == {"IsAutoTransact": True, "DefaultsAddedFlag": True}
    assert image(context.post_entity_images, "New")["parentcustomerid"] == FABRIKAM


@pytest.mark.parametrize("stage", [10, 20])
def test_a_row_that_is_not_yet_created_has_no_id(stage: int) -> None:
    context = create("contact", after={"firstname": "Amélie"}, stage=stage)
    assert context.primary_entity_id.int == row(context).id.int == 0
    assert "contactid" not in row(context)
    assert context.output_parameters == {}
    given = create("contact", id=ROW, stage=stage)
    assert given.primary_entity_id == row(given).id == ROW
    assert row(given)["contactid"] == str(ROW)


def test_creates_texts_come_after_the_operation() -> None:
    assert len(row(create("contact", after=BEFORE, stage=20)).formatted_values) == 0


def test_delete_names_the_row_and_shows_it_before() -> None:
    context = delete("contact", id=ROW, before=BEFORE, pre_image="Old")
    assert context.input_parameters == {"Target": EntityReference("contact", ROW)}
    assert image(context.pre_entity_images, "Old")["telephone1"] == "0134"


def test_upsert_by_key() -> None:
    context = upsert("new_reading", id=ROW, after={"new_value": 21.5}, keys={"new_sensor": "T-7"}, created=False)
    target = row(context)
    assert target.id.int == 0
    assert target.key_attributes == {"new_sensor": "T-7"}
    assert dict(target) == {"new_value": 21.5}
    assert context.output_parameters == {"RecordCreated": False, "Target": EntityReference("new_reading", ROW)}
    assert row(upsert("new_reading", id=ROW)).id == ROW


def test_retrieve_answers_with_the_columns_that_were_asked_for() -> None:
    context = retrieve("contact", id=ROW, row=BEFORE, columns=["firstname"])
    asked = ColumnSet(all_columns=False, columns=["firstname"], attribute_expressions=[])
    assert context.input_parameters["ColumnSet"] == asked
    found = context.output_parameters["BusinessEntity"]
    assert isinstance(found, Entity)
    assert list(found) == ["firstname", "contactid"]
    everything = retrieve("contact", row=BEFORE)
    asked = ColumnSet(all_columns=True, columns=[], attribute_expressions=[])
    assert everything.input_parameters["ColumnSet"] == asked
    found = everything.output_parameters["BusinessEntity"]
    assert isinstance(found, Entity)
    assert "telephone1" in found


def test_assign_changes_the_owner() -> None:
    context = assign("account", id=ROW, assignee=INES, before={"name": "Fabrikam"}, post_image="New")
    assert context.input_parameters == {"Target": EntityReference("account", ROW), "Assignee": INES}
    assert image(context.post_entity_images, "New")["ownerid"] == INES


def test_set_state_changes_state_and_status() -> None:
    context = set_state("account", id=ROW, state=1, status=2, before={"name": "Fabrikam"}, post_image="New")
    assert context.message_name == "SetState"
    assert context.input_parameters == {
        "EntityMoniker": EntityReference("account", ROW),
        "State": OptionSetValue(1),
        "Status": OptionSetValue(2),
    }
    new = image(context.post_entity_images, "New")
    assert (new["name"], new["statecode"], new["statuscode"]) == ("Fabrikam", OptionSetValue(1), OptionSetValue(2))


def test_merge_changes_the_row_that_stays() -> None:
    content = {"revenue": Money(Decimal(5))}
    context = merge("account", id=ROW, subordinate_id=USER, content=content, parenting_checks=True, post_image="New")
    assert context.input_parameters["Target"] == EntityReference("account", ROW)
    assert context.input_parameters["SubordinateId"] == str(USER)
    assert dict(row(context, "UpdateContent")) == content
    assert context.input_parameters["PerformParentingChecks"] is True
    assert image(context.post_entity_images, "New")["revenue"] == content["revenue"]
    assert merge("account").input_parameters["SubordinateId"] != str(merge("account").primary_entity_id)


def test_arguments_are_not_changed() -> None:
    before, after = dict(BEFORE), dict(AFTER)
    update("contact", before=before, after=after, pre_image="Old", post_image="New", asynchronous=True)
    assert (before, after) == (BEFORE, AFTER)
