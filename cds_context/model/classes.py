"""The fields of a caller's class, and the types in an annotation.

Only annotations are read here, no values; `columns` turns values into the wanted types.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from keyword import iskeyword
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Struct

from ..errors import ArgumentError
from .records import Collection, Record


class Field(Struct, frozen=True, kw_only=True):
    """One field of a class."""

    name: str
    argument: str
    """The name of the argument that sets the field: attrs takes `x` for a field `_x`."""
    column: str
    wanted: Any
    required: bool
    scalars: frozenset[type[Any]] = frozenset()
    """The types in `wanted`, if all of them are plain scalars."""


class _Own(NamedTuple):
    """What the class itself says of a field."""

    name: str
    required: bool
    argument: str = ""
    column: str = ""
    wanted: Any = None


@cache
def fields_of(cls: Any) -> tuple[Field, ...]:
    """The fields of a class of a known style that are arguments of its call."""
    bare = get_origin(cls) or cls
    read = None if is_ours(bare) else _reader_of(bare)
    if read is None:
        raise ArgumentError(
            f"{name_of(cls)} is no class with fields: a Struct, dataclass, attrs class, TypedDict or pydantic model"
        )
    try:
        own = [*read(bare)]
        hints = {} if is_model(bare) else get_type_hints(bare, include_extras=True)
    except (TypeError, NameError) as error:
        raise ArgumentError(f"the annotations of {name_of(cls)} cannot be read: {error}") from None
    arguments = _arguments(cls)
    wanted = [_filled(_without_qualifier(field.wanted or hints[field.name]), arguments) for field in own]
    return tuple(
        Field(
            name=field.name,
            argument=field.argument or field.name,
            column=field.column or column_of(field.name),
            wanted=each,
            required=field.required,
            scalars=_scalars_of(each),
        )
        for field, each in zip(own, wanted, strict=True)
    )


_SCALARS = (type(None), bool, int, float, str, Decimal, datetime, date, UUID)


def _scalars_of(wanted: Any) -> frozenset[type[Any]]:
    members = members_of(wanted)
    return frozenset(members) if all(member in _SCALARS for member in members) else frozenset()


def _reader_of(cls: Any) -> Any:
    """The function that reads the fields of a class of this style; None if the style is not known."""
    if not isinstance(cls, type):
        return None
    return next((read for mark, read in _STYLES.items() if hasattr(cls, mark)), None)


def _read_model(cls: Any) -> Iterator[_Own]:
    if not cls.__pydantic_complete__:  # an annotation names a class that came later
        cls.model_rebuild()
    for name, field in cls.model_fields.items():
        alias = field.validation_alias if isinstance(field.validation_alias, str) else ""
        yield _Own(name, field.is_required(), name, alias, field.annotation)


def _read_attrs(cls: Any) -> Iterator[_Own]:
    nothing = _loaded("attr").NOTHING
    for field in cls.__attrs_attrs__:
        if field.init:
            yield _Own(field.name, field.default is nothing, field.alias)


def _read_dataclass(cls: Any) -> Iterator[_Own]:
    dataclasses, hints = _loaded("dataclasses"), get_type_hints(cls)
    if any(isinstance(hints[name], dataclasses.InitVar) for name in cls.__dataclass_fields__):
        raise TypeError("an InitVar is no field")
    for field in dataclasses.fields(cls):
        if field.init:
            yield _Own(field.name, field.default is field.default_factory is dataclasses.MISSING)


def _read_struct(cls: Any) -> Iterator[_Own]:
    for field in msgspec.structs.fields(cls):
        yield _Own(field.name, field.required, "", field.encode_name if field.encode_name != field.name else "")


def _read_typed_dict(cls: Any) -> Iterator[_Own]:
    # Python overlooks these qualifiers where annotations are text.
    for name, hint in get_type_hints(cls, include_extras=True).items():
        said = _qualifier(hint)
        yield _Own(name, said == "Required" or (said != "NotRequired" and name in cls.__required_keys__))


_STYLES = {
    "__pydantic_root_model__": _read_model,
    "__attrs_attrs__": _read_attrs,
    "__dataclass_fields__": _read_dataclass,
    "__struct_fields__": _read_struct,
    "__required_keys__": _read_typed_dict,
}
"""The styles of classes, each by an attribute that only its classes have."""


def _loaded(name: str) -> Any:
    """The module that made a class. Importing it here would load it for those who have no such class."""
    return sys.modules[name]


def column_of(name: str) -> str:
    """The column of a field that says nothing else: no field can be called `from`, so `from_` stands for it."""
    return name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name


def _qualifier(wanted: Any) -> str | None:
    # Qualifiers are compared by name, because on older Pythons they come from typing_extensions.
    return getattr(get_origin(wanted), "_name", None)


def _without_qualifier(wanted: Any) -> Any:
    qualified = _qualifier(wanted) in {"NotRequired", "Required", "ReadOnly", "Final"}
    return _without_qualifier(get_args(wanted)[0]) if qualified else wanted


def is_model(cls: Any) -> bool:
    """Whether a class is a pydantic model, which validates what it is made of."""
    return hasattr(cls, "__pydantic_root_model__")


def is_of_table(cls: Any, table: str | None) -> bool:
    """Whether a row of this table may become the class, which can name its table in `__entity_logical_name__`."""
    return table in {None, getattr(get_origin(cls) or cls, "__entity_logical_name__", table)}


def is_row_class(cls: Any) -> bool:
    """Whether a type is a caller's class with fields, and none of the platform's types."""
    bare = get_origin(cls) or cls
    return not is_ours(bare) and _reader_of(bare) is not None


def is_ours(cls: Any) -> bool:
    """Whether a type is one of the platform's types."""
    return isinstance(cls, type) and issubclass(cls, Record | Collection)


def members_of(wanted: Any) -> tuple[Any, ...]:
    """The types of a union, or the single type, with aliases and NewTypes resolved."""
    if isinstance(wanted, TypeVar):  # a parameter without an argument
        return members_of(wanted.__bound__ or Any)
    if get_origin(wanted) in {Union, UnionType}:
        return tuple(member for part in get_args(wanted) for member in members_of(part))
    # `__supertype__` is NewType's, `__value__` belongs to `type Wanted = …`.
    named = getattr(wanted, "__supertype__", None) or getattr(wanted, "__value__", None)
    if named is None:
        return (wanted,)
    parameters = getattr(wanted, "__type_params__", ())
    return members_of(_filled(named, dict(zip(parameters, get_args(wanted), strict=False))))


def _arguments(cls: Any) -> dict[Any, Any]:
    """The arguments for the type parameters of a generic class and of its bases."""
    bare = get_origin(cls) or cls
    own = dict(zip(getattr(bare, "__parameters__", ()), get_args(cls), strict=False))
    inherited: dict[Any, Any] = {}
    for base in getattr(bare, "__orig_bases__", ()):
        inherited |= {parameter: _filled(argument, own) for parameter, argument in _arguments(base).items()}
    return inherited | own


def _filled(annotation: Any, arguments: Mapping[Any, Any]) -> Any:
    """The annotation with its type parameters replaced by arguments."""
    if isinstance(annotation, TypeVar):
        return arguments.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    return annotation[tuple(arguments.get(one, one) for one in parameters)] if parameters else annotation


def name_of(wanted: Any) -> str:
    """The name of a type, for errors."""
    return wanted.__name__ if isinstance(wanted, type) and get_origin(wanted) is None else str(wanted)
