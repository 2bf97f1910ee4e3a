"""The room `numbers`: spelling of doubles and decimals as the platform's own files have it."""

import copy
import pickle
from decimal import MIN_EMIN, Decimal

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


@pytest.mark.parametrize("text", ["1E-99999999999999999999", "-12.5e-99999999999999999999", "0.1E-1999999999999999999"])
def test_what_is_nearer_to_zero_than_a_decimal_can_be_is_as_near_as_it_can(text: str) -> None:
    number = parse_decimal(text)
    assert number == Decimal(f"{text.upper().partition('E')[0]}E{MIN_EMIN}")
    assert float(number) == float(text) == 0
    assert format_decimal(number) == text


@pytest.mark.parametrize("text", ["0E99999999999999999999", "-0.00e99999999999999999999", "0E-99999999999999999999"])
def test_zero_is_zero_whatever_its_exponent(text: str) -> None:
    assert parse_decimal(text) == 0
    assert parse_decimal(text).is_signed() is text.startswith("-")
    assert format_decimal(parse_decimal(text)) == text


def test_what_is_larger_than_a_decimal_can_be_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than a Decimal can be"):
        parse_decimal("1E99999999999999999999")


def test_a_number_of_many_zeros_comes_back() -> None:
    text = f"0.{'0' * 1_000_000}1"
    assert parse_decimal(text) == Decimal("1E-1000001")
    assert format_decimal(parse_decimal(text)) == text


def test_decimals_made_by_hand_have_no_exponent() -> None:
    assert format_decimal(Decimal("1E+5")) == "100000"
    assert format_decimal(Decimal("NaN")) == "NaN"
    assert format_decimal(Decimal("-Infinity")) == "-INF"


def test_a_decimal_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="range"):
        format_decimal(Decimal("1E+1000000000"))
