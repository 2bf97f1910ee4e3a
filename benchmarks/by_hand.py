"""What a careful user writes without this package: from body to answer over `orjson`.

The answer is the record, and each submitted column that did not keep its value, with old and new as Python values.
Only what such code commonly gets right is in it: it reads dates, ids, choices, amounts and lookups, and it tells a
missing column from a null one. It knows one message, Update, and none of the traps that the page "Answers" lists.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import orjson

MISSING: Any = object()
"""No pre-image holds the column."""

Changed: TypeAlias = dict[str, tuple[Any, Any]]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SERVERS_IMAGE = "AsynchronousStepPrimaryName"


def answer(body: bytes) -> tuple[tuple[str, UUID], Changed]:
    """The record as table and id, and the columns that changed or may have changed."""
    event = orjson.loads(body)
    target = next(pair["value"] for pair in event["InputParameters"] if pair["key"] == "Target")
    images = [pair["value"] for pair in event["PreEntityImages"] if pair["key"] != _SERVERS_IMAGE]
    before = {pair["key"]: pair["value"] for pair in images[0]["Attributes"]} if len(images) == 1 else {}
    changed: Changed = {}
    for pair in target["Attributes"]:
        column, raw = pair["key"], pair["value"]
        was = before.get(column, MISSING)
        if raw == was:
            continue  # which needs no reading
        new, old = value(raw), value(was)
        if new != old:
            changed[column] = (old, new)
    return (target["LogicalName"], UUID(target["Id"])), changed


def value(raw: Any) -> Any:
    """A value of a column: a lookup as table and id, a choice as int, an amount as Decimal."""
    kind = raw.__class__
    if kind is str:
        return _date(raw) if raw.startswith("/Date(") else raw
    if kind is list:
        return [value(item) for item in raw]
    if kind is not dict:
        return raw
    name = raw["__type"].partition(":")[0]
    if name == "EntityReference":
        return raw["LogicalName"], UUID(raw["Id"])
    if name == "OptionSetValue":
        return raw["Value"]
    if name == "Money":
        return Decimal(str(raw["Value"]))
    return raw


def _date(text: str) -> Any:
    digits = text[6:-2]
    sign = max(digits.rfind("+"), digits.rfind("-"))
    return _EPOCH + timedelta(milliseconds=int(digits[:sign] if sign > 0 else digits))
