"""For the tests of code that receives these events: contexts, bodies and requests such as servers send.

Builders make a consistent context of little; `truncate`, `garble`, `server_request` and `server_message` make of it
what arrives.
`complete` makes a body whole that somebody cut by hand.
Nothing here asks a clock or rolls dice: equal calls give equal contexts.
`cds_context.testing.strategies` has strategies for Hypothesis.
"""

from ..errors import BuildError
from .action_messages import custom_api, send_email, send_fax
from .bulk_messages import create_multiple, delete_multiple, retrieve_multiple, update_multiple, upsert_multiple
from .completion import Completion, complete
from .external_messages import on_external_created, on_external_deleted, on_external_updated
from .files import examples, find_faulty
from .link_messages import (
    add_member,
    add_to_queue,
    associate,
    disassociate,
    grant_access,
    modify_access,
    remove_member,
    route_to,
)
from .queues import Message, server_message
from .row_messages import assign, create, delete, merge, retrieve, set_state, update, upsert
from .sales_messages import cancel_order, close_incident, close_quote, fulfill_order, lose, qualify_lead, win, win_quote
from .server import Request, garble, server_request, truncate
from .steps import Images, Options, RowOptions
from .values import Formatted, Plain, Row

__all__ = [
    "BuildError",
    "Completion",
    "Formatted",
    "Images",
    "Message",
    "Options",
    "Plain",
    "Request",
    "Row",
    "RowOptions",
    "add_member",
    "add_to_queue",
    "assign",
    "associate",
    "cancel_order",
    "close_incident",
    "close_quote",
    "complete",
    "create",
    "create_multiple",
    "custom_api",
    "delete",
    "delete_multiple",
    "disassociate",
    "examples",
    "find_faulty",
    "fulfill_order",
    "garble",
    "grant_access",
    "lose",
    "merge",
    "modify_access",
    "on_external_created",
    "on_external_deleted",
    "on_external_updated",
    "qualify_lead",
    "remove_member",
    "retrieve",
    "retrieve_multiple",
    "route_to",
    "send_email",
    "send_fax",
    "server_message",
    "server_request",
    "set_state",
    "truncate",
    "update",
    "update_multiple",
    "upsert",
    "upsert_multiple",
    "win",
    "win_quote",
]
