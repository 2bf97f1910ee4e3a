"""The platform's codes: numbers with names. A number without a name is kept, because the platform may add codes.

Source: Microsoft's event framework and SDK documentation.
"""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """An open enumeration: an unknown number becomes a member of the same class, with the number for its name.

    The platform's codes derive from it, because the platform may add numbers; so can a class for a choice, to which
    anybody may add options.
    """

    @classmethod
    def _missing_(cls, value: object) -> Code | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member


class Stage(Code):
    """Where in the pipeline the step runs. Only 10, 20 and 40 can be registered.

    The others are the choices of the column `stage` in Microsoft's reference of the table SdkMessageProcessingStep,
    which says of them only that they are for internal use; 30 was seen in parents, the others in no post.
    """

    INITIAL_PRE_OPERATION = 5
    """Internal: before stage 10."""
    PRE_VALIDATION = 10
    """Before the main operation, and before its database transaction unless another operation opened one."""
    INTERNAL_PRE_OPERATION_BEFORE_EXTERNAL_PLUGINS = 15
    """Internal: before the steps of stage 20."""
    PRE_OPERATION = 20
    """Before the main operation, within the transaction."""
    INTERNAL_PRE_OPERATION_AFTER_EXTERNAL_PLUGINS = 25
    """Internal: after the steps of stage 20."""
    MAIN_OPERATION = 30
    """The main operation itself."""
    INTERNAL_POST_OPERATION_BEFORE_EXTERNAL_PLUGINS = 35
    """Internal: before the steps of stage 40."""
    POST_OPERATION = 40
    """After the main operation; asynchronous steps can be registered only here."""
    INTERNAL_POST_OPERATION_AFTER_EXTERNAL_PLUGINS = 45
    """Internal: after the steps of stage 40."""
    POST_OPERATION_DEPRECATED = 50
    """The stage after the main operation in Dynamics CRM 4.0; deprecated."""
    FINAL_POST_OPERATION = 55
    """Internal: the last stage after the main operation."""
    PRE_COMMIT = 80
    """Internal: before the transaction is committed."""
    POST_COMMIT = 90
    """Internal: after the transaction is committed."""


class Mode(Code):
    """Whether the server waits for the step."""

    SYNCHRONOUS = 0
    """The server waits for the step."""
    ASYNCHRONOUS = 1
    """A system job runs the step later."""


class IsolationMode(Code):
    """Where the step's code runs."""

    NONE = 1
    """In the server's process, without isolation."""
    SANDBOX = 2
    """In the sandbox."""
    EXTERNAL = 3
    """Outside of the server, by its name; undocumented.

    It is a choice of the column `isolationmode` of the table PluginAssembly, and no post was seen with it. The SDK's
    reference of a context has 1 and 2 only.
    """


class EntityState(Code):
    """What a client that tracks changes did with a row; null on nearly every event."""

    UNCHANGED = 0
    """The client did not change the row."""
    CREATED = 1
    """The client created the row."""
    CHANGED = 2
    """The client changed the row."""


class EntityRole(Code):
    """Which side of a relationship the primary row is on."""

    REFERENCING = 0
    """The primary row holds the lookup."""
    REFERENCED = 1
    """The lookup points to the primary row."""


class ConcurrencyBehavior(Code):
    """How an update or a delete treats a row that was changed after the caller read it.

    Source: the SDK's reference of the enumeration.
    """

    DEFAULT = 0
    """The caller gave none. What it means depends on the interface by which the request came."""
    IF_ROW_VERSION_MATCHES = 1
    """The request fails if the row has another version than the caller's, or if the caller gave no version."""
    ALWAYS_OVERWRITE = 2
    """The request is carried out whatever the version."""
