"""The fields of somebody's class, and the types that an annotation stands for.

Reads annotations only, and no value; what becomes of values is `coercion`'s.
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
    """By which the class is called with it: attrs takes `x` for a field `_x`."""
    column: str
    wanted: Any
    required: bool


@cache
def fields_of(cls: Any) -> tuple[Field, ...]:
    """The fields of a Struct, a dataclass, an attrs class or a TypedDict, as far as it is called with them."""
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
    """The fields as a dataclass or an attrs class describes them, which tell how it is called."""
    return getattr(cls, "__attrs_attrs__", None) or getattr(cls, "__dataclass_fields__", {}).values()


def _without_qualifier(wanted: Any) -> Any:
    # By name: on older Pythons they are those of typing_extensions.
    qualified = getattr(get_origin(wanted), "_name", None) in {"NotRequired", "Required", "ReadOnly", "Final"}
    return _without_qualifier(get_args(wanted)[0]) if qualified else wanted


def is_row_class(cls: Any) -> bool:
    """Whether it is a class with fields that is not one of the platform's."""
    marks = ("__struct_fields__", "__dataclass_fields__", "__attrs_attrs__", "__required_keys__")
    bare = get_origin(cls) or cls
    return isinstance(bare, type) and not is_ours(bare) and any(hasattr(bare, mark) for mark in marks)


def is_ours(cls: Any) -> bool:
    """Whether it is one of the platform's types."""
    return isinstance(cls, type) and issubclass(cls, Record | Collection)


def members_of(wanted: Any) -> tuple[Any, ...]:
    """The types of a union, or the one type, looking through the names that somebody gave to types."""
    if isinstance(wanted, TypeVar):  # that nothing stands for
        return members_of(wanted.__bound__ or Any)
    if get_origin(wanted) in {Union, UnionType}:
        return tuple(member for part in get_args(wanted) for member in members_of(part))
    # Of `NewType`, of `type Wanted = …`.
    named = getattr(wanted, "__supertype__", None) or getattr(wanted, "__value__", None)
    if named is None:
        return (wanted,)
    parameters = getattr(wanted, "__type_params__", ())
    return members_of(_filled(named, dict(zip(parameters, get_args(wanted), strict=False))))


def _arguments(cls: Any) -> dict[Any, Any]:
    """What the parameters of a generic class stand for, and those of its bases."""
    bare = get_origin(cls) or cls
    own = dict(zip(getattr(bare, "__parameters__", ()), get_args(cls), strict=False))
    inherited: dict[Any, Any] = {}
    for base in getattr(bare, "__orig_bases__", ()):
        inherited |= {parameter: _filled(argument, own) for parameter, argument in _arguments(base).items()}
    return inherited | own


def _filled(annotation: Any, arguments: Mapping[Any, Any]) -> Any:
    """The annotation with the arguments in the places of their parameters."""
    if isinstance(annotation, TypeVar):
        return arguments.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    return annotation[tuple(arguments.get(one, one) for one in parameters)] if parameters else annotation


def name_of(wanted: Any) -> str:
    """How a type is called in an error."""
    return wanted.__name__ if isinstance(wanted, type) and get_origin(wanted) is None else str(wanted)
