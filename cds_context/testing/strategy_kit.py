"""Hypothesis strategies of the platform's types, nested as the platform nests them. Knows no builder.

How it works: a kit builds the strategy of each type for a depth that is left, from leaves up. One kit makes everything;
the plain one makes what servers post every day, for which the fast pass has an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

import cds_context as c

from ..members import MEMBERS
from ..records import Record
from .strategy_scalars import dates, decimals, ids, integers, texts

T = TypeVar("T")

_KVP_TAGS = (
    "KeyValuePairOfstringanyType:#System.Collections.Generic",
    "KeyValuePairOfguidint:http://schemas.datacontract.org/2004/07/System.Collections.Generic",
)
_FOREIGN_TAGS = ("EntityReference:http://example.com/", "Guid:#System", "", "/Date(0)/", "\ud800")
# The context's own name is foreign where no type is declared.
_UNKNOWN_TAGS = (*_FOREIGN_TAGS, "RemoteExecutionContext:http://schemas.microsoft.com/xrm/2011/Contracts", *_KVP_TAGS)
_NOTHING: dict[str, Any] = {}


def _unknown_members(members: Mapping[str, Any]) -> c.UnknownMembers[Any]:
    # A function: Python 3.10 takes a subscripted class for a class, and Hypothesis stumbles over it.
    return c.UnknownMembers(members)


def _made(cls: type[T], /, **members: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    # Composite, for its short repr: that of a strategy with all its parts takes megabytes and minutes.
    @st.composite
    def made(draw: st.DrawFn) -> T:
        given: dict[str, Any] = {name: draw(member) for name, member in members.items()}
        return cls(**given)

    return made()


def _short(parts: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """The same with a short repr."""

    @st.composite
    def short(draw: st.DrawFn) -> T:
        return draw(parts)

    return short()


class Kit:
    """The strategies that belong together; `depth` is how many more levels a value may nest."""

    def __init__(self, *, plain: bool) -> None:
        self.plain = plain
        self.text: st.SearchStrategy[str] = texts(surrogates=not plain)
        self.maybe_text: st.SearchStrategy[str | None] = st.none() | self.text
        self.late_text: st.SearchStrategy[str | None | UnsetType] = self.maybe_text | st.just(UNSET)
        self.late_bool: st.SearchStrategy[bool | UnsetType] = st.booleans() | st.just(UNSET)
        self.late_int: st.SearchStrategy[int | None | UnsetType] = st.just(UNSET) | st.none() | integers()
        self.scalar: st.SearchStrategy[c.Value] = st.one_of(
            st.none(),
            st.booleans(),
            integers(),
            # No NaN: it is not equal to itself, so no property that compares can hold of it.
            st.floats(allow_nan=False, allow_infinity=not plain),
            decimals(),
            dates(),
            self.text,
            self.text,
        )

    def _unknown(self, cls: type[Record], depth: int, *, declared: bool = False) -> st.SearchStrategy[Any]:
        if self.plain:
            return st.just(c.UnknownMembers(_NOTHING))
        known = {member.wire for member in MEMBERS[cls]} | {"__type"}
        names = (st.sampled_from(("AAA", "Extra", "value", "zzz", "é")) | self.text).filter(lambda n: n not in known)
        some: st.SearchStrategy[Mapping[str, Any]] = st.dictionaries(names, self.value(depth - 1), max_size=2)
        if declared:
            # Elsewhere the foreign name would be the type's own.
            tagged = st.tuples(st.sampled_from(_FOREIGN_TAGS), some)
            some |= tagged.map(lambda pair: {"__type": pair[0], **pair[1]})
        return (st.just(_NOTHING) | st.just(_NOTHING) | some).map(_unknown_members)

    def _late(self, items: st.SearchStrategy[Mapping[Any, Any]]) -> st.SearchStrategy[Any]:
        return items | st.sampled_from((None, UNSET, _NOTHING))

    def _list(self, items: st.SearchStrategy[T], size: int = 2) -> st.SearchStrategy[list[T] | None]:
        return st.none() | st.lists(items, max_size=size)

    @cache  # noqa: B019 - there are two kits, for as long as the process runs
    def value(self, depth: int) -> st.SearchStrategy[c.Value]:
        if depth <= 0:
            return self.scalar
        leaves: list[st.SearchStrategy[Any]] = [
            _made(c.OptionSetValue, value=integers(), unknown_members=self._unknown(c.OptionSetValue, depth)),
            _made(c.Money, value=decimals(), unknown_members=self._unknown(c.Money, depth)),
            _made(
                c.BooleanManagedProperty,
                value=st.booleans(),
                can_be_changed=st.booleans(),
                managed_property_logical_name=self.maybe_text,
                unknown_members=self._unknown(c.BooleanManagedProperty, depth),
            ),
            _made(
                c.PrincipalAccess,
                access_mask=integers(),
                principal=st.none() | self.reference(depth - 1, declared=True),
                unknown_members=self._unknown(c.PrincipalAccess, depth),
            ),
            _made(
                c.Label,
                localized_labels=self._list(self.label(depth - 1, declared=True)),
                user_localized_label=st.none() | self.label(depth - 1, declared=True),
                unknown_members=self._unknown(c.Label, depth),
            ),
            _made(
                c.AliasedValue,
                entity_logical_name=self.maybe_text,
                attribute_logical_name=self.maybe_text,
                value=self.scalar if self.plain else self.value(depth - 1),
                need_formatting=self.late_bool,
                return_type=st.just(UNSET) | integers(),
                unknown_members=self._unknown(c.AliasedValue, depth),
            ),
            self.label(depth, declared=False),
            self.relationship(depth, declared=False),
            self.key_value_pair(depth),
        ]
        queries: list[st.SearchStrategy[Any]] = [
            self.columns(depth, declared=False),
            self.expression(depth, declared=False),
            self.paging(depth, declared=False),
            self.condition(depth, declared=False),
            self.filter(depth, declared=False),
            self.order(depth, declared=False),
            self.link(depth, declared=False),
            self.query(depth, declared=False),
            self.query_by_attribute(depth),
            _made(c.FetchExpression, query=self.maybe_text, unknown_members=self._unknown(c.FetchExpression, depth)),
        ]
        several: st.SearchStrategy[Any] = self.scalar if self.plain else self.value(depth - 1)
        return _short(
            st.one_of(
                self.scalar,
                self.reference(depth, declared=False),
                self.entity(depth, declared=False),
                self.collection(depth, declared=False),
                st.one_of(leaves),
                st.one_of(queries),
                st.lists(several, max_size=3),
                *([] if self.plain else [self.untyped(depth), self.unknown_value(depth)]),
            )
        )

    @cache  # noqa: B019
    def untyped(self, depth: int) -> st.SearchStrategy[dict[str, c.Value]]:
        # An object that has a `__type` is no untyped object.
        return st.dictionaries(self.text.filter(lambda name: name != "__type"), self.value(depth - 1), max_size=3)

    @cache  # noqa: B019
    def unknown_value(self, depth: int) -> st.SearchStrategy[c.UnknownValue]:
        return st.builds(c.UnknownValue, st.sampled_from(_UNKNOWN_TAGS) | self.text, self.untyped(depth))

    @cache  # noqa: B019
    def key_value_pair(self, depth: int) -> st.SearchStrategy[c.KeyValuePair]:
        texts_only = st.builds(c.KeyValuePair, self.maybe_text, self.maybe_text)
        if self.plain:
            return texts_only
        tags = st.sampled_from(_KVP_TAGS).map(lambda tag: c.UnknownMembers[Any]({"__type": tag}))
        item = self.value(depth - 1)
        return st.one_of(
            texts_only,
            st.builds(c.KeyValuePair, self.maybe_text, item),
            st.builds(c.KeyValuePair, item, item, unknown_members=tags),
        )

    @cache  # noqa: B019
    def reference(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.EntityReference]:
        return _made(
            c.EntityReference,
            logical_name=self.maybe_text,
            id=ids(),
            name=self.late_text,
            key_attributes=self._keys(depth),
            row_version=self.late_text,
            unknown_members=self._unknown(c.EntityReference, depth, declared=declared),
        )

    def _keys(self, depth: int) -> st.SearchStrategy[Any]:
        if self.plain:
            return self._late(st.dictionaries(self.text, self.scalar, max_size=1))
        return self._late(st.dictionaries(self.text, self.value(depth - 1), max_size=2))

    @cache  # noqa: B019
    def relationship(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.Relationship]:
        return _made(
            c.Relationship,
            schema_name=self.maybe_text,
            primary_entity_role=st.none() | st.sampled_from((0, 1, 2, -7, 2**31)).map(c.EntityRole),
            unknown_members=self._unknown(c.Relationship, depth, declared=declared),
        )

    @cache  # noqa: B019
    def label(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.LocalizedLabel]:
        return _made(
            c.LocalizedLabel,
            label=self.maybe_text,
            language_code=integers(),
            metadata_id=st.none() | ids(),
            has_changed=st.none() | st.booleans(),
            is_managed=st.none() | st.booleans(),
            unknown_members=self._unknown(c.LocalizedLabel, depth, declared=declared),
        )

    @cache  # noqa: B019
    def entity(self, depth: int, *, declared: bool = False) -> st.SearchStrategy[c.Entity]:
        related: st.SearchStrategy[Mapping[Any, Any]] = st.just({})
        if depth > 0:
            related = st.dictionaries(
                self.relationship(depth - 1, declared=True),
                self.collection(depth - 1, declared=True),
                max_size=1 if self.plain else 2,
            )
        return _made(
            c.Entity,
            logical_name=self.maybe_text,
            id=ids(),
            attributes=self._late(st.dictionaries(self.text, self.value(depth - 1), max_size=4)),
            formatted_values=self._late(st.dictionaries(self.text, self.maybe_text, max_size=2)),
            related_entities=self._late(related),
            entity_state=st.just(UNSET) | st.none() | st.sampled_from((0, 1, 2, 3, -1, 2**40)).map(c.EntityState),
            key_attributes=self._keys(depth),
            row_version=self.late_text,
            unknown_members=self._unknown(c.Entity, depth, declared=declared),
        )

    @cache  # noqa: B019
    def collection(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.EntityCollection]:
        return _made(
            c.EntityCollection,
            entities=st.lists(self.entity(depth - 1, declared=True), max_size=2) if depth > 0 else st.just([]),
            entity_name=self.maybe_text,
            min_active_row_version=self.maybe_text,
            more_records=st.booleans(),
            paging_cookie=self.maybe_text,
            total_record_count=integers(),
            total_record_count_limit_exceeded=st.booleans(),
            unknown_members=self._unknown(c.EntityCollection, depth, declared=declared),
        )

    @cache  # noqa: B019
    def paging(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.PagingInfo]:
        return _made(
            c.PagingInfo,
            count=integers(),
            page_number=integers(),
            paging_cookie=self.maybe_text,
            return_total_record_count=st.booleans(),
            unknown_members=self._unknown(c.PagingInfo, depth, declared=declared),
        )

    @cache  # noqa: B019
    def expression(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.AttributeExpression]:
        return _made(
            c.AttributeExpression,
            aggregate_type=integers(),
            alias=self.maybe_text,
            attribute_name=self.maybe_text,
            date_time_grouping=integers(),
            has_group_by=st.booleans(),
            unknown_members=self._unknown(c.AttributeExpression, depth, declared=declared),
        )

    @cache  # noqa: B019
    def columns(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.ColumnSet]:
        return _made(
            c.ColumnSet,
            all_columns=st.booleans(),
            columns=self._list(self.maybe_text),
            attribute_expressions=st.just(UNSET) | self._list(self.expression(depth - 1, declared=True)),
            unknown_members=self._unknown(c.ColumnSet, depth, declared=declared),
        )

    @cache  # noqa: B019
    def condition(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.ConditionExpression]:
        return _made(
            c.ConditionExpression,
            attribute_name=self.maybe_text,
            operator=integers(),
            values=self._list(self.scalar if self.plain else self.value(depth - 1)),
            entity_name=self.late_text,
            compare_columns=self.late_bool,
            unknown_members=self._unknown(c.ConditionExpression, depth, declared=declared),
        )

    @cache  # noqa: B019
    def filter(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.FilterExpression]:
        nested = not self.plain and depth > 0
        return _made(
            c.FilterExpression,
            conditions=self._list(self.condition(depth - 1, declared=True)),
            filter_operator=integers(),
            filters=self._list(self.filter(depth - 1, declared=True)) if nested else st.sampled_from((None, [])),
            is_quick_find_filter=self.late_bool,
            filter_hint=self.late_text,
            unknown_members=self._unknown(c.FilterExpression, depth, declared=declared),
        )

    @cache  # noqa: B019
    def order(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.OrderExpression]:
        return _made(
            c.OrderExpression,
            attribute_name=self.maybe_text,
            order_type=integers(),
            alias=self.late_text,
            entity_name=self.late_text,
            unknown_members=self._unknown(c.OrderExpression, depth, declared=declared),
        )

    @cache  # noqa: B019
    def link(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.LinkEntity]:
        nested = not self.plain and depth > 0
        return _made(
            c.LinkEntity,
            columns=st.none() | self.columns(depth - 1, declared=True),
            entity_alias=self.maybe_text,
            join_operator=integers(),
            link_criteria=st.none() | self.filter(depth - 1, declared=True),
            link_entities=self._list(self.link(depth - 1, declared=True)) if nested else st.sampled_from((None, [])),
            link_from_attribute_name=self.maybe_text,
            link_from_entity_name=self.maybe_text,
            link_to_attribute_name=self.maybe_text,
            link_to_entity_name=self.maybe_text,
            orders=st.just(UNSET) | self._list(self.order(depth - 1, declared=True)),
            unknown_members=self._unknown(c.LinkEntity, depth, declared=declared),
        )

    @cache  # noqa: B019
    def query(self, depth: int, *, declared: bool) -> st.SearchStrategy[c.QueryExpression]:
        nested = not self.plain and depth > 0
        return _made(
            c.QueryExpression,
            column_set=st.none() | self.columns(depth - 1, declared=True),
            criteria=st.none() | self.filter(depth - 1, declared=True),
            distinct=st.booleans(),
            entity_name=self.maybe_text,
            link_entities=self._list(self.link(depth - 1, declared=True), 1),
            orders=self._list(self.order(depth - 1, declared=True)),
            page_info=st.none() | self.paging(depth - 1, declared=True),
            no_lock=st.booleans(),
            sub_query_expression=st.sampled_from((None, UNSET))
            | (self.query(depth - 1, declared=True) if nested else st.none()),
            top_count=self.late_int,
            query_hints=self.late_text,
            data_source=self.late_text,
            unknown_members=self._unknown(c.QueryExpression, depth, declared=declared),
        )

    @cache  # noqa: B019
    def query_by_attribute(self, depth: int) -> st.SearchStrategy[c.QueryByAttribute]:
        return _made(
            c.QueryByAttribute,
            attributes=self._list(self.maybe_text),
            column_set=st.none() | self.columns(depth - 1, declared=True),
            entity_name=self.maybe_text,
            orders=self._list(self.order(depth - 1, declared=True)),
            page_info=st.none() | self.paging(depth - 1, declared=True),
            values=self._list(self.scalar if self.plain else self.value(depth - 1)),
            top_count=self.late_int,
            unknown_members=self._unknown(c.QueryByAttribute, depth),
        )

    @cache  # noqa: B019
    def context(self, depth: int) -> st.SearchStrategy[c.RemoteExecutionContext]:
        parameters = st.dictionaries(self.text, self.value(depth), max_size=3)
        images = st.dictionaries(self.text, st.none() | self.entity(depth - 1, declared=True), max_size=2)
        parent: st.SearchStrategy[Any] = st.sampled_from((None, UNSET))
        return _made(
            c.RemoteExecutionContext,
            business_unit_id=ids(),
            correlation_id=ids(),
            depth=integers(),
            initiating_user_id=ids(),
            is_executing_offline=st.booleans(),
            is_in_transaction=st.booleans(),
            is_offline_playback=st.booleans(),
            isolation_mode=st.sampled_from((1, 2, 3, 0, 99)).map(c.IsolationMode),
            message_name=self.maybe_text,
            mode=st.sampled_from((0, 1, 2, -1)).map(c.Mode),
            operation_created_on=dates(),
            operation_id=ids(),
            organization_id=ids(),
            organization_name=self.maybe_text,
            output_parameters=parameters | st.sampled_from((None, _NOTHING)),
            owning_extension=st.none() | self.reference(depth - 1, declared=True),
            primary_entity_id=ids(),
            primary_entity_name=self.maybe_text,
            request_id=st.none() | ids(),
            secondary_entity_name=self.maybe_text,
            shared_variables=parameters | st.sampled_from((None, _NOTHING)),
            stage=st.sampled_from((40, 20, 10, 90, 41, 2**33)).map(c.Stage),
            user_id=ids(),
            input_parameters=self._late(parameters),
            pre_entity_images=self._late(images),
            post_entity_images=self._late(images),
            parent_context=parent | self.context(depth - 1) if depth > 0 else parent,
            initiating_user_agent=self.late_text,
            initiating_user_azure_active_directory_object_id=st.just(UNSET) | ids(),
            user_azure_active_directory_object_id=st.just(UNSET) | ids(),
            unknown_members=self._unknown(c.RemoteExecutionContext, depth, declared=True),
        )


EVERYTHING = Kit(plain=False)
EVERYDAY = Kit(plain=True)
