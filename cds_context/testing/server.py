"""What a server makes of a context: cut where it is large, garbled as some do, posted in a request. Sends nothing.

No builder is known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from msgspec import UNSET
from msgspec.structs import replace

from cds_context import EntityImageCollection, ParameterCollection, RemoteExecutionContext, encode_context

from ..codec.output import MessageFormat
from ..errors import BuildError

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
    truncate: bool = False,
) -> Request:
    """The request that a server makes for a webhook, authenticated in one of three ways, or not at all.

    `webhook_key` is the value of ``?code=``, `http_headers` are headers with keys, `query` pairs of the query string,
    as they are configured in the webhook's registration. Past 256 KB the context is truncated, and with `truncate` also
    a smaller one; the header `x-ms-dynamics-msg-size-exceeded` says so, and also for a context that is truncated
    already.

    Raises BuildError for two ways at once, and EncodeError as `encode_context` does.
    """
    if [webhook_key, http_headers, query].count(None) < 2:
        raise BuildError("a webhook authenticates in one way: `webhook_key`, `http_headers` or `query`")
    body, is_truncated = fit(context, SIZE_LIMIT, truncated=truncate)
    headers = _headers(context)
    if is_truncated:
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


# CP1252 has no characters for five bytes; the server keeps each as the control character of its number.
_CP1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}


def truncate(context: RemoteExecutionContext, *, absent: bool = True) -> RemoteExecutionContext:
    """The context as it is sent when the body passes 256 KB: without parent, input parameters and images.

    Microsoft's documentation says that the members are removed; the server's code sends null for the parent and
    empty arrays for the others, which is what `absent=False` gives. Expect both (answers, "Is it all here?").
    """
    return replace(
        context,
        parent_context=UNSET if absent else None,
        input_parameters=ParameterCollection(UNSET if absent else {}),
        pre_entity_images=EntityImageCollection(UNSET if absent else {}),
        post_entity_images=EntityImageCollection(UNSET if absent else {}),
    )


def fit(
    context: RemoteExecutionContext, limit: int, *, truncated: bool, form: MessageFormat = "json"
) -> tuple[bytes, bool]:
    """The body of a context, and whether it is truncated: for its size, because it shall be, or already."""
    body = encode_context(context, format=form)
    if not truncated and len(body) <= limit:
        return body, context.is_truncated
    # A custom API that was truncated before, to empty arrays, keeps this form.
    return (encode_context(truncate(context), format=form) if _has_more(context) else body), True


def _has_more(context: RemoteExecutionContext) -> bool:
    """Whether a context has anything that a server removes."""
    images = (context.pre_entity_images, context.post_entity_images)
    return bool(context.parent_context or context.input_parameters or any(images))


def garble(body: bytes) -> bytes:
    """The body as some servers send it to webhooks: its UTF-8 taken for CP1252 and encoded once more.

    ``parse_context(garble(body), repair_text=True)`` undoes it (wire format, "Garbled text").
    """
    return body.decode("latin-1").translate(_CP1252).encode()
