"""Keys and content stay out of messages, reprs, logs and tracebacks, also where the handler fails.

What is logged and printed in all other tests of this folder is searched by the fixture `shown`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from http.client import HTTPConnection
from io import BytesIO, StringIO
from typing import Any

import pytest

from cds_context import CdsContextError
from cds_context.contrib.endpoint import Endpoint
from cds_context.webhook import HttpHeaderAuth

from ..patience import PATIENCE
from .cases import CASES, EXAMPLES, GOOD, KEY
from .clients import CLIENTS
from .conftest import found_in
from .servers import SERVERS


def test_the_search_finds_what_it_looks_for() -> None:
    assert found_in(f"POST /dataverse?code={KEY}") == ["kanari"]
    assert found_in("KANARI") == ["kanari"]
    assert found_in(repr(EXAMPLES)) == []
    assert any(found_in(case.request.body.decode()) for case in EXAMPLES)
    assert all(found_in(repr(case.request.body)) for case in CASES if case.status == 204)


class Broken:
    """Work that fails."""

    def put(self, event: object) -> None:
        raise RuntimeError("the queue is away")


@pytest.mark.parametrize("client", CLIENTS)
def test_the_traceback_of_a_handler_shows_nothing(
    client: str, page: Callable[[str], Any], shown: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, post = CLIENTS[client]
    module = page(name)
    monkeypatch.setattr(module, "work", Broken())
    try:
        answer = post(module, GOOD)
    except RuntimeError as error:
        shown.write("".join(traceback.format_exception(error)))
    else:
        assert answer.status == 500
        shown.write(answer.content.decode())
    assert "the queue is away" in shown.getvalue() or "Internal Server Error" in shown.getvalue()


@pytest.mark.parametrize("name", SERVERS)
def test_the_log_of_a_server_shows_nothing_when_a_handler_fails(
    name: str, page: Callable[[str], Any], shown: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = SERVERS[name]
    module = page(setup.page)
    monkeypatch.setattr(module, "work", Broken())
    with setup.serve(setup.app(module)) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("POST", "/dataverse", GOOD.body, GOOD.headers)
        answer = connection.getresponse()
        shown.write(answer.read().decode())
        connection.close()
    assert answer.status == 500


def test_reprs_messages_and_tracebacks_of_every_refusal_show_nothing(shown: StringIO) -> None:
    endpoint: Any = Endpoint(HttpHeaderAuth({"X-Webhook-Key": KEY}))
    shown.write(f"{endpoint!r} {vars(endpoint)}")
    for case in [*CASES, *EXAMPLES]:
        shown.write(f"{case.request!r}")
        try:
            delivery = endpoint._receive(BytesIO(case.request.body).read, case.request.headers, "")
        except CdsContextError as error:
            shown.write(f"{error!r} {error} {error.args} {vars(error)}")
            shown.write("".join(traceback.format_exception(error)))
        else:
            shown.write(f"{delivery!r} {delivery} {delivery.headers!r}")
    assert "AuthenticationError" in shown.getvalue()
