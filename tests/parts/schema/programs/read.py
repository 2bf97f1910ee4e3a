"""Reads each file that is named with code that a generator wrote, and prints what a handler asks first."""

import json
import sys
from importlib import import_module
from pathlib import Path

import msgspec

generated = import_module(sys.argv[1])
for path in sys.argv[2:]:
    body = Path(path).read_bytes()
    if sys.argv[1] == "context":
        context = generated.remote_execution_context_from_dict(json.loads(body))
    elif sys.argv[1] == "models":
        context = generated.RemoteExecutionContext.model_validate_json(body)
    else:
        context = msgspec.json.decode(body, type=generated.RemoteExecutionContext)
    if hasattr(context, "message_name"):
        print(context.message_name, context.primary_entity_name)  # noqa: T201 # the test reads it
    else:
        print(context.MessageName, context.PrimaryEntityName)  # noqa: T201
