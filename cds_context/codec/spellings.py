"""What the fast passes over XML and .NET Binary know of each element, by its raw spelling.

How it works: the same few elements stand in every document, spelled alike to the byte. A `SpelledSlot` is a
slot for elements within one scope of namespaces, and holds an entry for each spelling that it has met: the member, how
its content is read, and the slot inside. So a fast pass looks up each spelling, and takes apart only a new one.

Nothing is described here: entries are made of the slots of `typed`. A fast pass reads what servers write and gives up
on all else, such as unknown types and members, comments, and white space between elements: then the reader of tokens
and `building` read the document from its beginning, or name the fault. Where a fast pass has an answer, it is theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeAlias

from ..wire import spelled
from ..wire.numbers import Fraction
from .building import new_object
from .scopes import Given, Scope
from .typed import TEXT, UNTYPED, Shape, Slot, amount, declared_id

TEXT_LEAF, ID, UNTYPED_TEXT, FEW, SCALAR, FRACTION, NULL, EMPTY, PAIR, OPEN = range(10)
"""What an element is: text; an id as text; text that may look like a date; a scalar that is one of few; any other one;
one that may be a number with a point or an exponent; null; an element without content; a plain pair of a key and a
value; any other element that holds elements."""

DEEPEST = 100
"""How many open elements a fast pass keeps before it gives up; the complete one counts levels as JSON does."""

_CODES: dict[Any, int] = {
    declared_id: ID,
    spelled.untyped_text: UNTYPED_TEXT,
    **dict.fromkeys((spelled.decimal, spelled.double, spelled.single), FRACTION),
    **dict.fromkeys((spelled.guid, spelled.moment, spelled.octets, amount), SCALAR),
}
"""What the functions that read scalars read, if it is not one of few values."""


class Values(dict[Any, Any]):
    """The values of a scalar by their text: most whole numbers, yes and no, and codes are the same few."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self.read: Callable[[Any], Any] = read

    def __missing__(self, content: str) -> Any:
        made = self.read(content)
        if len(self) < _MOST_VALUES and len(content) <= _LONGEST_VALUE:
            self[content] = made
        return made


_MOST_VALUES = 16
_LONGEST_VALUE = 11

Entry: TypeAlias = tuple[int, str, Any, Any, Any, str | None]
"""One spelling of an element. A plain tuple, because a named one is unpacked at a fifth of its speed. In it stand:

what the element is; the member; what reads a scalar, or makes the value of an element without content; the
spelling of the element's end in XML, in .NET Binary that of its beginning; the slot inside; the `__type` of an object.
"""


class SpelledSlot:
    """A slot for elements in one scope."""

    __slots__ = ("entries", "is_object", "scope", "shape")

    def __init__(self, scope: Scope, shape: Shape) -> None:
        self.scope: Scope = scope
        self.shape: Shape = shape
        self.is_object: bool = shape.slots is not None
        self.entries: dict[Any, Entry] = {}

    def remember(self, spelling: Any, entry: Entry) -> None:
        """Remember an entry by its spelling, unless the document made others remember too much already."""
        if self.scope.may_remember(spelling):
            self.entries[spelling] = entry

    def entry(self, name: str, given: Given | None, *, is_empty: bool, end: Any) -> Entry | None:
        """What an element is; None for what the fast passes do not read."""
        slot = self._slot(name, given)
        code, read = _code(slot, is_nil=given is not None and given.is_nil, is_empty=is_empty)
        if code is None:
            return None
        if code != OPEN:
            return code, name, read, end, None, None
        inner = self.scope if given is None else given.inner
        tag: str | None = (new_object(slot, name) if slot.slots is not None else {}).get("__type")
        if slot.is_pair and tag is None and inner is self.scope and slot.has_text_key:
            code = PAIR
        return code, name, None, end, spelled_slot(inner, slot), tag

    def _slot(self, name: str, given: Given | None) -> Slot:
        slots = self.shape.slots
        slot = self.shape.item if slots is None else slots.get(name, _UNKNOWN)
        if given is not None and given.slot is not None and not (slot is TEXT or slot.__class__ is FunctionType):
            slot = slot if slot is _UNKNOWN else given.slot
        return slot


_UNKNOWN = object()


def _code(slot: Slot, *, is_nil: bool, is_empty: bool) -> tuple[int | None, Any]:
    if slot is _UNKNOWN or (is_nil and not is_empty):
        return None, None
    if is_nil:
        return NULL, None
    if is_empty:
        return _empty(slot)
    if slot is TEXT:
        return TEXT_LEAF, None
    if isinstance(slot, FunctionType):
        code = _CODES.get(slot, FEW)
        return code, Values(slot) if code == FEW else slot
    return OPEN if slot.__class__ is Shape and slot.is_known else None, None


def _empty(slot: Slot) -> tuple[int | None, Callable[[], Any] | None]:
    if slot is TEXT:
        return EMPTY, str
    if slot is UNTYPED:
        return EMPTY, dict
    if slot.__class__ is Shape and slot.is_array:
        return EMPTY, list
    return None, None


def spelled_slot(scope: Scope, shape: Shape) -> SpelledSlot:
    """The one for slots of this shape in a scope."""
    found = scope.slots.get(shape)
    if found is None:
        found = SpelledSlot(scope, shape)
        if scope.may_remember(""):
            scope.slots[shape] = found
    return found


def settled(made: Fraction) -> float:
    """A number with a point or an exponent, or -0, in an untyped slot where `parse_float` is float."""
    return 0 if made == "-0" else float(made)
