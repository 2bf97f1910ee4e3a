"""Typed reading and writing of the events that Microsoft Dataverse posts to webhooks and Service Bus endpoints."""

from typing import TYPE_CHECKING

from .codec.decoding import parse_context, peek_context
from .errors import (
    AmbiguousImageError,
    AmbiguousTargetError,
    ArgumentError,
    ArgumentTypeError,
    AuthenticationError,
    CdsContextError,
    ColumnError,
    DecodeError,
    EncodeError,
    MissingImageError,
    ParameterError,
    PayloadTooLargeError,
    TruncatedContextError,
    UnknownMomentError,
)
from .event.changes import Change, Changes, ChangeStatus
from .event.context import ContextSummary, RemoteExecutionContext
from .event.snapshots import Snapshot, Source
from .model.codes import Code, ConcurrencyBehavior, EntityRole, EntityState, IsolationMode, Mode, Stage
from .model.parameters import KeyValuePair, Label, LocalizedLabel, PrincipalAccess
from .model.records import UnknownMembers
from .model.rows import (
    AliasedValue,
    AttributeCollection,
    BooleanManagedProperty,
    Entity,
    EntityCollection,
    EntityImageCollection,
    EntityReference,
    FormattedValueCollection,
    KeyAttributeCollection,
    Money,
    OptionSetValue,
    ParameterCollection,
    RelatedEntityCollection,
    Relationship,
)
from .model.searches import (
    AttributeExpression,
    ColumnSet,
    ConditionExpression,
    FetchExpression,
    FilterExpression,
    LinkEntity,
    OrderExpression,
    PagingInfo,
    QueryByAttribute,
    QueryExpression,
)
from .model.values import UnknownValue, Value

if TYPE_CHECKING:
    from .codec.mending import mend
    from .codec.output import encode_context
    from .conversion.change_rows import ChangeRow, change_rows
    from .conversion.plain import to_plain
    from .conversion.redaction import redact
    from .conversion.webapi import to_webapi
    from .schema import json_schema
    from .validation import Finding, Report, Severity, validate
    from .wire.unwrapping import unwrap

__all__ = [
    "AliasedValue",
    "AmbiguousImageError",
    "AmbiguousTargetError",
    "ArgumentError",
    "ArgumentTypeError",
    "AttributeCollection",
    "AttributeExpression",
    "AuthenticationError",
    "BooleanManagedProperty",
    "CdsContextError",
    "Change",
    "ChangeRow",
    "ChangeStatus",
    "Changes",
    "Code",
    "ColumnError",
    "ColumnSet",
    "ConcurrencyBehavior",
    "ConditionExpression",
    "ContextSummary",
    "DecodeError",
    "EncodeError",
    "Entity",
    "EntityCollection",
    "EntityImageCollection",
    "EntityReference",
    "EntityRole",
    "EntityState",
    "FetchExpression",
    "FilterExpression",
    "Finding",
    "FormattedValueCollection",
    "IsolationMode",
    "KeyAttributeCollection",
    "KeyValuePair",
    "Label",
    "LinkEntity",
    "LocalizedLabel",
    "MissingImageError",
    "Mode",
    "Money",
    "OptionSetValue",
    "OrderExpression",
    "PagingInfo",
    "ParameterCollection",
    "ParameterError",
    "PayloadTooLargeError",
    "PrincipalAccess",
    "QueryByAttribute",
    "QueryExpression",
    "RelatedEntityCollection",
    "Relationship",
    "RemoteExecutionContext",
    "Report",
    "Severity",
    "Snapshot",
    "Source",
    "Stage",
    "TruncatedContextError",
    "UnknownMembers",
    "UnknownMomentError",
    "UnknownValue",
    "Value",
    "change_rows",
    "encode_context",
    "json_schema",
    "mend",
    "parse_context",
    "peek_context",
    "redact",
    "to_plain",
    "to_webapi",
    "unwrap",
    "validate",
]

_LATE = {
    "ChangeRow": "conversion.change_rows",
    "Finding": "validation",
    "Report": "validation",
    "Severity": "validation",
    "change_rows": "conversion.change_rows",
    "encode_context": "codec.output",
    "json_schema": "schema",
    "mend": "codec.mending",
    "redact": "conversion.redaction",
    "to_plain": "conversion.plain",
    "to_webapi": "conversion.webapi",
    "unwrap": "wire.unwrapping",
    "validate": "validation",
}
"""Names that parsing does not need, each with the module that is imported on first access."""

if not TYPE_CHECKING:  # to a type checker, a module with `__getattr__` has every name  # pragma: no branch
    # Annotations of exported classes use these names. `typing.get_type_hints` looks names up in `__module__`: here.
    from collections.abc import Mapping  # noqa: F401
    from datetime import datetime  # noqa: F401
    from decimal import Decimal  # noqa: F401
    from types import FunctionType as _Function
    from typing import ClassVar  # noqa: F401
    from uuid import UUID  # noqa: F401

    from msgspec import UnsetType  # noqa: F401

    def __getattr__(name: str) -> object:
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        room = __import__(f"{__name__}.{_LATE[name]}", fromlist=[name])
        # All names of the room at once: annotations of one name another.
        _export({late: getattr(room, late) for late, where in _LATE.items() if where == _LATE[name]})
        return globals()[name]

    def __dir__() -> list[str]:
        return __all__

    def _export(names: dict[str, object]) -> None:
        """Have what is exported say that it is of this module, so that pickles and errors name no room of ours."""
        for name, item in names.items():
            if name != "Value":  # a union says nothing of where it is from
                item.__module__ = __name__
            if isinstance(item, type):
                # `help` names the module of a method that has another module than its class.
                for method in vars(item).values():
                    if isinstance(method, _Function):
                        method.__module__ = __name__
        globals().update(names)

    _export({name: globals()[name] for name in __all__ if name not in _LATE})
