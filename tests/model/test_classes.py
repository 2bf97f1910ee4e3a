"""The room `classes`: the styles of classes that a row can become, and what all of them treat alike."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest
from msgspec import UNSET, UnsetType

from cds_context import (
    ArgumentError,
    Code,
    ColumnError,
    Entity,
    EntityCollection,
    EntityReference,
    Money,
    OptionSetValue,
    parse_context,
)
from cds_context.testing import examples

from ..processes import printed

T = TypeVar("T")
ID = UUID("b1c9c2f4-56b8-4c55-9d9d-3f1f0e4a7c11")
OWNER = EntityReference("systemuser", ID, "Ines Falk")


class Status(Code):
    ACTIVE = 1


# One class in each style


class StructAccount(msgspec.Struct):
    __entity_logical_name__ = "account"
    name: str
    ownerid: UUID
    fax: str | None
    revenue: Decimal | None = None
    statuscode: Status | int = Status.ACTIVE


@dataclass
class DataclassAccount:
    __entity_logical_name__ = "account"
    name: str
    ownerid: UUID
    fax: str | None
    revenue: Decimal | None = None
    statuscode: Status | int = Status.ACTIVE


@attrs.define
class AttrsAccount:
    __entity_logical_name__: ClassVar[str] = "account"
    name: str
    ownerid: UUID
    fax: str | None
    revenue: Decimal | None = None
    statuscode: Status | int = Status.ACTIVE


class ModelAccount(pydantic.BaseModel):
    __entity_logical_name__: ClassVar[str] = "account"
    name: str
    ownerid: UUID
    fax: str | None
    revenue: Decimal | None = None
    statuscode: Status | int = Status.ACTIVE


@pydantic.dataclasses.dataclass
class ModelDataclassAccount:
    __entity_logical_name__: ClassVar[str] = "account"
    name: str
    ownerid: UUID
    fax: str | None
    revenue: Decimal | None = None
    statuscode: Status | int = Status.ACTIVE


class _RequiredKeys(TypedDict):
    name: str
    ownerid: UUID
    fax: str | None


class DictAccount(_RequiredKeys, total=False):
    revenue: Decimal | None
    statuscode: Status | int


CALLED: list[Any] = [StructAccount, DataclassAccount, AttrsAccount, ModelAccount, ModelDataclassAccount]
CLASSES: list[Any] = [*CALLED, DictAccount]
COLUMNS: dict[str, Any] = {"name": "Nordlicht GmbH", "ownerid": OWNER, "fax": None}


def value_of(account: Any, field: str) -> Any:
    return account[field] if account.__class__ is dict else getattr(account, field)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_style_reads_a_row_alike(cls: Any) -> None:
    row = Entity("account", ID, COLUMNS | {"revenue": Money(Decimal("9.90")), "statuscode": OptionSetValue(7)})
    account = row.to(cls)
    assert account == cls(name="Nordlicht GmbH", ownerid=ID, fax=None, revenue=Decimal("9.90"), statuscode=Status(7))
    assert isinstance(value_of(account, "statuscode"), Status)


@pytest.mark.parametrize("cls", CALLED)
def test_a_missing_column_leaves_the_default(cls: Any) -> None:
    account = Entity("account", ID, COLUMNS).to(cls)
    assert (account.revenue, account.statuscode) == (None, Status.ACTIVE)


def test_a_missing_column_leaves_the_key_out() -> None:
    assert Entity("account", ID, COLUMNS).to(DictAccount) == {"name": "Nordlicht GmbH", "ownerid": ID, "fax": None}


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_without_default_is_an_error_even_if_null_is_admitted(cls: Any, column: str) -> None:
    row = Entity("account", ID, {name: value for name, value in COLUMNS.items() if name != column})
    with pytest.raises(ColumnError) as caught:
        row.to(cls)
    assert (caught.value.column, caught.value.found) == (column, "nothing")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("cls", CLASSES)
def test_null_is_an_error_where_it_is_not_admitted(cls: Any) -> None:
    with pytest.raises(ColumnError, match="expected str, found null - in column `name`"):
        Entity("account", ID, COLUMNS | {"name": None}).to(cls)
    with pytest.raises(ColumnError, match="found null - in column `statuscode`"):
        Entity("account", ID, COLUMNS | {"statuscode": None}).to(cls)


@pytest.mark.parametrize("cls", CALLED)
def test_a_row_of_another_table_is_refused(cls: Any) -> None:
    with pytest.raises(ArgumentError, match=f"^{cls.__name__} is of another table than the row"):
        Entity("lead", ID, COLUMNS).to(cls)
    assert Entity(None, ID, COLUMNS).to(cls).name == "Nordlicht GmbH"  # nobody knows its table


@pytest.mark.parametrize("cls", CALLED)
def test_a_row_in_a_column_becomes_the_class_of_its_table(cls: Any) -> None:
    class Lead(msgspec.Struct):
        __entity_logical_name__ = "lead"
        name: str

    account, lead = Entity("account", ID, COLUMNS), Entity("lead", ID, {"name": "Ada"})
    row = Entity("x", attributes={"rows": EntityCollection([account, lead])})
    assert row.get_as("rows", list[cls | Lead]) == [account.to(cls), Lead("Ada")]
    assert row.get_as("rows", list[Annotated[cls, "the first"] | Lead]) == [account.to(cls), Lead("Ada")]
    with pytest.raises(ColumnError, match="found EntityCollection that does not fit"):
        row.get_as("rows", list[cls])
    few: Any = Annotated[list[cls | Lead], msgspec.Meta(max_length=1)]
    with pytest.raises(ColumnError, match="found EntityCollection that does not fit"):
        row.get_as("rows", few)


# Columns that are keywords


class StructMail(msgspec.Struct):
    from_: str
    to: str = ""


class NamedStructMail(msgspec.Struct):
    from_: str = msgspec.field(name="from")
    to: str = ""


@dataclass
class DataclassMail:
    from_: str
    to: str = ""


@attrs.define
class AttrsMail:
    from_: str
    to: str = ""


class ModelMail(pydantic.BaseModel):
    from_: str
    to: str = ""


class AliasedModelMail(pydantic.BaseModel):
    from_: str = pydantic.Field(alias="from")
    to: str = ""


class DictMail(TypedDict):
    from_: str
    to: str


KeywordDictMail = TypedDict("KeywordDictMail", {"from": str, "to": str})


@pytest.mark.parametrize(
    "cls", [StructMail, NamedStructMail, DataclassMail, AttrsMail, ModelMail, AliasedModelMail, DictMail]
)
def test_an_underscore_behind_a_keyword_stands_for_the_column(cls: Any) -> None:
    row = Entity("email", ID, {"from": "a", "to": "b"})
    mail = row.to(cls)
    assert (value_of(mail, "from_"), value_of(mail, "to")) == ("a", "b")
    assert Entity.from_(mail, "email", ID) == row
    assert Entity("email", ID, {"new_from": "c", "to": "b"}).to(cls, rename={"from_": "new_from"}) != mail


def test_a_key_of_a_dict_may_be_a_keyword() -> None:
    row = Entity("email", ID, {"from": "a", "to": "b"})
    assert row.to(KeywordDictMail) == {"from": "a", "to": "b"}
    assert Entity.from_(row.to(KeywordDictMail), "email", ID) == row


def test_other_underscores_are_the_columns_own() -> None:
    class Odd(msgspec.Struct):
        name_: str

    with pytest.raises(ColumnError, match="in column `name_`"):
        Entity("x", attributes={"name": "a"}).to(Odd)


def test_unions_that_json_could_not_tell_apart_are_read() -> None:
    class Loose(msgspec.Struct):
        due: datetime | str
        by: UUID | EntityReference | str

    noon = datetime(2024, 5, 17, 12, tzinfo=timezone.utc)
    assert Entity("x", attributes={"due": noon, "by": OWNER}).to(Loose) == Loose(noon, OWNER)
    assert Entity("x", attributes={"due": "soon", "by": "you"}).to(Loose) == Loose("soon", "you")


def test_attrs_takes_names_without_underscores() -> None:
    @attrs.define
    class Hidden:
        _name: str
        other: str = attrs.field(alias="another")
        more: list[str] = attrs.Factory(list[str])

    hidden: Any = Entity("x", attributes={"_name": "a", "other": "b"}).to(Hidden)
    assert (hidden._name, hidden.other, hidden.more) == ("a", "b", [])


# pydantic


class Party(pydantic.BaseModel):
    partyid: UUID
    role: int = pydantic.Field(alias="participationtypemask")


class Model(pydantic.BaseModel):
    name: Annotated[str, pydantic.Field(max_length=20)] = ""
    fax: str | None = "none"
    founded: date | None = None
    website: pydantic.AnyUrl | None = None
    vip: Annotated[bool, pydantic.BeforeValidator(lambda value: value == 100 if isinstance(value, int) else value)] = (
        False
    )
    to: list[Party] = []

    @pydantic.field_validator("name")
    @classmethod
    def shout(cls, name: str) -> str:
        return name.upper()

    @pydantic.model_validator(mode="after")
    def check(self) -> Model:
        if self.name == "HENRIK" and self.fax is None:
            raise ValueError("no fax")
        return self


def test_a_model_knows_which_columns_were_there() -> None:
    model = Entity("x", attributes={"name": "Ada", "fax": None}).to(Model)
    assert (model.name, model.fax, model.founded) == ("ADA", None, None)
    assert model.model_fields_set == {"name", "fax"}
    assert model.model_dump(exclude_unset=True) == {"name": "ADA", "fax": None}
    assert list(Entity.from_(model, "x")) == ["name", "fax"]


def test_a_model_reads_values_as_other_classes_do_and_pydantic_the_rest() -> None:
    row = Entity(
        "x",
        attributes={
            "founded": datetime(1998, 4, 1, tzinfo=timezone.utc),
            "website": "https://example.com",
            "vip": OptionSetValue(100),
            "to": EntityCollection(
                [Entity("activityparty", attributes={"partyid": OWNER, "participationtypemask": OptionSetValue(2)})]
            ),
        },
    )
    model = row.to(Model)
    assert model.founded == date(1998, 4, 1)
    assert str(model.website) == "https://example.com/"
    assert model.vip is True
    assert model.to == [Party(partyid=ID, participationtypemask=2)]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "x" * 21}, "name", "str that does not fit"),
    ({"name": 5}, "name", "int that does not fit"),
    ({"website": "kanari"}, "website", "str that does not fit"),
    ({"founded": "kanari"}, "founded", "str that does not fit"),
    ({"name": None}, "name", "null"),
    (
        {"to": [Entity("x", attributes={"partyid": "kanari", "participationtypemask": 2})]},
        "to.partyid",
        "str that does not fit",
    ),
    ({"to": [Entity("x", attributes={"partyid": str(ID)})]}, "to.participationtypemask", "nothing"),
]


@pytest.mark.parametrize(("columns", "column", "found"), BAD)
def test_a_value_that_pydantic_refuses_is_a_column_error_without_content(
    columns: dict[str, Any], column: str, found: str
) -> None:
    with pytest.raises(ColumnError) as caught:
        Entity("x", attributes=columns).to(Model)
    assert (caught.value.column, caught.value.found) == (column, found)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "kanari" not in str(caught.value)


def test_an_error_about_the_whole_model_comes_through() -> None:
    with pytest.raises(pydantic.ValidationError, match="no fax"):
        Entity("x", attributes={"name": "Henrik", "fax": None}).to(Model)


def test_aliases_of_a_model_are_columns() -> None:
    class Aliased(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(alias_generator=lambda name: f"new_{name}")
        tags: set[int]
        size: int = pydantic.Field(validation_alias="new_total")
        kind: str = pydantic.Field("", validation_alias=pydantic.AliasChoices("a", "b"))

    row = Entity("x", attributes={"new_tags": [OptionSetValue(1)], "new_total": 2, "kind": "z"})
    assert row.to(Aliased).model_dump() == {"tags": {1}, "size": 2, "kind": "z"}
    with pytest.raises(ColumnError, match="in column `new_total`"):
        Entity("x", attributes={"new_tags": [], "new_total": "x"}).to(Aliased)
    with pytest.raises(ColumnError, match="found str that does not fit - in column `total`"):
        Entity("x", attributes={"new_tags": [], "total": "x"}).to(Aliased, rename={"size": "total"})


class Owned(pydantic.BaseModel, Generic[T]):
    ownerid: T


class Later(pydantic.BaseModel):
    first: First | None = None


class First(pydantic.BaseModel):
    name: str


class Never(pydantic.BaseModel):
    name: Nowhere  # type: ignore[name-defined] # noqa: F821 # pyright: ignore[reportUndefinedVariable] # on purpose


def test_a_generic_model_and_one_that_names_a_later_class() -> None:
    assert Entity("x", attributes={"ownerid": OWNER}).to(Owned[UUID]) == Owned[UUID](ownerid=ID)
    row = Entity("x", attributes={"first": Entity("y", attributes={"name": "a"})})
    assert row.to(Later) == Later(first=First(name="a"))


def test_a_model_that_nobody_can_complete_is_refused() -> None:
    with pytest.raises(ArgumentError, match="annotations of Never cannot be read"):
        Entity("x").to(Never)


def test_a_required_field_of_a_model_that_admits_unset_may_be_missing() -> None:
    class Partial(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        name: str | UnsetType
        owner: EntityReference | None = None

    assert Entity("x", attributes={"owner": OWNER}).to(Partial) == Partial(name=UNSET, owner=OWNER)


def test_nothing_loads_pydantic_until_there_is_a_model() -> None:
    code = (
        "import sys, msgspec; from cds_context import Entity\n"
        "class C(msgspec.Struct): name: str\n"
        "Entity('x', attributes={'name': 'a'}).to(C)\n"
        "print({'pydantic', 'dataclasses', 'attr'} & set(sys.modules))"
    )
    assert printed([sys.executable, "-c", code]) == "set()\n"


# Rows of the examples and captures

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
BODIES = {**examples(), **{path.name: path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))}}


class AnyStruct(msgspec.Struct):
    modifiedon: datetime | None = None
    statuscode: Status | None = None
    ownerid: UUID | None = None


@dataclass
class AnyDataclass:
    modifiedon: datetime | None = None
    statuscode: Status | None = None
    ownerid: UUID | None = dataclass_field(default=None)


class AnyModel(pydantic.BaseModel):
    modifiedon: datetime | None = None
    statuscode: Status | None = None
    ownerid: UUID | None = None


@pytest.mark.parametrize("name", BODIES)
def test_rows_of_every_example_and_capture_read_alike_in_every_style(name: str) -> None:
    context = parse_context(BODIES[name])
    for row in (*context.targets, *context.pre_entity_images.values(), *context.post_entity_images.values()):
        if isinstance(row, Entity):
            struct, model = row.to(AnyStruct), row.to(AnyModel)
            assert msgspec.structs.asdict(struct) == vars(row.to(AnyDataclass)) == model.model_dump()
            assert model.model_fields_set == {"modifiedon", "statuscode", "ownerid"} & row.keys()
