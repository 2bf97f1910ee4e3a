"""The changes of a context as flat rows, one for each submitted column, for tables and data frames.

Plain data is made here from the sheets of `display.changes`; nothing is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from cds_context import EntityReference, RemoteExecutionContext, to_plain

from ..display.changes import sheets


def rows(context: RemoteExecutionContext) -> Iterator[dict[str, Any]]:
    """A row for each submitted column; raises TruncatedContextError if the parameters are missing.

    `old` and `new` are null for null values, and missing for unknown ones. A lookup is its id.
    """
    event = {
        "message": to_plain(context.message_name, mode="json"),
        "when": to_plain(context.operation_created_on_utc, mode="json"),
        "correlation_id": str(context.correlation_id),
    }
    for sheet in sheets(context):
        record = sheet.record
        about = {"table": to_plain(record.logical_name, mode="json"), "id": str(record.id)} if record else {}
        for change in sheet.changes:
            values = {name: getattr(change, name) for name in ("old", "old_label", "new", "new_label")}
            yield {
                **event,
                **about,
                "column": to_plain(change.column, mode="json"),
                **{name: _flat(value) for name, value in values.items() if value is not UNSET},
                "status": str(change.status),
            }


def _flat(value: Any) -> Any:
    return str(value.id) if isinstance(value, EntityReference) else to_plain(value, mode="json")
