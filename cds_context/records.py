"""What all types share: the collections of key/value pairs, and the record that holds them.

Knows no type of the platform; `values` and `context` are made of these.

How it works: the decoder fills a record in one pass, in C, and a collection arrives as the list of its pairs. The list
stays as it is until somebody asks: the record's attribute is then folded into a mapping, once, and dates in untyped
slots become datetimes on the way. So a handler that reads two columns does not pay for three hundred. Records compare
by what their attributes say, not by whether they were asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from msgspec import UNSET, Struct, StructMeta, UnsetType

from .dates import parse_date

K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)


def read_value(value: Any) -> Any:
    """A value of an untyped slot, as it came from JSON, with its dates read; text that is no date stays text."""
    kind = value.__class__
    if kind is str:
        if value.startswith("/Date("):
            moment = parse_date(value)
            return value if moment is None else moment
    elif kind is list:
        return [read_value(item) for item in value]
    return value


def as_it_is(value: Any) -> Any:
    """A value of a slot whose declared type is the value's own."""
    return value


def hashable(value: Any) -> Any:
    """What is hashed in place of a number or an id.

    Anybody can choose numbers, and with them ids, that have all the same hash, as it is no secret how Python makes it;
    a dict of them would be no faster than a list. The hash of a text is a secret of each process.
    """
    return hex(value) if isinstance(value, int) else value.hex if isinstance(value, UUID) else value


class Item(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One item of a collection as it was decoded: each type of collection has its own, with a `key` and a `value`."""


def is_decoded(raw: Any) -> bool:
    """Whether what is in a record's slot is a collection as the decoder makes it."""
    return raw.__class__ is list and (not raw or isinstance(raw[0], Item))


class Collection(Mapping[K, V_co], Generic[K, V_co]):
    """An ordered, read-only mapping; on the wire an array of ``{"key": …, "value": …}``.

    Built from any mapping. On the wire a collection can also be null or absent: ``Collection(None)`` and
    ``Collection(msgspec.UNSET)`` are those, empty mappings that say so and are not equal to an empty array.
    """

    __slots__ = ("_items", "_pairs", "is_absent", "is_null")

    is_null: bool
    """The wire says null."""
    is_absent: bool
    """The wire does not have the member."""

    def __init__(self, items: Mapping[K, V_co] | None | UnsetType = UNSET, /) -> None:
        # Another collection may be null or absent, too; a dict is not asked, which takes longer than all the rest.
        other = items if items.__class__ is not dict and isinstance(items, Collection) else None
        self.is_null = items is None or (other is not None and other.is_null)
        self.is_absent = items is UNSET or (other is not None and other.is_absent)
        self._pairs: list[Any] | None = None
        self._items: dict[K, V_co] | None = dict(items) if items else {}

    @classmethod
    def wrap(cls, raw: Any) -> Collection[K, V_co]:
        """The collection of what the decoder or a caller put into a record's slot."""
        if not is_decoded(raw):
            return cls(raw)
        collection = cls({})
        collection._pairs = raw
        collection._items = None
        return collection

    @property
    def pairs(self) -> list[Any] | None:
        """The pairs that the collection was decoded as, None if it was made otherwise."""
        return self._pairs

    def _folded(self) -> dict[K, V_co]:
        # Two threads may fold at once: both get equal items, and either may stay.
        items = self._items
        if items is None:
            items = self._items = {pair.key: self._read(pair.value) for pair in self._pairs or ()}
        return items

    _read = staticmethod(read_value)

    def __getitem__(self, key: K) -> V_co:
        return self._folded()[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._folded())

    def __len__(self) -> int:
        return len(self._folded())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Collection):
            same_form = (self.is_null, self.is_absent) == (other.is_null, other.is_absent)
            return same_form and self._folded() == other._folded()
        return not (self.is_null or self.is_absent) and self._folded() == other

    __hash__ = None  # type: ignore[assignment] # a mapping has no hash, and Mapping says so in the same way

    def __repr__(self) -> str:
        items = None if self.is_null else UNSET if self.is_absent else self._folded()
        return f"{type(self).__name__}({items!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None if self.is_null else UNSET if self.is_absent else self._folded(),)


class UnknownMembers(Collection[str, V_co]):
    """Members that this package does not know, by name: kept, and written back in ordinal order among the known."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        # The one that nearly every record has stays the same object in copies and pickles.
        return "NO_MEMBERS" if self is NO_MEMBERS else super().__reduce__()


NO_MEMBERS: UnknownMembers[Any] = UnknownMembers({})


class Folded:
    """The attribute of a record over one of its slots: what is in the slot, made ready when it is first read."""

    def __init__(self, slot: Any, ready: type, make: Any) -> None:
        self._slot = slot
        self.ready = ready
        self.raw: Callable[[Any], Any] = slot.__get__  # what is in the slot, by record
        self._make = make
        self.__doc__ = slot.__doc__

    def __get__(self, record: Any, owner: type) -> Any:
        if record is None:
            return self
        value = self._slot.__get__(record)
        if value.__class__ is not self.ready and not isinstance(value, self.ready):
            value = self._make(value)
            self._slot.__set__(record, value)
        return value


class RecordMeta(StructMeta):
    """Records made by hand get what today's server writes; the decoder, which does not call, gets what was there."""

    if not TYPE_CHECKING:  # pragma: no branch

        def __call__(cls, *args: Any, **members: Any) -> Any:  # noqa: D102, N805 - the class of classes
            names = cls.positional or cls.__struct_fields__
            if len(args) > len(names) or not members.keys().isdisjoint(names[: len(args)]):
                raise TypeError(f"{cls.__name__} takes its members by position or by name, each once")
            record = super().__call__(**(cls.written | dict(zip(names, args, strict=False)) | members))
            for name in cls.folded:
                getattr(record, name)  # so that what the caller does to its mapping later does not reach the record
            return record


class Record(
    Struct,
    frozen=True,
    eq=False,
    kw_only=True,
    rename="pascal",
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    metaclass=RecordMeta,
):
    """A type of the platform: immutable, equal by content, its members' names in snake_case."""

    written: ClassVar[dict[str, Any]] = {}
    """What the server writes for a member that nobody set."""
    folded: ClassVar[tuple[str, ...]] = ()
    """The members that are collections."""
    positional: ClassVar[tuple[str, ...]] = ()
    """The members that may be given by position, where that is not the order of the fields."""
    inner: ClassVar[str] = ""
    """The member that stands for the record where a plainer value is asked for: the amount of a Money."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        # A loop, as in `__repr__`: a generator would cost a frame a level.
        for name in self.__struct_fields__:
            same = getattr(self, name) == getattr(other, name)  # `!=` would cost one too
            if not same:
                return False
        return True

    def __ne__(self, other: object) -> bool:
        # Struct has its own, which would compare slots.
        return not self == other

    def __repr__(self) -> str:
        # What the server writes for a member that nobody set says nothing.
        usual = self.written | {"unknown_members": NO_MEMBERS}
        shown: list[str] = []
        for name in dict.fromkeys(self.positional + self.__struct_fields__):
            value = getattr(self, name)
            if name not in usual or value != usual[name]:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __hash__(self) -> int:
        names = (name for name in self.__struct_fields__ if name != "unknown_members")
        return hash((type(self), *(getattr(self, name) for name in names)))
