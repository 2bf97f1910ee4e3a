"""Strategies for Hypothesis: events as servers post them, and any content of a body. Needs the extra `hypothesis`.

`events()` are consistent, because builders make them. `contexts()`, `entities()` and `values()` are everything that can
be written and read back, consistent or not, for code that must survive any body. The other strategies are their parts.
All shrink toward small contexts of short texts and round numbers.
"""

from __future__ import annotations

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise ImportError(
        'cds_context.testing.strategies needs Hypothesis: pip install "cds-context[hypothesis]"'
    ) from None

from cds_context import Entity, EntityReference, Money, OptionSetValue, RemoteExecutionContext, Value

from .row_messages import create, delete, update
from .steps import RowOptions
from .strategy_scalars import dates, decimals, ids, integers, texts
from .strategy_types import EVERYDAY, EVERYTHING
from .values import Formatted, Plain, Row

__all__ = ["contexts", "dates", "decimals", "entities", "events", "ids", "integers", "texts", "values"]


def contexts(*, everyday: bool = False) -> st.SearchStrategy[RemoteExecutionContext]:
    """Any context, with members absent and unknown, types unknown, parents, and text that no server should send.

    `everyday` leaves out rarities, such as unknown members and lone surrogates, and values that the platform's own
    reader would refuse, such as a choice beyond 32 bits or null for a collection.
    """
    return (EVERYDAY if everyday else EVERYTHING).record(RemoteExecutionContext, 2, declared=True)


def entities() -> st.SearchStrategy[Entity]:
    """Any row."""
    return EVERYTHING.record(Entity, 2)


def values() -> st.SearchStrategy[Value]:
    """Any value of an untyped slot: a column's, a parameter's."""
    return EVERYTHING.value(2)


_TABLES = st.sampled_from(("contact", "account", "email", "new_project"))
_COLUMNS = ("name", "fullname", "subject", "description", "statuscode", "ownerid", "new_amount")
# Text that looks like a date would be read back as a datetime.
_TEXTS = texts(surrogates=False).filter(lambda text: not text.startswith("/Date("))
_CHOICES = st.integers(0, 99).map(OptionSetValue)
_PLAIN: st.SearchStrategy[Plain] = st.one_of(
    _TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    dates(),
    ids(),
    _CHOICES,
    st.lists(_CHOICES, max_size=3),
    st.decimals(-(10**9), 10**9, places=2).map(Money),
    st.builds(EntityReference, logical_name=_TABLES, id=ids(), name=st.none() | _TEXTS),
)
_ROWS: st.SearchStrategy[Row] = st.dictionaries(
    st.sampled_from(_COLUMNS).map(str), _PLAIN | st.builds(Formatted, _PLAIN, _TEXTS), max_size=3
)


@st.composite
def events(draw: st.DrawFn) -> RemoteExecutionContext:
    """A Create, Update or Delete, synchronous or not, in any stage that a step can have, with images or without."""
    message = draw(st.sampled_from(("Update", "Create", "Delete")))
    asynchronous, stage = draw(st.sampled_from(((False, 40), (True, 40), (False, 20), (False, 10))))
    options: RowOptions = {"seed": draw(st.integers(0, 9)), "asynchronous": asynchronous, "stage": stage}
    # Everything is drawn for every message. Hypothesis takes fewer draws for simpler, and an Update should be simplest.
    if draw(st.booleans()) and message != "Create":
        options["pre_image"] = "PreImage"
    if draw(st.booleans()) and message != "Delete" and stage == 40:
        options["post_image"] = "PostImage"
    table, before, after = draw(_TABLES), draw(_ROWS), draw(_ROWS)
    if message == "Create":
        return create(table, after=after, **options)
    if message == "Delete":
        return delete(table, before=before, **options)
    return update(table, before=before, after=after, **options)
