"""The builder of both formats beside JSON: elements in, the value that the event's JSON would give out.

How it works: a reader of tokens, one for each format, yields an element without elements inside as one token, and other
elements as a start and an end. From these, and from the slots that `typed` made of the model's table, dicts and lists
are built as a JSON parser would build them. Then the same passes as for JSON make a context of them, so that a handler
cannot tell which format an event came in; the tolerant pass also names what is wrong, and where.

Nothing here recurses: open elements stand in a list, which may be as long as the tolerant pass may nest.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any, TypeAlias

from ..errors import Fault
from ..wire.body import MAX_DEPTH
from ..wire.formats import WHITE
from ..wire.numbers import Fraction
from ..wire.spelled import text_of, untyped_text
from .scopes import Given
from .tolerant import TOO_DEEP
from .typed import CONTEXT, GUESS, TEXT, UNTYPED, Shape, Slot, tag_of

Token: TypeAlias = tuple[Any, Given | None, Any, bool]
"""A name, what its attributes say, the content, and whether the element ends. A token without a name ends an element.

The content is text, or the value of a binary record; only an element that ends with its token has one.
"""
END: Token = (None, None, None, True)

_UNKNOWN = Shape()


class Tree:
    """The value that JSON would give, and whether it holds numbers that wait for `parse_float`."""

    __slots__ = ("has_fractions", "value")

    def __init__(self, value: dict[str, Any], *, has_fractions: bool) -> None:
        self.value: dict[str, Any] = value
        self.has_fractions: bool = has_fractions


def build(tokens: Iterable[Token], *, keep_fractions: bool) -> Tree:  # noqa: C901, PLR0912, PLR0915 - as in the readers
    """The tree of a document, whose first element is open already. Raises Fault.

    `keep_fractions` leaves the numbers with a point or an exponent as text; else they become floats.
    """
    shape = CONTEXT
    slots: Any = shape.slots
    target: Any = {}
    open_elements: list[tuple[Shape, Any, str]] = []
    has_fractions = False
    name: str | None = None
    made: Any
    try:
        for name, given, content, is_closed in tokens:
            if name is None:
                made = target if shape.is_known and not shape.is_pair else finished(shape, target)
                if not open_elements:
                    target = made
                    continue
                shape, target, name = open_elements.pop()  # noqa: PLW2901 - the element that ended
                slots = shape.slots
            else:
                if slots is None:
                    slot = shape.item
                else:
                    slot = slots.get(name, _UNKNOWN)
                    if name in target:
                        raise Fault("a member that stands before in the same object")
                if given is not None:
                    if given.is_nil:
                        slot = _null
                    elif given.slot is not None and not (slot is TEXT or slot.__class__ is FunctionType):
                        slot = given.slot
                if is_closed:
                    if slot is TEXT:
                        made = content if content.__class__ is str else text_of(content)
                    elif slot.__class__ is FunctionType:
                        made = slot(content)
                        if made.__class__ is Fraction:
                            if keep_fractions:
                                has_fractions = True
                            else:
                                made = 0 if made == "-0" else float(made)
                    else:
                        made = _without_elements(slot, content, name)
                else:
                    if len(open_elements) >= MAX_DEPTH - 1:
                        raise Fault(TOO_DEEP)
                    opened = _shape(slot)
                    open_elements.append((shape, target, name))
                    shape = opened
                    slots = shape.slots
                    target = [] if slots is None else new_object(shape, name)
                    continue
            if slots is not None:
                target[name] = made
            elif shape.is_known:
                target.append(made)
            else:
                target.append((name, made))
    except Fault as fault:
        steps = [_step(*element) for element in open_elements]
        if name is not None:
            steps.append(_step(shape, target, name))
        for step in reversed(steps):
            fault.within(step)
        raise
    return Tree(target, has_fractions=has_fractions)


def _null(_: Any) -> None:
    return None


def _shape(slot: Slot) -> Shape:
    if slot.__class__ is Shape:
        return slot
    if slot is UNTYPED:
        raise Fault("a value without a type")
    if slot is GUESS:
        return _UNKNOWN
    raise Fault("expected text, found an element")


def new_object(shape: Shape, name: str) -> dict[str, Any]:
    """An object without its members yet: only its `__type`, if it has one."""
    if shape.names_itself:
        return {"__type": tag_of(name)}
    return {} if shape.tag is None else {"__type": shape.tag}


def _without_elements(slot: Slot, content: Any, name: str) -> Any:
    """The value of an element that holds no elements, in a slot for more than a scalar."""
    is_blank = content == "" or (content.__class__ is str and not content.strip(WHITE))
    if slot is UNTYPED:
        if not is_blank:
            raise Fault("a value without a type")
        return {}
    if slot.__class__ is Shape and slot.is_object and is_blank:
        return {}
    if slot is GUESS or (not slot.is_known and (slot.tag is None or not is_blank)):
        return untyped_text(content)
    if not is_blank:
        raise Fault("expected elements, found text")
    if slot.is_array:
        return []
    return finished(slot, []) if slot.slots is None else new_object(slot, name)


def finished(shape: Shape, target: Any) -> Any:
    """A pair or something unknown, whose elements are all there."""
    if shape.is_pair:
        names = [*target]
        if names == _PAIR:
            return target
        names = [name for name in names if name != "__type"]
        if [name.lower() for name in names] != _PAIR:
            raise Fault("expected the members `key` and `value`, in this order, and no others")
        return {name if name == "__type" else name.lower(): member for name, member in target.items()}
    if shape.is_object and len(made := dict(target)) == len(target):
        return made
    made = _guessed(target, is_list=shape.is_list)
    return {"__type": shape.tag, **made} if shape.tag is not None and made.__class__ is dict else made


_PAIR = ["key", "value"]


def _guessed(elements: list[tuple[str, Any]], *, is_list: bool) -> Any:
    """A list of elements that look like items, else an object; a name that repeats has a list of its values."""
    names = {name for name, _ in elements}
    if is_list or (len(names) == 1 and (len(elements) > 1 or elements[0][0].startswith(_PAIRS))):
        return [value for _, value in elements]
    if len(names) == len(elements):
        return dict(elements)
    made: dict[str, list[Any]] = {}
    for name, value in elements:
        made.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in made.items()}


_PAIRS = ("KeyValuePairOf", "KeyValueOf")


def _step(shape: Shape, target: Any, name: str) -> str:
    """The step of an element in the path of a fault; a name that the body chose is content."""
    if shape.slots is not None:
        return f".{name.lower() if shape.is_pair else name}" if name in shape.slots else "[…]"
    return f"[{len(target)}]" if shape.is_array else "[…]"
