"""The room `tools.receiving`: how much is received at a time, and failures to rehearse."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import pytest

from cds_context import ArgumentError
from cds_context.tools import Answers, receiving
from cds_context.tools.receiving import GivenUpError, Intake

from ..patience import PATIENCE


async def returned(text: str) -> str:
    await asyncio.sleep(0)
    return text


async def never() -> str:
    await asyncio.Event().wait()
    raise AssertionError


async def failed() -> str:
    raise ValueError("as it is")


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, PATIENCE))


def test_the_end_ends_what_is_being_received() -> None:
    async def test() -> None:
        room = Intake(10)
        all_of_them = [asyncio.create_task(room.receive(size, never)) for size in (8, 7, 6)]
        await asyncio.sleep(0)
        all_of_them[1].cancel()
        await asyncio.sleep(0)
        room.close()
        for received, error in zip(all_of_them, (GivenUpError, asyncio.CancelledError, GivenUpError), strict=True):
            with pytest.raises(error):
                await received

    run(test())


def test_what_has_room_is_done() -> None:
    async def test() -> None:
        room = Intake(10)
        assert await room.receive(10, lambda: returned("a")) == "a"
        assert await asyncio.gather(*(room.receive(4, lambda: returned("b")) for _ in range(9))) == ["b"] * 9
        assert await room.receive(11, lambda: returned("larger than there can be room for")) != ""

    run(test())


def test_an_error_is_what_it_was_and_gives_room_back() -> None:
    async def test() -> None:
        room = Intake(10)
        for _ in range(3):
            with pytest.raises(ValueError, match="as it is"):
                await room.receive(10, failed)

    run(test())


def test_of_those_who_wait_the_small_ones_are_let_in_first() -> None:
    order: list[int] = []

    async def test() -> None:
        room = Intake(10)

        async def work(number: int) -> None:
            order.append(number)
            await asyncio.sleep(0)

        sizes = (10, 9, 8, 2, 8)
        await asyncio.gather(*(room.receive(size, partial(work, number)) for number, size in enumerate(sizes)))

    run(test())
    assert order == [0, 3, 2, 4, 1]


def test_who_no_longer_waits_takes_no_room() -> None:
    async def test() -> None:
        room = Intake(10)
        first = asyncio.create_task(room.receive(10, never))
        others = [asyncio.create_task(room.receive(size, never)) for size in (6, 5)]
        await asyncio.sleep(0)
        others[1].cancel()
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)  # in which the first one leaves, and another one is let in
        others[0].cancel()
        for each in (first, *others):
            with pytest.raises(asyncio.CancelledError):
                await each
        assert await room.receive(10, lambda: returned("a")) == "a"

    run(test())


def test_what_takes_long_is_given_up_while_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LONG", 0.0)
    monkeypatch.setattr(receiving, "_LOOK", 0.0)

    async def test() -> None:
        room = Intake(10)
        slow = [asyncio.create_task(room.receive(5, never)) for _ in range(2)]
        await asyncio.sleep(0)
        assert await room.receive(6, lambda: returned("a")) == "a"
        for task in slow:
            with pytest.raises(GivenUpError):
                await task
        await asyncio.sleep(0.01)
        assert not room._looks  # pyright: ignore[reportPrivateUsage]

    run(test())


def test_while_nobody_waits_it_can_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LONG", 0.0)

    async def test() -> None:
        room = Intake(10)
        slow = asyncio.create_task(room.receive(5, never))
        await asyncio.sleep(0)
        assert await room.receive(5, lambda: returned("a")) == "a"
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert await room.receive(10, lambda: returned("b")) == "b"

    run(test())


def test_what_takes_no_time_is_waited_for() -> None:
    async def test() -> None:
        room = Intake(10)
        first = asyncio.create_task(room.receive(10, lambda: returned("a")))
        second = asyncio.create_task(room.receive(10, lambda: returned("b")))
        assert (await first, await second) == ("a", "b")

    run(test())


def test_all_is_well_unless_told_otherwise() -> None:
    assert [Answers().status(turn, 0.0) for turn in range(3)] == [200, 200, 200]


def test_statuses_are_given_in_turn_and_the_last_one_from_then_on() -> None:
    answers = Answers(statuses=(503, 202))
    assert [answers.status(turn, 0.99) for turn in range(4)] == [503, 202, 202, 202]


def test_a_share_fails_by_luck() -> None:
    answers = Answers(fail_share=0.2, fail_status=500)
    assert [answers.status(0, luck) for luck in (0.0, 0.19, 0.2, 0.9)] == [500, 500, 200, 200]
    assert Answers(fail_share=1).status(0, 0.999) == 503


@pytest.mark.parametrize(
    "options",
    [
        *({"statuses": ()}, {"statuses": (200, 99)}, {"statuses": (600,)}, {"fail_status": 100}),
        *({"fail_share": 1.1}, {"fail_share": -0.1}, {"delay": -1}, {"delay": float("inf")}, {"delay": float("nan")}),
    ],
    ids=str,
)
def test_what_nobody_can_mean_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Answers(**options)
