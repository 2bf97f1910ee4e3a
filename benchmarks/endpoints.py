"""The endpoints that are put under load, one set for each framework, and the servers that they run on.

Each set has the same: one that reads nothing; two that check the key and find out which row the event is about, by hand
over `orjson` and with `receive`; and one that tells the processor time.

By hand is what a careful user writes: the key is compared in constant time before the body is read, the body has a
bound, and what is no event is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from hmac import compare_digest
from socket import socket
from time import process_time
from typing import Annotated, Any
from uuid import UUID

import flask
import orjson
import uvicorn
import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_context import EntityReference
from cds_context.contrib.django import Webhook as DjangoWebhook
from cds_context.contrib.fastapi import Webhook
from cds_context.contrib.flask import Webhook as FlaskWebhook
from cds_context.webhook import MAX_BYTES, HttpHeaderAuth, WebhookDelivery

KEY = "7mQz-r4Vd-9xLp-2sWn"
NAMES = ("nothing", "by-hand", "receive")
PACKAGES = ("fastapi", "starlette", "uvicorn", "httptools", "uvloop", "flask", "django", "waitress")

_KEY_BYTES = KEY.encode()
_auth = HttpHeaderAuth({"X-Webhook-Key": KEY})


def _knows(key: str | None) -> bool:
    """By hand: whether a request holds the key."""
    return compare_digest((key or "").encode(), _KEY_BYTES)


def _dig(body: bytes) -> tuple[str, str, UUID] | None:
    """By hand: the message, and the record as table and id; None for a body that is no such event."""
    try:
        event = orjson.loads(body)
        target = next(pair["value"] for pair in event["InputParameters"] if pair["key"] == "Target")
        return event["MessageName"], target["LogicalName"], UUID(target["Id"])
    except (ValueError, LookupError, TypeError, StopIteration):
        return None


def _ask(delivery: WebhookDelivery) -> tuple[str | None, EntityReference | None]:
    """The same of a delivery."""
    return delivery.context.message_name, delivery.context.record


# ASGI

_webhook = Webhook(_auth)


async def _nothing(request: Request) -> Response:  # noqa: ARG001 - what every endpoint of Starlette is given
    return Response(status_code=204)


async def _read_by_hand(request: Request) -> tuple[str, str, UUID]:
    if not _knows(request.headers.get("x-webhook-key")):
        raise HTTPException(401)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise HTTPException(413)
    found = _dig(body)
    if found is None:
        raise HTTPException(400)
    return found


async def _by_hand(request: Request) -> Response:
    await _read_by_hand(request)
    return Response(status_code=204)


async def _receive(request: Request) -> Response:
    _ask(await _webhook(request))
    return Response(status_code=204)


async def _processor(request: Request) -> Response:  # noqa: ARG001 - as above
    return Response(str(process_time()))


def _starlette() -> Any:
    endpoints = zip((*NAMES, "processor"), (_nothing, _by_hand, _receive, _processor), strict=True)
    return _by_path({f"/{name}": _starlette_with(f"/{name}", endpoint) for name, endpoint in endpoints})


def _starlette_with(where: str, endpoint: Any) -> Any:
    return Starlette(routes=[Route(where, endpoint, methods=["POST"])])


def _by_path(apps: dict[str, Any]) -> Any:
    """Each endpoint in an app of its own, because a router tries one route after the other."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await apps[scope["path"]](scope, receive, send)

    return app


def _fastapi() -> Any:
    """As FastAPI's users have it: what reads the request is a dependency, by hand too."""
    by_hand, received = _through(_read_by_hand, lambda found: found), _through(_webhook, _ask)
    endpoints = zip((*NAMES, "processor"), (_nothing, by_hand, received, _processor), strict=True)
    return _by_path({f"/{name}": _fastapi_with(f"/{name}", endpoint) for name, endpoint in endpoints})


def _fastapi_with(where: str, endpoint: Any) -> Any:
    app = FastAPI()
    app.post(where)(endpoint)
    return app


def _through(dependency: Any, ask: Callable[[Any], object]) -> Any:
    async def endpoint(found: Annotated[Any, Depends(dependency)]) -> Response:
        ask(found)
        return Response(status_code=204)

    # Annotations of this module are text, and what this one names is not found by its text.
    endpoint.__annotations__["found"] = Annotated[Any, Depends(dependency)]
    return endpoint


def _on_uvicorn(app: Callable[[], Any], options: dict[str, Any], listener: socket) -> None:
    config = uvicorn.Config(app(), log_config=None, access_log=False, lifespan="off", **options)
    uvicorn.Server(config).run([listener])


# WSGI


_ANSWER = "ok"
"""Of answers without a length, which is also those without content, waitress closes the connection."""

_flask_webhook = FlaskWebhook(_auth)


def _flask_nothing() -> str:
    return _ANSWER


def _flask_by_hand() -> str:
    if not _knows(flask.request.headers.get("X-Webhook-Key")):
        flask.abort(401)
    if _dig(flask.request.get_data()) is None:
        flask.abort(400)
    return _ANSWER


def _flask_receive() -> str:
    _ask(_flask_webhook())
    return _ANSWER


def _flask_processor() -> str:
    return str(process_time())


_flask_views = (_flask_nothing, _flask_by_hand, _flask_receive, _flask_processor)


def _flask() -> Any:
    app = flask.Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    for name, view in zip((*NAMES, "processor"), _flask_views, strict=True):
        app.add_url_rule(f"/{name}", name, view, methods=["POST"])
    return app


def _django() -> Any:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="benchmark",  # noqa: S106 - of no session
        DATA_UPLOAD_MAX_MEMORY_SIZE=MAX_BYTES,
    )
    return get_wsgi_application()


def _answer(text: str = _ANSWER) -> HttpResponse:
    return HttpResponse(text, headers={"Content-Length": str(len(text))})


def _django_nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as users have it
    return _answer()


def _django_by_hand(request: HttpRequest) -> HttpResponse:
    if not _knows(request.headers.get("X-Webhook-Key")):
        return HttpResponse(status=401)
    if _dig(request.body) is None:
        return HttpResponse(status=400)
    return _answer()


@DjangoWebhook(_auth)
def _django_receive(request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:  # noqa: ARG001 - as users have it
    _ask(delivery)
    return _answer()


def _django_processor(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as above
    return _answer(str(process_time()))


_views = (_django_nothing, _django_by_hand, _django_receive, _django_processor)
urlpatterns = [path(name, csrf_exempt(view)) for name, view in zip((*NAMES, "processor"), _views, strict=True)]


def _on_waitress(app: Callable[[], Any], listener: socket) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait is what is measured
    waitress.serve(app(), sockets=[listener], threads=1, _quiet=True)


_PURE = {"http": "h11", "loop": "asyncio"}
_FAST = {"http": "httptools", "loop": "uvloop"}
STACKS: dict[str, Callable[[socket], None]] = {
    "Starlette on uvicorn (h11, asyncio)": partial(_on_uvicorn, _starlette, _PURE),
    "Starlette on uvicorn (httptools, uvloop)": partial(_on_uvicorn, _starlette, _FAST),
    "FastAPI on uvicorn (h11, asyncio)": partial(_on_uvicorn, _fastapi, _PURE),
    "FastAPI on uvicorn (httptools, uvloop)": partial(_on_uvicorn, _fastapi, _FAST),
    "Flask on waitress": partial(_on_waitress, _flask),
    "Django on waitress": partial(_on_waitress, _django),
}
"""What serves each set from a socket that listens."""
