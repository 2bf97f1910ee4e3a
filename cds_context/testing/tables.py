"""What a table calls its key and its name. Knows no rows.

The list is short on purpose: for what it does not know, builders take `primary_key` and `primary_name`.
"""

from __future__ import annotations

_ACTIVITIES = frozenset(
    {
        *("appointment", "campaignactivity", "campaignresponse", "email", "fax", "letter", "phonecall"),
        *("recurringappointmentmaster", "serviceappointment", "socialactivity", "task"),
        *("incidentresolution", "opportunityclose", "orderclose", "quoteclose"),
    }
)
_NAMES = {
    "contact": "fullname",
    "incident": "title",
    "lead": "fullname",
    "list": "listname",
    "systemuser": "fullname",
}


def primary_key(table: str) -> str:
    """The column of the row's id: `activityid` for the platform's activities, else the table's name and `id`."""
    return "activityid" if table in _ACTIVITIES else f"{table}id"


def primary_name(table: str) -> str:
    """The column of the row's name: `name`, with the publisher's prefix in a table that has one."""
    if table in _ACTIVITIES:
        return "subject"
    prefix, underscore, _ = table.partition("_")
    return _NAMES.get(table, f"{prefix}_name" if underscore else "name")
