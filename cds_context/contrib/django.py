"""Django: a decorator that hands a view the delivery."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ..errors import CdsContextError
from ..webhook import WebhookDelivery
from .endpoint import Endpoint

__all__ = ["Webhook"]

P = ParamSpec("P")
R = TypeVar("R", HttpResponseBase, Coroutine[Any, Any, HttpResponseBase])


class Webhook(Endpoint):
    """A decorator: `@webhook` calls a view, async or not, with the request and the delivery.

    A refused request gets an empty answer with the status, and does not reach the view. The view is exempt from
    Django's own check for forged requests, because the platform sends no cookie.
    """

    _unreadable = (UnreadablePostError,)

    def __call__(
        self, view: Callable[Concatenate[HttpRequest, WebhookDelivery, P], R]
    ) -> Callable[Concatenate[HttpRequest, P], R]:
        """The view to be put into the URL configuration."""

        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> Any:
            said = request.META
            try:
                delivery = self._receive(
                    request.read, said, said.get("QUERY_STRING", ""), said.get("CONTENT_LENGTH", "")
                )
            except CdsContextError as error:
                return HttpResponse(status=error.status)
            return view(request, delivery, *args, **kwargs)

        async def answer_async(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> Any:
            result = answer(request, *args, **kwargs)
            return result if isinstance(result, HttpResponse) else await result

        # Django's own test is used, because before Python 3.12 `inspect` misses the marks of class-based views.
        endpoint: Any = answer_async if iscoroutinefunction(view) else answer
        return csrf_exempt(wraps(view)(endpoint))
