"""The commands `plain`, `format`, `redact` and `complete`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cds_context import change_rows, encode_context, parse_context, redact, to_plain, to_webapi
from cds_context.cli.terminal import Screen
from cds_context.conversion.redaction import KEPT
from cds_context.testing import complete, examples

from ..command_line import ESCAPES, EXAMPLE, EXAMPLES, run

CONTEXT = parse_context(EXAMPLE.read_bytes(), parse_float=Decimal)


def test_plain_is_what_to_plain_gives() -> None:
    result = run("plain", EXAMPLE)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == to_plain(CONTEXT, mode="json")
    assert result.stdout.startswith('{\n  "business_unit_id": ')


def test_json_lines_hold_a_context_each() -> None:
    lines = run("plain", "-l", EXAMPLES).stdout.splitlines()
    assert [json.loads(line)["message_name"] for line in lines] == [
        parse_context(path.read_bytes()).message_name for path in sorted(EXAMPLES.iterdir())
    ]


def test_webapi_is_the_row_after_the_event() -> None:
    assert json.loads(run("plain", "--form", "webapi", EXAMPLE).stdout) == to_webapi(CONTEXT.snapshot())


def test_webapi_is_a_document_for_each_row_of_a_bulk_message() -> None:
    rows = run("plain", "--form", "webapi", "--lines", EXAMPLES / "create-multiple.json").stdout.splitlines()
    assert [json.loads(row)["name"] for row in rows] == ["Ringlicht", "Prüfstand 日本"]


def test_rows_are_what_changed() -> None:
    rows = [json.loads(line) for line in run("plain", "--form", "rows", "-l", EXAMPLE).stdout.splitlines()]
    (row,) = [row for row in rows if row["column"] == "preferredcontactmethodcode"]
    assert (row["old"], row["old_label"], row["new"], row["new_label"]) == ("1", "Any", "2", "Email")
    assert rows == [{"file": str(EXAMPLE), **row} for row in change_rows(CONTEXT)]


def test_rows_are_chosen_by_status_and_column() -> None:
    options = ("--form", "rows", "-l", "--status", "changed", "--status", "unknown", "--column", "telephone1")
    rows = [json.loads(line) for line in run("plain", *options, "--column", "contactid", EXAMPLE).stdout.splitlines()]
    assert [(row["column"], row["status"]) for row in rows] == [("telephone1", "changed")]


def test_a_column_of_no_event_is_told() -> None:
    options = ("--form", "rows", "--status", "changed", "--column", "contactid", "--column", "telefone1")
    result = run("plain", *options, EXAMPLE, EXAMPLES / "update-too-large.json")
    assert result.stdout == ""
    assert "no event tells anything of a column `telefone1`" in result.stderr
    assert "contactid" not in result.stderr  # told of, and unchanged
    result = run("plain", "--form", "rows", "--column", "First Name", EXAMPLE)
    assert result.exit_code == 1
    assert "a column is given by its logical name" in result.stderr


def test_other_forms_have_no_rows_to_choose_from() -> None:
    result = run("plain", "--column", "telephone1", EXAMPLE)
    assert result.exit_code == 2
    assert "choose among the rows of --form rows" in " ".join(result.stderr.split())


@pytest.mark.parametrize("form", ["webapi", "rows"])
def test_a_truncated_context_is_told_and_stops_no_other(form: str) -> None:
    result = run("plain", "--form", form, EXAMPLES / "update-too-large.json", EXAMPLE)
    assert result.exit_code == 1
    assert "the server cut this context" in result.stderr
    assert "Amélie" in result.stdout


@pytest.mark.parametrize("name", examples())
def test_format_writes_the_servers_own_form(name: str) -> None:
    indented = run("format", "--indent", "2", EXAMPLES / f"{name}.json").stdout_bytes
    assert indented.count(b"\n  ") > 20
    assert run("format", stdin=indented).stdout_bytes == examples()[name] + b"\n"


def test_format_converts_between_message_formats(tmp_path: Path) -> None:
    in_binary = run("format", "--to", "binary", EXAMPLE).stdout_bytes
    in_xml = run("format", "--to", "xml", stdin=in_binary).stdout_bytes
    assert in_xml.endswith(b"</RemoteExecutionContext>\n")
    assert run("format", stdin=in_xml).stdout_bytes == EXAMPLE.read_bytes() + b"\n"
    for to, name in (("binary", "example.bin"), ("xml", "example.xml")):
        assert run("format", "--to", to, "--output", tmp_path, EXAMPLE).exit_code == 0
        assert parse_context((tmp_path / name).read_bytes()) == CONTEXT
    assert run("format", "--to", "xml", "--indent", "2", EXAMPLE).stdout.count("\n  <") > 20
    back = tmp_path / "back"
    assert run("format", "--output", back, tmp_path / "example.bin").exit_code == 0
    assert (back / "example.json").read_bytes() == EXAMPLE.read_bytes()


def test_binary_has_no_lines() -> None:
    result = run("format", "--to", "binary", "--indent", "2", EXAMPLE)
    assert (result.exit_code, "no lines" in result.stderr) == (2, True)


def test_binary_is_not_printed_on_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Screen, "is_terminal", True)
    result = run("format", "--to", "binary", EXAMPLE)
    assert (result.exit_code, result.stdout_bytes) == (2, b"")
    assert "--output" in result.stderr
    assert run("format", "--to", "binary", "--output", tmp_path, EXAMPLE).exit_code == 0
    assert run("format", "--to", "xml", EXAMPLE).exit_code == 0


@pytest.mark.parametrize("command", ["show", "plain", "validate", "redact"])
@pytest.mark.parametrize("to", ["xml", "binary"])
def test_commands_read_all_message_formats(command: str, to: str, tmp_path: Path) -> None:
    run("format", "--to", to, "--output", tmp_path, EXAMPLE)
    result = run(command, tmp_path)
    assert result.exit_code == 0
    said = {"show": "Update", "plain": '"message_name": "Update"', "validate": "CDS308", "redact": '"Update"'}
    assert said[command] in result.stdout
    if command == "validate":
        assert ("in XML" if to == "xml" else "in .NET Binary") in result.stdout


def test_redact_writes_a_body_without_content() -> None:
    result = run("redact", EXAMPLE)
    assert result.exit_code == 0
    assert parse_context(result.stdout_bytes).message_name == "Update"
    assert "Brandt" not in result.stdout
    assert result.stdout != run("redact", EXAMPLE).stdout


def test_redact_tells_once_what_was_kept(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    result = run("redact", EXAMPLE, tmp_path / "a.json", "update", "--keep", "lastname", "--keep", "new_x\x1b")
    assert result.exit_code == 1
    said = f"kept as it was: {'; '.join(KEPT)}; all of lastname; all of new_x\\u001b\n"
    assert result.stderr.endswith(said)
    assert result.stderr.count("kept") == 1
    assert run("redact", "--output", tmp_path, EXAMPLE).stderr.endswith("; all of ChangedEntityTypes\n")
    assert "kept" not in run("redact", tmp_path / "a.json").stderr


def test_the_help_tells_what_is_kept() -> None:
    said = " ".join(run("redact", "--help", COLUMNS="100").stdout.split())
    names, *others = KEPT
    assert f"N{names[1:]}, stay as they are. So do {'; '.join(others)}." in said


def test_a_seed_makes_it_repeatable_and_can_stay_out_of_the_shell_history() -> None:
    expected = encode_context(redact(CONTEXT, seed="s")) + b"\n"
    assert run("redact", "--seed", "s", EXAMPLE).stdout_bytes == expected
    assert run("redact", EXAMPLE, CDS_CONTEXT_SEED="s").stdout_bytes == expected


def test_the_seed_is_not_shown() -> None:
    assert "hush" not in run("redact", "--help", CDS_CONTEXT_SEED="hush").output


def test_what_is_kept_stays() -> None:
    kept = parse_context(run("redact", "--keep", "organization_name", "--keep", "lastname", EXAMPLE).stdout_bytes)
    assert kept.organization_name == "fabrikamdev"
    assert kept.pre_entity_images["PreImage"]["lastname"] == "Brandt"  # type: ignore[index] # it is there
    assert kept.pre_entity_images["PreImage"]["fullname"] != "Amelie Brandt"  # type: ignore[index] # it is there


def test_a_folder_gets_a_file_for_each_body_byte_for_byte(tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    lines.write_bytes(b"\n".join([examples()["update"], examples()["assign"]]) + b"\n")
    folder = tmp_path / "not" / "there"
    result = run("format", "--output", folder, lines, EXAMPLE)
    assert (result.exit_code, result.output) == (0, "")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "events-1.json": examples()["update"],
        "events-2.json": examples()["assign"],
        "example.json": EXAMPLE.read_bytes(),
    }
    assert run("redact", "-o", folder, folder / "events-1.json").exit_code == 0
    assert b"Brandt" not in (folder / "events-1.json").read_bytes()


def test_no_file_is_written_twice(tmp_path: Path) -> None:
    result = run("format", "--output", tmp_path, EXAMPLE, EXAMPLE)
    assert result.exit_code == 1
    assert result.stderr == f"{EXAMPLE}: a file of the name example.json was written just now\n"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "example.json").mkdir()
    result = run("format", "--output", tmp_path, EXAMPLE)
    assert (result.exit_code, result.stderr) == (1, f"{EXAMPLE}: cannot be written: is a directory\n")


def test_a_folder_that_is_none_is_a_usage_error() -> None:
    assert run("format", "--output", EXAMPLE, EXAMPLE).exit_code == 2


def test_names_of_columns_are_written_as_they_are() -> None:
    body = EXAMPLE.read_bytes().replace(b'"new_source"', json.dumps(ESCAPES).replace("/", "\\/").encode())
    variables = json.loads(run("plain", stdin=body).stdout)["shared_variables"]
    assert list(variables) == [ESCAPES.replace("\ud83d", "\\ud83d")]


CUT = b'{"MessageName": "Update", "InputParameters": [{"key": "a", "value": 1.50}]}'


def test_a_cut_body_is_completed_and_what_was_made_up_is_told(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_bytes(CUT)
    result = run("complete", tmp_path / "cut.json", "update", "--output", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "out" / "cut.json").read_bytes() == complete(CUT).body
    assert (tmp_path / "out" / "update.json").read_bytes() == examples()["update"]
    assert result.stderr == f"{tmp_path}/cut.json: made up: {', '.join(complete(CUT).made_up)}\n"


def test_a_completed_body_can_be_indented() -> None:
    result = run("complete", "--indent", "2", stdin=CUT)
    assert result.exit_code == 0
    assert '\n      "value": 1.50\n' in result.stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "malformed JSON"),
        (b'{"UserId": ""}', "the member `MessageName` is missing, and cannot be made up - at `$`"),
        (b'{"MessageName": "Update", "Depth": null}', "expected an integer, found null - at `$.Depth`"),
    ],
)
def test_what_cannot_be_completed_is_told(body: bytes, said: str) -> None:
    result = run("complete", stdin=body)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"<stdin>: {said}")
    assert "made up: " not in result.stderr


def test_a_file_to_complete_that_is_not_there_is_told() -> None:
    assert run("complete", "nothing.json").stderr == "nothing.json unreadable: no such file or directory\n"
