"""The room `testing.steps`: who, when and where; and which combinations no server sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import (
    Entity,
    EntityReference,
    IsolationMode,
    Mode,
    ParameterCollection,
    RemoteExecutionContext,
    Stage,
    UnknownMembers,
    encode_context,
    parse_context,
)
from cds_context.testing import (
    BuildError,
    Options,
    RowOptions,
    associate,
    create,
    create_multiple,
    custom_api,
    delete,
    grant_access,
    qualify_lead,
    retrieve,
    set_state,
    update,
    upsert,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
SOMEBODY = EntityReference("systemuser", UUID(int=1))


def test_equal_calls_give_equal_contexts() -> None:
    assert update("contact", after={"a": 1}) == update("contact", after={"a": 1})
    assert encode_context(update("contact", seed=3)) == encode_context(update("contact", seed=3))


def test_another_seed_is_another_row_at_another_time() -> None:
    first, second = update("contact"), update("contact", seed=1)
    same = {"business_unit_id", "initiating_user_id", "user_id", "organization_id"}
    ids = {name for name, value in vars_of(first).items() if isinstance(value, UUID) and value.int}
    assert {name for name in ids if getattr(first, name) == getattr(second, name)} == same
    assert second.operation_created_on - first.operation_created_on == timedelta(minutes=1)


def test_a_seed_has_a_delivery_for_each_row_moment_and_input() -> None:
    row = UUID(int=7)

    def key(builder: Callable[..., RemoteExecutionContext] = update, **options: Any) -> str:
        return builder("contact", asynchronous=True, **options).idempotency_key

    distinct = [
        key(),
        key(delete),
        key(seed=1),
        key(id=row),
        key(id=row, seed=1),
        key(at=NOON),
        key(after={"fullname": "Ada"}),
        key(after={"fullname": "Ines"}),
        key(after={"fullname": None}),
        key(parameters={"ConcurrencyBehavior": 1}),
        key(input_parameters={"Target": None}),
        key(create),
        key(create, after={"fullname": "Ada"}),
    ]
    assert len({*distinct}) == len(distinct)
    assert key(after={"fullname": "Ada"}) == distinct[6]
    assert key(before={"fullname": "Ines"}, pre_image="PreImage", after={"fullname": "Ada"}) == distinct[6]


@pytest.mark.parametrize("build", [create, update, upsert])
def test_all_steps_on_one_operation_have_its_ids(build: Callable[..., RemoteExecutionContext]) -> None:
    steps = [build("contact", after={"fullname": "Ada"}, stage=stage) for stage in (10, 20, 30, 40)]
    steps += [build("contact", after={"fullname": "Ada"}, asynchronous=True)]
    steps += [step.parent_context for step in steps if step.parent_context]
    assert len({step.request_id for step in steps}) == 1
    assert len({step.correlation_id for step in steps}) == 1


def vars_of(context: RemoteExecutionContext) -> dict[str, Any]:
    return {name: getattr(context, name) for name in type(context).__struct_fields__}


def test_a_seed_can_be_any_integer() -> None:
    assert update("contact", seed=10**30) == update("contact", seed=10**30)
    assert update("contact", seed=-1) != update("contact", seed=0)


def test_one_seed_is_one_row_whatever_happens_to_it() -> None:
    contexts = [create("contact"), update("contact"), delete("contact")]
    assert len({context.primary_entity_id for context in contexts}) == 1
    assert len({context.operation_id for context in contexts}) == 3


def test_a_synchronous_step() -> None:
    context = update("contact", step_name="Portal: Update of contact", at=NOON)
    assert (context.mode, context.stage, context.is_in_transaction) == (Mode.SYNCHRONOUS, Stage.POST_OPERATION, True)
    assert context.isolation_mode is IsolationMode.NONE
    assert context.operation_id == context.request_id
    assert context.owning_extension
    assert context.owning_extension.name == "Portal: Update of contact"
    assert context.operation_created_on.tzname() == "UTC"
    assert context.operation_created_on == context.operation_created_on_utc == NOON


def test_an_asynchronous_step() -> None:
    context = update("contact", asynchronous=True, step_name="Portal: Update of contact", at=NOON)
    assert (context.mode, context.stage, context.is_in_transaction) == (Mode.ASYNCHRONOUS, Stage.POST_OPERATION, False)
    assert context.operation_id != context.request_id
    assert context.owning_extension
    assert context.owning_extension.name is None
    assert b'"OperationCreatedOn":"\\/Date(1772452800000+0000)\\/"' in encode_context(context)


@pytest.mark.parametrize("hours", [-7, 2, 5.5])
def test_the_time_of_an_asynchronous_server_is_wrong_by_its_offset(hours: float) -> None:
    offset = timedelta(hours=hours)
    context = parse_context(encode_context(update("contact", asynchronous=True, at=NOON, utc_offset=offset)))
    assert context.operation_created_on == NOON - offset
    assert context.operation_created_on.utcoffset() == offset
    assert context.operation_created_on_utc == NOON
    target = context.input_parameters["Target"]
    assert isinstance(target, Entity)
    assert target["modifiedon"] == NOON


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_system_job_knows_the_second_and_no_more(asynchronous: bool) -> None:
    moment = NOON.replace(microsecond=123_000)
    context = update("contact", asynchronous=asynchronous, at=moment, post_image={"A": ["modifiedon"]})
    assert context.operation_created_on_utc == (NOON if asynchronous else moment)
    assert context.parent_context
    assert context.parent_context.operation_created_on_utc == context.operation_created_on_utc
    image = context.post_image()
    assert image
    assert image["modifiedon"] == NOON  # as in what servers post


@pytest.mark.parametrize("stage", [Stage.PRE_VALIDATION, Stage.PRE_OPERATION, Stage.POST_OPERATION])
def test_outside_the_transaction_and_without_parent_is_only_stage_10(stage: Stage) -> None:
    context = update("contact", stage=stage)
    assert context.stage is stage
    assert context.is_in_transaction is (stage > 10)
    assert (context.parent_context is None) is (stage == 10)


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: create("contact", pre_image="Pre"), "`pre_image`: before Create there is no row"),
    (lambda: delete("contact", post_image="Post"), "`post_image`: after Delete there is no row"),
    (
        lambda: update("contact", post_image="Post", stage=20),
        "`post_image`: the row after the operation exists only in stage 40",
    ),
    (
        lambda: update("contact", pre_image="Pre", stage=30),
        "`pre_image`, `post_image`: no step that has images is registered in stage 30",
    ),
    (
        lambda: update("contact", asynchronous=True, stage=20),
        "`asynchronous`: a system job runs after the operation, in stage 40",
    ),
    (
        lambda: update("contact", stage=25),
        "`stage`: steps run in stages 10, 20 and 40, and the platform's own in 30",
    ),
    (
        lambda: update("contact", utc_offset=timedelta(0)),
        "`utc_offset`: OperationCreatedOn of a synchronous step carries no offset",
    ),
    *(
        (
            lambda offset=offset: update("contact", asynchronous=True, utc_offset=offset),
            "`utc_offset`: an offset is whole minutes, and less than a day",
        )
        for offset in (timedelta(seconds=1), timedelta(days=1), timedelta(days=-1))
    ),
    (lambda: update("Contact"), "`table`: logical names are in lower case, such as `contact`"),
    *(
        (
            lambda images=images: update("contact", **no_options(pre_image=images)),
            "`pre_image`: expected the name of an image, or a mapping of names to lists of columns",
        )
        for images in (True, ["PreImage"], {"PreImage": "fullname"})
    ),
    (lambda: update("contact", at=datetime(2026, 3, 2)), "option `at`: a datetime without a time zone"),  # noqa: DTZ001
    *(
        (build, f"`pre_image`, `post_image`: the server makes no images for {message}")
        for message, build in {
            "Associate": lambda: associate("a", relationship="b", related=[], pre_image="Pre"),
            "GrantAccess": lambda: grant_access("a", principal=SOMEBODY, access_mask=1, post_image="Post"),
            "Upsert": lambda: upsert("a", pre_image="Pre"),
            "Retrieve": lambda: retrieve("a", pre_image="Pre"),
            "QualifyLead": lambda: qualify_lead(pre_image="Pre"),
            "CreateMultiple": lambda: create_multiple("a", after=[], **no_options(post_image="Post")),
            "new_Do": lambda: custom_api("new_Do", **no_options(pre_image="Pre")),
        }.items()
    ),
]


def no_options(**options: Any) -> Any:
    """Options that the type checkers would refuse before the builder does."""
    return options


@pytest.mark.parametrize(("build", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_no_server_sends_is_refused_with_the_reason(build: Callable[[], object], reason: str) -> None:
    with pytest.raises(BuildError) as caught:
        build()
    assert str(caught.value) == reason


def test_a_mistyped_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="the builder of Update takes no `preimage`"):
        update("contact", **no_options(preimage="Pre"))
    with pytest.raises(TypeError, match="the builder of new_Do takes no `id`"):
        custom_api("new_Do", **no_options(id=UUID(int=1)))


def test_every_member_of_a_context_can_be_given() -> None:
    assert set(RemoteExecutionContext.__struct_fields__) <= Options.__optional_keys__
    other = update("account", seed=5, unknown_members=UnknownMembers({"Extra": 1}))
    members = {name: value for name, value in vars_of(other).items() if name != "stage"}
    assert vars_of(update("contact", **no_options(**members))) == vars_of(other)


def test_what_is_given_is_checked_by_nothing() -> None:
    context = update("contact", mode=Mode(7), initiating_user_agent=UNSET, pre_entity_images=None, depth=9)
    assert context.mode == 7
    assert context.initiating_user_agent is UNSET
    assert context.pre_entity_images.is_null
    assert context.depth == 9


def test_parameters_take_plain_values_and_forms() -> None:
    given: Options = {"shared_variables": {"who": UUID(int=1)}, "parameters": {"ConcurrencyBehavior": 2}}
    context = set_state("contact", state=1, status=2, **given)
    assert context.shared_variables == {"who": str(UUID(int=1))}
    assert list(context.input_parameters) == ["EntityMoniker", "State", "Status", "ConcurrencyBehavior"]
    assert update("contact", output_parameters=None).output_parameters.is_null
    assert update("contact", input_parameters=UNSET).input_parameters.is_absent
    assert update("contact", shared_variables=ParameterCollection(UNSET)).shared_variables.is_absent


def test_a_parent_shares_who_and_when_but_not_what() -> None:
    context = update("contact", organization_name="other", depth=3, shared_variables={"mark": 1}, pre_image="Pre")
    parent = context.parent_context
    assert parent
    assert (parent.organization_name, parent.depth, parent.stage) == ("other", 3, Stage.MAIN_OPERATION)
    assert parent.operation_id == context.operation_id
    assert "mark" not in parent.shared_variables
    assert len(parent.pre_entity_images) == 0
    assert parent.parent_context is None


def test_a_parent_can_be_another_operation() -> None:
    cause = qualify_lead(stage=30, depth=3)
    context = update("opportunity", parent_context=cause, depth=3)
    assert context.parent_context == cause
    assert cause.output_parameters == {}
    assert "ChangedEntityTypes" in cause.shared_variables


def test_options_of_a_row_include_those_of_every_message() -> None:
    assert Options.__optional_keys__ < RowOptions.__optional_keys__
