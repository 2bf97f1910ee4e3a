"""What holds of every context and of every body."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, ValidationError

import cds_context as c
from cds_context.codec.fast import decode_context
from cds_context.codec.native import read_fast
from cds_context.codec.tolerant import TolerantReader, parse_json
from cds_context.model.kinds import TAGS
from cds_context.model.records import Collection, Record
from cds_context.testing import update
from cds_context.testing.strategies import contexts, entities, values
from cds_context.wire.body import Body
from cds_context.wire.dates import parse_date

_UNTYPED_COLLECTIONS = (
    *("attributes", "key_attributes", "input_parameters", "output_parameters", "shared_variables", "unknown_members"),
)
_UNTYPED_VALUES = {(c.AliasedValue, "value"), (c.ConditionExpression, "values"), (c.QueryByAttribute, "values")}

_SOME_CONTEXT = c.encode_context(update("account", shared_variables={"x": 1}, parent_context=None))


def _with_value(value: bytes) -> bytes:
    """A small body with the value in an untyped slot."""
    return _SOME_CONTEXT.replace(b'[{"key":"x","value":1}]', b'[{"key":"x","value":' + value + b"}]")


def _carrying(value: Any) -> c.RemoteExecutionContext:
    return update("account", shared_variables=c.ParameterCollection({"x": value}), parent_context=None)


def _as_parsed(value: Any) -> Any:
    """What a value made by hand is after a trip over the wire, read with parse_float=Decimal."""
    if isinstance(value, str):
        moment = parse_date(value)
        return value if moment is None else moment
    if isinstance(value, float):
        # The platform spells 15 digits where they suffice, else 17.
        short = f"{value:.15g}"
        return Decimal(short if float(short) == value else f"{value:.17g}")
    if isinstance(value, list):
        return [_as_parsed(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {name: _as_parsed(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, c.UnknownValue):
        return c.UnknownValue(value.type_name, _as_parsed(value.members))
    if isinstance(value, c.KeyValuePair):
        return _pair_as_parsed(value)
    if isinstance(value, Record):
        names = type(value).__struct_fields__
        return type(value)(**{name: _member_as_parsed(value, name) for name in names})
    return value


def _pair_as_parsed(pair: c.KeyValuePair) -> c.KeyValuePair:
    if "__type" not in pair.unknown_members:
        if pair.value is None or isinstance(pair.value, str):
            return pair  # declared as text: never a date
        tag = pair.type_name.replace("stringstring", "stringanyType")
        return c.KeyValuePair(
            _as_parsed(pair.key), _as_parsed(pair.value), unknown_members=c.UnknownMembers({"__type": tag})
        )
    return c.KeyValuePair(_as_parsed(pair.key), _as_parsed(pair.value), unknown_members=pair.unknown_members)


def _member_as_parsed(record: Record, name: str) -> Any:
    value: Any = getattr(record, name)
    if isinstance(value, Collection):
        pairs: Collection[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        if pairs.is_null or pairs.is_absent:
            return pairs
        if name in _UNTYPED_COLLECTIONS:
            raw = ("__type",) if name == "unknown_members" else ()
            items = {k: v if k in raw else _as_parsed(v) for k, v in pairs.items()}
            return type(pairs)(items)
        typed: Collection[Any, Any] = type(pairs)(
            {_record_as_parsed(k): _record_as_parsed(v) for k, v in pairs.items()}
        )
        return typed
    if (type(record), name) in _UNTYPED_VALUES:
        return _as_parsed(value)
    return _record_as_parsed(value)


def _record_as_parsed(value: Any) -> Any:
    """As `_as_parsed`, in a slot whose type is declared, where no text is a date."""
    if isinstance(value, list):
        return [_record_as_parsed(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return _as_parsed(value) if isinstance(value, Record) else value


# Round trips


@given(contexts())
def test_context_comes_back_equal_and_byte_for_byte(context: c.RemoteExecutionContext) -> None:
    body = c.encode_context(context)
    json.loads(re.sub(rb"(?<=[:,\[])(-?)INF(?=[,\]}])", rb"\1Infinity", body))
    parsed = c.parse_context(body, parse_float=Decimal)
    assert parsed == _as_parsed(context)
    # Equal datetimes may be in different zones, equal numbers differ in scale; equal bytes say all.
    assert c.encode_context(parsed) == body
    assert c.encode_context(context) == body


@given(values())
def test_value_comes_back_equal(value: c.Value) -> None:
    body = c.encode_context(_carrying(value))
    parsed = c.parse_context(body, parse_float=Decimal)
    assert parsed.shared_variables["x"] == _as_parsed(value)
    assert c.encode_context(parsed) == body


@given(entities())
def test_row_comes_back_with_its_columns_in_order(row: c.Entity) -> None:
    parsed = c.parse_context(c.encode_context(_carrying(row)), parse_float=Decimal).shared_variables["x"]
    assert isinstance(parsed, c.Entity)
    assert list(parsed) == list(row)
    assert list(parsed.formatted_values) == list(row.formatted_values)
    assert list(parsed.related_entities) == [_as_parsed(relationship) for relationship in row.related_entities]


def test_nan_comes_back_byte_for_byte() -> None:
    body = c.encode_context(_carrying([float("nan"), Decimal("NaN")]))
    assert b"[NaN,NaN]" in body
    assert c.encode_context(c.parse_context(body)) == body
    assert c.encode_context(c.parse_context(body, parse_float=Decimal)) == body


@given(contexts())
def test_indented_body_says_the_same(context: c.RemoteExecutionContext) -> None:
    body = c.encode_context(context)
    assert c.parse_context(c.encode_context(context, indent=2)) == c.parse_context(body)


@pytest.mark.repeats
def test_strategy_covers_every_type() -> None:
    seen: set[type[Any]] = set()

    @settings(max_examples=500, phases=[Phase.generate])
    @given(values())
    def look(value: c.Value) -> None:
        body = c.encode_context(_carrying(value)).replace(b"\\/", b"/")
        seen.update(cls for cls, tag in TAGS.items() if tag.encode() in body)

    look()
    assert seen == TAGS.keys()


def test_pair_of_texts_comes_back_with_an_unknown_member() -> None:
    pair = b'{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","key":"k","value":"v","z":1}'
    body = _with_value(pair)
    parsed = c.parse_context(body)
    assert c.encode_context(parsed) == body
    assert c.parse_context(c.encode_context(parsed)) == parsed


# The two passes


def _tolerant(body: Body) -> c.RemoteExecutionContext:
    text = body if isinstance(body, str) else str(body, "utf-8")
    return TolerantReader(float).context(parse_json(text))


def _assert_passes_agree(body: bytes) -> None:
    try:
        fast = decode_context(body)
    except (ValueError, RecursionError):
        return
    tolerant = _tolerant(body)
    encoded = c.encode_context(decode_context(body))  # before any collection was read
    assert c.encode_context(tolerant) == encoded
    assert fast == tolerant
    assert tolerant == fast
    assert repr(fast) == repr(tolerant)
    assert c.encode_context(fast) == encoded
    text = str(body, "utf-8")  # which exact numbers are read from on the tolerant pass alone
    try:
        exact = c.parse_context(text, parse_float=Decimal)
    except c.DecodeError:
        return
    assert c.encode_context(c.parse_context(body, parse_float=Decimal)) == c.encode_context(exact)


@given(contexts(everyday=True))
def test_passes_agree_on_everyday_contexts(context: c.RemoteExecutionContext) -> None:
    _assert_passes_agree(c.encode_context(context))


@given(contexts())
def test_passes_agree_on_all_contexts(context: c.RemoteExecutionContext) -> None:
    _assert_passes_agree(c.encode_context(context))


@pytest.mark.repeats
def test_fast_pass_answers_for_most_everyday_contexts() -> None:
    answers: list[bool] = []

    @settings(max_examples=60, phases=[Phase.generate])
    @given(contexts(everyday=True))
    def look(context: c.RemoteExecutionContext) -> None:
        try:
            decode_context(c.encode_context(context))
        except ValidationError:
            answers.append(False)
        else:
            answers.append(True)

    look()
    assert sum(answers) > len(answers) / 8


# Answers


@given(contexts(everyday=True) | contexts())
def test_answers_hang_on_nothing_but_content(context: c.RemoteExecutionContext) -> None:
    body = c.encode_context(context)
    parsed = c.parse_context(body)
    # Collections of the tolerant pass are made from dicts, and not folded from the decoder's pairs.
    plain = TolerantReader(float).context(parse_json(body.decode()))
    unread = c.encode_context(parsed)
    for ask in _ANSWERS:
        assert _answer(ask, parsed) == _answer(ask, plain)
    _assert_reads_as_a_mapping(parsed)
    assert c.encode_context(parsed) == c.encode_context(plain) == unread
    assert repr(parsed) == repr(plain)


_ANSWERS: tuple[Callable[[c.RemoteExecutionContext], object], ...] = (
    lambda context: context.targets,
    lambda context: context.record,
    lambda context: context.records,
    lambda context: context.changes().columns,
    lambda context: list(context.changes().items()),
    lambda context: [*context.changes().cleared, *context.changes().submitted],
    lambda context: context.compare_images().columns,
    lambda context: [context.snapshot(), *context.snapshot().sources.items()],
    lambda context: [context.is_truncated, context.ordering_key, context.idempotency_key],
)


def _answer(ask: Callable[[c.RemoteExecutionContext], object], context: c.RemoteExecutionContext) -> object:
    try:
        return ask(context)
    except c.CdsContextError as error:
        return type(error), str(error)


def _assert_reads_as_a_mapping(value: Any) -> None:
    """That what a collection reads in C is what Mapping makes of single items."""
    inner: Iterable[Any] = ()
    if value.__class__ is list:
        inner = value
    elif issubclass(value.__class__, Collection):
        pairs: Mapping[Any, Any] = value
        inner = pairs.values()
        assert list(pairs.items()) == list(ItemsView(pairs)) == [(key, pairs[key]) for key in pairs]
        assert list(pairs.keys()) == list(KeysView(pairs))
        for key in [*pairs, "no key"]:
            assert pairs.get(key, 1) is (pairs[key] if key in {*pairs} else 1)
            assert (key in pairs) == (key in {*pairs})
    elif isinstance(value, Record):
        inner = [getattr(value, name) for name in type(value).__struct_fields__]
    for item in inner:
        _assert_reads_as_a_mapping(item)


# Python's own protocols


@given(contexts(), contexts(everyday=True))
def test_repr_copy_and_pickle(context: c.RemoteExecutionContext, plain: c.RemoteExecutionContext) -> None:
    for body in (c.encode_context(context), c.encode_context(plain)):
        # Anew each time: what was read once is no longer in the decoder's form.
        for again in (copy.copy, copy.deepcopy, _pickled):
            parsed = c.parse_context(body)
            same = again(parsed)
            assert same == parsed
            assert c.encode_context(same) == c.encode_context(parsed)
    for again in (copy.copy, copy.deepcopy, _pickled):
        same = again(context)
        assert same == context
        assert c.encode_context(same) == c.encode_context(context)
    assert repr(context).startswith("RemoteExecutionContext(business_unit_id=UUID(")
    exact = c.parse_context(c.encode_context(context), parse_float=Decimal)
    assert c.encode_context(_pickled(exact)) == c.encode_context(copy.deepcopy(exact)) == c.encode_context(exact)


def _pickled(context: c.RemoteExecutionContext) -> c.RemoteExecutionContext:
    same: c.RemoteExecutionContext = pickle.loads(pickle.dumps(context))
    return same


@given(values())
@example(c.OptionSetValue(0))
def test_copies_of_a_value_encode_the_same(value: c.Value) -> None:
    body = c.encode_context(_carrying(value))
    for again in (copy.copy, copy.deepcopy, _pickled):
        assert c.encode_context(again(c.parse_context(body))) == c.encode_context(c.parse_context(body))


@given(values())
def test_repr_of_every_value(value: c.Value) -> None:
    assert repr(value) == repr(copy.deepcopy(value))


# Anything else

_TOKENS = (
    *(b"null", b"true", b"{}", b"[]", b'""', b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800"),
    *(b"NaN", b"INF", b"-INF", b"Infinity", b"-Infinity", b"-0", b"0", b"01", b"-", b"1.0", b"1e2", b"-0.0", b"1E-05"),
    *(b"1e999", b"1e-999", b"9" * 30, b"9" * 5000, b"1e9999999999999999999", b"-1E-9999999999999999999", b"0e99999"),
    *(b'"__type":', b'"__type":null', b'"__type":1', b'"__type":"x"', b'"key":', b'"value":', b'"Value":', b'"Id":'),
    *(b'"/Date(0)/"', b'"/Date(-99999999999999999999)/"', b'"/Date(0+2359)/"', b'"\\/Date(1)\\/"', b'"/Date(0)/\\n"'),
    *(b"\xef\xbb\xbf", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\n", b" ", b"/", b"\\/"),
    *(b'"00000000-0000-0000-0000-000000000000"', b'"{00000000-0000-0000-0000-000000000000}"', b'"0"', b"[[[[", b"[1]"),
    *(b'{"__type":"%b"}' % tag.encode() for tag in TAGS.values()),
    *(b'{"__type":"Money:http://schemas.microsoft.com/xrm/2011/Contracts","Value":%b}' % n for n in (b"1e5", b'"1"')),
    b'{"__type":"OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts","Value":1.0}',
)
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"\[\]{},:]+|[\[\]{},:]')


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A body of a context with a few things deleted, inserted, replaced or moved, at tokens or anywhere."""
    body = c.encode_context(draw(contexts(everyday=True) | contexts()))
    junk = st.sampled_from(_TOKENS) | st.sampled_from(_TOKENS) | st.binary(max_size=4)
    for _ in range(draw(st.integers(1, 3))):
        start, end = _span(draw, body)
        action = draw(st.sampled_from(("delete", "insert", "replace", "move")))
        if action == "insert":
            end = start
        if action == "delete":
            new = b""
        elif action == "move":
            first, last = _span(draw, body)
            new = body[first:last]
        else:
            new = draw(junk)
        body = body[:start] + new + body[end:]
    return body


def _span(draw: st.DrawFn, body: bytes) -> tuple[int, int]:
    spans = [match.span() for match in _TOKEN.finditer(body)]
    whole_token: int = draw(st.integers(0, 4))
    if spans and whole_token:
        index = draw(st.integers(0, len(spans) - 1))
        return spans[index]
    start = draw(st.integers(0, len(body)))
    return start, min(len(body), start + draw(st.integers(0, 12)))


def _assert_answers(body: Body) -> None:
    """Every reader gives a value that can be used, or DecodeError."""
    every: tuple[dict[str, Any], ...] = ({}, {"parse_float": Decimal}, {"repair_text": True})
    for options in every:
        try:
            context = c.parse_context(body, **options)
        except c.DecodeError:
            continue
        assert repr(context)
        encoded = c.encode_context(context)
        if options == {"parse_float": Decimal}:
            assert c.encode_context(c.parse_context(encoded, parse_float=Decimal)) == encoded
    try:
        summary = c.peek_context(body)
    except c.DecodeError:
        return
    assert repr(summary)
    try:
        whole = c.parse_context(body)
    except c.DecodeError:
        return
    names = type(summary).__struct_fields__
    assert {name: getattr(summary, name) for name in names} == {name: getattr(whole, name) for name in names}


@given(st.binary(max_size=40))
def test_arbitrary_bytes(body: bytes) -> None:
    _assert_answers(body)


@given(st.text(st.characters() | st.sampled_from('{}[]":,\\\ud800'), max_size=40))
def test_arbitrary_text(body: str) -> None:
    _assert_answers(body)


@given(_mutated())
def test_mutated_bodies(body: bytes) -> None:
    _assert_answers(body)
    _assert_passes_agree(body)


@given(_mutated())
def test_body_may_come_in_any_form(body: bytes) -> None:
    try:
        expected = c.encode_context(c.parse_context(body))
    except c.DecodeError as error:
        reason = str(error)
        for form in (bytearray(body), memoryview(body)):
            with pytest.raises(c.DecodeError, match=f"^{re.escape(reason)}$"):
                c.parse_context(form)
    else:
        for same in (bytearray(body), memoryview(body), body.decode(), b"\xef\xbb\xbf" + body, b" \r\n" + body + b"\t"):
            assert c.encode_context(c.parse_context(same)) == expected
        assert c.encode_context(c.parse_context(json.dumps(body.decode()))) == expected


@pytest.mark.parametrize("value", _TOKENS)
def test_token_in_an_untyped_slot(value: bytes) -> None:
    body = _with_value(value)
    _assert_answers(body)
    _assert_passes_agree(body)


@pytest.mark.parametrize("value", [token for token in _TOKENS if token[:1].isdigit() or token[:1] in b"-NI"])
@pytest.mark.parametrize(
    "slot",
    [
        b'{"__type":"Money:http://schemas.microsoft.com/xrm/2011/Contracts","Value":%b}',
        b'{"__type":"OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts","Value":%b}',
        b"[[%b]]",
    ],
)
def test_number_in_a_slot(slot: bytes, value: bytes) -> None:
    body = _with_value(slot % value)
    _assert_answers(body)
    _assert_passes_agree(body)


# The repair of garbled text


def _garbled(body: bytes) -> bytes:
    """UTF-8 read as CP1252, in which five bytes stand for control characters, and written as UTF-8 again."""
    return "".join(_read_as_cp1252(byte) for byte in body).encode()


def _read_as_cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


@given(contexts() | contexts(everyday=True))
def test_repair_undoes_the_garbling(context: c.RemoteExecutionContext) -> None:
    body = c.encode_context(context)
    expected = c.parse_context(body, parse_float=Decimal)
    repaired = c.parse_context(_garbled(body), parse_float=Decimal, repair_text=True)
    assert repaired == expected
    assert c.encode_context(repaired) == body


# Letters of Western languages. Two that would be a garbled one if they met, as `Ã` and `¶`, are kept apart:
# text in which all such letters happen to meet cannot be told from garbled text.
_LATIN = "".join(map(chr, range(0xA0, 0x100))) + "ŒœŠšŽžŸƒ€‚„…†‡‰‹›‘’“”•–—˜™"
_MEET = re.compile("[À-ô][^\x00-\x7fÀ-ÿ]")


@given(st.text("".join(map(chr, range(0x20, 0x7F))) + _LATIN, max_size=30).filter(lambda t: not _MEET.search(t)))
def test_repair_leaves_latin_text_alone(text: str) -> None:
    body = c.encode_context(_carrying({"text": text}))
    assert c.parse_context(body, repair_text=True) == c.parse_context(body)
    assert c.encode_context(c.parse_context(body, repair_text=True)) == body


@given(contexts())
def test_repair_leaves_ascii_alone(context: c.RemoteExecutionContext) -> None:
    # Every character beyond ASCII as an escape, which the garbling would not have touched.
    text = c.encode_context(context).decode()
    body = re.sub(r"[^\x00-\x7f]", lambda match: f"\\u{ord(match[0]):04x}", text)
    assume(body.isascii())
    assert c.parse_context(body, parse_float=Decimal, repair_text=True) == c.parse_context(text, parse_float=Decimal)


def test_absent_null_and_empty_differ() -> None:
    empty: dict[str, c.Value] = {}
    forms = [c.Entity("x", attributes=form) for form in (None, UNSET, empty)]
    for one in forms:
        assert [one == other for other in forms] == [one is other for other in forms]
        assert c.parse_context(c.encode_context(_carrying(one))).shared_variables["x"] == one


_COLLECTIONS = frozenset(
    {
        *("InputParameters", "OutputParameters", "SharedVariables", "PreEntityImages", "PostEntityImages"),
        *("Attributes", "FormattedValues", "KeyAttributes", "RelatedEntities"),
    }
)


def _pairs_in(value: Any) -> Iterator[list[Any]]:
    """The collections of a JSON value that hold a pair."""
    inside: list[Any] = [*value] if isinstance(value, list) else []
    if isinstance(value, dict):
        members: dict[str, Any] = {**value}
        found = [item for name, item in members.items() if name in _COLLECTIONS and item]
        yield from (item for item in found if isinstance(item[0], dict))  # a query has attributes that are names
        inside += members.values()
    for inner in inside:
        yield from _pairs_in(inner)


@given(contexts(everyday=True), st.data())
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(
    context: c.RemoteExecutionContext, data: st.DataObject
) -> None:
    tree = json.loads(c.encode_context(context))
    collections = [*_pairs_in(tree)]
    assume(collections)
    pairs = data.draw(st.sampled_from(collections))
    key = data.draw(st.sampled_from(pairs))["key"]
    again = {"key": key, "value": data.draw(st.sampled_from(pairs))["value"]}
    pairs.insert(data.draw(st.integers(0, len(pairs))), again)
    body = json.dumps(tree, ensure_ascii=data.draw(st.booleans()))
    assert read_fast(body) is None
    with pytest.raises(c.DecodeError, match="a key that stands before in the same collection"):
        c.parse_context(body)
