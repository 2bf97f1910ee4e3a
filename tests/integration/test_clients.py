"""Every request of the table, through each framework's own test client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from cds_context import RemoteExecutionContext
from cds_context.webhook import WebhookKeyAuth

from .cases import CASES, EXAMPLES, KEYS_IN_QUERY, QUERY_KEY, Case
from .clients import CLIENTS
from .pages import PAGES


def handled(page: Any) -> list[RemoteExecutionContext]:
    """The events that the handler of a page got, since it was last asked."""
    return [page.work.get_nowait() for _ in range(page.work.qsize())]


def to_read(page: Any) -> list[RemoteExecutionContext]:
    """The events that the function of a page got which reads their rows from Dataverse, since it was last asked."""
    return [page.rows_to_read.get_nowait() for _ in range(page.rows_to_read.qsize())]


def handed_on(page: Any) -> list[bool]:
    """Whether each event that a page handed on went to the function that reads the row."""
    return [False for _ in handled(page)] + [True for _ in to_read(page)]


REFUSAL = "cds_context.contrib WARNING refused with "


def refusals(shown: StringIO) -> list[str]:
    """The reasons of refusals that were logged, each with its status."""
    return [line.removeprefix(REFUSAL) for line in shown.getvalue().splitlines() if line.startswith(REFUSAL)]


def check(page: Any, client: str, case: Case, shown: StringIO) -> None:
    """Post what a case says, and compare what becomes of it, and what is logged of it."""
    logged = len(refusals(shown))
    answer = CLIENTS[client][1](page, case.request)
    shown.write(answer.content.decode("latin-1"))
    assert answer.status == case.status
    assert handed_on(page) == ([case.is_truncated] if case.status == 204 else [])
    said = refusals(shown)[logged:]
    assert len(said) == bool(case.reason)
    assert all(line.startswith(f"{case.status}: {case.reason}") for line in said)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_requests_are_received_or_refused(case: Case, client: str, page: Callable[[str], Any], shown: StringIO) -> None:
    check(page(CLIENTS[client][0]), client, case, shown)


@pytest.mark.repeats
@pytest.mark.parametrize("client", CLIENTS)
def test_every_example_is_received(client: str, page: Callable[[str], Any], shown: StringIO) -> None:
    for case in EXAMPLES:
        check(page(CLIENTS[client][0]), client, case, shown)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("case", KEYS_IN_QUERY, ids=[case.name for case in KEYS_IN_QUERY])
def test_keys_in_the_query_string(
    case: Case, client: str, page: Callable[[str], Any], shown: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Access logs have the query string, which is why the page on safety would rather have the key in a header.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    module = page(CLIENTS[client][0])
    monkeypatch.setattr(module.webhook, "_auth", WebhookKeyAuth(QUERY_KEY))
    check(module, client, case, shown)


MESSAGES = ["azure-eventhub", "azure-servicebus", "fastavro", "kafka-python"]
"""The pages that receive messages, which `test_messages`, `test_logs` and tests/parts hand them."""


def test_every_page_has_a_test_of_its_requests_or_messages() -> None:
    assert {*(name for name, _ in CLIENTS.values()), *MESSAGES} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_code_of_a_page_runs(name: str, page: Callable[[str], Any]) -> None:
    assert handed_on(page(name)) == []
