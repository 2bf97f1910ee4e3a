"""The room `outcomes`: what a message answered about its rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    RemoteExecutionContext,
    UnknownValue,
    encode_context,
    parse_context,
)
from cds_context.event.messages import MESSAGES
from cds_context.event.outcomes import find_answered, is_created
from cds_context.testing import create_multiple, delete_multiple, retrieve_multiple, update, upsert_multiple

from ..bodies import event

NIL, ONE, TWO, THREE = (UUID(int=number) for number in range(4))


def response(*pairs: Any) -> UnknownValue:
    return UnknownValue("UpsertResponse:#x", {"ResponseName": "Upsert", "Results": list(pairs)})


def created(value: Any) -> dict[str, Any]:
    return {"key": "RecordCreated", "value": value}


@pytest.mark.parametrize(
    ("results", "position", "is_new"),
    [
        ([response(created(True))], 0, True),
        ([response(created(False)), response(created(True))], 1, True),
        ([response(created(True)), response(created(False))], 1, False),
        ([response(created("true"))], 0, False),
        ([response(created(True))], None, False),
        ([response(created(True))], 1, False),
        ([response({"key": "RecordCreated"}, "text")], 0, False),
        ([response({"key": [], "value": True}, created(True))], 0, True),
        ([response()], 0, False),
        ([UnknownValue("UpsertResponse:#x", {})], 0, False),
        (["text"], 0, False),
        ("text", 0, False),
        (None, 0, False),
    ],
)
def test_each_row_of_an_upsert_multiple_is_new_if_its_own_response_says_so(
    results: Any, position: int | None, is_new: bool
) -> None:
    assert is_created(MESSAGES["UpsertMultiple"], {"Results": results, "RecordCreated": True}, position) is is_new


def test_a_row_is_answered_in_its_place() -> None:
    ids: Any = {"Ids": [str(ONE), "text", str(NIL)]}
    found = [find_answered(MESSAGES["CreateMultiple"], ids, position, "account") for position in (0, 1, 2, 3, None)]
    assert found == [EntityReference("account", ONE), None, None, None, None]
    row = EntityReference("account", TWO)
    results: Any = {"Results": [response({"key": "Target", "value": row})], "Target": EntityReference("a", ONE)}
    assert find_answered(MESSAGES["UpsertMultiple"], results, 0, "account") == row
    assert find_answered(MESSAGES["UpsertMultiple"], results, 1, "account") is None


def bulk(name: str, outputs: dict[str, Any], *ids: UUID) -> RemoteExecutionContext:
    rows = [Entity("account", row, {"name": str(number)}) for number, row in enumerate(ids)]
    return event(name, {"Targets": EntityCollection(rows)}, outputs)


def test_a_bulk_create_takes_its_ids_from_the_answer() -> None:
    context = bulk("CreateMultiple", {"Ids": [str(ONE), str(TWO), str(THREE)]}, NIL, NIL, ONE)
    assert [row.id for row in context.records] == [ONE, TWO, ONE]  # an id that was sent stands
    assert [context.snapshot(target=row).id for row in context.targets] == [ONE, TWO, ONE]
    assert [row.id for row in context.targets] == [NIL, NIL, ONE]
    assert context.record is None
    before = bulk("CreateMultiple", {}, NIL, NIL)
    assert [row.id for row in before.records] == [NIL, NIL]
    assert [before.snapshot(target=row).id for row in before.targets] == [NIL, NIL]
    only = bulk("CreateMultiple", {"Ids": [str(ONE)]}, NIL)
    assert only.record == EntityReference("account", ONE)
    assert (only.records, only.snapshot().id) == ((only.record,), ONE)


def test_an_upsert_multiple_says_of_each_row_whether_it_is_new_and_which_it_is() -> None:
    built = upsert_multiple("account", after=[{"name": "A"}, {"name": None}], created=[True, False], ids=[ONE, TWO])
    context = parse_context(encode_context(built))
    new, old = (context.changes(target=row) for row in context.targets)
    assert new["name"].status == "changed"
    assert new["name"].old is None
    assert old["name"].status == "unknown"
    # A row that was sent by an alternate key.
    outputs: Any = dict(context.output_parameters)
    keyed = bulk("UpsertMultiple", outputs, NIL, NIL)
    assert [row.id for row in keyed.records] == [ONE, TWO]
    assert [keyed.snapshot(target=row).id for row in keyed.targets] == [ONE, TWO]
    # A row from elsewhere is none of the targets, and nobody answered for it.
    assert keyed.snapshot(target=Entity("account", NIL)).id == NIL


def test_all_records_of_an_event() -> None:
    assert create_multiple("account", after=[{}, {}], ids=[ONE, TWO]).records == (
        EntityReference("account", ONE),
        EntityReference("account", TWO),
    )
    assert [row.id for row in delete_multiple("account", ids=[ONE, TWO]).records] == [ONE, TWO]
    assert update("account", id=ONE).records == (EntityReference("account", ONE),)
    assert retrieve_multiple("account", rows=[{}]).records == ()


def test_a_message_that_answers_nothing_of_it_creates_no_row() -> None:
    assert not is_created(MESSAGES["Retrieve"], {"RecordCreated": True}, None)
