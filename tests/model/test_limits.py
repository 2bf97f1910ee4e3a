"""The room `limits`: which numbers the platform cannot hold where they stand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_context import Stage
from cds_context.model.limits import beyond
from cds_context.wire.numbers import parse_decimal


@pytest.mark.parametrize(
    ("kind", "number", "limit"),
    [
        ("int", 2**31 - 1, None),
        ("int", 2**31, "Int32"),
        ("int", -(2**31) - 1, "Int32"),
        ("Stage", Stage(2**31), "Int32"),
        ("Value", 2**31, None),
        ("Value", 2**63 - 1, None),
        ("Value", 2**63, "Int64"),
        ("Value", True, None),
        ("Value", "79228162514264337593543950336", None),
        ("Decimal", Decimal(2**96 - 1), None),
        ("Decimal", Decimal(-(2**96 - 1)), None),
        ("Decimal", Decimal(2**96), "Decimal"),
        ("Decimal", Decimal("7922816251426433759354395033.6"), "Decimal"),
        ("Decimal", Decimal("0.0000000000000000000000000001"), None),
        ("Decimal", Decimal("0.00000000000000000000000000010"), "Decimal"),
        ("Decimal", Decimal("1E+28"), None),
        ("Decimal", Decimal("1E+999999"), "Decimal"),
        ("Decimal", Decimal("0E+999999"), None),
        ("Value", Decimal("NaN"), None),
        ("Value", parse_decimal("1E-300"), None),
        ("Value", parse_decimal("1E+999"), "Double"),
        ("Decimal", parse_decimal("1E-300"), "Decimal"),
    ],
)
def test_what_the_platform_cannot_hold(kind: str, number: Any, limit: str | None) -> None:
    assert beyond(kind, number) == limit
