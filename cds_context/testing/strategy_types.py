"""Hypothesis strategies of the platform's types, made from the table of their members. No builder is known here.

How it works: a kit has a strategy for each kind of member, and so for each type, nested down to a given depth. There
are two kits. The first makes everything that can be written and read back. The second makes only values that servers
post and the platform's own reader takes: numbers of 32 bits where the platform declares them so, no null in place of a
collection, and every member that all servers write. The second also nests no type directly within itself, so that the
fast pass reads the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st
from msgspec import UNSET

import cds_context as c

from ..model.kinds import CODES, CONTEXT_TAG, MEMBERS, PAIRS, RECORDS, TAGS, Member, item_of
from .strategy_scalars import INT32, INT64, NET_DECIMALS, dates, decimals, ids, integers, texts

Strategy: TypeAlias = st.SearchStrategy[Any]

_KVP_TAGS = (
    "KeyValuePairOfstringanyType:#System.Collections.Generic",
    "KeyValuePairOfguidint:http://schemas.datacontract.org/2004/07/System.Collections.Generic",
)
_FOREIGN_TAGS = ("EntityReference:http://example.com/", "Guid:#System", "", "/Date(0)/", "\ud800")
# The context's own name is foreign where no type is declared.
_UNKNOWN_TAGS = (*_FOREIGN_TAGS, CONTEXT_TAG, *_KVP_TAGS)

_RECORDS: dict[str, Any] = {**RECORDS}
_TYPES: list[Any] = [*TAGS]

_QUERY_PARTS = {
    *(c.AttributeExpression, c.ColumnSet, c.ConditionExpression, c.FilterExpression),
    *(c.LinkEntity, c.OrderExpression, c.PagingInfo),
}
"""Types that the platform's reader knows only within a query, and not in an untyped slot."""

_LEFT_OUT = {
    *("top_count", "query_hints", "data_source", "sub_query_expression", "is_quick_find_filter", "filter_hint"),
    *("compare_columns", "attribute_expressions", "orders", "alias", "entity_name"),
}
"""Members that servers leave out where they would be null."""

_NEWER = {
    *("initiating_user_agent", "initiating_user_azure_active_directory_object_id"),
    *("user_azure_active_directory_object_id", "key_attributes", "row_version", "need_formatting", "return_type"),
}
"""Members that older servers do not have. All others that may be absent are cut from posts that are too large."""

_NUMBERS = {"EntityState": (0, 1, 2), "EntityRole": (0, 1)}
"""The numbers of codes that are no plain number to the platform's reader."""


def _short(strategy: Strategy) -> Strategy:
    # Composite, for its short repr: the repr of a strategy with all its parts takes megabytes and minutes.
    @st.composite
    def short(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return short()


def _made(cls: Any, members: Mapping[str, Strategy]) -> Strategy:
    # Composite, as above.
    @st.composite
    def made(draw: st.DrawFn) -> Any:
        return cls(**{field: draw(member) for field, member in members.items()})

    return made()


class Kit:
    """One set of strategies; `depth` is how many more levels a value may nest."""

    def __init__(self, *, everyday: bool) -> None:
        self._everyday = everyday
        self._text = texts(surrogates=not everyday)
        untyped_integers = st.integers(*INT64) if everyday else integers()
        amounts = NET_DECIMALS if everyday else decimals()
        self._scalar: Strategy = st.one_of(
            st.none(),
            st.booleans(),
            untyped_integers,
            # No NaN: it is not equal to itself, so no property that compares can hold of it.
            st.floats(allow_nan=False, allow_infinity=not everyday),
            amounts,
            dates(),
            self._text,
            self._text,
        )
        self._leaves: dict[str, Strategy] = {
            "UUID": ids(),
            "str": self._text,
            "bool": st.booleans(),
            "int": st.integers(*INT32) if everyday else integers(),
            "Decimal": amounts,
            "datetime": dates(),
            "list[str | None]": st.lists(self._text if everyday else st.none() | self._text, max_size=2),
            **{name: self._code(name) for name in CODES},
        }

    def _code(self, name: str) -> Strategy:
        unnamed = (41, *INT32) if self._everyday else (41, -1, 2**40)
        named = tuple(map(int, CODES[name]))
        numbers = _NUMBERS.get(name, (*named, *unnamed)) if self._everyday else (*named, *unnamed)
        return st.sampled_from(numbers).map(CODES[name])

    @cache  # noqa: B019 - there are two kits, for as long as the process runs
    def record(self, cls: Any, depth: int, *, declared: bool = False) -> Strategy:
        """A value of the type, in a slot that declares it or in one that does not."""
        if cls is c.KeyValuePair:
            return self._key_value_pair(depth)
        members = {member.field: self._member(cls, member, depth) for member in MEMBERS[cls]}
        members["unknown_members"] = self._unknown(cls, depth, declared=declared)
        return _made(cls, members)

    def _member(self, cls: type[Any], member: Member, depth: int) -> Strategy:
        kind = member.kind
        may_be_null, may_be_absent = member.is_nullable or kind in PAIRS, member.may_be_absent
        if self._everyday:
            is_many = kind in PAIRS or item_of(kind)
            may_be_null = may_be_null and not is_many and not (may_be_absent and member.field in _LEFT_OUT)
            may_be_absent = may_be_absent and member.field in _LEFT_OUT | _NEWER
        nothing = [None] * may_be_null + [UNSET] * may_be_absent
        return st.one_of(*map(st.just, nothing), self._held(cls, kind, depth))

    def _held(self, cls: type[Any], kind: str, depth: int) -> Strategy:
        """A member that is neither null nor absent."""
        item = item_of(kind)
        if kind in self._leaves:
            return self._leaves[kind]
        if kind in PAIRS:
            return self._pairs(kind, depth)
        stops = depth <= 0 or (self._everyday and cls.__name__ in {kind, item} and cls is not c.RemoteExecutionContext)
        if kind in RECORDS:
            return _NEVER if stops else self.record(_RECORDS[kind], depth - 1, declared=True)
        if item in RECORDS:
            return st.just([]) if stops else st.lists(self.record(_RECORDS[item], depth - 1, declared=True), max_size=2)
        value = self._scalar if self._everyday else self.value(depth - 1)
        return st.lists(value, max_size=2) if item else value

    def _pairs(self, kind: str, depth: int) -> Strategy:
        pairs = PAIRS[kind]
        key = self._text if pairs.key == "str" else self.record(_RECORDS[pairs.key], depth - 1, declared=True)
        if pairs.item == "Value":
            item = self.value(depth if kind == "ParameterCollection" else depth - 1)
        elif pairs.item == "str":
            item = self._text
        elif depth > 0:
            item = self.record(_RECORDS[pairs.item], depth - 1, declared=True)
        else:
            return st.just(_NOTHING)
        few = kind in {"KeyAttributeCollection", "RelatedEntityCollection"} and self._everyday
        return st.dictionaries(key, st.none() | item if pairs.item_is_nullable else item, max_size=1 if few else 3)

    def _unknown(self, cls: type[Any], depth: int, *, declared: bool) -> Strategy:
        if self._everyday:
            return st.just(_unknown_members(_NOTHING))
        known = {member.wire for member in MEMBERS[cls]} | {"__type"}
        names = (st.sampled_from(("AAA", "Extra", "value", "zzz", "é")) | self._text).filter(lambda n: n not in known)
        some: Strategy = st.dictionaries(names, self.value(depth - 1), max_size=2)
        if declared:
            # Elsewhere the foreign name would be the type's own.
            tagged = st.tuples(st.sampled_from(_FOREIGN_TAGS), some)
            some |= tagged.map(lambda pair: {"__type": pair[0], **pair[1]})
        return (st.just(_NOTHING) | st.just(_NOTHING) | some).map(_unknown_members)

    def _key_value_pair(self, depth: int) -> Strategy:
        text: Strategy = st.none() | self._text
        texts_only = st.builds(c.KeyValuePair, text, text)
        if self._everyday:
            return texts_only
        item = self.value(depth - 1)
        tags = st.sampled_from(_KVP_TAGS).map(lambda tag: _unknown_members({"__type": tag}))
        any_item = st.builds(c.KeyValuePair, item, item, unknown_members=tags)
        return st.one_of(texts_only, st.builds(c.KeyValuePair, text, item), any_item)

    @cache  # noqa: B019
    def value(self, depth: int) -> Strategy:
        """A value of an untyped slot."""
        if depth <= 0:
            return self._scalar
        types = {cls: self.record(cls, depth) for cls in _TYPES if not (self._everyday and cls in _QUERY_PARTS)}
        often = [types.pop(cls) for cls in (c.EntityReference, c.Entity, c.EntityCollection)]
        queries = [types.pop(cls) for cls in list(types) if cls.shape.room == c.FetchExpression.shape.room]
        items = st.lists(self._scalar if self._everyday else self.value(depth - 1), max_size=3)
        any_value = st.one_of(self._scalar, *often, st.one_of([*types.values()]), st.one_of(queries), items)
        if not self._everyday:
            # An object that has a `__type` is no untyped object.
            names = self._text.filter(lambda name: name != "__type")
            untyped = st.dictionaries(names, self.value(depth - 1), max_size=3)
            any_value |= untyped
            any_value |= st.builds(c.UnknownValue, st.sampled_from(_UNKNOWN_TAGS) | self._text, untyped)
        return _short(any_value)


_NOTHING: dict[str, Any] = {}
_NEVER: Strategy = st.nothing()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _unknown_members(members: Mapping[str, Any]) -> c.UnknownMembers[Any]:
    # A function is passed, because Python 3.10 takes a subscripted class for a class, and Hypothesis then fails.
    return c.UnknownMembers(members)


EVERYTHING = Kit(everyday=False)
EVERYDAY = Kit(everyday=True)
