"""The table of the hostile bodies on which `parse_context` and the platform's reader differ.

`python -m tests.hostile_table` writes it to `data/hostile_differences.tsv`.
"""

from __future__ import annotations

from pathlib import Path

from cds_context import DecodeError, RemoteExecutionContext, parse_context

from .conformance import Hostile, hostile
from .graphs import differences

TABLE = Path(__file__).parent / "data" / "hostile_differences.tsv"

HEADER = "name\tplatform\tours"


def verdict(case: Hostile) -> str:
    """`accepts`, `rejects`, or `other value` where the platform accepts too and reads something else."""
    try:
        context = parse_context(case.body)
    except DecodeError:
        return "rejects"
    return "other value" if value_differences(case, context) else "accepts"


def value_differences(case: Hostile, context: RemoteExecutionContext) -> list[str]:
    """Where we read another value than the platform, which says nothing about what it rejects."""
    return differences(context, case.seen, partial=True) if case.platform_reader == "accepts" else []


def row(case: Hostile) -> str | None:
    """The line for one body, None where both agree."""
    ours = verdict(case)
    return None if ours == case.platform_reader else f"{case.name}\t{case.platform_reader}\t{ours}"


def table() -> list[str]:
    """All lines, the first one names the columns."""
    return [HEADER, *filter(None, map(row, hostile()))]


if __name__ == "__main__":
    TABLE.write_text("\n".join(table()) + "\n", encoding="utf-8", newline="\n")
