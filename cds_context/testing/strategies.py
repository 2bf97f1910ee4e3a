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
        "cds_context.testing.strategies needs Hypothesis: pip install 'cds-context[hypothesis]'"
    ) from None

from cds_context import Entity, RemoteExecutionContext, Value

from .strategy_events import events
from .strategy_kit import EVERYDAY, EVERYTHING
from .strategy_scalars import dates, decimals, ids, integers, texts

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
