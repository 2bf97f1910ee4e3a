"""The parties of an activity, such as the recipients of an email: their identities, and whether two lists are equal.

How it works: a party is identified by its row (`partyid`), else by its address (`addressused`), else by its unresolved
name (`unresolvedpartyname`). The address of a party with a row does not identify it: the platform fills the address in,
so submitted parties lack it and images have it. The role of a party (`participationtypemask`) counts only if both lists
hold it for every party; for `to` and `cc` the column itself is the role.

The platform may find the row of an address or of a name while it saves the activity. So a party without a row may be a
party with a row in the other list, and whether the two are the same is unknown, unless their addresses differ.

Identities are texts, and are sorted instead of hashed, because a sender could choose ids with colliding hashes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from ..model.rows import NIL, Entity, EntityCollection, EntityReference, OptionSetValue
from ..model.values import Value


class Party(NamedTuple):
    """The identity of one party, from a row of the table `activityparty`."""

    kind: str
    """`row`, `key` for a row by an alternate key, `id` for an id without a table, `address`, `name`; empty: unknown."""
    who: str
    role: int | None
    address: str = ""
    """The address of a party with a row; empty if it is not told."""


def parties_of(value: Value) -> list[Party] | None:
    """The parties in a column; None if it holds other values. Servers write an array or an EntityCollection."""
    rows: Sequence[object]
    if isinstance(value, EntityCollection):
        rows = value.entities
    elif isinstance(value, list):
        rows = value
    else:
        return None
    parties = [_party(row) for row in rows if isinstance(row, Entity) and row.logical_name == "activityparty"]
    return parties if parties and len(parties) == len(rows) else None


def same_parties(one: list[Party], other: list[Party]) -> bool | None:
    """Whether two lists name the same parties, in any order; None if that is unknown."""
    if not all(party.kind for party in (*one, *other)):
        return None
    mine, others = _without_common(one, other)
    if mine or others:
        return None if _may_be_among(mine, others) and _may_be_among(others, mine) else False
    if any(party.role is None for party in (*one, *other)):
        return True
    return sorted(party[:3] for party in one) == sorted(party[:3] for party in other)


def _without_common(one: list[Party], other: list[Party]) -> tuple[list[Party], list[Party]]:
    """The parties of each list for which the other list has no equal one."""
    mine, others = sorted(one, key=_identity, reverse=True), sorted(other, key=_identity, reverse=True)
    only_mine: list[Party] = []
    only_others: list[Party] = []
    while mine and others:
        if _identity(mine[-1]) == _identity(others[-1]):
            mine.pop()
            others.pop()
        elif _identity(mine[-1]) < _identity(others[-1]):
            only_mine.append(mine.pop())
        else:
            only_others.append(others.pop())
    return only_mine + mine, only_others + others


def _identity(party: Party) -> tuple[str, str]:
    return party.kind, party.who


class _Others(NamedTuple):
    """What is known of the other list's parties, for the question whether one of them may be a given party.

    The texts are sorted, so that they can be searched.
    """

    any_row: bool
    """Whether one of them is known by an alternate key or by an id without its table, and so may be any row."""
    rows: list[str]
    """The addresses of those with a row; empty where the address is not told."""
    addresses: list[str]
    names: bool


def _may_be_among(parties: list[Party], others: list[Party]) -> bool:
    """Whether each of the parties may be one of the others, which only the platform knows."""
    among = _Others(
        any(party.kind in _ANY_ROW for party in others),
        sorted(party.address for party in others if party.kind == "row"),
        sorted(party.who for party in others if party.kind == "address"),
        any(party.kind == "name" for party in others),
    )
    return bool(others) and all(_may_be_one(party, among) for party in parties)


_ANY_ROW = frozenset({"key", "id"})


def _may_be_one(party: Party, others: _Others) -> bool:
    if others.any_row or party.kind in _ANY_ROW:
        return True
    if party.kind == "name":
        return bool(others.rows or others.addresses)
    if others.names:
        return True
    if party.kind == "address":
        return _holds(others.rows, party.who) or _holds(others.rows, "")
    return _holds(others.addresses, party.address) if party.address else bool(others.addresses)


def _holds(texts: list[str], text: str) -> bool:
    at = bisect_left(texts, text)
    return texts[at : at + 1] == [text]


def _party(row: Entity) -> Party:
    """The party in a row; one of an unknown kind if no column has the type that the platform gives it."""
    row_or_id, address, name = row.get("partyid"), row.get("addressused"), row.get("unresolvedpartyname")
    mask = row.get("participationtypemask")
    role = mask.value if isinstance(mask, OptionSetValue) else mask if isinstance(mask, int) else None
    if isinstance(row_or_id, EntityReference):
        if row_or_id.id == NIL:
            return Party("key", f"{row_or_id.logical_name} {row_or_id.key_attributes!r}", role)
        told = address if isinstance(address, str) else ""
        return Party("row", f"{row_or_id.logical_name} {row_or_id.id}", role, told)
    for kind, who in (("id", row_or_id), ("address", address), ("name", name)):
        if who is not None and who != "":
            return Party(kind, who, role) if isinstance(who, str) else Party("", "", role)
    return Party("", "", role)
