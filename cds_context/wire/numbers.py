"""Numbers as the server spells them (wire format, "Values in untyped slots").

Pure value to text and back. A .NET double and a .NET decimal share JSON's one number type, but not a spelling.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any

# A double reaches 308 digits, a decimal 29; what was parsed comes back whatever it is, text without end is not made.
_MAX_EXPONENT = 1_000_000


class DoubleDecimal(Decimal):
    """A Decimal that was spelled with an exponent, as only a double is: it is written back as it came.

    Otherwise `1E-05` (a double) and `0.00001` (a decimal) would be one and the same number.
    """

    __slots__ = ("spelling",)
    spelling: str

    def __copy__(self) -> DoubleDecimal:
        return self

    def __deepcopy__(self, memo: object) -> DoubleDecimal:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return parse_decimal, (self.spelling,)


def parse_decimal(text: str) -> Decimal:
    """The exact Decimal of a JSON number; one with an exponent keeps its spelling.

    Raises ValueError for an exponent that no Decimal can hold.
    """
    if "E" not in text and "e" not in text:
        return Decimal(text)
    try:
        number = DoubleDecimal(text)
    except InvalidOperation:
        raise ValueError("an exponent that no Decimal can hold") from None
    number.spelling = text
    return number


def format_decimal(number: Decimal) -> str:
    """A .NET decimal: scale kept, no exponent. Raises ValueError for one with a million digits."""
    if isinstance(number, DoubleDecimal):
        return number.spelling
    if not number.is_finite():
        return format_double(float(number))
    if abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError("a Decimal far outside the platform's range")
    return format(number, "f")


def format_double(number: float) -> str:
    """A .NET Framework double ("R"): 15 digits if they give the number back, else 17; an integral one has no point."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    text = f"{number:.15g}"
    return (text if float(text) == number else f"{number:.17g}").upper()
