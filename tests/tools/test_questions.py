"""The room `tools.questions`: what there is to know of a post."""

from __future__ import annotations

from functools import partial

import pytest

from cds_context.testing import examples
from cds_context.tools import Post, questions
from cds_context.tools.inbox import Store
from cds_context.tools.processes import Lane
from cds_context.tools.questions import TOO_MUCH, AskableInbox, Overview, Reading, or_else

from ..patience import PATIENCE

BODY = examples()["update"]


def add(inbox: Store, body: bytes = BODY, **others: str) -> Post:
    return inbox.add(
        lambda number, moment: Post(
            number=number, received_on=moment, path="/", query="", headers={}, body=body, status=200, **others
        )
    )


def test_it_answers() -> None:
    made = AskableInbox("")
    post = add(made)
    overview = made.overview(post).result(PATIENCE)
    assert overview is not None
    assert overview.summary == post.summary
    assert overview.findings == len(post.findings) == 0
    assert made.read(BODY).result(PATIENCE) == Reading(message="Update", table="contact")
    assert "Amélie Brandt".encode() in (made.page(post).result(PATIENCE) or b"")
    assert "Amélie Brandt".encode() not in (made.fixture(post).result(PATIENCE) or "Amélie Brandt".encode())
    made.close()


def test_a_post_is_asked_about_once_and_forgotten_with_it() -> None:
    made = AskableInbox("", keep=3)
    asked = [made.overview(add(made, b"", problem="the request lacks a key")) for _ in range(1_000)]
    assert len(made._overviews) < 110  # pyright: ignore[reportPrivateUsage]
    assert made.overview(made.posts[-1]) is asked[-1]
    made.close()


def test_without_an_answer_a_post_says_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "Lane", partial(Lane, code="raise SystemExit"))
    made = AskableInbox("")
    accepted, refused = (
        add(made, message="Update", table="contact"),
        add(made, b"", problem="the request lacks a key"),
    )
    found = [or_else(made.overview(post).result(PATIENCE), post) for post in (accepted, refused)]
    assert found == [Overview(problem=f"Update contact: {TOO_MUCH}"), Overview(problem="the request lacks a key")]
    known = Overview(findings=2)
    assert or_else(known, accepted) is known
    made.close()
