"""Numbers as the server spells them (wire format, "Values in untyped slots").

Value to text and back. A .NET double and a .NET decimal share JSON's one number type, but are spelled differently.
"""

from __future__ import annotations

import math
import re
from decimal import MIN_EMIN, Decimal, InvalidOperation
from typing import Any

# A double has at most 309 digits before the point, a .NET decimal 29. This bound is far above both: every number that
# was parsed is written back, but a huge exponent cannot make text without end.
_MAX_EXPONENT = 1_000_000


class DoubleDecimal(Decimal):
    """A Decimal that keeps its spelling on the wire, because that spelling has an exponent and so is a .NET double.

    As plain Decimals, `1E-05` (a double) and `0.00001` (a decimal) would be the same number. The class also holds
    numbers spelled with more digits than `format_decimal` would write.
    """

    __slots__ = ("spelling",)
    spelling: str

    def __copy__(self) -> DoubleDecimal:
        return self

    def __deepcopy__(self, memo: object) -> DoubleDecimal:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return parse_decimal, (self.spelling,)


class Fraction(str):
    """The text of a number with a point or an exponent, kept until its slot decides between float and Decimal."""

    __slots__ = ()


def parse_decimal(text: str) -> Decimal:
    """The exact Decimal of a JSON number; a number with an exponent keeps its spelling.

    A number nearer to zero than any Decimal becomes the nearest Decimal; a float would be zero.
    Raises ValueError for a number larger than any Decimal.
    """
    if "E" not in text and "e" not in text:
        number = Decimal(text)
        if abs(number.adjusted()) <= _MAX_EXPONENT:
            return number
    try:
        double = DoubleDecimal(text)
    except InvalidOperation:
        digits, _, exponent = text.upper().partition("E")
        if exponent[0] != "-" and Decimal(digits):
            raise ValueError("a number larger than a Decimal can be") from None
        double = DoubleDecimal(f"{digits}E{MIN_EMIN}")
    double.spelling = str.__str__(text)
    return double


def format_decimal(number: Decimal) -> str:
    """A .NET decimal: scale kept, no exponent. Raises ValueError for a number with over a million digits."""
    if isinstance(number, DoubleDecimal):
        return number.spelling
    if not number.is_finite():
        return format_double(float(number))
    if abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError("a Decimal far outside the platform's range")
    return format(number, "f")


def format_double(number: float) -> str:
    """A .NET Framework double ("R"): 15 digits if they give the number back, else 17; no point if integral."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    text = f"{number:.15g}"
    return (text if float(text) == number else f"{number:.17g}").upper()


def read_whole(text: str) -> int | None:
    """The integer that a tool which knows only doubles spelled as `1.0` or `1.5E7`; None for any other number.

    Beyond 2**53 a double may be another number than the integer was.
    """
    if not re.fullmatch(r"-?[0-9]{1,17}\.[0-9]{1,17}(E[0-9]{1,2})?", text):
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and abs(number) < 2**53 else None
