"""What tables cost, and how often other ways to the same answer are wrong: `python -m benchmarks.tables`.

The events are made here, so it is known what changed: Updates of contacts with a lookup, an amount, a choice and text,
most of them with a pre-image, some sent again with another display name or with more zeros, some without an image, and
some lines that are broken. Each way takes turns with `orjson.loads` of the same bytes, in one process.
"""

from __future__ import annotations

import importlib
import random
import resource
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any
from uuid import UUID

import orjson

from cds_context import EntityReference, Money, OptionSetValue, encode_context
from cds_context.tables import changes_table, events_table, row_schemas, rows_tables
from cds_context.testing import update

from .measure import seconds

# These have annotations that leave much unknown.
duckdb: Any = importlib.import_module("duckdb")
pl: Any = importlib.import_module("polars")

_EVENTS = 2_000
_BROKEN = 20
_FILLER = 30
"""Further columns of a row, as forms have them."""

Answer = dict[tuple[int, str], str]
"""The status of each submitted column, by the event's position."""


def made() -> tuple[list[bytes], Answer]:
    """Bodies, and what changed in them."""
    chance = random.Random(1)  # noqa: S311 - data, no secret
    bodies: list[bytes] = []
    truth: Answer = {}
    for index in range(_EVENTS):
        before, after = _row(chance), _row(chance)
        if index % 3 == 0:
            key = before["parentcustomerid"].id
            after["parentcustomerid"] = EntityReference("account", key, "Renamed")
            after["creditlimit"] = Money(before["creditlimit"].value.quantize(Decimal("0.0000")))
        has_image = index % 5 != 0
        for column in after:
            same = _bare(before[column]) == _bare(after[column])
            truth[index, column] = ("unchanged" if same else "changed") if has_image else "unknown"
        context = update(
            "contact", before=before, after=after, pre_image="Before" if has_image else {}, seed=index, stage=40
        )
        bodies.append(encode_context(context))
    return bodies + [bodies[index][: len(bodies[index]) // 2] for index in range(_BROKEN)], truth


def _row(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(3)
    filler = {f"new_text{column}": f"text {chance.randrange(4)}" for column in range(_FILLER)}
    return {
        "parentcustomerid": EntityReference("account", UUID(int=number + 1), f"Account {number}"),
        "creditlimit": Money(Decimal(number + 1).quantize(Decimal("0.00"))),
        "preferredcontactmethodcode": OptionSetValue(number),
        **filler,
    }


def _bare(value: Any) -> Any:
    return getattr(value, "id", None) or getattr(value, "value", value)


def by_tables(bodies: list[bytes]) -> Answer:
    """The answer of `changes_table`; positions by the event's id."""
    index = {event: position for position, event in enumerate(_ids(bodies))}
    answer: Answer = {}
    for batch in changes_table(bodies):
        arrays: list[Any] = [batch.column(name) for name in ("event_id", "column", "status")]
        for event, column, status in zip(*(array.to_pylist() for array in arrays), strict=True):
            answer[index[event], column] = status
    return answer


def _ids(bodies: list[bytes]) -> list[str]:
    columns: list[Any] = [batch.column("event_id") for batch in events_table(bodies)]
    return [item for column in columns for item in column.to_pylist()]


def by_loop(bodies: list[bytes]) -> Answer:
    """What is written over orjson: the values are compared as they stand, and what is in no image counts as changed."""
    answer: Answer = {}
    for index, body in enumerate(bodies):
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError:
            continue
        target = next(pair["value"] for pair in event["InputParameters"] if pair["key"] == "Target")
        images = event["PreEntityImages"]
        before = {pair["key"]: pair["value"] for pair in images[0]["value"]["Attributes"]} if images else {}
        for pair in target["Attributes"]:
            same = before.get(pair["key"]) == pair["value"]
            answer[index, pair["key"]] = "unchanged" if same else "changed"
    return answer


_SQL = """
WITH events AS (SELECT row_number() OVER () - 1 AS event, json FROM read_ndjson_objects('{path}', ignore_errors=true)),
submitted AS (SELECT event, unnest(json_extract(json, '$.InputParameters[0].value.Attributes[*]')) AS pair FROM events),
images AS (
    SELECT event, unnest(json_extract(json, '$.PreEntityImages[0].value.Attributes[*]')) AS pair FROM events
)
SELECT s.event, s.pair->>'key',
    CASE WHEN (s.pair->'value') IS DISTINCT FROM (i.pair->'value') THEN 'changed' ELSE 'unchanged' END
FROM submitted s LEFT JOIN images i ON s.event = i.event AND (s.pair->>'key') = (i.pair->>'key')
"""


def by_duckdb(path: Path) -> Answer:
    """What is written in SQL over JSON."""
    rows: list[tuple[int, str, str]] = duckdb.sql(_SQL.format(path=path)).fetchall()
    return {(event, column): status for event, column, status in rows}


def by_polars(path: Path, columns: list[str]) -> Answer:
    """What is written with polars: a path into the JSON for each column, because it reads no list of mixed values."""
    line = pl.col("line").str

    def value(of: str, column: str) -> Any:
        return line.json_path_match(f"$.{of}[0].value.Attributes[?(@.key == '{column}')].value")

    def status(column: str) -> Any:
        is_changed = value("InputParameters", column).ne_missing(value("PreEntityImages", column))
        return pl.when(is_changed).then(pl.lit("changed")).otherwise(pl.lit("unchanged")).alias(column)

    lines = pl.read_csv(path, has_header=False, new_columns=["line"], separator="\x01", quote_char=None)
    events = lines.with_row_index("event").filter(line.json_path_match("$.MessageName").is_not_null())
    rows = events.select("event", *map(status, columns)).unpivot(index="event").rows()
    return {(event, column): status for event, column, status in rows}


def main() -> None:
    bodies, truth = made()
    whole = bodies[:-_BROKEN]
    print(f"{len(whole):,} events, {sum(map(len, whole)) / len(whole):,.0f} bytes each, {_BROKEN} broken lines")
    print()
    print(f"{'speed beside orjson.loads of the same bytes':<48}{'bar':>8}{'reached':>9}")
    schemas = row_schemas(whole)
    ways: dict[str, tuple[float, Callable[[], Any]]] = {
        "events_table": (0.45, lambda: list(events_table(whole))),
        "changes_table": (0.2, lambda: list(changes_table(whole))),
        "rows_tables, with schemas": (0.1, lambda: list(rows_tables(whole, schemas=schemas)["contact"])),
    }
    orjsons, *times = seconds(
        lambda: [orjson.loads(body) and None for body in whole], *(way for _, way in ways.values()), rounds=5
    )
    for (name, (bar, _)), time in zip(ways.items(), times, strict=True):
        print(f"{name:<48}{bar:>8.2f}{orjsons / time:>9.2f}")
    print(f"{'peak of memory of all of them, MB':<56}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>9.0f}")
    print()
    print(f"{'which columns changed: ' + f'{len(truth):,} answers':<48}{'wrong':>8}{'missing':>9}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        path.write_bytes(b"\n".join(bodies))
        others: dict[str, Callable[[], Answer]] = {
            "changes_table": lambda: by_tables(bodies),
            "a loop over orjson": lambda: by_loop(bodies),
            "SQL over JSON, DuckDB": lambda: by_duckdb(path),
            "paths into JSON, polars": lambda: by_polars(path, [*{column: None for _, column in truth}]),
        }
        for name, ask in others.items():
            start = process_time()
            answer = ask()
            time = process_time() - start
            wrong = sum(answer[place] != status for place, status in truth.items() if place in answer)
            missing = len(truth.keys() - answer.keys())
            print(f"{name:<48}{wrong:>8,}{missing:>9,}{time:>9.2f}")


if __name__ == "__main__":
    main()
