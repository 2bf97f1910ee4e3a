"""The platform's own messages, each described once: the row it is about, the columns it writes, and its answer.

This file holds data and look-ups, and reads no value. Its readers: `targets`, for rows and submitted columns;
validation, for contradictions; the builders of `testing`, for images; the page "Answers", for its table of messages.

Source: Microsoft's reference of the requests, and "Define entity images"; everything else was observed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from functools import cached_property
from typing import Any

from msgspec import Struct

from ..model.rows import Entity, EntityReference, OptionSetValue


class How(Enum):
    """How a parameter names rows."""

    ROW = "the row, or a reference to it"
    ROWS = "several rows, or references to them"
    ID = "the id of the row"
    ACTIVITY = "an activity that closes the row, which it names by a lookup"
    QUERY = "no row: a question about rows"


class Parameter(Struct, frozen=True):
    """An input parameter that names the row that a message is about."""

    name: str
    how: How = How.ROW
    table: str = ""
    """The row's table, if the message has only one."""
    lookup: str = ""
    """The column by which a closing activity points to the row."""


TARGET = Parameter("Target")


class Column(Struct, frozen=True):
    """An input parameter that is written into a column of the target, or, if it is a row, into that row's columns."""

    name: str
    column: str
    """The column; empty for a row."""
    kind: type[Any]
    wanted: str
    """The kind, in words for people."""
    optional: bool = False
    """Whether the parameter may be missing, or null."""


class Primary(Enum):
    """How PrimaryEntityId is filled."""

    ROW = "the row"
    ZEROS = "zeros, though the message names a row"
    OTHER = "another row"


class Message(Struct, frozen=True, kw_only=True, dict=True):
    """One message of the platform."""

    name: str
    rows: tuple[Parameter, ...] = (TARGET,)
    """The parameters that name the row or the rows. A message comes with exactly one of them."""
    record: Parameter | None = None
    """The parameter with the row that the message is about, if this is not the target."""
    primary: Primary = Primary.ROW
    submits_rows: bool = False
    """Whether the message writes the columns of the target."""
    columns: tuple[Column, ...] = ()
    """The parameters that are written into columns of the target."""
    creates: bool = False
    """Whether the message creates the row. For an Upsert, its answer tells."""
    deletes: bool = False
    """Whether the message deletes the row, and so writes no column."""
    pre_image: bool = False
    """Whether the server makes images of the row before."""
    post_image: bool = False
    """Whether the server makes images of the row after."""
    sets_along: tuple[str, ...] = ()
    """The columns that the platform always writes with this message, submitted or not."""
    answers: tuple[str, ...] = ()
    """The output parameters about the rows: their ids, their columns, or whether they are new."""

    @cached_property
    def is_query(self) -> bool:
        """Whether the message only reads rows."""
        return self.rows[0].how is How.QUERY

    @cached_property
    def is_of_many(self) -> bool:
        """Whether the message is about several rows."""
        return self.rows[0].how in {How.ROWS, How.QUERY}

    @cached_property
    def marks(self) -> frozenset[str]:
        """The names of the parameters in `targets`."""
        return frozenset(parameter.name for parameter in self.rows)


_ROWS = (Parameter("Targets", How.ROWS),)
_QUERY = (Parameter("Query", How.QUERY),)
_MONIKER = (Parameter("EntityMoniker"),)
_LEAD = (Parameter("LeadId"),)
_LIST = (Parameter("ListId", How.ID, "list"),)
_OPPORTUNITY = Parameter("OpportunityClose", How.ACTIVITY, "opportunity", "opportunityid")
_QUOTE = Parameter("QuoteClose", How.ACTIVITY, "quote", "quoteid")
_CASE = Parameter("IncidentResolution", How.ACTIVITY, "incident", "incidentid")
_CONTRACT = Parameter("ContractId", How.ID, "contract")
_ORDER = Parameter("OrderClose", How.ACTIVITY, "salesorder", "salesorderid")
_MAIL = (
    Parameter("EmailId", How.ID, "email"),
    Parameter("FaxId", How.ID, "fax"),
    Parameter("TemplateId", How.ID, "template"),
)

_ASSIGNEE = Column("Assignee", "ownerid", EntityReference, "a reference to a row")
_STATE = Column("State", "statecode", OptionSetValue, "a choice")
# Without it the platform chooses one: the columns below are set along.
_STATUS = Column("Status", "statuscode", OptionSetValue, "a choice", optional=True)
# UpdateContent is null in the Web API's Merge, and not used for cases.
_CONTENT = Column("UpdateContent", "", Entity, "the columns of a row", optional=True)

_BOTH = (_STATE, _STATUS)

_STAMP = ("modifiedon", "modifiedby", "modifiedonbehalfby", "versionnumber")
_FIRST_STAMP = ("createdon", "createdby", "createdonbehalfby", *_STAMP)
_CLOSED = ("statecode", "statuscode", *_STAMP)

_TABLE = (
    Message(name="Create", submits_rows=True, creates=True, post_image=True, sets_along=_FIRST_STAMP, answers=("id",)),
    Message(name="Update", submits_rows=True, pre_image=True, post_image=True, sets_along=_STAMP),
    Message(name="Upsert", submits_rows=True, sets_along=_STAMP, answers=("RecordCreated", "Target")),
    Message(name="Delete", deletes=True, pre_image=True),
    Message(name="Retrieve", answers=("BusinessEntity",)),
    Message(name="RetrieveMultiple", rows=_QUERY, primary=Primary.ZEROS, answers=("BusinessEntityCollection",)),
    Message(
        name="CreateMultiple",
        rows=_ROWS,
        primary=Primary.ZEROS,
        submits_rows=True,
        creates=True,
        sets_along=_FIRST_STAMP,
        answers=("Ids",),
    ),
    Message(name="UpdateMultiple", rows=_ROWS, primary=Primary.ZEROS, submits_rows=True, sets_along=_STAMP),
    Message(
        name="UpsertMultiple",
        rows=_ROWS,
        primary=Primary.ZEROS,
        submits_rows=True,
        sets_along=_STAMP,
        answers=("Results",),
    ),
    Message(name="DeleteMultiple", rows=_ROWS, primary=Primary.ZEROS, deletes=True),
    Message(name="Associate", primary=Primary.ZEROS),
    Message(name="Disassociate", primary=Primary.ZEROS),
    Message(name="Assign", columns=(_ASSIGNEE,), pre_image=True, post_image=True, sets_along=_STAMP),
    Message(name="SetState", rows=_MONIKER, columns=_BOTH, pre_image=True, post_image=True, sets_along=_CLOSED),
    Message(
        name="SetStateDynamicEntity", rows=_MONIKER, columns=_BOTH, pre_image=True, post_image=True, sets_along=_CLOSED
    ),
    Message(name="Merge", columns=(_CONTENT,), pre_image=True, post_image=True, sets_along=_STAMP),
    Message(name="GrantAccess"),
    Message(name="ModifyAccess"),
    Message(name="QualifyLead", rows=_LEAD, columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Win", rows=(_OPPORTUNITY, _QUOTE), columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Lose", rows=(_OPPORTUNITY,), columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Close", rows=(_CASE, _QUOTE), primary=Primary.ZEROS, columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Cancel", rows=(_ORDER, _CONTRACT), columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Fulfill", rows=(_ORDER,), columns=(_STATUS,), sets_along=_CLOSED),
    Message(name="Send", rows=_MAIL, pre_image=True, post_image=True, sets_along=_CLOSED),
    Message(name="AddMember", rows=_LIST),
    Message(name="RemoveMember", rows=_LIST),
    Message(name="AddToQueue", primary=Primary.OTHER),
    # Target is where the queue item goes.
    Message(name="RouteTo", record=Parameter("QueueItemId", How.ID, "queueitem")),
    # Events of virtual tables: another system keeps the rows, so the platform changes no column along.
    Message(name="OnExternalCreated", primary=Primary.ZEROS, submits_rows=True, creates=True),
    Message(name="OnExternalUpdated", primary=Primary.ZEROS, submits_rows=True),
    Message(name="OnExternalDeleted", primary=Primary.ZEROS, deletes=True),
)

MESSAGES: Mapping[str, Message] = {message.name: message for message in _TABLE}
"""The platform's own messages with known parameters, by name. Each comes with at least one parameter."""

ROW_PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter for message in _TABLE for parameter in message.rows if parameter.how is not How.QUERY
}
"""All parameters that name the row of any message."""

MARKS = frozenset(parameter.name for message in _TABLE for parameter in message.rows)
"""The parameters that identify a message: each message comes with one of its few."""

HOLDING_ROWS = frozenset(
    {
        *(parameter.name for parameter in ROW_PARAMETERS.values() if parameter.how is not How.ID),
        *("RelatedEntities", "Assignee", "UpdateContent", "QueueItemProperties", "SourceCampaignId"),
        *("OpportunityCurrencyId", "OpportunityCustomerId"),
        *("BusinessEntity", "BusinessEntityCollection", "CreatedEntities"),
    }
)
"""The parameters of the platform's messages that hold rows or references, one or several."""

COLUMN_PARAMETERS: tuple[Column, ...] = (_CONTENT, _ASSIGNEE, _STATE, _STATUS)
"""All parameters that any message writes into columns."""


_BY_MARK = {
    **{parameter.name: message for message in reversed(_TABLE) for parameter in message.rows},
    # Several messages share these parameters: the one that writes the most columns is taken.
    "Target": MESSAGES["Update"],
    "Targets": MESSAGES["UpdateMultiple"],
}


def describe(name: str | None, parameters: Collection[str]) -> Message | None:
    """The message to which the parameters belong: the one of this name, unless they are another message's."""
    message = MESSAGES.get(name or "")
    if message is None or not message.marks.isdisjoint(parameters):
        return message
    return next((other for mark, other in _BY_MARK.items() if mark in parameters), message)
