"""What type checkers must make of the receivers in users' code. mypy and pyright read this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from azure.functions import HttpRequest as FunctionRequest
from azure.functions import HttpResponse as FunctionResponse
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from starlette.requests import Request
from typing_extensions import assert_type

from cds_context.contrib import aiohttp, azure_functions, django, fastapi, flask, starlette
from cds_context.webhook import Authentication, WebhookDelivery


async def calls(auth: Authentication, request: Request, web_request: web.Request) -> None:
    assert_type(await starlette.Webhook(auth)(request), WebhookDelivery)
    assert_type(await fastapi.Webhook(auth, max_bytes=1000)(request), WebhookDelivery)
    assert_type(await aiohttp.Webhook(auth)(web_request), WebhookDelivery)
    assert_type(flask.Webhook(auth, repair_text=True)(), WebhookDelivery)


def view(request: HttpRequest, delivery: WebhookDelivery, tenant: str) -> HttpResponseBase:
    return HttpResponse(status=204)


async def function(req: FunctionRequest, delivery: WebhookDelivery) -> FunctionResponse:
    return FunctionResponse(status_code=204)


def decorated_view(auth: Authentication, request: HttpRequest) -> None:
    assert_type(django.Webhook(auth)(view)(request, "tenant"), HttpResponseBase)


def decorated_function(auth: Authentication) -> Callable[[FunctionRequest], Awaitable[FunctionResponse]]:
    return azure_functions.Webhook(auth)(function)
