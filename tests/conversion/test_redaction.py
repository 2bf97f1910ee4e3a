"""The room `redaction`: that nothing personal is left, and that what remains hangs together as before."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import cds_context as c
from cds_context import encode_context, parse_context, redact, to_plain
from cds_context.conversion.redaction import KEPT, _says_structure  # pyright: ignore[reportPrivateUsage]
from cds_context.event.changes import same_value
from cds_context.model.kinds import CODES, MEMBERS, RECORDS, Member, item_of
from cds_context.testing import examples
from cds_context.testing.strategies import contexts, events, values

from ..batches import each
from ..bodies import EXAMPLE, body
from ..conformance import serialized
from ..derived import VALUES, derived, derived_throughout

ID = UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")
MOMENT = datetime(2017, 9, 26, 7, 4, 8, tzinfo=timezone.utc)
CAPTURES = Path(__file__).parents[2] / "../shared/captures"


def carrying(variables: dict[str, Any]) -> c.RemoteExecutionContext:
    return replace(parse_context(body()), shared_variables=c.ParameterCollection(variables))


def redacted(value: Any, **options: Any) -> Any:
    return redact(carrying({"x": value}), seed=1, **options).shared_variables["x"]


# Every member of every type: a text that must go, or a name that must stay

SECRET = "Secret Holder 4711"  # noqa: S105 - a text that must not be seen
NAME = "kept_name"
COLUMNS = {"column": SECRET, "id": str(ID), "array": [SECRET]}
BY_KIND: dict[str, Any] = {
    "UUID": ID,
    "datetime": MOMENT,
    "bool": True,
    "int": 3,
    "Decimal": Decimal("4711.4711"),
    "list[str | None]": [NAME],
    "Value": SECRET,
    "list[Value]": [
        SECRET,
        [SECRET],
        {"member": SECRET, "id": ID},
        ID,
        c.UnknownValue("T:#n", {"member": SECRET}),
        4711.4711,
    ],
    "ParameterCollection": COLUMNS,
    "AttributeCollection": COLUMNS,
    "KeyAttributeCollection": COLUMNS,
    "FormattedValueCollection": {"column": SECRET},
    "RelatedEntityCollection": {c.Relationship(NAME): c.EntityCollection([c.Entity(NAME, ID, {"column": SECRET})])},
    "EntityImageCollection": {"image": c.Entity(NAME, ID, {"column": SECRET}), "none": None},
    **{name: cls(1) for name, cls in CODES.items()},
}


def full(cls: type[Any], depth: int = 2) -> Any:
    """A record with something in every member."""
    given = {member.field: content(member, depth) for member in MEMBERS[cls]}
    return cls(**given, unknown_members=c.UnknownMembers({"Extra": SECRET}))


def content(member: Member, depth: int) -> Any:
    kind, item = member.kind, item_of(member.kind)
    if kind == "str":
        return NAME if is_name(member) else SECRET
    if item in RECORDS:
        return [full(RECORDS[item], depth - 1)] if depth else []
    if kind in RECORDS:
        return full(RECORDS[kind], depth - 1) if depth else None
    return BY_KIND[kind]


def is_name(member: Member) -> bool:
    return member.kind == "str" and _says_structure(member)


@pytest.mark.parametrize("cls", MEMBERS, ids=lambda cls: cls.__name__)
def test_no_text_number_date_or_id_of_any_type_is_left_and_all_names_are(cls: type[Any]) -> None:
    record = full(cls)
    before = record if cls is c.RemoteExecutionContext else carrying({"x": record})
    after = redact(before, seed="seed")  # by chance, another one may make digits that are looked for here
    wire = encode_context(after)
    for secret in ("Secret", "Holder", "4711", str(ID), "1506409448000"):
        assert secret.encode() not in wire
    assert wire.count(NAME.encode()) == encode_context(before).count(NAME.encode())
    assert shape(to_plain(after)) == shape(to_plain(before))


NAMES = {
    *("alias", "attribute_logical_name", "attribute_name", "entity_alias", "entity_logical_name", "entity_name"),
    *("link_from_attribute_name", "link_from_entity_name", "link_to_attribute_name", "link_to_entity_name"),
    *("logical_name", "managed_property_logical_name", "message_name", "primary_entity_name", "schema_name"),
    "secondary_entity_name",
}


def test_texts_that_stay_are_names_of_tables_columns_and_messages() -> None:
    # All other texts are replaced. By its name, a new member may be taken for one of these: look whether it is.
    texts = [member for members in MEMBERS.values() for member in members if member.kind == "str"]
    assert {member.field for member in texts if is_name(member)} == NAMES


# Whole bodies


def assert_redacted(before: c.RemoteExecutionContext) -> None:
    after = redact(before, keep=(), seed="secret")
    wire = encode_context(after)
    assert encode_context(parse_context(wire, parse_float=Decimal)) == wire
    assert shape(to_plain(after)) == shape(to_plain(before))
    assert redact(before, keep=(), seed="secret") == after


def shape(plain: Any) -> Any:
    """The form without its content: keys and kinds."""
    if isinstance(plain, dict):
        return {name: shape(member) for name, member in plain.items()}  # pyright: ignore[reportUnknownVariableType]
    return [shape(member) for member in plain] if isinstance(plain, list) else type(plain)  # pyright: ignore[reportUnknownVariableType]


@given(contexts())
def test_the_shape_of_any_context_stays(context: c.RemoteExecutionContext) -> None:
    assert_redacted(context)


@each("name", serialized())
def test_the_shape_of_what_the_platform_wrote_stays(name: str) -> None:
    assert_redacted(parse_context(serialized()[name], parse_float=Decimal))


@pytest.mark.parametrize(
    "path", sorted(CAPTURES.glob("*.json")) or [None], ids=lambda path: path.stem if path else "none"
)
def test_no_word_or_id_of_a_capture_is_left(path: Path | None) -> None:
    if path is None:
        pytest.skip("no captures on this machine")
    before = parse_context(path.read_bytes(), parse_float=Decimal)
    assert_redacted(before)
    after = to_plain(redact(before, keep=()), mode="json")
    old_words, new_words = words(to_plain(before, mode="json")), words(after)
    assert {word for word in old_words & new_words if len(word.strip("0")) > 4} == set()


def words(plain: Any) -> set[str]:
    """The words of all texts that are no names."""
    parts: Any = ()
    if isinstance(plain, dict):
        members: Any = cast("Any", plain)
        parts = [member for name, member in members.items() if name not in {*NAMES, "__type", "columns"}]
    elif isinstance(plain, list):
        parts = plain  # pyright: ignore[reportUnknownVariableType]
    elif isinstance(plain, str) and not is_moment(plain):
        return set(re.findall(r"[^\W_]+", plain))
    return {word for part in parts for word in words(part)}


def is_moment(text: str) -> bool:
    return re.match(r"\d{4}-\d\d-\d\dT", text) is not None


# What is told of what stays

WHAT_STAYS = {
    "names of tables, columns, parameters, images, messages and types, your own too": {"name"},
    "choices, codes and counts": {"code"},
    "yes and no, null and zero": {"bool", "NoneType", "UnsetType", "zero"},
    "times of day": {"time of day"},
    "lengths and punctuation": {"length", "punctuation"},
}
"""For each item of the list, what `facts` calls it."""


def facts(value: Any) -> Iterator[tuple[str, Any]]:
    """Each thing that a value and all in it say, with a word for what it is."""
    if type(value) in MEMBERS:
        for member in MEMBERS[type(value)]:
            held, kind = getattr(value, member.field), member.kind
            if is_name(member) or kind == "list[str | None]":
                yield "name", held
            elif kind == "int" or kind in CODES:
                yield "code", held
            else:
                yield from facts(held)
        yield from facts(value.unknown_members)
    elif issubclass(value.__class__, Mapping):
        for key, held in value.items():
            yield from [("name", key)] if isinstance(key, str) else facts(key)
            yield from facts(held)
    elif isinstance(value, c.UnknownValue):
        yield "name", value.type_name
        yield from facts(value.members)
    elif value.__class__ is list and (not value or {*map(type, value)} != {int}):
        for item in value:
            yield from facts(item)
    else:
        yield from scalar_facts(value)


def scalar_facts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str) and value.startswith("<fetch"):
        yield "name", re.findall(r"<\w+|\bname=\S+", value)
        return
    is_zero = value.__class__ is not bool and any(value == zero for zero in (0, "", UUID(int=0), str(UUID(int=0))))
    yield "zero" if is_zero else type(value).__name__, value
    if isinstance(value, datetime):
        yield "time of day", value.timetz()
    elif isinstance(value, str):
        yield "length", len(value)
        yield "punctuation", re.sub(r"[^\s!-/:-@\[-`{-~]+", "", value)
    elif isinstance(value, Decimal):
        yield "length", len(str(value))
    elif value.__class__ is list:
        yield "length", len(value)


def test_the_list_of_what_stays_says_what_stays_and_nothing_else() -> None:
    stays: dict[str, list[bool]] = {}
    unknown = c.UnknownValue("T:#n", {"member": SECRET})
    every = carrying({"x": [full(cls) for cls in MEMBERS if cls is not c.RemoteExecutionContext], "y": unknown})
    for before in (every, *map(parse_context, examples().values())):
        after = redact(before, keep=(), seed="seed")
        for (word, old), (same_word, new) in zip(facts(before), facts(after), strict=True):
            assert word == same_word
            stays.setdefault(word, []).append(old == new)
    assert all(len(set(each)) == 1 for each in stays.values()), stays
    assert {word for word, [kept, *_] in stays.items() if kept} == set().union(*WHAT_STAYS.values())
    assert tuple(WHAT_STAYS) == KEPT


# What hangs together


def test_target_record_and_images_still_agree() -> None:
    before, after = parse_context(EXAMPLE), redact(parse_context(EXAMPLE))
    target, image = after.input_parameters["Target"], after.pre_entity_images["PreImage"]
    assert isinstance(target, c.Entity)
    assert image
    assert target.id == image.id == after.primary_entity_id != before.primary_entity_id
    assert target["contactid"] == str(target.id)
    parent = image["parentcustomerid"]
    assert isinstance(parent, c.EntityReference)
    assert image.formatted_values["parentcustomerid"] == parent.name
    assert image["fullname"] == f"{image['firstname']} {image['lastname']}"
    assert (after.message_name, after.primary_entity_name, after.stage) == ("Update", "contact", c.Stage.POST_OPERATION)
    assert target["preferredcontactmethodcode"] == c.OptionSetValue(2)


_COLUMN = st.sampled_from(("a", "b", "c"))
_SMALL = st.one_of(
    st.none(),
    st.sampled_from(("Amelie", "Brandt", str(ID), "/")),
    st.sampled_from((1, 2, Decimal("2.50"), Decimal("2.5"), True)),
    st.sampled_from((MOMENT, MOMENT.replace(year=2018))),
    st.sampled_from((c.EntityReference("account", ID), c.EntityReference("account", ID, "Amelie"))),
    st.builds(c.Money, st.sampled_from((Decimal(1), Decimal("1.00"), Decimal(2)))),
    st.builds(c.OptionSetValue, st.integers(11, 12)),  # choices stay, and numbers do not: none is both here
    st.lists(st.integers(0, 3), max_size=2),
)


@given(st.dictionaries(_COLUMN, _SMALL), st.dictionaries(_COLUMN, _SMALL))
def test_columns_are_the_same_in_target_and_image_if_they_were_before(target: Any, image: Any) -> None:
    before = carrying({"target": c.Entity("contact", ID, target), "image": c.Entity("contact", ID, image)})
    after = redact(before, seed=2).shared_variables
    rows: list[Any] = [after["target"], after["image"]]
    for column in target.keys() & image.keys():
        assert same_value(rows[0][column], rows[1][column]) == same_value(target[column], image[column])


@given(values(), values())
def test_any_two_values_are_equal_afterwards_if_they_were_before(one: Any, other: Any) -> None:
    after = redact(carrying({"one": one, "same": one, "other": other}), seed=3).shared_variables
    assert after["one"] == after["same"]
    if type(one) is type(other) and not isinstance(one, float | c.UnknownValue):
        assert (after["one"] == after["other"]) == (one == other)


EVENTS = {"example": EXAMPLE, **serialized(), **{path.stem: path.read_bytes() for path in CAPTURES.glob("*.json")}}


@each("name", EVENTS)
def test_what_changed_stays_the_same(name: str) -> None:
    assert_same_changes(parse_context(EVENTS[name], parse_float=Decimal))


@given(events())
def test_what_changed_in_any_event_stays_the_same(context: c.RemoteExecutionContext) -> None:
    assert_same_changes(context)


def assert_same_changes(before: c.RemoteExecutionContext) -> None:
    after = redact(before, keep=())
    try:
        targets = before.targets
    except c.ParameterError:
        # The set has messages without the parameter that names their row.
        with pytest.raises(c.ParameterError):
            _ = after.targets
        return
    assert len(after.targets) == len(targets)
    image = next(iter(before.pre_entity_images), None)
    for old_target, new_target in zip(targets, after.targets, strict=True):
        old = before.changes(image, target=old_target).submitted.values()
        new = after.changes(image, target=new_target).submitted.values()
        assert [(change.column, change.status) for change in new] == [(change.column, change.status) for change in old]


def test_null_absent_and_empty_stay_three_things() -> None:
    before = parse_context(EXAMPLE)
    cut = replace(
        before,
        input_parameters=c.ParameterCollection(),
        pre_entity_images=c.EntityImageCollection(None),
        request_id=None,
    )
    after = redact(cut)
    assert after.input_parameters.is_absent
    assert after.pre_entity_images.is_null
    assert after.request_id is None
    assert redacted(["", [], {}, None, True, 0, UUID(int=0)]) == ["", [], {}, None, True, 0, UUID(int=0)]


# Options


def test_what_keep_names_stays_with_all_that_is_in_it() -> None:
    rows: dict[str, Any] = {"owner": c.Entity("team", ID, {"name": "Amelie"}), "name": "Brandt", "other": "Brandt"}
    after = redact(carrying(rows), keep={"owner", "organization_name"}, seed=1)
    assert after.shared_variables["owner"] == rows["owner"]
    assert after.organization_name == "org"
    assert after.shared_variables["name"] == after.shared_variables["other"] != "Brandt"
    assert after.organization_id != parse_context(body()).organization_id
    assert redacted({"name": "Amelie", "a": c.EntityReference("a", name="Amelie")}, keep=["name"])["name"] == "Amelie"
    assert redacted(c.EntityReference("a", name="Amelie"), keep=["name"]).name != "Amelie"  # a member, no column


def test_changed_entity_types_are_names_unless_others_are_named() -> None:
    variables = {"ChangedEntityTypes": [c.KeyValuePair("contact", "Update")]}
    assert redact(carrying(variables)).shared_variables == variables
    assert redact(carrying(variables), keep=()).shared_variables != variables


def test_a_seed_repeats_and_none_does_not() -> None:
    context = parse_context(EXAMPLE)
    assert redact(context, seed=1) == redact(context, seed=1) == redact(context, seed="1") != redact(context, seed=2)
    assert redact(context).primary_entity_id != redact(context).primary_entity_id
    ids = {redact(other, seed=1).organization_id for other in (context, context.parent_context) if other}
    assert len(ids) == 1


def test_bytes_are_replaced_as_a_whole() -> None:
    picture = list(b"\x89PNG" * 50)
    new = redacted(picture)
    assert len(new) == len(picture)
    assert len(set(new)) > 4
    assert redacted([1, "a", 1.5])[0] in range(1, 10)


def test_the_context_that_was_given_is_as_it_was() -> None:
    context = parse_context(EXAMPLE)
    redact(context)
    assert context == parse_context(EXAMPLE)
    assert json.loads(encode_context(context)) == json.loads(EXAMPLE)


@pytest.mark.parametrize("derive", [derived, derived_throughout])
@pytest.mark.parametrize("name", VALUES)
def test_a_derived_class_is_redacted_as_its_base(name: str, derive: Any) -> None:
    def written(value: Any) -> bytes:
        return encode_context(redact(carrying({"x": value, "kept": value}), keep=["kept"], seed=1))

    assert written(derive(VALUES[name])) == written(VALUES[name])


def test_keep_is_no_single_name() -> None:
    with pytest.raises(c.ArgumentError, match="collection of names"):
        redact(parse_context(EXAMPLE), keep="organization_name")


def test_a_row_that_was_put_together_stays_one() -> None:
    snapshot = parse_context(EXAMPLE).snapshot()
    new = redacted(snapshot)
    assert type(new) is c.Snapshot
    assert new.sources == snapshot.sources
    assert new["firstname"] != snapshot["firstname"]


def test_a_foreign_value_is_an_error() -> None:
    with pytest.raises(c.ArgumentError, match="the type object"):
        redact(carrying({"x": object()}))


def test_a_value_that_holds_itself_is_an_error() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(c.ArgumentError, match="deeper"):
        redact(carrying({"x": circle}))


def nested(value: Any, levels: int, wrap: Callable[[Any], Any]) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested("text", 318, lambda value: [value]),
        nested("text", 318, lambda value: c.UnknownValue("T:#n", {"x": value})),
        nested("text", 106, lambda value: c.Entity("a", ID, {"x": value})),
    ],
    ids=["array", "unknown", "row"],
)
def test_whatever_is_as_deep_as_can_be_written_is_redacted(value: Any) -> None:
    after = json.dumps(to_plain(redacted(value), mode="json"))
    assert "text" not in after
    assert len(after) == len(json.dumps(to_plain(value, mode="json")))
