"""The scalars' room `dates`: one table for both directions, and what is no date."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_context.wire.dates import format_date, parse_date

UTC = timezone.utc
CASES = [
    ("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
    ("/Date(1506384247000)/", datetime(2017, 9, 26, 0, 4, 7, tzinfo=UTC)),
    ("/Date(1506409448000-0700)/", datetime(2017, 9, 26, 0, 4, 8, tzinfo=timezone(timedelta(hours=-7)))),
    ("/Date(1506409448000+0545)/", datetime(2017, 9, 26, 12, 49, 8, tzinfo=timezone(timedelta(hours=5, minutes=45)))),
    ("/Date(-1)/", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("/Date(-62135596800000)/", datetime(1, 1, 1, tzinfo=UTC)),
    ("/Date(253402300799999)/", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("/Date(-62135596800000+0100)/", datetime(1, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
    ("/Date(253402300799000-0100)/", datetime(9999, 12, 31, 22, 59, 59, tzinfo=timezone(timedelta(hours=-1)))),
]


@pytest.mark.parametrize(("text", "moment"), CASES)
def test_reads_and_writes_the_same_date(text: str, moment: datetime) -> None:
    parsed = parse_date(text)
    assert parsed == moment
    assert parsed is not None
    assert parsed.utcoffset() == moment.utcoffset()
    assert format_date(moment) == text


@given(st.integers(min_value=0, max_value=253402300799999), st.sampled_from(["", "+0000", "-0700", "+2359", "+0545"]))
@example(999, "+0100")
@example(1000, "-2359")
@example(4294967296001, "")
@example(7999999999999, "-0330")
@example(8000000000000, "-0330")
def test_the_fast_way_is_exact(milliseconds: int, offset: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    text = f"/Date({milliseconds}{offset})/"
    parsed = parse_date(text)
    if parsed is None:  # on the clock of the offset, beyond the years that Python has
        assert milliseconds > 253402300799999 - 86_400_000
    else:
        assert (parsed, format_date(parsed)) == (moment, text)


def test_local_time_without_offset_is_not_utc() -> None:
    local = parse_date("/Date(0+0000)/")
    assert local is not None
    assert (local.tzname(), format_date(local)) == ("+0000", "/Date(0+0000)/")
    utc = parse_date("/Date(0)/")
    assert utc is not None
    assert utc.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/Date()/",
        "/Date(007)/",
        "/Date(-0)/",
        "/Date(+1)/",
        "/Date(1.5)/",
        "/Date(1)/x",
        "\\/Date(1)\\/",
        "/Date(1Z)/",
        "/Date(1+2400)/",
        "/Date(1+0060)/",
        "/Date(1-0000)/",
        "/Date(1506409448000+2400)/",
        "/Date(1506409448000+0060)/",
        "/Date(1506409448000-0000)/",
        "/Date(\u0661)/",
        "/Date(253402300800000)/",
        "/Date(-62135596800001)/",
        "/Date(253402300799999+0100)/",
        "2017-09-26T00:04:07Z",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_parts_of_a_millisecond_are_cut_toward_1970() -> None:
    assert format_date(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == "/Date(1)/"
    assert format_date(datetime(1969, 12, 31, 23, 59, 59, 998001, tzinfo=UTC)) == "/Date(-1)/"
    assert format_date(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == "/Date(0)/"


@pytest.mark.parametrize(
    "moment",
    [datetime(2020, 1, 1), datetime(2020, 1, 1, tzinfo=timezone(timedelta(seconds=30)))],  # noqa: DTZ001
)
def test_refuses_what_the_wire_cannot_say(moment: datetime) -> None:
    with pytest.raises(ValueError, match="a datetime w"):
        format_date(moment)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_a_moment_outside_the_years_in_utc_has_no_spelling(moment: datetime) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999 in UTC"):
        format_date(moment)
