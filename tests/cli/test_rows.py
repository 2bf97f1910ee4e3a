"""The room `cli.rows`: a flat row for each submitted column, in which null, missing and lookups are told apart."""

from __future__ import annotations

import json
from decimal import Decimal
from uuid import UUID

from cds_context import EntityReference, Money
from cds_context.cli.rows import rows
from cds_context.testing import create_multiple, custom_api, update

ID = UUID(int=7)
FABRIKAM = EntityReference("account", ID, "Fabrikam")


def test_a_row_has_the_event_the_record_and_the_column() -> None:
    before, after = {"a": None, "b": "x"}, {"a": FABRIKAM, "b": None}
    context = update("contact", before=before, after=after, pre_image="Pre", post_image="Post")
    first, second, *rest = rows(context)
    event = {
        "message": "Update",
        "when": "2026-03-02T09:00:00Z",
        "correlation_id": str(context.correlation_id),
        "table": "contact",
        "id": str(context.primary_entity_id),
    }
    lookup = {"column": "a", "old_label": None, "new": str(ID), "new_label": "Fabrikam", "status": "unknown"}
    text = {"column": "b", "old": "x", "old_label": None, "new": None, "new_label": None, "status": "changed"}
    assert first == event | lookup
    assert second == event | text
    assert [row["column"] for row in rest] == ["contactid", "modifiedon", "modifiedby", "modifiedonbehalfby"]


def test_each_row_of_a_bulk_message_is_told() -> None:
    context = create_multiple("account", after=[{"name": "a"}, {"revenue": Money(Decimal("1.50"))}])
    submitted = [
        (row["column"], row["old"], row["new"]) for row in rows(context) if row["column"] in ("name", "revenue")
    ]
    assert submitted == [("name", None, "a"), ("revenue", None, "1.50")]
    assert len({row["id"] for row in rows(context)}) == 2


def test_a_message_without_columns_has_no_rows() -> None:
    assert list(rows(custom_api("new_Ping"))) == []


def test_half_a_surrogate_pair_is_no_matter() -> None:
    context = update("contact", before={"a\ud83d": "x"}, after={"a\ud83d": "\ud83d"})
    assert json.dumps(next(rows(context)), ensure_ascii=False).encode()
