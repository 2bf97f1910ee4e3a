"""The request for an event, varied as servers and rehearsals vary it. Sends nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID, uuid4

from msgspec import Struct
from msgspec.structs import replace

from cds_context import RemoteExecutionContext
from cds_context.testing import Request, garble, server_request, truncate

_NIL = UUID(int=0)


class Variation(Struct, frozen=True, kw_only=True):
    """How a request is made of a context: with which keys, and what is done to it."""

    webhook_key: str | None = None
    http_headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    fresh_ids: bool = False
    truncated: bool = False
    garbled: bool = False

    def request(self, context: RemoteExecutionContext) -> Request:
        """The request. Raises BuildError for two ways to authenticate at once."""
        if self.fresh_ids:
            context = fresh(context)
        if self.truncated:
            context = truncate(context)
        made = server_request(context, webhook_key=self.webhook_key, http_headers=self.http_headers, query=self.query)
        if context.is_truncated:
            made.headers["x-ms-dynamics-msg-size-exceeded"] = "true"
        return made._replace(body=garble(made.body)) if self.garbled else made


def fresh(context: RemoteExecutionContext) -> RemoteExecutionContext:
    """The same event of another operation: operation, request and correlation have new ids, its parents' likewise.

    Ids that were equal stay equal, and zeros stay. So a receiver that knows repeats does not take it for one.
    """
    new: defaultdict[UUID, UUID] = defaultdict(uuid4, {_NIL: _NIL})
    *inner, root = (context, *context.parents)
    made = _renewed(root, new)
    for each in reversed(inner):
        made = replace(_renewed(each, new), parent_context=made)
    return made


def _renewed(context: RemoteExecutionContext, new: defaultdict[UUID, UUID]) -> RemoteExecutionContext:
    return replace(
        context,
        correlation_id=new[context.correlation_id],
        operation_id=new[context.operation_id],
        request_id=None if context.request_id is None else new[context.request_id],
    )
