"""Receiving a webhook: the request in, a delivery out.

No framework is imported: a request is its body, its headers and its query string. Everything that an endpoint needs for
webhooks can be imported from here, errors included. Source: "Use webhooks" in Microsoft's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from .codec.decoding import parse_context
from .errors import (
    ArgumentError,
    ArgumentTypeError,
    AuthenticationError,
    CdsContextError,
    DecodeError,
    PayloadTooLargeError,
)
from .transport.authentication import (
    AnyOf,
    Authentication,
    HttpHeaderAuth,
    HttpQueryStringAuth,
    UncheckedAuth,
    WebhookKeyAuth,
)
from .transport.delivery import MAX_BYTES, Delivery, as_id, is_set, mismatches
from .transport.request import Headers, Text, header_pairs
from .wire.body import Body, is_longer, plain_body
from .wire.formats import JSON, format_of

__all__ = [
    "MAX_BYTES",
    "AnyOf",
    "ArgumentError",
    "ArgumentTypeError",
    "Authentication",
    "AuthenticationError",
    "CdsContextError",
    "DecodeError",
    "Delivery",
    "HttpHeaderAuth",
    "HttpQueryStringAuth",
    "PayloadTooLargeError",
    "UncheckedAuth",
    "WebhookDelivery",
    "WebhookHeaders",
    "WebhookKeyAuth",
    "receive",
]


class WebhookHeaders(Struct, frozen=True):
    """The server's claims in the headers of a request; None for a missing header."""

    request_id: UUID | None
    """`x-request-id`, from older documentation; also None where a proxy set a value of its own that is no UUID."""
    organization: str | None
    """`x-ms-dynamics-organization`: the host name of the environment, not the context's `organization_name`."""
    entity_name: str | None
    """`x-ms-dynamics-entity-name`: the table."""
    request_name: str | None
    """`x-ms-dynamics-request-name`: the message that the step is registered for."""
    correlation_request_id: UUID | None
    """`x-ms-correlation-request-id`, for Microsoft's support."""
    size_exceeded: bool
    """`x-ms-dynamics-msg-size-exceeded`: whether the server cut the body, because it was larger than 256 KB."""

    @classmethod
    def parse(cls, headers: Headers) -> WebhookHeaders:
        """The platform's headers among all headers of a request; the first of a repeated header counts.

        `headers` is a mapping, a multi-mapping, a WSGI environ, or pairs, of text or bytes, with names in any case.
        """
        said = {
            name: value.decode("utf-8", "replace") for name, value in reversed(header_pairs(headers)) if name in _CLAIMS
        }.get
        return cls(
            request_id=as_id(said("x-request-id")),
            organization=said("x-ms-dynamics-organization"),
            entity_name=said("x-ms-dynamics-entity-name"),
            request_name=said("x-ms-dynamics-request-name"),
            correlation_request_id=as_id(said("x-ms-correlation-request-id")),
            size_exceeded=is_set(said("x-ms-dynamics-msg-size-exceeded")),
        )


_CLAIMS = {
    "x-request-id",
    "x-ms-dynamics-organization",
    "x-ms-dynamics-entity-name",
    "x-ms-dynamics-request-name",
    "x-ms-correlation-request-id",
    "x-ms-dynamics-msg-size-exceeded",
}


class WebhookDelivery(Delivery, frozen=True, kw_only=True):
    """One event as a webhook received it."""

    headers: WebhookHeaders
    """The server's claims in the headers."""


def receive(  # noqa: PLR0913 - a request has three parts, and each option stands for itself
    body: Body,
    headers: Headers,
    query: Text = "",
    *,
    auth: Authentication,
    max_bytes: int = MAX_BYTES,
    parse_float: Callable[[str], float | Decimal] = float,
    repair_text: bool = False,
) -> WebhookDelivery:
    """The event of a request that holds the right keys.

    `headers` are as in `WebhookHeaders.parse`; `query` is the query string as it stands in the URL, still encoded.
    `parse_float` and `repair_text` are as in `parse_context`.

    Raises AuthenticationError before the body is read, PayloadTooLargeError for a body of more than `max_bytes`, and
    DecodeError for a body that is no context. Each error has the `status` to answer; "Run it safely" tells how the
    server reacts to a status. Raises ArgumentTypeError for a body that is neither bytes nor text.
    """
    headers = header_pairs(headers)
    auth.verify(headers, query)
    if body.__class__ is not bytes or body[:1] != b"{" or len(body) > max_bytes:  # few bodies need a closer look
        body = _acceptable(body, max_bytes)
    context = parse_context(body, parse_float=parse_float, repair_text=repair_text)
    said = WebhookHeaders.parse(headers)
    return WebhookDelivery(
        context=context,
        is_truncated=said.size_exceeded or context.is_truncated,
        mismatches=mismatches(context, entity_name=said.entity_name, request_name=said.request_name),
        headers=said,
    )


def _acceptable(body: Body, max_bytes: int) -> bytes | str:
    """The body, unless it is too long or in another format."""
    if is_longer(body, max_bytes):
        raise PayloadTooLargeError(f"the body has more than {max_bytes} bytes")
    body = plain_body(body)
    form = format_of(body)
    if form is not JSON:
        raise DecodeError(f"expected JSON, found {form.value}: webhooks are posted as JSON, other formats are queued")
    return body
