"""A body that somebody cut by hand, completed for a test. No event is invented: the submitted columns must be there.

How it works: the missing members of a context are added to the body's JSON, and the result is read and written like any
other body. So every number and text of the body is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import Struct

from cds_context import IsolationMode, Mode, RemoteExecutionContext, Stage, encode_context, parse_context

from ..codec.tolerant import UUID_PATTERN, TolerantReader, parse_json
from ..errors import DecodeError, Fault
from ..model.kinds import MEMBERS
from ..wire.body import MAX_DEPTH, Body


class Completion(Struct, frozen=True):
    """A completed body, and the paths of its made-up members."""

    body: bytes
    """The body, as a server would write it."""
    made_up: tuple[str, ...]
    """The paths of the made-up members, as in `DecodeError`: `$.UserId`, `$.ParentContext.Depth`."""

    def __repr__(self) -> str:
        # Test runners print compared values, and bodies hold personal data.
        return f"<Completion: {', '.join(self.made_up) or 'nothing'} made up>"


def complete(body: Body) -> Completion:
    """A body that somebody cut by hand, for a blog or a short test, with its missing members added.

    A context that lacks a member which every server writes gets all members of a current server, and so do its parents.
    Made-up ids begin with `facade00-`, the organization is called `made-up`, the moment is the first of the year 2000;
    collections are empty. PrimaryEntityId and PrimaryEntityName are taken from Target, if it holds them.

    MessageName and InputParameters are never made up, because without them there is no event. If InputParameters are
    missing, so stay the other members that a server cuts from a large post: a truncated body stays truncated. A body
    that lacks nothing is written as a server would write it.

    Raises DecodeError for a body that cannot be read for another reason, and for a body without MessageName.
    """
    members = _members(body)
    made_up = tuple(_fill(members))
    context = _read(members) if made_up else parse_context(body, parse_float=Decimal)
    return Completion(encode_context(context), made_up)


def _members(body: Body) -> Any:
    """The body's JSON; None if it holds no JSON object, and `parse_context` then raises the error."""
    try:
        text = body if isinstance(body, str) else str(body, "utf-8")
        value = parse_json(text.removeprefix("\ufeff"))
        return parse_json(value.removeprefix("\ufeff")) if type(value) is str else value
    except (Fault, UnicodeDecodeError):
        return None


def _read(members: dict[str, Any]) -> RemoteExecutionContext:
    try:
        return TolerantReader(Decimal).context(members)
    except Fault as fault:
        raise DecodeError(fault.reason, fault.path) from None


def _fill(context: Any) -> Iterator[str]:
    """Add the missing members to a context and its parents; yields the paths of these members."""
    path, stage = "$", Stage.POST_OPERATION
    for _ in range(MAX_DEPTH):  # the reader refuses deeper nesting
        if context.__class__ is not dict or _NAMES.isdisjoint(context):
            return
        if "MessageName" not in context:
            raise DecodeError("the member `MessageName` is missing, and cannot be made up", path)
        lacking = _lacking(context)
        invented = _invented(context, stage)
        for name in lacking:
            context[name] = invented[name]
            yield f"{path}.{name}"
        context, path, stage = context.get("ParentContext"), f"{path}.ParentContext", Stage.MAIN_OPERATION


_NAMES = frozenset(member.wire for member in MEMBERS[RemoteExecutionContext])
_TAKEN_TOGETHER = frozenset({"InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages"})
"""The members that a server cuts from a large post."""


def _lacking(context: dict[str, Any]) -> list[str]:
    """The members to be made up, in the order of the wire; none if a server may have written the context so."""
    kept = {"InputParameters"} if "InputParameters" in context else _TAKEN_TOGETHER
    absent = [member for member in MEMBERS[RemoteExecutionContext] if member.wire not in {*context, *kept}]
    is_cut = any(not member.may_be_absent or member.wire in _TAKEN_TOGETHER for member in absent)
    return [member.wire for member in absent] if is_cut else []


def _id(number: int) -> str:
    """A made-up id, recognizable as such: it has no version, and so no server makes it."""
    return f"facade00-0000-0000-0000-{number:012}"


_NIL = "00000000-0000-0000-0000-000000000000"

INVENTED: dict[str, Any] = {
    "BusinessUnitId": _id(1),
    "CorrelationId": _id(2),
    "Depth": 1,
    "InitiatingUserAgent": "",
    "InitiatingUserAzureActiveDirectoryObjectId": _NIL,
    "InitiatingUserId": _id(3),
    "IsExecutingOffline": False,
    "IsOfflinePlayback": False,
    "IsolationMode": int(IsolationMode.NONE),
    "Mode": int(Mode.SYNCHRONOUS),
    "OperationCreatedOn": "/Date(946684800000)/",
    "OperationId": _id(4),
    "OrganizationId": _id(5),
    "OrganizationName": "made-up",
    "OutputParameters": [],
    "OwningExtension": None,
    "ParentContext": None,
    "PostEntityImages": [],
    "PreEntityImages": [],
    "RequestId": None,
    "SecondaryEntityName": "none",
    "SharedVariables": [],
    "UserAzureActiveDirectoryObjectId": _NIL,
    "UserId": _id(3),
}
"""The made-up values, apart from members that follow from others. Null is made up where it means that there is none."""


def _invented(context: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """All members that can be made up for a context; `stage` is used if the context lacks its own."""
    stage = context.get("Stage", int(stage))
    is_synchronous = context.get("Mode", INVENTED["Mode"]) == Mode.SYNCHRONOUS
    is_about_a_row = context.get("PrimaryEntityName") not in (None, "", "none")
    table, row_id = _target(context) or ("none", _id(6) if is_about_a_row else _NIL)
    return {
        **INVENTED,
        "IsInTransaction": is_synchronous and stage != Stage.PRE_VALIDATION,
        "PrimaryEntityId": row_id,
        "PrimaryEntityName": table,
        "Stage": stage,
    }


def _target(context: dict[str, Any]) -> tuple[str, str] | None:
    """Table and id of the row that the parameter `Target` is, if it is one; the reader says what is wrong with it."""
    parameters: Any = context.get("InputParameters")
    pairs: list[Any] = parameters if parameters.__class__ is list else []
    for pair in pairs:
        match pair:
            case {"key": "Target", "value": {"LogicalName": str(table), "Id": str(row_id)}}:
                return (table, row_id) if re.fullmatch(UUID_PATTERN, row_id) else None
            case _:
                pass
    return None
