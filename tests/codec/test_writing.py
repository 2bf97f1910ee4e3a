"""Tests of the writer of XML and .NET Binary: the types of values that remember none, and what is remembered."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from cds_context import (
    AliasedValue,
    ArgumentError,
    AttributeCollection,
    ColumnSet,
    ConditionExpression,
    EncodeError,
    Entity,
    EntityCollection,
    EntityReference,
    KeyValuePair,
    Money,
    OptionSetValue,
    PrincipalAccess,
    Relationship,
    RemoteExecutionContext,
    UnknownMembers,
    UnknownValue,
    encode_context,
    parse_context,
    redact,
)
from cds_context.codec.documents import write_document
from cds_context.codec.output import MessageFormat
from cds_context.model.codes import EntityRole, EntityState, Stage
from cds_context.testing.strategies import contexts
from cds_context.wire.formats import Format

from ..bodies import XRM, body
from ..derived import VALUES, derived
from ..formats import TABLE, records
from ..stack import room_for
from .test_documents import value_in_xml

OTHERS: tuple[Literal["xml", "binary"], ...] = ("xml", "binary")
CONTEXT = parse_context(body())
ID = "6d81597f-0f9f-e711-8122-000d3aa2331c"
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
EAST = timezone(timedelta(hours=2), "+0200")


def with_value(value: Any) -> RemoteExecutionContext:
    return replace(CONTEXT, shared_variables={"v": value})


def element(value: Any) -> str:
    """The element of a value, with the names of types and without their namespaces."""
    document = encode_context(with_value(value), format="xml").decode()
    found = document.partition("<a:key>v</a:key>")[2].partition("</KeyValuePairOfstringanyType></SharedV")[0]
    return re.sub(r' xmlns(:\w+)?="[^"]*"', "", found)


def refused(value: Any, *, format: Literal["xml", "binary"] = "xml") -> tuple[str, str]:  # noqa: A002 - as in the package
    with pytest.raises(EncodeError) as caught:
        encode_context(with_value(value), format=format)
    return caught.value.reason, caught.value.path


def comes_back(context: RemoteExecutionContext) -> bool:
    in_json = encode_context(context)
    return all(
        encode_context(parse_context(encode_context(context, format=form), parse_float=Decimal)) == in_json
        for form in OTHERS
    )


def _typed_values() -> list[tuple[str, str, str]]:
    """The rows of the page's table: a Python value, the type, and the content in XML."""
    page = TABLE.read_text("utf-8")
    table = page[page.index("| Python value |") :].partition("\n\n")[0]
    return re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.*?)` \|$", table, re.MULTILINE)


def test_the_page_has_a_row_for_each_class_of_scalars() -> None:
    assert len(_typed_values()) >= 20


_NAMES = {
    "Decimal": Decimal,
    "KeyValuePair": KeyValuePair,
    "OptionSetValue": OptionSetValue,
    "UUID": UUID,
    "datetime": datetime,
    "timedelta": timedelta,
    "timezone": timezone,
    "EntityReference": EntityReference,
    "Money": Money,
}


@pytest.mark.parametrize(("value", "type_name", "content"), _typed_values())
def test_a_value_has_the_type_that_the_page_says(value: str, type_name: str, content: str) -> None:
    found = element(eval(value, _NAMES))  # noqa: S307 - of the page
    expected = f"<a:value {type_name}>{content}</a:value>" if content else f"<a:value {type_name}/>"
    assert re.sub(r'^<a:value i:type="(?:\w:)?(\w+)"', r"<a:value \1", found) == expected
    assert comes_back(with_value(eval(value, _NAMES)))  # noqa: S307 - of the page


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        None,
        [None],
        ["a", None],
        [1, None],
        [1, "a"],
        [1, 1 << 64],
        [[1], ["a"]],
        {"a": 1, "b": "text", "c": {}, "d": None, "e": [{"f": "1"}]},
        [{"a": 1}],
        1 << 70,
        -(1 << 63),
        0.0,
        -0.0,
        1e300,
        float("inf"),
        0.1,
        [0.5, 0.1],
        [1e300],
        [True, False],
        [1 << 40, 1],
        [NOON, NOON.astimezone(EAST)],
        [NOON],
        [Decimal("1.50"), Decimal(-3)],
        [Decimal("1e-30")],
        Decimal("1e-30"),
        Decimal(1 << 97),
        "日本語",
        "x" * 300,
        "x" * 70_000,
        "0",
        "\x01\x0b\ufffe<&>\"'",
        Relationship("r", EntityRole.REFERENCED),
        [OptionSetValue(1), OptionSetValue(2)],
        [OptionSetValue(1), None],
        [OptionSetValue(1), Money(Decimal(1))],
        [EntityReference("a"), EntityReference("b")],
        [KeyValuePair("a", "b"), KeyValuePair("c", None)],
        [KeyValuePair("a", "b"), None],
        KeyValuePair("a", None),
        KeyValuePair("a", "/Date(0)/"),
        [KeyValuePair("/Date(0)/", "/Date(0)/")],
        [UnknownValue("N:http://x/", {"A": "1"}), UnknownValue("N:http://x/", {"B": 2})],
        [UnknownValue(f"{'N' * 190}:http://x/", {"A": "1"})],
        [UnknownValue("N:http://schemas.microsoft.com/2003/10/Serialization/Arrays", {})],
        UnknownValue("N:#System", {"A": "1", "B": 2, "C": {}, "D": [1], "é": {"E": "x"}}),
        UnknownValue("N:http://x/", {}),
        PrincipalAccess(access_mask=3, principal=None),
        PrincipalAccess(access_mask=1 << 30, principal=None),
        ColumnSet(all_columns=False, columns=["a", None]),
        AliasedValue("a", "b", [Money(Decimal("1.50"))]),
        ConditionExpression(attribute_name="a", operator=0, values=[1, "x", None]),
        Entity("a", attributes={"b": Entity("c")}, entity_state=EntityState.CHANGED),
        Entity(
            "a", related_entities={Relationship("r"): EntityCollection([Entity("c")])}, formatted_values={"b": None}
        ),
        Entity("a", unknown_members=UnknownMembers({"AAA": 1, "Mmm": "text", "zzz": {"x": [1]}})),
        Entity("a", attributes=AttributeCollection(None), row_version=UNSET),
        UnknownValue(
            f"OrganizationRequest:{XRM}",
            {"Parameters": [{"key": "k", "value": 1}], "RequestId": None, "RequestName": "Create"},
        ),
        UnknownValue(f"OrganizationRequest:{XRM}", {"Parameters": [1]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_json_of_a_value_comes_back_through_the_other_formats(value: Any) -> None:
    assert comes_back(with_value(value))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("\ud800", "text with half of a surrogate pair, which only JSON can hold"),
        (OptionSetValue(1 << 31), "an integer of more than 32 bits, which only JSON can hold"),
        ({"a b": 1}, "a name that XML cannot hold"),
        ({"\ud800": 1}, "a name that XML cannot hold"),
        ({"\u2188": 1}, "a name that XML cannot hold"),
        (UnknownValue("Nameless", {}), "a type whose name XML cannot hold"),
        (UnknownValue("a b:c", {}), "a name that XML cannot hold"),
        (UnknownValue("ArrayOfint:http://x/", {}), "a type that the other formats have for other values"),
        (Decimal("1e400"), ""),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_what_only_json_can_hold_is_refused(value: Any, reason: str) -> None:
    if not reason:
        assert comes_back(with_value(value))
        return
    assert {refused([value], format=form)[0] for form in OTHERS} == {reason}
    assert refused([value])[1].startswith("$.SharedVariables[0].value[0]")


def test_a_number_beyond_doubles_is_refused() -> None:
    number = parse_context(
        body(SharedVariables=[]).replace(b'"SharedVariables":[]', b'"SharedVariables":[{"key":"v","value":1E+400}]'),
        parse_float=Decimal,
    )
    with pytest.raises(EncodeError, match=r"range of a double.*\$\.SharedVariables\[0\]\.value"):
        encode_context(number, format="xml")


def test_another_type_in_a_declared_slot_is_refused() -> None:
    reference = EntityReference("a", unknown_members=UnknownMembers({"__type": "Other:http://x/"}))
    with pytest.raises(EncodeError, match=r"`\$\.OwningExtension\.__type`"):
        encode_context(replace(CONTEXT, owning_extension=reference), format="xml")


@pytest.mark.parametrize("form", OTHERS)
def test_all_nests_as_deep_as_in_json(form: Literal["xml", "binary"]) -> None:
    value: Any = 1
    for _ in range(317):
        value = [value]
    parents = CONTEXT
    for _ in range(319):
        parents = replace(CONTEXT, parent_context=parents)
    for deepest in (with_value(value), parents):
        with room_for(1000):
            assert parse_context(encode_context(deepest, format=form)) == deepest
    with room_for(1000), pytest.raises(EncodeError, match="nested deeper than 320 levels"):
        encode_context(replace(CONTEXT, parent_context=parents), format=form)


@pytest.mark.parametrize("form", OTHERS)
def test_a_stack_without_room_is_an_encode_error(form: Literal["xml", "binary"]) -> None:
    value: Any = {"a": 1}
    for _ in range(200):
        value = {"a": value}
    with room_for(150), pytest.raises(EncodeError, match="the interpreter's stack"):
        write_document(with_value(value), Format.XML if form == "xml" else Format.BINARY, 0)


def test_derived_classes_are_written_like_their_bases() -> None:
    for value in VALUES:
        assert element(derived(value)) == element(value)


def test_format_is_one_of_three() -> None:
    assert get_args(MessageFormat) == ("json", *OTHERS)
    wrong: Any = "JSON"
    with pytest.raises(ArgumentError, match="format"):
        encode_context(CONTEXT, format=wrong)
    with pytest.raises(ArgumentError, match="indent"):
        encode_context(CONTEXT, format="binary", indent=2)


def test_xml_can_be_indented() -> None:
    indented = encode_context(with_value({}), format="xml", indent=2)
    assert b"\n  <Depth>1</Depth>\n" in indented
    assert b"\n      <a:value/>\n    </KeyValuePairOfstringanyType>\n  </SharedVariables>\n" in indented
    assert parse_context(indented) == with_value({})


def test_prefixes_do_not_end_with_the_alphabet() -> None:
    value: Any = "text"
    for number in range(40):
        value = UnknownValue(f"N:http://x/{number}", {"A": value})
    assert comes_back(with_value(value))
    assert b"xmlns:a2=" in encode_context(with_value(value), format="xml")


# What is remembered


def test_a_value_remembers_its_type_in_each_format() -> None:
    document = value_in_xml('i:type="x:long"', "5")
    for form in OTHERS:
        again = parse_context(encode_context(parse_context(_whole(document)), format=form))
        assert b'i:type="b:long"' in encode_context(again, format="xml")


@pytest.mark.parametrize("name", ["--5", "²", "٣", "5 6", "9" * 5000], ids=lambda name: name[:3])
@pytest.mark.parametrize("type_name", ["ConcurrencyBehavior", "Nobodys"])
def test_a_value_of_an_enum_that_is_neither_name_nor_number_comes_back(type_name: str, name: str) -> None:
    context = parse_context(_whole(value_in_xml(f'i:type="{type_name}"', name)))
    assert context.shared_variables == {"k": name}
    for form in OTHERS:
        assert parse_context(encode_context(context, format=form)).shared_variables == {"k": name}


def _whole(document: bytes) -> bytes:
    """A document with all members, of which the shared variables are those of another."""
    start, end = b"<SharedVariables", b"</SharedVariables>"
    variables = document[document.index(start) : document.index(end) + len(end)]
    whole = encode_context(CONTEXT, format="xml")
    root, rest = document[: document.index(b">")], whole[whole.index(b">") :]
    return root + re.sub(rb"<SharedVariables[^>]*/>", variables, rest)


LONG = parse_context(_whole(value_in_xml('i:type="x:long"', "5")))


def types(context: RemoteExecutionContext) -> list[str]:
    return re.findall(r'i:type="\w:(\w+)"', encode_context(context, format="xml").decode())


def test_a_changed_value_forgets_its_type() -> None:
    assert types(LONG) == ["long"]
    assert types(replace(LONG, shared_variables={"k": 6})) == ["int"]
    assert types(replace(LONG, shared_variables={"k": True})) == ["boolean"]
    assert types(replace(LONG, shared_variables={"k": 5, "l": 5})) == ["long", "int"]
    assert types(replace(LONG, shared_variables={"l": 5})) == ["int"]
    assert types(replace(LONG, stage=Stage.PRE_OPERATION)) == ["long"]


def test_nothing_but_the_writer_sees_what_is_remembered() -> None:
    same = parse_context(encode_context(LONG))
    assert same == LONG
    assert repr(same) == repr(LONG)
    assert repr(LONG.unknown_members) == "UnknownMembers({})"
    assert encode_context(same) == encode_context(LONG)
    assert types(copy.copy(LONG)) == ["long"]
    assert pickle.loads(pickle.dumps(LONG)) == LONG
    assert types(pickle.loads(pickle.dumps(LONG))) == ["int"]
    assert copy.deepcopy(LONG) == LONG
    assert types(redact(LONG)) == ["int"]


def test_unknown_members_are_remembered_and_pickled() -> None:
    document = _whole(value_in_xml('i:type="x:long"', "5")).replace(b"<Stage>", b'<Sss i:type="x:short">7</Sss><Stage>')
    context = parse_context(document)
    assert pickle.loads(pickle.dumps(context)) == context
    assert types(context) == ["long", "short"]
    assert types(replace(context, unknown_members=UnknownMembers({"Sss": 7}))) == ["int", "int"]


def test_a_parent_remembers_too() -> None:
    inner = _whole(value_in_xml('i:type="x:long"', "5"))
    content = inner[inner.index(b">") + 1 : -len("</RemoteExecutionContext>")]
    document = inner.replace(b'<ParentContext i:nil="true"/>', b"<ParentContext>" + content + b"</ParentContext>", 1)
    context = parse_context(document)
    assert isinstance(context.parent_context, RemoteExecutionContext)
    assert types(context.parent_context) == ["long"]
    assert types(context) == ["long", "long"]
    assert types(replace(context, parent_context=CONTEXT)) == ["long"]


def test_a_list_forgets_its_type_with_one_of_its_items() -> None:
    items = "".join(f"<b:short>{number}</b:short>" for number in (1, 2))
    context = parse_context(_whole(value_in_xml('i:type="b:ArrayOfshort"', items)))
    assert types(context) == ["ArrayOfshort"]
    assert types(replace(context, shared_variables={"k": [1, 3]})) == ["ArrayOfint"]


# Properties


@given(contexts(everyday=True))
def test_what_servers_post_is_the_same_in_all_formats(context: RemoteExecutionContext) -> None:
    assert comes_back(context)
    in_json = parse_context(encode_context(context))
    for form in OTHERS:
        assert parse_context(encode_context(in_json, format=form)) == in_json


@given(contexts(), st.sampled_from(OTHERS))
def test_each_context_comes_back_or_is_refused(context: RemoteExecutionContext, form: Literal["xml", "binary"]) -> None:
    in_json = encode_context(context)
    try:
        document = encode_context(context, format=form)
    except EncodeError:
        return
    again = parse_context(document, parse_float=Decimal)
    # The namespace of .NET's own types has a short spelling in JSON, which is the one that is read.
    assert encode_context(again) == in_json.replace(b":http:\\/\\/schemas.datacontract.org\\/2004\\/07\\/", b":#")
    assert _comparable(encode_context(again, format=form)) == _comparable(document)


def _comparable(document: bytes) -> object:
    return document if document.startswith(b"<") else records(document)
