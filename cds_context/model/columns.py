"""A column's value as the type that a caller wants, and a row's columns as an object of a caller's class.

Of the platform's types only Record is known here: `inner`, on its class, names the member that stands for a record.

How it works: a value has several forms, from the outside in: an aliased Money is an AliasedValue, a Money and a
Decimal. The first form that fits the wanted type is the answer. msgspec decides whether a plain value fits. This file
handles unions, arrays, rows in rows, and types without a spelling of their own on the wire (Decimal, datetime, date).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as AnyCollection
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import EnumMeta
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

# Since 2.9, dateutil loads `dateutil.parser` on first access, so this import stays cheap.
import dateutil
from msgspec import NODEFAULT, UNSET, Struct, UnsetType, ValidationError, convert

from ..errors import ArgumentError, ColumnError
from .classes import Field, column_of, fields_of, is_model, is_of_table, is_ours, is_row_class, members_of, name_of
from .records import Record, items_of

T = TypeVar("T")


class _Misfit(Exception):  # noqa: N818 - it never leaves this file
    """The value is not of the wanted type.

    `of_kind` is true if its class fits but its content does not, such as an int that an IntEnum lacks.
    """

    def __init__(self, *, of_kind: bool = False) -> None:
        super().__init__()
        self.of_kind = of_kind


def column_as(columns: Mapping[str, Any], column: str, wanted: Any, default: Any = NODEFAULT) -> Any:
    """The column's value as the wanted type, or `default` for a missing column.

    Null becomes None if the wanted type admits None, or if the default is None.
    """
    if column in columns:
        value = columns[column]
        return None if value is None and default is None else _fitted(column, value, wanted)
    if default is NODEFAULT:
        raise ColumnError(column, name_of(wanted), "nothing")
    return default


def into(columns: Mapping[str, Any], cls: type[T], rename: Mapping[str, str]) -> T:
    """An object of the class, called with the columns that its fields name."""
    fields = _named_fields(cls, rename)
    read = _offered if is_model(cls) else _fitted
    columns = items_of(columns)
    given: dict[str, Any] = {}
    for field, column in fields:
        if column in columns:
            value = columns[column]
            plain = _unpacked(value, field.scalars)
            is_wanted = plain.__class__ in field.scalars
            given[field.argument] = plain if is_wanted else read(column, value, field.wanted)
        elif field.required:
            if UnsetType not in members_of(field.wanted):
                raise ColumnError(column, name_of(field.wanted), "nothing")
            given[field.argument] = UNSET
    return _validated(cls, given, fields, columns) if is_model(cls) else cls(**given)


def _validated(cls: Any, given: dict[str, Any], fields: list[tuple[Field, str]], columns: Mapping[str, Any]) -> Any:
    """The pydantic model. Its errors show values, so those about a column become a ColumnError, which does not."""
    try:
        return cls.model_validate(given, by_alias=False, by_name=True)
    except sys.modules["pydantic_core"].ValidationError as error:  # who has a model has imported it
        places = {str(fault["loc"][0]) for fault in error.errors(include_input=False) if fault["loc"]}
        for field, column in fields:
            if column in columns and not places.isdisjoint({field.name, field.column}):
                raise _misfit(column, columns[column], field.wanted, of_kind=True) from None
        raise


def columns_of(row: Any, rename: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The columns of an object, as pairs of name and value: the inverse of `into`. UNSET is left out."""
    pairs: Iterator[tuple[str, Any]]
    if row.__class__ is dict:  # what a TypedDict is at run time
        pairs = ((rename.get(name, column_of(name)), value) for name, value in row.items())
    else:
        fields = _named_fields(row.__class__, rename)
        given = row.model_fields_set if is_model(row.__class__) else {field.name for field, _ in fields}
        pairs = ((column, getattr(row, field.name)) for field, column in fields if field.name in given)
    return (pair for pair in pairs if pair[1] is not UNSET)


def _named_fields(cls: Any, rename: Mapping[str, str]) -> list[tuple[Field, str]]:
    if not rename:
        return _own_columns(cls)
    fields = fields_of(cls)
    if not rename.keys() <= {field.name for field in fields}:
        raise ArgumentError(f"a name in `rename` is no field of {name_of(cls)}")
    return [(field, rename.get(field.name, field.column)) for field in fields]


@cache
def _own_columns(cls: Any) -> list[tuple[Field, str]]:
    return [(field, field.column) for field in fields_of(cls)]


# Values

_ARRAYS: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    Sequence: list,
    AnyCollection: list,
    AbstractSet: set,
}

# Types that msgspec would otherwise read from text, or from base64.
_NOT_FROM_TEXT = (Decimal, datetime, date, time, timedelta, bytes, bytearray)


def _fitted(column: str, value: Any, wanted: Any) -> Any:
    try:
        return _fit(value, wanted)
    except _Misfit as misfit:
        raise _misfit(column, value, wanted, of_kind=misfit.of_kind) from None
    except ColumnError as error:  # from a row in this column
        raise ColumnError(f"{column}.{error.column}", error.wanted, error.found) from None


def _misfit(column: str, value: Any, wanted: Any, *, of_kind: bool) -> ColumnError:
    found = "null" if value is None else type(value).__name__
    return ColumnError(
        column, name_of(wanted), f"{found} that does not fit" if of_kind and value is not None else found
    )


def _offered(column: str, value: Any, wanted: Any) -> Any:
    """What a pydantic model is given: the wanted type, or the plainest form, which the model's own code may convert."""
    try:
        return _fitted(column, value, wanted)
    except (ColumnError, ArgumentError) as error:
        if isinstance(error, ColumnError) and error.column != column:  # of a row in this column
            raise
        *_, plainest = _forms(value)
        return plainest


def _unpacked(value: Any, scalars: frozenset[type[Any]]) -> Any:
    """The first form of a value that is of one of these classes, or its plainest form. No record fits a scalar."""
    while value.__class__ not in scalars and scalars and isinstance(value, Record) and value.__class__.shape.inner:
        value = getattr(value, value.__class__.shape.inner)
    return value


def _fit(value: Any, wanted: Any, table: str | None = None) -> Any:
    """The value as the wanted type. `table` is the row's, if the value is the columns of a row."""
    members = members_of(wanted)
    # Beside its enumeration, a number or a text is wanted only where the enumeration has no such member.
    enums: list[Any] = [member for member in members if isinstance(member, EnumMeta)]
    of_kind = False
    for form in _forms(value):
        exact: list[Any] = [type(form)] if type(form) in members else []
        for member in (*enums, *exact, *members):
            try:
                return form if type(form) is member else _take(form, member, table)
            except _Misfit as misfit:
                of_kind = of_kind or misfit.of_kind
        table = getattr(form, "logical_name", table)
    raise _Misfit(of_kind=of_kind)


def _forms(value: Any) -> Iterator[Any]:
    yield value
    while isinstance(value, Record) and (inner := type(value).shape.inner):
        value = getattr(value, inner)
        yield value


def _take(form: Any, member: Any, table: str | None) -> Any:
    """One form of a value, as one type of a union."""
    origin = get_origin(member)
    bare = origin or member
    if origin is Annotated:  # which may hold constraints of msgspec
        fitted = _fit(form, get_args(member)[0], table)
        return fitted if is_row_class(fitted.__class__) else _constrained(fitted, get_args(member)[1:])
    if bare is Any or bare is object:
        return form
    if isinstance(bare, type):  # anything but a class may have no hash
        if bare in _READERS:
            return _READERS[bare](form)
        if form.__class__ is list and bare in _ARRAYS and get_args(member)[1:] in {(), (Ellipsis,)}:
            item, *_ = get_args(member) or (Any,)
            return _array(bare, [_fit(part, item) for part in form])
    if issubclass(form.__class__, Mapping) and is_row_class(member):
        if not is_of_table(member, table):
            raise _Misfit(of_kind=True)
        return into(form, member, {})
    if isinstance(form, Struct) or is_ours(bare):
        raise _Misfit  # to msgspec, a row would be a mapping, and a mapping a row
    return _converted(form, member)


def _array(bare: Any, items: list[Any]) -> Any:
    try:
        if _ARRAYS[bare] in {set, frozenset} and _collide(items):
            raise _Misfit(of_kind=True)
        return _ARRAYS[bare](items)
    except TypeError:
        raise ArgumentError(f"a {bare.__name__} of what has no hash") from None


_ALIKE = 500


def _collide(items: list[Any]) -> bool:
    """Whether many different items have one hash, as numbers can be chosen: a set of them would be slow."""
    counts = Counter(map(hash, items))
    if max(counts.values(), default=0) <= _ALIKE:
        return False
    distinct = {(hash(item), repr(item)) for item in items if counts[hash(item)] > _ALIKE}
    return max(Counter(number for number, _ in distinct).values()) > _ALIKE


def _constrained(fitted: Any, constraints: tuple[Any, ...]) -> Any:
    """A value of the right type, which must meet the constraints; items of an array are not looked at again."""
    annotated: Any = Annotated
    parts = (fitted.__class__, *constraints)
    return _converted(fitted, annotated[parts])


def _converted(form: Any, member: Any) -> Any:
    try:
        return convert(form, member, builtin_types=_NOT_FROM_TEXT)
    except ValidationError as error:
        # "Expected `int`, got `str`" means a wrong class; every other message is about the value.
        raise _Misfit(of_kind="`, got `" not in str(error)) from None
    except ValueError:  # half a surrogate pair, or an integer of thousands of digits
        raise _Misfit(of_kind=True) from None
    except TypeError as error:
        raise ArgumentError(f"{name_of(member)} is no type that a column can be read as: {error}") from None


def _decimal(form: Any) -> Decimal:
    if type(form) not in {int, float}:
        raise _Misfit
    return Decimal(form if type(form) is int else repr(form))


def _datetime(form: Any) -> datetime:
    moment = _iso(form)
    offset = moment.utcoffset()
    if offset is None:  # text without an offset could be in any time zone
        raise _Misfit(of_kind=True)
    return moment.replace(tzinfo=timezone(offset))


def _date(form: Any) -> date:
    return (form if isinstance(form, datetime) else _iso(form)).date()


def _iso(form: Any) -> datetime:
    if not isinstance(form, str):
        raise _Misfit
    try:
        return dateutil.parser.isoparse(form)
    except (ValueError, OverflowError):
        raise _Misfit(of_kind=True) from None


def _bytes(form: Any) -> bytes:
    if form.__class__ is not list or not all(item.__class__ is int for item in form):
        raise _Misfit
    try:
        return bytes(form)
    except (ValueError, OverflowError):
        raise _Misfit(of_kind=True) from None


_READERS: dict[Any, Callable[[Any], Any]] = {Decimal: _decimal, datetime: _datetime, date: _date, bytes: _bytes}
