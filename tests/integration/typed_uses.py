"""What type checkers must make of the receivers in users' code. mypy and pyright read this file; nothing runs it."""

from __future__ import annotations

from aiohttp import web
from azure.functions import Context as FunctionContext
from azure.functions import HttpRequest as FunctionRequest
from azure.functions import HttpResponse as FunctionResponse
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
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


def function(req: FunctionRequest, delivery: WebhookDelivery) -> FunctionResponse:
    return FunctionResponse(status_code=204)


async def function_async(req: FunctionRequest, delivery: WebhookDelivery, context: FunctionContext) -> FunctionResponse:
    return FunctionResponse(status_code=204)


async def function_of_text(req: FunctionRequest, delivery: WebhookDelivery) -> str:
    return "taken"


async def view_async(request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
    return HttpResponse(status=204)


def decorated_views(auth: Authentication, request: HttpRequest) -> list[URLPattern]:
    webhook = django.Webhook(auth)
    assert_type(webhook(view)(request, "tenant"), HttpResponseBase)
    return [path("view", webhook(view)), path("async", webhook(view_async))]


async def decorated_functions(auth: Authentication, request: FunctionRequest, context: FunctionContext) -> None:
    webhook = azure_functions.Webhook(auth)
    assert_type(webhook(function)(request), FunctionResponse)
    assert_type(await webhook(function_async)(request, context), FunctionResponse)
    assert_type(await webhook(function_of_text)(request), str | FunctionResponse)
