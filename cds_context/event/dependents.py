"""The columns that change along: the platform sets them because other columns were submitted.

The table of messages has the columns that a message sets regardless of the submitted ones.

How it works: three tables map a submitted column to the columns that it sets. Some of these are *set anew*, even if the
submitted value is the old one: a state without a status gets the default status of the state. Others are *derived*, and
change only if their source columns change: a full name. Calculated and rollup columns, and columns set by plug-ins, are
not covered, because no body names them.

Source: Microsoft's documentation ("Perform specialized operations using Update", "Transaction currency", "Entity
ownership") and captured images before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UnsetType

from ..model.records import class_of
from ..model.rows import Money
from ..model.values import Value
from .changes import same_value
from .messages import Message

_SET_ANEW: Mapping[str, tuple[str, ...]] = {"statecode": ("statuscode",)}

_CURRENCY = frozenset({"transactioncurrencyid", "exchangerate"})
_RATE = "exchangerate"
_BASE = "_base"
"""The end of the name of an amount in the base currency: `revenue_base` beside `revenue`."""

_DERIVED: Mapping[str, tuple[str, ...]] = {"ownerid": ("owninguser", "owningteam", "owningbusinessunit")}

_LINES = ("line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country")


def _addresses(*prefixes: str) -> dict[str, tuple[str, ...]]:
    return {f"{prefix}{line}": (f"{prefix}composite",) for prefix in prefixes for line in _LINES}


_PERSON = {
    **dict.fromkeys(("firstname", "middlename", "lastname"), ("fullname",)),
    **dict.fromkeys(("yomifirstname", "yomimiddlename", "yomilastname"), ("yomifullname",)),
    **_addresses("address1_", "address2_", "address3_"),
}
_PARTNER = _addresses("address1_", "address2_")
_SALE = _addresses("billto_", "shipto_")

_DERIVED_IN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("contact", "lead", "systemuser"), _PERSON),
    **dict.fromkeys(("account", "competitor"), _PARTNER),
    **dict.fromkeys(("quote", "salesorder", "invoice"), _SALE),
    "customeraddress": _addresses(""),
}
"""The same by table, for columns that only this table has."""


_TELLING = frozenset({*_SET_ANEW, *_DERIVED, *_CURRENCY, *(name for table in _DERIVED_IN.values() for name in table)})
"""All columns that set others, in any table."""


def find_dependents(
    message: Message | None, table: str | None, columns: Mapping[str, Value | UnsetType], before: Mapping[str, Value]
) -> list[str]:
    """The columns that may change along with the submitted ones, each once; submitted columns are left out.

    `before` holds the known columns of the row before: a column submitted with its old value derives nothing.
    """
    if message is None or not message.sets_along:
        return []  # another system keeps the rows of virtual tables, by rules of its own
    found = dict.fromkeys(message.sets_along)
    for column, new in columns.items():
        if column in _TELLING:
            for other in _set_by(column, new, table, before):
                found[other] = None
        elif class_of(new) is Money or (new is None and class_of(before.get(column)) is Money):
            found[_RATE] = None
            if not column.endswith(_BASE):
                found[f"{column}{_BASE}"] = None
    return [column for column in found if column not in columns]


def _set_by(column: str, new: Value | UnsetType, table: str | None, before: Mapping[str, Value]) -> Iterable[str]:
    if column in _SET_ANEW:
        return _SET_ANEW[column]
    if column in _CURRENCY:
        return (_RATE, *(other for other in before if other.endswith(_BASE)))
    if column in before and not isinstance(new, UnsetType) and same_value(before[column], new) is True:
        return ()
    return _DERIVED.get(column) or _DERIVED_IN.get(table or "", {}).get(column, ())
