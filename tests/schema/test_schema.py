"""The package `schema`: what is valid, what is not, and what is told."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cds_context as c
from cds_context import DecodeError, encode_context, json_schema, parse_context, to_plain
from cds_context.model.kinds import MEMBERS
from cds_context.schema.docstrings import of_members, summary
from cds_context.testing import examples
from cds_context.testing.strategies import contexts
from cds_context.wire.rewriting import WHOLE_FRACTION

from ..batches import each
from ..bodies import SMALL, XRM, body, slot, typed
from ..conformance import Hostile, hostile, serialized
from ..test_conformance import captures
from ..validators import PLAIN, WIRE, agrees, as_json, places, spots

PAGE = Path(__file__).parents[2] / "docs/schema.md"
ID = SMALL["UserId"]


# What is valid


def _assert_valid(raw: bytes) -> None:
    assert places(WIRE, as_json(raw)) == set()
    assert places(PLAIN, to_plain(parse_context(raw), mode="json")) == set()


@each("name", serialized())
def test_what_the_platform_wrote_is_valid(name: str) -> None:
    _assert_valid(serialized()[name])


@pytest.mark.parametrize("path", captures())
def test_what_servers_posted_is_valid(path: Path) -> None:
    _assert_valid(path.read_bytes())


@pytest.mark.repeats
@pytest.mark.parametrize("name", examples())
def test_examples_are_valid(name: str) -> None:
    _assert_valid(examples()[name])


@given(contexts())
def test_any_context_is_valid_when_it_is_encoded_and_when_it_is_plain(context: c.RemoteExecutionContext) -> None:
    assert places(PLAIN, to_plain(context, mode="json")) == set()
    _assert_valid(encode_context(context))


LONG = "http://schemas.datacontract.org/2004/07/"
ODDITIES: dict[str, bytes] = {
    "an id without hyphens": body(UserId="75C2DD85E89EE7118122000D3AA2331C"),
    "a code without a name": body(Stage=99),
    "members that a cut post lacks": json.dumps(
        {name: SMALL[name] for name in SMALL if name not in ("InputParameters", "ParentContext", "PostEntityImages")}
    ).encode(),
    "null for a collection": body(SharedVariables=None),
    "a member that nobody knows": body(Colour={"__type": "Colour:urn:x", "Mix": [{"Value": 3}]}),
    "the declared type, named": body(__type=f"RemoteExecutionContext:{XRM}"),
    "a foreign type where one is declared": body(__type="Context:urn:x"),
    "an object that is neither a type nor a pair": slot('{"Value":"3","key":1}'),
    "a date out of range, where text may stand": slot('"/Date(999999999999999)/"'),
    "an integer of any size": slot("123456789012345678901234567890"),
    "an item of a dictionary with more to it": slot(
        f'{{"__type":"KeyValuePairOfstringstring:{LONG}System.Collections.Generic","key":1,"value":1,"more":1}}'
    ),
}


@pytest.mark.parametrize("raw", ODDITIES.values(), ids=ODDITIES.keys())
def test_what_is_odd_and_read_is_valid(raw: bytes) -> None:
    _assert_valid(raw)


# What is not


def row(**members: Any) -> dict[str, Any]:
    return {"Id": ID, "LogicalName": "contact", "Attributes": [], **members}


def image(**members: Any) -> bytes:
    return body(PreEntityImages=[{"key": "a", "value": row(**members)}])


VALUE = "$.SharedVariables[0].value"
IMAGE = "$.PreEntityImages[0].value"
REFERENCE: dict[str, Any] = {"Id": ID, "LogicalName": "account", "Name": None}
CHOICE: dict[str, Any] = {"__type": f"OptionSetValue:{XRM}", "Value": 1}
ITEM = "KeyValuePairOfstringstring"
ROLE: dict[str, Any] = {"PrimaryEntityRole": None, "SchemaName": "contact_accounts"}
ROWS: dict[str, Any] = {
    "Entities": [],
    "EntityName": None,
    "MinActiveRowVersion": None,
    "MoreRecords": False,
    "PagingCookie": None,
    "TotalRecordCount": -1,
    "TotalRecordCountLimitExceeded": False,
}
RELATED = "RelatedEntities[0].value"

BROKEN: list[tuple[bytes, str]] = [
    (b"[]", "$"),
    (b"null", "$"),
    (json.dumps({name: SMALL[name] for name in SMALL if name != "Stage"}).encode(), "$"),
    (body(Depth="7"), "$.Depth"),
    (body(Depth=1.5), "$.Depth"),
    (body(Depth=True), "$.Depth"),
    (body(Mode=None), "$.Mode"),
    (body(Stage="40"), "$.Stage"),
    (body(IsInTransaction=1), "$.IsInTransaction"),
    (body(MessageName=[]), "$.MessageName"),
    (body(UserId=None), "$.UserId"),
    (body(UserId=""), "$.UserId"),
    (body(UserId="{" + ID + "}"), "$.UserId"),
    (body(UserId=ID + "\n"), "$.UserId"),
    (body(RequestId="x"), "$.RequestId"),
    (body(OperationCreatedOn="2017-09-26T00:04:07Z"), "$.OperationCreatedOn"),
    (body(OperationCreatedOn="/Date(007)/"), "$.OperationCreatedOn"),
    (body(OperationCreatedOn="/Date(0)/\n"), "$.OperationCreatedOn"),
    (body(OperationCreatedOn="/Date(0+2500)/"), "$.OperationCreatedOn"),
    (body(OperationCreatedOn=0), "$.OperationCreatedOn"),
    (body(SharedVariables={}), "$.SharedVariables"),
    (body(SharedVariables=[None]), "$.SharedVariables[0]"),
    (body(SharedVariables=[{"key": "a"}]), "$.SharedVariables[0]"),
    (body(SharedVariables=[{"Key": "a", "Value": 1}]), "$.SharedVariables[0]"),
    (body(SharedVariables=[{"key": "a", "value": 1, "more": 1}]), "$.SharedVariables[0]"),
    (body(SharedVariables=[{"key": 1, "value": 1}]), "$.SharedVariables[0].key"),
    (body(ParentContext=1), "$.ParentContext"),
    (body(ParentContext=SMALL | {"Depth": None}), "$.ParentContext.Depth"),
    (body(ParentContext=SMALL | {"ParentContext": {**SMALL, "UserId": 1}}), "$.ParentContext.ParentContext.UserId"),
    (body(OwningExtension=[]), "$.OwningExtension"),
    (body(OwningExtension=REFERENCE | {"Id": 1}), "$.OwningExtension.Id"),
    (body(OwningExtension=REFERENCE | {"__type": f"Money:{XRM}"}), "$.OwningExtension.__type"),
    (body(OwningExtension=REFERENCE | {"__type": f"RemoteExecutionContext:{XRM}"}), "$.OwningExtension.__type"),
    (body(OwningExtension=REFERENCE | {"__type": None}), "$.OwningExtension.__type"),
    (image(Id=1), f"{IMAGE}.Id"),
    (image(Attributes=None, FormattedValues=[{"key": "a", "value": 1}]), f"{IMAGE}.FormattedValues[0].value"),
    (image(EntityState="Created"), f"{IMAGE}.EntityState"),
    (image(RowVersion=1), f"{IMAGE}.RowVersion"),
    (image(KeyAttributes=[{"key": None, "value": 1}]), f"{IMAGE}.KeyAttributes[0].key"),
    (image(RelatedEntities=[{"key": "a", "value": ROWS}]), f"{IMAGE}.RelatedEntities[0].key"),
    (image(RelatedEntities=[{"key": ROLE, "value": ROWS | {"Entities": [1]}}]), f"{IMAGE}.{RELATED}.Entities[0]"),
    (image(Attributes=[{"key": "a", "value": {"__type": 1}}]), f"{IMAGE}.Attributes[0].value.__type"),
    (slot('{"__type":1}'), f"{VALUE}.__type"),
    (slot(f"[1,[{typed('OptionSetValue', Value='3')}]]"), f"{VALUE}[1][0].Value"),
    (slot(json.dumps({"__type": "Parcel:#Post", "Weight": CHOICE | {"Value": None}})), f"{VALUE}.Weight.Value"),
    (slot(json.dumps({"Loose": {"__type": CHOICE["__type"]}})), f"{VALUE}.Loose"),
    (slot(typed("OptionSetValue")), VALUE),
    (slot(typed("OptionSetValue", Value=1, Extra={"__type": None})), f"{VALUE}.Extra.__type"),
    (slot(typed("Money", Value="1.50")), f"{VALUE}.Value"),
    (slot(typed("Entity", **row(LogicalName=1))), f"{VALUE}.LogicalName"),
    (slot(typed("Entity", Id=ID)), VALUE),
    (slot(typed("EntityReference", LogicalName="x", Name=None)), VALUE),
    (slot(typed("EntityReference", **REFERENCE | {"Name": 1})), f"{VALUE}.Name"),
    (slot(typed("Relationship", PrimaryEntityRole="x", SchemaName=None)), f"{VALUE}.PrimaryEntityRole"),
    (slot(typed("ColumnSet", AllColumns=True, Columns=[1])), f"{VALUE}.Columns[0]"),
    (slot(typed("Label", LocalizedLabels=[None], UserLocalizedLabel=None)), f"{VALUE}.LocalizedLabels[0]"),
    (slot(typed("ConditionExpression", AttributeName="a", Operator=0, Values=1)), f"{VALUE}.Values"),
    (
        slot(typed("FilterExpression", Conditions=[], FilterOperator=0, Filters=[{"Conditions": []}])),
        f"{VALUE}.Filters[0]",
    ),
    (slot(f'{{"__type":"{ITEM}:#System.Collections.Generic","key":"a","value":1}}'), f"{VALUE}.value"),
    (slot(f'{{"__type":"{ITEM}:{LONG}System.Collections.Generic","key":1,"value":"a"}}'), f"{VALUE}.key"),
]


@pytest.mark.parametrize(("raw", "place"), BROKEN, ids=lambda item: item if isinstance(item, str) else "")
def test_a_broken_body_is_refused_at_the_place_where_it_is_broken(raw: bytes, place: str) -> None:
    assert places(WIRE, as_json(raw)) == {place}
    with pytest.raises(DecodeError) as caught:
        parse_context(raw)
    assert agrees(caught.value.path, {place})


BROKEN_PLAIN: list[tuple[dict[str, Any], str]] = [
    ({"stage": None}, "$.stage"),
    ({"user_id": ID.upper()}, "$.user_id"),
    ({"operation_created_on": "/Date(0)/"}, "$.operation_created_on"),
    ({"depth": 2**63}, "$.depth"),
    ({"Depth": 1}, "$"),
    ({"unknown_members": {}}, "$.unknown_members"),
    ({"shared_variables": [{"key": "a", "value": 1}]}, "$.shared_variables"),
    ({"shared_variables": {"a": {"logical_name": "contact"}}}, "$.shared_variables.a"),
    ({"shared_variables": {"a": {"logical_name": "contact", "name": None}}}, "$.shared_variables.a"),
    ({"shared_variables": {"a": {"logical_name": "contact", "id": 1}}}, "$.shared_variables.a.id"),
    ({"shared_variables": {"a": {"entities": [1]}}}, "$.shared_variables.a.entities[0]"),
    ({"shared_variables": {"a": {"key": 1}}}, "$.shared_variables.a"),
    ({"shared_variables": {"a": {"__type": "Parcel:#Post"}}}, "$.shared_variables.a.__type"),
    ({"shared_variables": {"a": {"__type": "Parcel:#Post", "members": 1}}}, "$.shared_variables.a.members"),
    ({"shared_variables": {"a": {"__type": "Money", "value": "1"}}}, "$.shared_variables.a"),
    ({"shared_variables": {"a": {"__type": 1}}}, "$.shared_variables.a.__type"),
    ({"shared_variables": {"a": {"__type": None, "key": {"key": 1}}}}, "$.shared_variables.a.key"),
    ({"pre_entity_images": {"a": 1}}, "$.pre_entity_images.a"),
]


@pytest.mark.parametrize(("members", "place"), BROKEN_PLAIN, ids=lambda item: item if isinstance(item, str) else "")
def test_broken_plain_data_is_refused_at_the_place_where_it_is_broken(members: dict[str, Any], place: str) -> None:
    assert places(PLAIN, {**to_plain(parse_context(body()), mode="json"), **members}) == {place}


# What a schema cannot say

UNSAYABLE: dict[str, bytes] = {
    "a key that stands before in the same collection": body(
        SharedVariables=[{"key": "a", "value": 1}, {"key": "a", "value": 1}]
    ),
    "expected a date as `/Date(…)/` within the years 1 to 9999, found other text": body(
        OperationCreatedOn="/Date(253402300800000)/"
    ),
    "expected an integer, found a fraction": body(Depth=1.0).replace(b'"Depth":1.0', b'"Depth":1E2'),
    f"expected an integer, found {WHOLE_FRACTION.words}": body(Depth=1.0),
    "a number out of the range of a float; parse_float=Decimal reads it": slot("1E400"),
    "a number that no Decimal can hold": slot(typed("Money").replace("}", ',"Value":1E9999999999999999999}')),
    "nested deeper than 320 levels": slot("[" * 330 + "]" * 330),
}
"""What `parse_context` refuses and the schema does not, by the reason that is given."""


@pytest.mark.parametrize("reason", UNSAYABLE)
def test_what_a_schema_cannot_say(reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_context(UNSAYABLE[reason])
    assert caught.value.reason == reason
    assert places(WIRE, as_json(UNSAYABLE[reason])) == set()


def test_the_page_names_all_that_a_schema_cannot_say() -> None:
    told = re.findall(r"^\| [^|]+ \| ``([^|]+)`` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert told == list(UNSAYABLE)


def _assert_agreement(raw: bytes | str) -> None:
    """The schema refuses what `parse_context` refuses, at a place that it names too, and nothing else."""
    found = places(WIRE, as_json(raw))
    error = _decode_error(raw)
    if error is None:
        assert found == set()
    else:
        assert agrees(error.path, found) or error.reason in UNSAYABLE


def _decode_error(raw: bytes | str) -> DecodeError | None:
    try:
        parse_context(raw)
    except DecodeError as error:
        return error
    return None


NO_CASE = re.compile(
    # Parents that nest hundreds of levels deep take the validator seconds each, and it has no stack for thousands.
    r"depth_parents_[23]\d\d|depth_\w+_\d000"
)


def _is_a_case(case: Hostile) -> bool:
    # `Infinity` and, where a number is declared, `NaN` are no JSON, though Python reads them.
    is_number = not re.search(rb':-?Infinity|Value":NaN', case.body)
    return is_number and not NO_CASE.match(case.name) and _is_json(case.body)


def _is_json(raw: bytes) -> bool:
    try:
        as_json(raw)
    except (ValueError, RecursionError):
        return False
    return True


@each("case", filter(_is_a_case, hostile()), ids=lambda case: case.name)
def test_schema_and_parser_agree_on_hostile_bodies(case: Hostile) -> None:
    _assert_agreement(case.body)


BODIES = {name: raw for name, raw in {**examples(), **serialized()}.items() if len(raw) < 8000}
ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", "x", ID, "/Date(0)/", [], {}, [None], [[]], {"key": "a"}),
    {"key": "a", "value": {"__type": "Parcel:#Post", "Weight": 1}},
    *({"__type": name} for name in (None, "", "Parcel:#Post", f"Money:{XRM}", f"Entity:{XRM}")),
    CHOICE,
    REFERENCE,
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good body of which one thing was replaced, removed or added."""
    value = as_json(BODIES[draw(st.sampled_from(sorted(BODIES)))])
    holder, key = draw(st.sampled_from(list(spots(value))))
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "remove":
        del holder[key]
    elif change == "replace":
        holder[key] = draw(st.sampled_from(ODD))
    elif holder.__class__ is list:
        holder.append(draw(st.sampled_from([*ODD, holder[key]])))
    else:
        holder[draw(st.sampled_from(["Extra", "__type", "Value", "key", "Id"]))] = draw(st.sampled_from(ODD))
    return json.dumps(value, separators=(",", ":")).replace("Infinity", "INF")


@settings(max_examples=settings.default.max_examples * 4)  # type: ignore[union-attr] # a profile is loaded
@given(mutated())
def test_schema_and_parser_agree_on_mutated_bodies(raw: str) -> None:
    _assert_agreement(raw)


# What is told


@pytest.mark.parametrize("form", ["wire", "plain"])
def test_schema_is_a_schema_and_valid_for_its_examples(form: Any) -> None:
    schema = json_schema(form)
    validator = {"wire": WIRE, "plain": PLAIN}[form]
    validator.check_schema(schema)
    assert schema["$schema"] == validator.META_SCHEMA["$id"]
    assert schema["$id"] == f"urn:cds-context:schema:{form}"
    assert all(places(validator, example) == set() for example in schema["examples"])
    for name, part in schema["$defs"].items():
        own = validator.evolve(schema={**schema, "$ref": f"#/$defs/{name}"})
        assert all(places(own, example) == set() for example in part.get("examples", []))


@pytest.mark.parametrize("form", ["wire", "plain"])
def test_all_parts_are_used_named_and_described(form: Any) -> None:
    schema = json_schema(form)
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert used == set(schema["$defs"])
    for name, part in schema["$defs"].items():
        assert part["title"] == name
        assert part["description"].endswith(".")


def test_every_member_of_the_main_types_is_described() -> None:
    for cls in (c.RemoteExecutionContext, c.Entity, c.EntityReference, c.EntityCollection):
        properties = json_schema()["$defs"][cls.__name__]["properties"]
        assert all("description" in properties[member.wire] for member in MEMBERS[cls])


def test_codes_have_their_names() -> None:
    told = json_schema()["$defs"]["Mode"]["description"]
    assert told == "Whether the server waits for the step. 0 SYNCHRONOUS, 1 ASYNCHRONOUS; others may come."


@pytest.mark.parametrize("form", ["wire", "plain"])
def test_a_schema_is_the_callers_to_change(form: Any) -> None:
    schema = json_schema(form)
    schema["$defs"]["Guid"]["pattern"] = "x"
    schema["$defs"]["Value"]["else"]["then"]["items"]["$ref"] = "x"
    schema["$defs"]["RemoteExecutionContext"]["properties"].clear()
    assert "x" not in json_schema(form)["$defs"]["Guid"]["pattern"]
    assert json_schema(form)["$defs"]["Value"]["else"]["then"]["items"] == {"$ref": "#/$defs/Value"}
    properties = schema["$defs"]["Entity"]["properties"]
    properties["LogicalName" if form == "wire" else "logical_name"]["anyOf"].clear()
    assert all(part.get("anyOf") != [] for part in schema["$defs"]["EntityReference"]["properties"].values())


@pytest.mark.parametrize("form", ["wire", "plain"])
def test_generators_of_code_find_one_type_in_each_schema(form: Any) -> None:
    # To a generator, which ignores `if`, a Value is anything. Defined by itself, it would be a type in few languages.
    schema = json_schema(form)
    value = schema["$defs"].pop("Value")
    assert [value[key] for key in value if key not in {"title", "description", "if", "then", "else"}] == [[{}]]
    assert all(
        part.get("type").__class__ is not list for holder, key in spots(schema) if (part := _schema(holder, key))
    )


def _schema(holder: Any, key: Any) -> dict[str, Any]:
    return holder[key] if holder[key].__class__ is dict else {}


def test_another_form_is_an_error() -> None:
    with pytest.raises(c.ArgumentError, match="the form is"):
        json_schema("xml")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_without_source_or_docstrings_there_is_less_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("frozen")
    module.__file__ = "nowhere/frozen.py"
    monkeypatch.setitem(sys.modules, "frozen", module)
    assert of_members("frozen", "Bare") == {}
    assert summary(type("Bare", (), {})) == ""
