"""The bodies that are measured: recorded ones where they are at hand, and ones built to any size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

_ROOT = Path(__file__).resolve().parent.parent
_CAPTURES = _ROOT.parent / "shared" / "captures"
_DOCUMENTED = "documented-contact-update-async.json"
_LONG = "account-update-async-raw.json"
_EXAMPLE = _ROOT / "cds_context" / "example.json"

_XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"


def main_body() -> tuple[str, bytes]:
    """The body of most of the rows, and its name: the documented one, else the example, else one of 4 KB."""
    for path in (_CAPTURES / _DOCUMENTED, _EXAMPLE):
        if path.exists():
            return path.name, path.read_bytes()
    return "built, 4 KB", update_body(4096)


def long_body() -> tuple[str, bytes] | None:
    """A recorded body of 14 KB with an image of 73 columns; None where it is not at hand."""
    path = _CAPTURES / _LONG
    return (path.name, path.read_bytes()) if path.exists() else None


def captures() -> list[bytes]:
    """Every recorded body; none where they are not at hand."""
    return [path.read_bytes() for path in sorted(_CAPTURES.glob("*.json"))]


def update_body(size: int) -> bytes:
    """An Update of a contact, as a server writes it, with as many columns as make about `size` bytes."""
    target: dict[str, Any] = {"__type": f"Entity:{_XRM}", **_row([])}
    room = size - len(_written(_context(target)))
    index = 0
    while room > 0:
        pair = {"key": f"new_column{index}", "value": _column(index)}
        target["Attributes"].append(pair)
        room -= len(_written(pair)) + 1
        index += 1
    return _written(_context(target))


def imaged_body(columns: int = 40) -> bytes:
    """An Update of as many columns, with a pre-image of the same ones, in which every fourth has another value."""
    attributes = [{"key": f"new_column{index}", "value": _short(index)} for index in range(columns)]
    before = [
        {"key": pair["key"], "value": _short(index + 6) if index % 4 == 0 else pair["value"]}
        for index, pair in enumerate(attributes)
    ]
    context = _context({"__type": f"Entity:{_XRM}", **_row(attributes)})
    context["PreEntityImages"] = [{"key": "PreImage", "value": _row(before)}]
    return _written(context)


def _row(attributes: list[Any]) -> dict[str, Any]:
    return {
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": [],
        "Id": _id(1),
        "KeyAttributes": [],
        "LogicalName": "contact",
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _short(index: int) -> Any:
    return f"Called at {index}." if index % 6 == 0 else _column(index)


def _written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def _column(index: int) -> Any:
    """Text, whole number, lookup, choice, money and date in turn; 160 bytes on average."""
    kind = index % 6
    if kind == 0:
        return f"Called at {index}; asks for an offer. " * 8
    if kind == 1:
        return index
    if kind == 2:
        return {"__type": f"EntityReference:{_XRM}", **_reference("account", index)}
    if kind == 3:
        return {"__type": f"OptionSetValue:{_XRM}", "Value": 100000000 + index}
    if kind == 4:
        return {"__type": f"Money:{_XRM}", "Value": index + 0.25}
    return f"/Date({1506384247000 + index})/"


def _reference(table: str, index: int) -> dict[str, Any]:
    return {"Id": _id(index), "KeyAttributes": [], "LogicalName": table, "Name": None, "RowVersion": None}


def _context(target: dict[str, Any]) -> dict[str, Any]:
    return {
        "BusinessUnitId": _id(2),
        "CorrelationId": _id(3),
        "Depth": 1,
        "InitiatingUserId": _id(4),
        "InputParameters": [{"key": "Target", "value": target}],
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": "Update",
        "Mode": 1,
        "OperationCreatedOn": "/Date(1506409448000-0700)/",
        "OperationId": _id(5),
        "OrganizationId": _id(6),
        "OrganizationName": "OrgName",
        "OutputParameters": [],
        "OwningExtension": _reference("sdkmessageprocessingstep", 7),
        "ParentContext": None,
        "PostEntityImages": [],
        "PreEntityImages": [],
        "PrimaryEntityId": _id(1),
        "PrimaryEntityName": "contact",
        "RequestId": None,
        "SecondaryEntityName": "none",
        "SharedVariables": [],
        "Stage": 40,
        "UserId": _id(4),
    }


def _id(index: int) -> str:
    return str(UUID(int=0x6D81597F0F9FE7118122000D3AA2331C + index))
