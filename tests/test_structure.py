"""The project's shape: imports point one way, public names are complete, the documentation's code runs."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, get_args

import pytest

import cds_context
from cds_context import (
    _LATE,  # pyright: ignore[reportPrivateUsage]
    testing,
)
from cds_context.codec.encoding import VALUES, WRITERS
from cds_context.codec.tolerant import READERS
from cds_context.model.kinds import MEMBERS, RECORDS, TAGS
from cds_context.model.late import Late
from cds_context.model.values import TaggedValue

from .batches import each
from .pages import program
from .processes import printed

PACKAGE = Path(cds_context.__file__).parent
ROOT = PACKAGE.parent

FLOORS = [
    ["errors"],
    ["wire"],
    ["model"],
    ["event"],
    ["codec", "transport"],
    ["conversion"],
    ["schema", "validation"],
    ["queries", "router", "servicebus", "webhook"],
    ["cds_context"],
    ["tables", "testing"],
    ["contrib"],
    ["display"],
    ["tools"],
    ["cli"],
    ["__main__"],
]
"""Folders, and files at the root, lowest first: a file imports from its own folder and from floors below it.

A folder has one subject. A file at the root is a door, which users import; `cds_context` is the front door, `__init__`.
"""

FLOOR = {place: floor for floor, places in enumerate(FLOORS) for place in places}


def _room(path: Path) -> str:
    """A file as `folder.name`; a folder's `__init__` is the folder, and the package's own is the front door."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").rstrip(".") or "cds_context"


FILES = {_room(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _place(room: str) -> str:
    return room.partition(".")[0]


def test_every_folder_and_every_door_has_its_floor() -> None:
    assert {_place(room) for room in FILES} == set(FLOOR)


def test_the_design_page_names_every_room_on_its_floor() -> None:
    page = (ROOT / "docs" / "design.md").read_text("utf-8")
    rows = re.findall(r"^\| `?(\w+)`? \| (.*?) \|", page, re.MULTILINE)
    named = {floor: set(re.findall(r"`(\w+)`", rooms)) for floor, rooms in rows}
    for room in FILES:
        folder, _, name = room.partition(".")
        if name:
            assert name in named[folder], f"{room} is not in the table of the house"
    picture = page[page.index("```text") :]
    assert all(place in picture for place in FLOOR)


def test_a_file_of_tests_names_rooms_that_there_are() -> None:
    rooms = {*FILES, *(room.rpartition(".")[2] for room in FILES)}
    for path in (ROOT / "tests").rglob("test_*.py"):
        said = path.read_text("utf-8").partition("\n")[0].partition(":")[0]
        named = re.findall(r"`([\w.]+)`", said) if said.startswith('"""The room') else []
        assert rooms.issuperset(named), f"{path}: {named}"


def test_a_folder_holds_files_and_no_folders() -> None:
    assert all(room.count(".") <= 1 for room in FILES)


@pytest.mark.parametrize("room", sorted(room for room in FILES if "." not in room and (PACKAGE / room).is_dir()))
def test_the_init_of_a_folder_only_names_what_is_in_it(room: str) -> None:
    # What a folder exports, and which of it loads late, stands there; what anything does is in a file with a name.
    tree = ast.parse(FILES[room].read_text("utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        late = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        assert late or isinstance(node, ast.ImportFrom | ast.Assign | ast.Expr), ast.unparse(node)


@each("room", sorted(FILES))
def test_a_file_is_short_or_says_why_it_is_long(room: str) -> None:
    source = FILES[room].read_text("utf-8")
    said = ast.get_docstring(ast.parse(source)) or ""
    assert source.count("\n") <= 400 or "This file is long because" in said


def _imported(path: Path, node: ast.Import | ast.ImportFrom) -> list[str]:
    """The rooms of ours that an import names."""
    if isinstance(node, ast.Import):
        found = [alias.name.split(".") for alias in node.names]
    else:
        folder = ["cds_context", *path.parent.relative_to(PACKAGE).parts]
        base = folder[: len(folder) - node.level + 1] if node.level else []
        base += node.module.split(".") if node.module else []
        found = [[*base, alias.name] for alias in node.names]
    ours = [".".join(names[1:]) for names in found if names[0] == "cds_context"]
    # A name is a file, or stands in one.
    return [name if name in FILES else name.rpartition(".")[0] or "cds_context" for name in ours]


def _imports(room: str) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(FILES[room].read_text("utf-8"))) if isinstance(node, IMPORT)]


IMPORT = (ast.Import, ast.ImportFrom)


def _at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What only type checkers need, what may be missing, and what must not be interrupted stands at the top too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _at_the_top(node.body)


@each("room", sorted(FILES))
def test_imports_point_down_and_stand_at_the_top(room: str) -> None:
    tree = ast.parse(FILES[room].read_text("utf-8"))
    at_the_top = {ast.dump(node, include_attributes=True) for node in _at_the_top(tree.body)}
    for node in _imports(room):
        assert ast.dump(node, include_attributes=True) in at_the_top
        for name in _imported(FILES[room], node):
            assert _place(name) == _place(room) or FLOOR[_place(name)] < FLOOR[_place(room)], f"{room}: {name}"


FOR_TYPE_CHECKERS = {(room, "model.values") for room in ("model.rows", "model.parameters", "model.searches")}
"""Imports that never happen: a type names the union `Value` in its annotations, and is a part of the union."""


def test_files_of_a_folder_import_each_other_in_no_circle() -> None:
    waiting = {
        room: {
            name
            for node in _imports(room)
            for name in _imported(FILES[room], node)
            if name in FILES and name != room and (room, name) not in FOR_TYPE_CHECKERS
        }
        for room in FILES
    }
    # The front door imports what is below it, and is imported by what is above: that is no circle.
    while waiting:
        free = {room for room, needed in waiting.items() if needed.isdisjoint(waiting)}
        assert free, f"these import each other: {sorted(waiting)}"
        waiting = {room: needed for room, needed in waiting.items() if room not in free}


def test_public_names_are_complete_and_documented() -> None:
    names = {name for name in vars(cds_context) if not name.startswith("_") and name not in {*FLOOR, "TYPE_CHECKING"}}
    in_annotations = {"ClassVar", "Decimal", "Mapping", "UUID", "UnsetType", "datetime"}
    assert (names - in_annotations) | set(_LATE) == set(cds_context.__all__) == set(dir(cds_context))
    classes = [getattr(cds_context, name) for name in cds_context.__all__ if name != "Value"]
    assert all(item.__doc__ for item in classes)


def test_public_names_for_tests_are_complete_and_documented() -> None:
    names = {name for name in vars(testing) if not name.startswith("_") and f"testing.{name}" not in FILES}
    assert names == set(testing.__all__)
    documented = [getattr(testing, name) for name in testing.__all__ if name not in ("Images", "Plain", "Row")]
    assert all(item.__doc__ for item in documented)


DOORS = ["queries", "router", "servicebus", "webhook"]
"""Rooms that users import by name."""


@pytest.mark.parametrize("door", DOORS)
def test_doors_name_all_that_is_public_and_document_it(door: str) -> None:
    room = importlib.import_module(f"cds_context.{door}")
    assert all(getattr(room, name).__doc__ for name in room.__all__ if name != "MAX_BYTES")
    own = {name for name, item in vars(room).items() if getattr(item, "__module__", "") == room.__name__}
    assert {name for name in own if not name.startswith("_")} - {"E", "R"} <= set(room.__all__)


def test_doors_and_what_they_need_are_left_out_of_the_import() -> None:
    code = "import sys, cds_context; print(*[name for name in sys.modules if name.startswith('cds_context.')])"
    names = printed([sys.executable, "-c", code], cwd=ROOT).split()
    loaded = {name.partition(".")[2] for name in names}
    assert loaded.isdisjoint({*DOORS, "authentication", "delivery", "dotnet_string", "request", "testing", "contrib"})
    assert loaded.isdisjoint({*_LATE.values(), *LATE_ROOMS, "dispatch", "pseudonyms"})
    assert not any(room.startswith("schema") for room in loaded)


LATE_ROOMS = {
    *("codec.refused", "codec.survey", "codec.tolerant", "event.dependents", "event.identity", "event.images"),
    *("event.messages", "event.outcomes", "event.parameters", "event.parties", "event.targets"),
    *("model.classes", "model.columns", "wire.escapes", "wire.rewriting", "wire.wrappings"),
}
"""Rooms that are loaded when something in them is first asked for, by `Late`, and what only these need."""


@pytest.mark.parametrize("room", sorted(room for room, path in FILES.items() if " Late(" in path.read_text("utf-8")))
def test_a_room_that_loads_late_is_the_one_that_type_checkers_are_told_of(room: str) -> None:
    module = importlib.import_module(f"cds_context.{room}")
    late = {name: vars(item)["_name"] for name, item in vars(module).items() if isinstance(item, Late)}
    told = {
        alias.asname or alias.name: (
            f"{resolve_name('.' * node.level + (node.module or ''), module.__package__)}.{alias.name}"
        )
        for node in _imports(room)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) in late
    }
    assert told == {name: item for name, item in late.items() if name != "inspect"}  # `import inspect` says it all


def test_late_names_are_what_type_checkers_are_told() -> None:
    block = next(node for node in ast.parse(FILES["cds_context"].read_text("utf-8")).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    told = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name: node.module for node in told for alias in node.names} == _LATE


def test_there_are_no_other_late_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cds_context.nothing  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # noqa: B018


def test_reader_and_writer_know_every_kind() -> None:
    kinds = {member.kind for members in MEMBERS.values() for member in members}
    assert kinds <= set(WRITERS)
    assert kinds - set(RECORDS) <= set(READERS)
    assert set(MEMBERS) - {cds_context.RemoteExecutionContext} <= set(VALUES)


def test_every_type_is_exported_and_in_the_union_of_values() -> None:
    names = {cls.__name__ for cls in MEMBERS}
    assert names - set(cds_context.__all__) == set(), "not exported by cds_context"
    in_union = {cls.__name__ for cls in get_args(TaggedValue)}
    assert {cls.__name__ for cls in TAGS} ^ in_union == set(), "not in model.values.TaggedValue, or without a tag"


@pytest.mark.parametrize("cls", MEMBERS, ids=lambda cls: cls.__name__)
def test_fields_stand_in_the_order_of_the_wire(cls: Any) -> None:
    # The encoder has msgspec write records, which it does in the order of their fields.
    assert [*(member.field for member in MEMBERS[cls]), "unknown_members"] == [*cls.__struct_fields__]


DOCUMENTS = sorted(
    path
    for path in [ROOT / "schemas/README.md", *ROOT.glob("docs/**/*.md")]
    # Some are run elsewhere, as README.md is: as an application each, and file by file.
    if path.parent.name != "frameworks" and path.name != "start.md" and "```python" in path.read_text("utf-8")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_in_documents_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(program(path), {"__name__": path.stem})  # noqa: S102
