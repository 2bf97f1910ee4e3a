"""The room `inspection`: what is odd about a context."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from cds_context import DecodeError, RemoteExecutionContext, encode_context, parse_context
from cds_context.testing.strategies import contexts
from cds_context.validation import inspection
from cds_context.validation.inspection import Oddity, inspect
from cds_context.validation.places import Steps

from ..bodies import XRM, body, slot, typed
from ..conformance import hostile, serialized

SLOT = ("SharedVariables", 0, "value")
NEWER = "InitiatingUserAgent, InitiatingUserAzureActiveDirectoryObjectId, UserAzureActiveDirectoryObjectId"
ENTITY: dict[str, Any] = {
    "Attributes": [],
    "EntityState": None,
    "FormattedValues": [],
    "Id": "75c2dd85-e89e-e711-8122-000d3aa2331c",
    "KeyAttributes": [],
    "LogicalName": "contact",
    "RelatedEntities": [],
    "RowVersion": None,
}


class Told(NamedTuple):
    """A sight, with its path as steps."""

    oddity: Oddity
    name: str
    steps: Steps


def sights(text: bytes) -> list[Told]:
    """What is odd, besides that the small body is an old one."""
    found = [Told(sight.oddity, sight.name, sight.path.steps) for sight in inspect(parse_context(text))]
    assert Told(Oddity.NEWER_ABSENT, NEWER, ()) in found
    return [sight for sight in found if sight.name != NEWER]


def entity(**members: Any) -> str:
    return typed("Entity", **(ENTITY | members))


def aliased(**members: Any) -> str:
    common = {"AttributeLogicalName": "a", "EntityLogicalName": "b", "NeedFormatting": True, "ReturnType": 0}
    return typed("AliasedValue", **common, **members)


@pytest.mark.parametrize(
    ("text", "oddity", "name", "steps"),
    [
        ('{"__type":"Visit:#Contoso","Rooms":2}', Oddity.UNKNOWN_TYPE, "Visit:#Contoso", ("__type",)),
        ('[1,{"__type":"A"}]', Oddity.UNKNOWN_TYPE, "A", (1, "__type")),
        (typed("Money", Value=1, Currency="x"), Oddity.UNKNOWN_MEMBER, "Currency", ("Currency",)),
        (entity(RowVersion=None, Colour=1), Oddity.UNKNOWN_MEMBER, "Colour", ("Colour",)),
        ('{"__type":"System.Int32","__value":1}', Oddity.WRAPPED, "", ()),
        ('{"__value":1}', Oddity.WRAPPED, "", ()),
        ('{"a":1}', Oddity.NO_TYPE, "", ()),
        ('[{"a":1}]', Oddity.NO_TYPE, "", (0,)),
        (aliased(Value={"a": 1}), Oddity.NO_TYPE, "", ("Value",)),
        ('"/Date(253402300800000)/"', Oddity.NO_DATE, "", ()),
        ('["/Date(1)"]', Oddity.NO_DATE, "", (0,)),
        ('"2017-09-26T00:04:07Z"', Oddity.ISO_DATE, "", ()),
        ('"2017-09-26T00:04"', Oddity.ISO_DATE, "", ()),
        ('"2017-09-26T00:04:07.1234567+02:00"', Oddity.ISO_DATE, "", ()),
        (aliased(Value="2017-09-26T00:04:07Z"), Oddity.ISO_DATE, "", ("Value",)),
        (typed("OptionSetValue", Value=2**31), Oddity.OUT_OF_RANGE, "Int32", ("Value",)),
        (typed("Money", Value=2**96), Oddity.OUT_OF_RANGE, "Decimal", ("Value",)),
        (entity(EntityState=2**31), Oddity.OUT_OF_RANGE, "Int32", ("EntityState",)),
        (str(2**96), Oddity.OUT_OF_RANGE, "Decimal", ()),
        (f"[1,{-(2**96)}]", Oddity.OUT_OF_RANGE, "Decimal", (1,)),
        (
            typed("ConditionExpression", AttributeName="a", Operator=0, Values=[1, "2017-09-26T00:04:07Z"]),
            Oddity.ISO_DATE,
            "",
            ("Values", 1),
        ),
        (
            entity(Attributes=[{"key": "a", "value": 1}, {"key": "b", "value": "2017-09-26T00:04:07Z"}]),
            Oddity.ISO_DATE,
            "",
            ("Attributes", 1, "value"),
        ),
    ],
)
def test_one_odd_value(text: str, oddity: Oddity, name: str, steps: tuple[str | int, ...]) -> None:
    assert sights(slot(text)) == [Told(oddity, name, SLOT + steps)]


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "{}",
        "[1,true,2.5,null]",
        str(2**96 - 1),  # as a decimal without a fraction
        typed("OptionSetValue", Value=2**31 - 1),
        '"2017-09-26"',
        '"2017-09-26 00:04:07"',
        '"on 2017-09-26T00:04:07Z"',
        '"2017-09-26Talk"',
        '"/Date(1506384247000)/"',
        '["/Date(1506384247000-0700)/"]',
        typed("KeyValuePairOfstringanyType", key="a", value={"b": 1}).replace(XRM, "#System.Collections.Generic"),
        entity(FormattedValues=[{"key": "modifiedon", "value": "2017-09-26T00:04:07+02:00"}]),
        '{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","key":"a","value":"b"}',
        '{"__type":"KeyValuePairOfstringanyType:#System.Collections.Generic","key":"a","value":1}',
        typed("FetchExpression", Query="2017-09-26T00:04:07Z"),
    ],
)
def test_what_servers_write_is_not_odd(text: str) -> None:
    assert sights(slot(text)) == []


def test_in_an_unknown_object_nobody_knows_whose_type_is_declared() -> None:
    text = '{"__type":"A","b":{"c":1},"d":[{"__type":"B"},{"__value":1},"2017-09-26T00:04:07Z"]}'
    assert {(sight.oddity, sight.steps[3:]) for sight in sights(slot(text))} == {
        (Oddity.UNKNOWN_TYPE, ("__type",)),
        (Oddity.UNKNOWN_TYPE, ("d", 0, "__type")),
        (Oddity.WRAPPED, ("d", 1)),
        (Oddity.ISO_DATE, ("d", 2)),
    }


def test_an_unknown_type_where_one_is_declared() -> None:
    text = body(OwningExtension={"__type": "A", **{name: ENTITY[name] for name in ("Id", "LogicalName")}, "Name": None})
    assert [sight for sight in sights(text) if sight.oddity is Oddity.UNKNOWN_TYPE] == [
        Told(Oddity.UNKNOWN_TYPE, "A", ("OwningExtension", "__type"))
    ]


@pytest.mark.parametrize(
    ("text", "oddity", "name"),
    [
        (entity().replace(', "RowVersion": null', ""), Oddity.NEWER_ABSENT, "RowVersion"),
        (aliased(Value=1).replace('"NeedFormatting": true, ', ""), Oddity.NEWER_ABSENT, "NeedFormatting"),
        (
            typed("EntityReference", Id=ENTITY["Id"], LogicalName="contact", Name=None),
            Oddity.NEWER_ABSENT,
            "KeyAttributes, RowVersion",
        ),
        (
            typed("EntityReference", Id=ENTITY["Id"], KeyAttributes=[], LogicalName="contact", RowVersion=None),
            Oddity.ABSENT,
            "Name",
        ),
        (entity().replace('"Attributes": [], ', ""), Oddity.ABSENT, "Attributes"),
        (entity().replace('"EntityState": null, ', ""), Oddity.ABSENT, "EntityState"),
    ],
)
def test_absent_members(text: str, oddity: Oddity, name: str) -> None:
    assert sights(slot(text)) == [Told(oddity, name, SLOT)]


def test_every_place_is_looked_into() -> None:
    rows = {
        "Entities": [ENTITY | {"X2": 1}],
        "EntityName": None,
        "MinActiveRowVersion": None,
        "MoreRecords": False,
        "PagingCookie": None,
        "TotalRecordCount": 0,
        "TotalRecordCountLimitExceeded": False,
    }
    related: Any = {"key": {"PrimaryEntityRole": 1, "SchemaName": "a", "X1": 1}, "value": rows}
    image: Any = ENTITY | {"RelatedEntities": [related], "KeyAttributes": [{"key": "k", "value": {"__type": "T3"}}]}
    text = body(
        InputParameters=[{"key": "Target", "value": {"__type": "T0"}}],
        PreEntityImages=[{"key": "PreImage", "value": image}, {"key": "Other", "value": None}],
        X4={"__type": "T5"},
    )
    assert sorted(sight.name for sight in sights(text)) == ["T0", "T3", "T5", "X1", "X2", "X4"]


def test_parents_are_looked_into() -> None:
    parent = body(SharedVariables=[{"key": "a", "value": {"__type": "A"}}]).decode()
    text = body(ParentContext=0).decode().replace('"ParentContext":0', f'"ParentContext":{parent}').encode()
    assert [sight.steps for sight in sights(text)] == [("ParentContext", *SLOT, "__type")]


@pytest.mark.parametrize(
    ("message", "parameters", "is_odd"),
    [
        ("Update", ["Target"], False),
        ("Update", ["EntityMoniker", "State", "Status"], True),
        ("OnExternalUpdated", ["Target"], False),
        ("OnExternalUpdated", ["LeadId"], True),
        ("Assign", ["LeadId", "Status"], True),
        ("Assign", ["Assignee"], False),
        ("Create", ["Query"], True),
        ("SetState", ["EntityMoniker", "State", "Status"], False),
        ("Win", ["QuoteClose"], False),
        ("Win", ["IncidentResolution"], True),
        ("Update", [], False),
        ("new_Action", ["EntityMoniker"], False),
    ],
)
def test_parameters_that_are_another_messages(message: str | None, parameters: list[str], is_odd: bool) -> None:
    text = body(MessageName=message, InputParameters=[{"key": name, "value": 1} for name in parameters])
    assert sights(text) == [Told(Oddity.CONTRADICTION, "", ("InputParameters",))] * is_odd


@pytest.mark.parametrize("message", [None, ""])
def test_a_message_without_a_name(message: str | None) -> None:
    parameters = [{"key": name, "value": 1} for name in ("Target", "LeadId")]
    text = body(MessageName=message, InputParameters=parameters)
    assert sights(text) == [Told(Oddity.NO_MESSAGE, "", ("MessageName",))]


@given(contexts())
def test_what_is_passed_over_is_not_odd(context: RemoteExecutionContext) -> None:
    hold_passed_over(parse_context(encode_context(context)))


@pytest.mark.repeats
def test_what_is_passed_over_in_the_conformance_files_is_not_odd() -> None:
    for text in [*serialized().values(), *(case.body for case in hostile())]:
        with suppress(DecodeError):
            hold_passed_over(parse_context(text))


@pytest.mark.parametrize("name", ["value_kvp_ss", "value_qe_full", "images_many"])
def test_what_is_passed_over_in_a_few_of_them_is_not_odd(name: str) -> None:
    hold_passed_over(parse_context(serialized()[name]))


def hold_passed_over(context: RemoteExecutionContext) -> None:
    """Find the same as decoded, with all folded, and with every record looked at, of which most are passed over."""
    as_decoded = told(context)
    repr(context)
    assert told(context) == as_decoded
    quiet: dict[type, Any] = vars(inspection)["_QUIET"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inspection, "_QUIET", {int: quiet[int]})
        assert told(context) == as_decoded


def told(context: RemoteExecutionContext) -> list[Told]:
    return [Told(sight.oddity, sight.name, sight.path.steps) for sight in inspect(context)]


def test_deep_values_are_looked_into() -> None:
    deep = slot("[" * 300 + '{"__type":"A"}' + "]" * 300)
    assert [len(sight.steps) for sight in sights(deep)] == [304]
    assert isinstance(parse_context(deep), RemoteExecutionContext)
