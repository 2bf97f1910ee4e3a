"""The endpoints that are put under load, one set for each framework, and the servers that they run on.

Each set has the same: one that reads nothing, one that reads the body, one each that calls `orjson.loads` or
`json.loads` besides, one with `receive`, and one that tells the processor time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from socket import socket
from time import process_time
from typing import Annotated, Any

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
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_context.contrib.django import Webhook as DjangoWebhook
from cds_context.contrib.fastapi import Webhook
from cds_context.contrib.flask import Webhook as FlaskWebhook
from cds_context.webhook import HttpHeaderAuth, WebhookDelivery

KEY = "7mQz-r4Vd-9xLp-2sWn"
NAMES = ("nothing", "body", "orjson.loads", "json.loads", "receive")
PACKAGES = ("fastapi", "starlette", "uvicorn", "httptools", "uvloop", "flask", "django", "waitress")

_auth = HttpHeaderAuth({"X-Webhook-Key": KEY})

# ASGI

_webhook = Webhook(_auth)


async def _nothing(request: Request) -> Response:  # noqa: ARG001 - what every endpoint of Starlette is given
    return Response(status_code=204)


async def _body(request: Request) -> Response:
    await request.body()
    return Response(status_code=204)


async def _orjson(request: Request) -> Response:
    orjson.loads(await request.body())
    return Response(status_code=204)


async def _json(request: Request) -> Response:
    json.loads(await request.body())
    return Response(status_code=204)


async def _receive(request: Request) -> Response:
    await _webhook(request)
    return Response(status_code=204)


async def _processor(request: Request) -> Response:  # noqa: ARG001 - as above
    return Response(str(process_time()))


def _starlette() -> Any:
    endpoints = zip((*NAMES, "processor"), (_nothing, _body, _orjson, _json, _receive, _processor), strict=True)
    return Starlette(routes=[Route(f"/{name}", endpoint, methods=["POST"]) for name, endpoint in endpoints])


def _fastapi() -> Any:
    app = FastAPI()
    app.post("/processor")(_processor)
    for name, dependency in zip(NAMES, (_nothing, _body, _orjson, _json, _webhook), strict=True):
        app.post(f"/{name}")(_through(dependency))
    return app


def _through(dependency: Any) -> Any:
    """As FastAPI's users have it: what reads the request is a dependency, also that which reads nothing."""

    async def endpoint(found: Annotated[Any, Depends(dependency)]) -> Response:  # noqa: ARG001 - as users name it
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


def _flask_body() -> str:
    flask.request.get_data()
    return _ANSWER


def _flask_orjson() -> str:
    orjson.loads(flask.request.get_data())
    return _ANSWER


def _flask_json() -> str:
    json.loads(flask.request.get_data())
    return _ANSWER


def _flask_receive() -> str:
    _flask_webhook()
    return _ANSWER


def _flask_processor() -> str:
    return str(process_time())


_flask_views = (_flask_nothing, _flask_body, _flask_orjson, _flask_json, _flask_receive, _flask_processor)


def _flask() -> Any:
    app = flask.Flask(__name__)
    for name, view in zip((*NAMES, "processor"), _flask_views, strict=True):
        app.add_url_rule(f"/{name}", name, view, methods=["POST"])
    return app


def _django() -> Any:
    settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="benchmark")  # noqa: S106 - of no session
    return get_wsgi_application()


def _answer(text: str = _ANSWER) -> HttpResponse:
    return HttpResponse(text, headers={"Content-Length": str(len(text))})


def _django_nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as users have it
    return _answer()


def _django_body(request: HttpRequest) -> HttpResponse:
    _ = request.body
    return _answer()


def _django_orjson(request: HttpRequest) -> HttpResponse:
    orjson.loads(request.body)
    return _answer()


def _django_json(request: HttpRequest) -> HttpResponse:
    json.loads(request.body)
    return _answer()


@DjangoWebhook(_auth)
def _django_receive(request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:  # noqa: ARG001 - as users have it
    return _answer()


def _django_processor(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as above
    return _answer(str(process_time()))


_views = (_django_nothing, _django_body, _django_orjson, _django_json, _django_receive, _django_processor)
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
