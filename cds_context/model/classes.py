"""The fields of a caller's class, and the types in an annotation.

Only annotations are read here, no values; `columns` turns values into the wanted types.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.inspect import DataclassType, StructType, TypedDictType, type_info

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


@cache
def fields_of(cls: Any) -> tuple[Field, ...]:
    """The fields of a Struct, a dataclass, an attrs class or a TypedDict that are arguments of its call."""
    bare = get_origin(cls) or cls
    try:
        info = type_info(cls)
        if is_ours(bare) or not isinstance(info, StructType | DataclassType | TypedDictType):
            raise ArgumentError(
                f"{name_of(cls)} is no class with fields: a Struct, dataclass, attrs class or TypedDict"
            )
        hints = get_type_hints(bare, include_extras=True)
    except (TypeError, NameError) as error:
        raise ArgumentError(f"the annotations of {name_of(cls)} cannot be read: {error}") from None
    own = {field.name: field for field in _own_fields(cls)}
    arguments = _arguments(cls)
    return tuple(
        Field(
            name=field.name,
            argument=getattr(own.get(field.name), "alias", field.name),
            column=field.encode_name,
            wanted=_filled(_without_qualifier(hints[field.name]), arguments),
            required=field.required,
        )
        for field in info.fields
        if getattr(own.get(field.name), "init", True)
    )


def _own_fields(cls: Any) -> Any:
    """The field descriptions of a dataclass or an attrs class, which tell the arguments of its call."""
    return getattr(cls, "__attrs_attrs__", None) or getattr(cls, "__dataclass_fields__", {}).values()


def _without_qualifier(wanted: Any) -> Any:
    # Qualifiers are compared by name, because on older Pythons they come from typing_extensions.
    qualified = getattr(get_origin(wanted), "_name", None) in {"NotRequired", "Required", "ReadOnly", "Final"}
    return _without_qualifier(get_args(wanted)[0]) if qualified else wanted


def is_row_class(cls: Any) -> bool:
    """Whether a type is a caller's class with fields, and none of the platform's types."""
    marks = ("__struct_fields__", "__dataclass_fields__", "__attrs_attrs__", "__required_keys__")
    bare = get_origin(cls) or cls
    return isinstance(bare, type) and not is_ours(bare) and any(hasattr(bare, mark) for mark in marks)


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
