"""The parties of an activity, such as the recipients of an email: who they are, and whether two lists name the same.

How it works: a party is told by the row it stands for (`partyid`); if it stands for none, by the address that was used
(`addressused`), then by the name that was not resolved (`unresolvedpartyname`). The address of a party with a row is no
part of who it is: the platform fills it in, so that what was submitted lacks it and an image has it. The role of a
party (`participationtypemask`) counts if both lists say it of all: in `to` or `cc` the column says it.

Identities are texts, and are sorted: a set of ids could be made of such that collide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..model.rows import NIL, Entity, EntityCollection, EntityReference, OptionSetValue
from ..model.values import Value


class Party(NamedTuple):
    """Who takes part, as far as a row of the table `activityparty` tells."""

    kind: str
    """`row`, `key` for a row by an alternate key, `address`, `name`, or empty: nothing tells."""
    who: str
    role: int | None


def parties_of(value: Value) -> list[Party] | None:
    """The parties in a column, None if it holds something else. Servers write them bare or in a collection."""
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
    """Whether two lists name the same parties, in any order; None where that cannot be told."""
    if not all(party.kind for party in (*one, *other)):
        return None
    if sorted((party.kind, party.who) for party in one) != sorted((party.kind, party.who) for party in other):
        # Which row an alternate key means, the platform knows.
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
