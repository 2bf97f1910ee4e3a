"""Tests against what the platform's serializer wrote, what its reader made of bad input, and what servers posted."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from cds_context import DecodeError, encode_context, parse_context
from cds_context.codec import decoding

from .batches import each
from .conformance import Hostile, descriptions, graph, hostile, serialized
from .graphs import differences
from .hostile_table import HEADER, TABLE, row, value_differences

CAPTURES = Path(__file__).parents[2] / "shared" / "captures"

RESPELLED: Final[dict[str, str]] = {}
"""Bodies that do not come back byte for byte, each with the reason; only the spelling of a double may differ."""

SIGNLESS: Final = {"all_values", "value_double_negzero"}
"""By default a double -0 reads as the int 0, as `json.loads` reads it; Decimal keeps the sign."""

_NUMBER = re.compile(rb"(?<=[:,\[])-?[0-9][0-9.Ee+-]*(?=[,\]}])")


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    """The lines of the table of differences, by name."""
    lines = TABLE.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert lines[0] == HEADER
    return {line.partition("\t")[0]: line for line in lines[1:]}


def test_archive_is_complete() -> None:
    assert len(serialized()) == 398
    assert serialized().keys() == descriptions().keys()
    assert all(graph(name)[0] == ("$", "RemoteExecutionContext", "") for name in serialized())
    assert len(hostile()) == len({case.name for case in hostile()}) == 565


@each("name", serialized())
def test_parsed_tree_agrees_with_graph(name: str) -> None:
    found = differences(parse_context(serialized()[name]), graph(name))
    if name in SIGNLESS:
        assert found
    else:
        assert found == []


@each("name", serialized())
def test_exact_tree_agrees_with_graph(name: str) -> None:
    context = parse_context(serialized()[name], parse_float=Decimal)
    assert differences(context, graph(name)) == []


@each("name", serialized())
def test_exact_tree_encodes_to_the_same_bytes(name: str) -> None:
    body = serialized()[name]
    encoded = encode_context(parse_context(body, parse_float=Decimal))
    if name in RESPELLED:
        assert encoded != body, "no exception any more"
        assert _without_spelling(encoded) == _without_spelling(body)
    else:
        assert encoded == body


def _without_spelling(body: bytes) -> bytes:
    return _NUMBER.sub(lambda match: repr(float(match[0])).encode(), body)


def test_few_bodies_are_respelled() -> None:
    assert len(RESPELLED) <= 15
    assert RESPELLED.keys() <= serialized().keys()


def test_comparison_notices_another_graph() -> None:
    context = parse_context(serialized()["value_string"])
    assert differences(context, graph("value_string_empty"))
    assert differences(context, graph("context_minimal"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"James"', b'"Jim"'),
        (b'"Depth":1', b'"Depth":2'),
        (b'"RequestId":"', b'"Surplus":1,"RequestId":"'),
        (b'"key":"string"', b'"key":"other"'),
        (b'"LogicalName":"contact"', b'"LogicalName":null'),
        (b"\\/Date(1506409448000)\\/", b"\\/Date(1506409448000+0000)\\/"),
    ],
)
def test_comparison_notices_a_changed_body(old: bytes, new: bytes) -> None:
    body = serialized()["value_string"]
    assert old in body
    assert differences(parse_context(body.replace(old, new)), graph("value_string"))


@pytest.mark.parametrize("parse_float", [float, Decimal])
@each("case", hostile(), ids=lambda case: case.name)
def test_hostile_body_gives_a_value_or_decode_error(case: Hostile, parse_float: type[float | Decimal]) -> None:
    error = _decode_error(case.body, parse_float)
    assert error is None or (error.path.startswith("$") and error.reason)


def _decode_error(body: bytes, parse_float: type[float | Decimal]) -> DecodeError | None:
    try:
        parse_context(body, parse_float=parse_float)
    except DecodeError as error:
        return error
    return None


@each("case", hostile(), ids=lambda case: case.name)
def test_hostile_body_differs_from_platform_only_as_documented(case: Hostile, table: dict[str, str]) -> None:
    assert row(case) == table.get(case.name), _explained(case)


def _explained(case: Hostile) -> str:
    try:
        return "\n".join(value_differences(case, parse_context(case.body)))
    except DecodeError as error:
        return str(error)


def test_table_names_only_hostile_bodies(table: dict[str, str]) -> None:
    assert list(table) == [case.name for case in hostile() if case.name in table]


def captures() -> list[object]:
    """A parameter for each captured body; one that is skipped, visibly, where they are not at hand."""
    if not CAPTURES.is_dir():
        skip = pytest.mark.skip(reason="the captures are not part of the repository")
        return [pytest.param(None, id="none", marks=skip)]
    return [pytest.param(path, id=path.stem) for path in sorted(CAPTURES.glob("*.json"))]


@pytest.mark.parametrize("path", captures())
def test_capture_needs_the_fast_pass_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(decoding, "refused")
    assert parse_context(path.read_bytes()).message_name


@pytest.mark.parametrize("path", captures())
def test_capture_encodes_to_the_same_bytes(path: Path) -> None:
    body = path.read_bytes()
    assert encode_context(parse_context(body, parse_float=Decimal)) == body
