"""The step that a builder's context is for: stage, user and moment, with a check for combinations that no server sends.

No row and no parameter is known here. A caller's options are of two sorts. From some, other members follow, and the
rules check them. The rest are members of the context and stand as given; only a number that no server can hold is
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias, TypedDict
from uuid import UUID, uuid5

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from cds_context import (
    Entity,
    EntityReference,
    IsolationMode,
    Mode,
    ParameterCollection,
    RemoteExecutionContext,
    Stage,
    UnknownMembers,
    Value,
)

from ..errors import BuildError
from ..event.messages import MESSAGES
from ..model.kinds import MEMBERS, Member
from .values import Plain, check_numbers, parameters_of, value_of

Images: TypeAlias = "str | Mapping[str, Collection[str]]"
"""The name of an image with all columns, or images by name with the columns that were registered for each."""
Parameters: TypeAlias = "Mapping[str, Plain] | None | UnsetType"
EntityImages: TypeAlias = "Mapping[str, Entity | None] | None | UnsetType"


class Options(TypedDict, total=False):
    """The options of every builder, besides those of its message."""

    seed: int
    """Another seed gives other ids, and a time that is later by as many minutes. 0 if not given."""
    at: datetime
    """The moment of the operation, with a time zone. From the seed if not given.

    OperationCreatedOn of an asynchronous step, and what the platform stamps on a row, have whole seconds.
    """
    stage: int
    """10, 20 or 40, or 30 for the platform's own context, as in `parent_context`. 40 if not given."""
    asynchronous: bool
    """Whether the step runs as a system job, after the operation. False if not given."""
    utc_offset: timedelta
    """The offset of an asynchronous server; OperationCreatedOn is wrong by it (wire format, "Dates")."""
    step_name: str
    """The name of the step's registration, which the server writes in synchronous steps."""
    parameters: Mapping[str, Plain]
    """Input parameters beside the message's own, such as `ConcurrencyBehavior`."""

    business_unit_id: UUID
    correlation_id: UUID
    depth: int
    initiating_user_agent: str | None | UnsetType
    initiating_user_azure_active_directory_object_id: UUID | UnsetType
    initiating_user_id: UUID
    input_parameters: Parameters
    is_executing_offline: bool
    is_in_transaction: bool
    is_offline_playback: bool
    isolation_mode: IsolationMode
    message_name: str | None
    mode: Mode
    operation_created_on: datetime
    operation_id: UUID
    organization_id: UUID
    organization_name: str | None
    output_parameters: Parameters
    owning_extension: EntityReference | None
    parent_context: RemoteExecutionContext | None | UnsetType
    post_entity_images: EntityImages
    pre_entity_images: EntityImages
    primary_entity_id: UUID
    primary_entity_name: str | None
    request_id: UUID | None
    secondary_entity_name: str | None
    shared_variables: Parameters
    unknown_members: UnknownMembers[Value]
    user_azure_active_directory_object_id: UUID | UnsetType
    user_id: UUID


class RowOptions(Options, total=False):
    """Further options of the builders of messages about one row."""

    id: UUID
    """The row's id. From the table and the seed if not given, so one seed is the same row in every message."""
    primary_key: str
    """The column of the row's id: `activityid` for the platform's activities, else the table's name and `id`."""
    primary_name: str
    """The column of the row's name, for the image that the server adds to asynchronous steps."""
    pre_image: Images
    """Images of the row before."""
    post_image: Images
    """Images of the row after."""


_OF_ANY_MESSAGE = Options.__optional_keys__ | {"pre_image", "post_image"}
"""The reasons for refusing images that no server makes."""
_LEADING = frozenset(
    {
        *("seed", "at", "stage", "asynchronous", "utc_offset", "step_name", "parameters"),
        *("id", "primary_key", "primary_name", "pre_image", "post_image"),
    }
)
_OF_ONE_CONTEXT = frozenset(
    {
        *("input_parameters", "output_parameters", "shared_variables", "pre_entity_images", "post_entity_images"),
        *("parent_context", "unknown_members"),
    }
)
"""Members that a parent does not share with its child."""
_OF_PLAIN_VALUES = ("input_parameters", "output_parameters", "shared_variables")

_FIRST_MOMENT = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
_MINUTES_OF_A_YEAR = 525_600
_IDS = UUID("6f1b2a52-5d0c-4c5e-9f43-0d3c55a1c0de")


def id_of(*parts: object) -> UUID:
    """An id that depends only on the given parts."""
    return uuid5(_IDS, "/".join(map(str, parts)))


class Step(Struct, frozen=True):
    """A step's stage, user and moment; `given` are members of the context that stand as given."""

    message: str
    stage: Stage
    asynchronous: bool
    seed: int
    at: datetime
    created_on: datetime
    name: str | None
    parameters: dict[str, Value]
    pre_images: dict[str, Collection[str] | None]
    post_images: dict[str, Collection[str] | None]
    given: dict[str, Any]

    @property
    def user(self) -> UUID:
        """The user that the step runs as."""
        user: UUID = self.given.get("user_id", id_of("user"))
        return user

    def stamp(self) -> dict[str, Plain]:
        """The columns that the platform writes whenever it writes a row."""
        return {
            "modifiedon": self.at.replace(microsecond=0),
            "modifiedby": EntityReference("systemuser", self.user),
            "modifiedonbehalfby": None,
        }

    def of_platform(self) -> Step:
        """The platform's own step of the same operation, in stage 30: the parent."""
        given = {name: value for name, value in self.given.items() if name not in _OF_ONE_CONTEXT}
        return replace(self, stage=Stage.MAIN_OPERATION, pre_images={}, post_images={}, given=given)


def step_of(message: str, options: Mapping[str, object], *, one_row: bool = True) -> Step:
    """The step that the options describe. Raises BuildError, with the reason, for a step that no server has.

    `one_row` tells whether the message is about one row, so that the options of a row are taken.
    """
    given: dict[str, Any] = dict(options)
    unknown = given.keys() - (RowOptions.__optional_keys__ if one_row else _OF_ANY_MESSAGE)
    if unknown:
        raise TypeError(f"the builder of {message} takes no `{min(unknown)}`")
    if "id" in given:
        check_id("id", given["id"])
    stage = Stage(given.get("stage", Stage.POST_OPERATION))
    asynchronous = bool(given.get("asynchronous", False))
    _check_stage(stage, asynchronous=asynchronous)
    images = {name: _images(name, given[name]) if name in given else {} for name in ("pre_image", "post_image")}
    _check_images(message, stage, before=bool(images["pre_image"]), after=bool(images["post_image"]))
    seed = given.get("seed", 0)
    at = value_of(given.get("at", _FIRST_MOMENT + timedelta(minutes=seed % _MINUTES_OF_A_YEAR)), "option `at`")
    return Step(
        message=message,
        stage=stage,
        asynchronous=asynchronous,
        seed=seed,
        at=at,
        created_on=_created_on(at, given.get("utc_offset"), asynchronous=asynchronous),
        name=None if asynchronous else given.get("step_name", f"Example: {message}"),
        parameters=parameters_of(given.get("parameters", {})),
        pre_images=images["pre_image"],
        post_images=images["post_image"],
        given={name: _member(name, value) for name, value in given.items() if name not in _LEADING},
    )


_MEMBERS = {member.field: member for member in MEMBERS[RemoteExecutionContext]}


def check_id(name: str, value: Any) -> UUID:
    """The id that a parameter of a builder got. Raises BuildError for text, which would equal no id of a context."""
    if not isinstance(value, UUID):
        raise BuildError(f"`{name}`: expected UUID, found {type(value).__name__}")
    return value


def _member(name: str, value: Any) -> Any:
    member = _MEMBERS.get(name)  # none is the one for unknown members
    if member and member.kind == "UUID" and not _is_left_out(member, value):
        return check_id(name, value)
    if name not in _OF_PLAIN_VALUES or value is None or value is UNSET or isinstance(value, ParameterCollection):
        if member and isinstance(value, int):
            check_numbers(value, f"`{name}`", member.kind)
        return value
    return parameters_of(value)


def _is_left_out(member: Member, value: Any) -> bool:
    return (member.is_nullable and value is None) or (member.may_be_absent and value is UNSET)


def _images(option: str, given: Images) -> dict[str, Collection[str] | None]:
    if isinstance(given, str):
        return {given: None}
    images: dict[str, Collection[str] | None] = {}
    with suppress(TypeError, ValueError):
        images.update(given)
    # A text is a collection of its letters, and no image has such columns.
    if (given and not images) or any(isinstance(columns, str) for columns in images.values()):
        raise BuildError(f"`{option}`: expected the name of an image, or a mapping of names to lists of columns")
    return images


def _created_on(at: datetime, offset: timedelta | None, *, asynchronous: bool) -> datetime:
    if not asynchronous:
        if offset is not None:
            raise BuildError("`utc_offset`: OperationCreatedOn of a synchronous step carries no offset")
        return at
    offset = offset or timedelta(0)
    if abs(offset) >= timedelta(days=1) or offset % timedelta(minutes=1):
        raise BuildError("`utc_offset`: an offset is whole minutes, and less than a day")
    # The server's fault is kept: a time in UTC is labelled as local. The zone's name keeps an offset of zero apart from
    # UTC. Observed: system jobs have whole seconds.
    return at.replace(microsecond=0, tzinfo=timezone(offset, "local"))


def _check_stage(stage: Stage, *, asynchronous: bool) -> None:
    if stage not in (Stage.PRE_VALIDATION, Stage.PRE_OPERATION, Stage.MAIN_OPERATION, Stage.POST_OPERATION):
        raise BuildError("`stage`: steps run in stages 10, 20 and 40, and the platform's own in 30")
    if asynchronous and stage < Stage.MAIN_OPERATION:
        raise BuildError("`asynchronous`: a system job runs after the operation, in stage 40")


def _check_images(message: str, stage: Stage, *, before: bool, after: bool) -> None:
    if not before and not after:
        return
    known = MESSAGES.get(message)
    has_before, has_after = (known.pre_image, known.post_image) if known else (False, False)
    if not has_before and not has_after:
        raise BuildError(f"`pre_image`, `post_image`: the server makes no images for {message}")
    if before and not has_before:
        raise BuildError(f"`pre_image`: before {message} there is no row")
    if after and not has_after:
        raise BuildError(f"`post_image`: after {message} there is no row")
    if stage == Stage.MAIN_OPERATION:
        raise BuildError("`pre_image`, `post_image`: no step that has images is registered in stage 30")
    if after and stage != Stage.POST_OPERATION:
        raise BuildError("`post_image`: the row after the operation exists only in stage 40")
