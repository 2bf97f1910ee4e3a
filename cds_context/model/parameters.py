"""Types in parameters and shared variables besides rows and queries: items of dictionaries, labels, rights.

Pure data, as in `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from .kinds import XRM
from .records import NO_MEMBERS, UnknownMembers
from .rows import EntityReference, TaggedRecord

if TYPE_CHECKING:
    from .values import Value  # annotations name the union, which is made of what is here

_STRING_STRING = "KeyValuePairOfstringstring:#System.Collections.Generic"
_TEXTS = {"key": "str | None", "value": "str | None"}
"""The members that this `__type` declares. Items of other dictionaries have another `__type` and any values."""


class KeyValuePair(TaggedRecord, frozen=True, tag=_STRING_STRING, rename=None, declared=_TEXTS):
    """One item of a dictionary in an untyped slot, as in the shared variable `ChangedEntityTypes`.

    `unknown_members["__type"]` holds the type's name on the wire, unless the item maps text to text.
    """

    key: Value
    """The item's key."""
    value: Value
    """The item's value."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(self, key: Value, value: Value, *, unknown_members: UnknownMembers[Value] = NO_MEMBERS) -> None: ...

    @property
    def type_name(self) -> str:
        """The name of the item's type on the wire."""
        return str(self.unknown_members.get("__type", _STRING_STRING))


class Label(TaggedRecord, frozen=True, kw_only=True, tag=f"Label:{XRM}"):
    """A text in several languages."""

    localized_labels: list[LocalizedLabel] | None
    """The text in each language."""
    user_localized_label: LocalizedLabel | None
    """The text in the language of the calling user."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS


class LocalizedLabel(TaggedRecord, frozen=True, kw_only=True, tag=f"LocalizedLabel:{XRM}"):
    """A text in one language, by Windows language code."""

    metadata_id: UUID | None
    """The label's id among the definitions of tables."""
    has_changed: bool | None
    """Whether the text is to be written."""
    is_managed: bool | None
    """Whether the text belongs to a managed solution."""
    label: str | None
    """The text."""
    language_code: int
    """The language, such as 1033 for English (United States)."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS

    def __init__(
        self,
        *,
        label: str | None,
        language_code: int,
        metadata_id: UUID | None = None,
        has_changed: bool | None = None,
        is_managed: bool | None = None,
        unknown_members: UnknownMembers[Value] = NO_MEMBERS,
    ) -> None: ...


class PrincipalAccess(
    TaggedRecord, frozen=True, kw_only=True, tag="PrincipalAccess:http://schemas.microsoft.com/crm/2011/Contracts"
):
    """Rights on a row given to a user or team: `access_mask` is a sum of AccessRights."""

    access_mask: int
    """The rights: 1 read, 2 write, 4 append, 16 append to, 32 create, 65536 delete, 262144 share, 524288 assign."""
    principal: EntityReference | None
    """The user or team."""
    unknown_members: UnknownMembers[Value] = NO_MEMBERS
