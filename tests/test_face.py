"""What a REPL, a notebook and an editor show of the exported types: what their source says, and nothing else."""

from __future__ import annotations

import ast
import copy
import inspect
import pickle
import pickletools
import pydoc
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum
from inspect import Parameter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from msgspec import Struct

import cds_context as c
from cds_context.model.kinds import MEMBERS
from cds_context.model.records import Record
from cds_context.testing import examples
from cds_context.testing.strategies import contexts

EXPORTED = {name: getattr(c, name) for name in c.__all__ if name != "Value"}
TYPES: dict[str, Any] = {name: item for name, item in EXPORTED.items() if isinstance(item, type)}

_PLAIN_TEXT: Any = vars(pydoc)["plaintext"]
_ROOT = Path(c.__file__).parent
_BODIES = {
    node.name: node
    for path in sorted(_ROOT.rglob("*.py"))
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.ClassDef) and path.parts[len(_ROOT.parts)] not in {"cli", "tools", "contrib", "display"}
}


def test_everything_exported_says_that_it_is_of_the_package() -> None:
    assert {item.__module__ for item in EXPORTED.values()} == {"cds_context"}
    assert repr(c.Entity) == "<class 'cds_context.Entity'>"
    assert repr(c.DecodeError("no reason")).startswith("DecodeError(")


# Signatures


def _described(name: str) -> tuple[ast.ClassDef, ast.FunctionDef | None] | None:
    """The class that says how the type is called, and its `__init__` if it has one; None if Python says it."""
    for base in TYPES[name].__mro__:
        node = _BODIES.get(base.__name__)
        if node is None or (issubclass(base, Struct) and base.__module__.startswith("msgspec")):
            return None
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                return node, statement
        if issubclass(base, Struct):
            return node, None
    raise AssertionError(name)


def _source(node: ast.ClassDef, init: ast.FunctionDef | None) -> Iterator[tuple[str, Any, bool, str]]:
    kind: Any
    if init is None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        kind = Parameter.KEYWORD_ONLY if "kw_only" in keywords else Parameter.POSITIONAL_OR_KEYWORD
        for field in _fields(node):
            assert isinstance(field.target, ast.Name)
            yield field.target.id, kind, field.value is not None, ast.unparse(field.annotation)
        return
    arguments = init.args
    for position, argument in enumerate([*arguments.posonlyargs, *arguments.args][1:], 1):
        only = position < len(arguments.posonlyargs)
        kind = Parameter.POSITIONAL_ONLY if only else Parameter.POSITIONAL_OR_KEYWORD
        given = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        yield argument.arg, kind, position >= given, _text(argument)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield argument.arg, Parameter.KEYWORD_ONLY, default is not None, _text(argument)


def _text(argument: ast.arg) -> str:
    assert argument.annotation is not None
    return ast.unparse(argument.annotation)


def _fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    return [field for field in node.body if isinstance(field, ast.AnnAssign)]


CALLED = [name for name, cls in TYPES.items() if not issubclass(cls, Enum) and _described(name)]


def test_only_errors_codes_and_dicts_are_called_as_python_says() -> None:
    rest = [TYPES[name] for name in TYPES.keys() - CALLED]
    assert all(issubclass(cls, Enum | Exception | dict) for cls in rest)  # a TypedDict is a dict


@pytest.mark.parametrize("name", CALLED)
def test_the_signature_is_the_one_that_type_checkers_see(name: str) -> None:
    described = _described(name)
    assert described
    shown = inspect.signature(TYPES[name]).parameters.values()
    assert [(one.name, one.kind, one.default is not Parameter.empty, one.annotation) for one in shown] == [
        *_source(*described)
    ]


def test_the_signature_shows_annotations_as_the_source_does() -> None:
    shown = str(inspect.signature(c.EntityReference))
    assert shown.startswith("(logical_name: str | None, id: UUID = UUID('00000000-0000-0000-0000-000000000000'), name")


# Annotations


@pytest.mark.parametrize("name", TYPES)
def test_annotations_can_be_resolved(name: str) -> None:
    hints = typing.get_type_hints(TYPES[name])
    if issubclass(TYPES[name], Record):
        assert hints.keys() == set(TYPES[name].__struct_fields__)
    cls: Any = TYPES[name]
    attributes: dict[str, Any] = {**vars(cls)}
    for attribute, item in attributes.items():
        function = item.fget if item.__class__ is property else item
        if inspect.isfunction(function) and not attribute.startswith("_"):
            assert "return" in typing.get_type_hints(function)


@given(contexts(), contexts(everyday=True))
def test_annotations_tell_what_a_reader_gets(one: c.RemoteExecutionContext, other: c.RemoteExecutionContext) -> None:
    pending: list[Any] = [c.parse_context(c.encode_context(context)) for context in (one, other)]
    while pending:
        value = pending.pop()
        if isinstance(value, Record):
            hints = typing.get_type_hints(type(value))
            members = [(name, getattr(value, name)) for name in hints]
            assert [name for name, member in members if not _fits(member, hints[name])] == []
            pending += [member for _, member in members]
        elif isinstance(value, Mapping):
            pending += value.values()  # pyright: ignore[reportUnknownMemberType]
        elif isinstance(value, list):
            pending += value


def _fits(value: Any, hint: Any) -> bool:
    if hint is c.Value:
        return True
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(_fits(value, one) for one in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return isinstance(value, origin or hint) and not (hint is int and isinstance(value, bool))


# Names and help

_PYTHONS = {name for base in (Mapping, Exception, IntEnum, str, Struct) for name in dir(base)} | {"args", "add_note"}


def _documented(cls: type[Any]) -> set[str]:
    """The names that have a docstring, or a sentence under their field."""
    names: set[str] = set()
    for base in cls.__mro__:
        node = _BODIES.get(base.__name__)
        for field, text in pairwise(node.body if node else ()):
            if isinstance(field, ast.AnnAssign | ast.Assign) and isinstance(text, ast.Expr):
                target = field.target if isinstance(field, ast.AnnAssign) else field.targets[0]
                names.add(ast.unparse(target))
        names |= {name for name, item in vars(base).items() if getattr(item, "__doc__", None)}
    return names


@pytest.mark.parametrize("name", [name for name, cls in TYPES.items() if not issubclass(cls, Enum)])
def test_every_public_name_of_a_type_is_documented(name: str) -> None:
    cls = TYPES[name]
    public = {attribute for attribute in dir(cls) if not attribute.startswith("_")}
    assert public - _documented(cls) - _PYTHONS - {"unknown_members"} == set()
    values = {member.field for member in MEMBERS.get(cls, ())}
    assert values <= public


def test_instances_have_the_names_of_their_class() -> None:
    context = c.parse_context(examples()["update"])
    for value in (context, context.target, context.input_parameters, context.snapshot(), context.changes()):
        names = {name for name in dir(value) if not name.startswith("_")}
        assert names == {name for name in dir(type(value)) if not name.startswith("_")}
        assert not hasattr(value, "shape")


@pytest.mark.parametrize("name", [name for name in CALLED if issubclass(TYPES[name], Struct)])
def test_help_opens_with_the_signature_and_shows_no_machinery(name: str) -> None:
    shown = pydoc.render_doc(TYPES[name], renderer=_PLAIN_TEXT)
    _, _, opening = shown.partition("\n |  ")
    # Newer Pythons break a long signature into lines.
    signature = "".join(f"{name}{inspect.signature(TYPES[name])}".split())
    assert "".join(opening.replace(" |  ", "").replace(" |\n", "").split()).startswith(signature)
    for word in ("__struct", "__match_args__", "__post_init__", "__annotations__", "_raw_", "_shape", "ClassVar"):
        assert word not in shown


def test_help_of_a_row_is_read_in_one_go() -> None:
    assert len(pydoc.render_doc(c.Entity, renderer=_PLAIN_TEXT)) < 6000


# Copies


@pytest.mark.parametrize("name", EXPORTED)
def test_a_name_is_pickled_as_it_is_imported(name: str) -> None:
    assert pickle.loads(pickle.dumps(EXPORTED[name])) is EXPORTED[name]
    assert copy.copy(EXPORTED[name]) is EXPORTED[name]


@pytest.mark.parametrize("name", examples())
def test_a_pickle_names_no_room(name: str) -> None:
    context = c.parse_context(examples()[name])
    changes = [] if context.is_truncated else [context.changes(target=target) for target in context.targets]
    for value in (c.parse_context(examples()[name]), c.validate(examples()[name]), *changes):
        named = [argument for _, argument, _ in pickletools.genops(pickle.dumps(value)) if isinstance(argument, str)]
        assert [argument for argument in named if argument.startswith("cds_context.")] == []
