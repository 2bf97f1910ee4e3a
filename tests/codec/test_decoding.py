"""The rooms `decoding` and `tolerant`: what is read, how, and what is refused where."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from cds_context import (
    AliasedValue,
    ArgumentTypeError,
    DecodeError,
    EncodeError,
    Entity,
    EntityCollection,
    EntityImageCollection,
    EntityReference,
    KeyValuePair,
    Mode,
    Money,
    OptionSetValue,
    ParameterCollection,
    Relationship,
    Stage,
    UnknownValue,
    Value,
    encode_context,
    parse_context,
    peek_context,
)
from cds_context.codec.native import read_fast
from cds_context.errors import CdsContextError, Fault

from ..bodies import EXAMPLE, SMALL, body, slot, typed
from ..stack import room_for


def value_of(text: str, **options: Any) -> Any:
    return parse_context(slot(text), **options).shared_variables["v"]


def test_members_have_real_types() -> None:
    context = parse_context(body(PrimaryEntityId="75C2DD85E89EE7118122000D3AA2331C"))
    assert context.primary_entity_id == UUID("75c2dd85-e89e-e711-8122-000d3aa2331c")
    assert (context.stage, context.mode) == (Stage.POST_OPERATION, Mode.SYNCHRONOUS)
    assert context.operation_created_on == datetime(2017, 9, 26, 0, 4, 7, tzinfo=timezone.utc)


class _Text(str):
    __slots__ = ()


def _with_gaps(raw: bytes) -> memoryview:
    return memoryview(bytes(byte for pair in zip(raw, raw, strict=True) for byte in pair))[::2]


def _in_words(raw: bytes) -> memoryview:
    return memoryview(raw + b" " * (-len(raw) % 4)).cast("I")


KINDS: list[Callable[[bytes], Any]] = [
    *(bytes, bytearray, memoryview, bytes.decode),
    *(lambda raw: _Text(raw.decode()), _with_gaps, _in_words),
]


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_body(kind: Callable[[bytes], Any]) -> None:
    assert parse_context(kind(EXAMPLE)) == parse_context(EXAMPLE)
    assert parse_context(kind(b" " + EXAMPLE), parse_float=Decimal) == parse_context(EXAMPLE, parse_float=Decimal)
    assert parse_context(kind(EXAMPLE), repair_text=True) == parse_context(EXAMPLE)
    assert peek_context(kind(EXAMPLE)) == peek_context(EXAMPLE)


@pytest.mark.parametrize("options", [{}, {"parse_float": Decimal}, {"repair_text": True}])
@pytest.mark.parametrize("wrong", [None, 7, 10**11, [123], json.loads(EXAMPLE)])
def test_what_is_neither_bytes_nor_text_is_refused(wrong: Any, options: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="expected the body as bytes or text, found"):
        parse_context(wrong, **options)
    with pytest.raises(ArgumentTypeError):
        peek_context(wrong)


WRAPPINGS: list[Callable[[bytes], bytes]] = [
    lambda raw: b"\xef\xbb\xbf" + raw,
    lambda raw: b"\r\n\t " + raw + b" \n",
    lambda raw: raw.replace(b"\\/", b"/"),
    lambda raw: json.dumps(raw.decode()).encode(),
    lambda raw: json.dumps(json.loads(raw), indent=2).encode(),
]


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_what_editors_and_relays_do_to_a_body(wrap: Callable[[bytes], bytes]) -> None:
    assert parse_context(wrap(EXAMPLE)) == parse_context(EXAMPLE)
    assert peek_context(wrap(EXAMPLE)) == peek_context(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ("1", 1),
        ("-0", 0),
        ("123456789012345678901234567890123", 123456789012345678901234567890123),
        ("1.50", 1.5),
        ("1E+20", 1e20),
        ("INF", float("inf")),
        ("-INF", float("-inf")),
        ('"x"', "x"),
        ('"INF \\" NaN"', 'INF " NaN'),
        ('"\\ud83d"', "\ud83d"),
        ('"\\/Date(0)\\/"', datetime(1970, 1, 1, tzinfo=timezone.utc)),
        ('"\\/Date(007)\\/"', "/Date(007)/"),
        ('["\\/Date(0)\\/",[1]]', [datetime(1970, 1, 1, tzinfo=timezone.utc), [1]]),
        ('{"a":{"b":"\\/Date(0)\\/"}}', {"a": {"b": datetime(1970, 1, 1, tzinfo=timezone.utc)}}),
        ("{}", {}),
        (typed("OptionSetValue", Value=3), OptionSetValue(3)),
        ('{"Value":3,' + typed("OptionSetValue")[1:], OptionSetValue(3)),
        (typed("Money", Value=1), Money(Decimal(1))),
        (
            '{"__type":"Foo:#Bar","a":[{"__type":"Foo:#Baz"}]}',
            UnknownValue("Foo:#Bar", {"a": [UnknownValue("Foo:#Baz", {})]}),
        ),
        (
            '{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","key":"a","value":"\\/Date(0)\\/"}',
            KeyValuePair("a", "/Date(0)/"),
        ),
    ],
)
def test_untyped_values(text: str, value: Any) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)
    assert encode_context(parse_context(encode_context(parse_context(slot(text))))) == encode_context(
        parse_context(slot(text))
    )


def test_not_a_number() -> None:
    number = value_of("NaN")
    assert number != number  # noqa: PLR0124 - that is what NaN is
    assert str(value_of("NaN", parse_float=Decimal)) == "NaN"


@pytest.mark.parametrize("text", ["-0", "0.00", "1.50", "1E-05", "1E+400", "NaN", "-INF"])
def test_exact_numbers_come_back_as_they_were(text: str) -> None:
    assert isinstance(value_of(text, parse_float=Decimal), Decimal)
    assert encode_context(parse_context(slot(text), parse_float=Decimal)) == slot(text)


@pytest.mark.parametrize(
    "text", ["1.50", "1e5", "-0.0", '[1.50,2,null,"1.5",1E-7]', "[18446744073709551616,0.1]", "1E-400"]
)
def test_both_passes_read_the_same_exact_numbers(text: str) -> None:
    body = slot(text)
    fast, tolerant = (parse_context(body, parse_float=Decimal, repair_text=repair) for repair in (False, True))
    assert repr(fast) == repr(tolerant)


def test_a_number_beyond_every_decimal_is_told_by_its_place() -> None:
    with pytest.raises(DecodeError, match=r"^a number that `parse_float` does not take - at `\$\."):
        value_of("1.5E+9999999999999999999", parse_float=Decimal)


def test_a_stack_that_ends_at_an_exact_number_leaves_the_body_to_the_tolerant_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def end(*_: object) -> None:
        raise RecursionError

    body = slot("1.50")
    expected = parse_context(body, parse_float=Decimal)
    monkeypatch.setattr("cds_context.codec.native.survey.make_exact", end)
    assert parse_context(body, parse_float=Decimal) == expected


def _double(text: str) -> Decimal:
    return Decimal(text) * 2


def test_parse_float_may_be_any_function() -> None:
    assert value_of("1.50", parse_float=_double) == Decimal("3.00")


def test_money_is_exact_and_an_exponent_in_it_is_kept() -> None:
    text = typed("Money").replace("}", ',"Value":1E+5}')
    assert value_of(text) == Money(Decimal(100000))


def test_dictionary_items_of_other_types_keep_their_name() -> None:
    text = '{"__type":"KeyValuePairOfstringanyType:#System.Collections.Generic","key":"a","value":"\\/Date(0)\\/"}'
    pair = value_of(text)
    assert pair.value == datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert pair.type_name == "KeyValuePairOfstringanyType:#System.Collections.Generic"
    assert encode_context(parse_context(slot(text))) == slot(text)
    long_name = text.replace("anyType:#", "string:http:\\/\\/schemas.datacontract.org\\/2004\\/07\\/")
    assert value_of(long_name).value == "/Date(0)/"
    assert encode_context(parse_context(slot(long_name))) == slot(long_name)


def test_unknown_members_are_kept_in_their_place() -> None:
    raw = (
        body()
        .replace(b'"Depth":1', b'"Depth":1,"EventData":{"__type":"X:#Y","a":1.50}')
        .replace(
            b'"UserId":"75c2dd85-e89e-e711-8122-000d3aa2331c"}',
            b'"UserId":"75c2dd85-e89e-e711-8122-000d3aa2331c","Zone":[1]}',
        )
    )
    context = parse_context(raw, parse_float=Decimal)
    assert dict(context.unknown_members) == {"EventData": UnknownValue("X:#Y", {"a": Decimal("1.50")}), "Zone": [1]}
    assert encode_context(context) == raw
    assert "EventData" in repr(context)


def test_a_foreign_type_in_a_declared_slot_is_kept() -> None:
    row = {"__type": "Account:http://contoso.example/earlybound", **json.loads(typed("Entity")), **_row()}
    del row["__type"]
    row = {"__type": "Account:http://contoso.example/earlybound", **row}
    raw = body(PreEntityImages=[{"key": "Image", "value": row}])
    context = parse_context(raw)
    assert context.pre_entity_images["Image"] is not None
    assert encode_context(context) == raw


def _row(**members: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "Attributes": [],
        "EntityState": None,
        "FormattedValues": [],
        "Id": SMALL["UserId"],
        "KeyAttributes": [],
        "LogicalName": "account",
        "RelatedEntities": [],
        "RowVersion": None,
    }
    return row | members


def test_the_declared_type_may_be_named_and_is_not_written() -> None:
    named = body().replace(
        b"{", b'{"__type":"RemoteExecutionContext:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",', 1
    )
    assert encode_context(parse_context(named)) == body()


@pytest.mark.parametrize("name", ["InputParameters", "PreEntityImages", "PostEntityImages"])
def test_absent_null_and_empty_are_three_things(name: str) -> None:
    absent = {key: value for key, value in SMALL.items() if key != name}
    forms: list[dict[str, Any]] = [absent, SMALL | {name: None}, SMALL | {name: []}]
    bodies = [json.dumps(members).encode() for members in forms]
    contexts = [parse_context(raw) for raw in bodies]
    assert [contexts[0] == other for other in contexts] == [True, False, False]
    assert [contexts[1] == other for other in contexts] == [False, True, False]
    for raw, context in zip(bodies, contexts, strict=True):
        assert json.loads(encode_context(context)) == json.loads(raw)


@pytest.mark.parametrize("member", ["KeyAttributes", "RowVersion", "FormattedValues", "EntityState"])
def test_members_that_old_servers_lack_stay_absent(member: str) -> None:
    row = {key: value for key, value in _row().items() if key != member}
    raw = slot(typed("Entity", **row).replace(": ", ":").replace(", ", ",").replace("/", "\\/"))
    assert encode_context(parse_context(raw)) == raw


REFUSED: list[tuple[bytes, str, str]] = [
    (b"", "$", "the body is empty"),
    (b"\r\n\t ", "$", "the body is empty"),
    (b"\xef\xbb\xbf", "$", "the body is empty"),
    (b"{}", "$", "the members `BusinessUnitId`, `CorrelationId`, `Depth`, "),
    (body(Depth=None).replace(b'"Depth":null,', b""), "$", "the member `Depth` is missing"),
    (body().replace(b'"Depth":1,', b"").replace(b'"UserId"', b'"Userid"'), "$", "the members `Depth` and `UserId` are"),
    (
        body(ParentContext={"Depth": 1}),
        "$.ParentContext",
        "the members `BusinessUnitId`, `CorrelationId`, `InitiatingUserId`, ",
    ),
    (b"[]", "$", "expected an object with the members of a RemoteExecutionContext"),
    (b"null", "$", "expected an object with the members of a RemoteExecutionContext"),
    (b'"x"', "$", "malformed JSON: expecting value, at line 1 column 1"),
    (
        b"\xef\xbb\xbf\r\n\n {'",
        "$",
        "malformed JSON: expecting property name enclosed in double quotes, at line 3 column 3",
    ),
    (b"\xff", "$", "not UTF-8, at byte 0"),
    (b'{"a":"\xff"}', "$", "not UTF-8, at byte 6"),
    (body()[:-1], "$", "malformed JSON"),
    (body() + b"}", "$", "malformed JSON: extra data"),
    (body(Depth="7"), "$.Depth", "expected an integer, found text"),
    (body(Depth=1.5), "$.Depth", "expected an integer, found a fraction"),
    (body(Depth=1.0), "$.Depth", "expected an integer, found a whole number with a point: a tool"),
    (body(Depth=True), "$.Depth", "expected an integer, found a boolean"),
    (body(Mode=None), "$.Mode", "expected an integer, found null"),
    (body(UserId="x"), "$.UserId", "expected an id, found other text"),
    (body(UserId=7), "$.UserId", "expected an id, found a number"),
    (body(IsInTransaction=1), "$.IsInTransaction", "expected a boolean, found a number"),
    (body(MessageName=[]), "$.MessageName", "expected text, found an array"),
    (body(OperationCreatedOn="/Date(253402300800000)/"), "$.OperationCreatedOn", "expected a date as"),
    (body(OperationCreatedOn=1), "$.OperationCreatedOn", "expected a date, found a number"),
    (body(SharedVariables={}), "$.SharedVariables", "expected an array, found an object"),
    (body(SharedVariables=[None]), "$.SharedVariables[0]", "expected an object, found null"),
    (body(SharedVariables=[{"key": "a"}]), "$.SharedVariables[0]", "expected the members `key` and `value`"),
    (body(SharedVariables=[{"key": None, "value": 1}]), "$.SharedVariables[0].key", "expected text, found null"),
    (
        body(SharedVariables=[{"key": "a", "value": 1}, {"key": "a", "value": 1}]),
        "$.SharedVariables[1].key",
        "a key that stands before in the same collection",
    ),
    (body(ParentContext=1), "$.ParentContext", "expected an object, found a number"),
    (body(__type="Foo:#Bar", Depth=None), "$.Depth", "expected an integer, found null"),
    (
        body(OwningExtension={"__type": 1, "Id": SMALL["UserId"], "LogicalName": "x", "Name": None}),
        "$.OwningExtension.__type",
        "expected text",
    ),
    (
        body(OwningExtension=json.loads(typed("Money")) | {"Id": SMALL["UserId"], "LogicalName": "x", "Name": None}),
        "$.OwningExtension.__type",
        "`__type` names another type than the declared one",
    ),
    (slot("1E400"), "$.SharedVariables[0].value", "a number out of the range of a float"),
    (
        slot(typed("Money").replace("}", ',"Value":1E9999999999999999999}')),
        "$.SharedVariables[0].value.Value",
        "a number that no Decimal can hold",
    ),
    (slot("1" * 5000), "$", "an integer with more digits than Python converts"),
    (slot("Infinity"), "$", "malformed JSON: `Infinity`"),
    (slot("-Infinity"), "$", "malformed JSON"),
    (b'{"a":INF,"b', "$", "malformed JSON"),
    (slot('{"__type":1}'), "$.SharedVariables[0].value.__type", "expected text, found a number"),
    (slot('{"a":1E400}'), "$.SharedVariables[0].value[…]", "a number out of the range of a float"),
    (slot("[1,[1E400]]"), "$.SharedVariables[0].value[1][0]", "a number out of the range of a float"),
    (slot(typed("Money", Value="1")), "$.SharedVariables[0].value.Value", "expected a number, found text"),
    (slot(typed("Money").replace("}", ',"Value":NaN}')), "$.SharedVariables[0].value.Value", "expected a number"),
    (
        slot(typed("EntityReference", LogicalName="x", Name=None)),
        "$.SharedVariables[0].value",
        "the member `Id` is missing",
    ),
    (
        slot(typed("EntityReference", LogicalName="x")),
        "$.SharedVariables[0].value",
        "the member `Id` is missing",
    ),
    (slot(typed("EntityCollection", Entities=1)), "$.SharedVariables[0].value.Entities", "expected an array"),
    (slot(typed("ColumnSet", AllColumns=True, Columns=1)), "$.SharedVariables[0].value.Columns", "expected an array"),
    (slot(typed("ColumnSet", AllColumns=True, Columns=[1])), "$.SharedVariables[0].value.Columns[0]", "expected text"),
    (
        slot(typed("ConditionExpression", AttributeName="a", Operator=0, Values=1)),
        "$.SharedVariables[0].value.Values",
        "expected an array",
    ),
    (slot("[" * 330 + "]" * 330), "$.SharedVariables[0].value" + "[0]" * 317, "nested deeper than 320 levels"),
    (
        slot('{"a":' * 330 + "1" + "}" * 330),
        "$.SharedVariables[0].value" + "[…]" * 317,
        "nested deeper than 320 levels",
    ),
    (b"[" * 200_000, "$", "nested deeper than the interpreter's stack has room for"),
]


REFUSED_AS_FLOAT = [case for case in REFUSED if "range of a float" in case[2]]


@pytest.mark.parametrize(("raw", "path", "reason"), [case for case in REFUSED if case not in REFUSED_AS_FLOAT])
def test_refusal_says_where_and_why(raw: bytes, path: str, reason: str) -> None:
    for parse_float in (float, Decimal):
        with pytest.raises(DecodeError) as caught:
            parse_context(raw, parse_float=parse_float)
        assert caught.value.path == path
        assert caught.value.reason.startswith(reason)
        assert str(caught.value) == f"{caught.value.reason} - at `{path}`"
        assert isinstance(caught.value, CdsContextError)
        assert isinstance(caught.value, ValueError)


def test_an_error_has_the_names_of_the_members_that_are_missing() -> None:
    with pytest.raises(DecodeError) as caught:
        parse_context(slot(typed("EntityReference", LogicalName="x")))
    assert caught.value.missing == ("Id",)
    assert pickle.loads(pickle.dumps(caught.value)).missing == copy.copy(caught.value).missing == ("Id",)
    with pytest.raises(DecodeError) as caught:
        parse_context(body(Depth="1"))
    assert caught.value.missing == ()
    assert pickle.loads(pickle.dumps(caught.value)).args == (caught.value.reason, caught.value.path)


@pytest.mark.parametrize(("raw", "path", "reason"), REFUSED_AS_FLOAT)
def test_a_number_too_large_for_a_float_needs_decimal(raw: bytes, path: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_context(raw)
    assert (caught.value.path, caught.value.reason[: len(reason)]) == (path, reason)
    assert encode_context(parse_context(raw, parse_float=Decimal)) == raw


@pytest.mark.parametrize(("number", "parse_float"), [("1E9999999999999999999", Decimal), ("NaN", Fraction)])
def test_a_number_that_parse_float_does_not_take_is_refused(number: str, parse_float: Any) -> None:
    with pytest.raises(DecodeError, match="a number that `parse_float` does not take"):
        parse_context(slot(number), parse_float=parse_float)


@pytest.mark.parametrize(
    "number",
    [
        *("1E-400", "-1E-400", "1E-99999999999999999999", "0E99999999999999999999", "0.00E-99999999999999999999"),
        *(f"{'9' * 5000}E-4990", f"0.{'0' * 5000}1", f"0.{'0' * 1_000_001}1", "-0", "-0.0", "NaN", "-INF"),
    ],
    ids=lambda number: number[:24],
)
def test_what_float_reads_decimal_reads(number: str) -> None:
    text = typed("Money").replace("}", f',"Value":{number}}}')
    found, exact = value_of(number), value_of(number, parse_float=Decimal)
    assert float(exact) == found or (found != found and exact != exact)  # noqa: PLR0124 - as a NaN is
    assert encode_context(parse_context(slot(number), parse_float=Decimal)) == slot(number)
    if number[-1] not in "NF":
        assert value_of(text).value == value_of(text, parse_float=Decimal).value == exact


def test_decimal_is_recommended_for_what_it_reads() -> None:
    with pytest.raises(DecodeError, match="a number out of the range of a float; parse_float=Decimal reads it"):
        parse_context(slot("1E9999"))
    with pytest.raises(DecodeError, match="a number that no Decimal can hold"):
        parse_context(slot("1E9999999999999999999"))


@pytest.mark.parametrize("keys", ["aa", "aba", "abcdefga"])
def test_a_duplicate_key_is_found_in_every_collection_of_the_fast_pass(keys: str) -> None:
    twice = [{"key": key, "value": None} for key in keys]
    last = len(keys) - 1
    for member in ("InputParameters", "OutputParameters", "SharedVariables", "PreEntityImages", "PostEntityImages"):
        with pytest.raises(DecodeError, match=rf"\$\.{member}\[{last}\]\.key"):
            parse_context(body(**{member: twice}))
    for member in ("Attributes", "FormattedValues"):
        with pytest.raises(DecodeError, match=rf"PreEntityImages\[0\]\.value\.{member}\[{last}\]\.key"):
            parse_context(body(PreEntityImages=[{"key": "i", "value": _row(**{member: twice})}]))


def deep_rows(levels: int) -> str:
    text = "1"
    for _ in range(levels):
        row = typed("Entity", **_row(Attributes=[{"key": "a", "value": "@"}], FormattedValues=[]))
        text = row.replace('"@"', text)
    return text


def deep_parents(levels: int) -> bytes:
    raw = body()
    for _ in range(levels):
        raw = body(ParentContext="@").replace(b'"@"', raw)
    return raw


def test_rows_and_parents_nest_as_deep_as_the_bound() -> None:
    assert isinstance(value_of(deep_rows(90)), Entity)
    assert encode_context(parse_context(deep_parents(200))) == deep_parents(200)
    rows = typed(
        "EntityCollection",
        Entities=[_row(Attributes=[{"key": "a", "value": "@"}])],
        EntityName=None,
        MinActiveRowVersion=None,
        MoreRecords=False,
        PagingCookie=None,
        TotalRecordCount=0,
        TotalRecordCountLimitExceeded=False,
    )
    assert parse_context(slot(rows.replace('"@"', f"[{deep_rows(88)}]"))).shared_variables["v"]
    for raw in (slot(deep_rows(110)), deep_parents(319), deep_parents(330)):
        with pytest.raises(DecodeError, match="nested deeper"):
            parse_context(raw)


@pytest.mark.parametrize("raw", [deep_parents(318), slot(deep_rows(105))])
def test_what_nests_as_deep_as_the_bound_is_a_value_like_others(raw: bytes) -> None:
    context = parse_context(raw)
    assert context == parse_context(raw)
    assert repr(context) == repr(parse_context(raw))
    assert encode_context(context, indent=1)


def test_a_stack_that_is_nearly_full_gives_the_documented_error() -> None:
    raw = deep_parents(250)
    context = parse_context(raw)
    with room_for(400):  # enough to read the JSON, not to make records of it
        with pytest.raises(DecodeError, match="stack"):
            parse_context(str(raw, "utf-8"), parse_float=Decimal)
        with pytest.raises(EncodeError, match="stack"):
            encode_context(context)
    for frames in range(50, 900, 50):
        for either in (raw, str(raw, "utf-8")):
            with room_for(frames), suppress(CdsContextError):
                parse_context(either, parse_float=Decimal)
                encode_context(context)


def test_key_attributes_of_any_kind() -> None:
    keys = [{"key": "a", "value": json.loads(typed("OptionSetValue", Value=1))}, {"key": "b", "value": 1}]
    reference = value_of(
        typed("EntityReference", Id=SMALL["UserId"], KeyAttributes=keys, LogicalName="x", Name=None, RowVersion="1")
    )
    assert dict(reference.key_attributes) == {"a": OptionSetValue(1), "b": 1}


def test_aliased_date() -> None:
    value = value_of(
        typed("AliasedValue", AttributeLogicalName="a", EntityLogicalName="b", Value="/Date(0)/").replace("/D", "\\/D")
    )
    assert isinstance(value, AliasedValue)
    assert value.value == datetime(1970, 1, 1, tzinfo=timezone.utc)


def test_peek_needs_only_what_it_gives() -> None:
    members = {name: SMALL[name] for name in SMALL if name not in {"InputParameters", "UserId", "SharedVariables"}}
    summary = peek_context(json.dumps(members).encode())
    assert (summary.message_name, summary.stage, summary.depth) == ("Update", Stage.POST_OPERATION, 1)
    with pytest.raises(DecodeError, match="missing"):
        peek_context(b"{}")


def test_repair_of_a_garbled_body() -> None:
    garbled = EXAMPLE.decode().encode().decode("cp1252").encode()
    assert parse_context(garbled) != parse_context(EXAMPLE)
    assert parse_context(garbled, repair_text=True) == parse_context(EXAMPLE)
    assert parse_context(EXAMPLE, repair_text=True) == parse_context(EXAMPLE)


# The last one writes escapes, which the server does not garble.
@pytest.mark.parametrize("wrap", WRAPPINGS[:-1])
def test_repair_of_a_garbled_body_that_went_through_editors_and_relays(wrap: Callable[[bytes], bytes]) -> None:
    garbled = EXAMPLE.decode("cp1252").encode()
    assert parse_context(wrap(garbled), repair_text=True) == parse_context(EXAMPLE)
    garbled = wrap(EXAMPLE).decode("cp1252").encode()
    assert parse_context(garbled, repair_text=True) == parse_context(EXAMPLE)


def test_nothing_of_the_payload_is_in_a_message() -> None:
    raw = body(
        SharedVariables=[{"key": "secretkey", "value": {"secretname": [{"__type": "Money:" + "secret", "x": 1}]}}],
        Depth="secret",
    )
    with pytest.raises(DecodeError) as caught:
        parse_context(raw)
    assert "secret" not in str(caught.value)


def _context_of(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__context__
    return found


@pytest.mark.parametrize(
    "raw", [b'{"secret": tru', b'{"secret": "\xff"}', slot("1234567890E99999999999999999999"), slot("9" * 5000)]
)
def test_no_error_behind_a_refusal_holds_the_payload(raw: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_context(raw, parse_float=Decimal)
    assert {type(error) for error in _context_of(caught.value)} <= {DecodeError, Fault}


@pytest.mark.parametrize("raw", [b'{"secret": tru', b'{"secret": "\xff"}', '{"secret": "\ud800', '"\udfff secret"'])
def test_no_error_behind_a_refused_peek_holds_the_payload(raw: bytes | str) -> None:
    with pytest.raises(DecodeError) as caught:
        peek_context(raw)
    assert {type(error) for error in _context_of(caught.value)} <= {DecodeError, Fault}


def test_reference_is_typed() -> None:
    assert isinstance(parse_context(EXAMPLE).owning_extension, EntityReference)


ALIASED = {"AttributeLogicalName": None, "EntityLogicalName": None, "NeedFormatting": False, "ReturnType": 0}
MONEY = typed("Money", Value=1.5).replace("1.5", "1.50")


@pytest.mark.parametrize("value", [MONEY, "[1,[]]", '"1.5"', f"[{MONEY},0]", typed("AliasedValue", **ALIASED, Value=2)])
def test_exact_numbers_are_the_same_on_both_passes(value: str) -> None:
    raw = slot(value)
    fast, tolerant = (parse_context(either, parse_float=Decimal) for either in (raw, str(raw, "utf-8")))
    assert fast == tolerant
    assert encode_context(fast) == encode_context(tolerant)


@pytest.mark.parametrize("number", ["1.50", "-0", "1E+2", "-0.0"])
@pytest.mark.parametrize("form", ["@", "[@]", "[1, @]", '{"x":@}', typed("AliasedValue", **ALIASED, Value="@")])
def test_exact_numbers_that_the_fast_pass_would_lose(form: str, number: str) -> None:
    raw = slot(form.replace('"@"', "@").replace("@", number))
    exact = parse_context(raw, parse_float=Decimal)
    assert number in str(exact.shared_variables["v"])
    assert parse_context(str(raw, "utf-8"), parse_float=Decimal) == exact


_FRACTIONS: dict[str, Value] = {"a": Decimal("1.50"), "b": [Decimal("0.10"), 1, "x"], "c": 7, "d": [1, None]}
_ROW = Entity("account", attributes=_FRACTIONS)
_HOLDERS: list[Value] = [
    Decimal("1E-05"),
    Decimal(2**70) + Decimal("0.5"),
    [1, Decimal("-0.0")],
    _ROW,
    [_ROW, 1, EntityReference("account"), Decimal("2.0")],
    EntityCollection([Entity("account"), _ROW]),
    Entity("account", related_entities={Relationship("r"): EntityCollection([_ROW])}),
    Entity("account", attributes={f"new_{index}": index for index in range(20)}),
    Entity("account", attributes={f"new_{index}": Decimal(index).scaleb(-1) for index in range(20)}),
]


@pytest.mark.parametrize("value", _HOLDERS)
@pytest.mark.parametrize("member", ["input_parameters", "pre_entity_images", "parent_context"])
@pytest.mark.parametrize("size", [0, 30_000])
def test_the_fast_pass_makes_fractions_exact(value: Value, member: str, size: int) -> None:
    context = parse_context(body(SharedVariables=[{"key": "text", "value": " " * size}]))
    held = replace(context, input_parameters=ParameterCollection({"v": value, "w": Decimal("0.30")}))
    if member == "parent_context":
        held = replace(context, parent_context=held)
    elif member == "pre_entity_images":
        row = value if isinstance(value, Entity) else Entity("account", attributes={"v": value})
        held = replace(context, pre_entity_images=EntityImageCollection({"none": None, "pre": row}))
    raw = encode_context(held)
    exact = read_fast(raw, exact=True)
    assert exact == held == parse_context(str(raw, "utf-8"), parse_float=Decimal)
    assert repr(exact) == repr(parse_context(str(raw, "utf-8"), parse_float=Decimal))
    assert encode_context(parse_context(raw, parse_float=Decimal)) == raw


def test_the_fast_pass_leaves_a_number_beyond_all_decimals() -> None:
    assert read_fast(slot("1.5"), exact=True) is not None
    assert read_fast(slot("1E-9999999999999999999999999"), exact=True) == parse_context(
        slot("1E-9999999999999999999999999"), parse_float=Decimal
    )
    assert read_fast(slot("1E9999999999999999999999999"), exact=True) is None
