"""The platform's codes: numbers with names. A number without a name is kept, never an error: all of these grow.

Source: Microsoft's event framework and SDK documentation.
"""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """A number that the platform may extend: an unknown one becomes a nameless member of the same class."""

    @classmethod
    def _missing_(cls, value: object) -> Code | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member


class Stage(Code):
    """Where in the pipeline the step runs. Only 10, 20 and 40 can be registered; the others are internal."""

    INITIAL_PRE_OPERATION = 5
    PRE_VALIDATION = 10
    INTERNAL_PRE_OPERATION_BEFORE_EXTERNAL_PLUGINS = 15
    PRE_OPERATION = 20
    INTERNAL_PRE_OPERATION_AFTER_EXTERNAL_PLUGINS = 25
    MAIN_OPERATION = 30
    INTERNAL_POST_OPERATION_BEFORE_EXTERNAL_PLUGINS = 35
    POST_OPERATION = 40
    INTERNAL_POST_OPERATION_AFTER_EXTERNAL_PLUGINS = 45
    POST_OPERATION_DEPRECATED = 50
    FINAL_POST_OPERATION = 55
    PRE_COMMIT = 80
    POST_COMMIT = 90


class Mode(Code):
    """Whether the server waits for the step."""

    SYNCHRONOUS = 0
    ASYNCHRONOUS = 1


class IsolationMode(Code):
    """Where the step's code runs."""

    NONE = 1
    SANDBOX = 2
    EXTERNAL = 3


class EntityState(Code):
    """What a client that tracks changes did with a row; null on nearly every event."""

    UNCHANGED = 0
    CREATED = 1
    CHANGED = 2


class EntityRole(Code):
    """Which side of a relationship the primary row is on."""

    REFERENCING = 0
    REFERENCED = 1


class ConcurrencyBehavior(Code):
    """How an update treats a row that changed in between."""

    DEFAULT = 0
    IF_ROW_VERSION_MATCHES = 1
    ALWAYS_OVERWRITE = 2
