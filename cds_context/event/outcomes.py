"""A message's answer about its rows: their ids, and whether they are new.

Only output parameters are read here. A bulk message answers for each row, in the order of its targets: Ids of
CreateMultiple are ids, Results of UpsertMultiple are responses with RecordCreated and Target as pairs.

Source: Microsoft's reference of the responses; the shape of Results follows the SDK's type, without a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.rows import NIL, EntityReference
from ..model.values import UnknownValue, Value
from .messages import Message
from .parameters import Parameters, reference_to


def is_created(message: Message, outputs: Parameters, position: int | None) -> bool:
    """Whether the row is new. `position` is its index among the targets, None if that is unknown."""
    if message.creates:
        return True
    if "Results" in message.answers:
        outputs = _result(outputs, position)
    elif "RecordCreated" not in message.answers:
        return False
    return outputs.get("RecordCreated") is True


def find_answered(
    message: Message, outputs: Parameters, position: int | None, table: str | None
) -> EntityReference | None:
    """The row in the message's answer; None if there is none."""
    if "Ids" in message.answers:
        answered = _item(outputs.get("Ids"), position)
    elif "Results" in message.answers:
        answered = _result(outputs, position).get("Target")
    else:
        answered = outputs.get("Target", outputs.get("id"))
    found = answered if isinstance(answered, EntityReference) else reference_to(table, answered)
    return found if found and found.id != NIL and found.logical_name else None


def _item(items: Value, position: int | None) -> Value:
    return items[position] if isinstance(items, list) and position is not None and position < len(items) else None


def _result(outputs: Parameters, position: int | None) -> Mapping[str, Value]:
    """The members of one response of several, by name."""
    response = _item(outputs.get("Results"), position)
    pairs = response.members.get("Results") if isinstance(response, UnknownValue) else None
    items: list[Any] = [*pairs] if isinstance(pairs, list) else []
    return {pair["key"]: pair["value"] for pair in items if _is_named(pair)}


def _is_named(pair: Any) -> bool:
    return pair.__class__ is dict and pair.keys() == {"key", "value"} and pair["key"].__class__ is str
