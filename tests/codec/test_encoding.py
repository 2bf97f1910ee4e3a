"""The room `encoding`: the server's own form, from what was parsed and from what was made by hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cds_context import (
    AliasedValue,
    EncodeError,
    Entity,
    EntityCollection,
    EntityReference,
    KeyValuePair,
    Money,
    OptionSetValue,
    ParameterCollection,
    Relationship,
    RemoteExecutionContext,
    UnknownMembers,
    UnknownValue,
    encode_context,
    parse_context,
)
from cds_context.codec.plans import PLANS
from cds_context.model.records import Collection

from ..batches import each
from ..bodies import EXAMPLE, XRM, body, slot
from ..derived import COLLECTIONS, VALUES, Colour, Text, derived, derived_throughout

CONTEXT = parse_context(body())
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)


def with_value(value: Any) -> RemoteExecutionContext:
    return msgspec.structs.replace(CONTEXT, shared_variables={"v": value})


def written(value: Any) -> str:
    encoded = encode_context(with_value(value)).decode()
    return encoded.partition('"SharedVariables":[{"key":"v","value":')[2].partition('}],"Stage"')[0]


def test_example_comes_back_byte_for_byte() -> None:
    assert encode_context(parse_context(EXAMPLE, parse_float=Decimal)) == EXAMPLE


def test_example_comes_back_after_everything_was_read() -> None:
    context = parse_context(EXAMPLE, parse_float=Decimal)
    assert repr(context)
    assert encode_context(context) == EXAMPLE


@pytest.mark.parametrize("key", [{}, {"new_sensor": "T-7"}, None, msgspec.UNSET])
def test_a_reference_comes_back_after_it_was_read(key: Any) -> None:
    made = EntityReference("account", name="A", key_attributes=key)
    raw = encode_context(with_value(made))
    context = parse_context(raw)
    reference = context.shared_variables["v"]
    assert isinstance(reference, EntityReference)
    assert reference.key_attributes == made.key_attributes
    assert encode_context(context) == raw


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (Colour.RED, "1"),
        (1.0, "1"),
        (Decimal("1.50"), "1.50"),
        ("a/b", '"a\\/b"'),
        (Text("x"), '"x"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (datetime(1970, 1, 1, tzinfo=timezone.utc), '"\\/Date(0)\\/"'),
        ([], "[]"),
        ((1, [2]), "[1,[2]]"),
        ({}, "{}"),
        ({"a": {"b": None}}, '{"a":{"b":null}}'),
        (OptionSetValue(2), f'{{"__type":"OptionSetValue:{XRM}","Value":2}}'.replace("/", "\\/")),
        (Money(Decimal("2.10")), f'{{"__type":"Money:{XRM}","Value":2.10}}'.replace("/", "\\/")),
        (
            EntityReference("account"),
            (
                f'{{"__type":"EntityReference:{XRM}","Id":"00000000-0000-0000-0000-000000000000","KeyAttributes":[],'
                '"LogicalName":"account","Name":null,"RowVersion":null}'
            ).replace("/", "\\/"),
        ),
        (UnknownValue("A:#B", {"c": 1}), '{"__type":"A:#B","c":1}'),
        (
            KeyValuePair("a", "b"),
            '{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","key":"a","value":"b"}',
        ),
        (
            KeyValuePair("a", 1),
            '{"__type":"KeyValuePairOfstringanyType:#System.Collections.Generic","key":"a","value":1}',
        ),
        (
            OptionSetValue(2, unknown_members=UnknownMembers({"A": 1, "Z": 2})),
            f'{{"__type":"OptionSetValue:{XRM}","A":1,"Value":2,"Z":2}}'.replace("/", "\\/"),
        ),
    ],
)
def test_values_made_by_hand(value: Any, text: str) -> None:
    assert written(value) == text


SLOTS: dict[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "in a list": lambda value: [value, value],
    "in a dict": lambda value: {"a": value},
    "in a row": lambda value: Entity("account", attributes={"a": value}),
    "in an aliased value": lambda value: AliasedValue("a", "b", value),
    "in a pair": lambda value: KeyValuePair("a", value),
    "in an unknown value": lambda value: UnknownValue("A:#B", {"a": value}),
    "beside half a surrogate pair": lambda value: ["\ud83d", value],
}


@pytest.mark.parametrize("derive", [derived, derived_throughout])
@pytest.mark.parametrize("place", SLOTS)
@each("name", VALUES)
def test_a_derived_class_is_written_as_its_base(name: str, place: str, derive: Any) -> None:
    value = VALUES[name]
    assert written(SLOTS[place](derive(value))) == written(SLOTS[place](value))


@pytest.mark.parametrize("member", ["shared_variables", "input_parameters"])
@pytest.mark.parametrize("collection", COLLECTIONS, ids=repr)
def test_a_derived_collection_is_written_as_its_base(collection: Collection[Any, Any], member: str) -> None:
    def outcome(value: Any) -> bytes | str:
        context = msgspec.structs.replace(CONTEXT, **{member: value})
        try:
            unread = encode_context(context)
        except EncodeError as error:
            return str(error)
        assert getattr(context, member) == ParameterCollection(collection)
        assert encode_context(context) == unread
        return unread

    expected = outcome(None if collection.is_null else msgspec.UNSET if collection.is_absent else dict(collection))
    assert outcome(collection) == outcome(derived(collection)) == expected


def test_a_derived_moment_is_when_the_operation_was_created() -> None:
    for moment in (NOON, derived(NOON)):
        context = msgspec.structs.replace(CONTEXT, operation_created_on=moment)
        assert encode_context(context) == encode_context(msgspec.structs.replace(CONTEXT, operation_created_on=NOON))
        assert context.operation_created_on == NOON
        assert encode_context(context) == encode_context(msgspec.structs.replace(CONTEXT, operation_created_on=NOON))
    text = msgspec.structs.replace(CONTEXT, operation_created_on=Text("/Date(0)/"))
    assert b'"OperationCreatedOn":"\\/Date(0)\\/"' in encode_context(text)


def test_what_is_written_stays_as_it_is() -> None:
    value: Any = [1, 1.5, [Decimal("1E+5")], {"a": 1.5, "b": 1}, (1, 1.5), EntityReference("a")]
    before = copy.deepcopy(value)
    inner = [*value]
    written(value)
    assert value == before
    assert all(one is other for one, other in zip(value, inner, strict=True))


def test_numbers_do_not_depend_on_the_decimal_context() -> None:
    with localcontext() as context:
        context.capitals = 0
        context.prec = 2
        assert written(Money(Decimal("1E+5"))).endswith('"Value":100000}')
        assert written([Decimal("1E+5"), Decimal("1.005")]) == "[100000,1.005]"


def test_a_row_made_by_hand_has_all_that_servers_write() -> None:
    related = {Relationship("account_tasks"): EntityCollection([Entity("task")], "task")}
    row = Entity("account", UUID(int=1), {"name": "A"}, related_entities=related, formatted_values={"name": None})
    encoded = json.loads(written(row))
    assert list(encoded) == [
        "__type",
        "Attributes",
        "EntityState",
        "FormattedValues",
        "Id",
        "KeyAttributes",
        "LogicalName",
        "RelatedEntities",
        "RowVersion",
    ]
    assert encoded["RelatedEntities"][0]["key"] == {"PrimaryEntityRole": None, "SchemaName": "account_tasks"}
    assert "__type" not in encoded["RelatedEntities"][0]["value"]["Entities"][0]


V = "$.SharedVariables[0].value"


def _in_list(value: Any) -> Any:
    return [value]


def _in_object(value: Any) -> Any:
    return {"a": value}


def _in_row(value: Any) -> Any:
    return Entity("a", attributes={"a": value})


def deep(levels: int, wrap: Any) -> Any:
    value: Any = None
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (object(), V, "the wire has no form for the type object"),
        (date(2020, 1, 1), V, "the wire has no form for the type date"),
        (datetime(2020, 1, 1), V, "a datetime without a time zone"),  # noqa: DTZ001
        (Decimal("1E+1000000000"), V, "a Decimal far outside the platform's range"),
        ([1, object()], V + "[1]", "the wire has no form for the type object"),
        ({"a": object()}, V + "[…]", "the wire has no form for the type object"),
        ({1: 2}, V, "expected str as a name, found int"),
        (
            {"__type": "a:b"},
            V,
            "a dict with a `__type`, which would be read as another type: UnknownValue stands for it",
        ),
        (KeyValuePair("a", object()), V + ".value", "the wire has no form for the type object"),  # type: ignore[arg-type]
        (KeyValuePair(["a", object()], 1), V + ".key[1]", "the wire has no form for the type object"),  # type: ignore[list-item]
        (OptionSetValue("1"), V + ".Value", "expected int, found str"),  # type: ignore[arg-type]
        (Money(1.5), V + ".Value", "expected a finite Decimal, found float"),  # type: ignore[arg-type]
        (Money(Decimal("NaN")), V + ".Value", "expected a finite Decimal, found Decimal"),
        (EntityReference(1), V + ".LogicalName", "expected str, found int"),  # type: ignore[arg-type]
        (EntityReference("a", "1"), V + ".Id", "expected UUID, found str"),  # type: ignore[arg-type]
        (Entity("a", attributes={1: 2}), V + ".Attributes[0].key", "expected str as a key, found int"),  # type: ignore[dict-item]
        (EntityCollection([Entity("a"), None]), V + ".Entities[1]", "expected Entity, found NoneType"),  # type: ignore[list-item]
        (EntityCollection([], more_records=1), V + ".MoreRecords", "expected bool, found int"),  # type: ignore[arg-type]
        (EntityCollection(1), V + ".Entities", "expected list, found int"),  # type: ignore[arg-type]
        (Money([]), V + ".Value", "expected a finite Decimal, found list"),  # type: ignore[arg-type]
        (OptionSetValue(1, unknown_members=1), V, "expected a mapping of names, found int"),  # type: ignore[arg-type]
        (OptionSetValue(1, unknown_members=UnknownMembers({"Value": 2})), V, "a name that a known member has"),
        (OptionSetValue(1, unknown_members=UnknownMembers({"__type": 2})), V + ".__type", "expected str, found int"),
        (KeyValuePair("a", 1, unknown_members=None), V, "expected a mapping of names, found NoneType"),  # type: ignore[arg-type]
        (KeyValuePair("a", 1, unknown_members=UnknownMembers({"key": 2})), V, "a name that a known member has"),
        (UnknownValue("a:b", [1]), V, "expected a mapping of names, found list"),  # type: ignore[arg-type]
        (UnknownValue("a:b", {"__type": "c:d"}), V, "a name that a known member has"),
        (UnknownValue(None, {}), V + ".__type", "expected str, found NoneType"),  # type: ignore[arg-type]
        (deep(330, _in_list), V + "[0]" * 317, "nested deeper than 320 levels"),
        (deep(330, _in_object), V + "[…]" * 317, "nested deeper than 320 levels"),
        (
            deep(110, _in_row),
            V + ".Attributes[0].value" * 105,
            "nested deeper than 320 levels",
        ),
    ],
)
def test_refusal_says_where_and_why(value: Any, path: str, reason: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode_context(with_value(value))
    assert caught.value.reason == reason
    assert caught.value.path.startswith(path)


def test_an_int_without_end_is_refused() -> None:
    with pytest.raises(EncodeError, match="an int with more digits than Python writes"):
        encode_context(with_value(10**5000))


def test_a_leaf_below_the_bound_is_refused() -> None:
    value: Any = OptionSetValue(1)
    for _ in range(317):
        value = [value]
    with pytest.raises(EncodeError, match="nested deeper than 320 levels"):
        encode_context(with_value(value))
    assert encode_context(with_value(value[0]))


def test_what_is_written_does_not_depend_on_what_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    context = parse_context(EXAMPLE, parse_float=Decimal)
    for most in (0, 100):
        monkeypatch.setattr("cds_context.codec.plans._MOST_SEEN", most)
        monkeypatch.setattr(PLANS[RemoteExecutionContext], "_seen", {})
        assert [encode_context(context) for _ in range(2)] == [EXAMPLE, EXAMPLE]
        with pytest.raises(EncodeError, match="Depth"):
            encode_context(msgspec.structs.replace(context, depth="1"))


def test_what_is_no_context_is_refused() -> None:
    with pytest.raises(EncodeError, match="expected RemoteExecutionContext, found NoneType"):
        encode_context(None)  # type: ignore[arg-type]


def test_what_is_no_mapping_or_date_is_refused() -> None:
    with pytest.raises(EncodeError, match=r"expected a mapping, found int - at `\$\.SharedVariables`"):
        encode_context(msgspec.structs.replace(CONTEXT, shared_variables=1))
    with pytest.raises(EncodeError, match=r"expected a mapping, found list - at `\$\.SharedVariables`"):
        encode_context(msgspec.structs.replace(CONTEXT, shared_variables=[("a", 1)]))
    with pytest.raises(EncodeError, match=r"expected datetime, found int - at `\$\.OperationCreatedOn`"):
        encode_context(msgspec.structs.replace(CONTEXT, operation_created_on=1))
    with pytest.raises(EncodeError, match=r"expected datetime, found list - at `\$\.OperationCreatedOn`"):
        encode_context(msgspec.structs.replace(CONTEXT, operation_created_on=[]))


def test_a_collection_that_was_replaced_by_null_is_null() -> None:
    assert b'"SharedVariables":null' in encode_context(msgspec.structs.replace(CONTEXT, shared_variables=None))


def test_a_collection_that_servers_always_write_cannot_be_absent() -> None:
    absent = msgspec.structs.replace(CONTEXT, shared_variables=ParameterCollection(msgspec.UNSET))
    with pytest.raises(EncodeError, match=r"must not be absent - at `\$\.SharedVariables`"):
        encode_context(absent)


@pytest.mark.parametrize("member", ["InputParameters", "PreEntityImages", "PostEntityImages", "ParentContext"])
def test_what_an_oversized_post_lacks_stays_away(member: str) -> None:
    whole = json.loads(body())
    del whole[member]
    raw = json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()
    context = parse_context(raw)
    assert encode_context(context) == raw
    assert repr(context)
    assert encode_context(context) == raw


def test_a_record_too_deep_is_refused() -> None:
    context = CONTEXT
    for _ in range(321):
        context = msgspec.structs.replace(context, parent_context=context)
    with pytest.raises(EncodeError, match="nested deeper"):
        encode_context(context)


def test_indented_json_says_the_same() -> None:
    raw = slot('["a\\"b, c: {}",[],{},{"x":[1,NaN]}]')
    context = parse_context(raw)
    readable = encode_context(context, indent=2)
    assert json.loads(readable) != {}
    assert b'  "Depth": 1,\n' in readable
    assert encode_context(parse_context(readable)) == raw


@pytest.mark.parametrize("escapes", [1, 40, 41, 1000])
def test_indented_text_stays_as_it_is(escapes: int) -> None:
    text = 'a"b\\, c: {}' * escapes
    raw = encode_context(with_value({text: [text, text]}))
    readable = encode_context(with_value({text: [text, text]}), indent=1)
    assert encode_context(parse_context(readable)) == raw
    assert readable.count(b"\n") == json.dumps(json.loads(raw), indent=1).count("\n")


def test_what_is_made_of_brackets_is_not_indented_to_its_end() -> None:
    def lines(value: Any) -> tuple[list[str], list[str]]:
        raw = encode_context(with_value(value))
        expected = json.dumps(json.loads(raw), indent=2).replace("/", "\\/")
        readable = encode_context(with_value(value), indent=2).decode()
        assert len(readable) <= max(2_000_000, 35 * len(raw))
        return readable.split("\n"), expected.split("\n")

    values: list[Any] = [deep(300, _in_list), deep(300, _in_object), [[]] * 1000]
    for value in values:
        found, expected = lines(value)
        assert found == expected
    found, expected = lines([deep(300, _in_list)] * 30)
    assert [line.lstrip() for line in found] == [line.lstrip() for line in expected]
    assert found[:1000] == expected[:1000]
    assert found != expected


class Truthless:
    def __bool__(self) -> bool:
        raise RuntimeError("as of an array")


@pytest.mark.parametrize("field", ["depth", "message_name", "primary_entity_id", "parent_context"])
def test_a_value_that_is_neither_true_nor_false_is_refused(field: str) -> None:
    context = parse_context(EXAMPLE)
    with pytest.raises(EncodeError):
        encode_context(msgspec.structs.replace(context, **{field: Truthless()}))
