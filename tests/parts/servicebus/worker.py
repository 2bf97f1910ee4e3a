"""The page's program, in a process that a test kills: `python -m tests.parts.servicebus.worker WHEN FOLDER`.

It keeps what is done in a folder, where a killed process leaves it: a file for each key. Then it waits to be killed,
`before` or `after` its work.
"""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

from cds_context import RemoteExecutionContext
from tests.integration.pages import run_page


class Done:
    """The keys of the events that were worked on, in files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, key: str) -> bool:
        return (self._folder / key).exists()

    def add(self, key: str) -> None:
        (self._folder / key).touch()
        report("worked")


class Work:
    """A place for events, which says that one came."""

    def put(self, event: RemoteExecutionContext) -> None:
        report("received")


def report(what: str) -> None:
    """Tell the test, and wait to be killed if it is time."""
    print(what, flush=True)  # noqa: T201 - the test reads it
    if what == {"before": "received", "after": "worked"}[sys.argv[1]]:
        Event().wait()


page = run_page("azure-servicebus")
page.work = Work()
page.done = Done(Path(sys.argv[2]))
page.main()
