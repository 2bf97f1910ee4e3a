"""The base of all types: the record, and the collections of key/value pairs that it holds.

No type of the platform is known here; `rows`, `searches` and `event.context` build on this file.

How folding works: the decoder fills a record in one pass, in C, and a collection arrives as the list of its pairs. The
list stays in the record's slot (`_raw_attributes`) until the first access to the attribute (`attributes`). Then a
collection is wrapped around the list; the first look into that collection folds the list into a mapping and turns dates
in untyped slots into datetimes. So a handler that reads two columns does not pay for three hundred. Records compare by
their attributes, folded or not.

How defaults work: a class has two kinds. A default in the body is what a decoded record has where the body of a request
lacks the member: UNSET, so that it is not written back. A default of `__init__` is what a record made by hand has where
the caller gives nothing: what a current server writes. msgspec fills the slots of a record in either case; `__init__`
is never run, and is there to say how a class is called. A class without one is called with its fields.

A limit: CPython 3.11 to 3.13 may call a class past its metaclass, by msgspec's own function, at a place that called a
builtin class such as `set` many times before. A call by position then raises TypeError, and a call by name gets the
defaults of the body; no class can turn this off.

This file is long because folding, defaults and the face of a class hang together in one metaclass.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from msgspec import NODEFAULT, UNSET, Struct, StructMeta, UnsetType

from ..wire.dates import Ready, parse_date, read_date
from .kinds import MEMBERS, PAIRS, Member, enter_collection, enter_record
from .late import Late

if TYPE_CHECKING:
    import inspect
else:
    inspect = Late("inspect")  # needed for signatures, and large

K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)

NONE_GIVEN: Mapping[Any, Any] = {}
"""The default of a collection in an `__init__`: an empty collection."""

class_of: Callable[[object], type[Any]] = type
"""The class of a value, for loops: CPython specializes this call, and takes twice as long to look up `__class__`."""


def read_value(value: Any) -> Any:
    """A value of an untyped slot, with dates as datetimes; text that is no date stays text."""
    kind = class_of(value)
    if kind is str:
        if value.startswith("/Date("):
            moment = parse_date(value)
            return value if moment is None else moment
    elif kind is list:
        return [item if class_of(item) is str and item >= "0" else read_value(item) for item in value]
    elif kind is Ready:
        return value.value
    return value


def _fold_values(pairs: list[Any]) -> dict[Any, Any]:
    # A call of `read_value` for each pair would take longer than all the rest. Few values need it: lists, dates from
    # other formats, and texts that start with a slash, which comes right before the digits and the letters.
    return {
        pair.key: value
        if ((kind := class_of(value := pair.value)) is not str or value >= "0")
        and kind is not list
        and kind is not Ready
        else (kind is str and value > "/" and parse_date(value)) or read_value(value)
        for pair in pairs
    }


def _fold_rows(pairs: list[Any]) -> dict[Any, Any]:
    # The pairs keep their twins, because msgspec writes a twin as it stands; readers get copies of the class itself.
    return {
        pair.key: None if (row := pair.value) is None else reveal(row.__copy__())  # a row's truth is asked in Python
        for pair in pairs
    }


def _fold_others(pairs: list[Any]) -> dict[Any, Any]:
    return {pair.key: pair.value for pair in pairs}


_FOLDS = {"Value": _fold_values, "Entity": _fold_rows}
"""How a collection folds, by the kind of its items. Text that is declared as text is never a date."""


_TWINS: dict[type[Any], type[Any]] = {}
_TWINNED: dict[type[Any], type[Any]] = {}
_set_class: Any = object.__dict__["__class__"].__set__


def twin_of(cls: Any) -> Any:
    """The twin of a class: the same class without a tag, for slots that declare the type.

    The decoder puts twins into such slots, and msgspec writes them as servers do, without `__type`. A twin has the
    slots of its class, so it becomes an instance of the class itself when somebody first reads it; nobody gets a twin.
    """
    if cls not in _TWINS:
        _TWINS[cls] = type(cls)(cls.__name__, (cls,), {"__module__": cls.__module__}, tag=False)
        _TWINNED[_TWINS[cls]] = cls
    return _TWINS[cls]


def reveal(value: Any) -> Any:
    """The value; a twin becomes an instance of its class. Not in a copy, as what is read twice should be one object."""
    if class_of(value) in _TWINNED:
        _set_class(value, _TWINNED[class_of(value)])
    return value


def as_twin(record: Any) -> Any:
    """A copy of a record, as a twin."""
    copy = record.__copy__()
    _set_class(copy, twin_of(record.__class__))
    return copy


class Item(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One pair of a collection as the decoder builds it: a subclass for each type, with a `key` and a `value`."""

    def __init_subclass__(cls) -> None:
        ITEMS.add(cls)


ITEMS: set[type[Item]] = set()
"""The classes of the decoder's pairs."""


def check_keys(pairs: list[Any]) -> None:
    """Raise ValueError if a key stands twice among two or more of the decoder's pairs."""
    # To compare two keys takes a fifth of making a set, and many images hold two columns: a row's name and its id.
    if pairs[0].key == pairs[1].key if len(pairs) == 2 else len({pair.key for pair in pairs}) != len(pairs):
        raise ValueError("a key stands twice")


def hashable(value: Any) -> Any:
    """A text to hash in place of a number or an id; any other value as it is.

    Python's hash of a number is public, so a sender can choose numbers or ids that all have the same hash, which makes
    a dict as slow as a list. The hash of a text is keyed with a secret of each process.
    """
    return hex(value) if isinstance(value, int) else value.hex if isinstance(value, UUID) else value


_COLLECTIONS: set[type[Any]] = set()


class Collection(Mapping[K, V_co], Generic[K, V_co]):
    """An ordered, read-only mapping; on the wire an array of ``{"key": …, "value": …}``.

    Built from any mapping. On the wire a collection can also be null or absent: ``Collection(None)`` and
    ``Collection(msgspec.UNSET)`` are empty mappings that stand for these, and do not equal an empty collection.
    """

    __slots__ = ("_items", "_pairs", "is_absent", "is_null")

    is_null: bool
    """Whether the member is null on the wire."""
    is_absent: bool
    """Whether the member is missing on the wire."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Only the platform's own collections are entered; a caller's subclass folds as its base does.
        if Collection in cls.__bases__ and not getattr(cls, "__parameters__", ()):
            cls._fold = staticmethod(_FOLDS.get(enter_collection(cls).item, _fold_others))
            _COLLECTIONS.add(cls)

    def __init__(self, items: Mapping[K, V_co] | None | UnsetType = UNSET, /) -> None:
        # A Collection passes on that it is null or absent. The class of a dict is compared first, because isinstance
        # takes longer than all other steps.
        other = items if items.__class__ is not dict and isinstance(items, Collection) else None
        self.is_null = items is None or (other is not None and other.is_null)
        self.is_absent = items is UNSET or (other is not None and other.is_absent)
        self._pairs: list[Any] | None = None
        self._items: dict[K, V_co] | None = dict(items) if items else {}

    def _folded(self) -> dict[K, V_co]:
        # Two threads may fold at once: both get equal items, and either may stay.
        items = self._items
        if items is None:
            items = self._items = self._fold(self._pairs or [])
        return items

    _fold = staticmethod(_fold_values)

    def __getitem__(self, key: K) -> V_co:
        return (self._folded() if self._items is None else self._items)[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._folded() if self._items is None else self._items)

    def __len__(self) -> int:
        return len(self._folded() if self._items is None else self._items)

    if not TYPE_CHECKING:  # Mapping has the types  # pragma: no branch
        # Mapping makes these of the three above, a call in Python for each key; the dict has them in C.

        def __contains__(self, key: object) -> bool:
            return key in (self._folded() if self._items is None else self._items)

        def get(self, key: Any, default: Any = None) -> Any:
            """The item of this key, or `default`."""
            return (self._folded() if self._items is None else self._items).get(key, default)

        def keys(self) -> Any:
            """A view of the keys."""
            return (self._folded() if self._items is None else self._items).keys()

        def values(self) -> Any:
            """A view of the items."""
            return (self._folded() if self._items is None else self._items).values()

        def items(self) -> Any:
            """A view of the pairs of key and item."""
            return (self._folded() if self._items is None else self._items).items()

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


def items_of(mapping: Mapping[K, V_co]) -> Mapping[K, V_co]:
    """The dict in a collection, for loops: each method of a collection is a call in Python. Other mappings stay."""
    # The dict is only read: it is what all readers of the collection see. To ask whether a mapping is an instance of
    # Collection takes longer than to fold a small one, so the common classes are told by themselves.
    kind = class_of(mapping)
    if kind is not dict and (kind in _COLLECTIONS or isinstance(mapping, Collection)):
        collection: Any = mapping
        items: Mapping[K, V_co] = collection._items or collection._folded()  # noqa: SLF001 - of this room
        return items
    return mapping


def keys_of(mapping: Mapping[K, Any]) -> list[K] | Mapping[K, Any]:
    """The keys; a collection that nobody read is not folded for them."""
    if class_of(mapping) in _COLLECTIONS:
        collection: Any = mapping
        items: Mapping[K, Any] | None = collection._items  # noqa: SLF001 - of this room
        return [pair.key for pair in collection._pairs] if items is None else items  # noqa: SLF001
    return mapping


def some_of(mapping: Mapping[K, V_co], keys: Container[K]) -> Mapping[K, V_co]:
    """The items of these keys, and maybe others; of a collection that nobody read, only these are folded."""
    if class_of(mapping) in _COLLECTIONS:
        collection: Any = mapping
        if collection._items is None:  # noqa: SLF001 - of this room
            pairs = [pair for pair in collection._pairs if pair.key in keys]  # noqa: SLF001
            some: Mapping[K, V_co] = collection._fold(pairs)  # noqa: SLF001
            return some
    return items_of(mapping)


def pairs_of(collection: Collection[Any, Any]) -> list[Any] | None:
    """The decoder's pairs of the collection; None for a collection that was made from a mapping."""
    return collection._pairs  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - of this room


class UnknownMembers(Collection[str, V_co]):
    """Unknown members of a record, by name: kept, and written back among the known ones, in ordinal order."""

    __slots__ = ()

    if TYPE_CHECKING:
        _none: UnknownMembers[Any]

    def __reduce__(self) -> Any:
        # NO_MEMBERS is recognized by identity, so copies and pickles must keep it the same object.
        return "UnknownMembers._none" if self is NO_MEMBERS else super().__reduce__()


NO_MEMBERS: UnknownMembers[Any] = UnknownMembers({})
UnknownMembers._none = NO_MEMBERS  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - its name in pickles


class UntaggedMembers(UnknownMembers[V_co]):
    """The unknown members of a record that was read without `__type`, where servers write it.

    The class only marks the record: the record equals another that was read with `__type`, but is written without it.
    """

    __slots__ = ()


class _Text(str):
    """An annotation for a signature, whose repr has no quotes, so that signatures read like the source."""

    __slots__ = ()

    __repr__ = str.__str__


def _annotations_of(cls: type[Any]) -> dict[str, str]:
    return {name: text for base in cls.__mro__ for name, text in vars(base).get("__annotations__", {}).items()}


class FaceMeta(StructMeta):
    """The metaclass that makes `inspect.signature` and `help` show a struct's source, and nothing of msgspec's own."""

    if not TYPE_CHECKING:  # pragma: no branch

        @property
        def __signature__(cls) -> inspect.Signature:  # noqa: N805 - the class of classes
            defaults = dict(zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False))
            annotations = _annotations_of(cls)
            one = inspect.Parameter
            return inspect.Signature(
                one(
                    field,
                    one.POSITIONAL_OR_KEYWORD if field in cls.__match_args__ else one.KEYWORD_ONLY,
                    default=one.empty if defaults.get(field, NODEFAULT) is NODEFAULT else defaults[field],
                    annotation=_Text(annotations[field]),
                )
                for field in cls.__struct_fields__
            )

        def __dir__(cls) -> list[str]:  # noqa: N805 - the class of classes
            own = {name for base in cls.__mro__ if base not in Struct.__mro__ for name in vars(base)}
            return sorted(own - _MACHINERY)


_MACHINERY = frozenset({"__annotations__", "__init_subclass__", "__match_args__", "__post_init__", "__reduce__"})


class Readable(Struct, frozen=True, metaclass=FaceMeta):
    """A struct for users that is no type of the platform."""


class Shape(Struct, frozen=True):
    """How to call a class of records, and how its arguments are treated."""

    positional: tuple[str, ...]
    """The members that may be given by position."""
    defaults: Mapping[str, Any]
    """The defaults of `__init__`, by member."""
    folded: tuple[str, ...]
    """The members that are collections."""
    inner: str
    """The member that stands for the record where a plainer type is wanted, such as the amount of a Money."""
    room: str
    """The module with the source of the class; `__module__` names the module to import the class from."""
    init: Any
    """The `__init__` in the source of the class, or None."""


_NO_SHAPE = Shape((), {}, (), "", "", None)


def _given(init: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names that an `__init__` takes by position, and its defaults."""
    if init is None:
        return (), {}
    code = init.__code__
    positional = code.co_varnames[1 : code.co_argcount]
    last = init.__defaults__ or ()
    by_position = dict(zip(positional[len(positional) - len(last) :], last, strict=True))
    defaults: dict[str, Any] = by_position | (init.__kwdefaults__ or {})
    defaults.pop("unknown_members", None)
    return positional, defaults


def _fold(cls: type[Any], member: Member) -> None:
    """Put a property over the slot of a member for which reader and decoder have different types."""
    if member.kind in PAIRS:
        _cover_collection(cls, member.field, PAIRS[member.kind].collection)
    elif member.kind in _FOLDED:
        _cover_value(cls, member.field, *_FOLDED[member.kind])
    elif member.kind == "EntityReference":
        _cover(cls, member.field, reveal)
    elif member.absent_is_null:
        _cover(cls, member.field, _none_for_absent)


def _cover_collection(cls: type[Any], field: str, collection: Any) -> None:
    """The property of a collection, which wraps the decoder's pairs, or what a caller gave, when it is first read."""
    read, write = _moved(cls, field)
    nothing = _wrapped(collection, [])

    def wrapped(record: Any) -> Any:
        value = read(record)
        kind = class_of(value)
        if kind is collection:
            return value
        # An empty, null or absent slot stays as the decoder left it, because the encoder leaves it to msgspec.
        if kind is list and not value:
            return nothing
        if value is None or value is UNSET:
            return collection(value)
        if kind is list and class_of(value[0]) in ITEMS:
            value = _wrapped(collection, value)
        elif isinstance(value, collection):
            return value
        else:
            value = collection(value)
        write(record, value)
        return value

    setattr(cls, field, property(wrapped))


def _wrapped(collection: Any, pairs: list[Any]) -> Any:
    """A collection around the decoder's pairs."""
    made = object.__new__(collection)
    made.is_null = made.is_absent = False
    made._pairs = pairs
    made._items = None
    return made


def _cover_value(cls: type[Any], field: str, ready: type[Any], fold: Callable[[Any], Any]) -> None:
    """The property of a value that is folded when it is first read."""
    read, write = _moved(cls, field)

    def folded(record: Any) -> Any:
        value = read(record)
        if isinstance(value, ready):
            return value
        made = fold(value)
        if value:  # An empty, null or absent slot stays as the decoder left it.
            write(record, made)
        return made

    setattr(cls, field, property(folded))


def _cover(cls: type[Any], field: str, read_as: Callable[[Any], Any]) -> None:
    """The property of a member that is read otherwise than it is kept."""
    read, _ = _moved(cls, field)

    def covered(record: Any) -> Any:
        return read_as(read(record))

    setattr(cls, field, property(covered))


def _moved(cls: type[Any], field: str) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    """Give the slot of a field another name, to make room for a property; functions that read and write the slot."""
    slot = vars(cls)[field]
    setattr(cls, f"_raw_{field}", slot)
    return attrgetter(f"_raw_{field}"), slot.__set__  # which reads faster than the slot's own method


def _none_for_absent(value: Any) -> Any:
    # The slot keeps UNSET, so the member is not written back.
    return None if value is UNSET else value


def is_absent(record: Any, field: str) -> bool:
    """Whether the member is missing on the wire. Only the slot is read, so nothing folds."""
    value = getattr(record, slot_of(record.__class__, field))
    return value is UNSET or (value.__class__ is not list and isinstance(value, Collection) and value.is_absent)


def slot_of(cls: type[Any], field: str) -> str:
    """The name of the slot that keeps a member."""
    return f"_raw_{field}" if hasattr(cls, f"_raw_{field}") else field


_FOLDED: dict[str, tuple[type, Any]] = {
    "datetime": (datetime, read_date),
    "Value": (type(None), read_value),
    "list[Value]": (type(None), read_value),
}
"""The kinds besides collections that fold: the class of folded values, and the function that folds."""


make_record: Any = StructMeta.__call__
"""Makes a record as msgspec does, without the defaults of `__init__`."""
_GIVEN_TWICE = "{} takes its members by position or by name, each once"


class RecordMeta(FaceMeta):
    """The metaclass of records: it enters each class into the tables of kinds, and adds defaults to its calls.

    The decoder builds records without calling their class, so it adds none of these defaults.
    """

    _shape: Shape

    @property
    def shape(cls) -> Shape:  # noqa: N805 - the class of classes
        """How to call the class; visible on the class only, not on its records."""
        return cls._shape

    def __new__(  # noqa: D102, PYI034
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        inner: str = "",
        declared: Mapping[str, str] = NONE_GIVEN,
        **config: Any,
    ) -> RecordMeta:
        init = namespace.pop("__init__", None)
        annotations = namespace.get("__annotations__", {})
        is_type = bool(annotations) and not any(base in MEMBERS for base in bases)
        need_not_be_given = [field for field in annotations if field in namespace]
        cls = super().__new__(mcls, name, bases, namespace, **config)
        positional, defaults = _given(init)
        base = getattr(cls, "_shape", _NO_SHAPE)
        folded = base.folded
        if is_type:
            own = {field: text for field, text in annotations.items() if field != "unknown_members"}
            members = enter_record(cls, own, declared, {*need_not_be_given, *defaults})
            folded = tuple(member.field for member in members if member.kind in PAIRS)
            for member in members:
                _fold(cls, member)
        cls._shape = Shape(
            # Members that are positional for msgspec come first, because copies and pickles call the class so.
            cls.__match_args__ or positional or base.positional,
            {**base.defaults, **defaults},
            folded,
            inner or base.inner,
            cls.__module__,
            init or base.init,
        )
        return cls

    if not TYPE_CHECKING:  # pragma: no branch

        @property
        def __signature__(cls) -> inspect.Signature:  # noqa: N805 - the class of classes
            init = cls._shape.init
            if init is None:
                return super().__signature__
            _, *parameters = inspect.signature(init).parameters.values()  # without `self`
            return inspect.Signature(one.replace(annotation=_Text(one.annotation)) for one in parameters)

        def __call__(cls, *args: Any, **members: Any) -> Any:  # noqa: D102, N805 - the class of classes
            shape = cls._shape
            if len(args) > len(shape.positional):
                raise TypeError(_GIVEN_TWICE.format(cls.__name__))
            for name, value in zip(shape.positional, args, strict=False):
                if name in members:
                    raise TypeError(_GIVEN_TWICE.format(cls.__name__))
                members[name] = value
            record = make_record(cls, **{**shape.defaults, **members})
            for name in shape.folded:
                getattr(record, name)  # copies the caller's mapping: later changes to it do not reach the record
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
    """A type of the platform: immutable, equal by content, with member names in snake_case."""

    if TYPE_CHECKING:

        def __init_subclass__(cls, *, inner: str = "", declared: Mapping[str, str] = NONE_GIVEN, **config: Any) -> None:
            """`inner` is as in `Shape`; `declared` holds annotations of members that the wire declares otherwise."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        # A loop, because a generator would take one more frame of the stack for each level of nested records.
        for name in self.__struct_fields__:
            same = getattr(self, name) == getattr(other, name)  # `!=` would take one more frame, too
            if not same:
                return False
        return True

    def __ne__(self, other: object) -> bool:
        # Struct's own `__ne__` would compare slots, folded against not folded.
        return not self == other

    def __repr__(self) -> str:
        # Members with their default value are left out.
        shape = type(self).shape
        usual = {**shape.defaults, "unknown_members": NO_MEMBERS}
        shown: list[str] = []
        for name in dict.fromkeys(shape.positional + self.__struct_fields__):
            value = getattr(self, name)
            if name not in usual or value != usual[name]:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> Any:
        # A pickle holds attributes, not slots, so it names only classes that users import and none of the decoder's.
        members = {name: UNSET if is_absent(self, name) else getattr(self, name) for name in self.__struct_fields__}
        return partial(type(self), **members), ()

    def __hash__(self) -> int:
        names = (name for name in self.__struct_fields__ if name != "unknown_members")
        return hash((type(self), *(getattr(self, name) for name in names)))
