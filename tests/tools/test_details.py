"""The room `tools.details`, and `display.summaries`: an event as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from msgspec.structs import replace

from cds_context import (
    Entity,
    EntityCollection,
    EntityReference,
    OptionSetValue,
    RemoteExecutionContext,
    encode_context,
    parse_context,
)
from cds_context.display.summaries import Summary, summarize
from cds_context.testing import (
    Formatted,
    Row,
    assign,
    close_incident,
    create,
    custom_api,
    examples,
    garble,
    retrieve_multiple,
    truncate,
    update,
    update_multiple,
)
from cds_context.testing.strategies import contexts, events
from cds_context.tools import Post
from cds_context.tools.details import Budget, Detail, Line, detail_of
from cds_context.tools.details import lines as lines_of

from ..formats import bodies

ID = UUID("4e0ac6d2-7b1c-4d0e-9b9e-3f7d0a5c2b11")
BEFORE: Row = {"fullname": "Amélie Brandt", "emailaddress1": "a@example.com", "statuscode": OptionSetValue(1)}


def post_of(body: bytes) -> Post:
    moment = datetime(2026, 3, 2, 9, 0, 1, 250_000, tzinfo=timezone.utc)
    return Post(number=7, received_on=moment, path="/", query="", headers={}, body=body, status=200)


def lines(items: Iterable[tuple[str, Any]], labels: Mapping[str, str | None] | None = None) -> list[Line]:
    return lines_of(items, labels, budget=Budget(1_000))


def detail(event: RemoteExecutionContext) -> Detail:
    return detail_of(post_of(encode_context(event)))


def test_values_in_values_are_lines_below() -> None:
    row = Entity("contact", ID, {"name": "Zoë", "code": OptionSetValue(2)}, formatted_values={"code": "Email"})
    reference = EntityReference("account", ID, "Fabrikam")
    shown = lines(
        [("Target", row), ("Rows", EntityCollection([row])), ("Who", [reference, reference]), ("Is", True)],
        {"Is": "Yes"},
    )
    assert shown == [
        Line(0, "Target", f"contact {ID}"),
        Line(1, "name", "Zoë"),
        Line(1, "code", "2", "Email"),
        Line(0, "Rows", "1 row"),
        Line(1, "1", f"contact {ID}"),
        Line(2, "name", "Zoë"),
        Line(2, "code", "2", "Email"),
        Line(0, "Who", "2 rows"),
        Line(1, "1", f"Fabrikam (account {ID})"),
        Line(1, "2", f"Fabrikam (account {ID})"),
        Line(0, "Is", "true", "Yes"),
    ]


def test_what_is_too_deep_is_one_line() -> None:
    row = Entity("contact", ID, {"name": "Zoë"})
    for _ in range(9):
        row = Entity("contact", ID, {"inner": row})
    assert [line.level for line in lines([("Target", row)])] == [0, 1, 2, 3, 4]


def test_a_label_that_says_the_same_is_left_out() -> None:
    moment = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
    assert lines([("on", moment)], {"on": "2026-03-02T09:00:00+00:00"}) == [Line(0, "on", "2026-03-02 09:00:00 UTC")]
    assert lines([("on", "Yes")], {"on": "Yes"}) == [Line(0, "on", "Yes")]


def test_directions_and_controls_are_made_visible() -> None:
    (line,) = lines([("text", "a\u202eb\x1bc")])
    assert line.text == "a\\u202eb\\u001bc"


@pytest.mark.parametrize(
    ("event", "message", "table", "record"),
    [
        (update("contact", id=ID, before=BEFORE, pre_image="Old"), "Update", "contact", "Amélie Brandt"),
        (update("contact", id=ID, after={"telephone1": "1"}), "Update", "contact", str(ID)),
        (update("contact", id=ID, before=BEFORE, asynchronous=True), "Update", "contact", "Amélie Brandt"),
        (
            update("new_x", id=ID, before={"new_name": "Prüfstand"}, asynchronous=True, primary_name="new_name"),
            "Update",
            "new_x",
            "Prüfstand",
        ),
        (
            update_multiple("contact", after=[{"fullname": "a"}, {"fullname": "b"}]),
            "UpdateMultiple",
            "contact",
            "2 rows",
        ),
        (retrieve_multiple("contact"), "RetrieveMultiple", "contact", ""),
        (custom_api("new_Do"), "new_Do", "", ""),
        (assign("contact", id=ID, assignee=EntityReference("systemuser", ID)), "Assign", "contact", str(ID)),
        (create("contact", id=ID, after=BEFORE, message_name=None), "", "contact", "Amélie Brandt"),
        (close_incident(id=ID), "Close", "incident", str(ID)),
    ],
    ids=lambda value: value.message_name if isinstance(value, RemoteExecutionContext) else None,
)
def test_an_event_in_a_line(event: RemoteExecutionContext, message: str, table: str, record: str) -> None:
    summary = summarize(parse_context(encode_context(event)))
    assert (summary.message, summary.table, summary.record) == (message, table, record)


def test_the_name_of_a_lookup_and_of_the_user() -> None:
    who = EntityReference("systemuser", ID, "Nora Haddad")
    event = update(
        "contact", before=BEFORE, after={"ownerid": who}, post_image="New", user_id=ID, initiating_user_id=ID
    )
    assert summarize(event).who == "Nora Haddad"
    event = create("x", output_parameters={}, input_parameters={"Target": EntityReference("x", ID, "Named")})
    assert summarize(event).record == "Named"


def test_the_name_of_another_row_is_not_taken() -> None:
    event = update("contact", id=ID, after={"telephone1": "1"})
    event = replace(event, post_entity_images={"Parent": Entity("account", UUID(int=1), {"name": "Fabrikam"})})
    assert summarize(event).record == str(ID)


def test_a_summary_is_texts_for_a_search() -> None:
    summary = summarize(update("contact", id=ID, before=BEFORE, asynchronous=True))
    assert summary == Summary(
        message="Update",
        table="contact",
        record="Amélie Brandt",
        record_id=str(ID),
        who=summary.who,
        mode="async",
        stage=40,
    )
    assert summary.who == f"user {str(update('contact').initiating_user_id)[:8]}"


def test_garbled_text_is_shown_repaired_and_marked() -> None:
    body = encode_context(update("contact", id=ID, before=BEFORE, after={"lastname": "Łuczak"}, pre_image="PreImage"))
    plain, repaired = detail_of(post_of(body)), detail_of(post_of(garble(body)))
    assert (plain.is_repaired, repaired.is_repaired) == (False, True)
    assert repaired.changes == plain.changes
    assert repaired.summary == plain.summary
    assert "Amélie" not in repaired.document  # the body is as it came


def test_changes_with_old_new_and_labels() -> None:
    event = update(
        "contact",
        before=BEFORE,
        after={"emailaddress1": None, "statuscode": Formatted(OptionSetValue(2), "Inactive")},
        pre_image="Old",
        post_image="New",
    )
    (table,) = detail(event).changes
    shown = {line.column: (line.old, line.old_label, line.new, line.new_label, line.status) for line in table.lines}
    assert shown["emailaddress1"] == ("a@example.com", "", "null", "", "changed")
    assert shown["statuscode"] == ("1", "", "2", "Inactive", "changed")
    assert shown["modifiedonbehalfby"] == ("not told", "", "null", "", "unknown")
    assert table.record == ""


def test_each_row_of_a_bulk_message_has_a_table() -> None:
    tables = detail(update_multiple("contact", after=[{"fullname": "a"}, {"fullname": "b"}])).changes
    assert len(tables) == 2
    assert all(table.record.startswith("contact ") for table in tables)


def test_images_parameters_parents_and_facts() -> None:
    shown = detail(
        update(
            "contact",
            id=ID,
            before=BEFORE,
            after={},
            pre_image="Old",
            post_image="New",
            initiating_user_id=UUID(int=9),
            user_id=ID,
        )
    )
    assert [section.title for section in shown.images] == ["before: Old", "after: New"]
    assert [section.title for section in shown.parameters] == ["input parameters", "shared variables"]
    assert [cause.partition(",")[0] for cause in shown.causes] == [f"Update of contact {ID}"]
    facts = dict(shown.facts)
    assert facts["record"] == f"contact {ID}"
    assert facts["running as"] == str(ID)
    assert facts["received"] == "2026-03-02 09:00:01.250 UTC"
    assert shown.meta[0] == "synchronous, stage 40"
    assert shown.document.startswith("{\n")


def test_an_image_that_is_null_is_not_shown() -> None:
    shown = detail(update("contact", pre_entity_images={"Old": None}))  # pyright: ignore[reportArgumentType]
    assert shown.images == []


def test_a_cut_event_says_so() -> None:
    shown = detail(truncate(update("contact", after=BEFORE)))
    assert shown.is_truncated
    assert shown.changes == []


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[1,2"])
def test_what_is_no_event_is_shown_as_it_is(body: bytes) -> None:
    shown = detail_of(post_of(body))
    assert shown.document == body.decode("utf-8", "replace")
    assert shown.title == "Not an event"
    assert not shown.problem  # which the findings say
    assert not shown.facts
    assert not shown.parameters


@pytest.mark.parametrize(
    "body",
    [b"[" * 400 + b"0," * 50_000 + b"0" + b"]" * 400, b"[" * 9_000 + b"]" * 9_000, b'["]","[' + b"[" * 100_000],
    ids=["wide", "deep", "open"],
)
def test_what_would_grow_without_bounds_is_not_indented(body: bytes) -> None:
    assert detail_of(post_of(body)).document == body.decode()


def test_no_more_is_shown_than_people_read() -> None:
    columns = {f"new_{number}": "x" * 100_000 if number == 1 else number for number in range(5_000)}
    images = {f"Image{number}": Entity("contact", ID, {"a": 1}) for number in range(4_000)}
    event = update("contact", after=columns, pre_entity_images=images, initiating_user_id=ID)  # pyright: ignore[reportArgumentType]
    shown = detail(event)
    assert shown.is_cut
    counted = sum(len(table.lines) for table in shown.changes)
    counted += sum(len(section.lines) + 1 for section in (*shown.images, *shown.parameters))
    assert 2_900 <= counted <= 3_010
    long = next(line for line in shown.changes[0].lines if line.column == "new_1")
    assert long.new == "x" * 2_000 + "… 100,000 characters"
    assert not detail(update("contact", after=BEFORE)).is_cut


def test_names_are_no_longer_than_people_read() -> None:
    name = "n" * 5_000
    given = {"message_name": name, "organization_name": name, "shared_variables": {name: 1}}
    shown = detail(update(name, after={name: 1}, pre_image=name, **given))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    texts = [*shown.meta, *(text for _, text in shown.facts), *(section.title for section in shown.images)]
    texts += [line.name for section in shown.parameters for line in section.lines]
    texts += [line.column for table in shown.changes for line in table.lines]
    assert max(map(len, texts)) < 2_100


def test_findings_are_counted_and_the_first_are_shown() -> None:
    body = encode_context(update("contact"))
    odd = body[:-1] + b"".join(b',"m%d":1' % number for number in range(300)) + b"}"
    shown = detail_of(post_of(odd))
    assert len(shown.findings) == 100
    assert shown.found > len(shown.findings)
    long = detail_of(post_of(body[:-1] + b',"' + b"m" * 9_000 + b'":1}'))
    assert all(len(finding.path or "") < 2_100 for finding in long.findings)


def test_brackets_in_texts_are_no_depth() -> None:
    body = b'{"a":["' + b"[" * 20_000 + b'\\"",0,' + b"0," * 20_000 + b"0]}"
    assert detail_of(post_of(body)).document.startswith('{\n  "a": [\n    "[[')


def test_a_parent_without_a_message() -> None:
    event = update("contact", parent_context=update("account", id=ID, message_name=None, parent_context=None))
    assert detail(event).causes == [f"no message of account {ID}, stage 40 post-operation, synchronous, depth 1"]


@pytest.mark.parametrize("name", examples())
def test_every_example_is_shown(name: str) -> None:
    shown = detail_of(post_of(examples()[name]))
    assert shown.facts
    assert shown.parameters


@given(contexts() | events())
def test_every_event_is_shown(event: RemoteExecutionContext) -> None:
    shown = detail(event)
    assert shown.facts
    assert shown.summary


def test_other_message_formats_are_shown_as_text() -> None:
    found = bodies("msg_update")
    in_binary = detail_of(post_of(found[".NET Binary"]))
    assert in_binary.document.startswith('{\n  "BusinessUnitId": ')
    assert parse_context(in_binary.document) == parse_context(found["XML"])
    assert detail_of(post_of(found["XML"])).document == found["XML"].decode()
    assert detail_of(post_of(b"@\x16RemoteExecutionContext")).document == "@\x16RemoteExecutionContext"
