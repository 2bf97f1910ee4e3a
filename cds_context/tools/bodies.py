"""The body of a request, if it comes whole and is not too large. Knows no events."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from cds_context import PayloadTooLargeError

_SLOWEST = 60.0
"""Seconds in which a body must have come."""


class NotWholeError(Exception):
    """The body did not come, and why."""


async def body_of(request: Request, most: int) -> bytes:
    """The body. Raises PayloadTooLargeError for one of more than `most` bytes, and NotWholeError."""
    try:
        return await asyncio.wait_for(_read(request, most), _SLOWEST)
    except asyncio.TimeoutError:
        raise NotWholeError("the body did not come in time") from None
    except ClientDisconnect:
        raise NotWholeError("the sender broke off before the body had come") from None


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise PayloadTooLargeError(f"the body has more than {most} bytes")
    return bytes(body)
