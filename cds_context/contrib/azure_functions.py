"""Azure Functions with an HTTP trigger: a decorator that hands a function the delivery.

Messages of Service Bus and Event Hubs need none: `cds_context.servicebus.receive_message` takes them as they come.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from io import BytesIO
from typing import Any, TypeVar, cast

from azure.functions import HttpRequest, HttpResponse

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]

R = TypeVar("R", HttpResponse, Awaitable[HttpResponse])


class Webhook(Endpoint):
    """A decorator: `@webhook` under `@app.route(…)` calls a function, async or not, with the request and the delivery.

    A request that is refused gets an empty answer with the status, and does not reach the function.
    """

    def __call__(self, function: Callable[[HttpRequest, WebhookDelivery], R]) -> Callable[[HttpRequest], R]:
        """The function to be registered; its parameter is named `req`, as the host expects."""

        def answer(req: HttpRequest) -> Any:
            # Not split as a URL: the caller writes it, and there are URLs that cannot be.
            query = req.url.partition("?")[2]
            try:
                delivery = self._receive(BytesIO(req.get_body()).read, req.headers, query)
            except CdsContextError as error:
                return HttpResponse(status_code=error.status)
            return function(req, delivery)

        async def answer_async(req: HttpRequest) -> Any:
            result = answer(req)
            return result if isinstance(result, HttpResponse) else await result

        endpoint: Any = answer_async if iscoroutinefunction(function) else answer
        # No more of it than its names: the host reads the parameters, and would look for a binding called `delivery`.
        endpoint.__name__, endpoint.__doc__ = function.__name__, function.__doc__
        return cast("Callable[[HttpRequest], R]", endpoint)
