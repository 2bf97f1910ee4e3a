"""The heads of events of one row: what tells them from others, without the values that their rows hold.

How it works: most events are of one row, which the parameter `Target` names. Of these, only the members of the context
are decoded; parameters and images stay raw JSON, and a caller says what is decoded of Target. Every other event is
read as a context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha1
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ..codec.fast import RawPair, make_envelope
from ..codec.native import REFUSED
from ..event.identity import CHECKED, KEYS, key_text, version_of
from ..event.messages import COLUMN_PARAMETERS, MESSAGES, TARGET
from ..model.codes import Mode
from ..model.rows import NIL, Entity, EntityReference
from ..wire.dates import EPOCH, date_pattern
from .reading import PAIRS, PARENT, is_text, long_integer, parent_of, spell


class Head(NamedTuple):
    """The head of an event of one row."""

    row: tuple[Any, ...]
    """What the table of events has of it, up to the version of the row."""
    target: Any
    """What was decoded of Target."""
    before: Mapping[str, Raw]
    """The images of the row before, by name."""
    after: Mapping[str, Raw]
    """The images of the row after."""


class RowHead(
    Struct, tag_field="__type", tag=Entity.__struct_config__.tag, rename="pascal", forbid_unknown_fields=True
):
    """A row in `Target`, of which only the id, the table and the version are read."""

    attributes: Raw
    entity_state: Raw
    formatted_values: Raw
    id: str
    logical_name: str
    related_entities: Raw
    key_attributes: Raw = Raw()
    row_version: str | None | UnsetType = UNSET


class ReferenceHead(
    Struct, tag_field="__type", tag=EntityReference.__struct_config__.tag, rename="pascal", forbid_unknown_fields=True
):
    """A reference in `Target`, as `RowHead`."""

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
    make_envelope("HeadEnvelope", {**PARENT, **dict.fromkeys(_COLLECTIONS, PAIRS), **_IDS})
).decode
decode_head: Callable[[Raw], RowHead | ReferenceHead] = msgspec.json.Decoder(RowHead | ReferenceHead).decode
"""Decodes of Target only what a head needs."""
_decode_image: Callable[[Raw], _Image | None] = msgspec.json.Decoder(_Image | None).decode

_IN_TARGET = frozenset(
    name
    for name, message in MESSAGES.items()
    if message.rows == (TARGET,) and message.record is None and not message.columns
)
"""The messages about the row in `Target`, of which no other parameter has to be read."""
_OTHERS = frozenset(column.name for column in COLUMN_PARAMETERS)


def read_head(data: bytes | str, decode: Callable[[Raw], Any]) -> Head | None:
    """The head of an event of one row; None for every other body. `decode` reads Target, and may refuse it."""
    try:
        octets = data if isinstance(data, bytes) else data.encode()
        return _head(octets, decode) if is_text(octets) else None
    except REFUSED:
        return None


def _head(data: bytes, decode: Callable[[Raw], Any]) -> Head | None:
    """As `read_head`. Raises what msgspec raises."""
    event = _decode(data)
    name = event.message_name
    message = MESSAGES.get(name or "")
    inputs = _mapping(event.input_parameters)
    if (message is not None and name not in _IN_TARGET) or "Target" not in inputs or not _OTHERS.isdisjoint(inputs):
        return None
    target = decode(inputs["Target"])
    if target.id == NIL_TEXT or not target.logical_name:
        return None
    if message is not None and message.submits_rows and isinstance(target, ReferenceHead):
        return None
    after = _mapping(event.post_entity_images)
    before = _mapping(event.pre_entity_images)
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
    if not are_ids([target.id, operation, request or correlation, correlation, user, initiator, organization]):
        return None
    step = event.owning_extension and str(event.owning_extension.id)
    is_job = is_asynchronous and operation != NIL_TEXT
    identity = operation if operation != NIL_TEXT else request if request and request != NIL_TEXT else correlation
    moment = "" if is_job else (EPOCH + timedelta(0, 0, 0, milliseconds)).isoformat()
    key = _key(
        f"{identity}\n{moment}\n{organization}\n{step or NIL_TEXT}\n{numbers[0]}\n{numbers[2]}\n{name}"
        f"\n{target.logical_name}\n{target.id}"
    )
    row = (
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
    return Head(row, target, before, after)


NIL_TEXT = str(NIL)
"""The id of no row, as text."""
_MOST = 2**63


def are_ids(ids: list[str]) -> bool:
    """Whether all are ids as servers write them."""
    # To replace all digits by one takes a tenth of the time of a pattern.
    return ",".join(ids).encode().translate(_ZEROS) == b",".join([_ZERO] * len(ids))


_ZERO = NIL_TEXT.encode()
_ZEROS = bytes.maketrans(b"0123456789abcdef", b"0" * 16)


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


def _version(name: str | None, inputs: Mapping[str, Raw], target: Any, after: Mapping[str, Raw]) -> int | None:
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
