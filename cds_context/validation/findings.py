"""The codes of findings, each with a severity and advice; the finding; and the report.

No body is read here. The page "Validation" has a section for every code.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ..event.context import RemoteExecutionContext
from ..model.records import Readable


class Severity(IntEnum):
    """How much a finding matters; they compare, and their text is their name in lower case."""

    INFO = 1
    """Nothing is lost: the body is older, newer or laid out differently from a current server's."""
    WARNING = 2
    """Something is missing, wrong, or not as a server wrote it."""
    ERROR = 3
    """The body cannot be read, or what it says cannot be told."""

    def __str__(self) -> str:
        return self.name.lower()


class Rule(NamedTuple):
    """The meaning of a code."""

    severity: Severity
    title: str
    advice: str


RULES: dict[str, Rule] = {
    "CDS101": Rule(
        Severity.ERROR,
        "not JSON",
        "Take the bytes of the request as they came; what passed through an editor, a log or a shell is seldom whole.",
    ),
    "CDS102": Rule(
        Severity.ERROR,
        "ends early",
        "Capture it again, whole: whoever wrote it stopped at a limit, or was interrupted.",
    ),
    "CDS103": Rule(
        Severity.ERROR,
        "not a context",
        "Check that it is the body of a webhook or of a Service Bus message, and that nobody changed it by hand.",
    ),
    "CDS201": Rule(
        Severity.WARNING,
        "truncated by the server",
        "Register images with fewer columns, or read the row from Dataverse; call `require_complete()` in the handler.",
    ),
    "CDS202": Rule(
        Severity.WARNING,
        "garbled text",
        "Read it with `repair_text=True`, which undoes what the server did.",
    ),
    "CDS203": Rule(
        Severity.WARNING,
        "message and parameters contradict",
        "Trust the parameters: servers put the name of another message into the parents of asynchronous posts.",
    ),
    "CDS204": Rule(
        Severity.WARNING,
        "no message",
        "Capture it again: without a message nobody can tell what happened, and `changes()` may be wrong.",
    ),
    "CDS301": Rule(
        Severity.INFO,
        "white space",
        "Nothing if people are to read it; `encode_context` writes the server's form.",
    ),
    "CDS302": Rule(
        Severity.INFO,
        "other escapes",
        "Nothing if you only read it; `encode_context` writes the server's form.",
    ),
    "CDS303": Rule(
        Severity.INFO,
        "byte order mark",
        "Save the file as UTF-8 without a byte order mark.",
    ),
    "CDS304": Rule(
        Severity.INFO,
        "JSON in a JSON string",
        "Have the relay pass the body on as it is; `parse_context` reads both.",
    ),
    "CDS305": Rule(
        Severity.WARNING,
        "members in another order",
        "Capture it again without the tool that rewrote it: the platform's own reader needs `__type` first.",
    ),
    "CDS306": Rule(
        Severity.WARNING,
        "does not come back as it was",
        "Look at the place: a tool or a person spelled a value as no server does.",
    ),
    "CDS307": Rule(
        Severity.WARNING,
        "members removed",
        "Capture it again: every server writes these members, and empty ones too.",
    ),
    "CDS308": Rule(
        Severity.INFO,
        "another format than JSON",
        "Nothing: the body was read.",
    ),
    "CDS401": Rule(
        Severity.INFO,
        "unknown type",
        "Read it as an `UnknownValue`; if it is the platform's own, a newer version of this package may know it.",
    ),
    "CDS402": Rule(
        Severity.INFO,
        "unknown member",
        "Find it in `unknown_members`; if it is the platform's own, a newer version of this package may know it.",
    ),
    "CDS403": Rule(
        Severity.INFO,
        "newer members missing",
        "Nothing if the server is old; otherwise capture it again, so that tests see what the server sends today.",
    ),
    "CDS501": Rule(
        Severity.WARNING,
        "ISO date",
        "Write dates as `\\/Date(…)\\/`, or leave it if the column holds text: it is read as text.",
    ),
    "CDS502": Rule(
        Severity.WARNING,
        "value in a wrapper",
        "Put the bare value in the wrapper's place: no server writes `__value`.",
    ),
    "CDS503": Rule(
        Severity.WARNING,
        "date that is none",
        "Correct it: a date is within the years 1 to 9999, and its offset within a day; this one is read as text.",
    ),
    "CDS504": Rule(
        Severity.WARNING,
        "object without a type",
        "Keep `__type` when bodies are rewritten: without it the platform's reader loses the object, and here it is a "
        "dict, or a row in a parameter for rows.",
    ),
    "CDS505": Rule(
        Severity.ERROR,
        "a parameter that is no row",
        "Have the body passed on as it came: a tool rewrote the parameter, and what it held is lost.",
    ),
    "CDS506": Rule(
        Severity.WARNING,
        "number out of range",
        "Correct it: choices, codes and counts have 32 bits, and decimals 96; the platform's reader refuses others.",
    ),
}
"""Every code, in the order of the page."""

COMPLETE_IT = (
    "Capture it again, whole. For a test, `cds_context.testing.complete` or the command `cds-context complete` fills "
    "in what was cut, and says what it made up."
)
"""The advice of `CDS103` if members of a context are missing."""


class Finding(Readable, frozen=True, kw_only=True):
    """One finding of a validation. Its texts hold names of types and members, and no content of the body."""

    code: str
    """Such as `CDS101`; the page "Validation" explains each."""
    severity: Severity
    """How much it matters."""
    message: str
    """What was found."""
    advice: str
    """What to do."""
    path: str | None
    """The path, as in `DecodeError`."""
    line: int | None
    """Where, from 1."""
    column: int | None
    """Where in the line, from 1, in characters."""

    def __str__(self) -> str:
        return f"{self.code} {self.severity}: {self.message} - at `{self.path}`, line {self.line} column {self.column}"

    def __repr__(self) -> str:
        return f"<{self}>"


class Report(Readable, frozen=True, kw_only=True):
    """All findings of one validation. A report is true if it has no error, so that a test can assert it."""

    context: RemoteExecutionContext | None
    """The context, as `parse_context` reads it; None if it cannot be read. Some errors leave it readable: CDS505."""
    findings: tuple[Finding, ...]
    """All findings, by their place in the body."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error: the body cannot be read, or its row cannot be told."""
        return self.at_least(Severity.ERROR)

    @property
    def worst(self) -> Severity | None:
        """The highest severity; None if nothing was found."""
        return max((finding.severity for finding in self.findings), default=None)

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity and above."""
        return tuple(finding for finding in self.findings if finding.severity >= severity)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        # Reports end up in logs, and contexts hold personal data.
        return f"<Report: {', '.join(map(str, self.findings)) or 'nothing found'}>"
