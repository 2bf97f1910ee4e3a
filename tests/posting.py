"""Many posts as fast as a listener takes them: on several connections, without waiting for each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from .patience import PATIENCE

_CONNECTIONS = 8
_IN_ADVANCE = 50


def post_all(url: str, bodies: Sequence[bytes]) -> None:
    """Post each body to a listener; all must be answered with 200."""
    asyncio.run(asyncio.wait_for(_post_all(urlsplit(url).port, bodies), PATIENCE))


async def _post_all(port: int | None, bodies: Sequence[bytes]) -> None:
    await asyncio.gather(*(_post(port, bodies[start::_CONNECTIONS]) for start in range(_CONNECTIONS)))


async def _post(port: int | None, bodies: Sequence[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for start in range(0, len(bodies), _IN_ADVANCE):
        batch = bodies[start : start + _IN_ADVANCE]
        for body in batch:
            writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        for _ in batch:
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 ")
    writer.close()
    await writer.wait_closed()
