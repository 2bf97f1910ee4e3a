"""The room `conversion.change_rows`: a flat row for each change, in which null, unknown and lookups are told apart."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given
from msgspec import UNSET

from cds_context import (
    ArgumentError,
    ArgumentTypeError,
    ChangeRow,
    ChangeStatus,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
    TruncatedContextError,
    change_rows,
    parse_context,
)
from cds_context.testing import Formatted, create, create_multiple, custom_api, examples, truncate, update
from cds_context.testing.strategies import events

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
BODIES = {**examples(), **{path.name: path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))}}
ID = UUID(int=7)
FABRIKAM = EntityReference("account", ID, "Fabrikam")


def test_a_row_has_the_event_the_record_and_the_column() -> None:
    before, after = {"a": None, "b": "x"}, {"a": FABRIKAM, "b": None}
    context = update("contact", before=before, after=after, pre_image="Pre", post_image="Post")
    first, second, *rest = change_rows(context)
    event = {
        "event_id": context.idempotency_key,
        "moment": "2026-03-02T09:00:00Z",
        "message": "Update",
        "table": "contact",
        "record_id": str(context.primary_entity_id),
    }
    assert first == event | {
        "column": "a",
        "status": "unknown",
        "submitted": True,
        "kind": "EntityReference",
        "old": None,
        "new": str(ID),
        "old_label": None,
        "new_label": "Fabrikam",
        "old_known": False,
        "new_known": True,
    }
    assert second == event | {
        "column": "b",
        "status": "changed",
        "submitted": True,
        "kind": "str",
        "old": "x",
        "new": None,
        "old_label": None,
        "new_label": None,
        "old_known": True,
        "new_known": True,
    }
    assert [row["column"] for row in rest if row["submitted"]] == [
        "contactid",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
    ]
    assert not any(row["new_known"] for row in rest if not row["submitted"])


NOON = datetime(2024, 5, 17, 12, tzinfo=timezone.utc)
CHANGED = update("contact", before={"telephone1": "1"}, after={"telephone1": "2"}, pre_image="PreImage")
KEYED = EntityReference("account", key_attributes={"accountnumber": "7"})

VALUES: list[tuple[Any, str | None, str | None]] = [
    ("x", "x", "str"),
    ("", "", "str"),
    (None, None, None),
    (14, "14", "int"),
    (True, "true", "bool"),
    (0.5, "0.5", "float"),
    (float("nan"), "NaN", "float"),
    (Decimal("1.50"), "1.50", "Decimal"),
    (Money(Decimal("1.50")), "1.50", "Money"),
    (OptionSetValue(3), "3", "OptionSetValue"),
    ([OptionSetValue(3), OptionSetValue(4)], "[3, 4]", "list[OptionSetValue]"),
    ([1, "x"], '[1, "x"]', "list"),
    ([], "[]", "list"),
    (NOON, "2024-05-17T12:00:00Z", "datetime"),
    (FABRIKAM, str(ID), "EntityReference"),
]


@pytest.mark.parametrize(("value", "text", "kind"), VALUES, ids=repr)
def test_values_are_the_plain_form_as_text(value: Any, text: str | None, kind: str | None) -> None:
    before = Entity("contact", attributes={"a": value})
    event = update("contact", after={"a": "y"}, input_parameters={"Target": before}, pre_entity_images={"Pre": before})
    (row,) = change_rows(event, columns="a")
    assert (row["old"], row["new"], row["kind"]) == (text, text, kind)
    assert (row["old_known"], row["new_known"]) == (True, True)


def test_a_value_that_is_no_scalar_is_json() -> None:
    target = Entity("contact", attributes={"a": KEYED, "b": EntityCollection([Entity("x", ID, {"c": "ä"})])})
    keyed, rows = change_rows(update("contact", input_parameters={"Target": target}), columns=("a", "b"))
    assert json.loads(keyed["new"] or "")["key_attributes"] == {"accountnumber": "7"}
    assert json.loads(rows["new"] or "")["entities"][0]["attributes"] == {"c": "ä"}
    assert "ä" in (rows["new"] or "")


def test_the_kind_of_a_cleared_column_is_that_of_its_old_value() -> None:
    event = update("contact", before={"a": Money(Decimal(1))}, after={"a": None}, pre_image="Pre")
    (row,) = change_rows(event, columns="a")
    assert (row["kind"], row["new"], row["new_known"]) == ("Money", None, True)


def test_each_row_of_a_bulk_message_is_told() -> None:
    context = create_multiple("account", after=[{"name": "a"}, {"revenue": Money(Decimal("1.50"))}])
    rows = change_rows(context, columns={"name", "revenue"})
    assert [(row["column"], row["old"], row["new"]) for row in rows] == [
        ("name", None, "a"),
        ("revenue", None, "1.50"),
    ]
    assert [row["record_id"] for row in rows] == [str(record.id) for record in context.records]


def test_several_images_count_as_one_and_lend_no_label_to_another_value() -> None:
    context = update(
        "account",
        before={"kind": Formatted(OptionSetValue(1), "Any"), "name": "a"},
        after={"kind": OptionSetValue(2), "name": "a"},
        pre_image={"A": ("name",), "B": ("kind",)},
    )
    kind, name = change_rows(context, columns=("kind", "name"))
    assert (kind["old"], kind["old_label"], name["status"]) == ("1", "Any", "unchanged")
    images = {
        "A": Entity("account", attributes={"kind": OptionSetValue(1)}, formatted_values={"kind": "Any"}),
        "B": Entity("account", attributes={"kind": OptionSetValue(3)}),
    }
    contradictory = update("account", after={"kind": OptionSetValue(2)}, pre_entity_images=images)
    (row,) = change_rows(contradictory, columns="kind")
    assert (row["old"], row["old_label"]) == ("3", None)


def test_rows_are_kept_by_status_and_column() -> None:
    context = parse_context(examples()["update"])
    everything = change_rows(context)
    for status in ChangeStatus:
        kept = change_rows(context, status=status)
        assert kept == change_rows(context, status=str(status)) == change_rows(context, status=[status])
        assert kept == [row for row in everything if row["status"] == status]
    assert change_rows(context, status={"changed", "unchanged", "unknown"}) == everything
    assert change_rows(context, status=()) == change_rows(context, columns=()) == []
    both = change_rows(context, status="changed", columns=["telephone1", "firstname"])
    assert [row["column"] for row in both] == ["telephone1"]
    with pytest.raises(ArgumentError, match="a status is one of changed, unchanged, unknown"):
        change_rows(context, status="kanari")


@pytest.mark.parametrize("name", ["", "First Name", "Telephone1", "telephone1,fax", "telephone1\n", "téléphone"])
def test_text_that_is_no_logical_name_is_refused(name: str) -> None:
    for columns in (name, ["telephone1", name]):
        with pytest.raises(ArgumentError, match="a column is given by its logical name: lower-case letters, digits"):
            change_rows(CHANGED, columns=columns)


@pytest.mark.parametrize("parameter", ["status", "columns"])
@pytest.mark.parametrize("names", [b"telephone1", [None], [["telephone1"]]])
def test_only_text_names_a_status_or_a_column(parameter: str, names: Any) -> None:
    given: dict[str, Any] = {parameter: names}
    with pytest.raises(ArgumentTypeError, match=f"^expected str in `{parameter}`, found "):
        change_rows(CHANGED, **given)


def test_a_column_that_was_not_submitted_gives_no_row() -> None:
    assert change_rows(CHANGED, columns="fax") == change_rows(CHANGED, columns=("fax", "new_unheard_of")) == []


def test_a_message_without_columns_has_no_rows() -> None:
    assert change_rows(custom_api("new_Ping")) == []


def test_a_row_that_has_no_id_yet() -> None:
    (row,) = change_rows(create("contact", after={"a": 1}, stage=20, id=UUID(int=0)), columns="a")
    assert (row["table"], row["record_id"]) == ("contact", None)


def test_a_truncated_context_says_so() -> None:
    with pytest.raises(TruncatedContextError):
        change_rows(truncate(update("account")))


def test_half_a_surrogate_pair_is_no_matter() -> None:
    context = update("contact", before={"a\ud83d": "x"}, after={"a\ud83d": "\ud83d"}, pre_image="Pre")
    assert json.dumps(change_rows(context), ensure_ascii=False).encode()


def check(context: RemoteExecutionContext) -> None:
    rows = change_rows(context)
    for row in rows:
        assert list(row) == list(ChangeRow.__annotations__)
        for name, wanted in get_type_hints(ChangeRow).items():
            assert isinstance(row[name], wanted)  # type: ignore[literal-required]
        assert row["old_known"] or (row["old"], row["old_label"]) == (None, None)
        assert row["new_known"] or (row["new"], row["new_label"]) == (None, None)
    assert json.dumps(rows, ensure_ascii=False).encode()
    if len(context.targets) == 1 and max(len(context.pre_entity_images), len(context.post_entity_images)) < 2:
        changes = context.changes().columns.values()
        assert [row["old_known"] for row in rows] == [change.old is not UNSET for change in changes]
        assert [row["new_known"] for row in rows] == [change.new is not UNSET for change in changes]
        assert [row["status"] for row in rows] == [change.status for change in changes]


@pytest.mark.parametrize("name", BODIES)
def test_rows_of_every_example_and_capture(name: str) -> None:
    context = parse_context(BODIES[name])
    if not context.is_truncated:
        check(context)


@given(events())
def test_rows_of_any_event(context: RemoteExecutionContext) -> None:
    if not context.is_truncated:
        check(context)
