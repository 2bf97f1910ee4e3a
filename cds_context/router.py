"""Which function handles which event.

Small on purpose: middleware, injection and threads are for a web framework.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from itertools import product
from typing import Any, Generic, TypeVar

from .errors import ArgumentError
from .event.context import ContextSummary, RemoteExecutionContext
from .transport.delivery import Delivery

__all__ = ["Router"]

E = TypeVar("E", bound=RemoteExecutionContext | Delivery)
R = TypeVar("R")

_ANY = "*"


class Router(Generic[E]):
    """Handlers by message, table and stage; they take the context or the delivery that `dispatch` is given.

    An event goes to one handler, the most specific: a message outranks a table, and a table outranks a stage. Only one
    handler is called, because its result decides the answer, and an event that is delivered again must not do half of
    its work twice.

    A truncated event goes to a handler of truncated events, and to another handler only if none of those takes the
    event. A delivery always knows whether its event was truncated; a context knows only if its body shows it.

        router = Router[WebhookDelivery]()

        @router.on("Update", "contact")
        def contact_changed(delivery: WebhookDelivery) -> None: ...

        @router.on()
        def anything_else(delivery: WebhookDelivery) -> None: ...

        @router.on_truncated()
        def read_the_row(delivery: WebhookDelivery) -> None: ...
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[bool, str, str, int | None], Callable[[E], Any]] = {}

    def on(
        self, message: str = _ANY, entity: str = _ANY, *, stage: int | None = None
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]:
        """Register a handler, which may be async. `"*"` is any message or table, None any stage; names in any case.

        The decorator can be repeated on one function. Without arguments, the handler takes the events that no other
        handler takes. Raises ArgumentError if the same events have a handler already.
        """
        return self._register(message, entity, stage, truncated=False)

    def on_truncated(
        self, message: str = _ANY, entity: str = _ANY, *, stage: int | None = None
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]:
        """Register a handler of truncated events, with the arguments and errors of `on`.

        Most truncated events still name their row, in `context.record`: read the row from Dataverse.
        """
        return self._register(message, entity, stage, truncated=True)

    def _register(
        self, message: str, entity: str, stage: int | None, *, truncated: bool
    ) -> Callable[[Callable[[E], R]], Callable[[E], R]]:
        key = (truncated, message.casefold(), entity.casefold(), stage)

        def register(handler: Callable[[E], R]) -> Callable[[E], R]:
            if key in self._handlers:
                raise ArgumentError("these events have a handler already")
            self._handlers[key] = handler
            return handler

        return register

    def wants(self, event: E | ContextSummary) -> bool:
        """Whether a handler takes the event: ask with `peek_context(body)` before you parse a body that none wants.

        A summary does not know whether its event was truncated, so a handler of truncated events is enough.
        """
        return self._handler(event) is not None

    def dispatch(self, event: E) -> Any:
        """The result of the event's handler; None if there is no handler.

        Raises ArgumentError if the handler is async, because its coroutine would never run.
        """
        result = self._call(event)
        if iscoroutine(result):
            result.close()
            raise ArgumentError("the handler is async: use `await router.dispatch_async(event)`")
        return result

    async def dispatch_async(self, event: E) -> Any:
        """The result of the event's handler, async or not; None if there is no handler. A plain handler runs inline."""
        result = self._call(event)
        return await result if isawaitable(result) else result

    def _call(self, event: E) -> Any:
        handler = self._handler(event)
        return handler(event) if handler else None

    def _handler(self, event: E | ContextSummary) -> Callable[[E], Any] | None:
        about = event.context if isinstance(event, Delivery) else event
        message = (about.message_name or "").casefold()
        entity = (about.primary_entity_name or "").casefold()
        may_be_truncated = isinstance(event, ContextSummary) or event.is_truncated
        kinds = (True, False) if may_be_truncated else (False,)
        keys = product(kinds, (message, _ANY), (entity, _ANY), (about.stage, None))
        return next((self._handlers[key] for key in keys if key in self._handlers), None)
