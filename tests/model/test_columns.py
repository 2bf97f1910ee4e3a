"""The room `columns`, and the methods of a row that lead to it: one column, and a whole row, into a wanted type."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from typing import Annotated, Any, Final, Generic, Literal, NewType, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

import cds_context
from cds_context import (
    AliasedValue,
    ArgumentError,
    AttributeCollection,
    BooleanManagedProperty,
    CdsContextError,
    Code,
    ColumnError,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    UnknownValue,
    Value,
    encode_context,
    parse_context,
)
from cds_context.testing.strategies import dates, texts, values

from ..bodies import EXAMPLE
from ..processes import printed

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

ID = UUID("b1c9c2f4-56b8-4c55-9d9d-3f1f0e4a7c11")
OWNER = EntityReference("systemuser", ID, "Ines Falk")
NOON = datetime(2024, 5, 17, 12, tzinfo=timezone.utc)
SUMMER = timezone(timedelta(hours=2))
MAIL = Entity("activityparty", ID, {"partyid": OWNER, "participationtypemask": OptionSetValue(2)})


class Status(IntEnum):
    OPEN = 1
    WON = 3


class OpenStatus(Code):
    OPEN = 1
    WON = 3


class Rights(IntFlag):
    READ = 1
    WRITE = 2


class Colour(Enum):
    RED = "red"


class Party(msgspec.Struct):
    partyid: UUID
    role: int = msgspec.field(name="participationtypemask")


FITS: list[tuple[Any, Any, Any]] = [
    # What it is.
    ("x", str, "x"),
    (True, bool, True),
    (5, int, 5),
    (0.5, float, 0.5),
    (NOON, datetime, NOON),
    (Decimal("1.50"), Decimal, Decimal("1.50")),
    (OWNER, EntityReference, OWNER),
    (MAIL, Entity, MAIL),
    (OptionSetValue(3), OptionSetValue, OptionSetValue(3)),
    (UnknownValue("x", {}), UnknownValue, UnknownValue("x", {})),
    (OWNER, object, OWNER),
    (OWNER, Any, OWNER),
    ([OWNER], Any, [OWNER]),
    # What is inside.
    (OWNER, UUID, ID),
    (Money(Decimal("9.90")), Decimal, Decimal("9.90")),
    (Money(Decimal("9.90")), float, 9.9),
    (OptionSetValue(3), int, 3),
    (OptionSetValue(3), Status, Status.WON),
    (3, Status, Status.WON),
    (3, Rights, Rights.READ | Rights.WRITE),
    (OptionSetValue(3), Literal[1, 3], 3),
    (BooleanManagedProperty(False), bool, False),
    (AliasedValue("contact", "fullname", "Ada"), str, "Ada"),
    (AliasedValue("contact", "ownerid", OWNER), UUID, ID),
    (AliasedValue("contact", "ownerid", OWNER), EntityReference, OWNER),
    (AliasedValue("contact", "statuscode", None), Status | None, None),
    (MAIL, AttributeCollection, MAIL.attributes),
    (MAIL, dict[str, object], dict(MAIL)),
    # Numbers: the wire does not tell a whole float, and only sometimes a decimal.
    (1, float, 1.0),
    (Decimal("1.5"), float, 1.5),
    (1, Decimal, Decimal(1)),
    (0.1, Decimal, Decimal("0.1")),
    # Text.
    (str(ID), UUID, ID),
    ("red", Colour, Colour.RED),
    ("2024-05-17T14:00:00+02:00", datetime, NOON),
    ("2024-05-17T12:00:00Z", datetime, NOON),
    ("2024-05-17", date, date(2024, 5, 17)),
    ("2024-05-17T23:30:00-07:00", date, date(2024, 5, 17)),
    # Dates are those of the value's own clock.
    (NOON, date, date(2024, 5, 17)),
    (datetime(2024, 5, 18, 0, 30, tzinfo=SUMMER), date, date(2024, 5, 18)),
    # Arrays.
    ([OptionSetValue(1), OptionSetValue(3), OptionSetValue(1)], set[int], {1, 3}),
    ([OptionSetValue(1), OptionSetValue(3)], list[int], [1, 3]),
    ([OptionSetValue(1)], frozenset[Status], frozenset({Status.OPEN})),
    ([OptionSetValue(1)], tuple[Status, ...], (Status.OPEN,)),
    ([1, "x"], tuple[int, str], (1, "x")),
    ([OptionSetValue(1)], Sequence[int], [1]),
    ([OptionSetValue(1)], Collection[int], [1]),
    ([OptionSetValue(1)], AbstractSet[int], {1}),
    (["a", "b"], list, ["a", "b"]),
    (["a"], tuple, ("a",)),
    (EntityCollection([MAIL]), list[Entity], [MAIL]),
    (EntityCollection([MAIL]), EntityCollection, EntityCollection([MAIL])),
    ([MAIL], list[Entity], [MAIL]),
    ([OWNER, str(ID)], list[UUID], [ID, ID]),
    # Rows in rows.
    (MAIL, Party, Party(ID, 2)),
    ({"partyid": str(ID), "participationtypemask": 2}, Party, Party(ID, 2)),
    (EntityCollection([MAIL]), list[Party], [Party(ID, 2)]),
    # Unions: what it is, then what it can be, from left to right.
    (None, str | None, None),
    (None, object, None),
    (OWNER, UUID | EntityReference, OWNER),
    (OWNER, UUID | None, ID),
    (Decimal(1), float | Decimal, Decimal(1)),
    (str(ID), str | UUID, str(ID)),
    ("2024-05-17T12:00:00Z", datetime | int, NOON),
    ("tomorrow", datetime | str, "tomorrow"),
    (NOON, date | datetime, NOON),
    ([OptionSetValue(1)], set[int] | None, {1}),
    # An enumeration before the number or the text that it is made of.
    (OptionSetValue(3), Status | int, Status.WON),
    (OptionSetValue(3), int | Status, Status.WON),
    (OptionSetValue(7), Status | int, 7),
    (OptionSetValue(7), float | Status | int, 7),
    (OptionSetValue(3), Status | OptionSetValue, OptionSetValue(3)),
    ([OptionSetValue(3), OptionSetValue(7)], list[Status | int], [Status.WON, 7]),
    ("red", str | Colour, Colour.RED),
    ("blue", str | Colour, "blue"),
    (None, Status | int | None, None),
    # An open enumeration takes any number.
    (OptionSetValue(3), OpenStatus, OpenStatus.WON),
    (OptionSetValue(807290000), OpenStatus, OpenStatus(807290000)),
    (OptionSetValue(807290000), OpenStatus | int, OpenStatus(807290000)),
    ([OptionSetValue(3), OptionSetValue(4)], set[OpenStatus], {3, 4}),
    # An image.
    ([0, 1, 250], bytes, b"\x00\x01\xfa"),
    ([], bytes, b""),
    ([0, 1], bytes | None, b"\x00\x01"),
    (AliasedValue("contact", "entityimage", [255]), bytes, b"\xff"),
    # Annotations.
    (OptionSetValue(1), Annotated[int, "a code"], 1),
    ([OptionSetValue(1)], Annotated[set[int], msgspec.Meta(max_length=1)], {1}),
    (OWNER, Annotated[UUID | None, "an id"], ID),
    # Other names of a type.
    (OWNER, NewType("OwnerId", UUID), ID),
    (OWNER, NewType("Owner", EntityReference), OWNER),
    ("2024-05-17", NewType("Day", NewType("Date", date)), date(2024, 5, 17)),
    (5, NewType("Amount", Decimal) | None, Decimal(5)),
    (OWNER, TypeVar("Whatever"), OWNER),
    (OWNER, TypeVar("Id", bound=UUID), ID),
]


@pytest.mark.parametrize(("value", "wanted", "expected"), FITS, ids=repr)
def test_a_value_becomes_what_is_wanted(value: Value, wanted: Any, expected: object) -> None:
    found = Entity("x", attributes={"c": value}).get_as("c", wanted)
    assert found == expected
    assert type(found) is type(expected)


MISFITS: list[tuple[Any, Any, str]] = [
    (True, int, "bool"),
    (True, float, "bool"),
    (True, Decimal, "bool"),
    (1, bool, "int"),
    (1.0, int, "float"),
    (Decimal(1), int, "Decimal"),
    (Money(Decimal(1)), int, "Money"),
    ("1", int, "str"),
    ("1", Decimal, "str"),
    ("aGk=", bytes, "str"),
    ([1, "2"], bytes, "list"),
    ([True], bytes, "list"),
    ([OptionSetValue(1)], bytes, "list"),
    (None, bytes, "null"),
    (True, OpenStatus, "bool"),
    ("1", OpenStatus, "str"),
    (5, str, "int"),
    (ID.int, UUID, "int"),
    (OWNER, str, "EntityReference"),
    (OWNER, Entity, "EntityReference"),
    (MAIL, EntityReference, "Entity"),
    (MAIL, EntityCollection, "Entity"),
    (MAIL, list[str], "Entity"),
    ({"Value": 1}, OptionSetValue, "dict"),
    (UnknownValue("x", {}), dict, "UnknownValue"),
    (OptionSetValue(1), list[int], "OptionSetValue"),
    ([OptionSetValue(1)], int, "list"),
    ([OptionSetValue(1), None], list[int], "list"),
    (NOON, str, "datetime"),
    (1716000000, datetime, "int"),
    (1716000000, date, "int"),
    (None, int, "null"),
    (None, datetime, "null"),
    (AliasedValue("a", "b", None), int, "AliasedValue"),
    # Of the right kind, and still not a value of the type.
    (OptionSetValue(7), Status, "OptionSetValue that does not fit"),
    ([OptionSetValue(7)], set[Status], "list that does not fit"),
    ([256], bytes, "list that does not fit"),
    ([-1], bytes, "list that does not fit"),
    ([2**70], bytes, "list that does not fit"),
    (OptionSetValue(7), Status | str, "OptionSetValue that does not fit"),
    ("not an id", UUID, "str that does not fit"),
    ("17.05.2024", date, "str that does not fit"),
    ("17.05.2024", datetime, "str that does not fit"),
    ("2024-05-17", datetime, "str that does not fit"),
    ("2024-05-17", datetime | int, "str that does not fit"),
    ("2024-05-17T12:00:00", datetime, "str that does not fit"),
    ("9999-12-31T24:00:00Z", datetime, "str that does not fit"),
    (OptionSetValue(7), Annotated[int, msgspec.Meta(lt=5)], "OptionSetValue that does not fit"),
    ("cut \ud83d", UUID, "str that does not fit"),
    ("cut \ud83d", Colour, "str that does not fit"),
]


@pytest.mark.parametrize(("value", "wanted", "found"), MISFITS, ids=repr)
def test_another_type_is_an_error_that_names_both(value: Value, wanted: Any, found: str) -> None:
    with pytest.raises(ColumnError) as caught:
        Entity("x", attributes={"c": value}).get_as("c", wanted)
    assert (caught.value.column, caught.value.found) == ("c", found)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("wanted", [set[int], frozenset[int], AbstractSet[int]])
def test_a_set_is_not_made_of_numbers_that_were_chosen_to_make_it_slow(wanted: Any) -> None:
    alike: list[Value] = [OptionSetValue(number * sys.hash_info.modulus) for number in range(501)]
    ones: list[Value] = [OptionSetValue(1)] * 501
    row = Entity("x", attributes={"c": alike, "d": alike[1:], "e": ones + alike[1:]})
    with pytest.raises(ColumnError, match="list that does not fit"):
        row.get_as("c", wanted)
    assert len(row.get_as("c", list[int])) == 501
    assert len(row.get_as("d", wanted)) == 500
    assert len(row.get_as("e", wanted)) == 501


def test_an_integer_of_more_digits_than_python_prints_is_a_number() -> None:
    row = Entity("x", attributes={"c": 10**5000})
    assert row.get_as("c", Decimal) == Decimal(10) ** 5000
    for wanted in (Status, float):
        with pytest.raises(ColumnError, match="int that does not fit"):
            row.get_as("c", wanted)


def test_the_error_says_where_and_what_and_no_content() -> None:
    row = Entity("contact", attributes={"birthdate": "in May"})
    with pytest.raises(ColumnError) as caught:
        row.get_as("birthdate", date)
    assert str(caught.value) == "expected date, found str that does not fit - in column `birthdate`"
    assert isinstance(caught.value, CdsContextError)
    assert isinstance(caught.value, ValueError)
    same = pickle.loads(pickle.dumps(caught.value))
    assert (same.column, same.wanted, same.found, str(same)) == (
        *("birthdate", "date", "str that does not fit"),
        str(caught.value),
    )


@pytest.mark.parametrize(("wanted", "name"), [(list[int], "list[int]"), (UUID | None, "uuid.UUID | None")])
def test_the_error_spells_the_wanted_type(wanted: Any, name: str) -> None:
    with pytest.raises(ColumnError) as caught:
        Entity("x").get_as("c", wanted)
    assert (caught.value.wanted, caught.value.found) == (name, "nothing")


def test_null_and_missing_are_two_things() -> None:
    row = Entity("contact", attributes={"telephone1": None})
    assert row.get_as("fax", str, default="none") == "none"
    assert row.get_as("fax", str, default=UNSET) is UNSET
    assert row.get_as("telephone1", str | None, default="none") is None
    assert row.get_as("telephone1", str, default=None) is None
    with pytest.raises(ColumnError, match="found null"):
        row.get_as("telephone1", str, default="none")
    with pytest.raises(ColumnError, match="found nothing"):
        row.get_as("fax", str | None)
    assert Entity("contact", attributes=None).get_as("fax", str, default=None) is None


def test_a_moment_read_from_text_has_a_plain_time_zone() -> None:
    row = Entity("x", attributes={"c": "2024-05-17T14:00:00+02:00", "z": "2024-05-17T12:00:00Z"})
    assert row.get_as("c", datetime).tzinfo == SUMMER
    assert row.get_as("z", datetime).tzinfo is timezone.utc


@given(values())
def test_any_value_fits_or_is_a_column_error(value: Value) -> None:
    row = Entity("x", attributes={"c": value})
    wanted: Any
    for wanted in (int, bool, float, Decimal, str, UUID, datetime, date, Status, list[int], set[Status], Party, Entity):
        try:
            found: object = row.get_as("c", wanted)
        except ColumnError:
            continue
        assert isinstance(found, getattr(wanted, "__origin__", wanted))


@given(texts() | st.from_regex(r"\A[0-9]{4}-?[0-9W]{2}(-?[0-9]{2}(.[0-9:.,Z+-]{2,15})?)?\Z"))
def test_text_is_a_moment_with_a_time_zone_or_none(text: str) -> None:
    try:
        moment = Entity("x", attributes={"c": text}).get_as("c", datetime)
    except ColumnError:
        return
    assert moment.utcoffset() is not None


# Whole rows


class AccountStruct(msgspec.Struct):
    name: str
    owner: EntityReference
    revenue: Decimal | None = None
    status: Status | UnsetType = UNSET
    tags: set[int] = msgspec.field(default_factory=set[int])


@dataclass
class AccountDataclass:
    name: str
    owner: EntityReference
    revenue: Decimal | None = None
    status: Status | UnsetType = UNSET
    tags: set[int] = field(default_factory=set[int])


@attrs.frozen
class AccountAttrs:
    name: str
    owner: EntityReference
    revenue: Decimal | None = None
    status: Status | UnsetType = UNSET
    tags: set[int] = attrs.Factory(set[int])


class _AccountKeys(TypedDict):
    name: str
    owner: EntityReference


class AccountDict(_AccountKeys, total=False):
    revenue: Decimal | None
    status: Status
    tags: set[int]


CLASSES: list[Any] = [AccountStruct, AccountDataclass, AccountAttrs, AccountDict]
RENAME = {"owner": "ownerid", "status": "statuscode", "tags": "new_tags"}
ACCOUNT = Entity(
    "account",
    ID,
    {
        "name": "Nordlicht GmbH",
        "ownerid": OWNER,
        "revenue": Money(Decimal("1200.00")),
        "statuscode": OptionSetValue(3),
        "new_tags": [OptionSetValue(10), OptionSetValue(20)],
        "modifiedon": NOON,
    },
)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_row_becomes_an_object(cls: Any) -> None:
    account = ACCOUNT.to(cls, rename=RENAME)
    assert account == cls(
        name="Nordlicht GmbH", owner=OWNER, revenue=Decimal("1200.00"), status=Status.WON, tags={10, 20}
    )


@pytest.mark.parametrize("cls", CLASSES)
def test_a_missing_column_leaves_the_default_and_null_is_null(cls: Any) -> None:
    row = Entity("account", attributes={"name": "Nordlicht GmbH", "ownerid": OWNER, "revenue": None})
    assert row.to(cls, rename=RENAME) == cls(name="Nordlicht GmbH", owner=OWNER, revenue=None)


@pytest.mark.parametrize("cls", CLASSES)
def test_an_object_that_the_row_has_no_column_for_is_an_error(cls: Any) -> None:
    with pytest.raises(ColumnError) as missing:
        Entity("account", attributes={"name": "Nordlicht GmbH"}).to(cls, rename=RENAME)
    assert str(missing.value) == "expected EntityReference, found nothing - in column `ownerid`"
    with pytest.raises(ColumnError) as null:
        Entity("account", attributes={"name": None, "ownerid": OWNER}).to(cls, rename=RENAME)
    assert str(null.value) == "expected str, found null - in column `name`"


@pytest.mark.parametrize("cls", CLASSES)
def test_an_object_becomes_a_row_again(cls: Any) -> None:
    account = ACCOUNT.to(cls, rename=RENAME)
    row = Entity.from_(account, "account", ID, rename=RENAME)
    assert row == Entity("account", ID, {name: ACCOUNT[name] for name in ACCOUNT if name != "modifiedon"})
    assert row.to(cls, rename=RENAME) == account
    assert Entity.from_(cls(name="a", owner=OWNER, status=UNSET), "account").get("status", 0) == 0


def test_a_struct_may_name_its_columns_itself() -> None:
    class Renamed(msgspec.Struct, rename=lambda name: f"new_{name}"):
        tags: set[int]
        owner: UUID = msgspec.field(name="ownerid")

    assert ACCOUNT.to(Renamed) == Renamed({10, 20}, ID)
    assert "new_tags" in Entity.from_(Renamed({1}, ID), "account")
    with pytest.raises(ColumnError, match="new_owner"):
        ACCOUNT.to(Renamed, rename={"owner": "new_owner"})


def test_a_required_field_that_admits_unset_may_be_missing() -> None:
    class Partial(msgspec.Struct):
        name: str | UnsetType
        fax: str | None | UnsetType

    assert ACCOUNT.to(Partial) == Partial("Nordlicht GmbH", UNSET)
    assert list(Entity.from_(Partial("x", UNSET), "account")) == ["name"]


def shouted(text: str) -> str:
    return text.upper()


def test_the_class_is_called_so_its_own_code_runs() -> None:
    @attrs.define
    class WithConverter:
        _name: str = attrs.field(converter=shouted)
        revenue: Decimal = attrs.field(validator=attrs.validators.gt(Decimal(0)))
        seen: int = attrs.field(init=False, default=0)

    @dataclass
    class WithCheck:
        name: str
        length: Final[int] = field(init=False)

        def __post_init__(self) -> None:
            self.length = len(self.name)  # type: ignore[misc]
            if self.length > 20:
                raise ValueError("too long")

    converted = ACCOUNT.to(WithConverter, rename={"_name": "name"})
    assert (converted._name, converted.seen) == ("NORDLICHT GMBH", 0)
    assert Entity.from_(converted, "account", rename={"_name": "name"})["name"] == "NORDLICHT GMBH"
    assert ACCOUNT.to(WithCheck).length == 14
    with pytest.raises(ValueError, match="too long"):
        Entity("account", attributes={"name": "x" * 21}).to(WithCheck)


def test_keys_of_a_dict_may_be_absent() -> None:
    row = Entity("account", attributes={"name": "Nordlicht GmbH", "ownerid": OWNER})
    assert row.to(AccountDict, rename=RENAME) == {"name": "Nordlicht GmbH", "owner": OWNER}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="NotRequired came with Python 3.11")
def test_keys_of_a_dict_may_be_qualified() -> None:
    # By exec: no name on Python 3.10.
    space: dict[str, Any] = {}
    exec("from typing import NotRequired, TypedDict", space)  # noqa: S102
    qualified = space["TypedDict"]("Qualified", {"name": str, "fax": space["NotRequired"][str | None]})
    assert ACCOUNT.to(qualified) == {"name": "Nordlicht GmbH"}
    assert Entity("x", attributes={"name": "a", "fax": None}).to(qualified) == {"name": "a", "fax": None}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type` came with Python 3.12")
def test_aliases_are_looked_through() -> None:
    space: dict[str, Any] = {}
    exec("type Choices[C] = set[C] | None", space)  # noqa: S102 - a syntax error before Python 3.12
    assert ACCOUNT.get_as("new_tags", space["Choices"][int]) == {10, 20}
    with pytest.raises(ColumnError):
        ACCOUNT.get_as("new_tags", space["Choices"][str])


class Mail(msgspec.Struct):
    to: list[Party]
    owner: Party | None = None


def test_rows_in_rows_become_objects() -> None:
    mail = Entity("email", attributes={"to": EntityCollection([MAIL]), "owner": None})
    assert mail.to(Mail) == Mail([Party(ID, 2)])


def test_an_error_in_a_row_in_a_row_names_both_columns() -> None:
    mail = Entity("email", attributes={"to": [Entity("activityparty", attributes={"partyid": "x"})]})
    with pytest.raises(ColumnError) as caught:
        mail.to(Mail)
    assert (caught.value.column, caught.value.wanted) == ("to.partyid", "UUID")


def test_a_row_in_a_row_is_its_columns_and_not_its_members() -> None:
    class Named(msgspec.Struct):
        logical_name: str

    with pytest.raises(ColumnError, match=r"found nothing - in column `owner\.logical_name`"):
        Entity("x", attributes={"owner": MAIL}).get_as("owner", Named)


@pytest.mark.parametrize("cls", [int, dict, list[int], EntityReference | None, Any, Entity, Money, 42])
def test_a_class_without_fields_is_refused(cls: Any) -> None:
    with pytest.raises(ArgumentError, match="is no class with fields"):
        ACCOUNT.to(cls)


def test_a_name_in_rename_must_be_a_field() -> None:
    with pytest.raises(ArgumentError, match="no field of AccountStruct"):
        ACCOUNT.to(AccountStruct, rename={"ovner": "ownerid"})


class Lost(msgspec.Struct):
    name: Nowhere  # type: ignore[name-defined] # noqa: F821 # pyright: ignore[reportUndefinedVariable] # on purpose


@dataclass
class Opening:
    name: InitVar[str]


@pytest.mark.parametrize(("cls", "why"), [(Lost, "'Nowhere'"), (Opening, "InitVar")])
def test_an_annotation_that_nobody_can_read_is_refused(cls: Any, why: str) -> None:
    with pytest.raises(ArgumentError, match=f"annotations of {cls.__name__}.*{why}"):
        ACCOUNT.to(cls)


@pytest.mark.parametrize("wanted", ["UUID", 42, [int], ..., list["UUID"], Annotated[Decimal, msgspec.Meta(ge=0)]])
def test_what_is_no_type_is_refused(wanted: Any) -> None:
    with pytest.raises(ArgumentError, match="is no type that a column can be read as"):
        Entity("x", attributes={"c": [5, 5] if wanted == list["UUID"] else 5}).get_as("c", wanted)


def test_what_the_class_itself_raises_comes_through() -> None:
    class Picky(msgspec.Struct):
        name: str

        def __post_init__(self) -> None:
            raise TypeError("no such name")

    with pytest.raises(TypeError, match="no such name"):
        ACCOUNT.to(Picky)


@pytest.mark.parametrize("wanted", [set[Party], frozenset[Party], set[dict[str, object]]])
def test_a_set_of_what_has_no_hash_is_refused(wanted: Any) -> None:
    with pytest.raises(ArgumentError, match="set of what has no hash"):
        Entity("email", attributes={"to": EntityCollection([MAIL])}).get_as("to", wanted)


class Owned(msgspec.Struct, Generic[T]):
    ownerid: T
    tags: list[T] | None = msgspec.field(name="new_tags", default=None)


class OwnedById(Owned[UUID]):
    name: str = ""


@dataclass
class Two(Generic[T, U]):
    name: T
    ownerid: U


@dataclass
class TwoOfOne(Two[str, V], Generic[V]):
    ids: set[V]


class Nested(msgspec.Struct):
    owner: Owned[EntityReference]


GENERIC: list[tuple[Any, object]] = [
    (Owned[UUID], Owned(ID)),
    (Owned[EntityReference], Owned(OWNER)),
    (Owned, Owned(OWNER)),
    (OwnedById, OwnedById(ID, name="a")),
    (Two[str, UUID], Two("a", ID)),
    (Two[str | None, EntityReference], Two("a", OWNER)),
    (TwoOfOne[UUID], TwoOfOne("a", ID, {ID})),
]


@pytest.mark.parametrize(("cls", "expected"), GENERIC, ids=repr)
def test_a_generic_class_takes_what_its_parameters_stand_for(cls: Any, expected: object) -> None:
    row = Entity("x", attributes={"name": "a", "ownerid": OWNER, "ids": [OWNER]})
    assert row.to(cls) == expected


def test_a_generic_class_is_a_row_in_a_row() -> None:
    owner = Entity("team", attributes={"ownerid": OWNER})
    row = Entity("x", attributes={"owner": owner})
    assert row.to(Nested) == Nested(Owned(OWNER))
    assert row.get_as("owner", Owned[UUID]) == Owned(ID)
    with pytest.raises(ColumnError, match=r"expected int, found EntityReference - in column `owner\.ownerid`"):
        row.get_as("owner", Owned[int])


WRAPPED: list[tuple[Any, Any]] = [
    (None, None),
    ("x", "x"),
    (5, 5),
    (True, True),
    (0.5, 0.5),
    (NOON, NOON),
    (OWNER, OWNER),
    (OptionSetValue(5), OptionSetValue(5)),
    (Status.WON, OptionSetValue(3)),
    (Rights.READ, OptionSetValue(1)),
    (Colour.RED, "red"),
    (Decimal("1.50"), Money(Decimal("1.50"))),
    (ID, str(ID)),
    (date(2024, 5, 17), datetime(2024, 5, 17, tzinfo=timezone.utc)),
    ({1}, [OptionSetValue(1)]),
    (frozenset({Status.WON}), [OptionSetValue(3)]),
    (set(), []),
    ([Status.OPEN, "x"], [OptionSetValue(1), "x"]),
    ((5,), [5]),
    (b"\x00\xff", [0, 255]),
]


@pytest.mark.parametrize(("value", "column"), WRAPPED, ids=repr)
def test_a_plain_value_becomes_what_the_platform_would_hold(value: object, column: Value) -> None:
    row = Entity.from_({"c": value, "d": UNSET}, "account", ID, rename={"c": "column"})
    assert row == Entity("account", ID, {"column": column})


class Everything(msgspec.Struct):
    text: str | None
    whole: int
    flag: bool
    real: float
    amount: Decimal
    key: UUID
    moment: datetime
    day: date
    status: Status
    choices: set[Status]
    codes: frozenset[int]
    numbers: list[int]
    owner: EntityReference
    party: list[Entity]
    late: int | None | UnsetType


def everything() -> st.SearchStrategy[Everything]:
    return st.builds(
        Everything,
        text=st.none() | texts().filter(lambda text: not text.startswith("/Date(")),  # on the wire, that is a date
        whole=st.integers(),
        flag=st.booleans(),
        real=st.floats(allow_nan=False, allow_infinity=False),
        amount=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15),
        key=st.uuids(),
        moment=dates(),
        day=st.dates(),
        status=st.sampled_from(Status),
        choices=st.sets(st.sampled_from(Status)),
        codes=st.frozensets(st.integers(-1, 2**31 - 1)),
        numbers=st.lists(st.integers()),
        owner=st.builds(EntityReference, logical_name=st.just("systemuser"), id=st.uuids(), name=st.none() | texts()),
        party=st.lists(st.just(MAIL), max_size=2),
        late=st.none() | st.integers() | st.just(UNSET),
    )


@given(everything())
def test_row_and_object_are_inverse(row: Everything) -> None:
    entity = Entity.from_(row, "account", ID)
    assert entity.to(Everything) == row
    assert Entity.from_(entity.to(Everything), "account", ID) == entity


@given(everything())
def test_the_object_survives_the_wire(row: Everything) -> None:
    example = parse_context(EXAMPLE)
    parameters = cds_context.ParameterCollection({"Target": Entity.from_(row, "account", ID)})
    body = encode_context(msgspec.structs.replace(example, input_parameters=parameters))
    target = parse_context(body).input_parameters["Target"]
    assert isinstance(target, Entity)
    assert target.to(Everything) == row


def test_importing_the_package_does_not_load_what_only_a_few_rows_need() -> None:
    code = "import sys, cds_context; print({'dateutil.parser', 'dataclasses'} & set(sys.modules))"
    assert printed([sys.executable, "-c", code]) == "set()\n"
