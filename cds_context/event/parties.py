"""The parties of an activity, such as the recipients of an email: their identities, and whether two lists are equal.

How it works: a party is identified by its row (`partyid`), else by its address (`addressused`), else by its unresolved
name (`unresolvedpartyname`). The address of a party with a row is ignored: the platform fills it in, so submitted
parties lack it and images have it. The role of a party (`participationtypemask`) counts only if both lists hold it for
every party; for `to` and `cc` the column itself is the role.

Identities are texts, and are sorted instead of hashed, because a sender could choose ids with colliding hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..model.rows import NIL, Entity, EntityCollection, EntityReference, OptionSetValue
from ..model.values import Value


class Party(NamedTuple):
    """The identity of one party, from a row of the table `activityparty`."""

    kind: str
    """`row`, `key` for a row by an alternate key, `address`, `name`, or empty: nothing tells."""
    who: str
    role: int | None


def parties_of(value: Value) -> list[Party] | None:
    """The parties in a column; None if it holds other values. Servers write an array or an EntityCollection."""
    rows: Sequence[object]
    if isinstance(value, EntityCollection):
        rows = value.entities
    elif isinstance(value, list):
        rows = value
    else:
        return None
    parties: list[Party] = []
    for row in rows:
        party = _party(row) if isinstance(row, Entity) and row.logical_name == "activityparty" else None
        if party is None:
            return None
        parties.append(party)
    return parties or None


def same_parties(one: list[Party], other: list[Party]) -> bool | None:
    """Whether two lists name the same parties, in any order; None if that is unknown."""
    if not all(party.kind for party in (*one, *other)):
        return None
    if sorted((party.kind, party.who) for party in one) != sorted((party.kind, party.who) for party in other):
        # Only the platform knows which row an alternate key names.
        return None if any(party.kind == "key" for party in (*one, *other)) else False
    if any(party.role is None for party in (*one, *other)):
        return True
    return sorted(one) == sorted(other)


def _party(row: Entity) -> Party | None:
    """None for a row that is made as no platform makes one."""
    row_or_id, address, name = row.get("partyid"), row.get("addressused"), row.get("unresolvedpartyname")
    mask = row.get("participationtypemask")
    role = mask.value if isinstance(mask, OptionSetValue) else mask if isinstance(mask, int) else None
    if isinstance(row_or_id, EntityReference):
        if row_or_id.id == NIL:
            return Party("key", f"{row_or_id.logical_name} {row_or_id.key_attributes!r}", role)
        return Party("row", f"{row_or_id.logical_name} {row_or_id.id}", role)
    for kind, told in (("row", row_or_id), ("address", address), ("name", name)):
        if told:
            return Party(kind, told, role) if isinstance(told, str) else None
    return Party("", "", role)
