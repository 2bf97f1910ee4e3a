"""Strategies for Hypothesis: events as servers post them, and whatever a body can hold. Needs the extra `hypothesis`.

`events()` are consistent: what builders make. `contexts()`, `entities()` and `values()` are anything that can be
written and read back, consistent or not, for code that must survive whatever comes. The others are what they are
made of. All shrink toward small contexts of short texts and round numbers.
"""

from __future__ import annotations

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise ImportError(
        "cds_context.testing.strategies needs Hypothesis: pip install 'cds-context[hypothesis]'"
    ) from None

from cds_context import Entity, RemoteExecutionContext, Value

from .strategy_events import events
from .strategy_kit import EVERYDAY, EVERYTHING
from .strategy_scalars import dates, decimals, ids, integers, texts

__all__ = ["contexts", "dates", "decimals", "entities", "events", "ids", "integers", "texts", "values"]


def contexts(*, everyday: bool = False) -> st.SearchStrategy[RemoteExecutionContext]:
    """Any context, with members absent and unknown, types unknown, parents, and text that no server should send.

    `everyday` leaves out what servers do not post day by day, such as unknown members and lone surrogates, and what the
    platform's own reader would refuse, such as a choice beyond 32 bits or null for a collection.
    """
    return (EVERYDAY if everyday else EVERYTHING).record(RemoteExecutionContext, 2, declared=True)


def entities() -> st.SearchStrategy[Entity]:
    """Any row."""
    return EVERYTHING.record(Entity, 2)


def values() -> st.SearchStrategy[Value]:
    """Any value of an untyped slot: a column's, a parameter's."""
    return EVERYTHING.value(2)
