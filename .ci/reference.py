"""What the API reference shows: a class's fields in one list, and types as type checkers see them.

An extension of Griffe, which reads the source for mkdocstrings.

A name that no user can import says nothing to a reader. So an alias such as `_Attributes` is shown as the type that it
stands for, and a default such as `_ANY` as its value.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from griffe import (
    AliasResolutionError,
    Attribute,
    Class,
    DocstringAttribute,
    DocstringSectionAttributes,
    DocstringSectionText,
    Expr,
    ExprCall,
    ExprName,
    Extension,
    Function,
    GriffeLoader,
    Module,
    Object,
    safe_get_expression,
)


class Reference(Extension):
    """Changes what was read, once the whole package is there."""

    def on_package(self, *, pkg: Module, loader: GriffeLoader, **_: Any) -> None:
        """Show what its users may know."""
        loader.resolve_aliases()
        modules = [*_modules(pkg)]
        exported = [path for module in modules for path in _exported(module)]
        objects = [item for module in modules for item in _objects(module)]
        for item in objects:
            _Types(pkg, frozenset(exported)).show(item)
        classes = [item for item in objects if isinstance(item, Class)]
        lists = [(cls.docstring, _members(cls) if _is_enum(cls) else _fields(cls)) for cls in classes]
        for docstring, section in lists:
            if docstring and section:
                docstring.parsed.append(section)
        for cls in classes:
            for item in _own(cls, "class-attribute" if _is_enum(cls) else "instance-attribute").values():
                item.docstring = None  # or it would be shown once more, under a heading


def _modules(module: Module) -> Iterator[Module]:
    yield module
    for inner in module.modules.values():
        if not inner.is_alias:
            yield from _modules(inner)


def _exported(module: Module) -> Iterator[str]:
    for name in module.exports or ():
        with suppress(AliasResolutionError):  # what is another package's, and was not read
            yield module[str(name)].canonical_path


def _objects(parent: Module | Class) -> Iterator[Object]:
    for item in parent.members.values():
        if isinstance(item, Attribute | Class | Function):
            yield item
        if isinstance(item, Class):
            yield from _objects(item)


class _Types:
    """Annotations and defaults, without names that are not exported."""

    def __init__(self, pkg: Module, exported: frozenset[str]) -> None:
        self._pkg = pkg
        self._exported = exported

    def show(self, item: Object) -> None:
        if isinstance(item, Attribute):
            item.annotation, item.value = self._shown(item.annotation), self._shown(item.value)
        elif isinstance(item, Function):
            item.returns = self._shown(item.returns)
            for parameter in item.parameters:
                parameter.annotation = self._shown(parameter.annotation)
                parameter.default = self._shown(parameter.default)
            for overload in item.overloads or ():
                self.show(overload)

    def _shown(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(item) for item in value]
        if isinstance(value, ExprName):
            meant = self._meant(value.canonical_path)
            return value if meant is None else self._shown(meant)
        if isinstance(value, Expr):
            for field in dataclasses.fields(value):
                if field.name != "parent":
                    setattr(value, field.name, self._shown(getattr(value, field.name)))
        return value

    def _meant(self, path: str) -> Any:
        """What stands behind an alias or a constant of the package, None if readers know the name or there is none."""
        if path in self._exported or not path.startswith(f"{self._pkg.path}."):
            return None
        try:
            item = self._pkg[path.removeprefix(f"{self._pkg.path}.")]
        except (AliasResolutionError, KeyError):
            return None
        if not isinstance(item, Attribute) or not isinstance(item.parent, Module) or _is_type_variable(item.value):
            return None
        is_alias = str(item.annotation) == "TypeAlias"
        return _unquoted(item.value, item.parent) if is_alias else item.value


def _unquoted(value: Any, scope: Module) -> Any:
    if not isinstance(value, str):
        return value
    return safe_get_expression(ast.parse(ast.literal_eval(value), mode="eval").body, parent=scope)


def _is_type_variable(value: Any) -> bool:
    return isinstance(value, ExprCall) and str(value.function) == "TypeVar"


def _is_enum(cls: Class) -> bool:
    return any(str(base) in {"Enum", "IntEnum"} for each in (cls, *cls.mro()) for base in each.bases)


def _members(cls: Class) -> DocstringSectionText:
    own = _own(cls, "class-attribute").items()
    lines = [f"- **`{name}`** = `{item.value}`{f' – {_text(item)}' if item.docstring else ''}" for name, item in own]
    return DocstringSectionText("\n".join(["**Members:**", "", *lines]))


def _fields(cls: Class) -> DocstringSectionAttributes | None:
    """The fields that have a docstring, those of the bases first."""
    owners = (*reversed(cls.mro()), cls)
    found = {name: item for owner in owners for name, item in _own(owner, "instance-attribute").items()}
    fields = [
        DocstringAttribute(name, annotation=item.annotation, description=_text(item))
        for name, item in found.items()
        if item.docstring
    ]
    return DocstringSectionAttributes(fields, title="Fields:") if fields else None


def _own(cls: Class, label: str) -> dict[str, Attribute]:
    own = {name: item for name, item in cls.members.items() if isinstance(item, Attribute) and not name.startswith("_")}
    return {name: item for name, item in own.items() if label in item.labels}


def _text(item: Attribute) -> str:
    return item.docstring.value if item.docstring else ""
