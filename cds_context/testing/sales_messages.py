"""Builders of the messages that qualify a lead or close a record. `events` puts the context together.

A record is closed by a closing activity, and the platform passes this activity as the parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cds_context import EntityReference, OptionSetValue, RemoteExecutionContext

from ..event.messages import MESSAGES, ROW_PARAMETERS, Primary
from .events import NIL, Event, context_of, subject_of
from .steps import RowOptions, Step, id_of, step_of
from .values import NO_ROW, Row

if TYPE_CHECKING:
    from typing_extensions import Unpack


def qualify_lead(
    *,
    create_account: bool = True,
    create_contact: bool = True,
    create_opportunity: bool = True,
    currency: EntityReference | None = None,
    customer: EntityReference | None = None,
    campaign: EntityReference | None = None,
    status: int = 3,
    created: Sequence[EntityReference] | None = None,
    **options: Unpack[RowOptions],
) -> RemoteExecutionContext:
    """QualifyLead: the lead `id` becomes an account, a contact and an opportunity, or some of these.

    OutputParameters hold references to them as `CreatedEntities` in stage 40; from the seed if not given.
    """
    step = step_of("QualifyLead", options)
    lead = subject_of("lead", step, options)
    wanted = {"account": create_account, "contact": create_contact, "opportunity": create_opportunity}
    made = [_made(table, step) for table, yes in wanted.items() if yes] if created is None else [*created]
    event = Event(
        table="lead",
        id=lead.id,
        asked={
            "LeadId": lead.reference(),
            "CreateAccount": create_account,
            "CreateContact": create_contact,
            "CreateOpportunity": create_opportunity,
            "OpportunityCurrencyId": currency,
            "OpportunityCustomerId": customer,
            "SourceCampaignId": campaign,
            "Status": OptionSetValue(status),
        },
        answered={"CreatedEntities": [*made]},
    )
    return context_of(event, step)


def _made(table: str, step: Step) -> EntityReference:
    return EntityReference(table, id_of("row", table, step.seed))


def win(*, status: int = 3, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Win: the opportunity `id` is won; `activity` holds columns of its `opportunityclose`."""
    return _closed("Win", "OpportunityClose", status, activity, options)


def lose(*, status: int = 4, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Lose: the opportunity `id` is lost; `activity` holds columns of its `opportunityclose`."""
    return _closed("Lose", "OpportunityClose", status, activity, options)


def win_quote(*, status: int = 4, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Win: the quote `id` is won; `activity` holds columns of its `quoteclose`."""
    return _closed("Win", "QuoteClose", status, activity, options)


def close_quote(*, status: int = 5, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Close: the quote `id` is closed without a sale. PrimaryEntityId is zeros: only QuoteClose names the quote."""
    return _closed("Close", "QuoteClose", status, activity, options)


def close_incident(*, status: int = 5, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Close: the case `id` is resolved. PrimaryEntityId is zeros: only IncidentResolution names the case."""
    return _closed("Close", "IncidentResolution", status, activity, options)


def cancel_order(*, status: int = 4, activity: Row = NO_ROW, **options: Unpack[RowOptions]) -> RemoteExecutionContext:
    """Cancel: the order `id` is cancelled; `activity` holds columns of its `orderclose`."""
    return _closed("Cancel", "OrderClose", status, activity, options)


def fulfill_order(
    *, status: int = 100001, activity: Row = NO_ROW, **options: Unpack[RowOptions]
) -> RemoteExecutionContext:
    """Fulfill: the order `id` is fulfilled; `activity` holds columns of its `orderclose`."""
    return _closed("Fulfill", "OrderClose", status, activity, options)


def _closed(message: str, parameter: str, status: int, activity: Row, options: RowOptions) -> RemoteExecutionContext:
    known = ROW_PARAMETERS[parameter]
    step = step_of(message, options)
    row = subject_of(known.table, step, options)
    closing = subject_of(parameter.lower(), step, {})
    event = Event(
        table=known.table,
        id=row.id if MESSAGES[message].primary is Primary.ROW else NIL,
        asked={
            parameter: closing.sent({known.lookup: row.reference(), **activity}),
            "Status": OptionSetValue(status),
        },
    )
    return context_of(event, step)
