"""The context: one event of the platform, as its execution context.

Pure data, like `values`, which it is made of. Source: the platform's `IPluginExecutionContext` and
`RemoteExecutionContext`, and the wire format page.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from .codes import IsolationMode, Mode, Stage
from .dates import parse_date
from .records import NO_MEMBERS, Record, UnknownMembers
from .values import (
    EntityImageCollection,
    EntityReference,
    ImagePair,
    Pair,
    ParameterCollection,
    Value,
    fold,
)

_ABSENT: Any = UNSET

if TYPE_CHECKING:
    _Parameters: TypeAlias = ParameterCollection
    _Date: TypeAlias = datetime
    _MaybeParameters: TypeAlias = ParameterCollection
    _MaybeImages: TypeAlias = EntityImageCollection
else:
    _Parameters = list[Pair] | None
    _MaybeParameters = list[Pair] | None | UnsetType
    _MaybeImages = list[ImagePair] | None | UnsetType
    _Date = str

# All that match can be held; what is rarer (before 1653, after 5138, odd zones) is for the tolerant decoder.
_is_common_date = re.compile(
    r"/Date\((0|-?[1-9][0-9]{0,12}|[1-9][0-9]{13})([+-](0[0-9]|1[0-4])[0-5][0-9])?\)/"
).fullmatch


class RemoteExecutionContext(Record, frozen=True, kw_only=True):
    """What the platform tells a webhook or a Service Bus endpoint about one event.

    Members that newer servers added are `msgspec.UNSET` where the body does not have them. Collections are always
    mappings: one that a server removed because the post was too large is empty and says `is_absent` or `is_null`.
    """

    business_unit_id: UUID
    """The business unit of the user the step runs as."""
    correlation_id: UUID
    """Ties together all that one request caused."""
    depth: int
    """How many steps called each other to get here, from 1; the platform stops at 8 in an hour."""
    initiating_user_agent: str | None | UnsetType = UNSET
    """The client's User-Agent (online, from 2023)."""
    initiating_user_azure_active_directory_object_id: UUID | UnsetType = UNSET
    """Who started it, in Entra ID (from 2020)."""
    initiating_user_id: UUID
    """Who started it."""
    input_parameters: _MaybeParameters = _ABSENT
    """What was asked: `Target` and others, by message."""
    is_executing_offline: bool
    """Always false on a server."""
    is_in_transaction: bool
    """Whether the step runs inside the database transaction."""
    is_offline_playback: bool
    """Whether an offline client is sending what it did before."""
    isolation_mode: IsolationMode
    """Where the step's code runs."""
    message_name: str | None
    """What happened: Create, Update, Assign, …"""
    mode: Mode
    """Whether the server waits for the step."""
    operation_created_on: _Date
    """When the operation was created, read literally; in asynchronous steps see `operation_created_on_utc`."""
    operation_id: UUID
    """The system job of an asynchronous step; zeros or the request's id in a synchronous one."""
    organization_id: UUID
    """The environment."""
    organization_name: str | None
    """The environment's unique name; may differ between a context and its parent."""
    output_parameters: _Parameters
    """What the message answered, in stage 40; Create's `id` is here."""
    owning_extension: EntityReference | None
    """The step's registration, a `sdkmessageprocessingstep`."""
    parent_context: RemoteExecutionContext | None | UnsetType = UNSET
    """The context of the operation that caused this one."""
    post_entity_images: _MaybeImages = _ABSENT
    """The row after, as registered, and in asynchronous steps the server's own `AsynchronousStepPrimaryName`."""
    pre_entity_images: _MaybeImages = _ABSENT
    """The row before, as registered."""
    primary_entity_id: UUID
    """The row, or zeros where the message has none or names it in its parameters."""
    primary_entity_name: str | None
    """The table, or `none`."""
    request_id: UUID | None
    """The request of an asynchronous job."""
    secondary_entity_name: str | None
    """The other table of a message about two, or `none`."""
    shared_variables: _Parameters
    """What steps leave for later ones."""
    stage: Stage
    """Where in the pipeline the step runs."""
    user_azure_active_directory_object_id: UUID | UnsetType = UNSET
    """Who the step runs as, in Entra ID (from 2020)."""
    user_id: UUID
    """Who the step runs as."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS
    """Members that this package does not know."""

    written: ClassVar[dict[str, Any]] = {}
    folded: ClassVar[tuple[str, ...]] = (
        "input_parameters",
        "output_parameters",
        "shared_variables",
        "pre_entity_images",
        "post_entity_images",
    )
    _raw_input_parameters: ClassVar[Any]
    _raw_output_parameters: ClassVar[Any]
    _raw_shared_variables: ClassVar[Any]
    _raw_pre_entity_images: ClassVar[Any]
    _raw_post_entity_images: ClassVar[Any]
    _raw_operation_created_on: ClassVar[Any]

    def __post_init__(self) -> None:
        # On the hot path, once for each context that is decoded.
        created = self._raw_operation_created_on
        if created.__class__ is str and not _is_common_date(created):
            raise ValueError("a date that needs a closer look")
        for pairs in (
            self._raw_input_parameters,
            self._raw_output_parameters,
            self._raw_shared_variables,
            self._raw_pre_entity_images,
            self._raw_post_entity_images,
        ):
            if pairs.__class__ is list and len(pairs) > 1 and len({pair.key for pair in pairs}) != len(pairs):
                raise ValueError("a key stands twice")

    @property
    def operation_created_on_utc(self) -> datetime:
        """The moment the operation was created.

        In asynchronous steps the server labels a UTC time as local before it writes it, so the literal reading is off
        by the offset that it carries, and the wall clock is the true time, in UTC. Observed on posts with offsets of
        −7, +2 and +3 hours, undocumented; synchronous steps carry no offset and are right.
        """
        moment = self.operation_created_on
        if self.mode == Mode.ASYNCHRONOUS:
            return moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)


for _name in ("input_parameters", "output_parameters", "shared_variables"):
    fold(RemoteExecutionContext, _name, ParameterCollection, ParameterCollection.wrap)
for _name in ("pre_entity_images", "post_entity_images"):
    fold(RemoteExecutionContext, _name, EntityImageCollection, EntityImageCollection.wrap)
fold(RemoteExecutionContext, "operation_created_on", datetime, parse_date)


class ContextSummary(Struct, frozen=True, rename="pascal"):
    """What routing needs of a context; see `RemoteExecutionContext` for what the members mean."""

    message_name: str | None
    stage: Stage
    mode: Mode
    depth: int
    primary_entity_name: str | None
    primary_entity_id: UUID
    organization_id: UUID
    organization_name: str | None
    correlation_id: UUID
    operation_id: UUID
