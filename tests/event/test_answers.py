"""The promises of the page "Answers", as properties: of every message, in every stage, with images and without.

The builders know the row before and after; what a context answers may say less than the truth, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cds_context import (
    Change,
    Changes,
    ChangeStatus,
    Entity,
    EntityReference,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
    Snapshot,
    Source,
    encode_context,
    parse_context,
    testing,
)
from cds_context.event.changes import same_value
from cds_context.event.messages import MESSAGES

ROW = UUID(int=7)
INES, OTTO = EntityReference("systemuser", UUID(int=1), "Ines"), EntityReference("systemuser", UUID(int=2), "Otto")

VALUES: dict[str, list[Any]] = {
    "firstname": ["Ada", "Bo", None],
    "telephone1": ["1", "2", "", None],
    "creditlimit": [Money(Decimal(5)), Money(Decimal("5.0")), Money(Decimal(6)), None],
    "ownerid": [INES, OTTO],
    "statecode": [OptionSetValue(0), OptionSetValue(1)],
    "new_rollup": [1, 2],
}
ALONG: dict[str, Any] = {
    "statuscode": OptionSetValue(1),
    "fullname": "Ada B.",
    "creditlimit_base": Money(Decimal(5)),
    "exchangerate": Decimal(1),
    "owninguser": OTTO,
    "versionnumber": 7,
}
"""What the platform sets, which a row before has too."""
ROWS = st.fixed_dictionaries({}, optional={column: st.sampled_from(values) for column, values in VALUES.items()})
ONE: dict[str, Any] = {"id": ROW}
LEAD = EntityReference("lead", UUID(int=9))


class Told(NamedTuple):
    """A context, and the truth as far as the builder knows it."""

    context: RemoteExecutionContext
    before: dict[str, Any]
    after: dict[str, Any] | None


Build = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], RemoteExecutionContext]

# Each takes the row before, what is sent, and the options of the step.
IMAGED: dict[str, Build] = {
    "Create": lambda _, sent, options: testing.create("contact", after=sent, **ONE, **options),
    "Update": lambda old, sent, options: testing.update("contact", before=old, after=sent, **ONE, **options),
    "Delete": lambda old, _, options: testing.delete("contact", before=old, **ONE, **options),
    "Assign": lambda old, _, options: testing.assign("contact", assignee=INES, before=old, **ONE, **options),
    "SetState": lambda old, _, options: testing.set_state("contact", state=1, status=2, before=old, **ONE, **options),
    "Merge": lambda old, sent, options: testing.merge("contact", content=sent, before=old, **ONE, **options),
    "Send": lambda old, _, options: testing.send_email(before=old, **ONE, **options),
}
OTHERS: dict[str, Build] = {
    "Upsert": lambda _, sent, options: testing.upsert("contact", after=sent, **ONE, **options),
    "Retrieve": lambda old, _, options: testing.retrieve("contact", row=old, **ONE, **options),
    "RetrieveMultiple": lambda old, _, options: testing.retrieve_multiple("contact", rows=[old], **options),
    "CreateMultiple": lambda _, sent, options: testing.create_multiple("contact", after=[sent, sent], **options),
    "UpdateMultiple": lambda _, sent, options: testing.update_multiple("contact", after=[sent, sent], **options),
    "UpsertMultiple": lambda _, sent, options: testing.upsert_multiple("contact", after=[sent, sent], **options),
    "DeleteMultiple": lambda _, __, options: testing.delete_multiple("contact", ids=[ROW, LEAD.id], **options),
    "Associate": lambda _, __, options: testing.associate(
        "contact", relationship="r", related=[LEAD], **ONE, **options
    ),
    "Disassociate": lambda _, __, options: testing.disassociate(
        "contact", relationship="r", related=[], **ONE, **options
    ),
    "GrantAccess": lambda _, __, options: testing.grant_access(
        "contact", principal=INES, access_mask=1, **ONE, **options
    ),
    "ModifyAccess": lambda _, __, options: testing.modify_access(
        "contact", principal=INES, access_mask=1, **ONE, **options
    ),
    "QualifyLead": lambda _, __, options: testing.qualify_lead(**ONE, **options),
    "Win": lambda _, __, options: testing.win(**ONE, **options),
    "Lose": lambda _, __, options: testing.lose(**ONE, **options),
    "Close": lambda _, __, options: testing.close_incident(status=-1, **ONE, **options),
    "Cancel": lambda _, __, options: testing.cancel_order(**ONE, **options),
    "Fulfill": lambda _, __, options: testing.fulfill_order(**ONE, **options),
    "AddMember": lambda _, __, options: testing.add_member(**ONE, **options),
    "RemoveMember": lambda _, __, options: testing.remove_member(**ONE, **options),
    "AddToQueue": lambda _, __, options: testing.add_to_queue(EntityReference("email", ROW), **options),
    "RouteTo": lambda _, __, options: testing.route_to(INES, **ONE, **options),
    "SetStateDynamicEntity": lambda _, __, options: testing.set_state(
        "contact", state=1, status=2, message_name="SetStateDynamicEntity", **ONE, **options
    ),
}
EXTERNAL: dict[str, Build] = {
    "OnExternalCreated": lambda _, sent, options: testing.on_external_created(
        "mserp_item", after=sent, **ONE, **options
    ),
    "OnExternalUpdated": lambda _, sent, options: testing.on_external_updated(
        "mserp_item", after=sent, **ONE, **options
    ),
    "OnExternalDeleted": lambda _, __, options: testing.on_external_deleted("mserp_item", **ONE, **options),
}
WRITTEN: dict[str, dict[str, Any]] = {
    "Assign": {"ownerid": INES},
    "SetState": {"statecode": OptionSetValue(1)},
    "Send": {},
}
"""What is written, where it is not what is sent."""
STEPS = ((10, False), (20, False), (40, False), (40, True))


@st.composite
def told(draw: st.DrawFn, builders: dict[str, Build] = IMAGED) -> Told:
    name = draw(st.sampled_from([*builders]))
    message = MESSAGES[name]
    stage, asynchronous = draw(st.sampled_from(STEPS if builders is not EXTERNAL else STEPS[2:]))
    options: dict[str, Any] = {"stage": stage, "asynchronous": asynchronous}
    columns = st.just(None) | st.lists(st.sampled_from([*VALUES, *ALONG]), min_size=1, unique=True)
    if message.pre_image and draw(st.booleans()):
        options["pre_image"] = {"Before": draw(columns)}
    if message.post_image and stage == 40 and draw(st.booleans()):
        options["post_image"] = {"After": draw(columns)}
    before, sent = draw(ROWS), draw(ROWS)
    before = {} if message.creates else {**before, **ALONG}
    context = parse_context(encode_context(builders[name](before, sent, options)))
    written = WRITTEN.get(name, sent)
    after = {**before, **written}
    return Told(context, before, None if message.deletes else after)


EVERY = st.one_of(told(), told(OTHERS), told(EXTERNAL))


def each(context: RemoteExecutionContext) -> list[tuple[Changes, Snapshot]]:
    """What is answered about each row."""
    if len(context.targets) > 1:
        return [(context.changes(target=row), context.snapshot(target=row)) for row in context.targets]
    return [(context.changes(), context.snapshot())]


def test_every_message_is_built() -> None:
    assert {*IMAGED, *OTHERS, *EXTERNAL} == MESSAGES.keys()


@given(EVERY)
def test_each_column_has_one_answer(event: Told) -> None:
    for changes, _ in each(event.context):
        groups = [changes.changed, changes.unchanged, changes.unknown]
        assert sorted(column for group in groups for column in group) == sorted(changes.columns)
        assert set(changes) == {*changes.changed, *changes.unknown}
        assert all(change.submitted == (column in changes.submitted) for column, change in changes.columns.items())
        assert set(changes.cleared) <= set(changes)


@given(EVERY)
def test_what_changes_along_is_told_and_never_shown_as_it_was(event: Told) -> None:
    message = MESSAGES[event.context.message_name or ""]
    for changes, snapshot in each(event.context):
        assert {*message.sets_along} <= changes.columns.keys()
        for column, source in snapshot.sources.items():
            if source == Source.PRE_IMAGE and not message.deletes:
                assert column not in changes
        for column, change in changes.columns.items():
            if not change.submitted and change.new is UNSET:
                assert change.status is ChangeStatus.UNKNOWN
                assert column not in snapshot


@given(EVERY)
def test_a_submitted_column_is_in_the_answers(event: Told) -> None:
    context = event.context
    for (changes, snapshot), target in zip(each(context), context.targets or (None,), strict=True):
        if isinstance(target, Entity) and not MESSAGES[context.message_name or ""].deletes:
            assert changes.submitted.keys() == target.keys()
            assert target.keys() <= snapshot.keys()
        assert changes.submitted.keys() <= changes.columns.keys()


@given(told())
def test_the_answers_are_true(event: Told) -> None:
    context, before, after = event
    changes, snapshot = context.changes(), context.snapshot()
    for column in VALUES:
        old, new = before.get(column) or None, (after or {}).get(column) or None  # the platform keeps null for ""
        if after is None:
            assert column not in changes
            assert snapshot.get(column, old) == old
            continue
        is_same = same_value(old, new)
        # Whoever asks on the safe side misses nothing, and whoever asks what is certain is told no lie.
        assert is_same or column in changes
        assert not is_same or column not in changes.changed
        if column in snapshot:
            assert same_value(snapshot[column], new) is not False
        if column in changes.columns:
            _check(changes.columns[column], old, new)


def _check(change: Change, old: Any, new: Any) -> None:
    assert change.old is UNSET or same_value(change.old, old)
    assert change.new is UNSET or same_value(change.new, new) is not False


@given(told())
def test_two_images_decide(event: Told) -> None:
    context = event.context
    before, after = context.pre_image(), context.post_image()
    if before and after:
        changes, images = context.changes(), context.compare_images()
        for column in before.keys() & after.keys():
            assert changes.columns[column].status == images.columns[column].status != ChangeStatus.UNKNOWN
        assert images.columns.keys() == before.keys() | after.keys()


@given(EVERY)
def test_the_record_is_the_row(event: Told) -> None:
    context = event.context
    message = MESSAGES[context.message_name or ""]
    if message.is_of_many:
        assert context.record is None
        assert len(context.records) == len(context.targets)
    elif context.record is None:
        assert message.creates
        assert context.stage < 30
    else:
        assert context.record.id == ROW
        assert context.records == (context.record,)
    context.require_complete()
