"""JSON Schema of the two forms: the body that servers post, and the plain data of `to_plain`.

`forms` assembles the documents. `wire` and `plain` describe one form each, `parts` holds their shared schemas, and
`docstrings` reads the descriptions from the source. No body is validated here.
"""

from .forms import json_schema

__all__ = ["json_schema"]
