"""The same body as a pydantic model: what a user would write who has pydantic already.

Typed as far as the declared members go; the values of columns by `__type`, with the discriminator that makes pydantic
fast. Collections stay lists of pairs, and dates in columns text, both to pydantic's advantage.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, Union
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal
from typing_extensions import TypeAliasType

_DATE = re.compile(r"/Date\((-?\d+)(?:([+-])(\d\d)(\d\d))?\)/")


def _read_date(value: Any) -> Any:
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    milliseconds, sign, hours, minutes = match.groups()
    zone = timezone.utc
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == "-" else offset)
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(milliseconds))).astimezone(zone)


_Date = Annotated[datetime, BeforeValidator(_read_date)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal)


class Pair(BaseModel):
    """One item of a collection."""

    key: str
    value: Value


class TextPair(BaseModel):
    """One item of the formatted values."""

    key: str
    value: str | None


class KeyValuePair(BaseModel):
    """The tagged item of an array."""

    type_: Literal["KeyValuePairOfstringstring:#System.Collections.Generic"] = Field(alias="__type")
    key: str
    value: str | None


class Reference(_Model):
    """A lookup where it is declared."""

    id: UUID
    key_attributes: list[Pair] | None = None
    logical_name: str | None
    name: str | None
    row_version: str | None = None


class TaggedReference(Reference):
    """A lookup in a column."""

    type_: Literal["EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")


class Row(_Model):
    """A row where it is declared."""

    attributes: list[Pair]
    entity_state: int | None
    formatted_values: list[TextPair]
    id: UUID
    key_attributes: list[Pair] | None = None
    logical_name: str | None
    related_entities: list[RelatedPair]
    row_version: str | None = None


class TaggedRow(Row):
    """A row in a parameter."""

    type_: Literal["Entity:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")


class Rows(_Model):
    """A page of rows where it is declared."""

    entities: list[Row]
    entity_name: str | None
    min_active_row_version: str | None
    more_records: bool
    paging_cookie: str | None
    total_record_count: int
    total_record_count_limit_exceeded: bool


class TaggedRows(Rows):
    """A page of rows in a column, such as the parties of an activity."""

    type_: Literal["EntityCollection:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")


class Relationship(_Model):
    """The key of related rows."""

    primary_entity_role: int | None
    schema_name: str | None


class RelatedPair(BaseModel):
    """One item of the related rows."""

    key: Relationship
    value: Rows


class ImagePair(BaseModel):
    """One item of the images."""

    key: str
    value: Row | None


class Choice(_Model):
    """The number of an option."""

    type_: Literal["OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")
    value: int


class Money(_Model):
    """An amount."""

    type_: Literal["Money:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")
    value: Decimal


class ManagedBoolean(_Model):
    """A yes/no of a solution component."""

    type_: Literal["BooleanManagedProperty:http://schemas.microsoft.com/xrm/2011/Contracts"] = Field(alias="__type")
    can_be_changed: bool
    managed_property_logical_name: str | None
    value: bool


_Tagged = Annotated[
    TaggedRow | TaggedReference | TaggedRows | Choice | Money | ManagedBoolean | KeyValuePair,
    Field(discriminator="type_"),
]

Value = TypeAliasType("Value", Union[_Tagged, str, bool, int, float, "list[Value]", None])  # pyright: ignore[reportInvalidTypeForm] # a name for a discriminated union


class Context(_Model):
    """The whole body."""

    business_unit_id: UUID
    correlation_id: UUID
    depth: int
    initiating_user_agent: str | None = None
    initiating_user_azure_active_directory_object_id: UUID | None = None
    initiating_user_id: UUID
    input_parameters: list[Pair] | None = None
    is_executing_offline: bool
    is_in_transaction: bool
    is_offline_playback: bool
    isolation_mode: int
    message_name: str | None
    mode: int
    operation_created_on: _Date
    operation_id: UUID
    organization_id: UUID
    organization_name: str | None
    output_parameters: list[Pair]
    owning_extension: Reference | None
    parent_context: Context | None = None
    post_entity_images: list[ImagePair] | None = None
    pre_entity_images: list[ImagePair] | None = None
    primary_entity_id: UUID
    primary_entity_name: str | None
    request_id: UUID | None
    secondary_entity_name: str | None
    shared_variables: list[Pair]
    stage: int
    user_azure_active_directory_object_id: UUID | None = None
    user_id: UUID


Context.model_rebuild()
