"""The room `router`: which function handles which event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cds_context import ArgumentError, RemoteExecutionContext, Stage, encode_context, parse_context, peek_context
from cds_context.router import Router
from cds_context.testing import truncate
from cds_context.transport.delivery import Delivery

from .bodies import body


def event(message: str | None = "Update", entity: str | None = "contact", stage: int = 40) -> RemoteExecutionContext:
    submitted = [{"key": "Target", "value": 1}]
    return parse_context(body(MessageName=message, PrimaryEntityName=entity, Stage=stage, InputParameters=submitted))


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


def cut(message: str = "Update", entity: str = "contact", stage: int = 40) -> RemoteExecutionContext:
    return truncate(event(message, entity, stage))


def test_a_truncated_event_goes_to_a_handler_of_truncated_events() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update", "contact", stage=40)(answer("changed"))
    router.on_truncated()(answer("read the row"))
    assert [router.dispatch(one) for one in (event(), cut(), cut("Delete"))] == [
        "changed",
        "read the row",
        "read the row",
    ]


@pytest.mark.parametrize("best", range(len(PATTERNS)))
@pytest.mark.parametrize("order", [1, -1])
def test_of_handlers_of_truncated_events_the_most_specific_takes_it(best: int, order: int) -> None:
    router = Router[RemoteExecutionContext]()
    for message, entity, stage in PATTERNS[: best + 1][::order]:
        router.on_truncated(message.upper(), entity, stage=stage)(answer((message, entity, stage)))
    assert router.dispatch(cut()) == PATTERNS[best]
    assert not router.wants(event())


def test_without_a_handler_of_truncated_events_the_others_take_them() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update")(answer("changed"))
    router.on_truncated("Update", "account")(answer("read the account"))
    assert router.dispatch(cut()) == "changed"
    assert router.dispatch(cut(entity="account")) == "read the account"
    assert router.dispatch(cut("Create")) is None


def test_a_second_handler_for_the_same_truncated_events_is_an_error() -> None:
    router = Router[RemoteExecutionContext]()
    router.on("Update")(answer(1))
    router.on_truncated("Update")(answer(2))
    with pytest.raises(ArgumentError):
        router.on_truncated("update")(answer(3))
    assert (router.dispatch(event()), router.dispatch(cut())) == (1, 2)


@pytest.mark.parametrize("context", [event("new_Ping"), cut("new_Ping")], ids=["whole", "cut"])
@pytest.mark.parametrize("is_truncated", [False, True])
def test_a_delivery_says_itself_whether_it_was_truncated(context: RemoteExecutionContext, is_truncated: bool) -> None:
    # The body of a custom API that was cut can look whole; the header and the property tell.
    router = Router[Delivery]()
    router.on()(lambda _: "whole")
    router.on_truncated()(lambda _: "cut")
    delivery = Delivery(context=context, is_truncated=is_truncated, mismatches=())
    assert router.dispatch(delivery) == ("cut" if is_truncated else "whole")


def test_a_summary_of_an_event_that_may_be_truncated_is_wanted() -> None:
    router = Router[RemoteExecutionContext]()
    router.on_truncated("Update")(answer("read the row"))
    assert router.wants(peek_context(body()))
    assert router.wants(peek_context(encode_context(cut())))
    assert not router.wants(peek_context(body(MessageName="Create")))
    assert not router.wants(event())


def test_an_async_handler_of_truncated_events_is_waited_for() -> None:
    router = Router[RemoteExecutionContext]()
    router.on_truncated()(seen)
    assert asyncio.run(router.dispatch_async(cut())) == "Update"
    with pytest.raises(ArgumentError, match="dispatch_async"):
        router.dispatch(cut())


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
