"""Posting events to an endpoint as the server does. Reads no files and prints nothing.

Connects to the host that was named and to no other: redirects are answers, and proxies of the environment are not
asked.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import wait
from contextlib import aclosing
from decimal import Decimal
from math import isfinite
from time import perf_counter
from uuid import UUID, uuid4

import httpx2
from anyio.from_thread import start_blocking_portal
from msgspec import Struct
from msgspec.structs import replace

from cds_context import ArgumentError, DecodeError, Mode, RemoteExecutionContext, parse_context
from cds_context.testing import Request, garble, server_request

from .addresses import check_headers, check_parameters, checked
from .failures import explain, is_silence
from .outcomes import PATIENCE, SendReport, Sent, is_retried, judge

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
    truncate: bool = False,
    garble: bool = False,
    timeout: float = PATIENCE,
    on_sent: Callable[[Sent], object] = lambda _: None,
) -> SendReport:
    """Post events, contexts or bodies, to an endpoint, and tell what the server would make of the answers.

    The keys are as in `cds_context.testing.server_request`. All events are posted `repeat` times, `concurrency` at a
    time, and no more than `rate` a second; each is held back for a random time up to `delay` seconds. `fresh_ids`
    makes each a delivery of its own, `truncate` cuts it, `garble` garbles its text. `timeout` is the seconds
    without an answer after which the server gives up. `on_sent` is called after each.

    Blocks until all is sent: in a coroutine use ``await asyncio.to_thread(send, …)``.

    Raises ArgumentError for an address that is not http or https or leads nowhere, or holds a key besides the one that
    is given; for headers that HTTP has no form for, and for numbers that nobody can mean; DecodeError for a body that
    is no context, with the position of the event, from 0; BuildError for two ways to authenticate; EncodeError as
    `encode_context` does.
    """
    if not (repeat >= 1 and concurrency >= 1 and isfinite(delay) and delay >= 0):
        raise ArgumentError("`repeat` and `concurrency` begin at 1, `delay` at 0, and it has an end")
    if not (timeout > 0 and (rate is None or rate > 0)):
        raise ArgumentError("`rate` and `timeout` are above 0")
    variation = Variation(
        webhook_key=webhook_key,
        http_headers=http_headers,
        query=query,
        fresh_ids=fresh_ids,
        truncate=truncate,
        garble=garble,
    )
    target = checked(url)
    check_headers(http_headers)
    check_parameters(target, query or {} if webhook_key is None else {"code"})
    contexts = [_read(position, event) for position, event in enumerate(events)]
    sender = _Sender(target, variation, timeout, on_sent)
    with start_blocking_portal() as portal:
        report = portal.start_task_soon(sender.run, contexts * repeat, len(contexts), _Pace(concurrency, rate, delay))
        while not wait([report], timeout=_GLANCE).done:
            pass  # on Windows, a wait without end sees no interrupt
        return report.result()


def _read(position: int, event: RemoteExecutionContext | bytes) -> RemoteExecutionContext:
    if isinstance(event, RemoteExecutionContext):
        return event
    try:
        return parse_context(event, parse_float=Decimal)  # exact, so that the same bytes come out
    except DecodeError as error:
        raise DecodeError(f"event {position}: {error.reason}", error.path) from None


def connections(url: httpx2.URL, most: int = 1) -> httpx2.AsyncHTTPTransport:
    """Connections to an address, so many at most.

    No client of httpx2, which would add headers of its own, and log every address with the keys in it.
    """
    return httpx2.AsyncHTTPTransport(
        trust_env=False,
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        verify=url.scheme == "https",  # what http does not need takes long to load
    )


async def deliver(
    http: httpx2.AsyncHTTPTransport,
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


async def _post(
    http: httpx2.AsyncHTTPTransport, url: httpx2.URL, request: Request, patience: float
) -> tuple[int | None, str]:
    try:
        return await asyncio.wait_for(_status(http, url, request), patience), ""
    except asyncio.TimeoutError:
        return None, f"no answer within {patience:g} s"
    except (httpx2.HTTPError, OSError) as error:  # an OSError where TLS fails after its handshake
        return None, explain(error, is_tls=url.scheme == "https")


async def _status(http: httpx2.AsyncHTTPTransport, url: httpx2.URL, request: Request) -> int:
    response = await _answer(http, url, request)
    async with aclosing(response):
        read = 0
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read > _MOST:
                break
        return response.status_code


async def _answer(
    http: httpx2.AsyncHTTPTransport, url: httpx2.URL, request: Request, *, is_second: bool = False
) -> httpx2.Response:
    """The answer. A post on a kept connection that ends without one is made a second time, as HTTP clients do."""
    # The values of an event can be any text.
    headers = [(name.encode(), value.encode("utf-8", "replace")) for name, value in request.headers.items()]
    steps: list[str] = []

    async def note(step: str, _: object) -> None:
        steps.append(step)

    post = httpx2.Request("POST", url, headers=headers, content=request.body, extensions={"trace": note})
    try:
        return await http.handle_async_request(post)
    except httpx2.TransportError as error:
        # An endpoint may close a kept connection after any answer, just when the next event is on its way.
        if is_second or "connection.connect_tcp.started" in steps or not is_silence(error):
            raise
    return await _answer(http, url, request, is_second=True)


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
        self, url: httpx2.URL, variation: Variation, timeout: float, on_sent: Callable[[Sent], object]
    ) -> None:
        self._url = url
        self._variation = variation
        self._timeout = timeout
        self._on_sent = on_sent
        self._sent: list[Sent] = []

    async def run(self, contexts: list[RemoteExecutionContext], count: int, pace: _Pace) -> SendReport:
        """Post all; they are `count` events and their repeats."""
        turns = iter(enumerate(contexts))
        start = perf_counter()
        http = connections(self._url, pace.concurrency)
        async with http:
            workers = [self._work(http, turns, count, pace) for _ in range(min(pace.concurrency, len(contexts)))]
            await asyncio.gather(*workers)
        return SendReport(sent=tuple(self._sent), seconds=perf_counter() - start)

    async def _work(
        self,
        http: httpx2.AsyncHTTPTransport,
        turns: Iterator[tuple[int, RemoteExecutionContext]],
        count: int,
        pace: _Pace,
    ) -> None:
        for turn, context in turns:
            await pace.turn(turn)
            request = self._variation.request(context)
            sent = await deliver(http, self._url, request, context.mode, event=turn % count, patience=self._timeout)
            self._sent.append(sent)
            self._on_sent(sent)


_NIL = UUID(int=0)


class Variation(Struct, frozen=True, kw_only=True):
    """How a request is made of a context: with which keys, and what is done to it."""

    webhook_key: str | None = None
    http_headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    fresh_ids: bool = False
    truncate: bool = False
    garble: bool = False

    def request(self, context: RemoteExecutionContext) -> Request:
        """The request. Raises BuildError for two ways to authenticate at once."""
        if self.fresh_ids:
            context = fresh(context)
        made = server_request(
            context,
            webhook_key=self.webhook_key,
            http_headers=self.http_headers,
            query=self.query,
            truncate=self.truncate,
        )
        return made._replace(body=garble(made.body)) if self.garble else made


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
