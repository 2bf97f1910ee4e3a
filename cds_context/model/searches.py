"""The types of queries: by object tree, by columns, and as FetchXML.

Pure data, as in `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .kinds import XRM
from .records import NO_MEMBERS, UnknownMembers
from .rows import TaggedRecord

if TYPE_CHECKING:
    from .values import Value  # annotations name the union, which is made of what is here


class PagingInfo(TaggedRecord, frozen=True, kw_only=True, tag=f"PagingInfo:{XRM}"):
    """Which page of a query, and how many rows a page has."""

    count: int
    """How many rows a page has; 0 leaves it to the platform."""
    page_number: int
    """Which page, from 1; 0 if the query does not ask for pages."""
    paging_cookie: str | None
    """The cookie from the answer for the previous page."""
    return_total_record_count: bool
    """Whether the answer holds the number of all rows."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class ColumnSet(TaggedRecord, frozen=True, kw_only=True, tag=f"ColumnSet:{XRM}"):
    """The columns that a query asks for."""

    all_columns: bool
    """Whether the query asks for all columns."""
    attribute_expressions: list[AttributeExpression] | None | UnsetType = UNSET
    """Columns that are aggregated or grouped."""
    columns: list[str | None] | None
    """The columns, by logical name; empty if the query asks for all."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class AttributeExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"XrmAttributeExpression:{XRM}"):
    """An aggregated or grouped column of a query (`XrmAttributeExpression` in the SDK)."""

    aggregate_type: int
    """How the column is aggregated; 0 if not at all."""
    alias: str | None
    """The column's name in the result."""
    attribute_name: str | None
    """The column."""
    date_time_grouping: int
    """The part of a date by which the result is grouped; 0 for none."""
    has_group_by: bool
    """Whether the result is grouped by the column."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class ConditionExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"ConditionExpression:{XRM}"):
    """One comparison of a query; `operator` is a ConditionOperator number."""

    attribute_name: str | None
    """The column."""
    compare_columns: bool | UnsetType = UNSET
    """Whether the values are names of columns to compare with."""
    operator: int
    """The comparison, a ConditionOperator number: 0 is equal."""
    values: list[Value] | None
    """The values to compare with; none, one, or several, by the operator."""
    entity_name: str | None | UnsetType = UNSET
    """The table or its alias, if it is not the filter's own table."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class FilterExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"FilterExpression:{XRM}"):
    """Conditions and filters, of which all must hold or one."""

    conditions: list[ConditionExpression] | None
    """The comparisons."""
    filter_operator: int
    """0 if all must hold, 1 if one must."""
    filters: list[FilterExpression] | None
    """Filters inside, joined in the same way."""
    is_quick_find_filter: bool | UnsetType = UNSET
    """Whether the filter stands for a quick search."""
    filter_hint: str | None | UnsetType = UNSET
    """A hint to the database."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class OrderExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"OrderExpression:{XRM}"):
    """A column to sort by: ascending (0) or descending (1)."""

    alias: str | None | UnsetType = UNSET
    """The alias of an aggregated column, in place of its name."""
    attribute_name: str | None
    """The column."""
    entity_name: str | None | UnsetType = UNSET
    """The linked table or its alias, if the column belongs to a linked table."""
    order_type: int
    """0 ascending, 1 descending."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class LinkEntity(TaggedRecord, frozen=True, kw_only=True, tag=f"LinkEntity:{XRM}"):
    """A table joined to a query."""

    columns: ColumnSet | None
    """The columns to bring along."""
    entity_alias: str | None
    """The prefix of the table's columns in the result."""
    join_operator: int
    """The join, a JoinOperator number: 0 inner, 1 left outer."""
    link_criteria: FilterExpression | None
    """The filter on the table's rows."""
    link_entities: list[LinkEntity] | None
    """Tables joined to this one."""
    link_from_attribute_name: str | None
    """The column to join from."""
    link_from_entity_name: str | None
    """The table to join from."""
    link_to_attribute_name: str | None
    """The column to join to."""
    link_to_entity_name: str | None
    """The table to join to, this one."""
    orders: list[OrderExpression] | None | UnsetType = UNSET
    """The columns to sort the table's rows by."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class QueryExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"QueryExpression:{XRM}"):
    """A query as an object tree."""

    column_set: ColumnSet | None
    """The columns to bring along."""
    criteria: FilterExpression | None
    """The filter on rows."""
    distinct: bool
    """Whether equal rows are returned once."""
    entity_name: str | None
    """The table."""
    link_entities: list[LinkEntity] | None
    """Tables joined to it."""
    orders: list[OrderExpression] | None
    """What the rows are sorted by, the first first."""
    page_info: PagingInfo | None
    """Which page."""
    sub_query_expression: QueryExpression | None | UnsetType = UNSET
    """A query inside the query."""
    no_lock: bool
    """Whether the query takes no locks, and so may see uncommitted data."""
    top_count: int | None | UnsetType = UNSET
    """How many rows at most, in place of pages."""
    query_hints: str | None | UnsetType = UNSET
    """Hints to the database."""
    data_source: str | None | UnsetType = UNSET
    """Where to look: `retained` for rows in long-term retention; null otherwise."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class QueryByAttribute(TaggedRecord, frozen=True, kw_only=True, tag=f"QueryByAttribute:{XRM}"):
    """A query for rows whose columns have the given values, pair by pair."""

    attributes: list[str | None] | None
    """The columns to look at."""
    column_set: ColumnSet | None
    """The columns to bring along."""
    entity_name: str | None
    """The table."""
    orders: list[OrderExpression] | None
    """What the rows are sorted by, the first first."""
    page_info: PagingInfo | None
    """Which page."""
    values: list[Value] | None
    """The values that these columns must have, in the same order."""
    top_count: int | None | UnsetType = UNSET
    """How many rows at most, in place of pages."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class FetchExpression(TaggedRecord, frozen=True, tag=f"FetchExpression:{XRM}"):
    """A query as FetchXML text."""

    query: str | None
    """The FetchXML."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS
