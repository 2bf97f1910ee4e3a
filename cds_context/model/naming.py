"""The columns of a table's primary key and primary name: the platform's rule, and the tables that break it.

The list is short on purpose: for other tables, builders of test events take `primary_key` and `primary_name`, and the
Web API's shape checks the row's columns first.
"""

from __future__ import annotations

_ACTIVITIES = (
    *("activitypointer", "appointment", "bulkoperation", "campaignactivity", "campaignresponse", "email", "fax"),
    *("incidentresolution", "letter", "opportunityclose", "orderclose", "phonecall", "quoteclose"),
    *("recurringappointmentmaster", "serviceappointment", "socialactivity", "task", "untrackedemail"),
)
_KEYS = dict.fromkeys(_ACTIVITIES, "activityid") | {
    "recurrencerule": "ruleid",
    "systemform": "formid",
    "usersettings": "systemuserid",
}
_NAMES = dict.fromkeys(_ACTIVITIES, "subject") | {
    "contact": "fullname",
    "incident": "title",
    "lead": "fullname",
    "list": "listname",
    "systemuser": "fullname",
}


def primary_key(table: str) -> str:
    """The column of the row's id: `activityid` for the platform's activities, else the table's name and `id`."""
    return _KEYS.get(table, f"{table}id")


def primary_name(table: str) -> str:
    """The column of the row's name: `name`, with the publisher's prefix if the table has a prefix."""
    prefix, underscore, _ = table.partition("_")
    return _NAMES.get(table, f"{prefix}_name" if underscore else "name")
