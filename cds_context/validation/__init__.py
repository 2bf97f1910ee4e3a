"""Validation of a body: a body in, a report out.

`findings` has the codes. `inspection` checks values, `spelling` checks text; `places` and `locating` give each finding
its position in the body, and `report` puts the findings together. No file is opened here.
"""

from .findings import Finding, Report, Severity
from .report import validate

__all__ = ["Finding", "Report", "Severity", "validate"]
