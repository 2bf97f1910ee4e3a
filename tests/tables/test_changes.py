"""The room `tables.changes`: the rows of `change_rows`, read without what they do not need."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from cds_context import (
    ArgumentError,
    ArgumentTypeError,
    CdsContextError,
    Entity,
    EntityReference,
    RemoteExecutionContext,
    change_rows,
    encode_context,
    parse_context,
)
from cds_context.tables import Body, changes_table
from cds_context.tables.lean import read_lean
from cds_context.tables.reading import has_long_number
from cds_context.testing import create, create_multiple, examples, truncate, update
from cds_context.testing.strategies import events
from tests.bodies import event, slot

from .consumed import known_bodies, rows_of


def expected(data: bytes) -> list[dict[str, Any]]:
    """The rows of a body, by the public API alone."""
    context = parse_context(data, parse_float=Decimal if has_long_number(data) else float)
    rows: list[dict[str, Any]] = [dict(row) for row in change_rows(context)]
    for row in rows:
        row["moment"] = datetime.fromisoformat(row["moment"].replace("Z", "+00:00"))
        row["row_version"] = context.row_version
    return rows


def in_utc(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "moment": row["moment"].astimezone(timezone.utc)} for row in rows]


@pytest.mark.parametrize("only_submitted", [False, True])
def test_every_known_body_gives_the_rows_of_the_public_api_or_an_error(only_submitted: bool) -> None:
    wanted: list[dict[str, Any]] = []
    failed: list[str] = []
    truncated = 0
    for name, data in known_bodies().items():
        try:
            wanted += [row for row in expected(data) if row["submitted"] or not only_submitted]
        except CdsContextError as error:
            truncated += "the server cut" in str(error)
            failed += [] if "the server cut" in str(error) else [name]
    errors: list[str] = []
    bodies = [Body(data, name) for name, data in known_bodies().items()]
    table = changes_table(bodies, only_submitted=only_submitted, on_error=lambda error: errors.append(error.source))
    assert in_utc(rows_of(table)) == wanted
    assert errors == failed
    counts = table.counts
    assert counts.read == counts.events + counts.errors == len(bodies)
    assert (counts.rows, counts.errors, counts.truncated) == (len(wanted), len(failed), truncated)
    assert truncated > 5


@given(events())
def test_what_builders_make_gives_the_rows_of_the_public_api(context: RemoteExecutionContext) -> None:
    data = encode_context(context)
    try:
        wanted = expected(data)
    except CdsContextError:
        wanted = []
    assert in_utc(rows_of(changes_table([data], only_submitted=False))) == wanted
    assert in_utc(rows_of(changes_table([data], only_submitted=False, strict=True))) == wanted
    assert in_utc(rows_of(changes_table([data]))) == [row for row in wanted if row["submitted"]]


def test_only_what_was_submitted_is_there_by_default() -> None:
    data = examples()["set-state"]
    assert all(row["submitted"] for row in rows_of(changes_table([data])))
    assert len(rows_of(changes_table([data]))) < len(rows_of(changes_table([data], only_submitted=False)))


FILTERS: list[tuple[dict[str, Any], str, set[str]]] = [
    ({"messages": "Update"}, "message", {"Update"}),
    ({"tables": ["contact", "lead"]}, "table", {"contact", "lead"}),
    ({"columns": {"statecode", "firstname"}}, "column", {"statecode", "firstname"}),
    ({"statuses": ["changed", "unknown"]}, "status", {"changed", "unknown"}),
]


@pytest.mark.parametrize(("given", "column", "names"), FILTERS)
def test_filters_keep_the_rows_of_some_names(given: dict[str, Any], column: str, names: set[str]) -> None:
    bodies = list(examples().values())
    everything = rows_of(changes_table(bodies))
    kept = rows_of(changes_table(bodies, **given))
    assert kept == [row for row in everything if row[column] in names]
    assert {row[column] for row in kept} == names


def test_a_status_that_no_change_has_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a status is one of"):
        changes_table([], statuses="new")


def test_a_lookup_sent_again_with_another_name_is_unchanged() -> None:
    key = EntityReference("account", parse_context(examples()["update"]).user_id, "Fabrikam")
    other = EntityReference("account", key.id, "Fabrikam Ltd")
    context = update("contact", before={"parentcustomerid": key}, after={"parentcustomerid": other}, pre_image="Pre")
    (row,) = rows_of(changes_table([encode_context(context)], columns="parentcustomerid"))
    assert (row["status"], row["old"], row["old_label"]) == ("unchanged", str(key.id), "Fabrikam")


def test_without_an_image_every_value_before_is_null_or_unknown() -> None:
    row: dict[str, Any] = {"a": "x", "b": "", "c": None, "d": 1.5, "e": "x"}
    for context, status in ((create("contact", after=row), "changed"), (update("contact", after=row), "unknown")):
        data = encode_context(context)
        assert read_lean(data) is not None
        rows = rows_of(changes_table([data]))
        assert rows == rows_of(changes_table([data], strict=True))
        assert {each["column"]: each["status"] for each in rows}.items() >= {
            "a": status,
            "b": "unknown",
            "e": status,
        }.items()


def test_a_bulk_message_has_rows_for_each_target() -> None:
    rows = rows_of(changes_table([encode_context(create_multiple("contact", after=[{"a": 1}, {"a": 2}]))]))
    assert len({row["record_id"] for row in rows}) == 2


def test_a_truncated_event_gives_no_rows_and_is_counted() -> None:
    cut = encode_context(truncate(parse_context(examples()["update"])))
    table = changes_table([cut, Body(examples()["update"], size_exceeded=True)])
    assert rows_of(table) == []
    assert (table.counts.events, table.counts.truncated, table.counts.errors) == (2, 2, 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.5", "0.5"),
        ("1.50", "1.5"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("0.33333333333333331", "0.33333333333333331"),
        ("1E+400", "1E+400"),
    ],
)
def test_a_fraction_is_never_rounded(number: str, text: str) -> None:
    context = event("Update", {"Target": Entity("contact", attributes={"a": 0.25})})
    (row,) = rows_of(changes_table([encode_context(context).replace(b"0.25", number.encode())]))
    assert row["new"] == text


@pytest.mark.parametrize(
    ("text", "is_long"),
    [
        ("1.5", False),
        ("123456789012345.0000000000", False),
        ("1234567890123456.5", True),
        ("12345678.12345678", True),
        ("0.0000000000000000012", False),
        ("12345678901234567", False),
        ("1E+20", False),
        ("1E-200", True),
        ("1e308", True),
        ("12345678901234567E5", True),
    ],
)
def test_a_number_is_long_if_no_float_has_its_digits(text: str, is_long: bool) -> None:
    assert has_long_number(slot(text)) == is_long


def test_half_a_surrogate_pair_is_escaped_as_in_plain_data() -> None:
    context = event("Update", {"Target": Entity("contact", attributes={"a": "cut \ud83d"})})
    (row,) = rows_of(changes_table([encode_context(context)]))
    assert row["new"] == "cut \\ud83d"


def test_text_is_a_body_too() -> None:
    data = examples()["update"]
    assert rows_of(changes_table([data.decode()])) == rows_of(changes_table([data]))


def test_one_body_is_no_list_of_bodies() -> None:
    with pytest.raises(ArgumentTypeError, match="expected an iterable of bodies, found bytes"):
        changes_table(examples()["update"])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
