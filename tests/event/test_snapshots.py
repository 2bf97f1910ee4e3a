"""The room `snapshots`: parts of a row laid over each other."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cds_context import Entity, EntityReference, Money, OptionSetValue, Snapshot, Source, Value
from cds_context.event.changes import compare, same_value
from cds_context.event.snapshots import Part, lay, part_of
from cds_context.testing.strategies import values

ONE = UUID(int=1)
ROW = EntityReference("contact", ONE)
ADA, ADA_UNNAMED = EntityReference("systemuser", ONE, "Ada"), EntityReference("systemuser", ONE)


def image(labels: dict[str, str | None] | None = None, /, **columns: Value) -> Part:
    return part_of(Source.PRE_IMAGE, Entity("contact", ONE, columns, formatted_values=labels or {}))


def submitted(labels: dict[str, str | None] | None = None, /, **columns: Any) -> Part:
    return Part(Source.INPUT, columns, labels or {})


def test_later_parts_lie_over_earlier_ones_in_the_order_of_the_first() -> None:
    snapshot = lay(ROW, [image(a=1, b=2, c=3), submitted(d=5, b=4, c=None)])
    assert list(snapshot.attributes.items()) == [("a", 1), ("b", 4), ("c", None), ("d", 5)]
    assert list(snapshot.sources.items()) == [
        ("a", Source.PRE_IMAGE),
        ("b", Source.INPUT),
        ("c", Source.INPUT),
        ("d", Source.INPUT),
    ]
    assert (snapshot.logical_name, snapshot.id) == ("contact", ONE)


def test_a_value_that_nobody_tells_takes_the_old_one_away() -> None:
    snapshot = lay(ROW, [image({"a": "one"}, a=1), submitted(a=UNSET)])
    assert (dict(snapshot), dict(snapshot.formatted_values), dict(snapshot.sources)) == ({}, {}, {})
    assert lay(ROW, [submitted(a=UNSET), image({"a": "two"}, a=2)]).formatted_values == {"a": "two"}


def test_a_label_stays_with_its_value_and_goes_with_it() -> None:
    old = image(
        {"a": "One", "b": "Two", "c": "Three", "d": "Four", "e": "Five"}, a=1, b=2, c=OptionSetValue(3), d=4, e=5
    )
    new = submitted({"a": "one", "b": None, "f": "Six"}, a=1, b=2, c=OptionSetValue(3), d=5, e=None)
    assert lay(ROW, [old, new]).formatted_values == {"a": "one", "b": "Two", "c": "Three"}


def test_a_label_without_its_column_is_left_out() -> None:
    assert lay(ROW, [image({"a": "One"}), submitted(a=1)]).formatted_values == {}


def test_a_lookup_keeps_its_name_while_it_points_to_the_same_row() -> None:
    assert lay(ROW, [image(a=ADA), submitted(a=ADA_UNNAMED)])["a"] == ADA
    assert lay(ROW, [image(a=ADA_UNNAMED), submitted(a=ADA)])["a"] == ADA
    other = EntityReference("systemuser", UUID(int=2))
    assert lay(ROW, [image(a=ADA), submitted(a=other)])["a"] == other


def test_what_is_no_row_adds_nothing() -> None:
    assert dict(lay(ROW, [part_of(Source.OUTPUT, None), part_of(Source.OUTPUT, "text")])) == {}


def test_a_snapshot_is_the_row_that_it_shows() -> None:
    snapshot = lay(ROW, [submitted({"a": "One"}, a=1)])
    row = Entity("contact", ONE, {"a": 1}, formatted_values={"a": "One"})
    assert isinstance(snapshot, Entity)
    assert snapshot == row
    assert row == snapshot
    assert snapshot != Entity("contact", ONE, {"a": 2}, formatted_values={"a": "One"})
    assert snapshot != "contact"
    with pytest.raises(TypeError):
        hash(snapshot)  # as for any row: collections have none
    assert snapshot == Snapshot("contact", ONE, {"a": 1}, formatted_values={"a": "One"})


def test_a_snapshot_copies_and_pickles() -> None:
    snapshot = lay(ROW, [image(a=Money(Decimal("1.50"))), submitted(b=ADA)])
    for same in (copy.copy(snapshot), copy.deepcopy(snapshot), pickle.loads(pickle.dumps(snapshot))):
        assert same == snapshot
        assert same.sources == snapshot.sources
    assert "sources=Collection({'a': <Source.PRE_IMAGE: 'pre_image'>" in repr(snapshot)


def test_a_source_is_its_name() -> None:
    assert [f"{Source.POST_IMAGE}", str(Source.POST_IMAGE), Source.POST_IMAGE] == ["post_image"] * 3


columns = st.dictionaries(st.sampled_from("abcdef"), values(), max_size=6)


@given(columns, columns)
def test_laying_changes_over_the_pre_image_gives_the_snapshot(before: dict[str, Value], now: dict[str, Value]) -> None:
    row = Entity("contact", ONE, before)
    changes = compare(now, row)
    snapshot = lay(ROW, [part_of(Source.PRE_IMAGE, row), Part(Source.INPUT, now, {})])
    laid = before | {column: change.new for column, change in changes.items() if change.new is not UNSET}
    assert list(snapshot) == list({**before, **now})
    assert snapshot.keys() == laid.keys() | changes.unchanged.keys()
    assert all(same_value(snapshot[column], value) for column, value in laid.items())
    assert {column for column, source in snapshot.sources.items() if source is Source.INPUT} == set(now)
