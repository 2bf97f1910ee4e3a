"""The values of a context: rows, references, choices, money, queries, and the closed union of them all.

Pure data. `members` says in which order and spelling each type stands on the wire.

Some annotations are two-faced: `attributes` *is* an `AttributeCollection` to whoever reads it, and arrives as a list
of pairs. The decoder, which reads annotations at run time, is shown the second face; type checkers the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, TypeVar, Union, overload
from uuid import UUID

from msgspec import NODEFAULT, UNSET, Meta, Raw, Struct, UnsetType

from .codes import EntityRole, EntityState
from .coercion import column_as, columns_of, into
from .records import NO_MEMBERS, Collection, Folded, Item, Record, UnknownMembers, as_it_is, hashable, read_value

if TYPE_CHECKING:
    from typing_extensions import TypeForm  # type checkers bring it along

T = TypeVar("T")
D = TypeVar("D")

NIL = UUID(int=0)
"""The id of no row, which the platform writes as zeros."""

# The default of a collection that may be absent, for decoding; by hand, `written` comes first.
_ABSENT: Any = UNSET

_XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"


class ParameterCollection(Collection[str, "Value"]):
    """Input, output and shared parameters, by name."""

    __slots__ = ()


class AttributeCollection(Collection[str, "Value"]):
    """A row's columns, by logical name. Present and None: null. Missing: not submitted, or in an image, null."""

    __slots__ = ()


class KeyAttributeCollection(Collection[str, "Value"]):
    """The columns of an alternate key, by logical name."""

    __slots__ = ()


class FormattedValueCollection(Collection[str, "str | None"]):
    """The texts a user would see for columns, by logical name, in the calling user's language and time zone."""

    __slots__ = ()
    _read = staticmethod(as_it_is)  # declared as text: never a date


class EntityImageCollection(Collection[str, "Entity | None"]):
    """Images of the row, by the name under which the developer registered them. The platform's type allows null."""

    __slots__ = ()
    _read = staticmethod(as_it_is)


class RelatedEntityCollection(Collection["Relationship", "EntityCollection"]):
    """Rows that are created or updated along with a row, by relationship."""

    __slots__ = ()
    _read = staticmethod(as_it_is)


class Pair(Item, frozen=True):
    """One item of a collection of untyped values."""

    key: str
    value: _Value


class TextPair(Item, frozen=True):
    """One item of a collection of texts."""

    key: str
    value: str | None


class ImagePair(Item, frozen=True):
    """One item of a collection of images."""

    key: str
    value: Entity | None


class RelatedPair(Item, frozen=True):
    """One item of a collection of related rows."""

    key: Relationship
    value: EntityCollection


class TaggedRecord(Record, frozen=True, tag_field="__type"):
    """A value that says its type in ``__type`` where the type is not declared."""


class OptionSetValue(TaggedRecord, frozen=True, tag=f"OptionSetValue:{_XRM}", gc=False):
    """A choice: the number of the option. Its label is in the row's formatted values."""

    value: int
    """The number of the option."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "value"

    if TYPE_CHECKING:

        def __init__(self, value: int, *, unknown_members: UnknownMembers[Value] = ...) -> None: ...

    def __hash__(self) -> int:
        return hash((type(self), hashable(self.value)))


class Money(TaggedRecord, frozen=True, tag=f"Money:{_XRM}"):
    """An amount, exact, with its scale. The currency is another column (`transactioncurrencyid`)."""

    value: _Number
    """The amount, with as many digits behind the point as the server wrote."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "value"

    if TYPE_CHECKING:

        def __init__(self, value: Decimal, *, unknown_members: UnknownMembers[Value] = ...) -> None: ...

    def __post_init__(self) -> None:
        # Decoded as the raw text of any JSON value: msgspec's own Decimal would also take a quoted number.
        raw: Any = self.value
        if raw.__class__ is Raw:
            text = bytes(raw)
            if text[0] not in b"-0123456789" or len(text) > 400 or b"e" in text or b"E" in text:
                raise ValueError("a number that needs a closer look")
            _money_value.__set__(self, Decimal(text.decode()))


_money_value: Any = Money.__dict__["value"]


class BooleanManagedProperty(TaggedRecord, frozen=True, kw_only=True, tag=f"BooleanManagedProperty:{_XRM}"):
    """A yes/no of a solution component, and whether it may be changed after installation."""

    can_be_changed: bool
    """Whether whoever installs the component may change it."""
    managed_property_logical_name: str | None
    """The property's name; null on most events."""
    value: bool
    """Yes or no."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "value"
    positional: ClassVar[tuple[str, ...]] = ("value", "can_be_changed", "managed_property_logical_name")
    written: ClassVar[dict[str, Any]] = {"can_be_changed": True, "managed_property_logical_name": None}

    if TYPE_CHECKING:

        def __init__(
            self,
            value: bool,
            can_be_changed: bool = ...,
            managed_property_logical_name: str | None = ...,
            *,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...


class EntityReference(TaggedRecord, frozen=True, kw_only=True, tag=f"EntityReference:{_XRM}"):
    """A lookup: which row, and often its primary name.

    `name` is None where the server did not look it up. Key attributes stand in for an id that is zeros.
    Servers up to 2015 write neither `key_attributes` nor `row_version`.
    """

    id: UUID
    """The row's id; zeros if the alternate key stands for it."""
    key_attributes: _KeyAttributes = _ABSENT
    """The row's alternate key, if it is named by one."""
    logical_name: str | None
    """The table."""
    name: str | None
    """The row's primary name, where the server looked it up."""
    row_version: str | None | UnsetType = UNSET
    """The version of the row, which each change raises."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "id"
    positional: ClassVar[tuple[str, ...]] = ("logical_name", "id", "name")
    written: ClassVar[dict[str, Any]] = {"id": NIL, "name": None, "key_attributes": {}, "row_version": None}
    folded: ClassVar[tuple[str, ...]] = ("key_attributes",)

    if TYPE_CHECKING:

        def __init__(
            self,
            logical_name: str | None,
            id: UUID = ...,
            name: str | None = ...,
            *,
            key_attributes: Mapping[str, Value] | None | UnsetType = ...,
            row_version: str | None | UnsetType = ...,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...

    def __hash__(self) -> int:
        return hash((self.logical_name, hashable(self.id)))


class Entity(TaggedRecord, frozen=True, kw_only=True, tag=f"Entity:{_XRM}"):
    """A row, or the part of it that a message carries.

    Reads like a mapping of its attributes: `entity["firstname"]`, `entity.get("firstname")`, `"firstname" in entity`,
    and iteration over column names.
    A column that is present and None is null; one that is missing was not submitted, or is null in an image.
    """

    # Without a default, so that a row without one of these is for the tolerant decoder, and a deep body is a long one.
    attributes: _Attributes
    """The columns that the message carries."""
    entity_state: EntityState | None | UnsetType
    """What a client that tracks changes did with the row; null on nearly every event."""
    formatted_values: _FormattedValues
    """The texts a user would see for columns, labels of choices among them."""
    id: UUID
    """The row's id; zeros if it has none yet."""
    key_attributes: _KeyAttributes = _ABSENT
    """The row's alternate key, if it is named by one."""
    logical_name: str | None
    """The table."""
    related_entities: _RelatedEntities
    """Rows that are created or updated along with this one."""
    row_version: str | None | UnsetType = UNSET
    """The version of the row, which each change raises."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "attributes"
    positional: ClassVar[tuple[str, ...]] = ("logical_name", "id", "attributes")
    written: ClassVar[dict[str, Any]] = {
        "id": NIL,
        "attributes": {},
        "formatted_values": {},
        "related_entities": {},
        "entity_state": None,
        "key_attributes": {},
        "row_version": None,
    }
    folded: ClassVar[tuple[str, ...]] = ("attributes", "formatted_values", "related_entities", "key_attributes")
    _raw_attributes: ClassVar[Any]
    _raw_formatted_values: ClassVar[Any]

    if TYPE_CHECKING:

        def __init__(
            self,
            logical_name: str | None,
            id: UUID = ...,
            attributes: Mapping[str, Value] | None | UnsetType = ...,
            *,
            formatted_values: Mapping[str, str | None] | None | UnsetType = ...,
            related_entities: Mapping[Relationship, EntityCollection] | None | UnsetType = ...,
            entity_state: EntityState | None | UnsetType = ...,
            key_attributes: Mapping[str, Value] | None | UnsetType = ...,
            row_version: str | None | UnsetType = ...,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        # On the hot path, once for each row that is decoded.
        pairs = self._raw_attributes
        if pairs.__class__ is list and len(pairs) > 1 and len({pair.key for pair in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        pairs = self._raw_formatted_values
        if pairs.__class__ is list and len(pairs) > 1 and len({pair.key for pair in pairs}) != len(pairs):
            raise ValueError("a key stands twice")

    def __getitem__(self, column: str) -> Value:
        return self.attributes[column]

    def __contains__(self, column: object) -> bool:
        return column in self.attributes

    def __iter__(self) -> Any:
        return iter(self.attributes)

    def __len__(self) -> int:
        return len(self.attributes)

    def __bool__(self) -> bool:
        return True

    def keys(self) -> Any:
        """The columns' logical names, so that ``dict(entity)`` works."""
        return self.attributes.keys()

    def get(self, column: str, default: Any = None) -> Any:
        """The column's value, or `default` where the column is missing. A null column gives None."""
        return self.attributes.get(column, default)

    @property
    def reference(self) -> EntityReference:
        """A reference to this row: its logical name, its id, and its alternate key if it has one."""
        return EntityReference(self.logical_name, self.id, key_attributes=dict(self.key_attributes))

    def formatted(self, column: str) -> str | None:
        """The text a user would see for the column, or a lookup's name; None where the row says neither.

        It is in the calling user's language and time zone. The target of an Update often has none; images do.
        """
        label = self.formatted_values.get(column)
        value = self.get(column)
        if isinstance(value, AliasedValue):
            value = value.value
        return value.name if label is None and isinstance(value, EntityReference) else label

    @overload
    def get_as(self, column: str, wanted: type[T]) -> T: ...
    @overload
    def get_as(self, column: str, wanted: type[T], *, default: D) -> T | D: ...
    @overload
    def get_as(self, column: str, wanted: TypeForm[T]) -> T: ...
    @overload
    def get_as(self, column: str, wanted: TypeForm[T], *, default: D) -> T | D: ...
    def get_as(self, column: str, wanted: Any, *, default: Any = NODEFAULT) -> Any:
        """The column's value as the wanted type, or `default` where the column is missing.

        What is inside a value is taken out as far as the type asks: a lookup is an EntityReference or its UUID, a
        Money its Decimal, a choice an int or a member of an IntEnum, choices a list or set of them, an
        EntityCollection a list of rows. Text in ISO 8601 is read where a datetime or date is wanted.
        Null is None where the type admits None or the default is None. All else raises ColumnError.
        """
        return column_as(self.attributes, column, wanted, default)

    def to(self, cls: type[T], *, rename: Mapping[str, str] | None = None) -> T:
        """The row as an object of your class: a msgspec Struct, a dataclass, an attrs class or a TypedDict.

        A field takes the column of its name, or of its name in `rename` (field to column), or in a Struct's `rename`.
        Its annotation is read as by `get_as`. A missing column leaves the field its default, or `msgspec.UNSET` where
        the annotation admits that; otherwise, and where a value does not fit, ColumnError is raised.
        """
        return into(self.attributes, cls, rename or {})

    @classmethod
    def from_(
        cls, row: object, logical_name: str | None, id: UUID = NIL, *, rename: Mapping[str, str] | None = None
    ) -> Entity:
        """The inverse of `to`, for tests: the row of an object. What is UNSET is missing, what is None is null.

        The class does not say what the platform's columns are. A Decimal becomes Money, a member of an IntEnum
        an OptionSetValue, a set a list of OptionSetValue, a UUID text, a date midnight in UTC; all else stays.
        """
        return cls(logical_name, id, {column: as_value(value) for column, value in columns_of(row, rename or {})})


class EntityCollection(TaggedRecord, frozen=True, kw_only=True, tag=f"EntityCollection:{_XRM}"):
    """A page of rows: the result of a query, the targets of a bulk message, the parties of an activity."""

    entities: list[Entity]
    """The rows."""
    entity_name: str | None
    """The table, if all rows are of one."""
    min_active_row_version: str | None
    """The lowest row version that is still active, for tracking changes."""
    more_records: bool
    """Whether another page follows."""
    paging_cookie: str | None
    """What to ask the next page with."""
    total_record_count: int
    """How many rows the query has in all, −1 if nobody asked."""
    total_record_count_limit_exceeded: bool
    """Whether there are more rows than the platform counts."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "entities"
    written: ClassVar[dict[str, Any]] = {
        "entity_name": None,
        "min_active_row_version": None,
        "more_records": False,
        "paging_cookie": None,
        "total_record_count": -1,
        "total_record_count_limit_exceeded": False,
    }

    if TYPE_CHECKING:

        def __init__(
            self,
            entities: list[Entity],
            entity_name: str | None = ...,
            *,
            min_active_row_version: str | None = ...,
            more_records: bool = ...,
            paging_cookie: str | None = ...,
            total_record_count: int = ...,
            total_record_count_limit_exceeded: bool = ...,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...


class Relationship(TaggedRecord, frozen=True, kw_only=True, tag=f"Relationship:{_XRM}"):
    """A relationship by its schema name; the role tells the sides of one between a table and itself."""

    primary_entity_role: EntityRole | None
    """The side of the primary row; null unless the table is related to itself."""
    schema_name: str | None
    """The relationship's schema name."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    positional: ClassVar[tuple[str, ...]] = ("schema_name", "primary_entity_role")
    written: ClassVar[dict[str, Any]] = {"primary_entity_role": None}

    if TYPE_CHECKING:

        def __init__(
            self,
            schema_name: str | None,
            primary_entity_role: EntityRole | None = ...,
            *,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...

    def __hash__(self) -> int:
        return hash((self.schema_name, hashable(self.primary_entity_role)))


class AliasedValue(TaggedRecord, frozen=True, kw_only=True, tag=f"AliasedValue:{_XRM}"):
    """A column of a linked table in the row of a query's result.

    Older servers write neither `need_formatting` nor `return_type`.
    """

    attribute_logical_name: str | None
    """The column, by its name in the linked table."""
    entity_logical_name: str | None
    """The linked table."""
    need_formatting: bool | UnsetType = UNSET
    """For the platform's own use."""
    return_type: int | UnsetType = UNSET
    """For the platform's own use."""
    value: _Exact
    """The column's value."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    inner: ClassVar[str] = "value"
    positional: ClassVar[tuple[str, ...]] = ("entity_logical_name", "attribute_logical_name", "value")
    written: ClassVar[dict[str, Any]] = {"need_formatting": False, "return_type": 0}

    if TYPE_CHECKING:

        def __init__(
            self,
            entity_logical_name: str | None,
            attribute_logical_name: str | None,
            value: Value,
            *,
            need_formatting: bool | UnsetType = ...,
            return_type: int | UnsetType = ...,
            unknown_members: UnknownMembers[Value] = ...,
        ) -> None: ...


_STRING_STRING = "KeyValuePairOfstringstring:#System.Collections.Generic"


class KeyValuePair(Record, frozen=True, tag_field="__type", tag=_STRING_STRING, rename=None):
    """One item of a dictionary in an untyped slot, as in the shared variable `ChangedEntityTypes`.

    `unknown_members["__type"]` holds the name of a dictionary's item other than text to text.
    """

    key: _KeyValue
    """The item's key."""
    value: _KeyValue
    """The item's value."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    if TYPE_CHECKING:

        def __init__(self, key: Value, value: Value, *, unknown_members: UnknownMembers[Value] = ...) -> None: ...

    @property
    def type_name(self) -> str:
        """The name of the item's type on the wire."""
        return str(self.unknown_members.get("__type", _STRING_STRING))


class LocalizedLabel(TaggedRecord, frozen=True, kw_only=True, tag=f"LocalizedLabel:{_XRM}"):
    """A text in one language, by Windows language code."""

    metadata_id: UUID | None
    """The label's id among the definitions of tables."""
    has_changed: bool | None
    """Whether the text is to be written."""
    is_managed: bool | None
    """Whether the text belongs to a managed solution."""
    label: str | None
    """The text."""
    language_code: int
    """The language, such as 1033 for English (United States)."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    written: ClassVar[dict[str, Any]] = {"metadata_id": None, "has_changed": None, "is_managed": None}


class Label(TaggedRecord, frozen=True, kw_only=True, tag=f"Label:{_XRM}"):
    """A text in several languages."""

    localized_labels: list[LocalizedLabel] | None
    """The text in each language."""
    user_localized_label: LocalizedLabel | None
    """The text in the language of the calling user."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class PrincipalAccess(
    TaggedRecord, frozen=True, kw_only=True, tag="PrincipalAccess:http://schemas.microsoft.com/crm/2011/Contracts"
):
    """Rights on a row given to a user or team: `access_mask` is a sum of AccessRights."""

    access_mask: int
    """The rights: 1 read, 2 write, 4 append, 16 append to, 32 create, 65536 delete, 262144 share, 524288 assign."""
    principal: EntityReference | None
    """The user or team."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class PagingInfo(TaggedRecord, frozen=True, kw_only=True, tag=f"PagingInfo:{_XRM}"):
    """Which page of a query, and how many rows a page has."""

    count: int
    """How many rows a page has; 0 leaves it to the platform."""
    page_number: int
    """Which page, from 1; 0 if the query does not ask for pages."""
    paging_cookie: str | None
    """What the page before gave to go on from."""
    return_total_record_count: bool
    """Whether the answer is to say how many rows there are in all."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class AttributeExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"XrmAttributeExpression:{_XRM}"):
    """An aggregated or grouped column of a query (`XrmAttributeExpression` in the SDK)."""

    aggregate_type: int
    """How it is aggregated; 0 if it is not."""
    alias: str | None
    """The name that it has in the result."""
    attribute_name: str | None
    """The column."""
    date_time_grouping: int
    """By what part of a date it is grouped; 0 if by none."""
    has_group_by: bool
    """Whether the result is grouped by it."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class ColumnSet(TaggedRecord, frozen=True, kw_only=True, tag=f"ColumnSet:{_XRM}"):
    """The columns that a query asks for."""

    all_columns: bool
    """Whether all columns are asked for."""
    attribute_expressions: list[AttributeExpression] | None | UnsetType = UNSET
    """Columns that are aggregated or grouped."""
    columns: list[str | None] | None
    """The columns, by logical name; empty if all are asked for."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class ConditionExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"ConditionExpression:{_XRM}"):
    """One comparison of a query; `operator` is a ConditionOperator number."""

    attribute_name: str | None
    """The column."""
    compare_columns: bool | UnsetType = UNSET
    """Whether the values are names of columns to compare with."""
    operator: int
    """How it compares, a ConditionOperator number: 0 is equal."""
    values: _Scalars
    """What it compares with; none, one, or several, by the operator."""
    entity_name: str | None | UnsetType = UNSET
    """The table or its alias, where it is not the one that the filter is of."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class FilterExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"FilterExpression:{_XRM}"):
    """Conditions and filters, of which all must hold or one."""

    conditions: list[ConditionExpression] | None
    """What it compares."""
    filter_operator: int
    """0 if all must hold, 1 if one must."""
    filters: _Filters
    """Filters inside, joined in the same way."""
    is_quick_find_filter: bool | UnsetType = UNSET
    """Whether it stands for a quick search."""
    filter_hint: str | None | UnsetType = UNSET
    """A hint to the database."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class OrderExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"OrderExpression:{_XRM}"):
    """A column to sort by: ascending (0) or descending (1)."""

    alias: str | None | UnsetType = UNSET
    """The alias of an aggregated column, in place of its name."""
    attribute_name: str | None
    """The column."""
    entity_name: str | None | UnsetType = UNSET
    """The linked table or its alias, where the column is of one."""
    order_type: int
    """0 ascending, 1 descending."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class LinkEntity(TaggedRecord, frozen=True, kw_only=True, tag=f"LinkEntity:{_XRM}"):
    """A table joined to a query."""

    columns: ColumnSet | None
    """The columns to bring along."""
    entity_alias: str | None
    """The name that its columns begin with in the result."""
    join_operator: int
    """How it is joined, a JoinOperator number: 0 inner, 1 left outer."""
    link_criteria: FilterExpression | None
    """Which of its rows count."""
    link_entities: _Links
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
    """What its rows are sorted by."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class QueryExpression(TaggedRecord, frozen=True, kw_only=True, tag=f"QueryExpression:{_XRM}"):
    """A query as an object tree."""

    column_set: ColumnSet | None
    """The columns to bring along."""
    criteria: FilterExpression | None
    """Which rows count."""
    distinct: bool
    """Whether equal rows are given once."""
    entity_name: str | None
    """The table."""
    link_entities: list[LinkEntity] | None
    """Tables joined to it."""
    orders: list[OrderExpression] | None
    """What the rows are sorted by, the first first."""
    page_info: PagingInfo | None
    """Which page."""
    sub_query_expression: _Query = UNSET
    """A query inside the query."""
    no_lock: bool
    """Whether the query takes no locks, and so may see what is not committed."""
    top_count: int | None | UnsetType = UNSET
    """How many rows at most, in place of pages."""
    query_hints: str | None | UnsetType = UNSET
    """Hints to the database."""
    data_source: str | None | UnsetType = UNSET
    """Where to look: `retained` for rows in long-term retention; null otherwise."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class QueryByAttribute(TaggedRecord, frozen=True, kw_only=True, tag=f"QueryByAttribute:{_XRM}"):
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
    values: _Scalars
    """The values that they must have, in the same order."""
    top_count: int | None | UnsetType = UNSET
    """How many rows at most, in place of pages."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class FetchExpression(TaggedRecord, frozen=True, tag=f"FetchExpression:{_XRM}"):
    """A query as FetchXML text."""

    query: str | None
    """The FetchXML."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class UnknownValue(Struct, frozen=True):
    """An object whose ``__type`` this package does not know: its name and its members, the known ones in them typed."""

    type_name: str
    """What stands in ``__type``: name, colon, namespace."""
    members: dict[str, Value]
    """Its members, by their names on the wire."""


def as_value(value: Any) -> Any:
    """What the platform would hold for a plain value, as far as that can be told."""
    if issubclass(value.__class__, set | frozenset):
        return [OptionSetValue(item) if item.__class__ is int else as_value(item) for item in sorted(value, key=str)]
    if issubclass(value.__class__, list | tuple):
        return [as_value(item) for item in value]
    if isinstance(value, Enum):
        return OptionSetValue(value.value) if isinstance(value, int) else value.value
    if isinstance(value, Decimal):
        return Money(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return value


TaggedValue: TypeAlias = Union[
    Entity,
    EntityReference,
    EntityCollection,
    OptionSetValue,
    Money,
    BooleanManagedProperty,
    AliasedValue,
    Relationship,
    KeyValuePair,
    Label,
    LocalizedLabel,
    PrincipalAccess,
    PagingInfo,
    ColumnSet,
    AttributeExpression,
    QueryExpression,
    QueryByAttribute,
    FetchExpression,
    FilterExpression,
    ConditionExpression,
    OrderExpression,
    LinkEntity,
]

Value: TypeAlias = Union[
    None,
    bool,
    int,
    float,
    Decimal,
    str,
    datetime,
    TaggedValue,
    UnknownValue,
    "list[Value]",
    "dict[str, Value]",
]
"""Whatever an untyped slot can hold. An object without ``__type`` is a dict, an array a list."""

if TYPE_CHECKING:
    _Value: TypeAlias = Value
    _Exact: TypeAlias = Value
    _Scalars: TypeAlias = list[Value] | None
    _KeyValue: TypeAlias = Value
    _Number: TypeAlias = Decimal
    _Attributes: TypeAlias = AttributeCollection
    _FormattedValues: TypeAlias = FormattedValueCollection
    _RelatedEntities: TypeAlias = RelatedEntityCollection
    _KeyAttributes: TypeAlias = KeyAttributeCollection
    _Filters: TypeAlias = list[FilterExpression] | None
    _Links: TypeAlias = list[LinkEntity] | None
    _Query: TypeAlias = "QueryExpression | None | UnsetType"
else:
    # What the fast decoder takes; the rest is for the tolerant one. Left out on purpose: an array in an array, and
    # whatever could nest without end in few bytes, so that a body must be long to be deep.
    _Exact = Union[None, bool, int, str]
    _Item = Union[_Exact, float, TaggedValue]
    _Value = Union[_Item, list[_Item]]
    _Scalars = list[_Exact] | None
    _KeyValue = str | None
    _Number = Raw
    _Attributes = list[Pair] | None | UnsetType
    _FormattedValues = list[TextPair] | None | UnsetType
    # What is rare here is left to the tolerant decoder: two relationships, which could be the same; alternate keys.
    _RelatedEntities = Annotated[list[RelatedPair], Meta(max_length=1)] | None | UnsetType
    _KeyAttributes = Annotated[list[Pair], Meta(max_length=0)] | None | UnsetType
    _Filters = Annotated[list[FilterExpression], Meta(max_length=0)] | None
    _Links = Annotated[list[LinkEntity], Meta(max_length=0)] | None
    _Query = None | UnsetType


def fold(owner: type[Record], member: str, ready: type, make: Any) -> None:
    """Put a `Folded` attribute over one of the owner's slots."""
    slot = owner.__dict__[member]
    setattr(owner, f"_raw_{member}", slot)
    setattr(owner, member, Folded(slot, ready, make))


fold(Entity, "attributes", AttributeCollection, AttributeCollection.wrap)
fold(Entity, "formatted_values", FormattedValueCollection, FormattedValueCollection.wrap)
fold(Entity, "related_entities", RelatedEntityCollection, RelatedEntityCollection.wrap)
fold(Entity, "key_attributes", KeyAttributeCollection, KeyAttributeCollection.wrap)
fold(EntityReference, "key_attributes", KeyAttributeCollection, KeyAttributeCollection.wrap)
fold(AliasedValue, "value", type(None), read_value)
fold(ConditionExpression, "values", type(None), read_value)
fold(QueryByAttribute, "values", type(None), read_value)
