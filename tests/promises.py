"""What users rely on, as a list: `python -m tests.promises` writes the folder `promises` anew.

`test_promises` compares the folder with the code. A line that goes or changes is a decision, which the
changelog names. Annotations and meaning are not in the lists: the type checkers and the other tests hold these.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from inspect import Parameter
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
import typer

from cds_context.cli.app import app
from cds_context.validation.findings import RULES

from .command_line import run
from .test_documentation import DOORS, exported

FOLDER = Path(__file__).parent / "promises"

EXIT_CODES: dict[tuple[str, ...], int] = {
    ("--version",): 0,
    ("show", "update"): 0,
    ("show", "missing.json"): 1,
    ("show", "--no-such-option"): 2,
    ("validate", "update"): 0,
    ("validate", "update-too-large"): 0,
    ("validate", "--at-least", "warning", "update-too-large"): 1,
    ("validate", "missing.json"): 1,
    ("plain", "update"): 0,
    ("plain", "missing.json"): 1,
    ("diff", "update", "update"): 0,
    ("diff", "update", "create"): 1,
    ("diff", "update", "missing.json"): 2,
    ("redact", "missing.json"): 1,
    ("format", "update"): 0,
    ("format", "missing.json"): 1,
    ("complete", "missing.json"): 1,
    ("schema",): 0,
    ("schema", "missing"): 2,
}
"""Command lines, and what they end with."""

PRINTED: tuple[tuple[str, ...], ...] = (
    ("validate", "--json", "update-too-large"),
    ("diff", "--json", "update", "update-asynchronous"),
    ("plain", "--form", "rows", "--lines", "update"),
)
"""Command lines that print an object on a line; the other forms of output have published schemas."""


def names(door: str) -> Iterator[str]:
    """A line for each public name of a module, and for each public member of its classes."""
    module = importlib.import_module(door)
    for name in sorted(exported(door)):
        item = getattr(module, name)
        if isinstance(item, type) and get_origin(item) is None:
            yield from _of_class(name, item)
        elif callable(item) and hasattr(item, "__code__"):
            yield f"{name}{_parameters(item)}"
        else:
            yield name


def _of_class(name: str, cls: type[Any]) -> Iterator[str]:
    foreign = any(base.__module__.startswith("litestar") for base in cls.__mro__)
    if issubclass(cls, BaseException):
        bases = ", ".join(base.__name__ for base in cls.__mro__[1:-1] if not base.__name__.startswith("_"))
        status = getattr(cls, "status", None)
        # The attributes of an error have the names of its parameters.
        made = _parameters(cls.__init__, 1) if inspect.isfunction(cls.__init__) else ""
        yield f"{name}{made}: {bases}; status {status}"
    elif is_typeddict(cls) or issubclass(cls, Enum) or foreign:
        yield name
    else:
        yield f"{name}{_parameters(cls)}"
    values: Mapping[str, Enum] = cls.__members__ if issubclass(cls, Enum) else {}
    yield from (f"{name}.{member} = {value.value!r}" for member, value in values.items())
    fields = {field.name for field in msgspec.structs.fields(cls)} if issubclass(cls, msgspec.Struct) else set[str]()
    ours = [base for base in cls.__mro__ if base.__module__.startswith("cds_context")]
    members = fields.union(*map(vars, ours), *map(inspect.get_annotations, ours)) - {*values}
    for member in sorted(member for member in members if not member.startswith("_")):
        item: Any = inspect.getattr_static(cls, member, None)
        method = getattr(item, "__func__", item)
        bound = int(not isinstance(item, staticmethod))
        yield f"{name}.{member}" + (_parameters(method, bound) if inspect.isfunction(method) else "")


def _parameters(item: Any, bound: int = 0) -> str:
    try:
        parameters = [*inspect.signature(item).parameters.values()][bound:]
    except ValueError:  # a class made in C says nothing
        return ""
    texts = [_parameter(parameter) for parameter in parameters]
    keywords = [position for position, each in enumerate(parameters) if each.kind is Parameter.KEYWORD_ONLY]
    if keywords and not any(each.kind is Parameter.VAR_POSITIONAL for each in parameters):
        texts.insert(keywords[0], "*")
    return f"({', '.join(texts)})"


def _parameter(parameter: Parameter) -> str:
    if parameter.kind is Parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    if parameter.kind is Parameter.VAR_KEYWORD:
        return f"**{parameter.name}"
    if parameter.default is Parameter.empty:
        return parameter.name
    plain = isinstance(parameter.default, (str, int, float, type(None))) and not isinstance(parameter.default, Enum)
    return f"{parameter.name}={parameter.default!r}" if plain else f"{parameter.name}=…"


def commands() -> Iterator[str]:
    """Every command, with its arguments and options, and what these can be."""
    group: Any = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        hints = get_type_hints(inspect.unwrap(command.callback))
        for parameter in command.params:
            kinds = {hints[parameter.name], *get_args(hints[parameter.name])}
            enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
            choices = [str(choice.value) for enum in enums for choice in enum]
            yield " ".join([name, "/".join([*parameter.opts, *parameter.secondary_opts]), *choices])


def exit_codes() -> Iterator[str]:
    """What command lines end with."""
    for line in EXIT_CODES:
        yield f"{run(*line).exit_code} {' '.join(line)}"


def printed() -> Iterator[str]:
    """The members of the objects that command lines print, and of the objects in their arrays."""
    for line in PRINTED:
        found: dict[str, None] = {}
        for text in run(*line).stdout.splitlines():
            document: dict[str, Any] = json.loads(text)
            for member, value in document.items():
                found[member] = None
                if member == "findings":
                    found |= {f"{member}[].{inner}": None for item in value for inner in item}
        yield from (f"{' '.join(line[:3])}: {member}" for member in found)


def findings() -> Iterator[str]:
    """The codes of findings."""
    return (f"{code} {rule.severity}: {rule.title}" for code, rule in RULES.items())


TABLES = {
    "commands": commands,
    "exit-codes": exit_codes,
    "printed": printed,
    "findings": findings,
}
"""What is promised beside names."""


def text(lines: Iterable[str]) -> str:
    """A list as it stands in its file."""
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Write every list anew."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    lists = {door: names(door) for door in DOORS} | {name: lines() for name, lines in TABLES.items()}
    for name, lines in lists.items():
        (FOLDER / f"{name}.txt").write_text(text(lines), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
