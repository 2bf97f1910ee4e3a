"""The table of events: one row each, with what tells it from others, and the place of its body.

How it works: most events are of one row, which the parameter `Target` names. Of these, only the members of the context
are decoded, and of Target the id and the table. Every other event is read as a context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha1
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ..codec.decoding import REFUSED
from ..codec.fast import RawPair, make_envelope
from ..errors import DecodeError
from ..event.context import RemoteExecutionContext
from ..event.identity import CHECKED, KEYS, key_text, version_of
from ..event.messages import COLUMN_PARAMETERS, MESSAGES, TARGET
from ..model.codes import Mode
from ..model.rows import NIL, Entity, EntityReference
from ..wire.dates import EPOCH, date_pattern
from .arrow import BOOL, INT64, MOMENT, TEXT, WORD, Columns, RecordBatch, make_schema
from .bodies import Bodies, Body
from .reading import PAIRS, PARENT, is_text, long_integer, moment_of, parent_of, read_context, spell
from .table import BodyError, Counts, Table

_COLUMNS = Columns(
    make_schema(
        {
            "event_id": TEXT,
            "moment": MOMENT,
            "message": WORD,
            "table": WORD,
            "record_id": TEXT,
            "stage": INT64,
            "mode": INT64,
            "depth": INT64,
            "organization_id": WORD,
            "organization": WORD,
            "correlation_id": TEXT,
            "operation_id": TEXT,
            "request_id": TEXT,
            "user_id": WORD,
            "initiating_user_id": WORD,
            "step_id": WORD,
            "row_version": INT64,
            "truncated": BOOL,
            "source": WORD,
            "position": INT64,
        }
    )
)
_WIDTH = len(_COLUMNS.schema)


def events_table(
    bodies: Bodies, *, strict: bool = False, on_error: Callable[[BodyError], object] | None = None
) -> Table:
    """A table with a row for each event.

    Its columns: `event_id` (the idempotency key: equal for repeated deliveries), `moment` (in UTC; null if the body
    does not tell it), `message`, `table` and `record_id` (of the row that the event is about; null if it is about none
    or several), `stage`, `mode`, `depth`, `organization_id`, `organization`, `correlation_id`, `operation_id`,
    `request_id`, `user_id`, `initiating_user_id`, `step_id`, `row_version`, `truncated`, and `source` and `position`
    of the body.

    A body that cannot be read, or in which a tool damaged what names the row, gives no row; it is in `Table.errors`,
    and `on_error` gets it. Members that the table does not need are checked to be JSON and no more, unless `strict`.

    Raises ArgumentTypeError for one body in the place of many.
    """
    return Table(bodies, _COLUMNS.schema, lambda: _Reader(is_strict=strict), on_error)


class _Reader:
    def __init__(self, *, is_strict: bool) -> None:
        self.lost: list[tuple[str, str]] = []
        self.cells = 0
        self._rows: list[tuple[Any, ...]] = []
        self._is_strict = is_strict

    def read(self, body: Body, counts: Counts) -> None:
        row = None if self._is_strict else _read_lean(body.data)
        is_truncated = body.size_exceeded
        if row is None:
            context = read_context(body.data, is_strict=self._is_strict)
            row = _row_of(context)
            is_truncated = is_truncated or context.is_truncated
        counts.truncated += is_truncated
        counts.rows += 1
        self._rows.append((*row, is_truncated, spell(body.source), body.position))
        self.cells += _WIDTH

    def batch(self) -> RecordBatch:
        batch = _COLUMNS.batch_of_rows(self._rows)
        self._rows.clear()
        self.cells = 0
        return batch


_MOST = 2**63


def _row_of(context: RemoteExecutionContext) -> tuple[Any, ...]:
    """The row of a context. Raises ParameterError and DecodeError."""
    if not context.is_truncated:
        context.require_complete()
    numbers = (int(context.stage), int(context.mode), context.depth)
    if not -_MOST <= min(numbers) <= max(numbers) < _MOST:
        raise DecodeError("a stage, a mode or a depth beyond 64 bits")
    record = context.record
    return (
        context.idempotency_key,
        moment_of(context),
        spell(context.message_name),
        spell(record.logical_name if record else context.primary_entity_name),
        str(record.id) if record and record.id != NIL else None,
        *numbers,
        str(context.organization_id),
        spell(context.organization_name),
        str(context.correlation_id),
        str(context.operation_id),
        None if context.request_id is None else str(context.request_id),
        str(context.user_id),
        str(context.initiating_user_id),
        str(context.owning_extension.id) if context.owning_extension else None,
        long_integer(context.row_version),
    )


# The lean way


class _Head(Struct, tag_field="__type", tag=Entity.__struct_config__.tag, rename="pascal", forbid_unknown_fields=True):
    """A row in `Target`, of which only the id, the table and the version are read."""

    attributes: Raw
    entity_state: Raw
    formatted_values: Raw
    id: str
    logical_name: str
    related_entities: Raw
    key_attributes: Raw = Raw()
    row_version: str | None | UnsetType = UNSET


class _Reference(
    Struct, tag_field="__type", tag=EntityReference.__struct_config__.tag, rename="pascal", forbid_unknown_fields=True
):
    """A reference in `Target`, as `_Head`."""

    id: str
    logical_name: str
    name: str | None
    key_attributes: Raw = Raw()
    row_version: str | None | UnsetType = UNSET


class _Image(Struct, rename="pascal"):
    attributes: list[RawPair]


_COLLECTIONS = ("input_parameters", "output_parameters", "pre_entity_images", "post_entity_images", "shared_variables")
_IDS: dict[str, Any] = {
    **dict.fromkeys(("correlation_id", "initiating_user_id", "operation_id", "organization_id", "user_id"), str),
    "request_id": str | None,
}
"""The ids that are in the table stay text, which is checked, because to make an id of it and text again takes long."""
_decode: Callable[[bytes], Any] = msgspec.json.Decoder(
    make_envelope("EventEnvelope", {**PARENT, **dict.fromkeys(_COLLECTIONS, PAIRS), **_IDS})
).decode
_are_ids = re.compile("(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12},)*").fullmatch
_decode_target: Callable[[Raw], _Head | _Reference] = msgspec.json.Decoder(_Head | _Reference).decode
_decode_image: Callable[[Raw], _Image | None] = msgspec.json.Decoder(_Image | None).decode

_IN_TARGET = frozenset(
    name
    for name, message in MESSAGES.items()
    if message.rows == (TARGET,) and message.record is None and not message.columns
)
"""The messages about the row in `Target`, of which no other parameter has to be read."""
_OTHERS = frozenset(column.name for column in COLUMN_PARAMETERS)


def _read_lean(data: bytes | str) -> tuple[Any, ...] | None:
    """The row of an event of one row; None for every other body."""
    try:
        octets = data if isinstance(data, bytes) else data.encode()
        return _lean_row(octets) if is_text(octets) else None
    except REFUSED:
        return None


def _lean_row(data: bytes) -> tuple[Any, ...] | None:
    """As `_read_lean`. Raises what msgspec raises."""
    event = _decode(data)
    name = event.message_name
    message = MESSAGES.get(name or "")
    inputs = _mapping(event.input_parameters)
    if (message is not None and name not in _IN_TARGET) or "Target" not in inputs or not _OTHERS.isdisjoint(inputs):
        return None
    target = _decode_target(inputs["Target"])
    if target.id == _NIL or not target.logical_name:
        return None
    if message is not None and message.submits_rows and target.__class__ is not _Head:
        return None
    after = _mapping(event.post_entity_images)
    _mapping(event.pre_entity_images)
    for pairs in (event.output_parameters, event.shared_variables):
        if pairs:
            _mapping(pairs)
    date = date_pattern().fullmatch(event.operation_created_on)
    if parent_of(event) is UNSET or date is None or len(date[1]) > 13 or (date[3] or "00") > "14":
        return None
    milliseconds = int(date[1])
    is_asynchronous = event.mode == Mode.ASYNCHRONOUS
    if is_asynchronous and date[2]:
        minutes = int(date[3]) * 60 + int(date[4])
        milliseconds += (-minutes if date[2] == "-" else minutes) * 60_000
    numbers = (int(event.stage), int(event.mode), event.depth)
    if not -_MOST <= min(numbers) <= max(numbers) < _MOST:
        return None
    operation, request, correlation = event.operation_id, event.request_id, event.correlation_id
    user, initiator, organization = event.user_id, event.initiating_user_id, event.organization_id
    if not _are_ids(
        f"{target.id},{operation},{request or correlation},{correlation},{user},{initiator},{organization},"
    ):
        return None
    step = event.owning_extension and str(event.owning_extension.id)
    is_job = is_asynchronous and operation != _NIL
    identity = operation if operation != _NIL else request if request and request != _NIL else correlation
    moment = "" if is_job else (EPOCH + timedelta(0, 0, 0, milliseconds)).isoformat()
    key = _key(
        f"{identity}\n{moment}\n{organization}\n{step or _NIL}\n{numbers[0]}\n{numbers[2]}\n{name}"
        f"\n{target.logical_name}\n{target.id}"
    )
    return (
        key,
        milliseconds * 1000,
        spell(name),
        spell(target.logical_name),
        target.id,
        *numbers,
        organization,
        spell(event.organization_name),
        correlation,
        operation,
        request,
        user,
        initiator,
        step,
        _version(name, inputs, target, after),
    )


_NIL = str(NIL)


def _key(text: str) -> str:
    """As `uuid5` makes it of the text; that takes four times as long."""
    if not text.isascii():
        text = key_text(text)
    digits = sha1(_NAMESPACE + text.encode()).hexdigest()  # noqa: S324 - what a UUID of version 5 is
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


_NAMESPACE = KEYS.bytes


def _mapping(pairs: Any) -> dict[str, Raw]:
    """A collection that is there, by key. Raises ValueError for one that is not, or in which a key stands twice."""
    if pairs.__class__ is not list:
        raise ValueError("a collection that the server cut")
    items = {pair.key: pair.value for pair in pairs}
    if len(items) != len(pairs):
        raise ValueError("a key stands twice")
    return items


def _version(
    name: str | None, inputs: Mapping[str, Raw], target: _Head | _Reference, after: Mapping[str, Raw]
) -> int | None:
    """As `find_row_version`. Raises ValueError where that would need a value which was stepped over."""
    versions = {version for image in after.values() for version in _versions(image)} if after else set[int]()
    if len(versions) > 1:
        return None
    if versions:
        return long_integer(versions.pop())
    behavior = bytes(inputs.get("ConcurrencyBehavior", b"0"))
    if name not in CHECKED or behavior == b"2" or not isinstance(target.row_version, str):
        return None
    if behavior not in _CHECKING:
        raise ValueError("a behavior of another type")
    return long_integer(version_of(target.row_version))


def _versions(image: Raw) -> list[int]:
    octets = bytes(image)
    # A key in which a letter is escaped would not be found in the bytes.
    row = _decode_image(image) if b"versionnumber" in octets or b"\\u00" in octets else None
    found = [bytes(pair.value) for pair in row.attributes if pair.key == "versionnumber"] if row else []
    return [int(version) for version in found if version.lstrip(b"-").isdigit()]


_CHECKING = frozenset({b"0", b"1", b"null"})
