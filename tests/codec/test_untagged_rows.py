"""Rows without `__type` in parameters that hold rows: read as what their members say, and written back as they came."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest

from cds_context import (
    DecodeError,
    Entity,
    EntityCollection,
    EntityReference,
    RemoteExecutionContext,
    encode_context,
    parse_context,
    redact,
    to_plain,
    validate,
)
from cds_context.event.messages import HOLDING_ROWS, MESSAGES
from cds_context.testing import associate, create_multiple, delete, examples, update
from cds_context.wire.escapes import finish

from ..bodies import XRM, body

ROWS = {f"{name}:{XRM}" for name in ("Entity", "EntityReference", "EntityCollection")}


def untagged(raw: bytes) -> bytes:
    """The body without the `__type` of rows in parameters that hold rows."""

    def strip(value: Any) -> None:
        for row in value if value.__class__ is list else [value]:
            if row.__class__ is dict and row.get("__type") in ROWS:
                del row["__type"]

    # A fraction as it was spelled, between marks that no example has in a text.
    tree = json.loads(raw, parse_float=lambda text: f"@{text}@")
    context = tree
    while context:
        for collection in ("InputParameters", "OutputParameters"):
            for pair in context.get(collection) or ():
                if pair["key"] in HOLDING_ROWS:
                    strip(pair["value"])
        context = context.get("ParentContext")
    text = finish(json.dumps(tree, separators=(",", ":"), ensure_ascii=False))
    return text.replace('"@', "").replace('@"', "").encode()


def rows_of(context: RemoteExecutionContext) -> dict[str, Any]:
    parameters = {**context.input_parameters, **context.output_parameters}
    kinds = (Entity, EntityReference, EntityCollection)
    return {
        name: value
        for name, value in parameters.items()
        if isinstance(value, kinds) or (isinstance(value, list) and value and isinstance(value[0], kinds))
    }


@pytest.mark.parametrize("name", examples())
def test_the_answers_are_those_of_the_body_with_its_types(name: str) -> None:
    raw = examples()[name]
    stripped = untagged(raw)
    context, same = parse_context(raw), parse_context(stripped)
    assert same == context
    assert (same.targets, same.record, same.is_truncated) == (context.targets, context.record, context.is_truncated)
    assert (same.idempotency_key, same.ordering_key) == (context.idempotency_key, context.ordering_key)
    if len(context.targets) < 2 and not context.is_truncated:
        assert same.changes() == context.changes()
        assert same.snapshot() == context.snapshot()
    assert to_plain(same) == to_plain(context)
    assert set(rows_of(context)) <= HOLDING_ROWS or context.message_name not in MESSAGES


@pytest.mark.parametrize("name", examples())
def test_they_go_back_as_they_came(name: str) -> None:
    stripped = untagged(examples()[name])
    context = parse_context(stripped, parse_float=Decimal)
    for same in (context, copy.deepcopy(context), pickle.loads(pickle.dumps(context))):
        assert encode_context(same) == stripped
    tagged = parse_context(examples()[name])
    assert encode_context(redact(context, seed=1)).count(b"__type") == encode_context(context).count(b"__type")
    assert encode_context(redact(tagged, seed=1)).count(b"__type") == encode_context(tagged).count(b"__type")


@pytest.mark.parametrize("name", examples())
def test_validate_keeps_its_finding(name: str) -> None:
    raw = examples()[name]
    before = [finding.code for finding in validate(raw).findings]
    findings = validate(untagged(raw)).findings
    assert [finding.code for finding in findings if finding.code != "CDS504"] == before
    assert ("CDS504" in {finding.code for finding in findings}) is (untagged(raw) != raw)


def test_the_finding_tells_each_place() -> None:
    raw = untagged(
        encode_context(
            associate("contact", relationship="new_x", related=[EntityReference("account")] * 2, parent_context=None)
        )
    )
    (finding,) = (finding for finding in validate(raw).findings if finding.code == "CDS504")
    assert finding.path == "$.InputParameters[0].value"
    assert finding.message == "an object without `__type`, in 3 places"


def targeted(**members: Any) -> bytes:
    return body(InputParameters=[{"key": "Target", "value": members}])


ID = "75c2dd85-e89e-e711-8122-000d3aa2331c"


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Id": ID},
        {"LogicalName": "contact"},
        {"Value": 3},
        {"EntityName": "contact", "MoreRecords": False},
        {"id": ID, "logicalname": "contact"},
    ],
)
def test_what_may_be_something_else_stays_a_dict(members: dict[str, Any]) -> None:
    context = parse_context(targeted(**members))
    assert context.input_parameters["Target"] == members
    assert encode_context(context) == targeted(**members)
    assert context.targets == ()


@pytest.mark.parametrize(
    ("members", "path", "reason"),
    [
        ({"Attributes": []}, "", "the member `Id` is missing"),
        ({"Attributes": [], "Id": ID}, "", "the member `LogicalName` is missing"),
        ({"Attributes": {}, "Id": ID, "LogicalName": "a"}, ".Attributes", "expected an array, found an object"),
        ({"Id": 7, "LogicalName": "a"}, ".Id", "expected an id, found a number"),
        ({"Entities": []}, "", "the member `EntityName` is missing"),
    ],
)
def test_what_lacks_something_is_refused_as_with_its_type(members: dict[str, Any], path: str, reason: str) -> None:
    # A dict in its place would give no targets and no changes, without a word.
    with pytest.raises(DecodeError) as caught:
        parse_context(targeted(**members))
    assert (caught.value.path, caught.value.reason) == (f"$.InputParameters[0].value{path}", reason)


def test_elsewhere_an_object_without_its_type_stays_a_dict() -> None:
    reference = {"Id": ID, "LogicalName": "contact"}
    row = {"Attributes": [{"key": "parentcustomerid", "value": reference}], **reference}
    context = parse_context(
        body(
            InputParameters=[{"key": "Target", "value": row}, {"key": "new_Row", "value": reference}],
            OutputParameters=[{"key": "Target", "value": [[reference], {"a": reference}]}],
        )
    )
    assert context.target_entity
    assert context.target_entity["parentcustomerid"] == reference
    assert context.input_parameters["new_Row"] == reference
    assert context.output_parameters["Target"] == [[reference], {"a": reference}]


@pytest.mark.parametrize("context", [delete("contact"), update("contact")], ids=["Delete", "Update"])
def test_a_row_that_is_put_elsewhere_gets_its_type(context: RemoteExecutionContext) -> None:
    def elsewhere(context: RemoteExecutionContext) -> bytes:
        assert context.target
        return encode_context(
            update("contact", after={"new_row": context.target}, shared_variables={"Other": [context.target]})
        )

    raw = encode_context(context)
    assert elsewhere(parse_context(untagged(raw))) == elsewhere(parse_context(raw))


def test_rows_in_rows_need_no_type() -> None:
    context = create_multiple("contact", after=[{"lastname": "Brandt"}, {"lastname": "Falk"}])
    same = parse_context(untagged(encode_context(context)))
    assert [row["lastname"] for row in same.targets if isinstance(row, Entity)] == ["Brandt", "Falk"]
