"""Tables as rows: what a consumer of the stream sees, as dicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arro3.core import RecordBatch

from cds_context.testing import examples
from tests.conformance import hostile, serialized


def rows_of(batches: Iterable[RecordBatch]) -> list[dict[str, Any]]:
    """The rows of all batches."""
    rows: list[dict[str, Any]] = []
    for batch in batches:
        arrays: list[Any] = [batch.column(index) for index in range(batch.num_columns)]
        columns: list[list[Any]] = [array.to_pylist() for array in arrays]
        rows += [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns)]  # noqa: B905 - one iterable for each column
    return rows


def known_bodies() -> dict[str, bytes]:
    """The example bodies, those of the platform's serializer, and hostile ones, by name."""
    return {**examples(), **serialized(), **{f"hostile {case.name}": case.body for case in hostile()}}
