"""What a body answers after a tool rewrote it: the same as before, or an error, and never something else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from cds_context import (
    AliasedValue,
    ArgumentError,
    CdsContextError,
    Change,
    Changes,
    ColumnError,
    DecodeError,
    Entity,
    EntityCollection,
    EntityReference,
    EntityRole,
    Money,
    OptionSetValue,
    ParameterError,
    RelatedEntityCollection,
    Relationship,
    RemoteExecutionContext,
    Severity,
    UnknownValue,
    encode_context,
    mend,
    parse_context,
    validate,
)
from cds_context.cli.show import view
from cds_context.display.summaries import summarize
from cds_context.model.records import Record
from cds_context.testing import Formatted, create, custom_api, examples, truncate, update
from cds_context.tools import Post
from cds_context.tools.details import detail_of
from cds_context.wire.dates import is_iso_date
from cds_context.wire.rewriting import REWRITINGS

from .batches import each
from .conformance import serialized
from .hops import HOPS, OTHERS, as_j_object, through

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
TYPES: tuple[Any, ...] = (str, int, float, Decimal, bool, datetime, date, UUID, list[int])


def columns(context: RemoteExecutionContext) -> dict[Any, Any]:
    """Each column as each type; a type that does not fit is left out."""
    row = context.target_entity
    found: dict[Any, Any] = {}
    for column, wanted in product(row or (), TYPES):
        with suppress(ColumnError):
            found[column, str(wanted)] = row and row.get_as(column, wanted)
    return found


QUESTIONS: dict[str, Callable[[RemoteExecutionContext], Any]] = {
    "record": lambda context: context.record,
    "records": lambda context: context.records,
    "target": lambda context: context.target,
    "targets": lambda context: context.targets,
    "changes": lambda context: context.changes(),
    "snapshot": lambda context: context.snapshot(),
    "images": lambda context: (context.pre_image(), context.post_image()),
    "is_truncated": lambda context: context.is_truncated,
    "each": lambda context: [(context.changes(target=row), context.snapshot(target=row)) for row in context.targets],
    "moment": lambda context: context.operation_created_on_utc,
    "keys": lambda context: (context.idempotency_key, context.ordering_key, context.row_version),
    "get_as": columns,
}


def answers(body: bytes) -> dict[str, Any]:
    """What the body answers; a question that raises is left out."""
    try:
        context = parse_context(body)
    except CdsContextError:
        return {}
    found: dict[str, Any] = {}
    for name, ask in QUESTIONS.items():
        with suppress(CdsContextError):
            found[name] = told(ask(context))
    return found


# All hops begin with the same bodies.
answers_before = cache(answers)


def mended(body: bytes, offset: timedelta | None) -> bytes:
    """The body as `mend` gives it, or nothing that can be read."""
    try:
        return mend(body, server_offset=offset)
    except CdsContextError:
        return b""


def told(answer: Any) -> Any:
    """What an answer says to who reads it, apart from what the wire cannot show after a hop (the table on the page)."""
    tell = teller(answer.__class__)
    return tell(answer) if tell else answer


@cache
def teller(kind: type[Any]) -> Callable[[Any], Any] | None:
    return next((tell for cls, tell in TOLD if issubclass(kind, cls)), None)


def _told_inside(answer: dict[Any, Any]) -> Any:
    return {name: told(value) for name, value in answer.items() if value is not None and value is not UNSET}


TOLD: list[tuple[Any, Callable[[Any], Any]]] = [
    (Changes, lambda changes: [told(change) for change in changes.columns.values()]),
    (Change, lambda change: (change.column, told([change.old, change.new]), change.status, change.submitted)),
    (EntityReference, lambda row: (row.logical_name, row.id, row.name, told({**row.key_attributes}))),
    (Entity, lambda row: (row.logical_name, row.id, told({**row}), told({**row.formatted_values}))),
    (EntityCollection, lambda rows: told(rows.entities)),
    (AliasedValue, lambda value: (value.entity_logical_name, value.attribute_logical_name, told(value.value))),
    (UnknownValue, lambda value: (value.type_name, told({**value.members}))),
    (Record, lambda record: (type(record), told({name: getattr(record, name) for name in record.__struct_fields__}))),
    (datetime, lambda moment: told(moment.isoformat())),
    (str, lambda text: as_j_object(text).replace("+00:00", "Z")),
    (dict, _told_inside),
    ((list, tuple), lambda items: [told(item) for item in items]),
    ((float, Decimal), lambda number: "NaN" if number != number else number),  # noqa: PLR0124 - NaN differs from itself
]


def differing(body: bytes, hop: str) -> dict[Any, Any]:
    """The answers that another body gives after the hop, read as it is, and mended."""
    before = answers_before(body)
    offset = parse_context(body).operation_created_on.utcoffset()
    rewritten = through(hop, body)
    found: dict[Any, Any] = {}
    for after in (answers(rewritten), answers(mended(rewritten, offset))):
        fitting, columns_after = before.get("get_as", {}), after.pop("get_as", {})
        # A column may fit fewer types, and a date that became text fits text.
        found |= {
            key: value for key, value in columns_after.items() if value != fitting.get(key, is_date(value) and value)
        }
        found |= {name: (before.get(name), answer) for name, answer in after.items() if before.get(name) != answer}
    return found


def is_date(value: Any) -> bool:
    return isinstance(value, str) and is_iso_date(value)


@pytest.mark.parametrize("hop", HOPS | OTHERS)
@each("name", examples())
def test_a_body_answers_the_same_after_a_hop_or_raises(name: str, hop: str) -> None:
    assert differing(examples()[name], hop) == {}


@pytest.mark.repeats
@pytest.mark.parametrize("hop", OTHERS)
def test_a_body_of_the_serializer_answers_the_same_after_a_hop_or_raises(hop: str) -> None:
    found: dict[str, Any] = {}
    for name, body in serialized().items():
        context = parse_context(body)
        is_contradictory = context.record and context.record.id != context.primary_entity_id
        is_json = not re.search(rb":-?(NaN|INF)", body)
        if is_json and not (name.startswith(("str_", "deep_")) or is_contradictory):
            found |= {f"{name}: {question}": pair for question, pair in differing(body, hop).items()}
    assert found == {}


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


def test_a_body_that_no_tool_rewrote_is_returned_as_it_is() -> None:
    for body in (*examples().values(), b"7", b"[]"):
        assert mend(body) is body
        assert mend(body.decode()) == body
    cut = encode_context(truncate(parse_context(examples()["update"]), absent=True))
    assert mend(cut) is cut


@pytest.mark.parametrize("hop", ["no nulls", "camelCase", "Key and Value", "Gson", "Spark"])
def test_what_loses_nothing_is_mended_to_the_byte(hop: str) -> None:
    # Without numbers in columns, which Gson makes doubles, and Python's JSON spells without zeros behind the point.
    for name in ("delete-asynchronous", "assign", "set-state", "associate", "add-member", "route-to", "grant-access"):
        body = examples()[name]
        assert mend(through(hop, body)) == body, name


def test_rows_get_their_types_back() -> None:
    for name in ("retrieve", "update-multiple"):
        body = examples()[name]
        assert parse_context(mend(through("no types", body))).targets == parse_context(body).targets


def test_related_rows_get_their_names_back() -> None:
    related = RelatedEntityCollection({Relationship("r", EntityRole.REFERENCED): EntityCollection([Entity("task")])})
    target = Entity("contact", attributes={"firstname": "Ada"}, related_entities=related)
    body = encode_context(update("contact", input_parameters={"Target": target}))
    assert mend(through("camelCase", body)) == body


def test_an_object_without_members_or_type_is_left_alone() -> None:
    body = encode_context(update("contact", shared_variables={"x": {}}))
    assert mend(through("Key and Value", body)) == body
    bare = re.sub(rb'"key":"Target","value":\{.*?\}\}\]', b'"key":"Target","value":{"x":1}}]', UPDATE, count=1)
    assert mend(bare) is bare
    assert mend(bare.replace(b'{"x":1}', b"[7]")) == bare.replace(b'{"x":1}', b"[7]")


def place(body: bytes | str, **options: Any) -> tuple[str, str]:
    with pytest.raises(DecodeError) as caught:
        mend(body, **options)
    assert "secret" not in str(caught.value)
    return caught.value.path, caught.value.reason


def test_the_moment_of_an_asynchronous_step_is_not_guessed() -> None:
    offset = timedelta(hours=-7)
    event = update("contact", asynchronous=True, utc_offset=offset)
    rewritten = through("JObject", encode_context(event))
    path, reason = place(rewritten)
    assert path == "$.ParentContext.OperationCreatedOn"
    assert "the true moment needs the offset" in reason
    again = parse_context(mend(rewritten, server_offset=offset))
    assert again.operation_created_on_utc == event.operation_created_on_utc
    assert again.operation_created_on.utcoffset() == offset
    # A server in UTC writes `+0000`, which is not the same as no offset.
    utc = encode_context(update("contact", asynchronous=True, after={}))
    assert (
        parse_context(mend(through("JObject", utc), server_offset=timedelta(0))).operation_created_on.tzname()
        == "+0000"
    )


@pytest.mark.parametrize("offset", [timedelta(days=1), timedelta(days=-1), timedelta(seconds=30)])
def test_no_server_has_such_an_offset(offset: timedelta) -> None:
    with pytest.raises(ArgumentError, match="`server_offset`"):
        mend(examples()["update"], server_offset=offset)


UPDATE = encode_context(update("contact", after={"revenue": Money(Decimal("12345678901234.56")), "new_n": 9}))
ISO = through("JObject", UPDATE).decode()
CAMEL = through("camelCase", UPDATE)


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (b"\xff{}", "$", "not UTF-8, at byte 0"),
        (b"{", "$", "malformed JSON"),
        (b"{}", "$", "are missing"),
        ("[" * 100_000, "$", "nested deeper"),
        ('{"SharedVariables":[{"key":"a","value":' + "[" * 600 + "]" * 600 + "}]}", "$", "nested deeper"),
        (
            CAMEL.replace(b'"sharedVariables": [', b'"sharedVariables": [7, {"a": 1}, '),
            "$.ParentContext.SharedVariables[0]",
            "object",
        ),
        (CAMEL.replace(b'"depth": 1', b'"depth": 1.5'), "$.Depth", "found a fraction"),
        (CAMEL.replace(b'"relatedEntities": []', b'"relatedEntities": [{"key": {}}]'), "$", "`key` and `value`"),
        (re.sub(r'"OperationCreatedOn": "[^"]*"', '"OperationCreatedOn": "2026-03-02T09:00:00"', ISO), "$", "date"),
        (re.sub(r'"OperationCreatedOn": "[^"]*"', '"OperationCreatedOn": "2026-13-02T09:00:00Z"', ISO), "$", "date"),
        (ISO, "$.InputParameters[0].value.Attributes[0].value.Value", "which the tool may have rounded"),
        (
            through("Gson", UPDATE).replace(b"12345678901234.56", b"1.5").replace(b'"value": 9.0', b'"value": 9.1E18'),
            "$.InputParameters[0].value.Attributes[1].value",
            "which the tool may have rounded",
        ),
        (
            through("camelCase", examples()["upsert-multiple"]),
            "$.OutputParameters[0].value[0]",
            "an object of an unknown type, whose names the tool may have changed",
        ),
        (
            through("Key and Value", examples()["upsert-multiple"]),
            "$.OutputParameters[0].value[0]",
            "an object of an unknown type, whose names the tool may have changed",
        ),
        (b'{"depth":1,"secret":2}', "$", "are missing"),
    ],
)
def test_what_a_tool_lost_is_an_error(body: bytes | str, path: str, reason: str) -> None:
    found = place(body)
    assert found[0].startswith(path)
    assert reason in found[1]


def test_beyond_the_years_of_the_clock_there_is_no_moment() -> None:
    late = encode_context(update("contact", asynchronous=True)).replace(b"Date(1772442000000+0000)", b"Date(0+0000)")
    rewritten = through("JObject", late).replace(b"1970-01-01T00:00:00+00:00", b"0001-01-01T00:00:00Z")
    assert "on the server's clock" in place(rewritten, server_offset=timedelta(hours=-1))[1]


def test_a_long_number_of_a_body_that_kept_its_numbers_is_not_doubted() -> None:
    assert b"12345678901234.56" in mend(through("camelCase", UPDATE))


def test_other_text_in_a_parameter_stays() -> None:
    body = encode_context(update("contact", after={"firstname": "Ada"}, input_parameters={"Target": "{secret"}))
    assert mend(body) is body
    assert "{secret" in mend(through("camelCase", body)).decode()


def _post(body: bytes) -> Post:
    return Post(number=1, received_on=NOON, path="/", query="", headers={}, body=body, status=200)


def _hold_shown(body: bytes) -> None:
    context = parse_context(body)
    assert list(view(context))
    assert detail_of(_post(body)).meta
    assert summarize(context).message == context.message_name
    assert context.idempotency_key


@pytest.mark.parametrize("hop", HOPS)
def test_what_is_gone_is_told(hop: str) -> None:
    rewritten = through(hop, examples()["update"])
    shown = "\n".join(str(part) for part in view(parse_context(rewritten)))
    assert "what was submitted cannot be told: " in shown
    _hold_shown(rewritten)
    _hold_shown(through(hop, examples()["associate"]))


@each("case", [*product(HOPS, examples())], ids=" of ".join)
def test_what_is_gone_does_not_keep_the_rest_from_being_shown(case: tuple[str, str]) -> None:
    hop, name = case
    _hold_shown(through(hop, examples()[name]))


def _tables() -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the page's two tables: what tools do, and what the wire does not show."""
    page = (Path(__file__).parents[1] / "docs/errors.md").read_text(encoding="utf-8")
    _, section = page.split("## What tools do to a body\n")
    section = section.split("\n## ")[0]
    tables = [part.split("\n\n")[0] for part in section.split("|---|---|---|---|\n")[1:]]
    signs, losses = (
        [[cell.strip() for cell in row[2:-2].split(" | ")] for row in table.splitlines()] for table in tables
    )
    return signs, losses


def test_the_page_has_every_sign_its_cause_and_its_remedy() -> None:
    signs, _ = _tables()
    for row, rewriting in zip(signs, REWRITINGS, strict=True):
        assert row[0] == rewriting.sign
        assert row[1].startswith(rewriting.cause)
        assert row[3].startswith("`mend`" if rewriting.is_mended else rewriting.remedy)


def column_after(hop: str, value: Any, label: str | None = None) -> Entity:
    """A row with one column, after the hop and `mend`."""
    plain = value if label is None else Formatted(value, label)
    body = encode_context(create("contact", after={"new_x": plain}, stage=40))
    row = parse_context(mend(through(hop, body))).target_entity
    assert row
    return row


def lost_date() -> None:
    row = column_after("JObject", NOON, "2026-03-02T13:00:00+01:00")
    assert row["new_x"] == "2026-03-02T12:00:00Z"
    assert row.get_as("new_x", datetime) == NOON
    with pytest.raises(ColumnError):
        row.local("new_x")


def lost_offset() -> None:
    row = column_after("JObject", NOON, "2026-03-02T13:00:00+01:00")
    assert row.formatted("new_x") == "2026-03-02T12:00:00+00:00"
    assert column_after("JObject", "2026-03-02T13:00:00+01:00")["new_x"] == "2026-03-02T12:00:00+00:00"


def lost_integer() -> None:
    row = column_after("Gson", 14)
    assert row["new_x"] == row.get_as("new_x", float) == 14
    with pytest.raises(ColumnError):
        row.get_as("new_x", int)


def lost_digits() -> None:
    body = encode_context(update("contact", after={"a": Money(Decimal("12345678901234567.89"))}))
    assert answers(json.dumps(json.loads(body)).encode()) != answers(body)


def lost_zeros() -> None:
    assert str(column_after("no nulls", Money(Decimal("1.50"))).get_as("new_x", Decimal)) == "1.5"


def lost_null() -> None:
    assert column_after("no nulls", UnknownValue("T:#n", {"a": None}))["new_x"] == UnknownValue("T:#n", {})


def lost_object() -> None:
    event = custom_api("new_Rate", inputs={"Stars": OptionSetValue(3)})
    context = parse_context(mend(through("objects as text", encode_context(event))))
    assert isinstance(context.input_parameters["Stars"], str)


LOSSES: dict[str, Callable[[], None]] = {
    "a date in a column": lost_date,
    "a label or a text with an offset": lost_offset,
    "a whole number in a column": lost_integer,
    "an amount or a decimal of more than 15 digits": lost_digits,
    "zeros behind the point": lost_zeros,
    "null in an object of an unknown type": lost_null,
    "an object in a parameter of a custom action": lost_object,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_leaves_no_sign_is_lost_as_the_page_says(loss: str) -> None:
    _, losses = _tables()
    assert [row[0] for row in losses] == [*LOSSES]
    LOSSES[loss]()
