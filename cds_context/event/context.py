"""The context: one event of the platform, as its execution context.

Data, made of what `model.rows` holds, and the questions one asks it. The answers are worked out when asked for, in the
rooms below this one. Source: the platform's `IPluginExecutionContext` and `RemoteExecutionContext`, and the wire format
page.

This file is long because the class is what users read: each member and each question is documented where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload
from uuid import UUID

from msgspec import UNSET, UnsetType

from ..errors import AmbiguousTargetError, MissingImageError, ParameterError, TruncatedContextError
from ..model.codes import IsolationMode, Mode, Stage
from ..model.records import NO_MEMBERS, Readable, Record, UnknownMembers
from ..model.rows import NIL, Entity, EntityImageCollection, EntityReference, ParameterCollection
from ..model.values import Value
from .changes import Changes, compare, compare_rows
from .dependents import find_dependents
from .identity import find_missing, make_idempotency_key, make_ordering_key
from .images import choose_image, find_image, names_of
from .messages import describe
from .snapshots import Part, Snapshot, Source, lay, part_of
from .targets import (
    find_record,
    find_records,
    find_row,
    find_submission,
    find_targets,
    is_creation,
    is_deletion,
)

_ABSENT: Any = UNSET

# All that match can be held; what is rarer (before 1653, after 5138, odd zones) is for the tolerant decoder.
_is_common_date = re.compile(
    r"/Date\((0|-?[1-9][0-9]{0,12}|[1-9][0-9]{13})((\+|-(?!0000))(0[0-9]|1[0-4])[0-5][0-9])?\)/"
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
    input_parameters: ParameterCollection = _ABSENT
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
    operation_created_on: datetime
    """When the operation was created, read literally; in asynchronous steps the wall clock is the time in UTC."""
    operation_id: UUID
    """The system job of an asynchronous step; zeros or the request's id in a synchronous one."""
    organization_id: UUID
    """The environment."""
    organization_name: str | None
    """The environment's unique name; may differ between a context and its parent."""
    output_parameters: ParameterCollection
    """What the message answered, in stage 40; Create's `id` is here."""
    owning_extension: EntityReference | None
    """The step's registration, a `sdkmessageprocessingstep`."""
    parent_context: RemoteExecutionContext | None | UnsetType = UNSET
    """The context of the operation that caused this one."""
    post_entity_images: EntityImageCollection = _ABSENT
    """The row after, as registered, and in asynchronous steps the server's own `AsynchronousStepPrimaryName`."""
    pre_entity_images: EntityImageCollection = _ABSENT
    """The row before, as registered."""
    primary_entity_id: UUID
    """The row, or zeros where the message has none or names it in its parameters."""
    primary_entity_name: str | None
    """The table, or `none`."""
    request_id: UUID | None
    """The request of an asynchronous job."""
    secondary_entity_name: str | None
    """The other table of a message about two, or `none`."""
    shared_variables: ParameterCollection
    """What steps leave for later ones."""
    stage: Stage
    """Where in the pipeline the step runs."""
    user_azure_active_directory_object_id: UUID | UnsetType = UNSET
    """Who the step runs as, in Entra ID (from 2020)."""
    user_id: UUID
    """Who the step runs as."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS
    """Members that this package does not know."""

    if TYPE_CHECKING:
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
            raise ValueError("a date that needs a closer look; by hand, give a datetime")
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
    def targets(self) -> tuple[Entity | EntityReference, ...]:
        """The rows that the parameters name: one, several for a bulk message, none for a query.

        An `Entity` where columns were submitted, an `EntityReference` where the row is only named. Mostly the parameter
        `Target`, or `Targets`; SetState's `EntityMoniker`, QualifyLead's `LeadId`; Win, Lose, Close, Cancel, Fulfill:
        the row that the closing activity points to; Send's `EmailId` or `FaxId`, and AddMember's `ListId`. A message
        that is not the platform's own has a target only if it has a `Target`. None where the server cut the parameters.

        Raises ParameterError where a message of the platform has parameters, and the one that should name the row does
        not: a tool rewrote the body on its way.
        """
        return find_targets(self.message_name, self.input_parameters, self.primary_entity_name)

    @property
    def target(self) -> Entity | EntityReference | None:
        """The row that the parameters name, None if it is no one row: see `targets`, also for errors."""
        targets = self.targets
        return targets[0] if len(targets) == 1 else None

    @property
    def target_entity(self) -> Entity | None:
        """The target, if columns were submitted with it: Create, Update, Upsert. Otherwise None. Errors: `targets`."""
        target = self.target
        return target if isinstance(target, Entity) else None

    @property
    def record(self) -> EntityReference | None:
        """The row that the event is about, for every message; None if it is about no row, or about several.

        The target, whatever `primary_entity_id` says. If the target has no id: Create's output `id`, Upsert's output
        `Target`, then the primary row, then the target by its alternate key. None before a Create that was not given
        an id. RouteTo: the queue item, for the target is where that goes. A message without a target is about the
        primary row, if that is not zeros.

        Raises ParameterError as `targets`, where neither the answer nor the primary row tells the row.
        """
        return find_record(self.message_name, self.input_parameters, self.output_parameters, self._primary)

    @property
    def records(self) -> tuple[EntityReference, ...]:
        """All rows that the event is about: the `record`, if it is about one; none if it is about no row.

        A bulk message: one for each of `targets`, in their order. A row of CreateMultiple or UpsertMultiple that was
        sent without an id has the one that the message answered; before it is done, zeros.

        Raises ParameterError as `record`.
        """
        record = self.record
        if record:
            return (record,)
        targets = self.targets
        return find_records(self.message_name, self.output_parameters, targets) if len(targets) > 1 else ()

    @overload
    def pre_image(self, name: str | None = None, *, required: Literal[True]) -> Entity: ...
    @overload
    def pre_image(self, name: str | None = None, *, required: bool = False) -> Entity | None: ...
    def pre_image(self, name: str | None = None, *, required: bool = False) -> Entity | None:
        """The row before, as the image of that name; without a name, as the only one that was registered.

        None if there is no such image, or with `required`, an error: somebody deleted it from the registration of the
        step, or registered it under another name. The server's own `AsynchronousStepPrimaryName` counts only if it is
        named. A column that the image lacks is null in the row, or was not registered.

        Raises AmbiguousImageError where several are registered and none is named; with `required`, MissingImageError,
        and TruncatedContextError where the server cut the images.
        """
        image = choose_image(self.pre_entity_images, name)
        return self._required("pre_entity_images", image, name) if required else image

    @overload
    def post_image(self, name: str | None = None, *, required: Literal[True]) -> Entity: ...
    @overload
    def post_image(self, name: str | None = None, *, required: bool = False) -> Entity | None: ...
    def post_image(self, name: str | None = None, *, required: bool = False) -> Entity | None:
        """The row after, as the image of that name or the only one; as `pre_image`. Only in stage 40."""
        image = choose_image(self.post_entity_images, name)
        return self._required("post_entity_images", image, name) if required else image

    def changes(
        self,
        pre_image: str | Entity | None = None,
        post_image: str | Entity | None = None,
        *,
        target: Entity | EntityReference | None = None,
    ) -> Changes:
        """What became of each column that was submitted, and of those that the platform sets along with it.

        `pre_image` is an image's name, or the row as you know it from elsewhere; without it the only registered one is
        used, if any. A name is passed over where no image is registered, as in a step without any, or where the
        server cut them from a large post. `post_image` is the same for the row after.

        Update, Upsert: the columns of Target. Create: the same, and the old values are null. Merge: the columns of
        UpdateContent. Assign: `ownerid`. SetState, and the messages that close a row or qualify a lead: `statecode`,
        `statuscode`, as far as given. Delete and all others submit no columns: empty. A bulk message has no images,
        so that each column of an update is unknown; `target` says about which of its `targets` you ask.

        A column that is not submitted and changes along, as `statuscode` does with `statecode`, has `submitted=False`
        and is unknown. Where a pre-image and a post-image both hold a column, they decide, submitted or not.

        Raises TruncatedContextError where the parameters are missing, ParameterError where a tool rewrote one that
        names the row or is written, AmbiguousTargetError for a bulk message without `target`, ArgumentError for a name
        that none of the registered images has, and as `pre_image`.
        """
        targets, target = self._asked(target)
        if is_deletion(self.message_name):
            return compare({}, None)
        columns = {**find_submission(self.message_name, self.input_parameters, target).columns}
        is_one = len(targets) <= 1
        before = _image(self.pre_entity_images, pre_image, is_one=is_one)
        return compare(
            columns,
            before,
            _image(self.post_entity_images, post_image, is_one=is_one),
            along=self._set_along(columns, target, before),
            is_new=is_creation(self.message_name, self.output_parameters, targets, target),
        )

    def compare_images(self, pre_image: str | None = None, post_image: str | None = None) -> Changes:
        """What became of each column of the pre-image and the post-image, whatever was submitted.

        A column that both hold is changed or unchanged; one that only one of them holds is unknown, because the other
        lacks it if it is null there or was not registered. The parameters are not looked at: no change is `submitted`.
        Values are compared as by `changes`.

        Raises MissingImageError where one of them is not there, and as `pre_image`.
        """
        return compare_rows(self.pre_image(pre_image, required=True), self.post_image(post_image, required=True))

    def snapshot(
        self,
        pre_image: str | Entity | None = None,
        post_image: str | Entity | None = None,
        *,
        target: Entity | EntityReference | None = None,
    ) -> Snapshot:
        """The row after the event, as far as the context tells, for a Delete before it; each column with its source.

        The columns of the post-image, and those submitted that it does not hold. If there is no post-image, what was
        submitted laid over the pre-image, without the columns that change along (see `changes`): the pre-image has
        their old values, and nobody tells the new ones. For Retrieve, what it answered. A column that nothing tells
        about is missing. Labels come along, and a lookup's name, but never beside another value than they belong to.

        The parameters and errors are those of `changes`. The pre-image is not looked at where there is a post-image.
        """
        targets, asked = self._asked(target)
        submission = find_submission(self.message_name, self.input_parameters, asked)
        answer = self.output_parameters.get("BusinessEntity") if self.message_name == "Retrieve" else None
        is_one = len(targets) <= 1
        after = _image(self.post_entity_images, post_image, is_one=is_one)
        before = None if after else _image(self.pre_entity_images, pre_image, is_one=is_one)
        along = self._set_along(submission.columns, asked, before) if before else ()
        parts = [
            part_of(Source.PRE_IMAGE, before),
            Part(Source.INPUT, dict.fromkeys(along, UNSET), {}),
            Part(Source.INPUT, submission.columns, submission.labels),
            part_of(Source.OUTPUT, answer),
            part_of(Source.POST_IMAGE, after),
        ]
        about = find_row(self.message_name, self.output_parameters, targets, target) if target else self.record
        return lay(about or asked or self._primary, parts)

    @property
    def parents(self) -> tuple[RemoteExecutionContext, ...]:
        """The contexts of the operations that caused this one, innermost first, as they are nested."""
        parents: list[RemoteExecutionContext] = []
        parent = self.parent_context
        while parent:
            parents.append(parent)
            parent = parent.parent_context
        return tuple(parents)

    @property
    def root(self) -> RemoteExecutionContext:
        """The context of the operation that all began with: the outermost parent, or this one if it has no parent."""
        return (self, *self.parents)[-1]

    @property
    def is_truncated(self) -> bool:
        """Whether the server took members out because the post was too large, as far as the body tells.

        It does if ParentContext, InputParameters or the images are absent, or if InputParameters are empty in a message
        that is nothing without them. A transport's header or property tells it for the other messages too.
        """
        return bool(self._missing)

    def require_complete(self) -> None:
        """Raise if an answer would lack something: call it once, before you ask anything.

        Raises TruncatedContextError if the server cut the context, with the members that are missing, and
        ParameterError if a tool rewrote a parameter that names the row or is written.
        """
        if missing := self._missing:
            raise TruncatedContextError(missing)
        targets: tuple[Entity | EntityReference | None, ...] = self.targets
        for target in targets or (None,):
            find_submission(self.message_name, self.input_parameters, target)
        _ = self.record

    @property
    def idempotency_key(self) -> str:
        """A text of 36 characters that is the same whenever this delivery is repeated, and for no other delivery.

        Every step that an event triggers makes a delivery of its own. The key is a name-based UUID of the environment,
        the operation, the step, the stage, the depth, the message and the record, and in synchronous steps of the
        moment too, for one request can write a row twice. The same on each machine and Python; it tells nothing of the
        content.
        """
        is_job = self.mode == Mode.ASYNCHRONOUS and self.operation_id != NIL
        try:
            record = self.record
        except ParameterError:
            record = None  # a delivery can be told from others also if its row cannot
        return make_idempotency_key(
            self.operation_id if is_job else None,
            [self.operation_id, self.request_id, self.correlation_id],
            self.operation_created_on_utc,
            self.organization_id,
            self.owning_extension.id if self.owning_extension else NIL,
            int(self.stage),
            self.depth,
            self.message_name,
            record.logical_name if record else self.primary_entity_name,
            record.id if record else NIL,
        )

    @property
    def ordering_key(self) -> str:
        """The record as `table/id`: events with the same key are to be handled one after the other.

        Events about no one row share `table/` and zeros, with the primary table. Errors are those of `record`.
        """
        return make_ordering_key(self.primary_entity_name, self.record)

    @property
    def _primary(self) -> EntityReference:
        return EntityReference(self.primary_entity_name, self.primary_entity_id)

    @property
    def _missing(self) -> tuple[str, ...]:
        members = {
            "parent_context": self.parent_context,
            "input_parameters": self._raw_input_parameters,
            "pre_entity_images": self._raw_pre_entity_images,
            "post_entity_images": self._raw_post_entity_images,
        }
        return tuple(find_missing(self.message_name, members))

    def _required(self, member: str, image: Entity | None, name: str | None) -> Entity:
        if image is None:
            if member in self._missing:
                raise TruncatedContextError(self._missing)
            images: EntityImageCollection = getattr(self, member)
            raise MissingImageError(member.partition("_entity")[0], name, names_of(images))
        return image

    def _asked(
        self, target: Entity | EntityReference | None
    ) -> tuple[tuple[Entity | EntityReference, ...], Entity | EntityReference | None]:
        """All targets, and the one that is asked about: the only one, if none is given."""
        targets = self.targets
        if target is None:
            if "input_parameters" in self._missing:
                raise TruncatedContextError(self._missing)  # better than to say that nothing was submitted
            if len(targets) > 1:
                raise AmbiguousTargetError(len(targets))
            target = targets[0] if targets else None
        return targets, target

    def _set_along(
        self, columns: Mapping[str, Any], target: Entity | EntityReference | None, before: Entity | None
    ) -> list[str]:
        return find_dependents(
            describe(self.message_name, self.input_parameters),
            target.logical_name if target else self.primary_entity_name,
            columns,
            before.attributes if before else {},
        )

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


def _image(images: EntityImageCollection, which: str | Entity | None, *, is_one: bool) -> Entity | None:
    if isinstance(which, Entity):
        return which
    if which is None and not is_one:
        return None  # the image is of one row, and nobody knows of which
    return find_image(images, which)


class ContextSummary(Readable, frozen=True, rename="pascal"):
    """What routing needs of a context; see `RemoteExecutionContext` for what the members mean."""

    message_name: str | None
    """What happened: Create, Update, Assign, …"""
    stage: Stage
    """Where in the pipeline the step runs."""
    mode: Mode
    """Whether the server waits for the step."""
    depth: int
    """How many steps called each other to get here, from 1."""
    primary_entity_name: str | None
    """The table, or `none`."""
    primary_entity_id: UUID
    """The row, or zeros where the message has none or names it in its parameters."""
    organization_id: UUID
    """The environment."""
    organization_name: str | None
    """The environment's unique name."""
    correlation_id: UUID
    """Ties together all that one request caused."""
    operation_id: UUID
    """The system job of an asynchronous step; zeros or the request's id in a synchronous one."""
