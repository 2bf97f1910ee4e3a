"""Rows and the types of their columns: references, choices, amounts, and the collections of key/value pairs.

Pure data. The body of a class describes its type, as `kinds` says; what the fast pass makes of an annotation is told in
`codec.fast`.

This file is long because the types name each other, and each member is documented where it stands.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload
from uuid import UUID

from msgspec import NODEFAULT, UNSET, Raw, UnsetType
from msgspec.structs import replace

from ..errors import ArgumentError, ColumnError
from ..wire.dates import read_clock
from .codes import EntityRole, EntityState
from .kinds import XRM
from .late import Late
from .records import NO_MEMBERS, NONE_GIVEN, Collection, Record, UnknownMembers, check_keys, class_of, hashable

if TYPE_CHECKING:
    from typing_extensions import TypeForm  # type checkers bring it along

    from . import classes, columns
    from .values import Value  # annotations name the union, which is made of what is here
else:
    # Needed for a column as a type, and a row as an object.
    classes = Late(f"{__package__}.classes")
    columns = Late(f"{__package__}.columns")

T = TypeVar("T")
D = TypeVar("D")

NIL = UUID(int=0)
"""The platform's id for no row: zeros."""

_ABSENT: Any = UNSET
"""The default of a collection that the body lacks; a reader gets an empty mapping with `is_absent`."""


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
    """The texts a user would see for columns, by logical name, in the calling user's language and time zone.

    Those of dates are ISO 8601 with the user's offset.
    """

    __slots__ = ()


class EntityImageCollection(Collection[str, "Entity | None"]):
    """Images of the row, by the name under which the developer registered them. The platform's type allows null."""

    __slots__ = ()


class RelatedEntityCollection(Collection["Relationship", "EntityCollection"]):
    """Rows that are created or updated along with a row, by relationship."""

    __slots__ = ()


class TaggedRecord(Record, frozen=True, tag_field="__type"):
    """A value with its type in ``__type``, in slots that do not declare the type."""


class Entity(TaggedRecord, frozen=True, inner="attributes", kw_only=True, tag=f"Entity:{XRM}"):
    """A row, or the columns of a row that a message carries.

    Reads like a mapping of its attributes: `entity["firstname"]`, `"firstname" in entity`, iteration over names.
    A present column with None is null; a missing column was not submitted, or is null in an image.
    """

    # Four members have no default here though they may be absent: the fast pass refuses a row that lacks one of them,
    # and so each level of rows needs many bytes (see `codec.decoding`).
    attributes: AttributeCollection
    """The columns that the message carries."""
    entity_state: EntityState | None | UnsetType
    """What a client that tracks changes did with the row; null on nearly every event."""
    formatted_values: FormattedValueCollection
    """The texts a user would see for columns, labels of choices among them."""
    id: UUID
    """The row's id; zeros if it has none yet."""
    key_attributes: KeyAttributeCollection = _ABSENT
    """The row's alternate key, if it is named by one."""
    logical_name: str | None
    """The table."""
    related_entities: RelatedEntityCollection
    """Rows that are created or updated along with this one."""
    row_version: str | None | UnsetType = UNSET
    """The version of the row, which each change raises."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    if TYPE_CHECKING:
        _raw_attributes: ClassVar[Any]
        _raw_formatted_values: ClassVar[Any]
        _raw_key_attributes: ClassVar[Any]

    def __init__(
        self,
        logical_name: str | None,
        id: UUID = NIL,
        attributes: Mapping[str, Value] | None | UnsetType = NONE_GIVEN,
        *,
        formatted_values: Mapping[str, str | None] | None | UnsetType = NONE_GIVEN,
        related_entities: Mapping[Relationship, EntityCollection] | None | UnsetType = NONE_GIVEN,
        entity_state: EntityState | None | UnsetType = None,
        key_attributes: Mapping[str, Value] | None | UnsetType = NONE_GIVEN,
        row_version: str | None | UnsetType = None,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...

    def __post_init__(self) -> None:
        # This runs for every decoded row, so it is written out for speed.
        pairs = self._raw_attributes
        if pairs and class_of(pairs) is list and len(pairs) > 1:
            check_keys(pairs)
        pairs = self._raw_formatted_values
        if pairs and class_of(pairs) is list and len(pairs) > 1:
            check_keys(pairs)

    def __getitem__(self, column: str) -> Value:
        return self.attributes[column]

    def __contains__(self, column: object) -> bool:
        return column in self.attributes

    def __iter__(self) -> Iterator[str]:
        return iter(self.attributes)

    def __len__(self) -> int:
        return len(self.attributes)

    def __bool__(self) -> bool:
        return True

    def keys(self) -> KeysView[str]:
        """The columns' logical names. With this method, ``dict(entity)`` works."""
        return self.attributes.keys()

    def values(self) -> ValuesView[Value]:
        """The columns' values."""
        return self.attributes.values()

    def items(self) -> ItemsView[str, Value]:
        """The columns, as pairs of logical name and value."""
        return self.attributes.items()

    def get(self, column: str, default: Any = None) -> Any:
        """The column's value, or `default` where the column is missing. A null column gives None."""
        return self.attributes.get(column, default)

    @property
    def reference(self) -> EntityReference:
        """A reference to this row: its logical name, its id, and its alternate key if it has one."""
        return refer(self.logical_name, self.id, self.key_attributes if self._raw_key_attributes else NO_KEYS)

    def formatted(self, column: str) -> str | None:
        """The text a user would see for the column, or a lookup's name; None if the row holds neither.

        The text is in the calling user's language and time zone; for a date it is ISO 8601 with the user's offset,
        which `local` reads. The target of an Update often has no such texts; images have them.
        """
        label = self.formatted_values.get(column)
        value = self.get(column)
        if isinstance(value, AliasedValue):
            value = value.value
        return value.name if label is None and isinstance(value, EntityReference) else label

    def local(self, column: str) -> datetime | None:
        """The date on the calling user's clock, by the offset of the column's label; None if nothing tells it.

        Nothing tells it for a column that is null or missing, or without a label in ISO 8601 of the value's own moment.
        It is of use where the column is User Local. Raises ColumnError for a value that is no date.
        """
        value = self.get(column)
        if isinstance(value, AliasedValue):
            value = value.value
        if value is not None and not isinstance(value, datetime):
            raise ColumnError(column, "datetime", type(value).__name__)
        label = self.formatted_values.get(column)
        return None if value is None or label is None else read_clock(label, value)

    @overload
    def get_as(self, column: str, wanted: type[T]) -> T: ...
    @overload
    def get_as(self, column: str, wanted: type[T], *, default: D) -> T | D: ...
    @overload
    def get_as(self, column: str, wanted: TypeForm[T]) -> T: ...
    @overload
    def get_as(self, column: str, wanted: TypeForm[T], *, default: D) -> T | D: ...
    def get_as(self, column: str, wanted: Any, *, default: Any = NODEFAULT) -> Any:
        """The column's value as the wanted type, or `default` for a missing column.

        A value is unpacked as far as the type asks: a lookup gives an EntityReference or a UUID, a Money its Decimal,
        a choice an int or a member of an IntEnum (of `Status | int`, the member if there is one), choices a list or set
        of these, an EntityCollection a list of rows, an image bytes. Text in ISO 8601 is read where a datetime or date
        is wanted. The date of a datetime is its day in UTC, which is the user's day in columns that are Date Only or
        Time Zone Independent, but not in User Local ones. Null gives None if the type admits None or the default is
        None. Everything else raises ColumnError.
        """
        return columns.column_as(self.attributes, column, wanted, default)

    def to(self, cls: type[T], *, rename: Mapping[str, str] | None = None) -> T:
        """The row as an object of your class: a Struct, dataclass, attrs class, TypedDict or pydantic model.

        A field takes the column of its own name, and `from_` the column `from`, unless `rename` (field to column), a
        Struct's `rename` or a model's alias gives another. Values are read as by `get_as`, with the field's annotation
        as the type. For a missing column the field keeps its default, or becomes `msgspec.UNSET` if the annotation
        admits UNSET.

        Raises ColumnError for any other missing column, and for a value that does not fit; ArgumentError for a row of
        another table than the class's `__entity_logical_name__`.
        """
        if not classes.is_of_table(cls, self.logical_name):
            raise ArgumentError(
                f"{classes.name_of(cls)} is of another table than the row, as its __entity_logical_name__ says"
            )
        return columns.into(self.attributes, cls, rename or {})

    @classmethod
    def from_(
        cls, row: object, logical_name: str | None, id: UUID = NIL, *, rename: Mapping[str, str] | None = None
    ) -> Entity:
        """The inverse of `to`, for tests: a row from an object. None gives null.

        A field with UNSET gives no column, nor does a field of a pydantic model that was not set.

        The platform's column types are guessed from the values: a Decimal becomes Money, a member of an IntEnum
        an OptionSetValue, a set a list of OptionSetValue, a UUID text, a date midnight in UTC; other values stay.
        """
        return cls(
            logical_name, id, {column: as_value(value) for column, value in columns.columns_of(row, rename or {})}
        )


class EntityReference(
    TaggedRecord,
    frozen=True,
    inner="id",
    kw_only=True,
    tag=f"EntityReference:{XRM}",
    declared={"name": "str | None | UnsetType"},
):
    """A lookup: table and id of a row, and often its primary name.

    `name` is None if the server did not look the name up, or if the body lacks the member. If the id is zeros, the key
    attributes name the row. Servers up to 2015 write neither `key_attributes` nor `row_version`.
    """

    id: UUID
    """The row's id; zeros if the alternate key names the row."""
    key_attributes: KeyAttributeCollection = _ABSENT
    """The row's alternate key, if it is named by one."""
    logical_name: str | None
    """The table."""
    # `name` has no default, for the reason given in Entity: the fast pass refuses a reference without it.
    name: str | None
    """The row's primary name, where the server looked it up."""
    row_version: str | None | UnsetType = UNSET
    """The version of the row, which each change raises."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        logical_name: str | None,
        id: UUID = NIL,
        name: str | None = None,
        *,
        key_attributes: Mapping[str, Value] | None | UnsetType = NONE_GIVEN,
        row_version: str | None | UnsetType = None,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...

    def __hash__(self) -> int:
        return hash((self.logical_name, hashable(self.id)))


NO_KEYS = KeyAttributeCollection({})


def refer(table: str | None, id: UUID, key_attributes: KeyAttributeCollection = NO_KEYS) -> EntityReference:
    """What a call of EntityReference gives; that call takes twenty times as long, and answers make many references."""
    return replace(_NO_ROW, logical_name=table, id=id, key_attributes=key_attributes)


_NO_ROW = EntityReference(None, key_attributes=NO_KEYS)


class EntityCollection(TaggedRecord, frozen=True, inner="entities", kw_only=True, tag=f"EntityCollection:{XRM}"):
    """A page of rows: the result of a query, the targets of a bulk message, the parties of an activity."""

    entities: list[Entity]
    """The rows."""
    entity_name: str | None
    """The table, if all rows are of the same table."""
    min_active_row_version: str | None
    """The lowest row version that is still active, for tracking changes."""
    more_records: bool
    """Whether another page follows."""
    paging_cookie: str | None
    """The cookie for the query of the next page."""
    total_record_count: int
    """How many rows the query has in all; −1 if the query did not ask for the count."""
    total_record_count_limit_exceeded: bool
    """Whether there are more rows than the platform counts."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        entities: list[Entity],
        entity_name: str | None = None,
        *,
        min_active_row_version: str | None = None,
        more_records: bool = False,
        paging_cookie: str | None = None,
        total_record_count: int = -1,
        total_record_count_limit_exceeded: bool = False,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...


class OptionSetValue(TaggedRecord, frozen=True, inner="value", tag=f"OptionSetValue:{XRM}"):
    """A choice: the number of the option. Its label is in the row's formatted values."""

    value: int
    """The number of the option."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(self, value: int, *, unknown_members: UnknownMembers[Value] = NO_MEMBERS) -> None: ...

    def __hash__(self) -> int:
        return hash((type(self), hashable(self.value)))


class Money(TaggedRecord, frozen=True, inner="value", tag=f"Money:{XRM}"):
    """An amount, exact, with its scale. The currency is another column (`transactioncurrencyid`)."""

    value: Decimal
    """The amount, with as many digits behind the point as the server wrote."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(self, value: Decimal, *, unknown_members: UnknownMembers[Value] = NO_MEMBERS) -> None: ...

    def __post_init__(self) -> None:
        # The decoder leaves the raw text of any JSON value here, because its own Decimal would accept a quoted number.
        raw: Any = self.value
        if class_of(raw) is Raw:
            text = str(raw, "ascii")  # the bytes of Raw take three times as long
            if text[0] not in "-0123456789" or len(text) > 400 or "e" in text or "E" in text:
                raise ValueError("a number that needs a closer look")
            _set_amount(self, Decimal(text))


_set_amount: Any = vars(Money)["value"].__set__


class BooleanManagedProperty(
    TaggedRecord, frozen=True, inner="value", kw_only=True, tag=f"BooleanManagedProperty:{XRM}"
):
    """A yes/no of a solution component, and whether it may be changed after installation."""

    can_be_changed: bool
    """Whether whoever installs the component may change it."""
    managed_property_logical_name: str | None
    """The property's name; null on most events."""
    value: bool
    """Yes or no."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        value: bool,
        can_be_changed: bool = True,
        managed_property_logical_name: str | None = None,
        *,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...


class AliasedValue(TaggedRecord, frozen=True, inner="value", kw_only=True, tag=f"AliasedValue:{XRM}"):
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
    value: Value
    """The column's value."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        entity_logical_name: str | None,
        attribute_logical_name: str | None,
        value: Value,
        *,
        need_formatting: bool | UnsetType = False,
        return_type: int | UnsetType = 0,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...


class Relationship(TaggedRecord, frozen=True, kw_only=True, tag=f"Relationship:{XRM}"):
    """A relationship by its schema name, with a role if the relationship is between a table and itself."""

    primary_entity_role: EntityRole | None
    """The side of the primary row; null unless the table is related to itself."""
    schema_name: str | None
    """The relationship's schema name."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        schema_name: str | None,
        primary_entity_role: EntityRole | None = None,
        *,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...

    def __hash__(self) -> int:
        return hash((self.schema_name, hashable(self.primary_entity_role)))


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
    if isinstance(value, bytes):
        return [*value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return value
