"""A host of Azure Functions, as far as the worker can tell: it sends what a host sends, and takes what it is answered.

The worker is the real one, and runs in this process. Messages cross a wire: each is serialised and parsed once. A host
keeps the rest from the worker, as the real one does: which methods a route has, and what becomes of a failure.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import messages

SECONDS = 30
"""How long the worker may take to answer, which takes it milliseconds."""

worker: Any = importlib.import_module("azure_functions_runtime.handle_event")
protos = messages.load()


class RefusedError(Exception):
    """The worker refused the app; the message is the worker's."""


def _crossed(message: Any) -> Any:
    """A message on the other side of the wire."""
    arrived = message.__class__()
    arrived.ParseFromString(message.SerializeToString())
    return arrived


def _tell(kind: str, content: Any) -> Any:
    """What the worker answers to a message."""
    message = protos.StreamingMessage(**{kind: content})
    request = SimpleNamespace(request=_crossed(message), properties={"host": "127.0.0.1", "protos": protos})

    async def answer() -> Any:
        return await asyncio.wait_for(getattr(worker, kind)(request), SECONDS)

    return _crossed(asyncio.run(answer()))


class Host:
    """What calls the functions of an app."""

    def __init__(self, app: Any, functions: Mapping[str, Any]) -> None:
        self.app = app
        """The module `function_app`, as the worker imported it."""
        self.functions = functions
        """What the worker says of each function, by its name."""

    def call(self, name: str, data: Any, metadata: Mapping[str, Any] | None = None) -> Any:
        """The InvocationResponse of a function to what its trigger brings."""
        function = self.functions[name]
        [trigger] = [key for key, binding in function.bindings.items() if binding.type.endswith("Trigger")]
        invocation = protos.InvocationRequest(
            invocation_id="an-invocation",
            function_id=function.function_id,
            input_data=[protos.ParameterBinding(name=trigger, data=data)],
            trigger_metadata=metadata,
        )
        return _tell("invocation_request", invocation)

    def post(self, name: str, headers: Mapping[str, str], body: Any, query: str = "") -> Any:
        """The InvocationResponse of a function to a request. A body of other than bytes is a TypedData."""
        url = f"https://example.azurewebsites.net/api/dataverse{'?' * bool(query)}{query}"
        content = protos.TypedData(bytes=body) if isinstance(body, bytes) else body
        request = protos.RpcHttp(method="POST", url=url, headers=headers, body=content)
        return self.call(name, protos.TypedData(http=request))


def succeeded(response: Any) -> bool:
    """Whether the worker says that the function ended without an error."""
    return bool(response.result.status == protos.StatusResult.Success)


@contextmanager
def threads() -> Generator[None]:
    """The threads in which the worker runs functions that are not async."""
    pool: Any = importlib.import_module("azure_functions_runtime.utils.threadpool")
    pool.start_threadpool_executor()
    try:
        yield
    finally:
        pool.stop_threadpool_executor()


@contextmanager
def hosted(code: str, folder: Path) -> Generator[Host]:
    """The host of an app, whose `function_app.py` is put into a folder.

    The worker knows functions by their names, so apps that are hosted at one time must have different ones.
    """
    (folder / "function_app.py").write_text(code, "utf-8")
    sys.path.insert(0, str(folder))
    try:
        init = protos.WorkerInitRequest(host_version="4", function_app_directory=str(folder))
        started = _tell("worker_init_request", init)
        if started.result.status != protos.StatusResult.Success:
            raise RefusedError(started.result.exception.message)
        app = sys.modules.pop("function_app")
        asked = protos.FunctionsMetadataRequest(function_app_directory=str(folder))
        functions = {
            function.name: function for function in _tell("functions_metadata_request", asked).function_metadata_results
        }
        for function in functions.values():
            load = protos.FunctionLoadRequest(function_id=function.function_id, metadata=function)
            assert _tell("function_load_request", load).result.status == protos.StatusResult.Success
        yield Host(app, functions)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("function_app", None)
