"""The answers beside a second implementation of them: plain, slow, and from the JSON itself.

It knows events of one row whose columns are in Target, and leaves out what the platform sets along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from msgspec import UNSET
from msgspec.structs import replace

from cds_context import (
    CdsContextError,
    Changes,
    EntityReference,
    Money,
    OptionSetValue,
    RemoteExecutionContext,
    encode_context,
    parse_context,
    validate,
)
from cds_context.event import targets
from cds_context.event.messages import MESSAGES
from cds_context.testing import examples
from cds_context.testing.strategies import events
from tests import conformance

_CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SERVERS_IMAGE = "AsynchronousStepPrimaryName"
_OTHER = object()


def _bodies() -> Iterator[bytes]:
    yield from examples().values()
    yield from conformance.serialized().values()
    yield from (path.read_bytes() for path in sorted(_CAPTURES.glob("*.json")))


def _plain(value: Any) -> Any:
    """A JSON value of a column in a form in which equal means the same to the platform; `_OTHER` for rare types."""
    if isinstance(value, str) and (date := re.fullmatch(r"/Date\((0|-?[1-9]\d{0,14})([+-]\d{4})?\)/", value)):
        return _EPOCH + timedelta(milliseconds=int(date[1]))
    if isinstance(value, list):
        return _OTHER
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    name = members.get("__type", "").partition(":")[0]
    if name == "EntityReference" and members["Id"] != str(UUID(int=0)):
        return (members["LogicalName"], UUID(members["Id"]))
    return Decimal(str(members["Value"])) if name in ("OptionSetValue", "Money") else _OTHER


def _told(value: Any) -> Any:
    """What the package read, in the form of `_plain`."""
    if isinstance(value, EntityReference) and value.id.int:
        return (value.logical_name, value.id)
    if isinstance(value, OptionSetValue | Money):
        return Decimal(value.value)
    return value if isinstance(value, str | int | Decimal | datetime | None) else _OTHER


def _columns(row: Any) -> dict[str, Any]:
    return {pair["key"]: _plain(pair["value"]) for pair in row["Attributes"]}


def _image(images: Any) -> dict[str, Any]:
    rows = [pair["value"] for pair in images if pair["key"] != _SERVERS_IMAGE]
    return _columns(rows[0]) if rows else {}


def _status(old: Any, new: Any) -> str:
    if old is UNSET or new is UNSET or (old is None and new == "") or (old == "" and new is None):
        return "unknown"
    return "unchanged" if old == new and isinstance(old, bool) == isinstance(new, bool) else "changed"


def _assert_answers(body: bytes) -> bool:
    """Whether the second implementation knows the event; it fails if the answers differ."""
    if b"INF" in body or b"NaN" in body:
        return False  # which are no JSON
    event: dict[str, Any] = json.loads(body, parse_float=Decimal)
    context = parse_context(body, parse_float=Decimal)
    images: list[Any] = [event.get("PreEntityImages") or [], event.get("PostEntityImages") or []]
    several = any(len({pair["key"] for pair in pairs} - {_SERVERS_IMAGE}) > 1 for pairs in images)
    inputs: list[Any] = event.get("InputParameters") or []
    targets = [pair["value"] for pair in inputs if pair["key"] == "Target"]
    if several or len(targets) != 1 or event["MessageName"] not in ("Create", "Update"):
        return False
    row = targets[0]
    if row["Id"] != str(UUID(int=0)):
        record = context.record
        assert record is not None
        assert (record.logical_name, record.id) == (row["LogicalName"], UUID(row["Id"]))
    before, after = map(_image, images)
    submitted = _columns(row)
    changes = context.changes()
    assert [*changes.submitted] == [*submitted]
    for column, change in changes.columns.items():
        old = before.get(column, None if context.message_name == "Create" else UNSET)
        new = after.get(column, submitted.get(column, UNSET))
        if old is not _OTHER and new is not _OTHER:
            assert (change.column, change.status.value) == (column, _status(old, new))
            assert change.old is UNSET if old is UNSET else _told(change.old) == old
            assert change.new is UNSET if new is UNSET else _told(change.new) == new
        assert (column in changes) == (change.status.value != "unchanged")
        assert (column in before and column in after) or column in submitted or not change.submitted
    return True


def test_bodies_give_the_plain_answers() -> None:
    assert sum(map(_assert_answers, _bodies())) > 10


_QUESTIONS: list[Callable[[RemoteExecutionContext], object]] = [
    *(attrgetter(name) for name in ("record", "records", "targets")),
    *(methodcaller(name) for name in ("changes", "snapshot", "pre_image", "post_image", "require_complete")),
]


def _answers(context: RemoteExecutionContext) -> list[object]:
    """The answers that read only what they need, or the error in place of one."""
    given: list[object] = []
    for ask in _QUESTIONS:
        try:
            answer = ask(context)
        except CdsContextError as error:
            given.append(str(error))
            continue
        given.append(answer)
        if isinstance(answer, Changes):
            given.append([(change.old_label, change.new_label) for change in answer.columns.values()])
    return given


def test_what_was_read_before_changes_no_answer() -> None:
    for body in _bodies():
        if len(body) > 20_000:
            continue  # a long one shows no more, and takes long
        read = parse_context(body)
        assert repr(read)  # which reads everything
        assert repr(_answers(parse_context(body))) == repr(_answers(read))  # as NaN equals nothing


def test_what_most_messages_are_about_is_found_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [body for body in _bodies() if len(body) <= 20_000]
    answers = [repr(_answers(parse_context(body))) for body in bodies]
    monkeypatch.setattr(targets, "_ABOUT_TARGET", frozenset[str]())  # the short way is for these messages
    assert [repr(_answers(parse_context(body))) for body in bodies] == answers


def test_parameters_under_any_name_give_answers_or_our_errors() -> None:
    for body in examples().values():
        context = parse_context(body)
        for name in (*MESSAGES, "new_Action", None):
            renamed = replace(context, message_name=name)
            assert len(_answers(renamed)) >= len(_QUESTIONS)
            assert validate(encode_context(renamed)).context is not None


@given(events())
def test_events_give_the_plain_answers(event: Any) -> None:
    _assert_answers(encode_context(event))
