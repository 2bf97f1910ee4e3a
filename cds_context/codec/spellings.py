"""What the fast passes over XML and .NET Binary know of the tags between two texts, by their raw spelling.

How it works: between two texts of a document stand only tags, and the same few runs of tags stand in every document,
spelled alike to the byte. Each run is a piece of the event's JSON: `</CorrelationId><Depth>` is `","Depth":`. So a fast
pass looks up each run, and puts the JSON together of these pieces and of the texts between; the decoder of JSON reads
it in C. A run is taken apart only when it is new.

What a run means depends on where it stands. A `Branch` is an element that holds elements, below the branches around it,
and a `Leaf` an element that holds text. A leaf knows the runs that stood behind its text, and the leaf that each leads
to.

Nothing is described here: branches are made of the slots of `typed`. A fast pass reads what servers write and gives up
on all else, such as unknown types and members, members in another order, comments, and white space between elements:
then the reader of tokens and `building` read the document from its beginning, or name the fault. Where a fast pass has
an answer, it is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from types import FunctionType
from typing import Any, TypeAlias

from ..model.kinds import TAGS
from ..wire import spelled
from ..wire.dates import LOCAL, Ready, format_date
from ..wire.escapes import quote
from ..wire.spelled import PlainText, Ticks, text_of
from .building import new_object
from .scopes import OUTSIDE, Given, Scope
from .typed import CONTEXT, TEXT, UNTYPED, Shape, Slot, amount, declared_id

AS_IT_IS, UNTYPED_TEXT, FEW, OTHER, CREATED_ON, END = range(6)
"""What a text is: any text; text that may look like a date; a scalar that is one of few; any other one; when the
operation was created; none, because the document ends."""

_DEEPEST = 100
"""How many elements may be open before a fast pass gives up; the complete one counts levels as JSON does."""


class UnusualError(Exception):
    """The document holds what a fast pass leaves to the complete one."""


Spliced: TypeAlias = tuple[bytes, Ready | None]
"""What a fast pass has made of a document: the event's JSON; and its OperationCreatedOn if JSON has no text for that,
so that another date stands there."""

Step: TypeAlias = tuple[str, int, Any, Any]
"""What a run of tags means. A plain tuple, because a named one is unpacked at a fifth of its speed. In it stand:

a piece of JSON; what the text behind the run is; what reads that text; its leaf.
"""


class Branch:
    """An element that holds elements, where one stands in a document."""

    __slots__ = (
        "above",
        "closing",
        "depth",
        "end",
        "index",
        "is_unknown",
        "kept",
        "opening",
        "order",
        "scope",
        "shape",
    )

    def __init__(  # noqa: PLR0913 - what it is, and where it stands
        self,
        scope: Scope,
        shape: Shape,
        *,
        tag: str | None = None,
        above: Branch | None = None,
        index: int = 0,
        end: Any,
    ) -> None:
        self.scope: Scope = scope
        self.shape: Shape = shape
        self.above: Branch | None = above
        self.depth: int = 0 if above is None else above.depth + 1
        self.index: int = index
        """Where it stands among the members of the branch above."""
        is_known = (tag is None or tag in _TAGS) and (above is None or not above.is_unknown)
        self.is_unknown: bool = not is_known
        """Whether it is, or stands in, a value whose type JSON's readers do not know, and so check nothing in."""
        self.end: Any = end
        """How its end is spelled."""
        self.opening: str = "[" if shape.slots is None else "{" if tag is None else f'{{"__type":{quote(tag)}'
        self.closing: str = "]" if shape.slots is None else "}"
        self.order: dict[str, int] = {name: index for index, name in enumerate(shape.slots or ())}
        if shape.is_pair:
            self.order = {name: _PAIR.index(name.lower()) for name in self.order}
        self.kept: dict[Any, Member] = {}
        """The members that stood here, by the spelling of their beginning."""

    def member(self, spelling: Any, name: str, given: Given | None, *, is_empty: bool, end: Any) -> Member:
        """What an element in this one is. Raises UnusualError for what the fast passes do not read."""
        slot = self._slot(name, given)
        index = self.order.get(name, 0)
        is_nil = given is not None and given.is_nil
        found: Member
        if is_nil or is_empty:
            found = Constant(index, _constant(slot, is_nil=is_nil, is_empty=is_empty))
        elif slot is TEXT or isinstance(slot, FunctionType):
            found = Leaf(self, index, end, slot)
        elif slot.__class__ is Shape and slot.is_known and self.depth < _DEEPEST:
            tag = new_object(slot, name).get("__type") if slot.slots is not None else None
            scope = self.scope if given is None else given.inner
            found = Branch(scope, slot, tag=tag, above=self, index=index, end=end)
        else:
            raise UnusualError
        if self.scope.may_remember(spelling):
            self.kept[spelling] = found
        return found

    def _slot(self, name: str, given: Given | None) -> Slot:
        slots = self.shape.slots
        if slots is not None and name not in slots:
            raise UnusualError
        slot = self.shape.item if slots is None else slots[name]
        if given is not None and given.slot is not None and not (slot is TEXT or slot.__class__ is FunctionType):
            return given.slot
        return slot


class Constant:
    """An element that holds nothing."""

    __slots__ = ("index", "json")

    def __init__(self, index: int, json: str) -> None:
        self.index: int = index
        self.json: str = json


class Leaf:
    """An element that holds text, where one stands in a document; or the beginning of the document."""

    __slots__ = ("branch", "code", "end", "index", "known", "marks", "numbers", "read", "runs", "window")

    def __init__(self, branch: Branch, index: int, end: Any, slot: Slot) -> None:
        self.branch: Branch = branch
        self.index: int = index
        self.end: Any = end
        self.code: int
        self.read: Any
        self.marks: str
        self.code, self.read, self.marks = _LEAVES.get(slot) or (FEW, Values(slot), "")
        if slot is declared_id and branch.is_unknown:
            self.code = OTHER
        if slot is spelled.moment and branch.above is None and branch.shape is CONTEXT:
            self.code = CREATED_ON
        self.runs: dict[Any, Any] = {}
        """What the runs of tags mean that stood behind the text, by their spelling."""
        self.numbers: dict[Any, Any] = {}
        """In .NET Binary, records up to a number and what they mean, by the bytes that they begin with."""
        self.window: int = 0
        """How many bytes these are: all of the shortest."""
        self.known: list[Any] = []
        """All of these records."""


_TAGS = frozenset(TAGS.values())

Member: TypeAlias = Branch | Leaf | Constant

_PAIR = ("key", "value")


def _constant(slot: Slot, *, is_nil: bool, is_empty: bool) -> str:
    if is_empty:
        if is_nil:
            return "null"
        if slot is TEXT or slot is spelled.untyped_text:
            return '""'
        if slot is UNTYPED:
            return "{}"
        if slot.__class__ is Shape and slot.is_array:
            return "[]"
    raise UnusualError


class Run:
    """A run of tags while it is taken apart: its JSON, and where it leads to."""

    __slots__ = ("_has_siblings", "_index", "_json", "branch", "leaf")

    def __init__(self, leaf: Leaf) -> None:
        if leaf is BEHIND:
            raise UnusualError
        self.branch: Branch | None = leaf.branch
        """The element around; None behind the document's last one."""
        self.leaf: Leaf | None = None
        """The element that is open and holds text."""
        self._json = [leaf.marks]
        self._index = leaf.index
        self._has_siblings = leaf.index >= 0

    @property
    def inside(self) -> Branch:
        """The element in which the next one begins. Raises UnusualError where none may begin."""
        if self.branch is None or self.leaf is not None:
            raise UnusualError
        return self.branch

    def start(self, name: str, member: Member) -> None:
        """Take the beginning of an element. Raises UnusualError for one that is out of order."""
        branch = self.inside
        if self._has_siblings:
            self._json.append(",")
        if branch.shape.slots is not None:
            # In this order no member can stand twice.
            if member.index <= self._index or (branch.shape.is_pair and member.index != self._index + 1):
                raise UnusualError
            self._json.append(f'"{name.lower() if branch.shape.is_pair else name}":')
        if isinstance(member, Branch):
            self.branch = member
            self._json.append(member.opening)
            self._index = -1
            self._has_siblings = len(member.opening) > 1
            return
        if isinstance(member, Leaf):
            self.leaf = member
            self._json.append(member.marks)
        else:
            self._json.append(member.json)
        self._index = member.index
        self._has_siblings = True

    def end(self, spelling: Any) -> None:
        """Take the end of an element. Raises UnusualError for that of another one."""
        leaf = self.leaf
        if leaf is not None:  # and nothing stood in it
            if spelling != leaf.end or leaf.code > UNTYPED_TEXT:
                raise UnusualError
            self._json.append(leaf.marks)
            self.leaf = None
            return
        branch = self.inside
        if spelling != branch.end or (branch.shape.is_pair and self._index != 1):
            raise UnusualError
        self._json.append(branch.closing)
        self.branch = branch.above
        self._index = branch.index
        self._has_siblings = True

    def step(self) -> Step:
        """What the run means. Raises UnusualError if it leads neither to a text nor to the end of the document."""
        json = "".join(self._json)
        if self.leaf is not None:
            return json, self.leaf.code, self.leaf.read, self.leaf
        if self.branch is not None:
            raise UnusualError
        return json, END, _no_text, BEHIND


def _no_text(_: Any) -> Any:
    """Behind the end of a document stands no text."""
    raise UnusualError


class Beginning(Leaf):
    """Where a document begins: behind the tag of its first element."""

    __slots__ = ()

    def __init__(self, scope: Scope, end: Any) -> None:
        super().__init__(Branch(scope, CONTEXT, end=end), -1, "", TEXT)
        self.marks: str = "{"


class Values(dict[Any, Any]):
    """The JSON of a scalar by its spelling: most whole numbers, yes and no, and codes are the same few."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read: Callable[[Any], Any] = read

    def __missing__(self, content: str) -> str:
        made = self.json(content)
        self.keep(content, made)
        return made

    def json(self, content: Any) -> str:
        """The JSON of what a text or a binary record says."""
        made = self._read(content)
        if made.__class__ is str:  # a character, or the name of an enum that no table has; both are rare
            raise UnusualError
        return "true" if made is True else "false" if made is False else int.__repr__(made)

    def keep(self, spelling: Any, made: Any) -> None:
        """Keep the JSON of a spelling, unless too many are kept."""
        if len(self) < _MOST_VALUES and len(spelling) <= _LONGEST_VALUE:
            self[spelling] = made


_MOST_VALUES = 16
_LONGEST_VALUE = 11


def _plain_text(value: Any) -> str:
    text: str = spelled.untyped_text(value)
    if text.__class__ is PlainText:  # JSON cannot tell it from a date
        raise UnusualError
    return text


def _amount(value: Any) -> str:
    return bytes(amount(value)).decode()


def _number(read: Callable[[Any], Any]) -> Callable[[Any], str]:
    def json(value: Any) -> str:
        number = str(read(value))
        if number[-1] in "NF":  # no number in JSON
            raise UnusualError
        return number

    return json


def _octets(value: Any) -> str:
    return str(spelled.octets(value))


_whole_seconds = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - both sides of a difference in UTC
_EPOCH_TICKS = 621_355_968_000_000_000
_LAST_SECOND = 253_402_300_799
_OF_UTC = 1 << 62
"""The bits of ticks that say UTC."""


def _date(value: Any) -> str:
    """A date as JSON spells it. Raises UnusualError for one that JSON has no text for."""
    seconds = rest = 0
    # Nearly all dates are in UTC, after 1970, and of whole seconds.
    if value.__class__ is Ticks:
        seconds, rest = divmod(value - _OF_UTC - _EPOCH_TICKS, 10_000_000)
    elif value.__class__ is str and _whole_seconds(value):
        try:
            passed = datetime.fromisoformat(value[:-1]) - _EPOCH
            seconds = passed.days * 86_400 + passed.seconds
        except ValueError:
            raise UnusualError from None
    if 0 < seconds <= _LAST_SECOND and not rest:
        return f"/Date({seconds}000)/"
    moment = spelled.moment(value).value
    if moment.microsecond % 1000 or moment.tzname() == LOCAL:
        raise UnusualError
    try:
        return format_date(moment)
    except ValueError:
        raise UnusualError from None


def read_created_on(value: Any) -> tuple[str, Ready | None]:
    """A date in the place of OperationCreatedOn, and the true one if JSON has no text for it."""
    try:
        return _date(value), None
    except UnusualError:
        return "/Date(0)/", spelled.moment(value)


_LEAVES: dict[Slot, tuple[int, Callable[[Any], Any], str]] = {
    TEXT: (AS_IT_IS, text_of, '"'),
    declared_id: (AS_IT_IS, declared_id, '"'),
    spelled.untyped_text: (UNTYPED_TEXT, _plain_text, '"'),
    spelled.guid: (OTHER, spelled.guid, '"'),
    spelled.moment: (OTHER, _date, '"'),
    spelled.octets: (OTHER, _octets, ""),
    amount: (OTHER, _amount, ""),
    **{read: (OTHER, _number(read), "") for read in (spelled.decimal, spelled.double, spelled.single)},
}
"""What a text is, what makes JSON of it, and the marks around that, by the function that reads the scalar.

A text stands in the JSON as it is; what JSON escapes in it is escaped at the end, where there is any of it.
"""

BEHIND = Beginning(OUTSIDE, None)
"""Where the end of a document leads to; no run stands there."""
