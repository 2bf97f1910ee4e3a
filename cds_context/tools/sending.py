"""Posting events to an endpoint as the server does. Reads no files and prints nothing.

Connects to the host that was named and to no other: redirects are answers, and proxies of the environment are not
asked.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import wait
from decimal import Decimal
from time import perf_counter

import httpx2
from anyio.from_thread import start_blocking_portal

from cds_context import ArgumentError, Mode, RemoteExecutionContext, parse_context
from cds_context.testing import Request

from .outcomes import PATIENCE, is_retried, judge
from .reports import SendReport, Sent
from .variations import Variation

_GLANCE = 1.0
"""Seconds between looks for an interrupt."""
_MOST = 64 * 1024
"""Bytes of an answer that are read: the server looks at none of them, but reading leaves the connection usable."""


def send(
    events: Iterable[RemoteExecutionContext | bytes],
    url: str,
    *,
    webhook_key: str | None = None,
    http_headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    repeat: int = 1,
    concurrency: int = 1,
    rate: float | None = None,
    delay: float = 0.0,
    fresh_ids: bool = False,
    truncated: bool = False,
    garbled: bool = False,
    patience: float = PATIENCE,
    on_sent: Callable[[Sent], object] = lambda _: None,
) -> SendReport:
    """Post events, contexts or bodies, to an endpoint, and tell what the server would make of the answers.

    The keys are as in `cds_context.testing.server_request`. All events are posted `repeat` times, `concurrency` at a
    time, and no more than `rate` a second; each is held back for a random time up to `delay` seconds. `fresh_ids`
    makes each a delivery of its own, `truncated` cuts it, `garbled` garbles its text. `patience` is the seconds
    without an answer after which the server gives up. `on_sent` is called after each.

    Blocks until all is sent: in a coroutine use ``await asyncio.to_thread(send, …)``.

    Raises ArgumentError for an address that is not http or https, and for numbers that nobody can mean; DecodeError
    for a body that is no context; BuildError for two ways to authenticate.
    """
    if not (repeat >= 1 and concurrency >= 1 and delay >= 0 and patience > 0 and (rate is None or rate > 0)):
        raise ArgumentError("`repeat`, `concurrency`, `rate` and `patience` begin above zero, `delay` at zero")
    variation = Variation(
        webhook_key=webhook_key,
        http_headers=http_headers,
        query=query,
        fresh_ids=fresh_ids,
        truncated=truncated,
        garbled=garbled,
    )
    contexts = [event if isinstance(event, RemoteExecutionContext) else _parse(event) for event in events]
    sender = _Sender(checked(url), variation, patience, on_sent)
    with start_blocking_portal() as portal:
        report = portal.start_task_soon(sender.run, contexts * repeat, len(contexts), _Pace(concurrency, rate, delay))
        while not wait([report], timeout=_GLANCE).done:
            pass  # on Windows, a wait without end sees no interrupt
        return report.result()


def _parse(body: bytes) -> RemoteExecutionContext:
    return parse_context(body, parse_float=Decimal)  # exact, so that the same bytes come out


def checked(url: str) -> httpx2.URL:
    """The address. Raises ArgumentError, without the address, for one that is not http or https."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        parsed = httpx2.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ArgumentError("an address begins with http:// or https:// and a host")
    return parsed


def client(url: httpx2.URL, concurrency: int = 1) -> httpx2.AsyncClient:
    """A client for an address, that adds no headers of its own and goes nowhere but where it is sent."""
    made = httpx2.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=None,
        limits=httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        verify=url.scheme == "https",  # what http does not need takes long to load
    )
    for name in ("accept", "accept-encoding", "user-agent"):
        del made.headers[name]
    return made


async def deliver(
    http: httpx2.AsyncClient,
    url: httpx2.URL,
    request: Request,
    mode: Mode,
    *,
    event: int = 0,
    patience: float = PATIENCE,
) -> Sent:
    """Post one event, and once more where the server would."""
    target = url.copy_with(query="&".join(filter(None, [url.query.decode(), request.query])).encode() or None)
    start = perf_counter()
    attempts = 1
    status, problem = await _post(http, target, request, patience)
    if is_retried(status):
        attempts = 2
        status, problem = await _post(http, target, request, patience)
    seconds = perf_counter() - start
    return Sent(
        event=event,
        status=status,
        attempts=attempts,
        seconds=seconds,
        outcome=judge(status, mode),
        problem=problem,
    )


async def _post(http: httpx2.AsyncClient, url: httpx2.URL, request: Request, patience: float) -> tuple[int | None, str]:
    try:
        return await asyncio.wait_for(_status(http, url, request), patience), ""
    except asyncio.TimeoutError:
        return None, f"no answer within {patience:g} s"
    except httpx2.ConnectError:
        return None, "no connection"
    except httpx2.HTTPError:
        return None, "the connection broke"


async def _status(http: httpx2.AsyncClient, url: httpx2.URL, request: Request) -> int:
    async with http.stream("POST", url, headers=request.headers, content=request.body) as response:
        read = 0
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read > _MOST:
                break
        return response.status_code


class _Pace:
    """How many at a time, how many a second, and how long each is held back."""

    def __init__(self, concurrency: int, rate: float | None, delay: float) -> None:
        self.concurrency = concurrency
        self._interval = 1 / rate if rate else 0.0
        self._delay = delay
        self._start = perf_counter()

    async def turn(self, number: int) -> None:
        """Wait until it is this post's turn."""
        due = self._start + number * self._interval - perf_counter()
        held = random.uniform(0, self._delay)  # noqa: S311 - no secret: a rehearsal of chance
        await asyncio.sleep(max(due, 0) + held)


class _Sender:
    """Posts contexts, one after the other or several at a time."""

    def __init__(
        self, url: httpx2.URL, variation: Variation, patience: float, on_sent: Callable[[Sent], object]
    ) -> None:
        self._url = url
        self._variation = variation
        self._patience = patience
        self._on_sent = on_sent
        self._sent: list[Sent] = []

    async def run(self, contexts: list[RemoteExecutionContext], count: int, pace: _Pace) -> SendReport:
        """Post all; they are `count` events and their repeats."""
        turns = iter(enumerate(contexts))
        start = perf_counter()
        http = client(self._url, pace.concurrency)
        async with http:
            workers = [self._work(http, turns, count, pace) for _ in range(min(pace.concurrency, len(contexts)))]
            await asyncio.gather(*workers)
        return SendReport(sent=tuple(self._sent), seconds=perf_counter() - start)

    async def _work(
        self,
        http: httpx2.AsyncClient,
        turns: Iterator[tuple[int, RemoteExecutionContext]],
        count: int,
        pace: _Pace,
    ) -> None:
        for turn, context in turns:
            await pace.turn(turn)
            request = self._variation.request(context)
            sent = await deliver(http, self._url, request, context.mode, event=turn % count, patience=self._patience)
            self._sent.append(sent)
            self._on_sent(sent)
