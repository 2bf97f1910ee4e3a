"""Each framework's own test client, behind one call. Imports no framework: the pages did."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

from cds_context.testing import Request


class Answer(NamedTuple):
    """What came back."""

    status: int
    content: bytes
    """Headers too."""


def _target(request: Request, path: str = "/dataverse") -> str:
    return f"{path}?{request.query}" if request.query else path


def _answer(status: int, headers: Any, content: bytes) -> Answer:
    return Answer(status, f"{list(headers.items())}".encode() + content)


def _httpx(client: Any, request: Request) -> Answer:
    got = client.request(request.method, _target(request), content=request.body, headers=request.headers)
    return _answer(got.status_code, got.headers, got.content)


def _starlette(page: Any, request: Request) -> Answer:
    return _httpx(page.client, request)


def _litestar(page: Any, request: Request) -> Answer:
    with page.TestClient(page.app) as client:
        return _httpx(client, request)


def _flask(page: Any, request: Request) -> Answer:
    got = page.client.open(_target(request), method=request.method, data=request.body, headers=request.headers)
    return _answer(got.status_code, got.headers, got.data)


def _django_options(request: Request) -> dict[str, Any]:
    return {"data": request.body, "content_type": "application/json", "headers": request.headers}


def _django(page: Any, request: Request) -> Answer:
    got = page.client.generic(request.method, _target(request), **_django_options(request))
    return _answer(got.status_code, got.headers, got.content)


def _django_async(page: Any, request: Request) -> Answer:
    client = importlib.import_module("django.test").AsyncClient()
    target = _target(request, "/async/dataverse")
    got = asyncio.run(client.generic(request.method, target, **_django_options(request)))
    return _answer(got.status_code, got.headers, got.content)


def _aiohttp(page: Any, request: Request) -> Answer:
    async def post() -> Answer:
        async with page.TestClient(page.TestServer(page.make_app())) as client:
            url = importlib.import_module("yarl").URL(_target(request), encoded=True)
            got = await client.request(request.method, url, data=BytesIO(request.body), headers=request.headers)
            return _answer(got.status, got.headers, await got.read())

    return asyncio.run(post())


def _azure_functions(page: Any, request: Request) -> Answer:
    if request.method != "POST":
        return Answer(405, b"")  # the host's part
    url = f"https://example.azurewebsites.net/api{_target(request)}"
    got = page.http_function(page.func.HttpRequest(request.method, url, headers=request.headers, body=request.body))
    return _answer(got.status_code, got.headers, got.get_body())


CLIENTS: dict[str, tuple[str, Callable[[Any, Request], Answer]]] = {
    "aiohttp": ("aiohttp", _aiohttp),
    "azure-functions": ("azure-functions", _azure_functions),
    "django": ("django", _django),
    "django-async": ("django", _django_async),
    "fastapi": ("fastapi", _starlette),
    "flask": ("flask", _flask),
    "litestar": ("litestar", _litestar),
    "starlette": ("starlette", _starlette),
}
"""By name: the page, and how a request is posted to what it makes."""
