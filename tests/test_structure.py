"""The project's shape: imports point one way, public names are complete, the documentation's code runs."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import cds_context
from cds_context import (
    _LATE,  # pyright: ignore[reportPrivateUsage]
    testing,
)
from cds_context.encoding import VALUES, WRITERS
from cds_context.members import LIST_KINDS, MEMBERS, RECORD_KINDS
from cds_context.tolerant import READERS

from .pages import program
from .processes import printed

PACKAGE = Path(cds_context.__file__).parent
ROOT = PACKAGE.parent

ROOMS = [
    ["errors", "dates", "numbers", "codes", "text", "garbling", "request", "tables"],
    ["authentication", "dispatch", "dotnet_string", "queries"],
    ["records"],
    ["fields"],
    ["coercion"],
    ["values"],
    ["targets", "images", "changes"],
    ["snapshots", "envelope"],
    ["context"],
    ["delivery", "members"],
    ["router", "tolerant"],
    ["decoding", "encoding", "plain", "pseudonyms"],
    ["redaction", "servicebus", "webapi", "webhook"],
    ["schema.docstrings", "validation.findings", "validation.places"],
    ["schema.parts", "validation.inspection", "validation.sheet", "validation.spelling"],
    ["schema.plain", "schema.wire", "validation.report"],
    ["schema.forms", "validation"],
    ["schema"],
    [""],
    ["contrib", "contrib.endpoint", "contrib.openapi"],
    ["contrib.aiohttp", "contrib.azure_functions", "contrib.django", "contrib.flask"],
    ["contrib.litestar", "contrib.starlette"],
    ["contrib.fastapi"],
    ["testing.cells", "testing.faults", "testing.folders", "testing.shipped", "testing.strategy_scalars"],
    ["testing.requests", "testing.steps", "testing.strategy_kit", "testing.subjects"],
    ["testing.events"],
    ["testing.actions", "testing.bulk", "testing.links", "testing.rows", "testing.sales"],
    ["testing", "testing.strategy_events"],
    ["testing.strategies"],
    ["cli"],
    ["cli.inputs", "cli.terminal"],
    ["cli.cells", "cli.comparison", "cli.differences", "cli.findings", "cli.options", "cli.sheets"],
    ["cli.branches", "cli.rows"],
    ["cli.view"],
    ["cli.convert", "cli.diff", "cli.schema", "cli.show", "cli.validate"],
    ["tools.addresses", "tools.answers", "tools.bodies", "tools.files", "tools.guards", "tools.lines"],
    ["tools.outcomes", "tools.summaries", "tools.variations"],
    ["tools.posts", "tools.reports"],
    ["tools.details", "tools.inbox", "tools.sending"],
    ["tools.page"],
    ["tools.listener"],
    ["tools", "tools.commands"],
    ["cli.app"],
    ["__main__"],
]
"""Lowest first; a room imports only from floors below its own. A package is the room of its `__init__`, ours is ""."""

FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


def _room(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


FILES = {_room(path): path for path in PACKAGE.rglob("*.py")}


def test_every_room_has_its_floor() -> None:
    assert set(FILES) == set(FLOOR)


def test_the_design_page_names_every_room() -> None:
    page = (ROOT / "docs" / "design.md").read_text("utf-8")
    named = {name for row in re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    rooms = {room.rpartition(".")[2] for room in FLOOR} - {"", "__main__"}
    assert {room for room in rooms if not room.startswith("strategy_")} <= named


def _imported(path: Path, node: ast.Import | ast.ImportFrom) -> list[str]:
    """The rooms of ours that an import names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif node.level:
        folder = ["cds_context", *path.parent.relative_to(PACKAGE).parts]
        inner = [node.module] if node.module else [alias.name for alias in node.names]
        names = [".".join([*folder[: len(folder) - node.level + 1], name]) for name in inner]
    else:
        names = [node.module or ""]
    return [name.removeprefix("cds_context").lstrip(".") for name in names if name.split(".")[0] == "cds_context"]


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_imports_point_down_and_stand_at_the_top(room: str) -> None:
    tree = ast.parse(FILES[room].read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    # What only type checkers need, and what may be missing, stands at the top too.
    conditional = [node for block in tree.body if isinstance(block, ast.If | ast.Try) for node in block.body]
    assert all(node in [*tree.body, *conditional] for node in imports)
    for node in imports:
        assert all(FLOOR[name] < FLOOR[room] for name in _imported(FILES[room], node))


def test_public_names_are_complete_and_documented() -> None:
    names = {name for name in vars(cds_context) if not name.startswith("_") and name not in {*FLOOR, "TYPE_CHECKING"}}
    assert names | set(_LATE) == set(cds_context.__all__) == set(dir(cds_context))
    classes = [getattr(cds_context, name) for name in cds_context.__all__ if name != "Value"]
    assert all(item.__doc__ for item in classes)


def test_public_names_for_tests_are_complete_and_documented() -> None:
    names = {name for name in vars(testing) if not name.startswith("_") and f"testing.{name}" not in FLOOR}
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
    assert loaded.isdisjoint({*_LATE.values(), "dispatch", "pseudonyms"})
    assert not any(room.startswith("schema") for room in loaded)


def test_late_names_are_what_type_checkers_are_told() -> None:
    block = next(node for node in ast.parse(FILES[""].read_text("utf-8")).body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    told = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name: node.module for node in told for alias in node.names} == _LATE


def test_there_are_no_other_late_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cds_context.nothing  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # noqa: B018


def test_reader_and_writer_know_every_kind() -> None:
    kinds = {member.kind.rstrip("?") for members in MEMBERS.values() for member in members}
    records = set(RECORD_KINDS) | set(LIST_KINDS)
    assert kinds - records <= set(WRITERS)
    assert kinds - set(RECORD_KINDS) <= set(READERS)
    assert set(MEMBERS) - {cds_context.RemoteExecutionContext} <= set(VALUES)


@pytest.mark.parametrize("cls", MEMBERS, ids=lambda cls: cls.__name__)
def test_fields_stand_in_the_order_of_the_wire(cls: Any) -> None:
    # The encoder has msgspec write records, which it does in the order of their fields.
    assert [*(member.field for member in MEMBERS[cls]), "unknown_members"] == [*cls.__struct_fields__]


DOCUMENTS = sorted(
    path
    for path in [ROOT / "README.md", ROOT / "schemas/README.md", *ROOT.glob("docs/**/*.md")]
    # Some are run elsewhere: as an application each, and file by file.
    if path.parent.name != "frameworks" and path.name != "start.md" and "```python" in path.read_text("utf-8")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_in_documents_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(program(path), {"__name__": path.stem})  # noqa: S102
