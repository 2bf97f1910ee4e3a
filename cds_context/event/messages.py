"""The platform's own messages, described once: which row each is about, what it writes, and what it answers.

Data and look-ups in it; reads no value. `targets` reads the rows, `changes` and `snapshots` what was submitted,
validation the contradictions, the builders of `testing` the images, and the page "Answers" its table of messages.

Source: Microsoft's reference of the requests, and for images "Define entity images"; what neither says was observed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
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
    """The row's table, where it is always the same."""
    lookup: str = ""
    """The column by which a closing activity points to the row."""


TARGET = Parameter("Target")


class Column(Struct, frozen=True):
    """An input parameter that is written into one column of the target, or, for a row of columns, into its columns."""

    name: str
    column: str
    """The column; empty for a row of columns."""
    kind: type[Any]
    wanted: str
    """The kind, for people."""
    optional: bool = False
    """Whether the parameter may be missing, or null."""


class Primary(Enum):
    """What PrimaryEntityId is."""

    ROW = "the row"
    ZEROS = "zeros, though the message names a row"
    OTHER = "another row"


class Message(Struct, frozen=True, kw_only=True):
    """One message of the platform."""

    name: str
    rows: tuple[Parameter, ...] = (TARGET,)
    """The parameters that name the row, or the rows: a message has one of them."""
    record: Parameter | None = None
    """The parameter that names the row that the message is about, where that is another than the target."""
    primary: Primary = Primary.ROW
    submits_rows: bool = False
    """Whether the columns of the target are what is written."""
    columns: tuple[Column, ...] = ()
    """The parameters that are written into columns of the target."""
    creates: bool = False
    """Whether the row did not exist before. An Upsert says it in its answer."""
    deletes: bool = False
    """Whether the row is gone afterwards, so that nothing is written into it."""
    pre_image: bool = False
    """Whether the server makes images of the row before."""
    post_image: bool = False
    """Whether the server makes images of the row after."""
    sets_along: tuple[str, ...] = ()
    """The columns that the platform writes whenever the message is done, submitted or not."""
    answers: tuple[str, ...] = ()
    """The output parameters that tell about the rows: their ids, whether they are new, or what is in them."""

    @property
    def is_query(self) -> bool:
        """Whether it only asks about rows."""
        return self.rows[0].how is How.QUERY

    @property
    def is_of_many(self) -> bool:
        """Whether it is about several rows, so that no one row is the one."""
        return self.rows[0].how in {How.ROWS, How.QUERY}

    @property
    def marks(self) -> frozenset[str]:
        """The names of the parameters of which it has one."""
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
# Null in the Web API's Merge, and not used for cases.
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
    # Virtual tables: their columns are another system's, and so is whatever changes along.
    Message(name="OnExternalCreated", primary=Primary.ZEROS, submits_rows=True, creates=True),
    Message(name="OnExternalUpdated", primary=Primary.ZEROS, submits_rows=True),
    Message(name="OnExternalDeleted", primary=Primary.ZEROS, deletes=True),
)

MESSAGES: Mapping[str, Message] = {message.name: message for message in _TABLE}
"""The platform's own messages whose parameters are known, by name; none of them comes without parameters."""

ROW_PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter for message in _TABLE for parameter in message.rows if parameter.how is not How.QUERY
}
"""The parameters that name the row of some message."""

MARKS = frozenset(parameter.name for message in _TABLE for parameter in message.rows)
"""The parameters by which messages can be told apart: each message has one of a few."""

HOLDING_ROWS = frozenset(
    {
        *(parameter.name for parameter in ROW_PARAMETERS.values() if parameter.how is not How.ID),
        *("RelatedEntities", "Assignee", "UpdateContent", "QueueItemProperties", "SourceCampaignId"),
        *("OpportunityCurrencyId", "OpportunityCustomerId"),
        *("BusinessEntity", "BusinessEntityCollection", "CreatedEntities"),
    }
)
"""The parameters of the platform's messages that hold a row, a reference, or several of them."""

COLUMN_PARAMETERS: tuple[Column, ...] = (_CONTENT, _ASSIGNEE, _STATE, _STATUS)
"""The parameters that some message writes into columns."""


_BY_MARK = {
    **{parameter.name: message for message in reversed(_TABLE) for parameter in message.rows},
    # Of the messages that have these, those that write the most.
    "Target": MESSAGES["Update"],
    "Targets": MESSAGES["UpdateMultiple"],
}


def describe(name: str | None, parameters: Collection[str]) -> Message | None:
    """The message that the parameters are of: the one of that name, unless they are another message's."""
    message = MESSAGES.get(name or "")
    if message is None or not message.marks.isdisjoint(parameters):
        return message
    return next((other for mark, other in _BY_MARK.items() if mark in parameters), message)
