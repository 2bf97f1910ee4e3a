"""A message of a queue, a hub or a log: its body and its properties, wherever a client keeps them.

No property of the platform is known here, and no client is imported.

Where clients keep body and properties:

* azure-servicebus and azure-eventhub: `body`, in pieces too; `application_properties` or `properties`; the content type
  and the correlation id as attributes.
* Azure Functions: `get_body()`; `application_properties`, or mappings in `metadata`, of several events in arrays.
* Event Hubs Capture: a row with `Body` and `Properties`, and `SystemProperties` for content type and correlation id.
* Kafka: `value` and `headers`, attributes of kafka-python and aiokafka, methods of confluent-kafka.

Forwarders change the names of properties: they escape characters that headers exclude, lower the case, and add a
prefix. So names are compared by their letters and digits alone, in lower case, and from their end.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from ..errors import ArgumentTypeError, DecodeError

_OCTETS: Any = (bytes, bytearray, memoryview)
_BODIES = ("get_body", "body", "Body", "value", "Value")
# The broker's own properties come first, because a sender may give one of its properties the same name.
_BAGS = (
    *("system_properties", "systemProperties", "SystemProperties"),
    *("application_properties", "user_properties", "properties", "Properties", "headers"),
)
_BAGS_IN_METADATA = ("SystemProperties", "ApplicationProperties", "UserProperties", "Properties")


def body_of(message: object) -> bytes:
    """The body. Raises DecodeError if it is neither bytes nor text, ArgumentTypeError if the object is no message."""
    place = next((name for name in _BODIES if _has(message, name)), None)
    if place is None:
        raise ArgumentTypeError(f"expected a message, which has a body and properties, found {type(message).__name__}")
    body = _member(message, place)
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    # The body is bytes in pieces, or an AMQP value of any type.
    is_whole = isinstance(body, (*_OCTETS, Mapping)) or not hasattr(body, "__iter__")
    pieces: list[Any] = [body] if is_whole else list(body)
    others = [piece for piece in pieces if not isinstance(piece, _OCTETS)]
    if others:
        raise DecodeError(f"expected a message with bytes or text for its body, found {_kind(others[0])}")
    return b"".join(map(bytes, pieces))


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object, as from a parser of JSON: pass the bytes that it parsed"
    return "nothing" if value is None else type(value).__name__


class Properties:
    """All properties of a message, with names as `_bare` leaves them, and values as text."""

    def __init__(self, message: object) -> None:
        self._pairs = [
            (_bare(name), text)
            for bag in _bags(message)
            for name, value in _pairs(bag)
            if (text := _text(value)) is not None
        ]

    def ending(self, name: str) -> list[str]:
        """The values of properties with this name, or with this name after a prefix."""
        bare = _bare(name)
        return [value for found, value in self._pairs if found.endswith(bare)]

    def own(self, message: object, name: str) -> str | None:
        """The message's attribute of a name such as `content_type`, else its property of exactly this name."""
        said = _text(_member(message, name))
        if said is None:
            bare = _bare(name)
            said = next((value for found, value in self._pairs if found.removeprefix("metadata") == bare), None)
        return said


def _bare(name: object) -> str:
    """A name reduced to the letters and digits that forwarders leave: unescaped, in lower case."""
    text = _text(name) or ""
    for _ in range(2):  # two forwarders in a row escape twice
        text = unquote(text)
    return "".join(filter(str.isalnum, text.lower()))


def _bags(message: object) -> Iterator[Any]:
    for name in _BAGS:
        yield _member(message, name)
    metadata = _member(message, "metadata")
    if _is_row(metadata):
        for name in _BAGS_IN_METADATA:
            yield _member(metadata, name)
        yield from _bags_in_batch(message, metadata)
        yield metadata


def _bags_in_batch(message: object, metadata: Any) -> Iterator[Any]:
    """Properties of one Event Hub event of a batch: Azure Functions hands over the metadata of all with each event."""
    number = str(_member(message, "sequence_number"))
    system, others = (_items(_member(metadata, name)) for name in ("SystemPropertiesArray", "PropertiesArray"))
    places = [index for index, bag in enumerate(system) if str(_member(bag, "SequenceNumber")) == number]
    if len(places) == 1 and len(system) == len(others):
        yield system[places[0]]
        yield others[places[0]]


# The functions below take and return Any, because a message can hold values of any type.


def _is_row(value: Any) -> bool:
    return isinstance(value, Mapping)


def _items(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else []


def _has(message: Any, name: str) -> bool:
    return name in message if _is_row(message) else hasattr(message, name)


def _member(message: Any, name: str) -> Any:
    """The member of a message or of a mapping; None if it is missing. A method is called for its result."""
    if _is_row(message):
        return message.get(name)
    value = getattr(message, name, None)
    return value() if callable(value) else value


def _pairs(bag: Any) -> Iterator[tuple[Any, Any]]:
    if hasattr(bag, "items"):
        yield from bag.items()
    for item in _items(bag):
        if len(pair := _items(item)) == 2:
            yield pair[0], pair[1]
        elif _is_row(item):  # Azure Functions' Kafka trigger gives each header as a mapping
            yield _member(item, "Key"), _from_base64(_member(item, "Value"))


def _from_base64(text: Any) -> Any:
    with suppress(Error, ValueError, TypeError):
        return a2b_base64(text)
    return text


def _text(value: Any) -> str | None:
    if isinstance(value, _OCTETS):
        return _text_of_octets(bytes(value))
    return None if value is None else str(value)


_AMQP_CONSTANTS = {b"\x40": None, b"\x41": "True", b"\x42": "False", b"\x56\x01": "True", b"\x56\x00": "False"}
_AMQP_TEXTS = {0xA1: 1, 0xA3: 1, 0xB1: 4, 0xB3: 4}
"""AMQP's types of text, and how many bytes their lengths take."""


def _text_of_octets(octets: bytes) -> str | None:
    """Text in UTF-8, or a value in AMQP's encoding.

    A Kafka client of an Event Hub gets the properties of AMQP senders with AMQP's type bytes in front. Only the type
    bytes of yes and no can be mistaken for text, for text of one letter. Source: "Exchange events between consumers and
    producers that use different protocols" in Microsoft's documentation.
    """
    if octets in _AMQP_CONSTANTS:
        return _AMQP_CONSTANTS[octets]
    start = 1 + _AMQP_TEXTS.get(octets[0] if octets else 0, -1)
    if start and len(octets) == start + int.from_bytes(octets[1:start], "big"):
        octets = octets[start:]
    return octets.decode("utf-8", "replace")
