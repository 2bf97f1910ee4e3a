"""Many stored events as tables: streams of Arrow record batches. Of the extra `tables`.

    from cds_context.tables import changes_table, events_table, rows_tables

    events_table(bodies)   # a row an event
    changes_table(bodies)  # a row a change
    rows_tables(bodies)    # {logical name: a row an event, a typed column a column}

`bodies` yields each body with the place it comes from, whatever holds it; `arrow` alone imports the Arrow library. The
bodies are read again each time a table is consumed, batch by batch, so memory is bounded whatever the input is.
"""

from .bodies import Body, Unreadable
from .changes import changes_table
from .events import events_table
from .rows import RowsTables, row_schemas, rows_tables
from .table import BodyError, Counts, Table

__all__ = [
    "Body",
    "BodyError",
    "Counts",
    "RowsTables",
    "Table",
    "Unreadable",
    "changes_table",
    "events_table",
    "row_schemas",
    "rows_tables",
]
