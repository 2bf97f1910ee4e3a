"""The room `cli.show`: the command, and how a person sees a context."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from rich.console import Console, RenderableType
from rich.text import Text

from cds_context import (
    Entity,
    EntityCollection,
    EntityImageCollection,
    EntityReference,
    Mode,
    Money,
    OptionSetValue,
    PrincipalAccess,
    Relationship,
    RemoteExecutionContext,
    Stage,
    UnknownMembers,
    UnknownValue,
    parse_context,
    redact,
    validate,
)
from cds_context.cli.findings import as_text
from cds_context.cli.layout import Comparison, Hanging, Tree
from cds_context.cli.show import Branches, view
from cds_context.testing import (
    Formatted,
    create,
    create_multiple,
    custom_api,
    delete,
    examples,
    retrieve_multiple,
    truncate,
    update,
)

from ..command_line import ESCAPED, ESCAPES, EXAMPLE, EXAMPLES, run
from ..test_conformance import captures


def test_a_body_is_shown_under_its_name() -> None:
    result = run("show", EXAMPLE)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [str(EXAMPLE), "Update of contact"]
    assert "  telephone1                  +49 30 555 0134" in result.stdout
    assert lines[-1] == ""


def test_every_body_of_a_folder_is_shown() -> None:
    result = run("show", EXAMPLES)
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line.startswith(str(EXAMPLES))] == [
        *map(str, sorted(EXAMPLES.iterdir()))
    ]


def test_what_is_shown_in_a_file_is_plain() -> None:
    assert "\x1b" not in run("show", EXAMPLE).stdout


def test_a_terminal_gets_colour_and_no_line_is_wider_than_it() -> None:
    shown = run("show", EXAMPLE, FORCE_COLOR="1", COLUMNS="70", TERM="xterm-256color").stdout
    assert "\x1b[1mUpdate of contact" in shown
    narrow = run("show", EXAMPLE, COLUMNS="70").stdout
    assert max(map(len, narrow.splitlines()[3:])) <= 70


def test_findings_stand_at_the_end() -> None:
    result = run("show", EXAMPLES / "update-too-large.json")
    assert result.exit_code == 0
    at = result.stdout.splitlines().index("findings")
    assert result.stdout.splitlines()[at + 1].startswith("  CDS201 warning: ")
    assert "findings" not in run("show", EXAMPLES / "update.json").stdout


def test_content_is_hidden_if_that_is_asked_for() -> None:
    shown = run("show", "--redact", EXAMPLE).stdout
    assert "emailaddress1" in shown
    assert "Brandt" not in shown
    assert "c9a1d5e4" not in shown


def test_long_text_is_shown_if_that_is_asked_for() -> None:
    body = EXAMPLE.read_bytes().replace(b"amelie.brandt@example.com", b"x" * 300)
    assert "x" * 300 not in run("show", stdin=body).stdout
    assert "x" * 300 in run("show", "--full", stdin=body).stdout


ID = UUID(int=7)


def seen(context: RemoteExecutionContext, *, full: bool = False, width: int = 1000) -> list[str]:
    """The lines on a screen, mostly a wide one; runs of spaces, but for those at the beginning, as two."""
    return [re.sub(r"(?<=\S) {2,}", "  ", line) for line in printed([*view(context, full=full)], width)]


def printed(shown: list[RenderableType], width: int) -> list[str]:
    """The lines on a screen; text that is no table and no tree is broken by the screen, as here."""
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(*(Hanging(item) if isinstance(item, Text) else item for item in shown), sep="\n")
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_example_is_seen_whole() -> None:
    lines = seen(parse_context(EXAMPLE.read_bytes()))
    assert lines[:3] == [
        "Update of contact",
        "  step  stage 40 post-operation, asynchronous, depth 1",
        "  registered as  sdkmessageprocessingstep b83f6e21-8012-ef11-9f89-6045bd8c5a10",
    ]
    for line in (
        "  record  contact c9a1d5e4-7712-ef11-9f89-6045bd8c5a10 Amélie Brandt",
        "  when  2026-05-14 09:30:13 UTC",
        "  as written  2026-05-14 09:30:13 +02:00, off by its offset as in all asynchronous steps",
        "  by user  3f1c7a52-6d0b-ee11-8f6d-000d3a4c21aa",
        "  with  Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        "  in  fabrikamdev 7be2f0a9-10c4-4e5e-9a53-51f7c9d0b6e2",
        "  column  old  new",
        "  preferredcontactmethodcode  1 (Any)  2 (Email)",
        "  telephone1  +49 30 555 0134  null",
        "  new_score  4.5",
        "  parentcustomerid  Fabrikam Optik/Jena (account 51d8a7be-7712-ef11-9f89-6045bd8c5a10)",
        "  column  before: PreImage  after: PostImage",
        "  firstname  Amelie  Amélie",
        "└── Target: contact c9a1d5e4-7712-ef11-9f89-6045bd8c5a10, see above",
        "└── new_source: portal",
    ):
        assert line in lines
    titles = [line for line in lines if line and line[0] not in " └├│"]
    assert titles[1:] == [
        "changed",
        "unknown: the old value is not told",
        "unchanged",
        "images",
        "input parameters",
        "shared variables",
        "caused by",
    ]
    assert lines[-1] == "    └── this event"


@pytest.mark.parametrize("name", examples())
def test_every_message_is_seen(name: str) -> None:
    context = parse_context(examples()[name])
    assert seen(context)[0].startswith(str(context.message_name))


WIDTHS = range(37, 121)
STRIDE = 11
"""A body is seen at every eleventh width, each in a folder beginning with another, so that a folder has all of them."""


def widths_of(path: Path) -> list[int]:
    number = sorted(path.parent.glob("*.json")).index(path)
    return [*WIDTHS[number % STRIDE :: STRIDE]]


SHIPPED = [EXAMPLE, *sorted(EXAMPLES.glob("*.json"))]


def test_every_width_is_seen() -> None:
    assert sorted({width for path in SHIPPED for width in widths_of(path)}) == [*WIDTHS]


@pytest.mark.repeats
@pytest.mark.parametrize("path", [*(pytest.param(path, id=path.stem) for path in SHIPPED), *captures()])
def test_no_id_and_no_status_is_broken_on_a_narrow_screen(path: Path) -> None:
    body = path.read_bytes()
    items = [*view(parse_context(body)), *as_text(validate(body).findings)]
    whole = unbroken(printed(items, 10_000))
    for width in [40, 80, *widths_of(path)]:
        lines = printed(items, width)
        assert max(map(len, lines)) <= width
        assert unbroken(lines) == whole


def unbroken(lines: list[str]) -> Counter[str]:
    """The ids, and the words that say how a column or a finding is, with how often they are there."""
    ids = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return Counter(re.findall(rf"{ids}|\b(?:changed|unchanged|unknown|info|warning|error)\b", "\n".join(lines)))


def test_what_changed_is_on_the_first_screen_of_the_example() -> None:
    lines = printed([*view(parse_context(EXAMPLE.read_bytes()))], 80)[: 24 - 2]  # below the command and the file's name
    assert [line.split()[0] for line in lines[lines.index("changed") + 2 :]][:5] == [
        *("firstname", "emailaddress1", "telephone1", "preferredcontactmethodcode", "creditlimit"),
    ]
    assert lines.index("changed") + 7 == lines.index("unknown: the old value is not told")


def test_a_synchronous_step_has_one_time_and_no_job() -> None:
    lines = seen(create("contact", after={"a": 1}))
    assert "  when  2026-03-02 09:00:00 UTC" in lines
    assert not any("as written" in line for line in lines)


def test_an_offset_of_zero_is_no_second_time() -> None:
    lines = seen(create("contact", after={"a": 1}, asynchronous=True, utc_offset=timedelta(0)))
    assert not any("as written" in line for line in lines)


def test_whom_the_step_runs_as_is_told_if_it_is_another() -> None:
    context = custom_api("new_Ping")
    assert not any("running as" in line for line in seen(context))
    assert f"  running as  {ID}" in seen(replace(context, user_id=ID))


def test_a_step_without_registration_has_no_such_line() -> None:
    assert not any("registered" in line for line in seen(replace(custom_api("new_Ping"), owning_extension=None)))


def test_an_event_about_no_table_names_none() -> None:
    assert seen(custom_api("new_Ping"))[0] == "new_Ping"


def test_a_bulk_message_counts_its_records_and_compares_each() -> None:
    lines = seen(create_multiple("account", after=[{"name": "a"}, {"name": "b"}], ids=[ID, UUID(int=8)]))
    assert "  records  2" in lines
    assert f"changed in account {ID}" in lines
    assert f"    └── 1: account {UUID(int=8)}, see above" in lines


def test_a_query_is_a_tree() -> None:
    lines = seen(retrieve_multiple("account", rows=[{"name": "a"}]))
    assert "└── Query: FetchExpression" in lines
    assert not any(line.startswith(("changed", "unknown", "unchanged")) for line in lines)


def test_a_deletion_shows_what_was() -> None:
    lines = seen(delete("contact", before={"kind": Formatted(OptionSetValue(1), "Any")}, pre_image="Pre"))
    assert "  kind  1 (Any)" in lines
    assert "changed" not in lines


def test_the_servers_own_image_only_names_the_record() -> None:
    lines = seen(delete("contact", id=ID, before={"fullname": "Ines"}, asynchronous=True))
    assert f"  record  contact {ID} Ines" in lines
    assert "images" not in lines


def test_a_name_that_the_reference_has_is_not_repeated() -> None:
    context = delete("contact", id=ID, before={"fullname": "Ines"}, asynchronous=True)
    named = replace(context, input_parameters={"Target": EntityReference("contact", ID, "Marchetti")})
    assert f"  record  contact {ID} Marchetti" in seen(named)


def test_what_a_new_row_has_is_shown_without_the_null_before_it() -> None:
    lines = seen(create("contact", after={"fullname": "Ines", "fax": None}, stage=20))
    assert lines[lines.index("changed") + 1 :][:2] == ["  column  new", "  fullname  Ines"]
    assert lines[lines.index("unchanged") + 1 :][:2] == ["  column  value", "  fax  null"]


def test_what_did_not_change_is_shown_once_with_the_name_that_one_of_both_has() -> None:
    row: dict[str, Any] = {
        "a": EntityReference("account", ID, "Fabrikam"),
        "b": OptionSetValue(1),
        "c": Formatted(Money(Decimal(7)), "€7"),
    }
    lines = seen(update("contact", before=row, after=row, pre_image="Pre"))
    at = lines.index("unchanged")
    assert lines[at + 1 :][:4] == ["  column  value", f"  a  Fabrikam (account {ID})", "  b  1", "  c  7 (€7)"]


UNKNOWN, KEYED = EntityReference("account", ID), EntityReference("account", key_attributes={"code": "7"})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"a": 1}, ["unknown: the old value is not told", "  column  new", "  a  1"]),
        ({"a": UNKNOWN}, {"a": KEYED}, ["unknown", "  column  old  new", f"  a  account {ID}  account with {{"]),
    ],
)
def test_why_something_is_unknown_is_told_where_it_is_one_reason(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    lines = seen(update("contact", before=before, after=after, pre_image="Pre", stage=10))
    at = lines.index(expected[0])
    assert [line[: len(wanted)] for line, wanted in zip(lines[at:], expected, strict=False)] == expected


def test_a_truncated_context_says_so() -> None:
    lines = seen(truncate(update("contact", before={"a": 1}, after={"a": 2})))
    assert "cut by the server for its size: parameters, images or parents are missing" in lines


def test_what_began_it_stands_at_the_root() -> None:
    inner = update("contact", before={"a": 1}, after={"a": 2})
    outer = custom_api("new_Sync", stage=10)
    assert inner.parent_context
    grown = replace(inner, parent_context=replace(inner.parent_context, parent_context=outer))
    at = seen(grown).index("caused by")
    assert [line[:20] for line in seen(grown)[at + 1 :]] == [
        "└── new_Sync, stage ",
        "    └── Update of co",
        "        └── this eve",
    ]


def test_a_long_line_of_parents_is_seen() -> None:
    context = custom_api("new_Ping", stage=10)
    for _ in range(200):
        context = replace(context, parent_context=context)
    assert len(seen(context)) > 200


def test_a_code_without_name_is_its_number() -> None:
    context = replace(custom_api("new_Ping"), stage=Stage(77), mode=Mode(7))
    assert seen(context)[1] == "  step  stage 77, mode 7, depth 1"


def test_unknown_members_are_seen() -> None:
    lines = seen(replace(custom_api("new_Ping"), unknown_members=UnknownMembers({"Newer": {"a": 1}})))
    assert "unknown members" in lines
    assert "└── Newer: ".rstrip() in lines
    assert "    └── a: 1" in lines


def test_long_text_is_cut_unless_all_is_asked_for() -> None:
    context = create("contact", after={"description": "x" * 300}, post_image="Post")
    assert not any("x" * 300 in line for line in seen(context))
    assert sum("x" * 300 in line for line in seen(context, full=True)) == 2


def hostile() -> RemoteExecutionContext:
    """A context with escapes wherever a payload has text."""
    lookup = EntityReference(ESCAPES, ID, ESCAPES)
    row: dict[str, Any] = {ESCAPES: Formatted(lookup, ESCAPES), "text": ESCAPES}
    context = update("contact", before=row, after=row, pre_image=ESCAPES, shared_variables={ESCAPES: [ESCAPES]})
    return replace(
        context,
        message_name=ESCAPES,
        primary_entity_name=ESCAPES,
        initiating_user_agent=ESCAPES,
        organization_name=ESCAPES,
        owning_extension=lookup,
        parent_context=replace(context, message_name=ESCAPES),
        unknown_members=UnknownMembers({ESCAPES: ESCAPES}),
    )


def test_nothing_of_a_payload_commands_the_terminal() -> None:
    printed = "\n".join(seen(hostile()))
    assert printed.count(ESCAPED) > 15
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed)


def test_a_redacted_context_is_seen_without_content() -> None:
    shown = "\n".join(seen(redact(parse_context(EXAMPLE.read_bytes()), seed=1)))
    assert "emailaddress1" in shown
    assert "Brandt" not in shown
    assert "fabrikam" not in shown.lower()


ACCOUNT = Entity("account", ID, {"name": "Fabrikam", "kind": OptionSetValue(1)}, formatted_values={"kind": "Big"})
FABRIKAM = [f"account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]


def drawn(tree: Tree) -> list[Any]:
    """The labels of a tree, each followed by the list of what is under it."""
    lines: list[Any] = []
    for child in tree.children:
        lines.append(str(child.label))
        if below := drawn(child):
            lines.append(below)
    return lines


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, ["v: 1"]),
        (None, ["v: null"]),
        ({}, ["v: {}"]),
        ([1, 2], ["v: 1, 2"]),
        ([[1, 2], []], ["v: 2", ["0: 1, 2", "1: []"]]),
        ({"a": {"b": "c"}}, ["v: ", ["a: ", ["b: c"]]]),
        (EntityReference("account", ID), [f"v: account {ID}"]),
        ([EntityReference("account", ID)], [f"v: account {ID}"]),
        (ACCOUNT, [f"v: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]),
        ([ACCOUNT], ["v: 1", [f"0: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]]),
        (EntityCollection([ACCOUNT]), ["v: 1", [f"0: account {ID}", ["name: Fabrikam", "kind: 1 (Big)"]]]),
        (UnknownValue("X:y", {"a": 1}), ["v: X:y", ["a: 1"]]),
        (UnknownValue("X:y", {}), ["v: X:y"]),
        (
            PrincipalAccess(access_mask=3, principal=EntityReference("team", ID)),
            ["v: PrincipalAccess", ["access_mask: 3", f"principal: team {ID}"]],
        ),
        (
            Entity("account", ID, related_entities={Relationship("contacts"): EntityCollection([])}),
            [f"v: account {ID}", ["contacts: 0"]],
        ),
    ],
)
def test_a_value_grows_as_far_as_it_has_others_in_it(value: Any, expected: list[Any]) -> None:
    assert drawn(Branches().tree("title", {"v": value})) == expected


def test_many_images_stand_in_several_tables() -> None:
    images = {f"i{number}": Entity("account", ID, {f"c{number}": number}) for number in range(9)}
    context = replace(update("account"), pre_entity_images=EntityImageCollection(images))
    tables = [each for each in view(context) if isinstance(each, Comparison)]
    assert [sum("absent" in line.plain for line in table.lines(200)) for table in tables[-2:]] == [8, 0]


def test_rows_that_are_shown_elsewhere_are_only_named() -> None:
    assert drawn(Branches(told={id(ACCOUNT)}).tree("title", {"v": ACCOUNT})) == [f"v: account {ID}, see above"]


def test_long_text_in_a_tree_is_cut_unless_all_is_asked_for() -> None:
    assert "… 300 characters" in drawn(Branches().tree("title", {"v": "x" * 300}))[0]
    assert drawn(Branches(full=True).tree("title", {"v": ["x" * 300]})) == [f"v: {'x' * 300}"]


def test_what_is_deep_is_a_leaf() -> None:
    value: Any = "end"
    for _ in range(300):
        value = {"in": value}
    lines = drawn(Branches().tree("title", {"v": value}))
    depth = 0
    while len(lines) == 2:
        lines, depth = lines[1], depth + 1
    assert depth == 7
    assert lines[0].startswith('in: {"in": {"in": ')
