"""The room `validation`: what is said about a body."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cds_context
from cds_context import (
    ArgumentTypeError,
    DecodeError,
    Finding,
    RemoteExecutionContext,
    UnknownValue,
    encode_context,
    parse_context,
    validation,
)
from cds_context.testing import create, custom_api, delete, examples, garble, truncate, update
from cds_context.testing.strategies import contexts, events
from cds_context.validation import validate
from cds_context.validation.findings import RULES
from cds_context.wire.garbling import repair

from ..batches import each
from ..bodies import ALL_MISSING, SMALL, XRM, body, slot, typed
from ..conformance import Hostile, hostile, serialized
from ..formats import bodies
from ..test_conformance import captures

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
EVENT = update("contact", after={"fullname": "Amélie", "telephone1": "1/2"}, at=NOON, pre_image="PreImage")
BODY = encode_context(EVENT)
TEXT = BODY.decode()


def codes(text: bytes | str, **options: Any) -> list[str]:
    return [finding.code for finding in validate(text, **options).findings]


def only(text: bytes | str) -> Finding:
    (finding,) = validate(text).findings
    return finding


def place(finding: Finding) -> tuple[str | None, int | None, int | None]:
    return finding.path, finding.line, finding.column


def test_public_names_are_the_rooms_own() -> None:
    assert [getattr(cds_context, name) for name in validation.__all__] == [
        getattr(validation, name) for name in validation.__all__
    ]


# Bodies that are as they should be


EXPECTED = {"update-too-large": ["CDS201"], "upsert-multiple": ["CDS401"]}
"""One example is cut, and one holds `UpsertResponse`, which this package has no type for."""


@pytest.mark.parametrize("name", examples())
def test_shipped_examples_give_no_findings(name: str) -> None:
    report = validate(examples()[name])
    assert [finding.code for finding in report.findings] == EXPECTED.get(name, [])
    assert report.context == parse_context(examples()[name])


@given(events().map(encode_context))
def test_built_events_give_no_findings_but_for_unknown_types(text: bytes) -> None:
    assert set(codes(text)) <= {"CDS401"}


@given(contexts())
def test_what_this_package_writes_is_in_the_servers_form(context: RemoteExecutionContext) -> None:
    assert not any(code.startswith(("CDS1", "CDS30")) and code != "CDS307" for code in codes(encode_context(context)))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, bytes.decode])
def test_takes_bytes_and_text(kind: Any) -> None:
    assert validate(kind(BODY)).findings == ()
    assert validate(kind(BODY)).context == EVENT


@pytest.mark.parametrize("wrong", [None, 1, {}, Path()])
def test_anything_else_is_a_mistake_of_the_program(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError):
        validate(wrong)


# What the platform's serializer and servers wrote

SERIALIZED = {
    "CDS403": 398,  # the SDK is of 2019: no body has a user agent, few have the ids of users in Entra ID
    "CDS401": 32,  # metadata, requests and responses, and contracts of vendors
    "CDS201": 4,  # an Update without parameters, which no server posts
    "CDS204": 3,  # a context with nothing set, which no server posts either
    "CDS505": 14,  # an Update without its Target, which no server posts either
    "CDS501": 1,
    "CDS503": 1,
}


@pytest.mark.repeats
def test_findings_on_what_the_platforms_serializer_wrote() -> None:
    found = {name: codes(text) for name, text in serialized().items()}
    assert Counter(code for each in found.values() for code in each) == SERIALIZED
    by_code = {code: {name for name, each in found.items() if code in each} for code in RULES}
    assert by_code["CDS201"] == {"context_aad", "context_minimal", "images_many", "shared_variables"}
    assert by_code["CDS204"] == {"context_default", "context_extremes", "context_nulls"}
    assert all(name.startswith("opdate_") for name in by_code["CDS505"])
    assert by_code["CDS501"] == {"str_like_2017_09_26T00_04_07Z"}
    assert by_code["CDS503"] == {"str_like__Date_x__"}


@pytest.mark.parametrize("path", captures())
def test_captures_can_be_read_and_are_in_the_servers_form(path: Path) -> None:
    report = validate(path.read_bytes())
    assert report.ok
    assert {finding.code for finding in report.findings} <= {"CDS202", "CDS203", "CDS403"}
    assert ("CDS202" in codes(path.read_bytes())) == ("mojibake" in path.stem)


def test_the_first_of_several_is_told_wherever_unknown_members_stand() -> None:
    # The walk looks at unknown members last, and "AAA" stands first.
    text = encode_context(custom_api("new_it", shared_variables={"a": "/Date(x)/"})).decode()
    assert only(text).path == "$.SharedVariables[0].value"
    odd = {finding.code: place(finding) for finding in validate(f'{{"AAA":"\\/Date(y)\\/",{text[1:]}').findings}
    assert odd["CDS503"] == ("$[…]", 1, 2)


def test_a_place_behind_a_value_that_only_servers_write_is_found() -> None:
    (finding,) = validate(
        encode_context(custom_api("x", shared_variables={"a": float("inf"), "b": "/Date(x)/"}))
    ).findings
    assert finding.path == "$.SharedVariables[1].value"


# Never raises


def read(text: bytes | str, **options: Any) -> tuple[RemoteExecutionContext | None, str]:
    try:
        return parse_context(text, **options), ""
    except DecodeError as error:
        return None, error.path


def check(text: bytes | str, **options: Any) -> None:
    """What holds for every report."""
    report = validate(text, **options)
    context, path = read(text, **options)
    assert repr(report.context) == repr(context)  # which NaN does not keep from being equal
    if context is None:
        assert [finding.code[:4] for finding in report.findings] == ["CDS1"]
        assert report.findings[0].path == path or report.findings[0].code != "CDS103"
    # A body that can be read may still not tell its row.
    assert report.ok is (context is not None and "CDS505" not in [finding.code for finding in report.findings])
    lines = (text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")).split("\n")
    for finding in report.findings:
        assert finding.line
        assert finding.column
        assert options or finding.column <= len(lines[finding.line - 1]) + 1
        assert finding.severity is RULES[finding.code].severity
        assert str(finding).isprintable()
    assert sorted(report.findings, key=lambda each: (each.line, each.column, each.code)) == [*report.findings]


@each("case", hostile(), ids=lambda case: case.name)
def test_hostile_bodies_give_a_report(case: Hostile) -> None:
    check(case.body)
    check(case.body, repair_text=True)


_noise = st.binary(max_size=4) | st.sampled_from(
    [b"/", b"\\", b'"', b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"0", b"null", b'"x":1,', b"\xc3\xa9", b"\xff"]
)


@given(st.sampled_from([BODY, *examples().values()]), st.data())
def test_damaged_bodies_give_a_report(text: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 8, len(text))))
        text = text[:start] + data.draw(_noise) + text[end:]
    check(text)


@given(st.binary() | st.text())
def test_anything_gives_a_report(text: bytes | str) -> None:
    check(text)


@pytest.mark.repeats
@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("closed", [False, True])
def test_deep_bodies_give_a_report(unit: str, closed: bool) -> None:
    ending = "".join({"[": "]", "{": "}"}.get(each, "") for each in reversed(unit)) if closed else ""
    text = unit * 20_000 + "1" + ending * 20_000
    check(text)
    check(slot(text))
    assert len(str(only(text))) < 1000


# Errors


COMPLETE = "`cds-context complete`"


@pytest.mark.parametrize(
    ("cut", "path", "message"),
    [
        ({"Depth"}, "$", "the member `Depth` is missing"),
        ({"Depth", "UserId"}, "$", "the members `Depth` and `UserId` are missing"),
        ({"Depth", "UserId"}, "$.ParentContext", "the members `Depth` and `UserId` are missing"),
        ({"Depth", "Stage", "UserId"}, "$", "the members `Depth`, `Stage` and `UserId` are missing"),
    ],
)
def test_all_members_that_are_missing_are_told_and_what_fills_them_in(cut: set[str], path: str, message: str) -> None:
    context = {name: value for name, value in SMALL.items() if name not in cut}
    finding = only(json.dumps(context if path == "$" else SMALL | {"ParentContext": context}))
    assert (finding.code, finding.message, finding.path) == ("CDS103", message, path)
    assert COMPLETE in finding.advice


def test_only_what_is_cut_from_a_context_can_be_filled_in() -> None:
    finding = only(slot(typed("EntityReference", LogicalName="a")))
    assert finding.message == "the member `Id` is missing"
    assert COMPLETE not in finding.advice
    assert COMPLETE not in only(body(Depth="1")).advice
    assert COMPLETE not in only(b"{}").advice


@pytest.mark.parametrize(
    ("text", "code", "message", "where"),
    [
        (b"", "CDS102", "the text ends where a value should follow", ("$", 1, 1)),
        (b"\n\n", "CDS102", "the text ends where a value should follow", ("$", 3, 1)),
        (b'{"Depth":\n', "CDS102", "the text ends where a value should follow", ("$", 2, 1)),
        (b'{\n "Depth":1,\n "Mode":tru\n}', "CDS101", "malformed JSON: expected a value", ("$", 3, 9)),
        (b"{'Depth':1}", "CDS101", "malformed JSON: expected the name of a member or `}`", ("$", 1, 2)),
        (b'{"Depth":1}}', "CDS101", "malformed JSON: expected the end", ("$", 1, 12)),
        (b'{"Attributes":[1 2]}', "CDS101", "malformed JSON: expected `,` or `]`", ("$.Attributes", 1, 18)),
        (b'{"secret":[1,]}', "CDS101", "malformed JSON: expected a value", ("$[…]", 1, 14)),
        (b'{"\xc3\xa9":\n"\xff"}', "CDS101", "not UTF-8, at byte 8", ("$", 2, 2)),
        (b"\xff{", "CDS101", "not UTF-8, at byte 0", ("$", 1, 1)),
        (b"[]", "CDS103", "expected an object with the members of a RemoteExecutionContext", ("$", 1, 1)),
        (b"\n{}", "CDS103", ALL_MISSING, ("$", 2, 1)),
        (b'"{}"', "CDS103", ALL_MISSING, ("$", 1, 2)),
        (b'"[1"', "CDS102", "the text ends where `,` or `]` should follow", ("$", 1, 4)),
    ],
)
def test_errors(text: bytes, code: str, message: str, where: tuple[str, int, int]) -> None:
    finding = only(text)
    assert (finding.code, finding.message, place(finding)) == (code, message, where)


def test_an_error_has_the_place_of_what_is_wrong() -> None:
    text = json.dumps(SMALL | {"SharedVariables": [{"key": "a", "value": {"b": 1e308}}]}, indent=1).replace(
        "e+308", "E+400"
    )
    finding = only(text)
    assert finding.path == "$.SharedVariables[0].value[…]"
    assert text.split("\n")[(finding.line or 0) - 1].strip() == '"value": {'


# What a server did


@pytest.mark.parametrize("event", [EVENT, create("contact"), delete("contact")])
@pytest.mark.parametrize("absent", [False, True])
def test_truncated(event: RemoteExecutionContext, absent: bool) -> None:
    finding = only(encode_context(truncate(event, absent=absent)))
    assert finding.code == "CDS201"
    assert place(finding) == ("$", 1, 1)
    members = ["InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages"]
    assert all(name in finding.message for name in members) is absent
    assert "InputParameters" in finding.message


def test_a_parent_that_was_left_out_is_not_the_servers_cut() -> None:
    finding = only(BODY.replace(b'"ParentContext":null,', b""))
    assert (finding.code, finding.path) == ("CDS307", "$.ParentContext")
    assert "ParentContext" in finding.message


def test_a_custom_message_without_parameters_may_be_whole() -> None:
    assert codes(encode_context(custom_api("new_Ping"))) == []


def test_garbled() -> None:
    finding = only(garble(BODY))
    assert finding.code == "CDS202"
    assert place(finding)[0] == "$.InputParameters[0].value.Attributes[0].value"
    assert garble(BODY).decode()[(finding.column or 0) - 1] == "Ã"
    assert codes(garble(BODY), repair_text=True) == []
    assert validate(garble(BODY), repair_text=True).context == EVENT


@given(st.text(alphabet="aé€Ã©â‚¬ÐŸр\x81\U0001f600 "))
def test_garbled_is_what_repair_would_change(text: str) -> None:
    document = slot(json.dumps(text, ensure_ascii=False)).decode()
    for spelled in (document, garble(document.encode()).decode()):
        assert ("CDS202" in codes(spelled)) == (repair(spelled) != spelled)


def test_garbled_around_a_json_string() -> None:
    assert codes("\u00c2\u00a0" + json.dumps(TEXT)) == ["CDS101"]
    assert codes(garble(json.dumps(TEXT, ensure_ascii=False).encode())) == ["CDS304", "CDS202"]


def test_a_parent_that_contradicts_itself() -> None:
    parent = TEXT.index('"ParentContext":{')
    text = TEXT[:parent] + TEXT[parent:].replace('"key":"Target"', '"key":"LeadId"', 1)
    finding = only(text)
    assert finding.code == "CDS203"
    assert finding.path == "$.ParentContext.InputParameters"
    assert text[(finding.column or 0) - 1 :].startswith('"InputParameters"')


@pytest.mark.parametrize("name", ["null", '""'])
def test_a_message_without_a_name_is_found_in_parents_too(name: str) -> None:
    text = TEXT.replace('"MessageName":"Update"', f'"MessageName":{name}')
    finding = only(text)
    assert (finding.code, finding.path) == ("CDS204", "$.MessageName")
    assert finding.message == "no name of a message, which every server writes, in 2 places"
    assert validate(text).ok  # it can be read
    parent = '"ParentContext":{'
    in_parent = TEXT.partition(parent)[0] + parent + text.partition(parent)[2]
    assert only(in_parent).path == "$.ParentContext.MessageName"


def test_a_row_parameter_that_is_no_row_is_found_in_parents_too() -> None:
    parent = TEXT.index('"ParentContext":{')
    text = TEXT[:parent] + TEXT[parent:].replace('"key":"Target"', '"key":"target"', 1)
    finding = only(text)
    assert (finding.code, finding.path) == ("CDS505", "$.ParentContext.InputParameters")
    assert finding.message == "there is no `Target`: a tool wrote its name in another case"
    assert validate(text).context
    # A parent with the name of one message and the parameters of another is the server's.
    text = TEXT[:parent] + TEXT[parent:].replace("Entity:", "EntityReference:", 1)
    assert "CDS505" not in codes(text)


# Form


def relaid(**layout: Any) -> str:
    return json.dumps(json.loads(BODY), ensure_ascii=False, **layout)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT + "\n", ["CDS301"]),
        (relaid(separators=(",", ":")), ["CDS302"]),
        (relaid(indent=2), ["CDS301", "CDS302"]),
        (relaid(indent=2, sort_keys=True), ["CDS301", "CDS305", "CDS302"]),
        ("\ufeff" + TEXT, ["CDS303"]),
        (json.dumps(TEXT), ["CDS304"]),
        (" " + json.dumps("\ufeff" + TEXT + "\n"), ["CDS304", "CDS301"]),
        ("\ufeff" + json.dumps(TEXT), ["CDS303", "CDS304"]),
        (TEXT.replace("Z", "Z").replace(str(EVENT.user_id), str(EVENT.user_id).upper()), ["CDS306"]),
        (TEXT.replace('"Depth":1', '"Depth":-0', 1), ["CDS306"]),
        (TEXT.replace('{"BusinessUnitId"', '{"Stage":40,"BusinessUnitId"', 1), ["CDS305"]),
    ],
)
def test_form(text: str, expected: list[str]) -> None:
    assert codes(text) == expected
    assert codes(text.encode()) == expected


def test_where_white_space_stands_and_how_often() -> None:
    finding = only(TEXT.replace('"Depth":1,', '"Depth": 1, ').replace(",", ",", 1))
    assert finding.message == "white space, in 4 places"
    assert finding.path == "$.Depth"


def test_which_member_stands_elsewhere() -> None:
    text = TEXT.replace('"Depth":1,', "", 1).replace('"InputParameters":', '"Depth":1,"InputParameters":', 1)
    finding = only(text)
    assert finding.message == "`InitiatingUserAgent` stands where a server writes `Depth`"
    assert finding.path == "$.InitiatingUserAgent"
    assert text[(finding.column or 0) - 1 :].startswith('"InitiatingUserAgent"')


_TYPE = '"__type":"EntityReference:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts"'
_OWNER = '{"Id":"00000000-0000-0000-0000-000000000000","LogicalName":"x"'


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        (f"{_OWNER},{_TYPE}}}", "another member stands where a server writes the end of the object"),
        (f'{{{_TYPE},"Colour":1,{_OWNER[1:]}}}', "`__type` stands where a server writes another member"),
    ],
)
def test_a_member_that_a_server_does_not_write(owner: str, message: str) -> None:
    text = body(OwningExtension=None).decode().replace('"OwningExtension":null', f'"OwningExtension":{owner}')
    assert [finding.message for finding in validate(text).findings if finding.code == "CDS305"] == [message]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('"Depth":1', '"Depth":2,"Depth":1', "$.Depth"),
        ('"Depth":1', '"Depth":1,"Depth":1', "$.Depth"),
        ('"RequestId":null', '"RequestId":"","RequestId":null', "$.RequestId"),
        (',"UserId":', ',"UserId":"","UserId":', "$.UserId"),
        ('"value":1', '"value":{"secret":1,"a":0,"secret":1}', "$.SharedVariables[0].value[…]"),
        ('"value":1', '"value":{"b":2,"secret":1,"secret":1}', "$.SharedVariables[0].value[…]"),
        ('"value":1', '"value":[{"a":1},{"b":[{"a":2,"\\u0061":2}]}]', "$.SharedVariables[0].value[1][…][0][…]"),
    ],
)
def test_a_member_that_stands_twice(old: str, new: str, path: str) -> None:
    text = body(SharedVariables=[{"key": "v", "value": 1}]).decode()
    assert old in text
    changed = text.replace(old, new)
    (finding,) = [each for each in validate(changed).findings if each.code in {"CDS305", "CDS306"}]
    assert (finding.code, finding.message) == ("CDS305", "a member that stands twice: only the last one counts")
    assert finding.path == path
    column = text.index(old) + new.rindex('"', 0, new.rindex('":')) + 1  # of the second name
    assert finding.column == column


def test_a_body_that_cannot_be_written_back() -> None:
    # The writer counts the array of texts as a level, and the reader does not.
    columns = typed("ColumnSet", AllColumns=False, AttributeExpressions=[], Columns=["a"])
    (finding,) = [each for each in validate(slot("[" * 316 + columns + "]" * 316)).findings if each.code == "CDS306"]
    assert finding.message == "cannot be written back: nested deeper than 320 levels"
    assert (finding.path or "").startswith("$.SharedVariables[0].value[0]")
    assert "CDS306" not in codes(slot("[" * 315 + columns + "]" * 315))


@pytest.mark.parametrize("number", ["1E-99999999999999999999", "0E+99999999999999999999", f"0.{'0' * 1_000_001}1"])
def test_a_number_that_the_default_reading_takes_can_be_written_back(number: str) -> None:
    assert "CDS306" not in codes(slot(number))


def test_a_fraction_that_keeps_its_scale_is_in_the_servers_form() -> None:
    assert "CDS306" not in codes(slot("1.50"))


# Names and content


def test_names_are_told_cut_and_made_harmless() -> None:
    text = slot(json.dumps({"__type": "\x1b[31m\u202e" + "x" * 200}))
    (finding,) = [each for each in validate(text).findings if each.code == "CDS401"]
    assert finding.message == "the type `\\u001b[31m\\u202e" + "x" * 114 + "…` is not known"


def test_what_is_found_often_is_told_once_where_it_stands_first() -> None:
    items = [{"__type": "B", "c": {"__type": "A"}}, {"__type": "A"}, {"__type": "A"}]
    found = [each for each in validate(slot(json.dumps(items))).findings if each.code == "CDS401"]
    assert [(each.message, each.path) for each in found] == [
        ("the type `B` is not known", "$.SharedVariables[0].value[0].__type"),
        ("the type `A` is not known, in 3 places", "$.SharedVariables[0].value[0][…].__type"),
    ]


@pytest.mark.parametrize(
    ("code", "item", "named", "others"),
    [
        ("CDS401", '{"__type":"T%d"}', "the type `T%d` is not known", "other types are not known"),
        (
            "CDS402",
            typed("OptionSetValue", Value=1).replace("}", ',"M%d":0}'),
            "the member `M%d` is not known",
            "other members are not known",
        ),
    ],
)
def test_of_many_names_a_hundred_are_told(code: str, item: str, named: str, others: str) -> None:
    def found(count: int) -> list[Finding]:
        items = ",".join(item % (number % count) for number in range(2 * count))
        return [each for each in validate(slot(f"[{items}]")).findings if each.code == code]

    told = [f"{named % number}, in 2 places" for number in range(100)]
    assert [each.message for each in found(100)] == told
    assert [each.message for each in found(101)] == [*told, f"{others}, in 2 places"]
    *_, last = found(150)
    assert last.message == f"{others}, in 100 places"
    assert (last.path or "").startswith("$.SharedVariables[0].value[100]")


def test_what_stands_first_is_told_whatever_the_order_of_members() -> None:
    row = {
        "__type": f"Entity:{XRM}",
        "RelatedEntities": [],
        "Zork": {"__type": "A"},
        "Attributes": [{"value": {"__type": "A"}, "key": "a"}],
        **dict.fromkeys(("EntityState", "FormattedValues", "LogicalName")),
        "Id": SMALL["UserId"],
    }
    found = {each.code: each for each in validate(slot(json.dumps([row, row]))).findings if each.code == "CDS401"}
    assert found["CDS401"].message == "the type `A` is not known, in 4 places"
    assert found["CDS401"].path == "$.SharedVariables[0].value[0][…].__type"


@pytest.mark.parametrize("value", ["2017-09-26T00:04:07Z", "/Date(99)", {"secret": "secret"}, {"__value": "secret"}])
def test_content_is_not_told(value: Any) -> None:
    variables = [{"key": "secret", "value": value}, {"key": "secret/2", "value": 1}]
    text = json.dumps(SMALL | {"SharedVariables": variables}, sort_keys=True, indent=1)
    report = validate(text.replace('"Depth": 1', '"Depth": 1 '))
    assert len(report.findings) >= 4
    assert "secret" not in repr(report)
    assert "secret" not in repr(validate(text + "secret"))
    assert "secret" not in repr(validate(text.replace('"value"', '"other"')))


@pytest.mark.parametrize("in_xml", [True, False])
def test_values_in_the_other_formats_are_looked_at(in_xml: bool) -> None:
    context = truncate(update("contact", shared_variables={"x": UnknownValue("Visit:#Contoso", {})}))
    report = validate(encode_context(context, format="xml" if in_xml else "binary"))
    assert [finding.code for finding in report.findings] == ["CDS308", "CDS201", "CDS401"]
    assert [finding.path for finding in report.findings] == ["$", "$", "$.SharedVariables[0].value.__type"]
    assert {(finding.line, finding.column) for finding in report.findings} == {(1, 1)}


def test_a_body_that_json_cannot_hold_is_only_read() -> None:
    report = validate(bodies("tz_la_dates")["XML"])
    assert report.context is not None
    assert [finding.code for finding in report.findings] == ["CDS308"]
