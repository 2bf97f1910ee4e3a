"""What tools do to a body on its way: the sign in the body, the cause, and the remedy.

Errors and the page "Errors" take their words from this table. No body is read here.
"""

from __future__ import annotations

from msgspec import Struct


class Rewriting(Struct, frozen=True):
    """One thing that tools do."""

    sign: str
    """What stands in the body, where a server writes something else."""
    cause: str
    is_mended: bool = True
    """Whether `mend` undoes it, as far as the body allows."""

    @property
    def remedy(self) -> str:
        """What to do, besides having the tool pass the body on unchanged."""
        return "`cds_context.mend` undoes it" if self.is_mended else "read the row from Dataverse"

    @property
    def words(self) -> str:
        """The sign, the cause and the remedy, for the reason of an error."""
        return f"{self.sign}: {self.cause}; {self.remedy}"


ISO_DATE = Rewriting("a date in ISO 8601", "a tool read and wrote dates, as Newtonsoft's `JObject` does")
WHOLE_FRACTION = Rewriting("a whole number with a point", "a tool reads numbers as doubles, as Gson does")
NO_NULL = Rewriting("no null", "a tool leaves out what is null")
SMALL_LETTERS = Rewriting("names that begin with a small letter", "a tool writes names in camelCase")
CAPITAL_PAIR = Rewriting("`Key` and `Value`", "a tool wrote the pair with .NET's own names")
TEXT = Rewriting(
    "JSON in text", "a tool turned it into text, as Spark does when values of several types share a column"
)
OTHER_TEXT = Rewriting("other text", "a tool put an id or a name in its place", is_mended=False)
NULL = Rewriting("null", "a tool that reads into types of its own had none for it, and wrote null", is_mended=False)
EMPTY_ARRAY = Rewriting("an empty array", "a tool wrote an empty array for an object, as PHP does", is_mended=False)
NO_MEMBERS = Rewriting("an object without a type", "a tool dropped or renamed its members", is_mended=False)
OTHER_CASE = Rewriting("the parameter in another case", "a tool wrote its name in another case", is_mended=False)

REWRITINGS = (
    *(ISO_DATE, WHOLE_FRACTION, NO_NULL, SMALL_LETTERS, CAPITAL_PAIR),
    *(TEXT, OTHER_TEXT, NULL, EMPTY_ARRAY, NO_MEMBERS, OTHER_CASE),
)
