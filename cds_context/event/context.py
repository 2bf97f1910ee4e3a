"""The context: one event of the platform, as its execution context.

The class holds data, built from the types of `model`, and answers questions about it. Each answer is computed on
demand, by the other files of this folder. Source: the platform's `IPluginExecutionContext` and
`RemoteExecutionContext`, and the wire format page.

This file is long because users read the class: each member and each question is documented in place.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload
from uuid import UUID

from msgspec import UNSET, UnsetType

from ..errors import (
    MissingImageError,
    ParameterError,
    TruncatedContextError,
    UnknownMomentError,
)
from ..model.codes import IsolationMode, Mode, Stage
from ..model.late import Late
from ..model.records import NO_MEMBERS, Readable, Record, UnknownMembers, check_keys, class_of, items_of
from ..model.rows import NIL, Entity, EntityImageCollection, EntityReference, ParameterCollection, refer
from ..model.values import Value
from ..wire.dates import LOCAL, usual_date, whole_milliseconds
from .changes import Changes, compare, compare_rows
from .snapshots import Part, Snapshot, Source, lay, part_of

if TYPE_CHECKING:
    from . import dependents, identity, images
    from . import targets as targeting
    from .parameters import Target
else:
    # Needed for questions about an event, which not every program asks.
    dependents = Late(f"{__package__}.dependents")
    identity = Late(f"{__package__}.identity")
    images = Late(f"{__package__}.images")
    targeting = Late(f"{__package__}.targets")

_ABSENT: Any = UNSET

# Python can hold every date that matches. Rarer dates (before 1653, after 5138, odd zones) go to the tolerant pass.
_COMMON_DATE = r"/Date\((?:[1-9][0-9]{0,13}|0|-[1-9][0-9]{0,12})(?:\)/|(?!-0000)[+-](?:0[0-9]|1[0-4])[0-5][0-9]\)/)"


class RemoteExecutionContext(Record, frozen=True, kw_only=True):
    """One event, as the platform posts it to a webhook or a Service Bus endpoint.

    Members that newer servers added are `msgspec.UNSET` if the body lacks them. Collections are always mappings: one
    that a server removed from a large post is empty, with `is_absent` or `is_null` true.
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
    """The parameters of the request: `Target` and others, by message."""
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
    """The message's answer, in stage 40; Create's `id` is here."""
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
    """Values that steps leave for later steps."""
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
        if isinstance(created, str) and not usual_date(created) and not re.fullmatch(_COMMON_DATE, created):
            raise ValueError("a date that needs a closer look; by hand, give a datetime")
        for pairs in (
            self._raw_input_parameters,
            self._raw_output_parameters,
            self._raw_shared_variables,
            self._raw_pre_entity_images,
            self._raw_post_entity_images,
        ):
            if pairs and class_of(pairs) is list and len(pairs) > 1:
                check_keys(pairs)

    @property
    def targets(self) -> tuple[Entity | EntityReference, ...]:
        """The rows that the parameters name: one, several for a bulk message, none for a query.

        Submitted columns make a target an `Entity`; a row that is only named is an `EntityReference`. Most messages
        name the row in `Target` or `Targets`; SetState in `EntityMoniker`, QualifyLead in `LeadId`; Win, Lose, Close,
        Cancel and Fulfill by the closing activity, which points to the row; Send in `EmailId` or `FaxId`, AddMember in
        `ListId`. A message that is not the platform's own has a target only in `Target`. If the server cut the
        parameters, there is no target.

        Raises ParameterError if a message of the platform has parameters, and the right one does not name a row: a tool
        rewrote the body.
        """
        return targeting.find_targets(self.message_name, items_of(self.input_parameters), self.primary_entity_name)

    @property
    def target(self) -> Entity | EntityReference | None:
        """The row that the parameters name; None for no row or several. Errors are those of `targets`."""
        targets = self.targets
        return targets[0] if len(targets) == 1 else None

    @property
    def target_entity(self) -> Entity | None:
        """The target, if columns were submitted with it: Create, Update, Upsert. Else None. Errors as of `targets`."""
        target = self.target
        return target if isinstance(target, Entity) else None

    @property
    def record(self) -> EntityReference | None:
        """The row that the event is about, for every message; None if it is about no row, or about several.

        The target, whatever `primary_entity_id` says. For a target without an id: Create's output `id`, Upsert's output
        `Target`, then the primary row, then the target by its alternate key. None before a Create without a given id.
        For RouteTo, the queue item, because the target is its destination. For a message without a target, the primary
        row, unless its id is zeros.

        Raises ParameterError as `targets`, if neither the answer nor the primary row tells the row.
        """
        return targeting.find_record(
            self.message_name,
            items_of(self.input_parameters),
            self.output_parameters,
            self.primary_entity_name,
            self.primary_entity_id,
        )

    @property
    def records(self) -> tuple[EntityReference, ...]:
        """All rows that the event is about: the `record`, if it is about one; none if it is about no row.

        A bulk message has one for each of `targets`, in the same order. A row of CreateMultiple or UpsertMultiple that
        was sent without an id gets its id from the message's answer; before stage 40 the id is zeros.

        Raises ParameterError as `record`.
        """
        record = self.record
        if record:
            return (record,)
        targets = self.targets
        return targeting.find_records(self.message_name, self.output_parameters, targets) if len(targets) > 1 else ()

    @overload
    def pre_image(self, name: str | None = None, *, required: Literal[True]) -> Entity: ...
    @overload
    def pre_image(self, name: str | None = None, *, required: bool = False) -> Entity | None: ...
    def pre_image(self, name: str | None = None, *, required: bool = False) -> Entity | None:
        """The row before, as the image of this name; without a name, as the only registered image.

        None if there is no such image; with `required`, an error instead, because somebody deleted the image from the
        step's registration or renamed it. The server's own `AsynchronousStepPrimaryName` counts only if named. A column
        that the image lacks is null in the row, or was not registered.

        Raises AmbiguousImageError if several images are registered and none is named; with `required`,
        MissingImageError, and TruncatedContextError if the server cut the images.
        """
        image = images.choose_image(self.pre_entity_images, name)
        return self._required("pre_entity_images", image, name) if required else image

    @overload
    def post_image(self, name: str | None = None, *, required: Literal[True]) -> Entity: ...
    @overload
    def post_image(self, name: str | None = None, *, required: bool = False) -> Entity | None: ...
    def post_image(self, name: str | None = None, *, required: bool = False) -> Entity | None:
        """The row after, as the image of this name or the only one; as `pre_image`. Only in stage 40."""
        image = images.choose_image(self.post_entity_images, name)
        return self._required("post_entity_images", image, name) if required else image

    def changes(
        self,
        pre_image: str | Entity | None = None,
        post_image: str | Entity | None = None,
        *,
        target: Entity | EntityReference | None = None,
    ) -> Changes:
        """The changes to each submitted column, and to the columns that the platform sets along with these.

        `pre_image` is an image's name, or a row that you know from elsewhere; by default the only registered image is
        used, if any. A name is ignored if the context holds no image, because none is registered or the server cut
        them. `post_image` is the same for the row after.

        Update, Upsert: the columns of Target. Create: the same, with null as the old values. Merge: the columns of
        UpdateContent. Assign: `ownerid`. SetState, and the messages that close a row or qualify a lead: `statecode`
        and `statuscode`, as far as given. Delete and all others submit no columns, so the result is empty. A bulk
        message has no images, so each column of an update is unknown; `target` chooses one of its `targets`.

        A column that is not submitted but changes along, such as `statuscode` with `statecode`, has `submitted=False`
        and is unknown. If a pre-image and a post-image both hold a column, they decide, submitted or not.

        Each change has the labels of its values, `old_label` and `new_label`, where the images or Target tell them.

        Raises TruncatedContextError if the parameters are missing, ParameterError if a tool rewrote a parameter that
        names the row or is written, AmbiguousTargetError for a bulk message without `target`, ArgumentError for a name
        that none of the registered images has, and the errors of `pre_image`.
        """
        submission = self._submission(target)
        message = submission.message
        if message and message.deletes:
            return compare({}, None)
        is_one = len(submission.targets) <= 1
        before = self._before(pre_image, is_one=is_one)
        return compare(
            submission.columns,
            before,
            self._after(post_image, is_one=is_one),
            along=self._set_along(submission, before),
            # The names of most messages tell that they create no row; then the output parameters are not wrapped.
            is_new=bool(message and (message.creates or message.answers))
            and targeting.is_creation(submission, self.output_parameters),
            row=submission.row,
        )

    def compare_images(self, pre_image: str | None = None, post_image: str | None = None) -> Changes:
        """The changes between the pre-image and the post-image, column by column, whatever was submitted.

        A column in both images is changed or unchanged. A column in only one image is unknown: in the other it is null
        or was not registered. The parameters are not read, so no change is `submitted`. Values are compared as by
        `changes`.

        Raises MissingImageError if one of the images is missing, and the errors of `pre_image`.
        """
        return compare_rows(self.pre_image(pre_image, required=True), self.post_image(post_image, required=True))

    def snapshot(
        self,
        pre_image: str | Entity | None = None,
        post_image: str | Entity | None = None,
        *,
        target: Entity | EntityReference | None = None,
    ) -> Snapshot:
        """The row after the event (for a Delete, before it), as far as known, with the source of each column.

        With a post-image: its columns, and submitted columns that it lacks. Without one: the submitted columns over the
        pre-image, without the columns that change along (see `changes`), because only their old values are known. For
        Retrieve: the row in its answer. Unknown columns are missing. Labels and the names of lookups are taken over,
        but only beside the value that they belong to.

        The parameters and errors are those of `changes`. With a post-image, the pre-image is not read.
        """
        submission = self._submission(target)
        answer = self.output_parameters.get("BusinessEntity") if self.message_name == "Retrieve" else None
        is_one = len(submission.targets) <= 1
        after = self._after(post_image, is_one=is_one)
        before = None if after else self._before(pre_image, is_one=is_one)
        along = self._set_along(submission, before) if before else ()
        parts = [
            part_of(Source.PRE_IMAGE, before),
            Part(Source.INPUT, dict.fromkeys(along, UNSET), {}),
            Part(Source.INPUT, submission.columns, submission.row.formatted_values if submission.row else {}),
            part_of(Source.OUTPUT, answer),
            part_of(Source.POST_IMAGE, after),
        ]
        about = (
            targeting.find_row(self.message_name, self.output_parameters, submission.targets, target)
            if target
            else self.record
        )
        return lay(about or submission.target or self._primary, parts)

    @property
    def parents(self) -> tuple[RemoteExecutionContext, ...]:
        """The contexts of the operations that caused this one, from its parent outward."""
        parents: list[RemoteExecutionContext] = []
        parent = self.parent_context
        while parent:
            parents.append(parent)
            parent = parent.parent_context
        return tuple(parents)

    @property
    def root(self) -> RemoteExecutionContext:
        """The context of the first operation: the outermost parent, or this context if it has no parent."""
        return (self, *self.parents)[-1]

    @property
    def is_truncated(self) -> bool:
        """Whether the server removed members because the post was too large, as far as the body tells.

        The body tells if InputParameters or images are absent or null, or if InputParameters are empty in a message of
        the platform with known parameters. For other messages only a header or property of the transport tells. An
        absent ParentContext alone tells nothing: some tools leave out what is null.
        """
        return bool(self._missing)

    def require_complete(self) -> None:
        """Raise if any answer would be incomplete: call it once, before you ask anything.

        Raises TruncatedContextError, with the missing members, if the server cut the context, and ParameterError if a
        tool rewrote a parameter that names the row or is written.
        """
        if missing := self._missing:
            raise TruncatedContextError(missing)
        targets: tuple[Entity | EntityReference | None, ...] = self.targets
        for target in targets or (None,):
            targeting.find_written(self.message_name, self.input_parameters, target)
        _ = self.record

    @property
    def idempotency_key(self) -> str:
        """A text of 36 characters that is equal for repetitions of one delivery, different for all others.

        Each step that an event triggers makes a delivery of its own. The key is a name-based UUID of the environment,
        the operation, the step, the stage, the depth, the message and the record; in synchronous steps also of the
        moment, because one request can write a row twice. The key is equal on every machine and Python, and reveals no
        content.
        """
        is_job = self.mode == Mode.ASYNCHRONOUS and self.operation_id != NIL
        try:
            record = self.record
        except ParameterError:
            record = None  # the other ids identify the delivery even without its row
        return identity.make_idempotency_key(
            self.operation_id if is_job else None,
            [self.operation_id, self.request_id, self.correlation_id],
            whole_milliseconds(self._moment or self.operation_created_on),
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
        """The record as `table/id`: events with the same key must be handled one after the other.

        Events without a single row share `table/` and zeros, with the primary table. Errors are those of `record`.
        """
        return identity.make_ordering_key(self.primary_entity_name, self.record)

    @property
    def row_version(self) -> int | None:
        """The version of the row, to order the events of one row: an event with a higher version is later.

        The `versionnumber` of the post-image; without it, the RowVersion that a client sent with the target of Update,
        Upsert or Delete, which is the version that the client had read. Events with equal versions cannot be told
        apart.

        None if the body does not tell it: for several targets, for post-images with different versions, and if the
        client told the platform to overwrite whatever version the row has. Then only `operation_created_on_utc` orders
        the events; in asynchronous steps it has whole seconds.
        """
        return identity.find_row_version(self.message_name, self.input_parameters, self.post_entity_images.values())

    @property
    def _primary(self) -> EntityReference:
        return refer(self.primary_entity_name, self.primary_entity_id)

    @property
    def _missing(self) -> tuple[str, ...]:
        inputs, before, after = self._raw_input_parameters, self._raw_pre_entity_images, self._raw_post_entity_images
        # Nothing was taken out where there are parameters, and images or an empty list of the decoder's, as mostly.
        if inputs and (before or before.__class__ is list) and (after or after.__class__ is list):
            return ()
        members = {
            "parent_context": self.parent_context,
            "input_parameters": inputs,
            "pre_entity_images": before,
            "post_entity_images": after,
        }
        return identity.find_missing(self.message_name, members)

    def _required(self, member: str, image: Entity | None, name: str | None) -> Entity:
        if image is None:
            if member in self._missing:
                raise TruncatedContextError(self._missing)
            registered: EntityImageCollection = getattr(self, member)
            raise MissingImageError(member.partition("_entity")[0], name, images.names_of(registered))
        return image

    def _submission(self, target: Target | None) -> targeting.Submission:
        """What the message writes into a row: by default into the only one that it names."""
        inputs = items_of(self.input_parameters)
        if not inputs and not isinstance(target, Entity) and "input_parameters" in self._missing:
            raise TruncatedContextError(self._missing)  # an empty answer would mean that nothing was submitted
        return targeting.find_submission(self.message_name, inputs, self.primary_entity_name, target)

    def _before(self, which: str | Entity | None, *, is_one: bool) -> Entity | None:
        # Most events have no image, which the slot tells: then nothing is wrapped, and `images` is not loaded.
        if which is None and not self._raw_pre_entity_images:
            return None
        return _image(self.pre_entity_images, which, is_one=is_one)

    def _after(self, which: str | Entity | None, *, is_one: bool) -> Entity | None:
        if which is None and not self._raw_post_entity_images:
            return None
        return _image(self.post_entity_images, which, is_one=is_one)

    def _set_along(self, submission: targeting.Submission, before: Entity | None) -> list[str]:
        target = submission.target
        return dependents.find_dependents(
            submission.described,
            self.primary_entity_name if target is None else target.logical_name,
            submission.columns,
            {} if before is None else items_of(before.attributes),
        )

    @property
    def operation_created_on_utc(self) -> datetime:
        """The moment the operation was created.

        In asynchronous steps the server labels a UTC time as local before it writes the date. So the literal reading is
        wrong by the date's offset, and the wall clock is the true time, in UTC. Observed on posts with offsets of −7,
        +2 and +3 hours, undocumented; dates of synchronous steps carry no offset and are right.

        Raises UnknownMomentError for an asynchronous step in .NET Binary, whose date lacks the offset that it is wrong
        by, and for a moment out of the years 1 to 9999.
        """
        moment = self._moment
        if moment is None:
            raise UnknownMomentError
        return moment

    @property
    def _moment(self) -> datetime | None:
        """The moment the operation was created, None if the body does not tell it."""
        moment = self.operation_created_on
        if self.mode == Mode.ASYNCHRONOUS:
            return None if moment.tzname() == LOCAL else moment.replace(tzinfo=timezone.utc)
        try:
            return moment.astimezone(timezone.utc)
        except OverflowError:
            return None


def _image(collection: EntityImageCollection, which: str | Entity | None, *, is_one: bool) -> Entity | None:
    if which is None:
        # An image shows one row, and a bulk message does not tell which.
        return images.choose_image(collection, None) if is_one else None
    return which if isinstance(which, Entity) else images.find_image(collection, which)


class ContextSummary(Readable, frozen=True, rename="pascal"):
    """The members of a context that routing needs, with the same meaning as in `RemoteExecutionContext`."""

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
