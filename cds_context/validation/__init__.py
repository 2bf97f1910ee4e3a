"""What a body is worth: a body in, a report out.

`report` puts the findings together; `inspection` looks at values and `spelling` at text, `findings` says what each
means, `places` and `sheet` say where in the body it is. Opens no file.
"""

from .findings import Finding, Report, Severity
from .report import validate

__all__ = ["Finding", "Report", "Severity", "validate"]
