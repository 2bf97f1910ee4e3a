"""A stand-in for the server that posts events, and a stand-in for the endpoint that gets them. Of the extra `tools`.

`send` posts events as the server does and tells what it would make of the answers; `listening` receives them, keeps
them and shows them on a page. Both touch the network, as the commands `cds-context send` and `cds-context listen`.
"""

from typing import TYPE_CHECKING

from ..display.summaries import Summary
from .inbox import Inbox, Post
from .outcomes import Outcome, SendReport, Sent

if TYPE_CHECKING:
    from .exporting import Progress, TableReport, write_table
    from .listener import listening
    from .receiving import Answers
    from .sending import send

__all__ = [
    "Answers",
    "Inbox",
    "Outcome",
    "Post",
    "Progress",
    "SendReport",
    "Sent",
    "Summary",
    "TableReport",
    "listening",
    "send",
    "write_table",
]

_LATE = {
    "Answers": "receiving",
    "Progress": "exporting",
    "TableReport": "exporting",
    "listening": "listener",
    "send": "sending",
    "write_table": "exporting",
}
"""What takes a server or a client, and the room that is imported when it is first asked for."""

if not TYPE_CHECKING:  # to a type checker, a module with `__getattr__` has every name  # pragma: no branch

    def __getattr__(name: str) -> object:
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            room = __import__(f"{__name__}.{_LATE[name]}", fromlist=[name])
        except ModuleNotFoundError as error:
            if _LATE[name] == "exporting":  # which lacks the extra `tables`, and says so
                raise
            how = f'{__name__} comes with an extra: pip install "cds-context[tools]"'
            raise ModuleNotFoundError(how, name=error.name) from None
        value = globals()[name] = getattr(room, name)
        return value
