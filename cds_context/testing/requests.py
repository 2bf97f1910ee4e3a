"""The HTTP request with which a server posts a context. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from cds_context import RemoteExecutionContext, encode_context

from ..errors import BuildError
from .faults import truncate

SIZE_LIMIT = 256 * 1024
"""The most bytes of a webhook's body; a larger context is cut."""


class Request(NamedTuple):
    """A request for the test client of a web framework. Its repr shows no keys and no content."""

    method: str
    """`POST`."""
    headers: dict[str, str]
    """The headers, by lower-case name."""
    query: str
    """The query string, escaped and without question mark; empty if there is none."""
    body: bytes
    """The context as JSON."""

    def __repr__(self) -> str:
        return f"<Request {self.method}, {len(self.body)} bytes>"


def server_request(
    context: RemoteExecutionContext,
    *,
    webhook_key: str | None = None,
    http_headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Request:
    """The request that a server makes for a webhook, authenticated in one of three ways, or not at all.

    `webhook_key` is the value of ``?code=``, `http_headers` are headers with keys, `query` pairs of the query string,
    as they are configured in the webhook's registration. Past 256 KB the context is truncated, and the header
    `x-ms-dynamics-msg-size-exceeded` says so.

    Raises BuildError for two ways at once, and EncodeError as `encode_context` does.
    """
    if [webhook_key, http_headers, query].count(None) < 2:
        raise BuildError("a webhook authenticates in one way: `webhook_key`, `http_headers` or `query`")
    body = encode_context(context)
    headers = _headers(context)
    if len(body) > SIZE_LIMIT:
        body = encode_context(truncate(context))
        headers["x-ms-dynamics-msg-size-exceeded"] = "true"
    keys = {name.lower(): value for name, value in (http_headers or {}).items()}
    pairs = query or {} if webhook_key is None else {"code": webhook_key}
    return Request("POST", headers | keys, urlencode(pairs, quote_via=quote, errors="surrogatepass"), body)


def _headers(context: RemoteExecutionContext) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-request-id": str(context.request_id or context.operation_id),
        # The header holds the host name of the environment; a context holds only the unique name.
        "x-ms-dynamics-organization": f"{context.organization_name}.crm.dynamics.com",
        "x-ms-dynamics-entity-name": context.primary_entity_name or "",
        "x-ms-dynamics-request-name": context.message_name or "",
        "x-ms-correlation-request-id": str(context.correlation_id),
    }
