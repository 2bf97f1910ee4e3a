"""An administrator's questions to Dataverse about webhooks, as text: Web API paths and FetchXML.

Nothing is sent. Source: "Register a webhook" in Microsoft's documentation, with the slips of its queries mended: a
second `?` for `&`, a space in `$select`, and FetchXML for failed jobs without the condition that they failed.
"""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from .errors import ArgumentError

__all__ = ["Query", "failed_jobs", "step", "steps", "webhooks"]


class Query(Struct, frozen=True):
    """One question, in two languages."""

    path: str
    """For the Web API: append to the address of the environment, and GET. Escaped; starts with `/api/data/`."""
    fetch_xml: str
    """The same question in FetchXML."""


def webhooks() -> Query:
    """The registered webhooks: their ids, names, authentication options and addresses. Their keys cannot be read."""
    return Query(
        _path("serviceendpoints", select="serviceendpointid,name,authtype,url", filter="contract eq 8"),
        """\
<fetch>
  <entity name="serviceendpoint">
    <attribute name="serviceendpointid" />
    <attribute name="name" />
    <attribute name="authtype" />
    <attribute name="url" />
    <filter>
      <condition attribute="contract" operator="eq" value="8" />
    </filter>
  </entity>
</fetch>
""",
    )


def steps(webhook_id: UUID | str) -> Query:
    """The steps that are registered for one webhook, by its `serviceendpointid`.

    Raises ArgumentError for text that is no id.
    """
    key = _id(webhook_id)
    return Query(
        _path(
            f"serviceendpoints({key})/serviceendpoint_sdkmessageprocessingstep",
            select="sdkmessageprocessingstepid,name,description,asyncautodelete,filteringattributes,mode,stage",
        ),
        _steps_fetch("eventhandler", key),
    )


def step(step_id: UUID | str) -> Query:
    """One step, with its message, its table and its webhook, by its `sdkmessageprocessingstepid`.

    Raises ArgumentError for text that is no id.
    """
    key = _id(step_id)
    return Query(
        _path(
            f"sdkmessageprocessingsteps({key})",
            select="name,description,filteringattributes,asyncautodelete,mode,stage",
            expand=(
                "plugintypeid($select=friendlyname),eventhandler_serviceendpoint($select=name),"
                "sdkmessagefilterid($select=primaryobjecttypecode),sdkmessageid($select=name)"
            ),
        ),
        _steps_fetch("sdkmessageprocessingstepid", key),
    )


def failed_jobs(step_id: UUID | str) -> Query:
    """The system jobs of an asynchronous step that failed (status 31), the latest first.

    Raises ArgumentError for text that is no id.
    """
    key = _id(step_id)
    return Query(
        _path(
            "asyncoperations",
            select="name,friendlymessage,errorcode,message,completedon",
            filter=f"statuscode eq 31 and _owningextensionid_value eq {key}",
            orderby="completedon desc",
        ),
        f"""\
<fetch>
  <entity name="asyncoperation">
    <attribute name="name" />
    <attribute name="friendlymessage" />
    <attribute name="errorcode" />
    <attribute name="message" />
    <attribute name="completedon" />
    <filter>
      <condition attribute="statuscode" operator="eq" value="31" />
      <condition attribute="owningextensionid" operator="eq" value="{key}" />
    </filter>
    <order attribute="completedon" descending="true" />
  </entity>
</fetch>
""",
    )


def _steps_fetch(column: str, key: UUID) -> str:
    # Joins are outer where a step may lack the row: a step for a message without a table has no filter.
    return f"""\
<fetch>
  <entity name="sdkmessageprocessingstep">
    <attribute name="sdkmessageprocessingstepid" />
    <attribute name="name" />
    <attribute name="description" />
    <attribute name="asyncautodelete" />
    <attribute name="filteringattributes" />
    <attribute name="mode" />
    <attribute name="stage" />
    <filter>
      <condition attribute="{column}" operator="eq" value="{key}" />
    </filter>
    <link-entity name="serviceendpoint" from="serviceendpointid" to="eventhandler" link-type="outer" alias="endpoint">
      <attribute name="name" />
    </link-entity>
    <link-entity name="sdkmessage" from="sdkmessageid" to="sdkmessageid" link-type="inner" alias="message">
      <attribute name="name" />
    </link-entity>
    <link-entity name="sdkmessagefilter" from="sdkmessagefilterid" to="sdkmessagefilterid" link-type="outer" alias="on">
      <attribute name="primaryobjecttypecode" />
    </link-entity>
  </entity>
</fetch>
"""


def _path(resource: str, **options: str) -> str:
    query = "&".join(f"${name}={quote(value, safe='(),$=')}" for name, value in options.items())
    return f"/api/data/v9.2/{resource}?{query}"


def _id(value: UUID | str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise ArgumentError("expected an id") from None
