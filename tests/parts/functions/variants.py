"""An app whose functions are written in the ways that users may choose, each with a webhook's decorator.

All answer with the message of the event, so that a test can ask each the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import azure.functions as func

from cds_context.contrib.azure_functions import Webhook
from cds_context.webhook import HttpHeaderAuth

if TYPE_CHECKING:  # as linters advise for a name that only annotations use
    from cds_context.webhook import WebhookDelivery

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
webhook = Webhook(HttpHeaderAuth({"X-Webhook-Key": os.environ["WEBHOOK_KEY"]}))


def answer(delivery: WebhookDelivery) -> func.HttpResponse:
    return func.HttpResponse(delivery.context.message_name)


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of the user's."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call


@app.route("async")
@webhook
async def of_async(req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse:
    return answer(delivery)


@app.route("context")
@webhook
def with_context(req: func.HttpRequest, delivery: WebhookDelivery, context: func.Context) -> func.HttpResponse:
    assert context.function_name == "with_context"
    assert Path(context.function_directory).name == "contrib"  # the worker asks where the decorator's code is
    return answer(delivery)


@app.route("async-context")
@webhook
async def of_async_with_context(
    req: func.HttpRequest, delivery: WebhookDelivery, context: func.Context
) -> func.HttpResponse:
    assert context.function_name == "of_async_with_context"
    return answer(delivery)


@app.route("names", trigger_arg_name="request")
@webhook
def with_names(request: func.HttpRequest, event: WebhookDelivery) -> func.HttpResponse:
    return answer(event)


@app.route("text")
@webhook
def of_text(req: func.HttpRequest, delivery: WebhookDelivery) -> str:
    return str(delivery.context.message_name)


@app.route("either")
@webhook
def of_either(req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse | str:
    return answer(delivery)


@app.route("any")
@webhook
def of_any(req: func.HttpRequest, delivery: WebhookDelivery) -> Any:
    return answer(delivery)


@app.route("decorated")
@logged
@webhook
def decorated(req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse:
    return answer(delivery)


@app.route("decorated-within")
@webhook
@logged
def decorated_within(req: func.HttpRequest, delivery: WebhookDelivery) -> func.HttpResponse:
    return answer(delivery)
