"""A broker on a port of this machine, in a thread of its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

from tests.patience import PATIENCE

from .connections import Broker, Connection

T = TypeVar("T")


class Server:
    """Serves a broker. What belongs to the broker is touched in the server's thread alone: `run` does so."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.port = 0
        self.failures: list[BaseException] = []
        """Errors of the server's own, of which there must be none."""
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def connection_string(self, path: str = "") -> str:
        """What clients connect with."""
        entity = f";EntityPath={path}" if path else ""
        return (
            f"Endpoint=sb://127.0.0.1:{self.port};SharedAccessKeyName=name;SharedAccessKey=key;"
            f"UseDevelopmentEmulator=true{entity}"
        )

    def run(self, function: Callable[[], T]) -> T:
        """What a function returns, in the server's thread."""
        done: Future[T] = Future()

        def call() -> None:
            try:
                done.set_result(function())
            except BaseException as failure:  # noqa: BLE001 - the caller gets it
                done.set_exception(failure)

        self._loop.call_soon_threadsafe(call)
        return done.result(PATIENCE)

    def cut(self) -> None:
        """Drop all connections."""

        def cut() -> None:
            for connection in self._connections:
                connection.cut()

        self.run(cut)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self.broker, reader, writer)
        task = asyncio.current_task()
        assert task
        self._connections.add(connection)
        self._tasks.add(task)
        try:
            await connection.run()
        except asyncio.CancelledError:
            pass  # the server ends
        except Exception as failure:  # noqa: BLE001 - the test that started the server gets it
            self.failures.append(failure)
        finally:
            self._connections.discard(connection)
            self._tasks.discard(task)

    async def _start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _stop(self, listening: asyncio.Server) -> None:
        listening.close()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # in which the transports close

    @contextmanager
    def running(self) -> Generator[None]:
        """Serve while the block runs. Raises what went wrong in the server."""
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(PATIENCE)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(listening), self._loop).result(PATIENCE)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
            self._loop.close()
        for failure in self.failures:
            raise failure


@contextmanager
def serving(broker: Broker) -> Generator[Server]:
    """A server of a broker.

    A client whose connection was cut leaves sockets to the garbage collector, which runs before this ends: the warnings
    belong to the tests of the client, which know what to do with them.
    """
    server = Server(broker)
    with server.running():
        yield server
    gc.collect()
