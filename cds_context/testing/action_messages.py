"""Builders of the messages that send, and of custom actions and APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cds_context import EntityReference, RemoteExecutionContext, Value

from .events import NIL, Event, context_of, subject_of
from .steps import Options, RowOptions, step_of
from .values import NO_ROW, Plain, Row, parameters_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

_NO_PARAMETERS: Mapping[str, Plain] = {}


def send_email(
    *,
    issue_send: bool = True,
    tracking_token: str = "",
    subject: str = "",
    before: Row = NO_ROW,
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """Send: the email `id` is sent, or if `issue_send` is false, marked as sent.

    OutputParameters hold its `Subject`, with the tracking token, in stage 40.
    """
    asked: dict[str, Value] = {"IssueSend": issue_send, "TrackingToken": tracking_token}
    return _sent("email", "EmailId", asked, {"Subject": subject}, before, options)


def send_fax(*, issue_send: bool = True, before: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Send: the fax `id` is sent, or if `issue_send` is false, marked as sent."""
    return _sent("fax", "FaxId", {"IssueSend": issue_send}, {}, before, options)


def _sent(
    table: str,
    parameter: str,
    asked: Mapping[str, Value],
    answered: Mapping[str, Value],
    before: Row,
    options: RowOptions,
) -> RemoteExecutionContext:
    step = step_of("Send", options)
    row = subject_of(table, step, options)
    event = Event(
        table=table,
        id=row.id,
        asked={parameter: str(row.id), **asked},
        answered=answered,
        subject=row,
        before=before,
        after={**before, **step.stamp()},
    )
    return context_of(event, step)


def custom_api(
    name: str,
    *,
    inputs: Mapping[str, Plain] = _NO_PARAMETERS,
    outputs: Mapping[str, Plain] = _NO_PARAMETERS,
    bound_to: EntityReference | None = None,
    **options: Unpack[Options],
) -> RemoteExecutionContext:
    """A custom action or API by its unique name; `outputs` are there in stage 40.

    `bound_to` is the `Target`, a row of the table that the action is bound to. Without it, PrimaryEntityName is `none`.
    """
    step = step_of(name, options, one_row=False)
    target: dict[str, Value] = {} if bound_to is None else {"Target": bound_to}
    event = Event(
        table="none" if bound_to is None else bound_to.logical_name,
        id=NIL if bound_to is None else bound_to.id,
        asked={**target, **parameters_of(inputs)},
        answered=parameters_of(outputs),
    )
    return context_of(event, step)
