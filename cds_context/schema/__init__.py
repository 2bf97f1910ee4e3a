"""JSON Schema of what servers post, and of what `to_plain` gives.

`forms` makes the documents; `wire` and `plain` spell the two forms in `parts` they share, `docstrings` reads what the
source says of classes and members. Validates nothing.
"""

from .forms import json_schema

__all__ = ["json_schema"]
