"""A stand-in for the server that posts events, and a stand-in for the endpoint that gets them. Of the extra `tools`.

`send` posts events as the server does and tells what it would make of the answers; `listening` receives them, keeps
them and shows them on a page. Both touch the network, as the commands `cds-context send` and `cds-context listen`.
"""

from .answers import Answers
from .inbox import Inbox
from .listener import listening
from .outcomes import Outcome
from .posts import Post
from .reports import Report, Sent
from .sending import send

__all__ = ["Answers", "Inbox", "Outcome", "Post", "Report", "Sent", "listening", "send"]
