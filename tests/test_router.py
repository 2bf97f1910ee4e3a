"""The room `router`: which function handles which event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cds_context import ArgumentError, RemoteExecutionContext, Stage, parse_context, peek_context
from cds_context.delivery import Delivery
from cds_context.router import Router

from .bodies import body


def event(message: str | None = "Update", entity: str | None = "contact", stage: int = 40) -> RemoteExecutionContext:
    return parse_context(body(MessageName=message, PrimaryEntityName=entity, Stage=stage))


def answer(value: Any) -> Callable[[RemoteExecutionContext], Any]:
    return lambda _: value


PATTERNS: list[tuple[str, str, int | None]] = [
    ("*", "*", None),
    ("*", "*", 40),
    ("*", "contact", None),
    ("*", "contact", 40),
    ("Update", "*", None),
    ("Update", "*", 40),
    ("Update", "contact", None),
    ("Update", "contact", 40),
]
"""From the least specific to the most."""


@pytest.mark.parametrize("best", range(len(PATTERNS)))
@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_handler_takes_the_event_in_whatever_order(best: int, order: int) -> None:
    router = Router[RemoteExecutionContext]()
    for message, entity, stage in PATTERNS[: best + 1][::order]:
        router.on(message, entity, stage=stage)(answer((message, entity, stage)))
    assert router.dispatch(event()) == PATTERNS[best]


@pytest.mark.parametrize("pattern", PATTERNS[1:])
def test_a_handler_takes_no_other_events(pattern: tuple[str, str, int | None]) -> None:
    message, entity, stage = pattern
    router = Router[RemoteExecutionContext]()
    router.on(message, entity, stage=stage)(lambda _: "taken")
    assert router.dispatch(event()) == "taken"
    assert router.dispatch(event("Create", "account", 10)) is None
    assert not router.wants(event("Create", "account", 10))


def test_names_count_in_any_case_and_may_be_missing() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("UPDATE", "Contact")(lambda _: "named")
    router.on(stage=Stage.POST_OPERATION)(lambda _: "staged")
    assert router.dispatch(event()) == "named"
    assert router.dispatch(event(None, None)) == "staged"


def test_a_handler_can_stand_for_several_events_and_stays_a_function() -> None:
    router = Router[RemoteExecutionContext]()

    @router.on("Create", "contact")
    @router.on("Update", "contact")
    def handle(context: RemoteExecutionContext) -> str | None:
        return context.message_name

    assert [router.dispatch(event(name)) for name in ("Create", "Update", "Delete")] == ["Create", "Update", None]
    assert handle(event("Merge")) == "Merge"


def test_the_default_takes_what_no_other_takes() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update")(lambda _: "update")
    assert not router.wants(event("Create"))
    router.on()(lambda _: "default")
    assert router.dispatch(event()) == "update"
    assert router.dispatch(event("Create")) == "default"
    assert router.wants(event("Create"))


def test_a_second_handler_for_the_same_events_is_an_error() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update", "contact")(lambda _: 1)
    with pytest.raises(ArgumentError):
        router.on("update", "Contact")(lambda _: 2)
    assert router.dispatch(event()) == 1


def test_a_summary_is_enough_to_know_whether_an_event_is_wanted() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update", "contact", stage=40)(lambda _: None)
    assert router.wants(peek_context(body()))
    assert not router.wants(peek_context(body(Stage=10)))


def test_a_handler_gets_the_delivery_that_was_dispatched() -> None:
    router = Router[Delivery]()
    router.on("Update")(lambda delivery: delivery)
    delivery = Delivery(context=event(), is_truncated=False, mismatches=())
    assert router.wants(delivery)
    assert router.dispatch(delivery) is delivery


async def seen(context: RemoteExecutionContext) -> str | None:
    return context.message_name


def test_handlers_may_be_async() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update")(seen)
    router.on("Create")(lambda context: context.message_name)

    async def run() -> list[Any]:
        return [await router.dispatch_async(event(name)) for name in ("Update", "Create", "Delete")]

    assert asyncio.run(run()) == ["Update", "Create", None]


def test_an_async_handler_is_not_lost_in_synchronous_code() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update")(seen)
    with pytest.raises(ArgumentError, match="dispatch_async"):
        router.dispatch(event())


def test_what_a_handler_raises_comes_through() -> None:
    router = Router[RemoteExecutionContext]()

    @router.on()
    def fail(context: RemoteExecutionContext) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        router.dispatch(event())
