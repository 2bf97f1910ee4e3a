"""Numbers beyond the platform's range. None is refused here: a number that was read is written back.

Source: the declared types of the SDK (choices, codes and counts are Int32), and of the values of untyped slots (wire
format, "Values in untyped slots").
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from ..wire.numbers import DoubleDecimal
from .kinds import CODES

DECIMAL_BITS = 96
_DECIMAL_SCALE = 28
_INT32, _INT64 = ("Int32", 2**31), ("Int64", 2**63)


def beyond(kind: str, value: Any) -> str | None:
    """The .NET type with a range that the number exceeds, in a member of this kind; None for all other values."""
    if isinstance(value, int):
        name, bound = _INT32 if kind == "int" or kind in CODES else _INT64
        return None if -bound <= value < bound else name
    if not isinstance(value, Decimal):
        return None
    if isinstance(value, DoubleDecimal) and kind == "Value":
        return None if math.isfinite(value) else "Double"
    return None if _is_net_decimal(value) else "Decimal"


def _is_net_decimal(number: Decimal) -> bool:
    text = str(number)
    # Any 28 digits fit, and most numbers have fewer. What is not finite is a double, and written as one.
    if (len(text) <= _DECIMAL_SCALE and "E" not in text) or not number.is_finite():
        return True
    _, digits, exponent = number.as_tuple()
    scale = -int(exponent)
    return scale <= _DECIMAL_SCALE and Decimal((0, digits, max(0, -scale))) < 2**DECIMAL_BITS
