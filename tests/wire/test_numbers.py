"""The room `numbers`: spelling of doubles and decimals as the platform's own files have it."""

import copy
import pickle
from decimal import Decimal

import pytest

from cds_context.wire.numbers import DoubleDecimal, format_decimal, format_double, parse_decimal


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1 / 3, "0.33333333333333331"),
        (1e15, "1E+15"),
        (2.0**53, "9007199254740992"),
        (123456789012345678.0, "1.2345678901234568E+17"),
        (1e-5, "1E-05"),
        (0.0001, "0.0001"),
        (1.7976931348623157e308, "1.7976931348623157E+308"),
        (5e-324, "4.94065645841247E-324"),
        (float("nan"), "NaN"),
        (float("inf"), "INF"),
        (float("-inf"), "-INF"),
    ],
)
def test_doubles(number: float, text: str) -> None:
    assert format_double(number) == text


@pytest.mark.parametrize(
    "text", ["0", "0.00", "-0.00", "1.50", "100000000000.0000000000", "0.0000000000000000000000000001"]
)
def test_decimals_keep_their_scale(text: str) -> None:
    assert format_decimal(parse_decimal(text)) == text


@pytest.mark.parametrize("text", ["1E-05", "1E+20", "1E+400"])
def test_a_number_with_an_exponent_keeps_its_spelling(text: str) -> None:
    number = parse_decimal(text)
    assert number == Decimal(text)
    assert isinstance(number, DoubleDecimal)
    for same in (number, copy.copy(number), copy.deepcopy(number), pickle.loads(pickle.dumps(number))):
        assert format_decimal(same) == text


def test_decimals_made_by_hand_have_no_exponent() -> None:
    assert format_decimal(Decimal("1E+5")) == "100000"
    assert format_decimal(Decimal("NaN")) == "NaN"
    assert format_decimal(Decimal("-Infinity")) == "-INF"


def test_a_decimal_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="range"):
        format_decimal(Decimal("1E+1000000000"))
