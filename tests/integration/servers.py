"""Real servers on the loopback, each in a thread of its own, on a port that the system chose.

Each is entered once it listens, so that a client can connect at once, and left once it has ended.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from socket import create_server
from threading import Thread
from typing import Any, Literal, NamedTuple

from cds_context.webhook import MAX_BYTES

from ..patience import PATIENCE


@contextmanager
def _running(run: Callable[[], object], stop: Callable[[], object]) -> Generator[None, None, None]:
    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def uvicorn(app: Any) -> Generator[int, None, None]:
    """uvicorn, which serves ASGI."""
    module = importlib.import_module("uvicorn")
    with create_server(("127.0.0.1", 0), backlog=200) as listener:
        # Without a configuration of its own, it logs where everything is logged. It hangs up on nobody who is slow.
        config = module.Config(app, log_config=None, lifespan="off", timeout_keep_alive=PATIENCE)
        server = module.Server(config)
        with _running(lambda: server.run([listener]), lambda: setattr(server, "should_exit", True)):
            yield listener.getsockname()[1]


@contextmanager
def waitress(app: Any) -> Generator[int, None, None]:
    """waitress, which serves WSGI. It takes in fewer bytes than its bound."""
    module = importlib.import_module("waitress")
    server = module.create_server(
        app, host="127.0.0.1", port=0, max_request_body_size=MAX_BYTES + 1, connection_limit=200, backlog=200
    )

    def stop() -> None:
        # Closed in its own thread, between two looks at its sockets; under the lock, or that thread, woken by the end
        # of a request, could close the trigger before it is pulled.
        with server.trigger.lock:
            server.trigger.thunks.append(server.close)
            server.trigger.pull_trigger()

    with _running(server.run, stop):
        yield int(server.effective_port)
    server.task_dispatcher.shutdown()


@contextmanager
def aiohttp(app: Any) -> Generator[int, None, None]:
    """aiohttp's own server."""
    web = importlib.import_module("aiohttp.web")
    portals = importlib.import_module("anyio.from_thread")
    with create_server(("127.0.0.1", 0), backlog=200) as listener, portals.start_blocking_portal() as portal:
        runner = portal.call(web.AppRunner, app)
        portal.call(runner.setup)
        portal.call(portal.call(web.SockSite, runner, listener).start)
        try:
            yield listener.getsockname()[1]
        finally:
            portal.call(runner.cleanup)


def _app(page: Any) -> Any:
    return page.app


def _make_app(page: Any) -> Any:
    return page.make_app()


def _asgi(_: Any) -> Any:
    return importlib.import_module("django.core.handlers.asgi").ASGIHandler()


def _wsgi(_: Any) -> Any:
    return importlib.import_module("django.core.handlers.wsgi").WSGIHandler()


class Setup(NamedTuple):
    """One framework on one server."""

    page: str
    serve: Callable[[Any], AbstractContextManager[int]]
    app: Callable[[Any], Any]
    """What is served, by page."""
    hands_over: Literal["pieces", "bounded", "all"] = "pieces"
    """When the receiver gets to see a request: with the pieces of its body, or with all of it."""


SERVERS = {
    "aiohttp": Setup("aiohttp", aiohttp, _make_app),
    "django-uvicorn": Setup("django", uvicorn, _asgi, "all"),
    "django-waitress": Setup("django", waitress, _wsgi, "bounded"),
    "fastapi-uvicorn": Setup("fastapi", uvicorn, _app),
    "flask-waitress": Setup("flask", waitress, _app, "bounded"),
    "litestar-uvicorn": Setup("litestar", uvicorn, _app),
    "starlette-uvicorn": Setup("starlette", uvicorn, _app),
}
