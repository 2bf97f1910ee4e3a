"""The commands of the page on schemas in other tools: what they write compiles, and reads every example of its form."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from .conftest import HERE, PAGE, ROOT, SCHEMAS, Files, commands

Run: TypeAlias = Callable[[str, Path], str]

PROGRAMS = HERE / "programs"
JACKSON = ":".join(f"/usr/share/java/jackson-{name}.jar" for name in ("annotations", "core", "databind"))
NEWTONSOFT = "/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll"


@pytest.fixture(scope="module", name="folder_of")
def folders_with_what_the_commands_of_the_page_wrote(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """One folder for each form. The commands of the page have the plain form; those of OpenAPI have the wire alone."""
    folders: dict[str, Path] = {}

    def folder_of(form: str) -> Path:
        if form not in folders:
            folder = folders[form] = tmp_path_factory.mktemp(form)
            shutil.copytree(ROOT / "schemas", folder, dirs_exist_ok=True)
            for line in commands("Generators of code"):
                run(line.replace(SCHEMAS["plain"], SCHEMAS[form]), folder)
        return folders[form]

    return folder_of


@pytest.fixture(name="form", params=SCHEMAS)
def form_of_an_event(request: pytest.FixtureRequest) -> str:
    form: str = request.param
    return form


@pytest.fixture(name="folder")
def folder_of_a_form(form: str, folder_of: Callable[[str], Path]) -> Path:
    return folder_of(form)


@pytest.fixture(name="files")
def files_of_a_form(form: str, examples_of: Mapping[str, Files]) -> Files:
    return examples_of[form]


# Validators


def test_ajv_takes_the_schemas_in_its_strict_mode(form: str, files: Files, tools: Path, run: Run) -> None:
    schema = ROOT / "schemas" / SCHEMAS[form]
    told = run(shlex.join(["node", "validate.mjs", str(schema), *files.paths]), tools)
    assert told == f"{len(files.paths)}\n"


def test_ajv_finds_faults(form: str, files: Files, tools: Path, run: Run, tmp_path: Path) -> None:
    paths: list[str] = []
    for path in files.paths[:3]:
        value = json.loads(Path(path).read_bytes())
        value["Stage" if form == "wire" else "stage"] = None
        paths.append(str(tmp_path / Path(path).name))
        Path(paths[-1]).write_text(json.dumps(value), "utf-8")
    schema = ROOT / "schemas" / SCHEMAS[form]
    assert run(shlex.join(["node", "validate.mjs", str(schema), *paths]), tools) == "0\n"


def test_spectral_has_no_word_to_say(run: Run, tmp_path: Path) -> None:
    rules = re.search(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert rules
    (tmp_path / ".spectral.yaml").write_text(rules[1], "utf-8")
    shutil.copytree(ROOT / "schemas", tmp_path, dirs_exist_ok=True)
    (line,) = commands("Spectral")
    assert "No results with a severity of 'hint' or higher found!" in run(line, tmp_path)
    without = {**json.loads((tmp_path / "openapi.json").read_bytes()), "tags": [{"name": "a"}, {"name": "a"}]}
    (tmp_path / "openapi.json").write_text(json.dumps(without), "utf-8")
    with pytest.raises(AssertionError, match="openapi-tags-uniqueness"):
        run(line, tmp_path)


# Generators


def test_typescript(form: str, folder: Path, files: Files, run: Run) -> None:
    name = "RemoteExecutionContext" if form == "wire" else "PlainRemoteExecutionContext"
    lines = [f'import type {{ {name} as Types }} from "./types";']
    kinds = ["Types"]
    if form == "wire":
        lines.append('import type { components } from "./openapi";')
        kinds.append('components["schemas"]["RemoteExecutionContext"]')
    for index, path in enumerate(files.paths):
        body = Path(path).read_text("utf-8")
        lines += [f"export const example{index}_{number}: {kind} = {body};" for number, kind in enumerate(kinds)]
    (folder / "examples.ts").write_text("\n".join(lines), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    run("tsc --strict --target es2022 --module es2022 --moduleResolution bundler --outDir compiled *.ts", folder)
    shutil.copy(PROGRAMS / "read.mjs", folder / "compiled")
    assert run(shlex.join(["node", "compiled/read.mjs", *files.paths]), folder) == files.told


def test_csharp(folder: Path, files: Files, run: Run) -> None:
    run(f"mcs -out:read.exe -reference:{NEWTONSOFT} Context.cs {PROGRAMS}/Read.cs", folder)
    assert run(shlex.join(["mono", "read.exe", *files.paths]), folder) == files.told


def test_java(folder: Path, files: Files, run: Run) -> None:
    converter = folder / "generated" / "Converter.java"
    # Debian's jackson-databind declares an IOException beside this one, which that of Jackson's authors does not.
    wider = converter.read_text("utf-8").replace("throws JsonProcessingException", "throws IOException")
    converter.write_text(wider, "utf-8")
    run(f"javac -d compiled -cp {JACKSON} generated/*.java {PROGRAMS}/Read.java", folder)
    assert run(shlex.join(["java", "-cp", f"compiled:{JACKSON}", "Read", *files.paths]), folder) == files.told


def test_go(folder: Path, files: Files, run: Run) -> None:
    shutil.copy(PROGRAMS / "read.go", folder)
    (folder / "go.mod").write_text("module example\n\ngo 1.19\n", "utf-8")
    run("go build -o read .", folder)
    assert run(shlex.join(["./read", *files.paths]), folder) == files.told


@pytest.mark.parametrize(("module", "options"), [("context", ""), ("models", "--strict"), ("structs", "--strict")])
def test_python(module: str, options: str, folder: Path, files: Files, run: Run) -> None:
    shutil.copy(PROGRAMS / "read.py", folder)
    run(f"mypy {options} {module}.py", folder)
    assert run(shlex.join(["python", "read.py", module, *files.paths]), folder) == files.told


# The page


def test_the_page_has_the_versions_that_are_tested() -> None:
    npm = json.loads((HERE / "package.json").read_bytes())["dependencies"]
    pinned = re.findall(r"^([\w-]+)==(\S+)$", (HERE / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    told = {(line[0], line[1]) for line in re.findall(r"^\| `?([@\w/-]+)`? \| ([\d.]+) \|", PAGE, re.MULTILINE)}
    assert told >= {*npm.items(), *pinned}
