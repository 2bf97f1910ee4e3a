"""The names of numbers: XML and .NET Binary spell enums by name, JSON and the records by number.

Only names stand here; `codes` has the enums for which a reader gets a class. Source: the enums of the platform's SDK
and their numbers in Microsoft's documentation; a flags enum is written as its names with spaces in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..wire.formats import words_of
from .codes import Code, ConcurrencyBehavior, EntityRole, EntityState

Names: TypeAlias = Mapping[str, int]


def _from_zero(names: str) -> Names:
    return {name: number for number, name in enumerate(names.split())}


def names_of(cls: type[Code]) -> Names:
    """The .NET names of a class of codes: `IF_ROW_VERSION_MATCHES` is spelled `IfRowVersionMatches`."""
    return {code.name.title().replace("_", ""): int(code) for code in cls}


_CONDITION_OPERATOR = _from_zero(
    "Equal NotEqual GreaterThan LessThan GreaterEqual LessEqual Like NotLike In NotIn Between NotBetween Null NotNull "
    "Yesterday Today Tomorrow Last7Days Next7Days LastWeek ThisWeek NextWeek LastMonth ThisMonth NextMonth On "
    "OnOrBefore OnOrAfter LastYear ThisYear NextYear LastXHours NextXHours LastXDays NextXDays LastXWeeks NextXWeeks "
    "LastXMonths NextXMonths LastXYears NextXYears EqualUserId NotEqualUserId EqualBusinessId NotEqualBusinessId "
    "ChildOf Mask NotMask MasksSelect Contains DoesNotContain EqualUserLanguage NotOn OlderThanXMonths BeginsWith "
    "DoesNotBeginWith EndsWith DoesNotEndWith ThisFiscalYear ThisFiscalPeriod NextFiscalYear NextFiscalPeriod "
    "LastFiscalYear LastFiscalPeriod LastXFiscalYears LastXFiscalPeriods NextXFiscalYears NextXFiscalPeriods "
    "InFiscalYear InFiscalPeriod InFiscalPeriodAndYear InOrBeforeFiscalPeriodAndYear InOrAfterFiscalPeriodAndYear "
    "EqualUserTeams EqualUserOrUserTeams Under NotUnder UnderOrEqual Above AboveOrEqual EqualUserOrUserHierarchy "
    "EqualUserOrUserHierarchyAndTeams OlderThanXYears OlderThanXWeeks OlderThanXDays OlderThanXHours OlderThanXMinutes "
    "ContainValues DoesNotContainValues"
)
_JOIN_OPERATOR = _from_zero("Inner LeftOuter Natural MatchFirstRowUsingCrossApply In Exists Any NotAny All NotAll")
_ACCESS_RIGHTS: Names = {
    "None": 0,
    "ReadAccess": 1,
    "WriteAccess": 2,
    "AppendAccess": 4,
    "AppendToAccess": 16,
    "CreateAccess": 32,
    "DeleteAccess": 65536,
    "ShareAccess": 262144,
    "AssignAccess": 524288,
}
_ENTITY_FILTERS: Names = {
    "Default": 1,
    "Entity": 1,
    "Attributes": 2,
    "Privileges": 4,
    "Relationships": 8,
    "All": 15,
}

MEMBER_NAMES: dict[str, Names] = {
    "AggregateType": _from_zero("None Count CountColumn Sum Avg Min Max"),
    "AccessMask": _ACCESS_RIGHTS,
    "DateTimeGrouping": _from_zero("None Day Week Month Quarter Year FiscalPeriod FiscalYear"),
    "FilterOperator": _from_zero("And Or"),
    "JoinOperator": _JOIN_OPERATOR,
    "Operator": _CONDITION_OPERATOR,
    "OrderType": _from_zero("Ascending Descending"),
}
"""The names that members of the kind `int` may hold, by the member's name on the wire."""

TYPE_NAMES: dict[str, Names] = {
    "AccessRights": _ACCESS_RIGHTS,
    "ChangeType": _from_zero("NewOrUpdated RemoveOrDeleted"),
    "ConcurrencyBehavior": names_of(ConcurrencyBehavior),
    "ConditionOperator": _CONDITION_OPERATOR,
    "EntityFilters": _ENTITY_FILTERS,
    "EntityRole": names_of(EntityRole),
    "EntityState": names_of(EntityState),
    "JoinOperator": _JOIN_OPERATOR,
    "LogicalOperator": MEMBER_NAMES["FilterOperator"],
    "OptionSetType": _from_zero("Picklist State Status Boolean"),
    "OrderType": MEMBER_NAMES["OrderType"],
    "OrganizationState": _from_zero("Enabled Disabled"),
}
"""The enums that untyped slots may hold, by the name of the type."""


def number_of(text: str, names: Names) -> int | None:
    """The number that a name stands for, or several with spaces in between; None if a name is unknown."""
    numbers = [names.get(name) for name in words_of(text)]
    if not numbers or None in numbers:
        return None
    total = 0
    for number in numbers:
        total |= number or 0
    return total


def spelled(number: int, names: Names) -> str | int:
    """The name of a number, or the names that make it up with spaces in between; the number itself without names."""
    for name, of_name in names.items():
        if of_name == number:
            return name
    found: list[str] = []
    rest = number
    for name, of_name in names.items() if names in FLAGS else ():
        if of_name and of_name & rest == of_name:
            found.append(name)
            rest &= ~of_name
    return " ".join(found) if found and not rest else number


FLAGS: tuple[Names, ...] = (_ACCESS_RIGHTS, _ENTITY_FILTERS)
"""The enums whose numbers add up."""
