"""The room `testing.completion`: a body that was cut by hand becomes whole, and everybody can see what was made up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import (
    DecodeError,
    Mode,
    RemoteExecutionContext,
    Stage,
    encode_context,
    parse_context,
    validate,
)
from cds_context.model.kinds import MEMBERS
from cds_context.testing import Completion, complete, create, examples, update
from cds_context.testing.completion import INVENTED

from ..bodies import SMALL

UPDATE: dict[str, Any] = json.loads(examples()["update"])
KEPT = ("InputParameters", "MessageName", "OperationId", "OrganizationName", "PrimaryEntityId", "PrimaryEntityName")


def cut(*names: str, **members: Any) -> bytes:
    """The example with these members only, and others in place of some."""
    return json.dumps({name: UPDATE[name] for name in names} | members).encode()


def test_a_body_of_a_few_members_becomes_one_that_a_server_might_write() -> None:
    completion = complete(cut(*KEPT, "Stage"))
    assert validate(completion.body).findings == ()
    context, whole = parse_context(completion.body), parse_context(examples()["update"])
    assert context.input_parameters == whole.input_parameters
    assert context.record == whole.record
    assert context.changes().submitted.keys() == whole.changes().submitted.keys()
    assert (context.stage, context.mode, context.depth, context.is_in_transaction) == (40, 0, 1, True)
    assert context.is_truncated is False
    assert not context.parents


def test_what_was_made_up_is_told_in_the_order_of_the_wire() -> None:
    names = [member.wire for member in MEMBERS[RemoteExecutionContext]]
    made_up = complete(cut(*KEPT)).made_up
    assert made_up == tuple(f"$.{name}" for name in names if name not in KEPT)
    assert repr(Completion(b"{}", made_up[:2])) == "<Completion: $.BusinessUnitId, $.CorrelationId made up>"
    assert repr(Completion(b"{}", ())) == "<Completion: nothing made up>"


def test_nobody_takes_what_was_made_up_for_a_servers() -> None:
    context = parse_context(complete(cut("MessageName", "InputParameters", PrimaryEntityName="new_thing")).body)
    ids = [str(value) for value in INVENTED.values() if str(value).startswith("facade00-")]
    assert len(ids) == 6
    for value in (context.business_unit_id, context.correlation_id, context.user_id, context.organization_id):
        assert str(value) in ids
        assert value.version is None
    assert context.user_id == context.initiating_user_id
    assert context.organization_name == "made-up"
    assert context.operation_created_on.isoformat() == "2000-01-01T00:00:00+00:00"
    assert context.owning_extension is None
    assert context.request_id is None


def test_equal_bodies_are_completed_alike() -> None:
    assert complete(cut(*KEPT)) == complete(cut(*KEPT))


@pytest.mark.parametrize("name", examples())
def test_a_body_that_lacks_nothing_stays_as_it_is(name: str) -> None:
    body = examples()[name]
    assert complete(body) == Completion(body, ())


GIVEN = cut(*KEPT)
FORMS: dict[str, bytes | bytearray | memoryview | str] = {
    "bytes": GIVEN,
    "bytearray": bytearray(GIVEN),
    "memoryview": memoryview(GIVEN),
    "text": GIVEN.decode(),
    "byte order mark": b"\xef\xbb\xbf" + GIVEN,
    "JSON in JSON": json.dumps("\ufeff" + GIVEN.decode()),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_body_is_taken_in_every_form_that_is_read(form: str) -> None:
    assert complete(FORMS[form]) == complete(GIVEN)


def test_numbers_and_unknown_members_stay_as_they_are() -> None:
    odd = b'{"MessageName":"Update","New":1.50,"InputParameters":[{"key":"a","value":-0.0},{"key":"b","value":1E+2}]}'
    body = complete(odd).body
    for piece in (b'"New":1.50', b'"value":-0.0', b'"value":1E+2'):
        assert piece in body


def test_what_an_older_server_does_not_write_is_not_missing() -> None:
    body = json.dumps(SMALL)
    assert "InitiatingUserAgent" not in SMALL
    assert complete(body) == Completion(encode_context(parse_context(body)), ())


@pytest.mark.parametrize("name", ["PreEntityImages", "PostEntityImages", "ParentContext"])
def test_what_only_a_person_takes_out_alone_is_missing(name: str) -> None:
    context = {key: value for key, value in UPDATE.items() if key != name}
    assert complete(json.dumps(context)).made_up == (f"$.{name}",)


def test_a_body_that_a_server_cut_stays_cut() -> None:
    assert complete(examples()["update-too-large"]).made_up == ()
    completion = complete(cut("MessageName", "UserId"))
    assert parse_context(completion.body).is_truncated
    assert "$.PreEntityImages" not in completion.made_up


def test_parents_are_completed_too() -> None:
    parent: dict[str, Any] = {"MessageName": "Update", "InputParameters": []}
    completion = complete(cut(*KEPT, ParentContext=parent | {"ParentContext": parent}))
    context = parse_context(completion.body)
    assert [(each.stage, each.depth) for each in context.parents] == [(30, 1), (30, 1)]
    assert "$.ParentContext.ParentContext.Stage" in completion.made_up
    assert completion.made_up.count("$.ParentContext.ParentContext.ParentContext") == 1


def test_a_whole_body_with_a_cut_parent_is_completed_there() -> None:
    parent = {name: value for name, value in UPDATE["ParentContext"].items() if name != "Depth"}
    completion = complete(json.dumps({**UPDATE, "ParentContext": parent}))
    assert completion.made_up == ("$.ParentContext.Depth",)
    assert parse_context(completion.body) == parse_context(examples()["update"])


NIL = "00000000-0000-0000-0000-000000000000"
ROW = {"LogicalName": "account", "Id": "7062304a-0677-53ac-a389-c6c372260ab4"}


@pytest.mark.parametrize(
    ("members", "table", "row"),
    [
        ({"InputParameters": [{"key": "Target", "value": ROW}]}, "account", ROW["Id"]),
        ({"InputParameters": [{"key": "Other", "value": ROW}]}, "none", NIL),
        ({"InputParameters": [{"key": "Target", "value": ROW | {"LogicalName": None}}]}, "none", NIL),
        ({"InputParameters": None}, "none", NIL),
        ({"PrimaryEntityName": "new_thing"}, "new_thing", "facade00-0000-0000-0000-000000000006"),
        ({"PrimaryEntityName": "none"}, "none", NIL),
        ({"PrimaryEntityName": None}, None, NIL),
        ({"PrimaryEntityId": ROW["Id"]}, "none", ROW["Id"]),
    ],
)
def test_the_row_is_the_one_that_the_parameters_name(members: dict[str, Any], table: str | None, row: str) -> None:
    context = parse_context(complete(json.dumps({"MessageName": "new_Ping", **members})).body)
    assert (context.primary_entity_name, str(context.primary_entity_id)) == (table, row)


@pytest.mark.parametrize(
    ("members", "expected"),
    [({}, True), ({"Mode": 1}, False), ({"Stage": 10}, False), ({"Mode": 0, "Stage": 20}, True)],
)
def test_what_follows_from_the_rest_follows(members: dict[str, int], expected: bool) -> None:
    context = parse_context(complete(cut(*KEPT, **members)).body)
    assert context.is_in_transaction is expected
    assert (context.mode, context.stage) == (members.get("Mode", 0), members.get("Stage", 40))


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ("{}", "$", "missing"),
        (cut("UserId"), "$", "the member `MessageName` is missing, and cannot be made up"),
        (cut(*KEPT, ParentContext={"Depth": 1}), "$.ParentContext", "the member `MessageName` is missing"),
        (cut(*KEPT, ParentContext=3), "$.ParentContext", "expected an object, found a number"),
        (cut(*KEPT, Depth="x"), "$.Depth", "expected an integer, found text"),
        (cut("MessageName", InputParameters={}), "$.InputParameters", "expected an array, found an object"),
        (cut("MessageName", PrimaryEntityName=[]), "$.PrimaryEntityName", "expected text, found an array"),
        ("[]", "$", "expected an object"),
        ("", "$", "the body is empty"),
        ('{"MessageName":', "$", "malformed JSON"),
        (b"\xff", "$", "not UTF-8"),
        ("[" * 100_000, "$", "nested deeper"),
        ('{"MessageName":"a","ParentContext":' * 400 + "null" + "}" * 400, None, "nested deeper"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_where(body: bytes | str, path: str | None, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        complete(body)
    assert path in {None, caught.value.path}
    assert reason in caught.value.reason


def test_everything_that_can_be_missing_can_be_made_up() -> None:
    names = {member.wire for member in MEMBERS[RemoteExecutionContext]}
    follow = {"IsInTransaction", "PrimaryEntityId", "PrimaryEntityName", "Stage"}
    assert names == {*INVENTED, *follow, "InputParameters", "MessageName"}


@given(
    st.sampled_from([update, create]),
    st.sets(st.sampled_from([member.wire for member in MEMBERS[RemoteExecutionContext]])),
)
def test_whatever_was_cut_the_rest_stays(build: Any, gone: set[str]) -> None:
    whole = build("contact", after={"fullname": "Amélie"})
    members = json.loads(encode_context(whole))
    kept = {name: value for name, value in members.items() if name not in gone or name == "MessageName"}
    completion = complete(json.dumps(kept))
    completed = json.loads(completion.body)
    assert {name: completed[name] for name in kept} == kept
    if completion.made_up:
        assert {f"$.{name}" for name in completed if name not in kept} == set(completion.made_up)
    assert complete(completion.body) == Completion(completion.body, ())
    assert isinstance(parse_context(completion.body).stage, Stage)
    assert isinstance(parse_context(completion.body).mode, Mode)
