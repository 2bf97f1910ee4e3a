"""The rooms `testing.strategies`, `strategy_types` and `strategy_scalars`."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from cds_context import Entity, Mode, Money, RemoteExecutionContext, Stage, encode_context, parse_context
from cds_context.testing import strategies
from cds_context.testing.strategies import contexts, entities, events, ids, values

T = TypeVar("T")


def smallest(strategy: st.SearchStrategy[T], holds: Callable[[T], bool]) -> T:
    """What is left to look at after shrinking."""
    quiet = settings(database=None, derandomize=True, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
    return find(strategy, holds, settings=quiet)


@given(events())
def test_what_a_builder_makes_comes_back(context: RemoteExecutionContext) -> None:
    assert parse_context(encode_context(context)) == context


@given(events())
def test_events_are_consistent(context: RemoteExecutionContext) -> None:
    assert context.stage == Stage.POST_OPERATION or context.mode == Mode.SYNCHRONOUS
    assert context.message_name != "Create" or not context.pre_entity_images
    assert context.message_name != "Delete" or not context.post_entity_images
    assert context.stage == Stage.POST_OPERATION or not (context.post_entity_images or context.output_parameters)


def test_shrinking_gives_small_contexts() -> None:
    least = smallest(contexts(), lambda context: bool(context.shared_variables))
    assert list(least.shared_variables.items()) == [("", None)]
    assert (least.user_id.int, least.depth, least.parent_context) == (0, 0, None)


def test_shrinking_gives_small_events_and_values() -> None:
    event = smallest(events(), lambda context: context.mode == Mode.ASYNCHRONOUS)
    assert event.message_name == "Update"
    assert smallest(values(), lambda value: isinstance(value, Money)) == Money(0)  # type: ignore[arg-type]
    row = smallest(entities(), lambda entity: len(entity.attributes) > 0)
    assert type(row) is Entity
    assert row.attributes == {"": None}
    assert smallest(ids(), lambda one: one.int > 5) == UUID(int=6)


INT32 = range(-(2**31), 2**31)
PLAIN_INTEGERS = {"Depth", "Count", "PageNumber", "LanguageCode", "Operator", "AccessMask", "TotalRecordCount"}
COLLECTIONS = {
    *("Attributes", "FormattedValues", "KeyAttributes", "RelatedEntities", "InputParameters", "OutputParameters"),
    *("SharedVariables", "PreEntityImages", "PostEntityImages", "Entities", "Conditions", "Filters", "Orders"),
}
PARTS = {"ColumnSet", "FilterExpression", "ConditionExpression", "OrderExpression", "LinkEntity", "PagingInfo"}
ALWAYS = {"Attributes", "EntityState", "FormattedValues", "Id", "LogicalName", "RelatedEntities"}


@given(contexts(everyday=True))
def test_everyday_contexts_are_what_the_platform_itself_reads(context: RemoteExecutionContext) -> None:
    pending: list[Any] = [json.loads(encode_context(context))]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            name = str(members.get("__type", "")).partition(":")[0]
            assert name not in {*PARTS, "XrmAttributeExpression"}
            if name == "OptionSetValue":
                assert members["Value"] in INT32
            if "FormattedValues" in members:
                assert members.keys() >= ALWAYS
                assert members["EntityState"] in {None, 0, 1, 2}
            if "OperationCreatedOn" in members:  # a context, which names no type
                assert members.keys() >= {"InputParameters", "ParentContext", "PreEntityImages", "PostEntityImages"}
                assert all(members[code] in INT32 for code in ("Stage", "Mode", "IsolationMode"))
            for member in members.keys() & PLAIN_INTEGERS:
                assert members[member] in INT32
            nulls = {member for member in members if members[member] is None}
            assert nulls & {*COLLECTIONS, "TopCount", "QueryHints", "FilterHint"} == set()
            pending += members.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, int):
            assert -(2**63) <= value < 2**63


def test_everything_public_is_documented() -> None:
    assert all(getattr(strategies, name).__doc__ for name in strategies.__all__)


def test_without_hypothesis_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, strategies.__name__)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError) as caught:
        importlib.import_module(strategies.__name__)
    assert str(caught.value) == (
        'cds_context.testing.strategies needs Hypothesis: pip install "cds-context[hypothesis]"'
    )
    assert caught.value.__suppress_context__
