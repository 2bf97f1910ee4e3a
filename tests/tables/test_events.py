"""The room `tables.events`: a row for each event, read in two ways that agree."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from msgspec.structs import replace

from cds_context import (
    DecodeError,
    Mode,
    ParameterError,
    RemoteExecutionContext,
    UnknownMomentError,
    encode_context,
    parse_context,
)
from cds_context.tables import Body, events_table
from cds_context.tables.reading import moment_of, read_context
from cds_context.testing import examples, truncate, update
from cds_context.testing.strategies import contexts, events
from cds_context.wire.dates import LOCAL
from tests.bodies import body

from .consumed import known_bodies, rows_of

KNOWN = [Body(data, name, 7) for name, data in known_bodies().items()]


def expected(context: RemoteExecutionContext) -> dict[str, Any]:
    """The row of an event, by the public API alone."""
    record = context.record
    try:
        moment: Any = context.operation_created_on_utc
    except UnknownMomentError:
        moment = None
    return {
        "event_id": context.idempotency_key,
        "moment": moment,
        "message": escaped(context.message_name),
        "table": escaped(record.logical_name if record else context.primary_entity_name),
        "record_id": str(record.id) if record and record.id.int else None,
        "stage": int(context.stage),
        "mode": int(context.mode),
        "depth": context.depth,
        "organization_id": str(context.organization_id),
        "organization": escaped(context.organization_name),
        "correlation_id": str(context.correlation_id),
        "operation_id": str(context.operation_id),
        "request_id": str(context.request_id) if context.request_id else None,
        "user_id": str(context.user_id),
        "initiating_user_id": str(context.initiating_user_id),
        "step_id": str(context.owning_extension.id) if context.owning_extension else None,
        "row_version": context.row_version,
        "truncated": context.is_truncated,
    }


def escaped(text: str | None) -> str | None:
    return text and text.encode("utf-8", "backslashreplace").decode()


def in_utc(row: dict[str, Any]) -> dict[str, Any]:
    moment = row["moment"]
    return {**row, "moment": moment and moment.astimezone(timezone.utc)}


def test_every_known_body_gives_the_row_of_the_public_api_or_an_error() -> None:
    errors: list[Any] = []
    table = events_table(KNOWN, on_error=errors.append)
    rows = {row.pop("source"): row for row in rows_of(table)}
    refused: dict[str, str] = {}
    reasons = {error.source: error.reason for error in errors}
    for name, data in known_bodies().items():
        try:
            context = read_context(data, is_strict=True)
            if not context.is_truncated:
                context.require_complete()
            wanted = expected(context)
        except (DecodeError, ParameterError) as error:
            refused[name] = str(error)
            continue
        if not -(2**63) <= context.depth < 2**63:
            refused[name] = "a stage, a mode or a depth beyond 64 bits - at `$`"
            continue
        row = in_utc(rows.pop(name))
        assert row.pop("position") == 7
        assert row == wanted, name
    assert not rows
    assert reasons == refused
    counts = table.counts
    assert counts.read == counts.events + counts.errors == len(KNOWN)
    assert counts.rows == counts.events > 500
    assert counts.errors > 200


@given(events())
def test_what_builders_make_is_read_the_same_in_both_ways(context: RemoteExecutionContext) -> None:
    check(context)


@given(contexts())
def test_what_strategies_make_is_read_the_same_in_both_ways(context: RemoteExecutionContext) -> None:
    check(context)


def check(context: RemoteExecutionContext) -> None:
    data = encode_context(context)
    lean, strict = events_table([data]), events_table([data], strict=True)
    assert rows_of(lean) == rows_of(strict)
    assert lean.counts.events == strict.counts.events
    assert rows_of(lean.errors) == rows_of(strict.errors)


XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"
ID = "6d81597f-0f9f-e711-8122-000d3aa2331c"
TARGET: dict[str, Any] = {
    "__type": f"EntityReference:{XRM}",
    "Id": ID,
    "KeyAttributes": [],
    "LogicalName": "contact",
    "Name": None,
    "RowVersion": None,
}


def targeting(message: str | None = "own_message", **members: Any) -> bytes:
    """A small body in which a reference is the target."""
    given: dict[str, Any] = {"MessageName": message, "InputParameters": [{"key": "Target", "value": TARGET}]}
    return body(**(given | members))


def one_row(data: bytes | str) -> dict[str, Any]:
    """The row of a body, which both ways of reading give."""
    (row,) = rows_of(events_table([data]))
    assert [row] == rows_of(events_table([data], strict=True))
    return row


def test_a_member_that_the_table_does_not_need_is_only_json_unless_strict() -> None:
    broken = targeting().replace(b'"ParentContext":null', b'"ParentContext":{}')
    assert len(rows_of(events_table([broken]))) == 1
    (error,) = rows_of(events_table([broken], strict=True).errors)
    assert error["reason"].endswith("at `$.ParentContext`")


@pytest.mark.parametrize(
    "change",
    [
        {"ParentContext": 5},
        {"SharedVariables": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]},
        {"OutputParameters": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]},
        {"OutputParameters": {}},
        {"Depth": 2**63},
        {"PrimaryEntityId": "no id"},
    ],
    ids=str,
)
def test_a_fault_in_the_envelope_is_found_in_both_ways(change: dict[str, Any]) -> None:
    assert len(rows_of(events_table([targeting(**change)]).errors)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"UserId": ID.upper()},
        {"OperationCreatedOn": "/Date(-62135596800000)/"},
        {"OperationCreatedOn": "/Date(1506384247000+2300)/"},
        {"OwningExtension": TARGET | {"Name": 5, "__type": None}},
        {"OrganizationName": "or\u00e9"},
        {"InputParameters": [{"key": "Target", "value": TARGET | {"Id": str(UUID(int=0))}}]},
        {"InputParameters": [{"key": "Target", "value": TARGET | {"LogicalName": ""}}]},
        {"PostEntityImages": None},
        {"Mode": 7},
        {"RequestId": ID},
        {"MessageName": "own_m\u00e9ssage"},
    ],
    ids=str,
)
def test_what_is_rare_is_read_the_same_in_both_ways(change: dict[str, Any]) -> None:
    data = targeting(**change)
    assert rows_of(events_table([data])) == rows_of(events_table([data], strict=True))
    assert rows_of(events_table([data]).errors) == rows_of(events_table([data], strict=True).errors)


def test_the_moment_of_an_asynchronous_step_is_its_wall_clock() -> None:
    for text in ("/Date(1506409448123-0700)/", "/Date(1506409448123+0230)/", "/Date(1506409448123)/"):
        data = targeting(Mode=1, OperationCreatedOn=text)
        assert one_row(data)["moment"] == parse_context(data).operation_created_on_utc
    assert one_row(targeting(OperationCreatedOn="/Date(1506409448123-0700)/"))["moment"] == datetime(
        2017, 9, 26, 7, 4, 8, 123000, timezone.utc
    )


def versioned(*images: Any, message: str = "Update", **inputs: Any) -> bytes:
    row: dict[str, Any] = {"Attributes": [], "EntityState": None, "FormattedValues": [], "Id": ID, "KeyAttributes": []}
    row |= {"LogicalName": "contact", "RelatedEntities": [], "RowVersion": "41"}
    after = [
        {"key": f"Image{index}", "value": {**row, "Attributes": [{"key": "versionnumber", "value": version}]}}
        for index, version in enumerate(images)
    ]
    parameters = {"Target": {"__type": f"Entity:{XRM}", **row}, **inputs}
    pairs = [{"key": key, "value": value} for key, value in parameters.items()]
    return body(MessageName=message, InputParameters=pairs, PostEntityImages=after)


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (versioned(), 41),
        (versioned(7), 7),
        (versioned(7, 7), 7),
        (versioned(7, 8), None),
        (versioned("7"), 41),
        (versioned(2**63), None),
        (versioned(7).replace(b"versionnumber", b"\\u0076ersionnumber"), 7),
        (versioned().replace(b'"41"', b'"4x"'), None),
        (versioned().replace(b'"41"', b"null"), None),
        (versioned(ConcurrencyBehavior=1), 41),
        (versioned(ConcurrencyBehavior=2), None),
        (versioned(ConcurrencyBehavior=2.0), None),
        (versioned(message="Retrieve"), None),
    ],
)
def test_the_version_orders_the_events_of_a_row(data: bytes, version: int | None) -> None:
    assert one_row(data)["row_version"] == version


def test_an_image_that_is_null_tells_no_version() -> None:
    assert one_row(body(**{**json.loads(versioned()), "PostEntityImages": [{"key": "Image", "value": None}]}))


def test_a_reference_in_place_of_a_row_to_write_is_an_error() -> None:
    (error,) = rows_of(events_table([targeting("Update")]).errors)
    assert "should be the row with its columns" in error["reason"]


def test_a_truncated_event_has_a_row_and_is_marked() -> None:
    table = events_table([encode_context(truncate(update("contact", after={"a": "b"}))), examples()["update"]])
    assert [row["truncated"] for row in rows_of(table)] == [True, False]
    assert table.counts.truncated == 1


def test_a_transport_that_says_so_marks_an_event_as_truncated() -> None:
    table = events_table([Body(examples()["update"], "a", 0, size_exceeded=True)])
    assert rows_of(table)[0]["truncated"] is True


def test_a_moment_that_the_body_does_not_tell_is_null() -> None:
    unknown = datetime(2017, 9, 26, tzinfo=timezone(timedelta(0), LOCAL))
    context = replace(parse_context(targeting()), mode=Mode.ASYNCHRONOUS, operation_created_on=unknown)
    assert moment_of(context) is None
