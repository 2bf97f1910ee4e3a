"""What a body answers after a tool rewrote it: the same as before, or an error, and never something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cds_context import CdsContextError, ParameterError, RemoteExecutionContext, Severity, parse_context, validate
from cds_context.cli.show import view
from cds_context.display.summaries import summarize
from cds_context.testing import examples
from cds_context.tools import Post
from cds_context.tools.details import detail_of

from .hops import HOPS, through

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
QUESTIONS: dict[str, Callable[[RemoteExecutionContext], Any]] = {
    "record": lambda context: context.record,
    "target": lambda context: context.target,
    "targets": lambda context: context.targets,
    "changes": lambda context: context.changes(),
    "snapshot": lambda context: context.snapshot(),
    "is_truncated": lambda context: context.is_truncated,
    "each": lambda context: [(context.changes(target=row), context.snapshot(target=row)) for row in context.targets],
}


def answers(body: bytes) -> dict[str, Any]:
    """What the body answers; a question that raises is left out."""
    try:
        context = parse_context(body)
    except CdsContextError:
        return {}
    found: dict[str, Any] = {}
    for name, ask in QUESTIONS.items():
        try:
            found[name] = ask(context)
        except CdsContextError:
            continue
    return found


@pytest.mark.parametrize("hop", HOPS)
@pytest.mark.parametrize("name", examples())
def test_a_body_answers_the_same_after_a_hop_or_raises(name: str, hop: str) -> None:
    body = examples()[name]
    before, after = answers(body), answers(through(hop, body))
    assert {question: before.get(question) for question in after} == after


@pytest.mark.parametrize("hop", HOPS)
def test_a_row_that_is_gone_is_an_error_of_every_question_that_needs_it(hop: str) -> None:
    for name in ("update", "create", "close-incident", "associate", "on-external-updated", "delete-multiple"):
        body = through(hop, examples()[name])
        context = parse_context(body)
        assert not {"target", "targets", "changes", "snapshot", "each"} & answers(body).keys()
        with pytest.raises(ParameterError):
            context.require_complete()
        found = [finding for finding in validate(body).findings if finding.code == "CDS505"]
        assert found
        assert found[0].severity is Severity.ERROR


def _post(body: bytes) -> Post:
    return Post(number=1, received_on=NOON, path="/", query="", headers={}, body=body, status=200)


@pytest.mark.parametrize("hop", HOPS)
def test_what_is_gone_does_not_keep_the_rest_from_being_shown(hop: str) -> None:
    for name, body in examples().items():
        rewritten = through(hop, body)
        context = parse_context(rewritten)
        assert list(view(context)), name
        assert detail_of(_post(rewritten)).meta, name
        assert summarize(context).message == context.message_name
        assert context.idempotency_key
    shown = "\n".join(str(part) for part in view(parse_context(through(hop, examples()["update"]))))
    assert "what was submitted cannot be told: " in shown
