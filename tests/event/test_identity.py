"""The room `identity`: keys that tell one delivery from another. What is missing is tested in `test_context`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from cds_context import (
    Entity,
    EntityCollection,
    EntityImageCollection,
    EntityReference,
    Mode,
    ParameterCollection,
    RemoteExecutionContext,
    Stage,
    encode_context,
    parse_context,
)
from cds_context.testing import create, custom_api, retrieve_multiple, update

from ..bodies import EXAMPLE, body
from ..processes import printed

NIL, ONE, TWO = UUID(int=0), UUID(int=1), UUID(int=2)
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
SYNCHRONOUS = update("contact", id=ONE, after={"firstname": "Ada"}, at=NOON)
ASYNCHRONOUS = replace(SYNCHRONOUS, mode=Mode.ASYNCHRONOUS)


def targeting(target: Any) -> ParameterCollection:
    return ParameterCollection({"Target": target})


# What is another event, or another step.
OTHERS: dict[str, dict[str, Any]] = {
    "operation": {"operation_id": TWO},
    "organization": {"organization_id": TWO},
    "step": {"owning_extension": EntityReference("sdkmessageprocessingstep", TWO)},
    "no step": {"owning_extension": None},
    "stage": {"stage": Stage.PRE_OPERATION},
    "message": {"message_name": "Delete"},
    "row": {"input_parameters": targeting(EntityReference("contact", TWO))},
    "table": {"input_parameters": targeting(EntityReference("account", ONE))},
    "depth": {"depth": 2},
    "mode": {"mode": Mode.SYNCHRONOUS},
}


@pytest.mark.parametrize("context", [SYNCHRONOUS, ASYNCHRONOUS], ids=["synchronous", "asynchronous"])
def test_a_repeat_has_the_same_key_and_nothing_else_has(context: RemoteExecutionContext) -> None:
    others = [other for name, other in OTHERS.items() if name != "mode" or context is ASYNCHRONOUS]
    keys = [context.idempotency_key, *(replace(context, **other).idempotency_key for other in others)]
    assert len(set(keys)) == len(keys)
    assert parse_context(encode_context(context)).idempotency_key == keys[0]
    assert all(str(UUID(key)) == key for key in keys)


def test_what_the_row_holds_is_not_in_the_key() -> None:
    other = targeting(Entity("contact", ONE, {"firstname": "Grace"}))
    assert replace(ASYNCHRONOUS, input_parameters=other).idempotency_key == ASYNCHRONOUS.idempotency_key


def test_moments_tell_the_writes_of_one_request_apart() -> None:
    later = {"operation_created_on": NOON + timedelta(milliseconds=1)}
    assert replace(SYNCHRONOUS, **later).idempotency_key != SYNCHRONOUS.idempotency_key
    # A system job is one delivery, whatever its clock says.
    assert replace(ASYNCHRONOUS, **later).idempotency_key == ASYNCHRONOUS.idempotency_key


@pytest.mark.parametrize("mode", list(Mode))
def test_without_an_operation_the_request_and_then_the_correlation_tells(mode: Mode) -> None:
    nameless = replace(SYNCHRONOUS, mode=mode, operation_id=NIL, request_id=None, correlation_id=ONE)
    variants: list[dict[str, Any]] = [
        {},
        {"request_id": TWO},
        {"correlation_id": TWO, "depth": 2},
        {"operation_created_on": NOON + timedelta(seconds=1)},
        {"correlation_id": NIL},
    ]
    keys = {replace(nameless, **variant).idempotency_key for variant in variants}
    assert len(keys) == len(variants)
    assert replace(nameless, request_id=NIL).idempotency_key == nameless.idempotency_key


def test_keys_do_not_change_between_releases() -> None:
    context = parse_context(EXAMPLE)
    assert context.idempotency_key == "08439bcf-8719-509b-9a7f-ffdd00629517"
    assert context.ordering_key == "contact/c9a1d5e4-7712-ef11-9f89-6045bd8c5a10"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_keys_do_not_change_between_processes(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    code = "import sys, cds_context as c; print(c.parse_context(sys.stdin.buffer.read()).idempotency_key)"
    key = printed([sys.executable, "-c", code], given=EXAMPLE)
    assert key == f"{parse_context(EXAMPLE).idempotency_key}\n"


def test_any_text_makes_a_key() -> None:
    odd = parse_context(body(MessageName="a\ud800\n€").decode("ascii"))
    assert str(UUID(odd.idempotency_key)) == odd.idempotency_key


def test_events_of_one_row_share_an_ordering_key() -> None:
    created = create("contact", id=ONE)
    assert created.ordering_key == SYNCHRONOUS.ordering_key == f"contact/{ONE}"


def test_events_about_no_one_row_share_an_ordering_key_for_each_table() -> None:
    query = retrieve_multiple("contact")
    assert query.ordering_key == f"contact/{NIL}"
    for table in (None, "none"):
        assert replace(custom_api("new_Ping"), primary_entity_name=table).ordering_key == f"none/{NIL}"


def versioned(message: str, target: Any, **others: Any) -> RemoteExecutionContext:
    parameters = ParameterCollection({"Target": target, **others.pop("parameters", {})})
    return replace(SYNCHRONOUS, message_name=message, input_parameters=parameters, **others)


def images(*versions: Any) -> EntityImageCollection:
    rows = [Entity("contact", ONE, {} if version is None else {"versionnumber": version}) for version in versions]
    return EntityImageCollection({str(position): row for position, row in enumerate(rows)})


SENT, READ = Entity("contact", ONE, row_version="7"), EntityReference("contact", ONE, row_version="7")


@pytest.mark.parametrize(
    ("context", "version"),
    [
        (versioned("Update", SENT), 7),
        (versioned("Upsert", SENT), 7),
        (versioned("Delete", READ), 7),
        (versioned("Update", SENT, parameters={"ConcurrencyBehavior": 1}), 7),
        (versioned("Update", SENT, post_entity_images=images(9)), 9),
        (versioned("Update", SENT, post_entity_images=images(None)), 7),
        (versioned("Update", SENT, post_entity_images=images(9, None, 9)), 9),
        (versioned("Create", SENT, post_entity_images=images(9)), 9),
        (versioned("Update", SENT, post_entity_images=EntityImageCollection({"a": None})), 7),
        # The platform overwrites whatever the client had read, and checks no version of other messages.
        (versioned("Update", SENT, parameters={"ConcurrencyBehavior": 2}), None),
        (versioned("Assign", READ), None),
        (versioned("new_Update", SENT), None),
        (versioned("Update", SENT, post_entity_images=images(9, 8)), None),
        (versioned("Update", Entity("contact", ONE)), None),
        (versioned("Update", Entity("contact", ONE, row_version=UNSET)), None),
        (versioned("Update", Entity("contact", ONE, row_version="W/7")), None),
        (versioned("Update", Entity("contact", ONE, row_version="7" * 20)), None),
        (versioned("Update", "text"), None),
        (versioned("Update", Entity("contact", ONE), post_entity_images=images(True, "9", 9.0)), None),
        (versioned("UpdateMultiple", None, parameters={"Targets": EntityCollection([SENT])}), None),
    ],
)
def test_the_version_of_the_row_orders_its_events(context: RemoteExecutionContext, version: int | None) -> None:
    assert context.row_version == version
