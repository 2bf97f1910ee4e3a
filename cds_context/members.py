"""The case table: every type's members in the order and spelling of the wire, with their kinds.

Feeds reader, writer and schema.
Source: the wire format page, "Members and order". A kind names a function in `tolerant`, one in `encoding` and a
schema in `schema.parts`; all three must know every kind used here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import values as v
from .codes import Code, EntityRole, EntityState, IsolationMode, Mode, Stage
from .context import RemoteExecutionContext


class Member(NamedTuple):
    """One member of a type."""

    wire: str
    field: str
    kind: str
    may_be_absent: bool


def _members(cls: type[Any], *kinds: tuple[str, str]) -> tuple[Member, ...]:
    field_of = dict(zip(cls.__struct_encode_fields__, cls.__struct_fields__, strict=True))
    return tuple(Member(wire, field_of[wire], kind.rstrip("*"), kind.endswith("*")) for wire, kind in kinds)


# A star: the member may be absent, because older or newer servers do not have it, a post was cut, or it says more of a
# row than which one it is (wire format, "What may be missing").
MEMBERS: dict[type[Any], tuple[Member, ...]] = {
    RemoteExecutionContext: _members(
        RemoteExecutionContext,
        ("BusinessUnitId", "uuid"),
        ("CorrelationId", "uuid"),
        ("Depth", "int"),
        ("InitiatingUserAgent", "text*"),
        ("InitiatingUserAzureActiveDirectoryObjectId", "uuid*"),
        ("InitiatingUserId", "uuid"),
        ("InputParameters", "parameters*"),
        ("IsExecutingOffline", "bool"),
        ("IsInTransaction", "bool"),
        ("IsOfflinePlayback", "bool"),
        ("IsolationMode", "isolation"),
        ("MessageName", "text"),
        ("Mode", "mode"),
        ("OperationCreatedOn", "date"),
        ("OperationId", "uuid"),
        ("OrganizationId", "uuid"),
        ("OrganizationName", "text"),
        ("OutputParameters", "parameters"),
        ("OwningExtension", "reference?"),
        ("ParentContext", "context?*"),
        ("PostEntityImages", "images*"),
        ("PreEntityImages", "images*"),
        ("PrimaryEntityId", "uuid"),
        ("PrimaryEntityName", "text"),
        ("RequestId", "uuid?"),
        ("SecondaryEntityName", "text"),
        ("SharedVariables", "parameters"),
        ("Stage", "stage"),
        ("UserAzureActiveDirectoryObjectId", "uuid*"),
        ("UserId", "uuid"),
    ),
    v.Entity: _members(
        v.Entity,
        ("Attributes", "attributes*"),
        ("EntityState", "state?*"),
        ("FormattedValues", "formatted*"),
        ("Id", "uuid"),
        ("KeyAttributes", "keys*"),
        ("LogicalName", "text"),
        ("RelatedEntities", "related*"),
        ("RowVersion", "text*"),
    ),
    v.EntityReference: _members(
        v.EntityReference,
        ("Id", "uuid"),
        ("KeyAttributes", "keys*"),
        ("LogicalName", "text"),
        ("Name", "text*"),
        ("RowVersion", "text*"),
    ),
    v.EntityCollection: _members(
        v.EntityCollection,
        ("Entities", "entities"),
        ("EntityName", "text"),
        ("MinActiveRowVersion", "text"),
        ("MoreRecords", "bool"),
        ("PagingCookie", "text"),
        ("TotalRecordCount", "int"),
        ("TotalRecordCountLimitExceeded", "bool"),
    ),
    v.OptionSetValue: _members(v.OptionSetValue, ("Value", "int")),
    v.Money: _members(v.Money, ("Value", "decimal")),
    v.BooleanManagedProperty: _members(
        v.BooleanManagedProperty,
        ("CanBeChanged", "bool"),
        ("ManagedPropertyLogicalName", "text"),
        ("Value", "bool"),
    ),
    v.AliasedValue: _members(
        v.AliasedValue,
        ("AttributeLogicalName", "text"),
        ("EntityLogicalName", "text"),
        ("NeedFormatting", "bool*"),
        ("ReturnType", "int*"),
        ("Value", "value"),
    ),
    v.Relationship: _members(v.Relationship, ("PrimaryEntityRole", "role?"), ("SchemaName", "text")),
    v.KeyValuePair: _members(v.KeyValuePair, ("key", "text"), ("value", "text")),
    v.Label: _members(v.Label, ("LocalizedLabels", "labels?"), ("UserLocalizedLabel", "label?")),
    v.LocalizedLabel: _members(
        v.LocalizedLabel,
        ("MetadataId", "uuid?"),
        ("HasChanged", "bool?"),
        ("IsManaged", "bool?"),
        ("Label", "text"),
        ("LanguageCode", "int"),
    ),
    v.PrincipalAccess: _members(v.PrincipalAccess, ("AccessMask", "int"), ("Principal", "reference?")),
    v.PagingInfo: _members(
        v.PagingInfo,
        ("Count", "int"),
        ("PageNumber", "int"),
        ("PagingCookie", "text"),
        ("ReturnTotalRecordCount", "bool"),
    ),
    v.ColumnSet: _members(
        v.ColumnSet,
        ("AllColumns", "bool"),
        ("AttributeExpressions", "expressions?*"),
        ("Columns", "texts?"),
    ),
    v.AttributeExpression: _members(
        v.AttributeExpression,
        ("AggregateType", "int"),
        ("Alias", "text"),
        ("AttributeName", "text"),
        ("DateTimeGrouping", "int"),
        ("HasGroupBy", "bool"),
    ),
    v.ConditionExpression: _members(
        v.ConditionExpression,
        ("AttributeName", "text"),
        ("CompareColumns", "bool*"),
        ("Operator", "int"),
        ("Values", "values?"),
        ("EntityName", "text*"),
    ),
    v.FilterExpression: _members(
        v.FilterExpression,
        ("Conditions", "conditions?"),
        ("FilterOperator", "int"),
        ("Filters", "filters?"),
        ("IsQuickFindFilter", "bool*"),
        ("FilterHint", "text*"),
    ),
    v.OrderExpression: _members(
        v.OrderExpression,
        ("Alias", "text*"),
        ("AttributeName", "text"),
        ("EntityName", "text*"),
        ("OrderType", "int"),
    ),
    v.LinkEntity: _members(
        v.LinkEntity,
        ("Columns", "columns?"),
        ("EntityAlias", "text"),
        ("JoinOperator", "int"),
        ("LinkCriteria", "filter?"),
        ("LinkEntities", "links?"),
        ("LinkFromAttributeName", "text"),
        ("LinkFromEntityName", "text"),
        ("LinkToAttributeName", "text"),
        ("LinkToEntityName", "text"),
        ("Orders", "orders?*"),
    ),
    v.QueryExpression: _members(
        v.QueryExpression,
        ("ColumnSet", "columns?"),
        ("Criteria", "filter?"),
        ("Distinct", "bool"),
        ("EntityName", "text"),
        ("LinkEntities", "links?"),
        ("Orders", "orders?"),
        ("PageInfo", "paging?"),
        ("SubQueryExpression", "query?*"),
        ("NoLock", "bool"),
        ("TopCount", "int?*"),
        ("QueryHints", "text*"),
        ("DataSource", "text*"),
    ),
    v.QueryByAttribute: _members(
        v.QueryByAttribute,
        ("Attributes", "texts?"),
        ("ColumnSet", "columns?"),
        ("EntityName", "text"),
        ("Orders", "orders?"),
        ("PageInfo", "paging?"),
        ("Values", "values?"),
        ("TopCount", "int?*"),
    ),
    v.FetchExpression: _members(v.FetchExpression, ("Query", "text")),
}

TAGS: dict[type[Any], str] = {cls: str(cls.__struct_config__.tag) for cls in MEMBERS if cls.__struct_config__.tag}
"""What each type writes in ``__type``."""

CONTEXT_TAG = "RemoteExecutionContext:http://schemas.microsoft.com/xrm/2011/Contracts"
"""The name of the context, which never writes it."""

# The records that a kind names: one of them, or a list of them in the second table.
RECORD_KINDS: dict[str, type[Any]] = {
    "context": RemoteExecutionContext,
    "reference": v.EntityReference,
    "label": v.LocalizedLabel,
    "columns": v.ColumnSet,
    "filter": v.FilterExpression,
    "paging": v.PagingInfo,
    "query": v.QueryExpression,
}
LIST_KINDS: dict[str, type[Any]] = {
    "entities": v.Entity,
    "labels": v.LocalizedLabel,
    "expressions": v.AttributeExpression,
    "conditions": v.ConditionExpression,
    "filters": v.FilterExpression,
    "links": v.LinkEntity,
    "orders": v.OrderExpression,
}

# The codes, by kind.
CODE_KINDS: dict[str, type[Code]] = {
    "stage": Stage,
    "mode": Mode,
    "isolation": IsolationMode,
    "state": EntityState,
    "role": EntityRole,
}


class Pairs(NamedTuple):
    """A collection, and the kinds of its keys and of its items."""

    collection: type[Any]
    key: str
    item: str


# The collections of key/value pairs, by kind; a "row" may be null, "rows" are an EntityCollection.
PAIR_KINDS: dict[str, Pairs] = {
    "parameters": Pairs(v.ParameterCollection, "key", "value"),
    "attributes": Pairs(v.AttributeCollection, "key", "value"),
    "keys": Pairs(v.KeyAttributeCollection, "key", "value"),
    "formatted": Pairs(v.FormattedValueCollection, "key", "text"),
    "images": Pairs(v.EntityImageCollection, "key", "row"),
    "related": Pairs(v.RelatedEntityCollection, "relationship", "rows"),
}
