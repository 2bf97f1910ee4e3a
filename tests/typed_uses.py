"""What type checkers must infer for users' code. mypy and pyright read this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Generic, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
from msgspec import UNSET, UnsetType
from typing_extensions import assert_type

from cds_context import (
    Change,
    ChangeRow,
    Code,
    Entity,
    EntityReference,
    RemoteExecutionContext,
    Value,
    change_rows,
    json_schema,
    mend,
    redact,
    to_plain,
    to_webapi,
    unwrap,
)
from cds_context.testing import Message, server_message

T = TypeVar("T")


class Status(IntEnum):
    OPEN = 1


class AccountStruct(msgspec.Struct):
    name: str


@dataclass
class AccountDataclass:
    name: str


@attrs.frozen
class AccountAttrs:
    name: str


class AccountDict(TypedDict):
    name: str


class AccountModel(pydantic.BaseModel):
    name: str


class OpenStatus(Code):
    OPEN = 1


class Owned(msgspec.Struct, Generic[T]):
    ownerid: T


def one_column(row: Entity) -> None:
    assert_type(row.get_as("accountid", UUID), UUID)
    assert_type(row.get_as("modifiedon", datetime), datetime)
    assert_type(row.get_as("birthdate", date), date)
    assert_type(row.get_as("revenue", Decimal), Decimal)
    assert_type(row.get_as("rate", float), float)
    assert_type(row.get_as("count", int), int)
    assert_type(row.get_as("donotemail", bool), bool)
    assert_type(row.get_as("name", str), str)
    assert_type(row.get_as("ownerid", EntityReference), EntityReference)
    assert_type(row.get_as("statuscode", Status), Status)
    assert_type(row.get_as("statuscode", OpenStatus), OpenStatus)
    assert_type(row.get_as("entityimage", bytes), bytes)
    assert_type(row.get_as("to", list[Entity]), list[Entity])
    assert_type(row.get_as("new_tags", set[int]), set[int])
    assert_type(row.get_as("new_tags", set[Status]), set[Status])


def one_column_that_may_be_missing_or_null(row: Entity) -> None:
    assert_type(row.get_as("ownerid", UUID, default=None), UUID | None)
    assert_type(row.get_as("count", int, default=0), int)
    assert_type(row.get_as("name", str, default=UNSET), str | UnsetType)
    assert_type(row.get_as("name", str | None), str | None)
    assert_type(row.get_as("name", str | None, default=UNSET), str | None | UnsetType)
    assert_type(row.get_as("customerid", EntityReference | UUID), EntityReference | UUID)
    assert_type(row.get_as("statuscode", Status | int), Status | int)
    assert_type(row.get_as("statuscode", OpenStatus, default=OpenStatus(7)), OpenStatus)


def whole_rows(row: Entity) -> None:
    assert_type(row.to(AccountStruct), AccountStruct)
    assert_type(row.to(AccountDataclass, rename={"name": "fullname"}), AccountDataclass)
    assert_type(row.to(AccountAttrs), AccountAttrs)
    assert_type(row.to(AccountDict), AccountDict)
    assert_type(row.to(AccountModel), AccountModel)
    assert_type(row.to(Owned[UUID]), Owned[UUID])
    assert_type([one.to(AccountStruct) for one in row.get_as("to", list[Entity])], list[AccountStruct])
    assert_type(Entity.from_(AccountStruct("x"), "account"), Entity)


def a_mapping(row: Entity) -> None:
    assert_type(list(row), list[str])
    assert_type([*row.keys()], list[str])
    assert_type([*row.values()], list[Value])
    assert_type([*row.items()], list[tuple[str, Value]])
    assert_type(dict(row), dict[str, Value])


def the_rest(row: Entity) -> None:
    assert_type(row.reference, EntityReference)
    assert_type(row.formatted("statuscode"), str | None)


def images(context: RemoteExecutionContext) -> None:
    assert_type(context.pre_image(), Entity | None)
    assert_type(context.pre_image("PreImage", required=True), Entity)
    assert_type(context.post_image(required=True), Entity)
    assert_type(context.records, tuple[EntityReference, ...])
    assert_type(context.compare_images().columns, Mapping[str, Change])
    assert_type(context.changes(context.pre_image(required=True)).cleared, Mapping[str, Change])


def labels(context: RemoteExecutionContext) -> None:
    assert_type(context.changes()["statuscode"].old_label, str | None)
    assert_type(context.changes()["statuscode"].new_label, str | None)


def plain_data(context: RemoteExecutionContext, row: Entity) -> None:
    assert_type(to_plain(context, mode="json"), dict[str, Any])
    assert_type(to_plain(row), dict[str, Any])
    assert_type(to_plain(context.stage), Any)
    assert_type(to_webapi(row), dict[str, Any])
    assert_type(redact(context, keep={"name"}, seed=1), RemoteExecutionContext)
    assert_type(json_schema("plain"), dict[str, Any])


def flat_rows(context: RemoteExecutionContext) -> None:
    rows = change_rows(context, status={"changed"}, columns="name")
    assert_type(rows, list[ChangeRow])
    assert_type(rows[0]["old_label"], str | None)
    assert_type(rows[0]["submitted"], bool)


def relayed(parsed: dict[str, Any]) -> None:
    assert_type(unwrap(b""), list[bytes])
    assert_type(mend(b""), bytes)
    assert_type(unwrap(""), list[bytes])
    assert_type(unwrap(parsed), list[bytes])
    assert_type(unwrap([parsed]), list[bytes])


def for_tests(context: RemoteExecutionContext) -> None:
    message = server_message(context)
    assert_type(message, Message)
    assert_type(message.body, bytes)
    assert_type(message.properties, dict[str, str | bool])
    assert_type(message.amqp, bytes)
