"""The room `display.changes`: every row that an event is about is answered for, with labels, without asking back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import (
    ChangeStatus,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
    TruncatedContextError,
)
from cds_context.display.changes import changes_by_row, snapshots
from cds_context.testing import (
    Formatted,
    Row,
    assign,
    create_multiple,
    delete_multiple,
    retrieve_multiple,
    truncate,
    update,
)

from ..bodies import event

IDS = [UUID(int=1), UUID(int=2)]
OWNER = EntityReference("systemuser", UUID(int=3), "Ines")


def lines(context: RemoteExecutionContext) -> dict[str, tuple[Any, ...]]:
    """The lines of the only row, by column."""
    (only,) = changes_by_row(context)
    return {
        change.column: (change.old, change.old_label, change.new, change.new_label, change.status)
        for change in only.changes
    }


BEFORE: Row = {"kind": Formatted(OptionSetValue(1), "Any"), "name": "a"}
AFTER: Row = {"kind": Formatted(OptionSetValue(2), "Email"), "name": "a"}
CHANGED, UNCHANGED, UNKNOWN = ChangeStatus


def test_labels_stand_beside_the_values_they_belong_to() -> None:
    found = lines(update("account", before=BEFORE, after=AFTER, pre_image="Pre", post_image="Post"))
    assert found["kind"] == (OptionSetValue(1), "Any", OptionSetValue(2), "Email", CHANGED)
    assert found["name"] == ("a", None, "a", None, UNCHANGED)


def test_several_pre_images_count_as_one() -> None:
    context = update("account", before=BEFORE, after=AFTER, pre_image={"A": ("name",), "B": ("kind",)})
    found = lines(context)
    assert found["kind"][0:2] == (OptionSetValue(1), "Any")
    assert found["name"][4] is UNCHANGED
    (row,) = snapshots(context)
    assert (row["name"], row.formatted("kind")) == ("a", None)


def test_a_name_is_taken_from_another_mention_of_the_same_row() -> None:
    bare = EntityReference("systemuser", OWNER.id)
    context = assign("account", assignee=bare, before={"ownerid": OWNER}, pre_image="Pre")
    assert lines(context)["ownerid"] == (OWNER, "Ines", bare, "Ines", UNCHANGED)


def test_without_an_image_the_old_value_is_not_told() -> None:
    assert lines(update("account", before=BEFORE, after=AFTER))["name"] == (UNSET, None, "a", None, UNKNOWN)


def test_each_row_of_a_bulk_message_has_its_changes() -> None:
    context = create_multiple("account", after=[{"name": "a"}, {"name": "b"}], ids=IDS)
    found = list(changes_by_row(context))
    assert [each.record and each.record.id for each in found] == IDS
    assert [each.changes[0].new for each in found] == ["a", "b"]
    assert [row["name"] for row in snapshots(context)] == ["a", "b"]


def test_labels_of_a_bulk_message_are_those_of_its_row() -> None:
    labels: list[dict[str, str | None]] = [{"kind": "Any"}, {"kind": None}]
    targets = [
        Entity("account", row, {"kind": OptionSetValue(1)}, formatted_values=label)
        for row, label in zip(IDS, labels, strict=True)
    ]
    context = event("UpdateMultiple", {"Targets": EntityCollection(targets)})
    assert [each.changes[0].new_label for each in changes_by_row(context)] == ["Any", None]


def test_references_of_a_bulk_message_have_no_changes() -> None:
    context = delete_multiple("account", ids=IDS)
    assert [(each.record and each.record.id, each.changes) for each in changes_by_row(context)] == [
        (one, []) for one in IDS
    ]


def test_a_message_about_no_row_has_none() -> None:
    context = retrieve_multiple("account", rows=[{"name": "a"}])
    assert [(each.record, each.changes) for each in changes_by_row(context)] == [(None, [])]
    assert list(snapshots(context)) == []


@pytest.mark.parametrize("answer", [changes_by_row, snapshots])
def test_a_truncated_context_says_so(answer: Any) -> None:
    context = truncate(update("account", before=BEFORE, after={"revenue": Money(Decimal(1))}))
    with pytest.raises(TruncatedContextError):
        list(answer(context))
