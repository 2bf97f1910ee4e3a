"""Azure Functions with an HTTP trigger: a decorator that hands a function the delivery.

Messages of Service Bus and Event Hubs need no decorator: `cds_context.servicebus.receive_message` takes them.

How it works: the worker reads the signature and the annotations of a registered function. Each parameter must have a
binding of its name, and each annotation must fit its binding; otherwise the worker refuses the whole app. So the
registered wrapper shows the function's own parameters without the delivery, which has no binding, and returns a type
that the HTTP binding takes. The worker calls the wrapper with keywords.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from importlib import import_module
from inspect import Parameter, Signature, iscoroutinefunction, signature
from io import BytesIO
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from azure.functions import HttpRequest, HttpResponse

from ..errors import ArgumentError, CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]

P = ParamSpec("P")
A = TypeVar("A", bound=HttpResponse | str)

# Annotations stay text, because Python 3.14 would evaluate names that are imported only for type checkers.
_UNEVALUATED: Any = (
    {"annotation_format": import_module("annotationlib").Format.FORWARDREF} if sys.version_info >= (3, 14) else {}
)


class Webhook(Endpoint):
    """A decorator: `@webhook` under `@app.route(…)` calls a function, async or not, with the request and the delivery.

    The request and the delivery are the function's first two parameters. Further parameters may follow, for the context
    of the invocation and for other bindings. A refused request gets an empty answer with the status, and does not reach
    the function.
    """

    @overload
    def __call__(
        self, function: Callable[Concatenate[HttpRequest, WebhookDelivery, P], Coroutine[Any, Any, A]]
    ) -> Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, A | HttpResponse]]: ...

    @overload
    def __call__(
        self, function: Callable[Concatenate[HttpRequest, WebhookDelivery, P], A]
    ) -> Callable[Concatenate[HttpRequest, P], A | HttpResponse]: ...

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function to be registered.

        Raises ArgumentError for a function that has no place for the request and the delivery.
        """
        request, delivery, *others = _parameters(function)
        shown = Signature([request.replace(annotation=HttpRequest), *others], return_annotation=HttpResponse)

        def answer(*args: Any, **kwargs: Any) -> Any:
            given = shown.bind(*args, **kwargs).arguments
            try:
                received = self._receive_request(given[request.name])
            except CdsContextError as error:
                return HttpResponse(status_code=error.status)
            return function(**given, **{delivery.name: received})

        async def answer_async(*args: Any, **kwargs: Any) -> Any:
            result = answer(*args, **kwargs)
            return result if isinstance(result, HttpResponse) else await result

        endpoint: Callable[..., Any] = answer_async if iscoroutinefunction(function) else answer
        _present(endpoint, shown, function)
        return endpoint

    def _receive_request(self, req: HttpRequest) -> WebhookDelivery:
        # The URL is not parsed: the caller of the endpoint writes it, and it may be malformed.
        return self._receive(BytesIO(req.get_body()).read, req.headers, req.url.partition("?")[2])


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    parameters = [*signature(function, **_UNEVALUATED).parameters.values()]
    if len(parameters) < 2:
        raise ArgumentError("a function for a webhook takes the request and the delivery")
    return parameters


def _present(endpoint: Any, shown: Signature, function: Callable[..., Any]) -> None:
    """Let the endpoint look like the function, but for the signature."""
    # Not its annotations: they have the delivery, and an answer that may be of another type than a refusal.
    wraps(function, assigned=("__module__", "__name__", "__qualname__", "__doc__"))(endpoint)
    endpoint.__signature__ = shown
    named = [parameter for parameter in shown.parameters.values() if parameter.annotation is not parameter.empty]
    endpoint.__annotations__ = {parameter.name: parameter.annotation for parameter in named}
    endpoint.__annotations__["return"] = shown.return_annotation
