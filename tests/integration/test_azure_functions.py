"""The decorator for Azure Functions, beside what the page shows of it.

Whether the runtime takes what it registers is tested on the runtime itself, in `tests/parts/functions`.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from cds_context import ArgumentError
from cds_context.webhook import WebhookDelivery

from .cases import EVENT, GOOD, WITHOUT


def call(page: Any, function: Any, headers: dict[str, str], **more: Any) -> Any:
    """What a function answers that is called as the runtime calls it."""
    request = page.func.HttpRequest("POST", "/api/dataverse", headers=headers, body=GOOD.body)
    answer = function(asked=request, **more)
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def told(asked: Any, came: WebhookDelivery, context: Any, *, copy: Any = None) -> str:
    assert (asked.method, came.context, copy) == ("POST", EVENT, None)
    return f"told {context}"


async def told_later(asked: Any, came: WebhookDelivery, context: Any, *, copy: Any = None) -> str:
    return told(asked, came, context, copy=copy)


@pytest.mark.parametrize("function", [told, told_later])
def test_parameters_have_the_functions_own_names_and_are_passed_on(
    function: Callable[..., Any], page: Callable[[str], Any]
) -> None:
    module = page("azure-functions")
    registered: Any = module.webhook(function)
    assert [*inspect.signature(registered).parameters] == ["asked", "context", "copy"]
    assert (registered.__name__, registered.__module__) == (function.__name__, __name__)
    assert call(module, registered, GOOD.headers, context="it") == "told it"
    assert call(module, registered, WITHOUT.headers, context="it").status_code == 401


def test_a_name_that_only_type_checkers_know_is_not_evaluated(page: Callable[[str], Any]) -> None:
    module = page("azure-functions")
    # From Python 3.14 on annotations wait without being told to.
    waiting = "" if sys.version_info >= (3, 14) else "from __future__ import annotations\n"
    names: dict[str, Any] = {"func": module.func}
    code = f"{waiting}def handle(req: func.HttpRequest, delivery: Unknown, copy: func.Out[str]) -> Unknown: ..."
    exec(code, names)  # noqa: S102
    registered = module.webhook(names["handle"])
    assert get_type_hints(registered) == {
        "req": module.func.HttpRequest,
        "copy": module.func.Out[str],
        "return": module.func.HttpResponse,
    }


def test_an_argument_that_is_missing_is_an_error_before_the_request_is_looked_at(page: Callable[[str], Any]) -> None:
    module = page("azure-functions")
    with pytest.raises(TypeError, match="context"):
        call(module, module.webhook(told), WITHOUT.headers)


def test_a_function_without_a_place_for_the_delivery_is_refused(page: Callable[[str], Any]) -> None:
    webhook = page("azure-functions").webhook
    with pytest.raises(ArgumentError, match="takes the request and the delivery"):
        webhook(len)  # which takes one thing
