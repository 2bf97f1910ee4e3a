"""The room `testing.external_messages`: events of virtual tables, as finance and operations apps raise them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cds_context import Entity, EntityReference, Stage
from cds_context.testing import BuildError, on_external_created, on_external_deleted, on_external_updated

TABLE = "mserp_vendorv2entity"
ROW = UUID("00004951-0000-0000-5e1a-005001000000")


def test_the_row_is_named_by_target_only() -> None:
    for build in (on_external_created, on_external_updated):
        context = build(TABLE, id=ROW, after={"mserp_name": "A"})
        assert context.record == EntityReference(TABLE, ROW)
        assert (context.primary_entity_name, context.primary_entity_id.int) == (TABLE, 0)
        assert context.target == Entity(TABLE, ROW, {"mserp_dataareaid": "usmf", "mserp_name": "A"})
    gone = on_external_deleted(TABLE, id=ROW)
    assert gone.target == EntityReference(TABLE, ROW)


def test_a_company_is_a_column_of_the_row() -> None:
    assert on_external_created(TABLE, company="demf").changes()["mserp_dataareaid"].new == "demf"
    assert on_external_updated(TABLE, after={"mserp_dataareaid": "x"}).changes()["mserp_dataareaid"].new == "x"


def test_it_is_told_after_the_event_with_marks_of_its_own() -> None:
    context = on_external_updated(TABLE, asynchronous=True)
    assert (context.stage, context.parent_context) == (Stage.POST_OPERATION, None)
    assert context.shared_variables == {"IsAutoTransact": True, "DefaultsAddedFlag": True}
    assert on_external_updated(TABLE, shared_variables={}).shared_variables == {}


def test_ids_are_made_of_the_table_and_a_number() -> None:
    first, second = (on_external_deleted(TABLE, seed=seed).record for seed in (0, 1))
    assert first
    assert second
    assert first.id.bytes[:8] == second.id.bytes[:8]
    assert int.from_bytes(second.id.bytes[8:], "little") == int.from_bytes(first.id.bytes[8:], "little") + 1
    assert str(first.id)[8:] == "-0000-0000-5e1a-005001000000"


@pytest.mark.parametrize("build", [on_external_created, on_external_updated, on_external_deleted])
def test_there_are_no_other_stages_and_no_images(build: Any) -> None:
    with pytest.raises(BuildError, match="in stage 40"):
        build(TABLE, stage=20)
    with pytest.raises(BuildError, match="the server makes no images for OnExternal"):
        build(TABLE, pre_image="PreImage")
