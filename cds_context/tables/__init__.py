"""Many stored events as tables: streams of Arrow record batches. Of the extra `tables`.

    from cds_context.tables import changes_table, events_table, read_bodies, rows_tables

    bodies = read_bodies("capture/**/*.avro", "dump.jsonl")
    events_table(bodies)   # a row an event
    changes_table(bodies)  # a row a change
    rows_tables(bodies)    # {logical name: a row an event, a typed column a column}

`read_bodies` yields each body with the place it comes from, whatever holds it; `arrow` alone imports the Arrow library.
The bodies are read again each time a table is consumed, batch by batch, so memory is bounded whatever the input is.
"""

from .bodies import Body, Unreadable
from .changes import changes_table
from .events import events_table
from .rows import RowsTables, row_schemas, rows_tables
from .sources import FileBodies, read_bodies
from .table import BodyError, Counts, Table

__all__ = [
    "Body",
    "BodyError",
    "Counts",
    "FileBodies",
    "RowsTables",
    "Table",
    "Unreadable",
    "changes_table",
    "events_table",
    "read_bodies",
    "row_schemas",
    "rows_tables",
]
