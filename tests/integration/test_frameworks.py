"""What frameworks do in ways of their own: bodies that break off or were read before, URLs, classes of views."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from gzip import compress
from io import BytesIO
from typing import Any

import pytest

from cds_context.contrib.endpoint import Endpoint
from cds_context.webhook import PayloadTooLargeError, UncheckedAuth

from .cases import EVENT, GOOD, KEY, WITHOUT
from .clients import CLIENTS
from .servers import SERVERS
from .test_clients import handled

HEADERS = [(b"host", b"testserver"), (b"x-webhook-key", KEY.encode())]
SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/dataverse",
    "raw_path": b"/dataverse",
    "root_path": "",
    "query_string": b"",
    "headers": HEADERS,
    "client": ("127.0.0.1", 1),
    "server": ("testserver", 80),
}
ENVIRON = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/dataverse",
    "QUERY_STRING": "",
    "SERVER_NAME": "testserver",
    "SERVER_PORT": "80",
    "wsgi.url_scheme": "http",
    "CONTENT_LENGTH": str(len(GOOD.body)),
    "HTTP_X_WEBHOOK_KEY": KEY,
}


class Gone(BytesIO):
    """What a WSGI server hands over of a client that leaves."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError("kanari")


def ask_wsgi(app: Any, body: BytesIO) -> int:
    statuses: list[str] = []

    def start(status: str, headers: list[Any], *_: object) -> None:
        statuses.append(status)

    app(ENVIRON | {"wsgi.input": body}, start).close()
    return int(statuses[0][:3])


def ask_asgi(app: Any, *came: dict[str, Any]) -> int:
    messages = iter(came)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(dict(SCOPE), receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("name", ["django-waitress", "flask-waitress"])
def test_a_client_of_wsgi_that_leaves_is_refused(name: str, page: Callable[[str], Any]) -> None:
    setup = SERVERS[name]
    module = page(setup.page)
    assert ask_wsgi(setup.app(module), BytesIO(GOOD.body)) == 204
    assert handled(module) == [EVENT]
    assert ask_wsgi(setup.app(module), Gone()) == 400
    assert handled(module) == []


@pytest.mark.parametrize("name", ["fastapi", "litestar", "starlette"])
def test_a_client_of_asgi_that_leaves_is_refused(name: str, page: Callable[[str], Any]) -> None:
    module = page(name)
    half = {"type": "http.request", "body": GOOD.body[:100], "more_body": True}
    assert ask_asgi(module.app, half, {"type": "http.request", "body": GOOD.body[100:]}) == 204
    assert handled(module) == [EVENT]
    assert ask_asgi(module.app, half, {"type": "http.disconnect"}) == 400
    assert handled(module) == []


def test_a_client_of_aiohttp_that_leaves_is_refused(page: Callable[[str], Any]) -> None:
    module = page("aiohttp")
    streams = importlib.import_module("aiohttp.streams")
    make_request = importlib.import_module("aiohttp.test_utils").make_mocked_request

    async def leave() -> int:
        request = make_request("POST", "/dataverse", GOOD.headers, payload=streams.StreamReader(None, 1))
        request.content.set_exception(ConnectionResetError("kanari"))
        with pytest.raises(module.web.HTTPException) as caught:
            await module.webhook(request)
        return int(caught.value.status)

    assert asyncio.run(leave()) == 400


@pytest.mark.parametrize("length", ["", "-1", "999999", "9" * 5000])
def test_a_body_of_unknown_length_is_read_to_its_end(length: str) -> None:
    most = len(GOOD.body) + 10
    assert sizes_asked_for(length, most) == [most + 1, 11]


def test_a_body_of_known_length_is_read_at_once() -> None:
    assert sizes_asked_for(str(len(GOOD.body)), 2 * len(GOOD.body)) == [len(GOOD.body)]


def sizes_asked_for(length: str, max_bytes: int) -> list[int]:
    endpoint: Any = Endpoint(UncheckedAuth(because="a test"), max_bytes=max_bytes)
    sizes: list[int] = []
    body = BytesIO(GOOD.body)

    def read(size: int) -> bytes:
        sizes.append(size)
        return body.read(size)

    assert endpoint._receive(read, {}, "", length).context == EVENT
    return sizes


@pytest.mark.parametrize("client", CLIENTS)
def test_only_aiohttp_unpacks_a_body(client: str, page: Callable[[str], Any]) -> None:
    name, post = CLIENTS[client]
    says_so = GOOD._replace(headers=GOOD.headers | {"content-encoding": "gzip"})
    packed = says_so._replace(body=compress(GOOD.body))
    statuses = [post(page(name), request).status for request in (packed, says_so)]
    assert statuses == ([204, 400] if name == "aiohttp" else [400, 204])
    assert handled(page(name)) == [EVENT]


def test_what_breaks_off_in_other_ways_is_not_hidden() -> None:
    endpoint: Any = Endpoint(UncheckedAuth(because="a test"))
    with pytest.raises(ConnectionResetError):
        endpoint._receive(Gone().read, {}, "")


@pytest.mark.parametrize("size", [1, 100, len(GOOD.body) - 1, len(GOOD.body)])
def test_a_body_in_pieces_of_any_size_is_received(size: int) -> None:
    endpoint: Any = Endpoint(UncheckedAuth(because="a test"), max_bytes=len(GOOD.body))
    pieces = [GOOD.body[start : start + size] for start in range(0, len(GOOD.body), size)]

    async def stream(*more: bytes) -> AsyncIterator[bytes]:
        for piece in (b"", *pieces, b"", *more):
            yield piece

    class Pieces(BytesIO):
        def read(self, room: int | None = -1, /) -> bytes:
            return super().read(min(size, room or 0))

    assert endpoint._receive(Pieces(GOOD.body).read, {}, "").context == EVENT
    assert asyncio.run(endpoint._receive_stream(stream(), {}, "")).context == EVENT
    with pytest.raises(PayloadTooLargeError):
        endpoint._receive(BytesIO(GOOD.body + b" ").read, {}, "")
    with pytest.raises(PayloadTooLargeError):
        asyncio.run(endpoint._receive_stream(stream(b" "), {}, ""))


@pytest.mark.parametrize("url", ["http://[", "http://[kanari]/?code=kanari", "//[", ""])
def test_any_url_is_received_or_refused_by_azure_functions(url: str, page: Callable[[str], Any]) -> None:
    module = page("azure-functions")

    def post(headers: Any) -> int:
        request = module.func.HttpRequest("POST", url, headers=headers, body=GOOD.body)
        return int(module.http_function(request).status_code)

    assert [post(WITHOUT.headers), post(GOOD.headers)] == [401, 204]
    assert handled(module) == [EVENT]


@pytest.mark.parametrize("headers", [WITHOUT.headers, GOOD.headers], ids=["without", "with"])
def test_flask_looks_at_the_key_before_its_own_bound(headers: dict[str, str], page: Callable[[str], Any]) -> None:
    module, flask = page("flask"), importlib.import_module("flask")
    app = flask.Flask("bounded")
    app.config["MAX_CONTENT_LENGTH"] = 100
    app.post("/dataverse")(module.receive_event)
    answer = app.test_client().post("/dataverse", data=GOOD.body, headers=headers)
    assert answer.status_code == (413 if headers is GOOD.headers else 401)


@pytest.mark.parametrize("client", ["Client", "AsyncClient"])
def test_async_classes_of_django_views_receive(
    client: str, page: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, django = page("django"), importlib.import_module("django.test")

    async def handle(view: object, request: object, delivery: Any) -> Any:
        module.work.put(delivery.context)
        return module.HttpResponse(status=204)

    view: Any = type("View", (importlib.import_module("django.views").View,), {"post": handle})
    monkeypatch.setattr(module.settings, "ROOT_URLCONF", (module.path("class", module.webhook(view.as_view())),))

    def post(headers: dict[str, str]) -> int:
        sent = getattr(django, client)().generic("POST", "/class", GOOD.body, "application/json", headers=headers)
        return int((asyncio.run(sent) if client == "AsyncClient" else sent).status_code)

    assert [post(GOOD.headers), post(WITHOUT.headers)] == [204, 401]
    assert handled(module) == [EVENT]


def test_a_body_that_was_read_before_is_received_by_starlette(page: Callable[[str], Any]) -> None:
    webhook, requests = page("starlette").webhook, importlib.import_module("starlette.requests")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": GOOD.body}

    async def read_twice() -> Any:
        request = requests.Request(dict(SCOPE), receive)
        await request.body()
        return await webhook(request)

    assert asyncio.run(read_twice()).context == EVENT


def test_a_body_that_was_read_before_is_received_by_django(page: Callable[[str], Any]) -> None:
    module, django = page("django"), importlib.import_module("django.test")
    form = "application/x-www-form-urlencoded"
    request = django.RequestFactory().post("/dataverse", GOOD.body, form, headers={"X-Webhook-Key": KEY})
    assert request.POST
    assert module.receive_event(request).status_code == 204
    assert handled(module) == [EVENT]


def test_a_body_that_was_read_before_is_refused_by_flask(page: Callable[[str], Any]) -> None:
    module = page("flask")
    with module.app.test_request_context("/dataverse", method="POST", data=GOOD.body, headers=GOOD.headers) as context:
        context.request.get_data()
        with pytest.raises(importlib.import_module("werkzeug.exceptions").BadRequest):
            module.webhook()
